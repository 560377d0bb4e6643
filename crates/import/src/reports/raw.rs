//! The value of a secret as a report holds it: wiped when it is dropped, shown nowhere.

use serde::{Deserialize, Deserializer};
use zeroize::Zeroizing;

/// What stands for a secret where gitleaks and betterleaks redact.
const REDACTED: &str = "REDACTED";
/// What a redacted secret of kingfisher begins with.
const REDACTED_HEAD: &str = "[REDACTED";

/// A raw value.
#[derive(Default)]
pub(super) struct Raw(Zeroizing<String>);

impl Raw {
    /// A copy of a part of another value.
    pub(super) fn of(text: &str) -> Self {
        Self(Zeroizing::new(text.to_owned()))
    }

    /// The value; none where something else stands in its place. `--redact=20` of gitleaks keeps its beginning, with an
    /// ellipsis after it.
    pub(super) fn told(&self) -> Option<&str> {
        let text = self.0.as_str();
        let is_hidden = text.trim().is_empty()
            || text == REDACTED
            || text.starts_with(REDACTED_HEAD)
            || text.ends_with("...")
            || text.bytes().all(|byte| byte == b'*');
        (!is_hidden).then_some(text)
    }
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self(Zeroizing::new(text)))
    }
}
