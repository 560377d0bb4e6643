//! All rules of a scan.

use std::{fmt::Write as _, sync::Arc};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use stanch_model::RuleInfo;

use crate::{Rule, RuleError, parse_rules, rule_text::PlannedRule, sieve::Sieve};

/// A rule by its place in a [`RuleSet`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RuleId(pub u32);

/// Rules in a fixed order; a later rule with the id of an earlier one replaces it.
#[derive(Clone, Default)]
pub struct RuleSet {
    rules: Vec<Rule>,
    origin: Origin,
}

/// Whether the tables that were made at build time fit.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Origin {
    /// Exactly the rules that ship with Stanch.
    Embedded,
    /// Others, or some of them.
    #[default]
    Custom,
}

impl RuleSet {
    /// The rules that ship with Stanch.
    pub fn embedded() -> Self {
        let planned: Vec<PlannedRule> = postcard::from_bytes(EMBEDDED).expect("written by the build script");
        let rule = |planned| Rule::try_from(planned).expect("embedded rules are tested");
        Self { rules: planned.into_iter().map(rule).collect(), origin: Origin::Embedded }
    }

    /// The sieve of these rules, if it was made at build time.
    pub(crate) fn embedded_sieve(&self) -> Option<Sieve> {
        let is_embedded = self.origin == Origin::Embedded;
        is_embedded.then(|| postcard::from_bytes(EMBEDDED_SIEVE).expect("written by the build script"))
    }

    /// The rules of one file; `file` is for messages only.
    ///
    /// # Errors
    /// The first thing that is wrong, with file, line and field.
    pub fn parse(file: &str, text: &str) -> Result<Self, RuleError> {
        let mut set = Self::default();
        set.extend(parse_rules(file, text)?);
        Ok(set)
    }

    /// Adds rules; one whose id is there already replaces it in place.
    pub fn extend(&mut self, rules: impl IntoIterator<Item = Rule>) {
        for rule in rules {
            self.origin = Origin::Custom;
            match self.rules.iter_mut().find(|known| known.info.id == rule.info.id) {
                Some(known) => *known = rule,
                None => self.rules.push(rule),
            }
        }
    }

    /// Keeps the rules that `keep` accepts.
    pub fn retain(&mut self, keep: impl Fn(&RuleInfo) -> bool) {
        let before = self.rules.len();
        self.rules.retain(|rule| keep(&rule.info));
        if self.rules.len() < before {
            self.origin = Origin::Custom;
        }
    }

    /// The rules in order.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// What people read about a rule of this set.
    pub fn info(&self, id: RuleId) -> &Arc<RuleInfo> {
        &self.rules[id.0 as usize].info
    }

    /// SHA-256, hexadecimal, over everything that decides what matches.
    pub fn digest(&self) -> String {
        let mut hash = Sha256::new();
        for rule in &self.rules {
            let check = rule.check.map_or("", crate::Check::name);
            let rest = format!("{} {check} {:?} {:?}", rule.entropy_min, rule.context, rule.parts);
            for part in [&rule.info.id, &rule.pattern, &rest] {
                hash.update((part.len() as u64).to_le_bytes());
                hash.update(part.as_bytes());
            }
        }
        hash.finalize().iter().fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
    }
}

/// The rules that ship with Stanch and their plans, in the form of the build script.
static EMBEDDED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/rules.postcard"));

/// The sieve of exactly these rules.
static EMBEDDED_SIEVE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/sieve.postcard"));

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_sieve_is_that_of_the_embedded_rules() {
        let rules = RuleSet::embedded();
        let windows = |rule: &Rule| rule.plan.windows.clone();
        let sets: Vec<_> = (0u32..).zip(rules.rules().iter().map(windows)).collect();
        let made = Sieve::new(sets.iter().filter_map(|(id, set)| Some((*id, set.as_ref()?))));
        assert_eq!(postcard::to_stdvec(&made).expect("encodable"), EMBEDDED_SIEVE);
    }

    #[test]
    fn only_the_embedded_rules_have_an_embedded_sieve() {
        let mut rules = RuleSet::embedded();
        rules.retain(|_| true);
        assert!(rules.embedded_sieve().is_some());
        let first = rules.rules()[0].clone();
        let mut fewer = rules.clone();
        fewer.retain(|info| info.id != first.info.id);
        assert!(fewer.embedded_sieve().is_none());
        rules.extend([first]);
        assert!(rules.embedded_sieve().is_none());
    }
}
