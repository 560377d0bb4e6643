//! How fast somebody must look.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// How fast somebody must look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Urgency {
    /// Nobody is told.
    None,
    /// In working hours.
    Ticket,
    /// Now, whatever the hour.
    Page,
}

impl Urgency {
    /// Every member, the calmest first.
    pub const ALL: [Self; 3] = [Self::None, Self::Ticket, Self::Page];

    /// The name used in the policy, the API and pages.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Ticket => "ticket",
            Self::Page => "page",
        }
    }
}

impl fmt::Display for Urgency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A text that names no urgency.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("unknown urgency: expected one of {}", Urgency::ALL.map(Urgency::as_str).join(", "))]
pub struct UrgencyError;

impl FromStr for Urgency {
    type Err = UrgencyError;

    fn from_str(text: &str) -> Result<Self, UrgencyError> {
        Self::ALL.into_iter().find(|urgency| urgency.as_str() == text).ok_or(UrgencyError)
    }
}
