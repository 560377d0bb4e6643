//! How bad a finding is, and how sure we are of it.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::Probability;

/// A text that names no member of a rating.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("unknown {rating}: expected one of {}", known.join(", "))]
pub struct RatingError {
    rating: &'static str,
    known: &'static [&'static str],
}

macro_rules! rating {
    ($(#[$doc:meta])* $name:ident, $label:literal, { $($(#[$member_doc:meta])* $member:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "lowercase")]
        pub enum $name { $($(#[$member_doc])* $member),+ }

        impl $name {
            /// Every member, lowest first.
            pub const ALL: &'static [Self] = &[$(Self::$member),+];

            /// The name used in rules, reports and on the command line.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$member => $text),+ }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl FromStr for $name {
            type Err = RatingError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text {
                    $($text => Ok(Self::$member),)+
                    _ => Err(RatingError { rating: $label, known: &[$($text),+] }),
                }
            }
        }
    };
}

rating! {
    /// How much harm the secret can do while it is live.
    Severity, "severity", {
        /// An identifier or a credential that opens little by itself.
        Low = "low",
        /// Limited reach: a test mode key, a webhook that can only post.
        Medium = "medium",
        /// Reads or changes data of one service.
        High = "high",
        /// Opens accounts, infrastructure or code: page someone.
        Critical = "critical",
    }
}

rating! {
    /// How sure we are that this is a secret at all.
    Confidence, "confidence", {
        /// A shape that ordinary text also has.
        Low = "low",
        /// A shape with supporting context.
        Medium = "medium",
        /// A format that hardly anything else has.
        High = "high",
        /// An offline check (checksum, structure) passed.
        Certain = "certain",
    }
}

impl Confidence {
    /// The least probability that a secret of this confidence deserves it with. Documented in `docs/rules.md`.
    pub const fn probability_min(self) -> Probability {
        Probability::thousandths(match self {
            Self::Low => 500,
            Self::Medium => 700,
            Self::High => 900,
            Self::Certain => 995,
        })
    }
}

impl From<Probability> for Confidence {
    /// A judge is never certain: only a check is.
    fn from(probability: Probability) -> Self {
        let judged = [Self::High, Self::Medium];
        judged.into_iter().find(|tier| probability >= tier.probability_min()).unwrap_or(Self::Low)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip_and_order_holds() {
        for severity in Severity::ALL {
            assert_eq!(severity.as_str().parse(), Ok(*severity));
        }
        assert!(Severity::Low < Severity::Critical && Confidence::High < Confidence::Certain);
    }

    #[test]
    fn unknown_name_lists_the_known_ones() {
        let error = "dire".parse::<Severity>().expect_err("not a severity");
        assert_eq!(error.to_string(), "unknown severity: expected one of low, medium, high, critical");
    }
}
