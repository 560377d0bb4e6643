//! Whose report it is.

use std::{fmt, str::FromStr};

use serde::Serialize;

/// A kind of report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReportFormat {
    /// JSON of gitleaks, or of betterleaks before 2.0: <https://github.com/gitleaks/gitleaks#reporting>.
    Gitleaks,
    /// JSON or JSON lines of betterleaks.
    Betterleaks,
    /// JSON lines of trufflehog: <https://github.com/trufflesecurity/trufflehog#json>.
    Trufflehog,
    /// JSON or JSON lines of kingfisher: <https://github.com/mongodb/kingfisher>.
    Kingfisher,
    /// SARIF 2.1.0 of any of these, of Stanch, or of another tool that finds secrets.
    Sarif,
}

impl ReportFormat {
    /// Every format.
    pub const ALL: [Self; 5] =
        [Self::Gitleaks, Self::Betterleaks, Self::Trufflehog, Self::Kingfisher, Self::Sarif];

    /// The name that people type.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Gitleaks => "gitleaks",
            Self::Betterleaks => "betterleaks",
            Self::Trufflehog => "trufflehog",
            Self::Kingfisher => "kingfisher",
            Self::Sarif => "sarif",
        }
    }

    /// The format of a report, by what only it holds near its beginning.
    pub(super) fn guess(text: &str) -> Option<Self> {
        /// Bytes that are looked at: the names of fields come early.
        const HEAD_BYTES_MAX: usize = 64 << 10;
        let end = text.floor_char_boundary(HEAD_BYTES_MAX);
        let head = text[..end].trim_start();
        let has = |part: &str| head.contains(part);
        match head.as_bytes().first()? {
            b'[' if has("\"RuleID\"") => Some(Self::Gitleaks),
            b'[' if has("\"RawV2\"") || has("\"DetectorName\"") => Some(Self::Trufflehog),
            b'{' if has("\"schema_version\"") && has("\"rule_id\"") => Some(Self::Betterleaks),
            b'{' if has("\"runs\"") => Some(Self::Sarif),
            b'{' if has("\"DetectorName\"") => Some(Self::Trufflehog),
            b'{' if has("\"rule\"") && has("\"finding\"") => Some(Self::Kingfisher),
            _ => None,
        }
    }
}

impl fmt::Display for ReportFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A text that names no format.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("unknown report: expected one of {}", ReportFormat::ALL.map(ReportFormat::as_str).join(", "))]
pub struct ReportFormatError;

impl FromStr for ReportFormat {
    type Err = ReportFormatError;

    fn from_str(text: &str) -> Result<Self, ReportFormatError> {
        Self::ALL.into_iter().find(|format| format.as_str() == text).ok_or(ReportFormatError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_content_tells() {
        let guess = |text: &str| ReportFormat::guess(text).map(ReportFormat::as_str);
        assert_eq!(guess("[\n {\n  \"RuleID\": \"x\""), Some("gitleaks"));
        assert_eq!(guess("{\"schema_version\":\"1\",\"findings\":[{\"rule_id\":"), Some("betterleaks"));
        assert_eq!(guess("{\"SourceMetadata\":{},\"DetectorName\":\"AWS\""), Some("trufflehog"));
        assert_eq!(guess("{\"rule\":{},\"finding\":{}}"), Some("kingfisher"));
        assert_eq!(guess("{\"findings\":[{\"rule\":{},\"finding\":{}}]}"), Some("kingfisher"));
        assert_eq!(guess("{\"version\":\"2.1.0\",\"runs\":[]}"), Some("sarif"));
        for text in ["", "[]", "{}", "words", "{\"finding\":1}"] {
            assert_eq!(guess(text), None, "{text}");
        }
    }

    #[test]
    fn names_round_trip() {
        for format in ReportFormat::ALL {
            assert_eq!(format.as_str().parse(), Ok(format));
        }
        assert!("x".parse::<ReportFormat>().is_err());
    }
}
