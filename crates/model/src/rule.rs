//! What a finding says about the rule that made it.

use serde::{Deserialize, Serialize};

use crate::{Class, Confidence, Severity};

/// The part of a rule that people read; how it matches is the engine's business.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleInfo {
    /// Stable id, for instance `github-fine-grained-pat`.
    pub id: String,
    /// The provider whose secret this is, for instance `GitHub`.
    pub provider: String,
    /// What the secret is, for instance `GitHub fine-grained personal access token`.
    pub name: String,
    /// What whoever holds it can do, and what to do next, in a sentence or two.
    pub description: String,
    /// How much harm it can do.
    pub severity: Severity,
    /// How sure a match is before checks.
    pub confidence: Confidence,
    /// What its secrets were made for, where that is the same for all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<Class>,
    /// Which of [`crate::CONNECTORS`] can verify, describe or revoke its secrets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connector: Option<String>,
    /// Free words to select rules by.
    pub tags: Vec<String>,
    /// Where the facts about the format come from.
    pub references: Vec<String>,
}
