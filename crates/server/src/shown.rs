//! What pages show of how the server was put together.

use std::{collections::BTreeMap, sync::Arc};

use stanch_response::{Channels, policy::Policy};

use crate::pages::layout::Data;

/// What pages show of how the server was put together.
#[derive(Clone)]
pub struct Shown {
    /// Whether it is the real thing.
    pub data: Data,
    /// The kinds of the channels that are open, by name.
    pub kinds: BTreeMap<String, String>,
    /// The channels themselves, to try them.
    pub channels: Arc<Channels>,
    /// The policy as it was read.
    pub policy: PolicyText,
}

/// A policy as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyText {
    /// The path of its file; none of the one that comes with Stanch.
    pub path: Option<String>,
    /// All of it.
    pub text: String,
}

impl Default for PolicyText {
    fn default() -> Self {
        Self { path: None, text: Policy::DEFAULT.to_owned() }
    }
}

impl Default for Shown {
    fn default() -> Self {
        Self {
            data: Data::Real,
            kinds: BTreeMap::new(),
            channels: Arc::default(),
            policy: PolicyText::default(),
        }
    }
}

impl std::fmt::Debug for Shown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = f.debug_struct("Shown");
        shown.field("data", &self.data).field("kinds", &self.kinds).finish_non_exhaustive()
    }
}
