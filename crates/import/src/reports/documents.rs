//! JSON documents one after the other: one that is the whole report, or one a line.

use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Deserializer, error::Category, value::RawValue};

use crate::yaml::Mistake;

/// Every document of a text.
///
/// # Errors
/// The first place where it is not JSON.
pub(super) fn documents(text: &str) -> Result<Vec<&RawValue>, Mistake> {
    let stream = Deserializer::from_str(text).into_iter::<&RawValue>();
    stream.map(|document| document.map_err(|error| mistake(&error, "JSON"))).collect()
}

/// A value as what it should be; none if it is something else. What the parser would say of it may quote a secret.
pub(super) fn item<T: DeserializeOwned>(value: &RawValue) -> Option<T> {
    serde_json::from_str(value.get()).ok()
}

/// The same for what borrows from the value.
pub(super) fn part<'v, T: Deserialize<'v>>(value: &'v RawValue) -> Option<T> {
    serde_json::from_str(value.get()).ok()
}

/// What is wrong with a report, without what it holds.
pub(super) fn mistake(error: &serde_json::Error, expected: &str) -> Mistake {
    let message = match error.classify() {
        Category::Data => format!("expected {expected}"),
        Category::Syntax | Category::Eof | Category::Io => "not JSON".to_owned(),
    };
    Mistake::new(error.line(), message)
}
