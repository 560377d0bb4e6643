//! What a register needs to know to judge and to respond.

use std::collections::HashMap;

use stanch_model::KeyId;

use crate::{catalogue::Catalogue, playbook::Playbook, policy::Policy};

/// What a register needs to know to judge and to respond.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How bad leaks are, and who is told.
    pub policy: Policy,
    /// What is to be done, by kind of credential.
    pub playbook: Playbook,
    /// Who answers for what.
    pub catalogue: Catalogue,
    /// What is known of rules, by their id.
    pub rules: HashMap<String, RuleFacts>,
    /// Under which keys fingerprints are computed.
    pub keys: Keys,
    /// Where people find the register: `https://stanch.example`, without a slash at its end.
    pub url: String,
}

/// What is known of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleFacts {
    /// What it finds, in a few words.
    pub title: String,
    /// The connector that can verify and revoke it.
    pub connector: Option<String>,
}

/// Under which keys fingerprints are computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keys {
    /// That of today.
    pub current: KeyId,
    /// The one before, while keys are rotated.
    pub former: Option<KeyId>,
}

impl Settings {
    /// What a rule finds, in a few words: its title, or its id where it is of another scanner.
    pub fn title_of<'s>(&'s self, rule: &'s str) -> &'s str {
        self.rules.get(rule).map_or(rule, |facts| &facts.title)
    }

    /// The connector of a rule.
    pub(crate) fn connector_of(&self, rule: &str) -> Option<&str> {
        self.rules.get(rule).and_then(|facts| facts.connector.as_deref())
    }
}
