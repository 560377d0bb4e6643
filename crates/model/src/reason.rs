//! Why a secret may stay where it is.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// Why an exception was granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// It is no secret at all.
    FalsePositive,
    /// It opens nothing but tests.
    TestCredential,
    /// It was taken back and opens nothing any more.
    Revoked,
    /// It was replaced; the old value stays in the history.
    RotatedInHistory,
    /// It is a secret, and somebody answers for leaving it.
    AcceptedRisk,
}

impl Reason {
    /// Every reason, the one that asks least of its owner first.
    pub const ALL: [Self; 5] = [
        Self::FalsePositive,
        Self::TestCredential,
        Self::Revoked,
        Self::RotatedInHistory,
        Self::AcceptedRisk,
    ];

    /// The name used in files, comments and reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::FalsePositive => "false-positive",
            Self::TestCredential => "test-credential",
            Self::Revoked => "revoked",
            Self::RotatedInHistory => "rotated-in-history",
            Self::AcceptedRisk => "accepted-risk",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A text that names no reason.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("expected one of {}", Reason::ALL.map(Reason::as_str).join(", "))]
pub struct ReasonError;

impl FromStr for Reason {
    type Err = ReasonError;

    fn from_str(text: &str) -> Result<Self, ReasonError> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == text).ok_or(ReasonError)
    }
}
