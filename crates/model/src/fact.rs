//! What an offline check read out of a secret and may be told.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Something that the form of a secret says of itself: helps to decide how urgent a finding is, opens nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "value", rename_all = "kebab-case")]
pub enum Fact {
    /// The day, in UTC, on which it stops being accepted: `YYYY-MM-DD`.
    Expires(String),
    /// Who made it, as it names itself.
    Issuer(String),
    /// The account it belongs to.
    Account(String),
    /// It opens only with a passphrase.
    Encrypted,
}

/// Seconds in a day, days in an era of 400 years.
const DAY_SECONDS: u64 = 86_400;
const ERA_DAYS: u64 = 146_097;

/// The first second of the year 10000: what is later is no date but a way to say never.
const NEVER_SECONDS: u64 = 253_402_300_800;

/// Longer names are not told.
const NAME_CHARACTERS_MAX: usize = 80;

impl Fact {
    /// The day of an expiry in seconds since 1970; none where it is no date.
    pub fn expiry(seconds: u64) -> Option<Self> {
        (seconds < NEVER_SECONDS).then(|| Self::Expires(date(seconds / DAY_SECONDS)))
    }

    /// An issuer, where it is a plain name or address: a user, a query or a long value could hold a secret.
    pub fn issuer(name: &str) -> Option<Self> {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "-._:/".contains(c);
        let is_name = !name.is_empty() && name.len() <= NAME_CHARACTERS_MAX && name.chars().all(is_plain);
        let is_address = name.contains('.') || name.len() <= NAME_CHARACTERS_MAX / 4;
        (is_name && is_address).then(|| Self::Issuer(name.to_owned()))
    }
}

/// The date so many days after 1970-01-01. Source: the civil calendar, counted from March so that leap days end years.
fn date(days: u64) -> String {
    let days = days + 719_468;
    let (era, day_of_era) = (days / ERA_DAYS, days % ERA_DAYS);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

impl fmt::Display for Fact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Expires(day) => write!(f, "expires {day}"),
            Self::Issuer(name) => write!(f, "issuer {name}"),
            Self::Account(number) => write!(f, "account {number}"),
            Self::Encrypted => f.write_str("encrypted with a passphrase"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_those_of_the_calendar() {
        for (seconds, day) in [
            (0, "1970-01-01"),
            (951_782_399, "2000-02-28"),
            (951_782_400, "2000-02-29"),
            (1_300_819_380, "2011-03-22"),
            (4_107_542_399, "2100-02-28"),
            (4_107_542_400, "2100-03-01"),
            (NEVER_SECONDS - 1, "9999-12-31"),
        ] {
            assert_eq!(Fact::expiry(seconds), Some(Fact::Expires(day.to_owned())));
        }
        assert_eq!(Fact::expiry(NEVER_SECONDS), None);
    }

    #[test]
    fn only_plain_issuers_are_told() {
        for name in ["https://accounts.acme.io/tenant", "acme", "urn:acme:login"] {
            assert_eq!(Fact::issuer(name), Some(Fact::Issuer(name.to_owned())));
        }
        let long = "a.".repeat(60);
        for name in ["", "https://ann:pw@acme.io", "https://acme.io/?key=1", "two words", "\u{1b}[2J", &long]
        {
            assert_eq!(Fact::issuer(name), None, "{name:?}");
        }
        assert_eq!(Fact::issuer(&"K7".repeat(20)), None);
    }
}
