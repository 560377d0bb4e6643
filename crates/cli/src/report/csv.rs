//! One row a finding, for spreadsheets.

use std::io::{self, Write};

use csv::Writer;
use stanch_model::Finding;

use super::{Format, Report, encodings, part, place::Place, printable::Printable};

/// Comma-separated values (RFC 4180) with a header.
pub(crate) struct Csv;

const HEADER: [&str; 19] = [
    "severity",
    "confidence",
    "rule",
    "name",
    "preview",
    "fingerprint",
    "path",
    "line",
    "column",
    "end_line",
    "end_column",
    "commit",
    "author",
    "time",
    "in_head",
    "parts",
    "class",
    "encodings",
    "allowed",
];

impl Format for Csv {
    fn name(&self) -> &'static str {
        "csv"
    }

    fn doc(&self) -> &'static str {
        "one row a finding: for spreadsheets"
    }

    fn write(&self, report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
        let mut csv = Writer::from_writer(out);
        csv.write_record(HEADER)?;
        for finding in report.findings {
            csv.write_record(row(finding, String::new()).iter().map(|text| cell(text)))?;
        }
        // A table has no other place to count them.
        for allowed in &report.exempt.allowed {
            csv.write_record(row(&allowed.finding, allowed.grounds()).iter().map(|text| cell(text)))?;
        }
        csv.flush()
    }
}

fn row(finding: &Finding, allowed: String) -> [String; 19] {
    let (place, at) = (Place::of(finding), &finding.location);
    let of_commit =
        |text: fn(&super::place::Commit<'_>) -> String| place.commit.as_ref().map(text).unwrap_or_default();
    [
        finding.severity.to_string(),
        finding.confidence.to_string(),
        finding.rule.id.clone(),
        finding.rule.name.clone(),
        finding.preview().to_string(),
        finding.fingerprint().to_string(),
        place.path.clone(),
        at.line.to_string(),
        at.column.to_string(),
        at.end_line.to_string(),
        at.end_column.to_string(),
        of_commit(|commit| commit.id.to_owned()),
        of_commit(|commit| commit.author.to_owned()),
        of_commit(|commit| commit.time.to_owned()),
        of_commit(|commit| commit.in_head.to_string()),
        part::listed(finding).unwrap_or_default(),
        finding.class.map(|class| class.to_string()).unwrap_or_default(),
        encodings::listed(finding).unwrap_or_default(),
        allowed,
    ]
}

/// A text that no spreadsheet takes for a formula (OWASP, "CSV Injection"): an apostrophe before what would begin one.
fn cell(text: &str) -> String {
    let guard = if text.starts_with(['=', '+', '-', '@']) { "'" } else { "" };
    format!("{guard}{}", Printable(text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    fn rows(text: &str) -> Vec<csv::StringRecord> {
        csv::Reader::from_reader(text.as_bytes()).records().map(|row| row.expect("a row")).collect()
    }

    #[test]
    fn reads_back_row_by_row() {
        let sample = sample::findings();
        let rows = rows(&sample.render(&Csv));
        assert_eq!(rows.len(), sample.findings.len());
        for (row, finding) in rows.iter().zip(&sample.findings) {
            assert_eq!(&row[5], finding.fingerprint().to_string());
            assert_eq!(&row[7], finding.location.line.to_string());
        }
    }

    #[test]
    fn nothing_begins_a_formula() {
        let rows = rows(&sample::hostile().render(&Csv));
        assert!(!rows.is_empty());
        for text in rows.iter().flatten() {
            assert!(!text.starts_with(['=', '+', '-', '@', '\t', '\r']), "{text:?}");
        }
        assert_eq!(cell("=1+1"), "'=1+1");
        assert_eq!(cell("a=1"), "a=1");
    }
}
