//! The other parts of a credential: what a secret is used with.

use std::sync::Arc;

use crate::{Location, Preview, Secret};

/// An id, a user, a host or a second secret that stands near a secret and belongs to it.
#[derive(Clone, Debug)]
pub struct Part {
    /// What it is, for instance `access-key-id`.
    pub name: Arc<str>,
    /// What stands there.
    pub value: PartValue,
    /// Where it stands.
    pub location: Location,
}

/// The text of a part, or what is kept of it.
#[derive(Clone, Debug)]
pub enum PartValue {
    /// It only names something: shown as it is.
    Identifier(String),
    /// A secret itself: no report can print it.
    Secret(Secret),
}

impl PartValue {
    /// What a report may show: an identifier as it is, of a secret its preview.
    pub fn shown(&self) -> String {
        match self {
            Self::Identifier(text) => text.clone(),
            Self::Secret(secret) => Preview::of(secret).to_string(),
        }
    }

    /// The secret, where it is one.
    pub fn secret(&self) -> Option<&Secret> {
        match self {
            Self::Identifier(_) => None,
            Self::Secret(secret) => Some(secret),
        }
    }
}
