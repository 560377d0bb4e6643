//! All rules of a scan.

use std::{fmt::Write as _, sync::Arc};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use stanch_model::{Confidence, RuleInfo, Severity};

use crate::{Rule, RuleError, RuleProblem, parse_rules, rule_text::PlannedRule, sieve::Sieve};

/// A rule by its place in a [`RuleSet`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RuleId(pub u32);

/// Rules in a fixed order; a later rule with the id of an earlier one replaces it.
#[derive(Clone, Default)]
pub struct RuleSet {
    rules: Vec<Rule>,
    origin: Origin,
}

/// What is said of a rule in its stead.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Override {
    /// How much harm what it finds can do.
    pub severity: Option<Severity>,
    /// How sure it is.
    pub confidence: Option<Confidence>,
    /// Least Shannon entropy of the secret, bits per byte.
    pub entropy_min: Option<f32>,
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

    /// Says something else of the rule with this id than it says itself; nothing where there is none. What it looks for
    /// stays the same.
    ///
    /// # Errors
    /// What cannot be said of this rule.
    pub fn adjust(&mut self, id: &str, changes: &Override) -> Result<(), RuleProblem> {
        let Some(rule) = self.rules.iter_mut().find(|rule| rule.info.id == id) else { return Ok(()) };
        let judged =
            [("confidence", changes.confidence.is_some()), ("entropy_min", changes.entropy_min.is_some())];
        if let Some((field, _)) = judged.into_iter().find(|(_, is_set)| *is_set && rule.finder.is_some()) {
            return Err(RuleProblem::new(field, format!("{field}: the learned judge decides for this rule")));
        }
        let mut info = RuleInfo::clone(&rule.info);
        info.severity = changes.severity.unwrap_or(info.severity);
        info.confidence = changes.confidence.unwrap_or(info.confidence);
        rule.info = Arc::new(info);
        rule.entropy_min = changes.entropy_min.unwrap_or(rule.entropy_min);
        rule.validate()
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
            let places = if rule.paths().is_empty() && rule.exceptions.is_empty() {
                String::new()
            } else {
                format!("{:?} {:?}", rule.paths(), rule.allows().collect::<Vec<_>>())
            };
            for part in [&rule.info.id, &rule.pattern, &rest, &places] {
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
    fn overrides_leave_the_tables_as_they_are() {
        let mut rules = RuleSet::embedded();
        let rule = rules.rules().iter().find(|rule| rule.finder.is_none()).expect("a rule with a pattern");
        let id = rule.info.id.clone();
        let changes = Override {
            severity: Some(Severity::Low),
            confidence: Some(Confidence::Low),
            entropy_min: Some(7.5),
        };
        rules.adjust(&id, &changes).expect("a known rule");
        let rule = rules.rules().iter().find(|rule| rule.info.id == id).expect("the rule");
        let said = (rule.info.severity, rule.info.confidence, rule.entropy_min.to_bits());
        assert_eq!(said, (Severity::Low, Confidence::Low, 7.5f32.to_bits()));
        assert!(rules.embedded_sieve().is_some());
        let entropy = Override { entropy_min: Some(9.0), ..Override::default() };
        assert_eq!(rules.adjust(&id, &entropy).expect_err("too much").field, "entropy_min");
        let trust = Override { confidence: Some(Confidence::High), ..Override::default() };
        assert_eq!(rules.adjust("generic-assignment", &trust).expect_err("judged").field, "confidence");
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
