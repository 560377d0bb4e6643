//! A secret seen in one place.

use std::sync::Arc;

use crate::{
    Class, Confidence, Encoding, Fact, Fingerprint, Location, Mark, Part, Preview, Probability, Provenance,
    RuleInfo, Secret, Severity,
};

/// A match with provenance and verdicts.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The rule that matched.
    pub rule: Arc<RuleInfo>,
    /// How much harm this secret can do.
    pub severity: Severity,
    /// What it was made for, where its format tells.
    pub class: Option<Class>,
    /// How sure we are, after the offline checks.
    pub confidence: Confidence,
    /// How likely it is a secret, where a learned judge was asked.
    pub probability: Option<Probability>,
    /// The secret itself; no report can print it.
    pub secret: Secret,
    /// What the offline check read out of it.
    pub facts: Vec<Fact>,
    /// What it had to be decoded from, outermost first; empty where it stands as it is.
    pub encodings: Vec<Encoding>,
    /// Where it stands: of an encoded one the bytes that hold it.
    pub location: Location,
    /// How to get there from the target.
    pub provenance: Provenance,
    /// The line it stands on, with every matched secret masked; none where the line is not text.
    pub snippet: Option<Snippet>,
    /// What else belongs to the secret and stands near it, in the order of the rule.
    pub parts: Vec<Part>,
    /// Comments on its first or last line that ask for it to be let alone.
    pub marks: Vec<Mark>,
}

impl Finding {
    /// The identity of the secret.
    pub fn fingerprint(&self) -> &Fingerprint {
        self.secret.fingerprint()
    }

    /// The masked glimpse of the secret.
    pub fn preview(&self) -> Preview {
        Preview::of(&self.secret)
    }
}

/// One line of source text around a secret, masked, at most a screen wide.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snippet {
    /// The text without its line ending; each matched secret is replaced by its preview.
    pub text: String,
    /// Where in `text` the masked secret begins, in characters from 0.
    pub caret_start: usize,
    /// Where it ends, in characters from 0, one past the last.
    pub caret_end: usize,
}
