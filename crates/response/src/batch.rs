//! What a client sends, read line by line: a line that is wrong is told and left out, the others count.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use stanch_model::{Preview, ReportLine, ReportedFinding, ReportedSummary, ScanHeader};

/// Most lines of a batch.
pub const LINES_MAX: usize = 10_000;
/// Longest line, in bytes.
const LINE_BYTES_MAX: usize = 64 * 1024;
/// Most lines that are told to be wrong; more are counted.
const REJECTED_MAX: usize = 100;
/// Longest name of an origin, path, author or part, in bytes.
const TEXT_BYTES_MAX: usize = 4096;
/// Most characters that a preview shows before its stars.
const PREVIEW_SHOWN_MAX: usize = 8;
/// Most steps of a provenance, most parts and facts of a finding.
const ITEMS_MAX: usize = 64;

/// What was sent of one scan.
#[derive(Clone, Debug)]
pub struct Section {
    /// The line that says so, from 1.
    pub line: usize,
    /// Which scan it is of.
    pub header: ScanHeader,
    /// What it found.
    pub findings: Vec<Numbered>,
    /// What it found and an exception allows.
    pub allowed: Vec<Numbered>,
    /// Its end, if this is it.
    pub summary: Option<ReportedSummary>,
}

/// A finding with the line it came in, from 1.
#[derive(Clone, Debug)]
pub struct Numbered {
    /// The line.
    pub line: usize,
    /// The finding.
    pub finding: Box<ReportedFinding>,
}

/// A line that was left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Rejected {
    /// Which, from 1.
    pub line: usize,
    /// Why; quotes nothing of it.
    pub error: String,
}

/// Lines of one or more scans, read.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    /// By scan, in the order they came.
    pub sections: Vec<Section>,
    /// The first lines that were left out.
    pub rejected: Vec<Rejected>,
    /// How many lines were left out.
    pub rejected_count: usize,
}

/// Why a batch was not read at all.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum BatchError {
    /// It has too many lines.
    #[error("a batch has {LINES_MAX} lines at most")]
    TooManyLines,
    /// It is not UTF-8.
    #[error("a batch is UTF-8")]
    Encoding,
}

impl Batch {
    /// Reads a batch: JSON objects, one a line; empty lines do not count.
    ///
    /// # Errors
    ///
    /// If it is too long or no text at all. Lines that are wrong are told in [`Batch::rejected`].
    pub fn parse(bytes: &[u8]) -> Result<Self, BatchError> {
        let text = std::str::from_utf8(bytes).map_err(|_| BatchError::Encoding)?;
        let mut batch = Self::default();
        for (line, number) in text.lines().zip(1..) {
            if number > LINES_MAX {
                return Err(BatchError::TooManyLines);
            }
            if !line.trim().is_empty() {
                batch.take(line, number);
            }
        }
        Ok(batch)
    }

    fn take(&mut self, line: &str, number: usize) {
        if line.len() > LINE_BYTES_MAX {
            return self.reject(number, format!("longer than {LINE_BYTES_MAX} bytes"));
        }
        let read = match read(line) {
            Ok(read) => read,
            Err(error) => return self.reject(number, shape(&error)),
        };
        match read {
            ReportLine::Scan(header) => self.begin(header, number),
            ReportLine::Finding(finding) => self.find(finding, number, |section| &mut section.findings),
            ReportLine::Allowed(finding) => self.find(finding, number, |section| &mut section.allowed),
            ReportLine::Summary(summary) => match self.sections.last_mut() {
                Some(section) => section.summary = Some(summary),
                None => self.reject(number, "a summary before any scan".to_owned()),
            },
        }
    }

    fn begin(&mut self, header: ScanHeader, number: usize) {
        let texts = [&header.id, &header.tool, &header.scope, &header.origin.name];
        let is_named = texts.iter().all(|text| !text.trim().is_empty() && text.len() <= TEXT_BYTES_MAX);
        if is_named {
            self.sections.push(Section {
                line: number,
                header,
                findings: Vec::new(),
                allowed: Vec::new(),
                summary: None,
            });
        } else {
            self.reject(
                number,
                format!("id, tool, scope and origin.name have 1 to {TEXT_BYTES_MAX} bytes each"),
            );
        }
    }

    fn find(
        &mut self,
        finding: Box<ReportedFinding>,
        number: usize,
        list: impl Fn(&mut Section) -> &mut Vec<Numbered>,
    ) {
        if let Err(error) = limits(&finding) {
            return self.reject(number, error);
        }
        match self.sections.last_mut() {
            Some(section) => list(section).push(Numbered { line: number, finding }),
            None => self.reject(number, "a finding before any scan".to_owned()),
        }
    }

    /// Notes that a line is left out.
    pub(crate) fn reject(&mut self, line: usize, error: String) {
        self.rejected_count += 1;
        if self.rejected.len() < REJECTED_MAX {
            self.rejected.push(Rejected { line, error });
        }
    }

    /// How many findings it has.
    pub fn len(&self) -> usize {
        self.sections.iter().map(|section| section.findings.len()).sum()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// What a line is.
#[derive(Deserialize)]
struct Kind<'l> {
    #[serde(borrow, rename = "type")]
    kind: Cow<'l, str>,
}

/// Reads a line. Most are findings: whoever knows that beforehand need not keep all of it until its kind is known.
fn read(line: &str) -> Result<ReportLine, serde_json::Error> {
    let kind: Kind<'_> = serde_json::from_str(line)?;
    match &*kind.kind {
        "finding" => serde_json::from_str(line).map(ReportLine::Finding),
        _ => serde_json::from_str(line),
    }
}

fn limits(finding: &ReportedFinding) -> Result<(), String> {
    let texts = [&finding.rule, &finding.location.path].into_iter().chain(&finding.url);
    let texts = texts.chain(finding.parts.iter().flat_map(|part| [&part.name, &part.value]));
    if texts.chain(&finding.code_owners).any(|text| text.len() > TEXT_BYTES_MAX) {
        return Err(format!("a text of it is longer than {TEXT_BYTES_MAX} bytes"));
    }
    if finding.rule.trim().is_empty() {
        return Err("rule: is empty".to_owned());
    }
    // What is not masked as ours may be the secret itself: it is never kept.
    let shown = finding.preview.strip_suffix(Preview::STARS);
    if shown.is_none_or(|shown| shown.len() > PREVIEW_SHOWN_MAX) {
        return Err(format!(
            "preview: expected at most {PREVIEW_SHOWN_MAX} characters and {}",
            Preview::STARS
        ));
    }
    let counts = [
        finding.provenance.0.len(),
        finding.parts.len(),
        finding.facts.len(),
        finding.code_owners.len(),
        finding.encodings.len(),
    ];
    if counts.iter().any(|&count| count > ITEMS_MAX) {
        return Err(format!("a list of it has more than {ITEMS_MAX} items"));
    }
    Ok(())
}

/// What is wrong with a line, without the values that serde quotes.
fn shape(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let known =
        ["missing field", "unknown variant", "not a fingerprint", "invalid type", "EOF", "unknown severity"];
    match known.iter().find(|known| text.starts_with(**known)) {
        Some(&"missing field" | &"not a fingerprint") => {
            text.split(" at line").next().unwrap_or_default().to_owned()
        }
        Some(known) => format!("{known} at column {}", error.column()),
        None => format!("not a line of a report, from column {} on", error.column()),
    }
}
