//! What the engine reports.

use stanch_model::{Confidence, Encoding, Span};

use crate::{Pending, RuleId, generic::LogOdds};

/// A rule's hit in one blob.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Match {
    /// Everything the pattern matched; of a match in encoded text, all that was decoded together.
    pub span: Span,
    /// The secret within it; of an encoded one, the fewest bytes that hold it.
    pub secret: Span,
    /// The rule, by its place in the [`crate::RuleSet`].
    pub rule: RuleId,
    /// The rule's confidence, raised where an offline check passed.
    pub confidence: Confidence,
    /// What the learned judge thought of it, where it was asked: without the path, which comes later.
    pub odds: Option<LogOdds>,
    /// What waits for the path.
    pub pending: Pending,
    /// Where the value of an encoded secret stands; none where `secret` is the value. See [`crate::Scanner::values`].
    pub inner: Option<Inner>,
}

/// A place in one of the texts that a run of encoded bytes stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Inner {
    /// The text by its number, in the order in which they are decoded; [`Inner::BLOB`] is none of them.
    pub(crate) text: u32,
    pub(crate) start: u32,
    pub(crate) end: u32,
    /// How the value stands there.
    pub(crate) wrapping: Wrapping,
    /// How the run is encoded that holds the first text.
    pub(crate) run: Encoding,
}

impl Inner {
    /// The text that nothing was decoded for: the blob itself.
    pub(crate) const BLOB: u32 = 0;

    /// A value that is encoded by itself, at the place of the secret.
    pub(crate) const VALUE: Self =
        Self { text: Self::BLOB, start: 0, end: 0, wrapping: Wrapping::Base64, run: Encoding::Base64 };

    /// Whether the match is in encoded text, rather than an encoded value in the text around it.
    pub(crate) fn is_within(self) -> bool {
        self.text != Self::BLOB
    }
}

/// Whether a value is encoded by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Wrapping {
    /// It is not.
    None,
    /// As base64.
    Base64,
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
