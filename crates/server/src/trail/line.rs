//! A line of a file of the trail.

use serde::{Deserialize, Serialize};
use stanch_store::Entry;

use crate::auth::ServerKey;

/// What a signature is about.
const LABEL: &str = "trail-head";

/// A line of a file of the trail.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum Line {
    /// Where the trail stands.
    Head(Head),
    /// An entry.
    Entry(Box<Entry>),
}

/// The last entry before it, signed by a server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Head {
    pub(super) head: Position,
    /// A keyed hash of number and hash.
    signature: String,
}

/// A place in the trail: 0 and nothing before its first entry.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Position {
    pub(super) seq: i64,
    pub(super) hash: String,
}

impl Head {
    pub(super) fn signed(head: Position, key: &ServerKey) -> Self {
        let signature = signature(&head, key);
        Self { head, signature }
    }

    pub(super) fn is_of(&self, key: &ServerKey) -> bool {
        use subtle::ConstantTimeEq;
        signature(&self.head, key).as_bytes().ct_eq(self.signature.as_bytes()).into()
    }
}

fn signature(head: &Position, key: &ServerKey) -> String {
    key.name(LABEL, &format!("{}:{}", head.seq, head.hash))
}

/// A line as it is written, with its end.
pub(super) fn written(line: &impl Serialize) -> std::io::Result<Vec<u8>> {
    let mut text = serde_json::to_vec(line)?;
    text.push(b'\n');
    Ok(text)
}
