//! A name that people give: of a rule, an environment, a channel, a team.

use std::sync::Arc;

use serde::Deserialize;

/// Longest name, in bytes.
const BYTES_MAX: usize = 100;

/// One line of text, not empty.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Name(pub(super) Arc<str>);

impl TryFrom<String> for Name {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, &'static str> {
        let text = text.trim();
        if text.is_empty() || text.len() > BYTES_MAX {
            return Err("expected a name of 1 to 100 bytes");
        }
        if text.chars().any(char::is_control) {
            return Err("is to be one line without control characters");
        }
        Ok(Self(text.into()))
    }
}
