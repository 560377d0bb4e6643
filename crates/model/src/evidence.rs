//! What shows that something was done or is so.

use serde::{Deserialize, Serialize};

/// One piece of evidence; never the secret itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// What it is.
    pub kind: EvidenceKind,
    /// What it shows, in words.
    pub text: String,
    /// Where it can be looked up; none where the words are all there is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// What a piece of evidence is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EvidenceKind {
    /// Somebody's word.
    Note,
    /// A page of a ticket, console or log.
    Link,
    /// An answer of the provider that the secret was refused.
    Probe,
    /// An audit log without uses.
    AuditLog,
}

impl Evidence {
    /// Somebody's word.
    pub fn note(text: impl Into<String>) -> Self {
        Self { kind: EvidenceKind::Note, text: text.into(), url: None }
    }
}
