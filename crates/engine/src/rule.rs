//! One rule: how one kind of secret looks.

use std::sync::Arc;

use stanch_model::RuleInfo;

use crate::{
    Check, Context,
    analysis::{plan::Plan, window::Window},
    check,
    rule_text::{PlannedRule, parse_pattern},
};

/// How one kind of secret looks, as read from a rule file.
#[derive(Clone)]
pub struct Rule {
    /// What people read.
    pub info: Arc<RuleInfo>,
    /// The regular expression over bytes: ASCII classes, no Unicode.
    pub pattern: String,
    /// Least Shannon entropy of the secret, bits per byte; 0 for none.
    pub entropy_min: f32,
    /// The offline check.
    pub check: Option<&'static dyn Check>,
    /// Words that must stand near.
    pub context: Option<Context>,
    /// Texts in which the rule must match, in the language of [`crate::expand`].
    pub examples: Vec<String>,
    /// Texts in which it must not.
    pub negatives: Vec<String>,
    /// How the pattern is looked for.
    pub(crate) plan: Arc<Plan>,
}

/// Why a rule cannot be used, and in which of its fields.
#[derive(Debug, thiserror::Error)]
#[error("{problem}")]
pub struct RuleProblem {
    /// The field of the rule.
    pub field: &'static str,
    /// What is wrong with it.
    pub problem: String,
}

impl RuleProblem {
    pub(crate) fn new(field: &'static str, problem: impl Into<String>) -> Self {
        Self { field, problem: problem.into() }
    }
}

impl TryFrom<PlannedRule> for Rule {
    type Error = RuleProblem;

    fn try_from(planned: PlannedRule) -> Result<Self, RuleProblem> {
        let PlannedRule { provider, text, plan } = planned;
        Ok(Self {
            info: Arc::new(RuleInfo {
                id: text.id,
                provider,
                name: text.name,
                description: text.description,
                severity: text.severity,
                confidence: text.confidence,
                tags: text.tags,
                references: text.references,
            }),
            pattern: text.pattern,
            entropy_min: text.entropy_min,
            check: text.check.map(|name| known_check(&name)).transpose()?,
            context: text.context,
            examples: text.examples,
            negatives: text.negatives,
            plan: Arc::new(plan),
        })
    }
}

impl Rule {
    /// Tests what a parser of the file format cannot see.
    ///
    /// # Errors
    /// The first field that is wrong.
    pub fn validate(&self) -> Result<(), RuleProblem> {
        let id = &self.info.id;
        if id.is_empty() || !id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-') {
            return Err(RuleProblem::new(
                "id",
                format!("id {id:?} has other characters than a-z, 0-9 and -"),
            ));
        }
        parse_pattern(&self.pattern).map_err(|problem| RuleProblem::new("pattern", problem))?;
        if !(0.0..=8.0).contains(&self.entropy_min) {
            return Err(RuleProblem::new("entropy_min", "entropy_min is not between 0 and 8 bits per byte"));
        }
        self.context.as_ref().map_or(Ok(()), validate_context)
    }
}

impl Rule {
    /// The bytes on which a match depends: from so many before its start to so many after it.
    pub(crate) fn influence(&self) -> (usize, usize) {
        let context = self.context.as_ref().map_or(0, |context| context.within_bytes);
        (context + 1, self.plan.len_max as usize + context + 1)
    }

    /// Whether a match may depend on bytes more than `margin` away from the window by which it is found.
    pub(crate) fn looks_beyond(&self, margin: usize) -> bool {
        let (before, after) = self.influence();
        let too_far = |window: &Window| {
            let (least, most) = window.before;
            let far_before = margin.checked_add_signed(-(most as isize)).is_none_or(|left| left < before);
            let far_after = margin.checked_add_signed(least as isize).is_none_or(|left| left < after);
            far_before || far_after
        };
        let windows = self.plan.windows.as_ref();
        windows.map_or(before.max(after) > margin, |set| set.windows.iter().any(too_far))
    }
}

fn validate_context(context: &Context) -> Result<(), RuleProblem> {
    if context.words.is_empty() || context.words.iter().any(String::is_empty) {
        return Err(RuleProblem::new("context", "context needs at least one word, none of them empty"));
    }
    if context.within_bytes > Context::WITHIN_BYTES_MAX {
        let problem = format!("within_bytes is over the limit of {}", Context::WITHIN_BYTES_MAX);
        return Err(RuleProblem::new("context", problem));
    }
    Ok(())
}

fn known_check(name: &str) -> Result<&'static dyn Check, RuleProblem> {
    check::by_name(name).ok_or_else(|| {
        let known: Vec<_> = check::CHECKS.iter().map(|check| check.name()).collect();
        RuleProblem::new("check", format!("unknown check {name:?}: expected one of {}", known.join(", ")))
    })
}
