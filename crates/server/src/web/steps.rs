//! What the steps of a provenance tell of a place; kinds of steps that are not known here are left alone.

use serde_json::Value as Json;
use stanch_store::Exposure;

/// The first step of this kind.
pub(super) fn step<'e>(exposure: &'e Exposure, kind: &str) -> Option<&'e Json> {
    exposure.provenance.as_array()?.iter().find(|step| step["kind"] == kind)
}

/// A text that a step tells.
pub(super) fn text(step: &Json, field: &str) -> Option<String> {
    step[field].as_str().filter(|text| !text.is_empty()).map(str::to_owned)
}

/// A count that a step tells.
pub(super) fn number(step: &Json, field: &str) -> Option<u64> {
    step[field].as_u64()
}

/// In what the secret was wrapped, outermost first, where it was.
pub(super) fn encoding(exposure: &Exposure) -> Option<String> {
    let steps = exposure.provenance.as_array()?.iter().filter(|step| step["kind"] == "decoded");
    let wrapped: Vec<&str> = steps.filter_map(|step| step["encoding"].as_str()).collect();
    (!wrapped.is_empty()).then(|| format!("{} of the value", wrapped.join(" of ")))
}
