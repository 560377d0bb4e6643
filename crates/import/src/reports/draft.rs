//! An entry of a foreign report, whatever the format, before its value is sealed.

use jiff::{Timestamp, civil::Date, fmt::strtime, tz::TimeZone};
use stanch_model::{Confidence, Fact, Liveness, ReportedPart, Severity, Step};

use super::raw::Raw;

/// What an entry says.
#[derive(Default)]
pub(super) struct Draft {
    /// The rule as it is called there.
    pub(super) rule: String,
    /// None where the scanner has no such notion.
    pub(super) severity: Option<Severity>,
    /// None where the scanner has no such notion.
    pub(super) confidence: Option<Confidence>,
    /// The value.
    pub(super) raw: Raw,
    /// The file; empty where there is none.
    pub(super) path: String,
    /// Where in the file.
    pub(super) region: Region,
    /// The commit that brought it.
    pub(super) commit: Option<Commit>,
    /// Where it stands, where that is no file of a folder or commit.
    pub(super) outer: Option<Step>,
    /// Whether its provider takes it.
    pub(super) liveness: Liveness,
    /// What is told of it beside.
    pub(super) facts: Vec<Fact>,
    /// What belongs to it.
    pub(super) parts: Vec<ReportedPart>,
    /// Where a person can look at it.
    pub(super) url: Option<String>,
}

/// Lines and columns from 1, the end column one past the last character; 0 where it is not told.
#[derive(Clone, Copy, Default)]
pub(super) struct Region {
    pub(super) line: usize,
    pub(super) end_line: usize,
    pub(super) column: usize,
    pub(super) end_column: usize,
}

impl Region {
    /// A value on one line is as wide as it is, whatever a scanner counts as the end of its columns.
    pub(super) fn settled(self, value: &str) -> Self {
        let line = self.line.max(1);
        let end_line = self.end_line.max(line);
        let column = self.column.max(1);
        let end_column = if value.contains('\n') || end_line != line {
            self.end_column.max(1)
        } else {
            column.saturating_add(value.chars().count())
        };
        Self { line, end_line, column, end_column }
    }
}

/// A commit as far as a report tells it.
pub(super) struct Commit {
    /// Hexadecimal object id.
    pub(super) id: String,
    /// `Name <mail>`.
    pub(super) author: String,
    /// RFC 3339; empty where it is not told.
    pub(super) time: String,
}

impl Commit {
    /// The commit of this id, if it is one.
    pub(super) fn of(id: &str, author: (&str, &str), time: &str) -> Option<Self> {
        let id = id.trim().to_ascii_lowercase();
        let is_id = (7..=64).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_hexdigit());
        let author = match author {
            ("", "") => String::new(),
            ("", mail) if mail.contains('<') => mail.to_owned(),
            ("", mail) => format!("<{mail}>"),
            (name, "") => name.to_owned(),
            (name, mail) => format!("{name} <{mail}>"),
        };
        is_id.then(|| Self { id, author, time: rfc3339(time).unwrap_or_default() })
    }
}

/// A time as the scanners write it: RFC 3339, with spaces, or the day only.
fn rfc3339(text: &str) -> Option<String> {
    let text = text.trim();
    let exact = text.parse::<Timestamp>().ok();
    let spaced = || strtime::parse("%Y-%m-%d %H:%M:%S %z", text).ok()?.to_timestamp().ok();
    let day = || Some(text.parse::<Date>().ok()?.to_zoned(TimeZone::UTC).ok()?.timestamp());
    exact.or_else(spaced).or_else(day).map(|time| time.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_in_one_way() {
        assert_eq!(rfc3339("2026-01-02T03:04:05Z").as_deref(), Some("2026-01-02T03:04:05Z"));
        assert_eq!(rfc3339("2026-01-02 03:04:05 +0200").as_deref(), Some("2026-01-02T01:04:05Z"));
        assert_eq!(rfc3339("2026-01-02").as_deref(), Some("2026-01-02T00:00:00Z"));
        assert_eq!(rfc3339("yesterday"), None);
    }

    #[test]
    fn a_commit_has_an_id_and_an_author_in_one_form() {
        let author = |author| Commit::of(&"AB".repeat(20), author, "").expect("an id").author;
        assert_eq!(author(("Ada", "a@example.org")), "Ada <a@example.org>");
        assert_eq!(author(("", "Ada <a@example.org>")), "Ada <a@example.org>");
        assert_eq!(author(("", "a@example.org")), "<a@example.org>");
        assert!(Commit::of("", ("", ""), "").is_none() && Commit::of("HEAD", ("", ""), "").is_none());
    }

    #[test]
    fn a_region_is_as_wide_as_its_value() {
        let region = Region { line: 2, end_line: 2, column: 11, end_column: 36 }.settled("abc");
        assert_eq!((region.column, region.end_column), (11, 14));
        let lines = Region { line: 2, end_line: 4, column: 1, end_column: 9 }.settled("a\nb\nc");
        assert_eq!((lines.end_line, lines.end_column), (4, 9));
        let nothing = Region::default().settled("é");
        assert_eq!((nothing.line, nothing.end_line, nothing.column, nothing.end_column), (1, 1, 1, 2));
    }
}
