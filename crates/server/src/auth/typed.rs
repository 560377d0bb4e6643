//! What somebody typed into a field for passwords or codes.

use std::ops::Deref;

use serde::{Deserialize, Deserializer};
use zeroize::Zeroizing;

/// A password or a code as it was typed; wiped when dropped, and without `Debug`.
#[derive(Clone, Default)]
pub(crate) struct Typed(Zeroizing<String>);

impl Deref for Typed {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for Typed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self(Zeroizing::new(text)))
    }
}
