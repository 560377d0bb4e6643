//! Who answers for what while an incident lasts.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// A duty in an incident; one person holds each, and handing it over is an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Duty {
    /// Decides: the incident commander.
    Commander,
    /// Carries out: the operations lead.
    OpsLead,
    /// Keeps evidence and tells others: the security liaison.
    Liaison,
}

impl Duty {
    /// Every duty.
    pub const ALL: [Self; 3] = [Self::Commander, Self::OpsLead, Self::Liaison];

    /// The name used in the API and on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Commander => "commander",
            Self::OpsLead => "ops-lead",
            Self::Liaison => "liaison",
        }
    }

    /// What people call who holds it.
    pub fn title(self) -> &'static str {
        match self {
            Self::Commander => "incident commander",
            Self::OpsLead => "ops lead",
            Self::Liaison => "security liaison",
        }
    }
}

impl fmt::Display for Duty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A text that names no duty.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("unknown duty: expected one of {}", Duty::ALL.map(Duty::as_str).join(", "))]
pub struct DutyError;

impl FromStr for Duty {
    type Err = DutyError;

    fn from_str(text: &str) -> Result<Self, DutyError> {
        Self::ALL.into_iter().find(|duty| duty.as_str() == text).ok_or(DutyError)
    }
}
