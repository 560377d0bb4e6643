//! Weeks begin on Monday. They are counted from the one of 1970-01-01, which was a Thursday.

use jiff::Timestamp;

/// Milliseconds of a week.
const WEEK_MS: i64 = 604_800_000;
/// From Monday to Thursday: how long the first week had lasted when 1970 began.
const SHIFT_MS: i64 = 3 * 86_400_000;

/// The week of this time.
pub fn week_of(at: Timestamp) -> i64 {
    (at.as_millisecond() + SHIFT_MS).div_euclid(WEEK_MS)
}

/// The first moment of a week: a Monday, 00:00 UTC.
pub fn week_start(week: i64) -> Timestamp {
    let start = week.saturating_mul(WEEK_MS).saturating_sub(SHIFT_MS);
    Timestamp::from_millisecond(start).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// The week of a column of milliseconds, in SQL.
pub(crate) fn week_in_sql(column: &str) -> String {
    format!("({column} + {SHIFT_MS}) / {WEEK_MS}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weeks_begin_on_monday() {
        let at = |text: &str| week_of(text.parse().expect("a time"));
        assert_eq!(at("1970-01-01T00:00:00Z"), 0);
        assert_eq!(at("2026-11-29T23:59:59Z") + 1, at("2026-11-30T00:00:00Z"));
        assert_eq!(week_start(at("2026-11-27T03:00:00Z")).to_string(), "2026-11-23T00:00:00Z");
    }
}
