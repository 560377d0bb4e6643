//! A rule tried on its own examples and negatives.

use std::collections::BTreeSet;

use crate::{ExampleError, Match, Part, Rule, RuleSet, Scanner, Scratch, expand};

/// Each text is expanded with this many seeds, so that a pattern which fits one lucky draw fails.
pub const SEEDS: u64 = 8;

/// What a rule does not keep of its promises. Texts are named by their number, from 1: one may be a real secret.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// An example in which the rule does not match.
    #[error("example {number} is not matched, with {seeds} of {SEEDS} seeds")]
    Missed {
        /// Which example.
        number: usize,
        /// With how many seeds.
        seeds: u64,
    },
    /// A negative in which the rule matches.
    #[error("negative {number} is matched, with {seeds} of {SEEDS} seeds")]
    Caught {
        /// Which negative.
        number: usize,
        /// With how many seeds.
        seeds: u64,
    },
    /// A part of the credential that is found beside no example.
    #[error("part {name} is found in no example")]
    PartMissed {
        /// The part.
        name: String,
    },
    /// A text that is not written as texts are.
    #[error("{kind} {number}: {}", without_text(.error))]
    Unreadable {
        /// `example`, `negative` or `part`.
        kind: &'static str,
        /// Which of them.
        number: usize,
        /// What is wrong.
        error: ExampleError,
    },
}

/// What is wrong with a text, without the text.
fn without_text(error: &ExampleError) -> &'static str {
    match error {
        ExampleError::Unclosed { .. } => "a `${` has no closing brace",
        ExampleError::Unknown { .. } => "a `${…}` is of no known kind",
        ExampleError::NoChecksum => "`${checksum}` needs a check that computes one",
    }
}

impl Rule {
    /// Tries the rule, apart from all others, on each of its examples, negatives and parts.
    pub fn failures(&self) -> Vec<Failure> {
        let mut alone = RuleSet::default();
        alone.extend([self.clone()]);
        let scanner = Scanner::new(alone);
        let mut trial = Trial { rule: self, scratch: scanner.scratch(), scanner: &scanner };
        let mut failures = Vec::new();
        for (number, text) in (1..).zip(&self.examples) {
            failures.extend(match trial.matches(text) {
                Ok(SEEDS) => None,
                Ok(seeds) => Some(Failure::Missed { number, seeds: SEEDS - seeds }),
                Err(error) => Some(Failure::Unreadable { kind: "example", number, error }),
            });
        }
        for (number, text) in (1..).zip(&self.negatives) {
            failures.extend(match trial.matches(text) {
                Ok(0) => None,
                Ok(seeds) => Some(Failure::Caught { number, seeds }),
                Err(error) => Some(Failure::Unreadable { kind: "negative", number, error }),
            });
        }
        failures.extend(trial.parts());
        failures
    }
}

/// A rule, and a scanner that has no other.
struct Trial<'t> {
    rule: &'t Rule,
    scanner: &'t Scanner,
    scratch: Scratch,
}

impl Trial<'_> {
    /// With how many seeds the rule matches in a text.
    fn matches(&mut self, text: &str) -> Result<u64, ExampleError> {
        let mut count = 0;
        for seed in 0..SEEDS {
            count += u64::from(!self.scan(&self.expand(text, seed)?).is_empty());
        }
        Ok(count)
    }

    fn expand(&self, text: &str, seed: u64) -> Result<Vec<u8>, ExampleError> {
        expand(text, seed, self.rule.check)
    }

    fn scan(&mut self, bytes: &[u8]) -> Vec<Match> {
        let mut found = Vec::new();
        self.scanner.scan(&mut self.scratch, bytes, &mut found);
        // No file holds the text, so no path has a say.
        let floor = self.scanner.floor();
        let is_likely = |odds| self.scanner.judge().probability(odds, None) >= floor;
        found.retain(|found: &Match| found.odds.is_none_or(is_likely));
        found
    }

    /// The parts that no example holds, nor what is to be put before one.
    fn parts(&mut self) -> Vec<Failure> {
        let mut failures = Vec::new();
        for (number, part) in (1..).zip(&self.rule.parts) {
            let missed = Failure::PartMissed { name: part.name.clone() };
            failures.extend(match self.has_part(part) {
                Ok(true) => None,
                Ok(false) => Some(missed),
                Err(error) => Some(Failure::Unreadable { kind: "part", number, error }),
            });
        }
        failures
    }

    fn has_part(&mut self, part: &Part) -> Result<bool, ExampleError> {
        let before = part.example.as_ref().map(|example| format!("{example}\n")).unwrap_or_default();
        for seed in 0..SEEDS {
            for example in &self.rule.examples {
                let text = [self.expand(&before, seed)?, self.expand(example, seed + SEEDS)?].concat();
                let found = self.scan(&text);
                let names: BTreeSet<_> = self
                    .scanner
                    .credentials(&text, &found)
                    .into_iter()
                    .flat_map(|credential| credential.parts)
                    .map(|part| part.name)
                    .collect();
                if names.contains(part.name.as_str()) {
                    return Ok(true);
                }
            }
        }
        Ok(self.rule.examples.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failures(examples: &str, negatives: &str) -> Vec<Failure> {
        let text = format!(
            "provider = 'A'\n[[rule]]\nid = 'a'\nname = 'n'\ndescription = 'd'\npattern = 'acme_[a-m]{{8}}'\n\
             severity = 'low'\nconfidence = 'low'\nreferences = []\nexamples = [{examples}]\n\
             negatives = [{negatives}]\n[[rule.part]]\nname = 'user'\npattern = 'user=[a-z]{{4}}'\n"
        );
        RuleSet::parse("a.toml", &text).expect("a valid rule").rules()[0].failures()
    }

    #[test]
    fn a_rule_that_keeps_its_promises_has_none() {
        assert_eq!(failures("'user=anna acme_mgclafhk'", "'acme_nopqrstu', 'acme_'"), []);
    }

    #[test]
    fn each_broken_promise_is_named_by_number() {
        let found = failures("'acme_mgclafhk', 'acme_${lower:8}', 'acme_${x'", "'acme', 'acme_mgclafhkm'");
        let told: Vec<String> = found.iter().map(ToString::to_string).collect();
        assert!(told[0].starts_with("example 2 is not matched, with "), "{told:?}");
        assert_eq!(
            told[1..3],
            ["example 3: a `${` has no closing brace", "negative 2 is matched, with 8 of 8 seeds"]
        );
        assert!(matches!(found[3..], [Failure::Unreadable { kind: "part", .. }]), "{told:?}");
        assert_eq!(failures("'acme_mgclafhk'", ""), [Failure::PartMissed { name: "user".into() }]);
    }
}
