//! A masked glimpse of a secret: enough to recognise it, too little to use it.

use std::fmt;

use serde::Serialize;

use crate::Secret;

/// At most this many characters of a secret are ever shown.
const SHOWN_MAX: usize = 8;

/// The first characters of a secret and stars: never more than a quarter of it, never more than eight characters,
/// and only printable ASCII.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Preview(String);

impl Preview {
    /// What stands for the part that is not shown, however long it is.
    pub const STARS: &'static str = "********";

    /// The preview of `secret`, for instance `ghp_1234********`.
    pub fn of(secret: &Secret) -> Self {
        Self::of_overlap(secret.expose(), secret.expose().len())
    }

    /// The preview of `bytes` in which secrets overlap, the shortest of them `shortest` bytes long: of none of them more
    /// is shown than its own preview may show.
    pub fn of_overlap(bytes: &[u8], shortest: usize) -> Self {
        let quota = (bytes.len().min(shortest) / 4).min(SHOWN_MAX);
        let shown = bytes[..quota].iter().take_while(|b| b.is_ascii_graphic()).map(|&b| char::from(b));
        Self(shown.chain(Self::STARS.chars()).collect())
    }

    /// The text of the preview.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Preview {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{Fingerprinter, KeyKind};

    fn preview(bytes: &[u8]) -> String {
        Preview::of(&Fingerprinter::new(KeyKind::Once, &[0; 32]).seal(bytes)).0
    }

    #[test]
    fn short_secrets_show_nothing() {
        assert_eq!(preview(b"abc"), "********");
        assert_eq!(preview(b"abcdefgh"), "ab********");
    }

    proptest! {
        #[test]
        fn never_more_than_a_quarter_nor_eight(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let shown = preview(&bytes).len() - "********".len();
            prop_assert!(shown * 4 <= bytes.len() && shown <= 8);
        }
    }
}
