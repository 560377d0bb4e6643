//! What the steps of a provenance tell of a place; kinds of steps that are not known here are left alone.

use serde_json::Value as Json;
use stanch_store::Exposure;

/// The first step of this kind.
pub(super) fn step<'e>(exposure: &'e Exposure, kind: &str) -> Option<&'e Json> {
    exposure.provenance.as_array()?.iter().find(|step| step["kind"] == kind)
}

/// The first text of a step that one of these fields holds; numbers are texts too.
pub(super) fn text(step: &Json, fields: &[&str]) -> Option<String> {
    fields.iter().find_map(|field| match &step[*field] {
        Json::String(text) if !text.is_empty() => Some(text.clone()),
        Json::Number(number) => Some(number.to_string()),
        _ => None,
    })
}

/// A count that a step tells.
pub(super) fn number(step: &Json, field: &str) -> Option<u64> {
    step[field].as_u64()
}

/// In what the secret was wrapped, where a step tells.
pub(super) fn encoding(exposure: &Exposure) -> Option<String> {
    let steps = exposure.provenance.as_array()?;
    steps.iter().find_map(|step| text(step, &["encoding"])).map(|encoding| format!("{encoding} of the value"))
}
