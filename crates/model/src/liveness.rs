//! Whether a credential still opens something.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// What is known of whether a credential still opens something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Liveness {
    /// Nobody asked, or the answer was not definite.
    #[default]
    Unknown,
    /// Its provider refused it.
    Dead,
    /// Its provider accepted it.
    Live,
}

impl Liveness {
    /// Every member.
    pub const ALL: [Self; 3] = [Self::Unknown, Self::Dead, Self::Live];

    /// The name used in reports and the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Dead => "dead",
            Self::Live => "live",
        }
    }
}

impl fmt::Display for Liveness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A text that names no liveness.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("unknown liveness: expected one of {}", Liveness::ALL.map(Liveness::as_str).join(", "))]
pub struct LivenessError;

impl FromStr for Liveness {
    type Err = LivenessError;

    fn from_str(text: &str) -> Result<Self, LivenessError> {
        Self::ALL.into_iter().find(|liveness| liveness.as_str() == text).ok_or(LivenessError)
    }
}
