//! Our own SARIF: its results carry fingerprint, preview and provenance, and are taken as they are.

use serde::Deserialize;
use stanch_model::{
    Class, Confidence, Fingerprint, Liveness, Location, Preview, Provenance, ReportedFinding, ReportedPart,
    Severity, Step,
};

use super::sarif;

/// What a result looks like.
pub(super) const EXPECTED: &str = "a result of Stanch with its fingerprint and properties";
/// Characters of a secret that a preview shows at most.
const PREVIEW_SHOWN_MAX: usize = 8;

/// One result.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct OwnResult {
    rule_id: String,
    locations: Vec<OwnLocation>,
    partial_fingerprints: Fingerprints,
    properties: Properties,
}

#[derive(Deserialize)]
struct Fingerprints {
    #[serde(rename = "stanch/v1")]
    stanch: Fingerprint,
}

#[derive(Deserialize)]
struct Properties {
    severity: Severity,
    confidence: Confidence,
    preview: String,
    provenance: Provenance,
    class: Option<Class>,
    #[serde(default)]
    parts: Vec<ReportedPart>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OwnLocation {
    physical_location: Physical,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Physical {
    artifact_location: Artifact,
    region: Region,
}

#[derive(Deserialize)]
struct Artifact {
    uri: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: usize,
    start_column: usize,
    end_line: usize,
    end_column: usize,
    byte_offset: usize,
    byte_length: usize,
}

impl OwnResult {
    /// The finding it tells of; none where it tells no place.
    pub(super) fn finding(self) -> Option<ReportedFinding> {
        let Physical { artifact_location, region } = self.locations.into_iter().next()?.physical_location;
        if region.start_line == 0 || region.start_column == 0 {
            return None;
        }
        let Properties { severity, confidence, preview, provenance, class, parts } = self.properties;
        let within = provenance.0.iter().rev().find_map(|step| match step {
            Step::Path { path } => Some(path.clone()),
            _ => None,
        });
        let location = Location {
            path: within.or_else(|| sarif::path(&artifact_location.uri))?,
            line: region.start_line,
            column: region.start_column,
            end_line: region.end_line,
            end_column: region.end_column,
            byte_start: region.byte_offset,
            byte_end: region.byte_offset.checked_add(region.byte_length)?,
        };
        Some(ReportedFinding {
            rule: self.rule_id,
            severity,
            confidence,
            fingerprint: self.partial_fingerprints.stanch,
            former_fingerprint: None,
            preview: masked(preview),
            location,
            provenance,
            probability: None,
            facts: Vec::new(),
            parts: parts.into_iter().map(part).collect(),
            class,
            encodings: Vec::new(),
            liveness: Liveness::Unknown,
            code_owners: Vec::new(),
            url: None,
        })
    }
}

/// A part; of one that is a secret no more than a preview.
fn part(part: ReportedPart) -> ReportedPart {
    let value = if part.secret { masked(part.value) } else { part.value };
    ReportedPart { value, ..part }
}

/// A preview, if it is one: whoever changed the file may have written more.
fn masked(preview: String) -> String {
    let shown = preview.strip_suffix(Preview::STARS).map(str::len);
    if shown.is_some_and(|shown| shown <= PREVIEW_SHOWN_MAX) { preview } else { Preview::STARS.to_owned() }
}
