//! One governed exception.

use std::fmt;

use jiff::{ToSpan as _, civil::Date};
use stanch_model::{Fingerprint, Reason};

use crate::{PathGlob, ValuePattern};

/// Days that an allowance is good for, where it does not say.
const DAYS_DEFAULT: i64 = 90;
/// The most days it may be good for, where a risk was accepted.
const RISK_DAYS_MAX: i64 = 90;
/// The most days it may be good for else.
const DAYS_MAX: i64 = 366;

/// One exception: what may stay, why, until when, and who answers for it.
#[derive(Clone, Debug, PartialEq)]
pub struct Allowance {
    /// What may stay.
    pub subject: Subject,
    /// Why.
    pub reason: Reason,
    /// Who answers for it.
    pub owner: Option<String>,
    /// Who agreed.
    pub approver: Option<String>,
    /// Where it was discussed.
    pub ticket: Option<String>,
    /// What else there is to say.
    pub note: Option<String>,
    /// The day it was granted.
    pub created: Date,
    /// Until when it was granted; none for the default.
    pub expires: Option<Expiry>,
    /// What proves that the secret is dead, for an exception without an end.
    pub proof: Option<String>,
}

/// What may stay.
#[derive(Clone, Debug, PartialEq)]
pub enum Subject {
    /// One secret, wherever it is.
    Secret(Fingerprint),
    /// What meets a condition.
    Condition(Condition),
}

/// A narrow condition; all that it names must hold.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    /// What people call it.
    pub name: String,
    /// The id of the rule.
    pub rule: String,
    /// Where.
    pub path: PathGlob,
    /// Which values.
    pub value: Option<ValuePattern>,
}

/// The end of an exception.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expiry {
    /// The last day it is good for.
    On(Date),
    /// It has none.
    Never,
}

impl fmt::Display for Expiry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::On(day) => day.fmt(f),
            Self::Never => f.pad("never"),
        }
    }
}

impl Allowance {
    /// The last day an exception for `reason` may be good for, granted on the day `created`.
    pub fn latest(reason: Reason, created: Date) -> Date {
        created.saturating_add(days_max(reason).days())
    }

    /// The last day where an allowance does not say.
    pub fn default_end(created: Date) -> Date {
        created.saturating_add(DAYS_DEFAULT.days())
    }

    /// The last day it is good for, whatever was written: no later than is allowed. None where it has no end, which takes a
    /// revoked secret and a proof.
    pub fn end(&self) -> Option<Date> {
        match self.expires {
            Some(Expiry::On(day)) => Some(day.min(Self::latest(self.reason, self.created))),
            Some(Expiry::Never) if self.is_proven() => None,
            None | Some(Expiry::Never) => Some(Self::default_end(self.created)),
        }
    }

    /// Whether it is good on the day `today`.
    pub fn is_good_on(&self, today: Date) -> bool {
        !self.is_of_the_future(today) && self.end().is_none_or(|end| today <= end)
    }

    /// Whether it says that it was granted later than `today`; a day is let pass for clocks that differ.
    pub fn is_of_the_future(&self, today: Date) -> bool {
        self.created > today.saturating_add(1.day())
    }

    /// Whether it was granted for longer than is allowed.
    pub fn is_too_long(&self) -> bool {
        match self.expires {
            None => false,
            Some(Expiry::On(day)) => day > Self::latest(self.reason, self.created),
            Some(Expiry::Never) => !self.is_proven(),
        }
    }

    fn is_proven(&self) -> bool {
        self.reason == Reason::Revoked && self.proof.is_some()
    }

    /// What names it in files and messages: the fingerprint, or the name of the condition.
    pub fn name(&self) -> String {
        match &self.subject {
            Subject::Secret(fingerprint) => fingerprint.to_string(),
            Subject::Condition(condition) => condition.name.clone(),
        }
    }
}

fn days_max(reason: Reason) -> i64 {
    if reason == Reason::AcceptedRisk { RISK_DAYS_MAX } else { DAYS_MAX }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn allowance(reason: Reason, expires: Option<Expiry>) -> Allowance {
        let condition = Condition {
            name: "n".to_owned(),
            rule: "r".to_owned(),
            path: PathGlob::new("tests/**").expect("a glob"),
            value: None,
        };
        Allowance {
            subject: Subject::Condition(condition),
            reason,
            owner: None,
            approver: None,
            ticket: None,
            note: None,
            created: date(2026, 1, 1),
            expires,
            proof: None,
        }
    }

    #[test]
    fn it_is_good_through_its_last_day() {
        let until = allowance(Reason::Revoked, Some(Expiry::On(date(2026, 1, 5))));
        assert!(until.is_good_on(date(2026, 1, 5)) && !until.is_good_on(date(2026, 1, 6)));
        assert_eq!(allowance(Reason::Revoked, None).end(), Some(date(2026, 4, 1)));
    }

    #[test]
    fn it_is_not_good_before_it_was_granted() {
        let later = Allowance { created: date(2099, 1, 1), ..allowance(Reason::AcceptedRisk, None) };
        assert!(!later.is_good_on(date(2026, 1, 1)) && later.is_good_on(date(2099, 1, 1)));
    }

    #[test]
    fn a_risk_is_accepted_for_ninety_days() {
        let long = Some(Expiry::On(date(2026, 12, 1)));
        let risk = allowance(Reason::AcceptedRisk, long);
        assert_eq!((risk.end(), risk.is_too_long()), (Some(date(2026, 4, 1)), true));
        let test = allowance(Reason::TestCredential, long);
        assert_eq!((test.end(), test.is_too_long()), (Some(date(2026, 12, 1)), false));
    }

    #[test]
    fn only_what_is_proven_dead_may_stay_for_ever() {
        let claimed = allowance(Reason::Revoked, Some(Expiry::Never));
        assert!(claimed.is_too_long() && claimed.end().is_some());
        let proven = Allowance { proof: Some("answered 401 on 2026-01-01".to_owned()), ..claimed };
        assert_eq!((proven.end(), proven.is_too_long()), (None, false));
        let other = Allowance { reason: Reason::AcceptedRisk, ..proven };
        assert!(other.is_too_long() && other.end().is_some());
    }
}
