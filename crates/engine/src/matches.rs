//! What the engine reports.

use stanch_model::{Confidence, Span};

use crate::{Pending, RuleId, generic::LogOdds};

/// A rule's hit in one blob.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Match {
    /// Everything the pattern matched.
    pub span: Span,
    /// The secret within it.
    pub secret: Span,
    /// The rule, by its place in the [`crate::RuleSet`].
    pub rule: RuleId,
    /// The rule's confidence, raised where an offline check passed.
    pub confidence: Confidence,
    /// What the learned judge thought of it, where it was asked: without the path, which comes later.
    pub odds: Option<LogOdds>,
    /// What waits for the path.
    pub pending: Pending,
}

/// Takes matches as they are found: by ascending start within one blob.
pub trait Sink {
    /// Takes one match.
    fn matched(&mut self, found: Match);
}

impl Sink for Vec<Match> {
    fn matched(&mut self, found: Match) {
        self.push(found);
    }
}
