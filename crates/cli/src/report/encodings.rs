//! How people are told what a secret was decoded from.

use stanch_model::{Encoding, Finding};

/// The encodings of a secret, outermost first: `base64 > gzip`; none where it stands there as it is.
pub(super) fn listed(finding: &Finding) -> Option<String> {
    let names: Vec<&str> = finding.encodings.iter().copied().map(Encoding::as_str).collect();
    (!names.is_empty()).then(|| names.join(" > "))
}
