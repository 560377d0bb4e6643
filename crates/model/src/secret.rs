//! The raw value of a secret, kept so that it cannot leak by accident.

use std::fmt;

use zeroize::Zeroizing;

use crate::Fingerprint;

/// A raw secret together with its identity.
///
/// There is no `Display` and no `Serialize`; `Debug` shows the fingerprint; the bytes are wiped when the value is
/// dropped. [`Secret::expose`] is the only way in, so that `grep expose` lists every place that sees raw bytes.
/// Made by [`crate::Fingerprinter::seal`] only.
#[derive(Clone)]
pub struct Secret {
    bytes: Zeroizing<Box<[u8]>>,
    fingerprint: Fingerprint,
    previous: Option<Fingerprint>,
}

impl Secret {
    pub(crate) fn new(bytes: &[u8], fingerprint: Fingerprint, previous: Option<Fingerprint>) -> Self {
        Self { bytes: Zeroizing::new(bytes.into()), fingerprint, previous }
    }

    /// The raw bytes, exactly as found.
    pub fn expose(&self) -> &[u8] {
        &self.bytes
    }

    /// The stable identity of this secret, safe to show.
    pub fn fingerprint(&self) -> &Fingerprint {
        &self.fingerprint
    }

    /// Its identity under the key before, while keys are rotated.
    pub fn previous(&self) -> Option<&Fingerprint> {
        self.previous.as_ref()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret({})", self.fingerprint)
    }
}
