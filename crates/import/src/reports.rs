//! Reports of other scanners, read as findings: each entry with its value becomes a finding under our fingerprint, and what
//! cannot be carried over is named.

mod betterleaks;
mod documents;
mod draft;
mod gitleaks;
mod kingfisher;
mod lost;
mod raw;
mod reading;
mod report_format;
mod sarif;
mod stanch_sarif;
mod trufflehog;

use stanch_model::{Fingerprinter, ReportedFinding};

pub use lost::{Lost, LostWhy};
pub use report_format::{ReportFormat, ReportFormatError};

use self::reading::Reading;
use crate::yaml::Mistake;

/// The largest report, in bytes.
const REPORT_BYTES_MAX: usize = 256 << 20;
/// The most entries of a report that are carried over, and the most that are named as lost.
const ENTRIES_MAX: usize = 100_000;

/// What was read of one report.
#[derive(Debug)]
pub struct ForeignReport {
    /// What it was read as.
    pub format: ReportFormat,
    /// Name and version of the scanner, as far as the report tells.
    pub tool: String,
    /// What was carried over, in the order of the report.
    pub findings: Vec<ReportedFinding>,
    /// How many entries the report itself says may stay: they are counted and not carried over.
    pub allowed: usize,
    /// What was not carried over, in the order of the report.
    pub lost: Vec<Lost>,
}

/// Why a report cannot be read at all. No message quotes what the report holds.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ReportError {
    /// Nothing tells what it is.
    #[error("{file}: not known as a report of {}", ReportFormat::ALL.map(ReportFormat::as_str).join(", "))]
    UnknownFormat {
        /// The name of the report.
        file: String,
    },
    /// It is not text.
    #[error("{file}: is not UTF-8")]
    NotText {
        /// The name of the report.
        file: String,
    },
    /// It is over the limit.
    #[error("{file}: is larger than {REPORT_BYTES_MAX} bytes")]
    TooLarge {
        /// The name of the report.
        file: String,
    },
    /// It does not read as what it is.
    #[error("{file}:{line}: {message}")]
    Syntax {
        /// The name of the report.
        file: String,
        /// The line, from 1.
        line: usize,
        /// What is wrong, without any value.
        message: String,
    },
}

/// Reads a report of another scanner. `file` is its name, for messages; without a `format` the content tells it.
///
/// `bytes` hold raw secrets: whoever calls wipes them. Each value is sealed by `fingerprinter` when it is read and kept
/// nowhere else.
///
/// # Errors
/// The report as such cannot be read. An entry that cannot be carried over is no error: it is named in
/// [`ForeignReport::lost`].
pub fn read_report(
    file: &str,
    bytes: &[u8],
    format: Option<ReportFormat>,
    fingerprinter: &Fingerprinter,
) -> Result<ForeignReport, ReportError> {
    let file = || file.to_owned();
    if bytes.len() > REPORT_BYTES_MAX {
        return Err(ReportError::TooLarge { file: file() });
    }
    let text = std::str::from_utf8(bytes).map_err(|_| ReportError::NotText { file: file() })?;
    // A mark of byte order belongs to no format, but some shells write it.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let unknown = || ReportError::UnknownFormat { file: file() };
    let format = format.or_else(|| ReportFormat::guess(text)).ok_or_else(unknown)?;
    let mut reading = Reading::new(format, fingerprinter);
    let read = match format {
        ReportFormat::Gitleaks => gitleaks::read,
        ReportFormat::Betterleaks => betterleaks::read,
        ReportFormat::Trufflehog => trufflehog::read,
        ReportFormat::Kingfisher => kingfisher::read,
        ReportFormat::Sarif => sarif::read,
    };
    read(text, &mut reading).map_err(|mistake| ReportError::Syntax {
        file: file(),
        line: mistake.line.max(1),
        message: mistake.message,
    })?;
    Ok(reading.finish())
}

/// The reader of a format.
type Read = Result<(), Mistake>;

#[cfg(test)]
mod tests {
    use stanch_model::KeyKind;

    use super::*;

    fn read(text: &str, format: Option<ReportFormat>) -> Result<ForeignReport, ReportError> {
        read_report("r", text.as_bytes(), format, &Fingerprinter::new(KeyKind::Once, &[7; 32]))
    }

    #[test]
    fn what_is_no_report_is_refused_without_a_word_of_it() {
        let error = |text: &str, format| read(text, format).expect_err("not a report").to_string();
        let unknown = error("open sesame", None);
        assert_eq!(
            unknown,
            "r: not known as a report of gitleaks, betterleaks, trufflehog, kingfisher, sarif"
        );
        assert_eq!(error("[\n{\"a\": sesame}]", Some(ReportFormat::Gitleaks)), "r:2: not JSON");
        assert_eq!(error("\"sesame\"", Some(ReportFormat::Sarif)), "r:1: expected a SARIF log with runs");
        let bytes = read_report("r", &[0xff], None, &Fingerprinter::new(KeyKind::Once, &[7; 32]));
        assert_eq!(bytes.expect_err("not text").to_string(), "r: is not UTF-8");
    }

    #[test]
    fn what_is_over_the_limit_is_named() {
        let entry = r#"{"RuleID":"a","File":"f","StartLine":1,"Secret":"REDACTED"}"#;
        let text = format!("[{}]", vec![entry; ENTRIES_MAX + 2].join(","));
        let report = read(&text, None).expect("readable");
        assert_eq!((report.findings.len(), report.lost.len()), (0, ENTRIES_MAX + 1));
        assert_eq!(
            report.lost[ENTRIES_MAX].to_string(),
            "entry 100001: not read from here on: over 100000 entries"
        );
    }
}
