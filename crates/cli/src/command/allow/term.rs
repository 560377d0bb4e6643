//! How long an allowance is to be good for, as typed.

use std::str::FromStr;

use anyhow::ensure;
use jiff::{ToSpan as _, civil::Date};
use stanch_allow::{Allowance, Expiry};
use stanch_model::Reason;

use crate::advice::advise;

/// The most days that can be typed.
const DAYS_MAX: u32 = 366;

/// A day, a number of days, or for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Term {
    Until(Date),
    Days(u32),
    Never,
}

impl FromStr for Term {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "never" {
            return Ok(Self::Never);
        }
        if let Some(days) = text.strip_suffix('d') {
            let days = days.parse().ok().filter(|days| *days <= DAYS_MAX);
            return days.map(Self::Days).ok_or("expected at most 366 days, as 30d");
        }
        text.parse()
            .map(Self::Until)
            .map_err(|_| "expected a day, as 2026-11-26, a number of days, as 30d, or never")
    }
}

impl Term {
    /// The end of an allowance for `reason` that is granted `today`; none typed is the default.
    ///
    /// # Errors
    /// A day that is past, or later than the reason allows.
    pub(super) fn end(
        term: Option<Self>,
        reason: Reason,
        today: Date,
        proof: Option<&str>,
    ) -> anyhow::Result<Expiry> {
        let latest = Allowance::latest(reason, today);
        let day = match term {
            None => Allowance::default_end(today),
            Some(Self::Until(day)) => day,
            Some(Self::Days(days)) => today.saturating_add(i64::from(days).days()),
            Some(Self::Never) => {
                let proven = reason == Reason::Revoked && proof.is_some();
                let problem = "only what is proven to be dead may stay for ever";
                ensure!(
                    proven,
                    advise(problem, "--reason revoked --proof \"what shows that it is rejected\"")
                );
                return Ok(Expiry::Never);
            }
        };
        ensure!(day >= today, "--expires: {day} is past");
        ensure!(
            day <= latest,
            advise(
                format!("--expires: {reason} ends by {latest} at the latest"),
                format!("--expires {latest}")
            )
        );
        Ok(Expiry::On(day))
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    const TODAY: Date = date(2026, 11, 26);

    fn end(text: &str, reason: Reason, proof: Option<&str>) -> Option<String> {
        let term = (!text.is_empty()).then(|| text.parse().expect("a term"));
        Term::end(term, reason, TODAY, proof).ok().map(|end| end.to_string())
    }

    #[test]
    fn terms_are_days_or_for_ever() {
        let day = |text: &str| Some(text.to_owned());
        assert_eq!(end("", Reason::AcceptedRisk, None), day("2027-02-24"));
        assert_eq!(end("30d", Reason::AcceptedRisk, None), day("2026-12-26"));
        assert_eq!(end("91d", Reason::AcceptedRisk, None), None);
        assert_eq!(end("2027-06-01", Reason::TestCredential, None), day("2027-06-01"));
        assert_eq!(end("2026-11-25", Reason::TestCredential, None), None);
        assert_eq!(end("never", Reason::Revoked, None), None);
        assert_eq!(end("never", Reason::Revoked, Some("401")), day("never"));
        assert!("soon".parse::<Term>().is_err() && "999d".parse::<Term>().is_err());
    }
}
