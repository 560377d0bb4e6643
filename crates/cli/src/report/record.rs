//! The JSON object of one finding: stable; documented in `docs/formats.md`.

use serde::Serialize;
use stanch_model::{Confidence, Finding, Fingerprint, Location, Preview, Provenance, Severity};

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
        }
    }
}
