//! What a secret was made for.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Severity;

/// What a secret was made for, where its format tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Class {
    /// A sandbox or a test mode: no real money, customers or mail.
    Test,
    /// The real thing.
    Live,
}

impl Class {
    /// Every class.
    pub const ALL: [Self; 2] = [Self::Test, Self::Live];

    /// The name used in rules and reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Test => "test",
            Self::Live => "live",
        }
    }

    /// The harm that a secret of this class can do, where its rule says `severity`: a test key has limited reach.
    #[must_use]
    pub fn limit(self, severity: Severity) -> Severity {
        match self {
            Self::Test => severity.min(Severity::Medium),
            Self::Live => severity,
        }
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_test_keys_are_limited() {
        assert_eq!(Class::Test.limit(Severity::Critical), Severity::Medium);
        assert_eq!(Class::Test.limit(Severity::Low), Severity::Low);
        assert_eq!(Class::Live.limit(Severity::Critical), Severity::Critical);
    }
}
