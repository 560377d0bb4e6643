//! Lines of a backup.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::Value;

/// What a backup calls itself.
pub(super) const FORMAT: &str = "stanch-register";
/// The version of the format.
pub(super) const VERSION: u32 = 1;

/// A line of a backup.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum Line {
    /// A row of the table before it.
    Row(Vec<Json>),
    /// What it is: the first line.
    Begin(Begin),
    /// A table; its rows follow.
    Table(TableLine),
    /// A key.
    Key(KeyText),
    /// The last line.
    End(End),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Begin {
    pub(super) backup: String,
    pub(super) version: u32,
    /// The number of the newest migration.
    pub(super) schema: i64,
    pub(super) made: Timestamp,
    /// The program that made it.
    pub(super) by: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TableLine {
    pub(super) table: String,
    pub(super) columns: Vec<String>,
}

/// A key of the server, by the name of its file.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyText {
    /// The name of its file.
    pub key: String,
    /// What the file holds.
    pub text: String,
}

impl std::fmt::Debug for KeyText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "KeyText({})", self.key)
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct End {
    /// Rows by table.
    pub(super) rows: BTreeMap<String, u64>,
    /// Number of the newest entry of the audit trail.
    pub(super) head: i64,
    /// Its hash.
    pub(super) head_hash: String,
    /// SHA-256 of all lines before, hexadecimal.
    pub(super) sha256: String,
}

/// A field as it is written. A fraction is a text in a list, because readers of JSON differ in the last digit.
pub(super) fn as_json(value: Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Int(number) => number.into(),
        Value::Real(fraction) => Json::Array(vec![fraction.to_string().into()]),
        Value::Text(text) => text.into(),
    }
}

/// A field as it was written; none if it is no such field.
pub(super) fn as_value(json: Json) -> Option<Value> {
    match json {
        Json::Null => Some(Value::Null),
        Json::Number(number) => number.as_i64().map(Value::Int),
        Json::String(text) => Some(Value::Text(text)),
        Json::Array(list) => match list.as_slice() {
            [Json::String(fraction)] => fraction.parse().ok().map(Value::Real),
            _ => None,
        },
        _ => None,
    }
}
