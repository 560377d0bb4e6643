//! What an incident costs, by a formula that is shown beside each figure.

use std::fmt;

use serde::{Deserialize, Serialize};
use stanch_model::Severity;

use super::mistake::Mistake;

/// An estimate: hours of responders times their rate, and a fixed amount on top.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Cost {
    /// What amounts are in: `EUR`.
    pub currency: String,
    /// What an hour of a responder costs.
    pub hourly_rate: f64,
    /// Hours of responders that an incident takes, by its severity.
    pub responder_hours: BySeverity,
    /// What an incident costs beside that, by its severity: outages, audits, notices.
    pub fixed: BySeverity,
}

/// A number for each severity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BySeverity {
    /// Of critical severity.
    pub critical: f64,
    /// Of high severity.
    pub high: f64,
    /// Of medium severity.
    pub medium: f64,
    /// Of low severity.
    pub low: f64,
}

impl BySeverity {
    /// That of one severity.
    pub fn of(&self, severity: Severity) -> f64 {
        match severity {
            Severity::Critical => self.critical,
            Severity::High => self.high,
            Severity::Medium => self.medium,
            Severity::Low => self.low,
        }
    }
}

impl Cost {
    /// What an incident of this severity costs.
    pub fn of(&self, severity: Severity) -> f64 {
        self.responder_hours.of(severity) * self.hourly_rate + self.fixed.of(severity)
    }
}

impl fmt::Display for Cost {
    /// The formula, for people.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { currency, hourly_rate, .. } = self;
        write!(f, "incidents × (responder hours × {hourly_rate} {currency} + fixed cost)")?;
        for severity in Severity::ALL.iter().rev() {
            let (hours, fixed) = (self.responder_hours.of(*severity), self.fixed.of(*severity));
            let more = if fixed > 0.0 { format!(" + {fixed} {currency}") } else { String::new() };
            write!(f, "; {severity} {hours} h{more}")?;
        }
        Ok(())
    }
}

/// The section as written.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Written {
    currency: String,
    hourly_rate: f64,
    responder_hours: BySeverity,
    #[serde(default)]
    fixed: BySeverity,
}

impl TryFrom<Written> for Cost {
    type Error = Mistake;

    fn try_from(written: Written) -> Result<Self, Mistake> {
        let is_code =
            written.currency.len() == 3 && written.currency.bytes().all(|byte| byte.is_ascii_uppercase());
        if !is_code {
            return Err(Mistake::of("currency", "expected three capital letters, as EUR"));
        }
        let amounts = |by: &BySeverity| Severity::ALL.iter().all(|severity| is_amount(by.of(*severity)));
        if !is_amount(written.hourly_rate) {
            return Err(Mistake::of("hourly_rate", AMOUNT));
        }
        if !amounts(&written.responder_hours) {
            return Err(Mistake::of("responder_hours", AMOUNT));
        }
        if !amounts(&written.fixed) {
            return Err(Mistake::of("fixed", AMOUNT));
        }
        let Written { currency, hourly_rate, responder_hours, fixed } = written;
        Ok(Self { currency, hourly_rate, responder_hours, fixed })
    }
}

const AMOUNT: &str = "expected a number from 0 to a billion";

fn is_amount(number: f64) -> bool {
    (0.0..=1e9).contains(&number)
}
