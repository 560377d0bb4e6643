//! What a client tells a server: the lines of a `jsonl` report, after one that says where they come from.
//!
//! Documented in `docs/formats.md`. A reader ignores fields and kinds of lines it does not know.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    Class, Confidence, Encoding, Fact, Fingerprint, Liveness, Location, Origin, Probability, Provenance,
    Severity,
};

/// One line of what is sent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum ReportLine {
    /// Where the lines that follow come from, until the next of its kind.
    Scan(ScanHeader),
    /// A secret in one place.
    Finding(Box<ReportedFinding>),
    /// One that an exception allows: its place is kept where the secret is known for another reason, and nothing otherwise.
    Allowed(Box<ReportedFinding>),
    /// The end of a scan.
    Summary(ReportedSummary),
}

/// The beginning of a scan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScanHeader {
    /// Chosen by the client: the same scan sent again has the same id.
    pub id: String,
    /// Name and version of the scanner.
    pub tool: String,
    /// What was scanned.
    pub origin: Origin,
    /// What part of it: `tree`, `history`, `staged`, `pushed`, `stream`. Only a scan of the same scope tells that something is gone.
    pub scope: String,
    /// When it began.
    pub started: Timestamp,
}

/// The end of a scan.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportedSummary {
    /// How many findings were sent.
    pub findings: usize,
    /// Whether all of the scope was scanned, so that what was not found is gone.
    #[serde(default)]
    pub complete: bool,
}

/// A finding as a report tells it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReportedFinding {
    /// Id of the rule.
    pub rule: String,
    /// How much harm the secret can do.
    pub severity: Severity,
    /// How sure the scanner is.
    pub confidence: Confidence,
    /// The identity of the secret.
    pub fingerprint: Fingerprint,
    /// The same under the former key, while keys are rotated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub former_fingerprint: Option<Fingerprint>,
    /// A masked glimpse of it.
    pub preview: String,
    /// Where it stands.
    pub location: Location,
    /// How to get there from the target.
    pub provenance: Provenance,
    /// How likely it is a secret, where a judge was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probability: Option<Probability>,
    /// What its form says of itself.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub facts: Vec<Fact>,
    /// What belongs to it and stands near it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<ReportedPart>,
    /// What it was made for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<Class>,
    /// What it was decoded from, outermost first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub encodings: Vec<Encoding>,
    /// Whether its provider accepts it.
    #[serde(default)]
    pub liveness: Liveness,
    /// Who owns the file, by the project's own CODEOWNERS.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub code_owners: Vec<String>,
    /// Where a person can look at the place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// What belongs to a secret: an identifier as it stands there, of a second secret the preview.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportedPart {
    /// What it is: `username`, `host`, `access-key-id`.
    pub name: String,
    /// An identifier, or the preview of a secret.
    pub value: String,
    /// Whether it is a secret itself.
    #[serde(default)]
    pub secret: bool,
}
