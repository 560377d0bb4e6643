//! A length of time as policies write it: `15m`, `24h`, `30d`.

use jiff::SignedDuration;
use serde::Deserialize;

/// The longest, in seconds: ten years.
const SECONDS_MAX: i64 = 3_650 * 86_400;

/// A length of time above zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Span(pub(super) SignedDuration);

impl TryFrom<String> for Span {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, &'static str> {
        const EXPECTED: &str =
            "expected a number and one of s, m, h, d, w, above zero and at most ten years, as \"15m\"";
        let unit = text.chars().next_back().ok_or(EXPECTED)?;
        let seconds = match unit {
            's' => 1,
            'm' => 60,
            'h' => 3_600,
            'd' => 86_400,
            'w' => 7 * 86_400,
            _ => return Err(EXPECTED),
        };
        let digits = &text[..text.len() - 1];
        let is_plain = digits.bytes().all(|byte| byte.is_ascii_digit());
        let count: i64 = digits.parse().ok().filter(|_| is_plain).ok_or(EXPECTED)?;
        let total = count.checked_mul(seconds).filter(|total| (1..=SECONDS_MAX).contains(total));
        total.map(|total| Self(SignedDuration::from_secs(total))).ok_or(EXPECTED)
    }
}

/// `duration` in the largest unit that leaves no rest, as policies write it.
pub fn spell(duration: SignedDuration) -> String {
    let seconds = duration.as_secs();
    let units = [(86_400, 'd'), (3_600, 'h'), (60, 'm')];
    let fitting = units.into_iter().find(|(unit, _)| seconds >= *unit && seconds % unit == 0);
    let (unit, letter) = fitting.unwrap_or((1, 's'));
    format!("{}{letter}", seconds / unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_is_written() {
        for text in ["45s", "15m", "90m", "24h", "36h", "7d", "3650d"] {
            let span = Span::try_from(text.to_owned()).expect("a length of time");
            let again = Span::try_from(spell(span.0)).expect("a length of time");
            assert_eq!(span, again, "{text}");
        }
        assert_eq!(spell(SignedDuration::from_hours(36)), "36h");
        assert_eq!(spell(SignedDuration::from_hours(168)), "7d");
    }

    #[test]
    fn anything_else_is_refused() {
        for text in
            ["", "m", "15", "0m", "-1h", "+1h", "1.5h", "15 m", "3651d", "99999999999999999999s", "1é"]
        {
            assert!(Span::try_from(text.to_owned()).is_err(), "{text}");
        }
    }
}
