//! The other parts of a credential, as reports name them.

use std::fmt;

use serde::Serialize;
use stanch_model::{Finding, Fingerprint, Part, PartValue};

use super::printable::Printable;

/// One part as the JSON formats write it. Fields are only ever added, at the end.
#[derive(Serialize)]
pub(super) struct PartRecord<'r> {
    name: &'r str,
    /// Of an identifier all of it, of a secret the preview.
    value: String,
    secret: bool,
    fingerprint: Option<&'r Fingerprint>,
    line: usize,
    column: usize,
    end_line: usize,
    end_column: usize,
    byte_start: usize,
    byte_end: usize,
}

impl<'r> From<&'r Part> for PartRecord<'r> {
    fn from(part: &'r Part) -> Self {
        let (secret, at) = (part.value.secret(), &part.location);
        Self {
            name: &part.name,
            value: part.value.shown(),
            secret: matches!(part.value, PartValue::Secret(_)),
            fingerprint: secret.map(stanch_model::Secret::fingerprint),
            line: at.line,
            column: at.column,
            end_line: at.end_line,
            end_column: at.end_column,
            byte_start: at.byte_start,
            byte_end: at.byte_end,
        }
    }
}

/// The parts of a finding in the order of its rule.
pub(super) fn records(finding: &Finding) -> Vec<PartRecord<'_>> {
    finding.parts.iter().map(PartRecord::from).collect()
}

/// `access-key-id=…`, for people.
pub(super) struct Named<'r>(pub(super) &'r Part);

impl fmt::Display for Named<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.0.name, Printable(&self.0.value.shown()))
    }
}

/// All parts of a finding, `, ` between them; none where there are none.
pub(super) fn listed(finding: &Finding) -> Option<String> {
    let named: Vec<String> = finding.parts.iter().map(|part| Named(part).to_string()).collect();
    (!named.is_empty()).then(|| named.join(", "))
}
