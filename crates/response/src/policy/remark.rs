//! What is not wrong with a policy, but hardly meant.

use std::{collections::BTreeSet, fmt, sync::Arc};

use super::{Because, Policy, condition::Condition};

/// Something about a policy that somebody should look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Remark {
    /// A rule that nothing comes to, because one above it takes everything.
    Unreached {
        /// The rule.
        rule: Because,
        /// The one above it.
        by: Because,
    },
    /// Two rules of a kind have one name, so that a reason does not tell which decided.
    SameName {
        /// The later one.
        rule: Because,
    },
    /// No route takes what no other takes.
    NoLastRoute,
}

impl Remark {
    /// The line it is about, from 1; 0 where it is about the file.
    pub fn line(&self) -> usize {
        match self {
            Self::Unreached { rule, .. } | Self::SameName { rule } => rule.line,
            Self::NoLastRoute => 0,
        }
    }
}

impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = |because: &Because| because.rule.clone().unwrap_or_default();
        match self {
            Self::Unreached { rule, by } => {
                write!(f, "{}: is never reached: {by} takes everything", name(rule))
            }
            Self::SameName { rule } => write!(f, "{}: a rule above it has the same name", name(rule)),
            Self::NoLastRoute => {
                f.write_str("no route takes everything that is left: that becomes a ticket without a channel")
            }
        }
    }
}

impl Policy {
    /// What somebody should look at, in the order of the file.
    pub fn remarks(&self) -> Vec<Remark> {
        let severities: Vec<_> =
            self.severities.iter().map(|rule| (&rule.because, &rule.condition)).collect();
        let routes: Vec<_> = self.routes.iter().map(|route| (&route.because, &route.condition)).collect();
        let mut remarks: Vec<_> = about(&severities).chain(about(&routes)).collect();
        if !self.routes.last().is_some_and(|route| route.condition.is_empty()) {
            remarks.push(Remark::NoLastRoute);
        }
        remarks.sort_by_key(Remark::line);
        remarks
    }
}

fn about<'r>(rules: &'r [(&'r Because, &'r Condition)]) -> impl Iterator<Item = Remark> + 'r {
    let all = rules.iter().position(|(_, condition)| condition.is_empty());
    let unreached = all.into_iter().flat_map(move |at| {
        let by = rules[at].0;
        rules[at + 1..]
            .iter()
            .map(move |(rule, _)| Remark::Unreached { rule: (*rule).clone(), by: by.clone() })
    });
    let mut seen: BTreeSet<&Option<Arc<str>>> = BTreeSet::new();
    let again = rules.iter().filter(move |(rule, _)| !seen.insert(&rule.rule));
    unreached.chain(again.map(|(rule, _)| Remark::SameName { rule: (*rule).clone() }))
}
