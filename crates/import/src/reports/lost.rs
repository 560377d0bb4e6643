//! What of a foreign report is not carried over, and why.

use std::fmt;

use serde::Serialize;

/// An entry that is not carried over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Lost {
    /// Its number in the report, from 1; in SARIF over all runs.
    pub entry: usize,
    /// Why.
    pub why: LostWhy,
}

/// Why an entry is not carried over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum LostWhy {
    /// It does not read as an entry of its format.
    NotAnEntry {
        /// What an entry looks like.
        expected: &'static str,
    },
    /// The value is redacted or left out: without it there is no fingerprint.
    NoValue,
    /// Only the id of the credential is told, not its secret.
    OnlyAnId,
    /// Its path or name is longer than anybody's.
    TooLong,
    /// It is about something else than a secret.
    NotASecret,
    /// Its fingerprint is under a key that is not ours.
    StrangeKey,
    /// There are more entries than are read; it is the first of those that are not.
    TooManyEntries {
        /// How many are read.
        limit: usize,
    },
}

impl fmt::Display for Lost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "entry {}: {}", self.entry, self.why)
    }
}

impl fmt::Display for LostWhy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAnEntry { expected } => write!(f, "not an entry: expected {expected}"),
            Self::NoValue => f.write_str("no value, so no fingerprint: make the report without redaction"),
            Self::OnlyAnId => f.write_str("only the id of the credential is told, so no fingerprint"),
            Self::TooLong => f.write_str("its path, rule or author is longer than is read"),
            Self::NotASecret => f.write_str("not about a secret"),
            Self::StrangeKey => f.write_str("its fingerprint is under another key"),
            Self::TooManyEntries { limit } => write!(f, "not read from here on: over {limit} entries"),
        }
    }
}
