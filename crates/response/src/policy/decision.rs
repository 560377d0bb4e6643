//! What a policy decides, and why.

use std::{fmt, sync::Arc};

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use stanch_model::{Severity, Urgency};

/// What is done about a leak.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Decision {
    /// How bad it is.
    pub severity: Severity,
    /// Which rule says so.
    pub severity_because: Because,
    /// Who is disturbed.
    pub urgency: Urgency,
    /// Which route says so.
    pub urgency_because: Because,
    /// Names of the channels that are told.
    pub channels: Vec<Arc<str>>,
    /// Who is told later, as long as nobody acknowledges; the soonest first.
    pub escalations: Vec<Escalation>,
    /// When the channels are told, where that is not at once: the end of the quiet hours.
    pub not_before: Option<Timestamp>,
    /// What the deciding place serves, where that is known.
    pub environment: Option<Arc<str>>,
    /// Whether everybody can read the deciding place, where that is known.
    pub public: Option<bool>,
    /// Which place decided: its index in [`Subject::places`](super::Subject::places).
    pub place: usize,
}

impl Decision {
    /// Whether this is worse than `other`: it disturbs more, or is more severe. Of an incident with several leaks the worst counts.
    pub fn outranks(&self, other: &Self) -> bool {
        (self.urgency, self.severity) > (other.urgency, other.severity)
    }
}

/// Who is told when nobody acknowledged for a while.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Escalation {
    /// How long after the first alert.
    pub after: SignedDuration,
    /// Names of the channels that are told.
    pub channels: Vec<Arc<str>>,
}

/// The rule that decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Because {
    /// Its name; none where no rule matched.
    pub rule: Option<Arc<str>>,
    /// The line of its header, from 1; 0 where no rule matched.
    pub line: usize,
    /// Which file that line is of.
    pub book: Book,
}

/// The file that a rule is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Book {
    /// The policy that comes with Stanch.
    Default,
    /// The team's own.
    Own,
}

impl fmt::Display for Because {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.rule, self.book) {
            (None, _) => f.write_str("no rule matches"),
            (Some(rule), Book::Own) => write!(f, "{rule} (line {})", self.line),
            (Some(rule), Book::Default) => write!(f, "{rule} (default policy, line {})", self.line),
        }
    }
}
