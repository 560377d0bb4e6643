//! How likely something is.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// A probability in thousandths: a whole number, so that reports are the same everywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "f64", try_from = "f64")]
pub struct Probability(u16);

/// A number that is no probability.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("not a probability: expected a number from 0 to 1")]
pub struct ProbabilityError;

impl Probability {
    const UNIT: f32 = 1000.0;

    /// The nearest probability; what is no number is 0.
    #[must_use]
    #[expect(clippy::cast_sign_loss, reason = "it is from 0 to 1")]
    pub fn new(value: f32) -> Self {
        Self((value.clamp(0.0, 1.0) * Self::UNIT).round() as u16)
    }

    /// So many thousandths, at most 1000.
    #[must_use]
    pub const fn thousandths(count: u16) -> Self {
        Self(if count > 1000 { 1000 } else { count })
    }
}

impl From<Probability> for f64 {
    fn from(probability: Probability) -> Self {
        Self::from(probability.0) / 1000.0
    }
}

impl TryFrom<f64> for Probability {
    type Error = ProbabilityError;

    fn try_from(value: f64) -> Result<Self, ProbabilityError> {
        if (0.0..=1.0).contains(&value) { Ok(Self::new(value as f32)) } else { Err(ProbabilityError) }
    }
}

impl FromStr for Probability {
    type Err = ProbabilityError;

    fn from_str(text: &str) -> Result<Self, ProbabilityError> {
        text.parse::<f64>().map_err(|_| ProbabilityError)?.try_into()
    }
}

impl fmt::Display for Probability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.3}", f64::from(*self))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_round_trip_and_others_are_refused() {
        assert_eq!("0.5".parse(), Ok(Probability::thousandths(500)));
        assert_eq!(Probability::new(0.987_4).to_string(), "0.987");
        for wrong in ["1.5", "-1", "x", "NaN"] {
            assert_eq!(wrong.parse::<Probability>(), Err(ProbabilityError), "{wrong}");
        }
        assert_eq!(Probability::new(f32::NAN), Probability::thousandths(0));
    }
}
