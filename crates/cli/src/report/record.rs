//! The JSON object of one finding: stable; documented in `docs/formats.md`.

use serde::Serialize;
use stanch_model::{
    Class, Confidence, Encoding, Fact, Finding, Fingerprint, Location, Preview, Probability, Provenance,
    Severity,
};

use super::part::{self, PartRecord};

/// One finding as `jsonl` and `json` write it. Fields are only ever added, at the end.
#[derive(Serialize)]
pub(super) struct Record<'r> {
    rule: &'r str,
    severity: Severity,
    confidence: Confidence,
    fingerprint: &'r Fingerprint,
    preview: Preview,
    location: &'r Location,
    provenance: &'r Provenance,
    #[serde(skip_serializing_if = "Option::is_none")]
    probability: Option<Probability>,
    #[serde(skip_serializing_if = "<[Fact]>::is_empty")]
    facts: &'r [Fact],
    parts: Vec<PartRecord<'r>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    class: Option<Class>,
    #[serde(skip_serializing_if = "<[Encoding]>::is_empty")]
    encodings: &'r [Encoding],
    #[serde(skip_serializing_if = "Option::is_none")]
    former_fingerprint: Option<&'r Fingerprint>,
}

impl<'r> From<&'r Finding> for Record<'r> {
    fn from(finding: &'r Finding) -> Self {
        Self {
            rule: &finding.rule.id,
            severity: finding.severity,
            confidence: finding.confidence,
            fingerprint: finding.fingerprint(),
            preview: finding.preview(),
            location: &finding.location,
            provenance: &finding.provenance,
            probability: finding.probability,
            facts: &finding.facts,
            parts: part::records(finding),
            class: finding.class,
            encodings: &finding.encodings,
            former_fingerprint: finding.secret.previous(),
        }
    }
}
