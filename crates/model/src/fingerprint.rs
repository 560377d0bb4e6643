//! The stable, non-secret identity of a secret: a keyed hash, never a position.

use std::{fmt, str::FromStr};

use data_encoding::BASE32_NOPAD;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::Secret;

/// Bytes of the HMAC kept in a fingerprint: 160 bits, 32 characters of base32.
const DIGEST_BYTES: usize = 20;
/// Bytes of the key's own hash kept as its id: 40 bits, 8 characters of base32.
const KEY_ID_BYTES: usize = 5;

/// Where the key of a fingerprint comes from; the text form says it, because it bounds where fingerprints compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum KeyKind {
    /// A random salt kept in a `.stanch/` folder: comparable within that folder's project on this machine.
    Salt,
    /// A random salt that lived for one run, because none could be kept.
    Once,
}

impl KeyKind {
    const ALL: [Self; 2] = [Self::Salt, Self::Once];

    fn name(self) -> &'static str {
        match self {
            Self::Salt => "salt",
            Self::Once => "once",
        }
    }
}

/// The identity of a secret: HMAC-SHA-256 under a key, cut to 160 bits.
///
/// Text form `sf1:<kind>-<key id>:<base32>`, lower case without padding, for instance
/// `sf1:salt-bzqae3mn:` followed by 32 characters.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Fingerprint {
    kind: KeyKind,
    key_id: [u8; KEY_ID_BYTES],
    digest: [u8; DIGEST_BYTES],
}

impl Fingerprint {
    /// The last part of the text form cut to eight characters: enough for a person to tell two secrets apart.
    pub fn short(&self) -> String {
        lower(&self.digest)[..8].to_owned()
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sf1:{}-{}:{}", self.kind.name(), lower(&self.key_id), lower(&self.digest))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Why a text is not a fingerprint.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("not a fingerprint: expected sf1:<kind>-<key id>:<base32>, got {text:?}")]
pub struct FingerprintError {
    /// The text as given.
    pub text: String,
}

impl FromStr for Fingerprint {
    type Err = FingerprintError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        parse(text).ok_or_else(|| FingerprintError { text: text.to_owned() })
    }
}

impl Serialize for Fingerprint {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Fingerprint {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

fn parse(text: &str) -> Option<Fingerprint> {
    let (key, digest) = text.strip_prefix("sf1:")?.split_once(':')?;
    let (kind, key_id) = key.split_once('-')?;
    Some(Fingerprint {
        kind: KeyKind::ALL.into_iter().find(|k| k.name() == kind)?,
        key_id: unlower(key_id)?,
        digest: unlower(digest)?,
    })
}

fn lower(bytes: &[u8]) -> String {
    BASE32_NOPAD.encode(bytes).to_ascii_lowercase()
}

fn unlower<const N: usize>(text: &str) -> Option<[u8; N]> {
    if text.bytes().any(|b| b.is_ascii_uppercase()) {
        return None;
    }
    BASE32_NOPAD.decode(text.to_ascii_uppercase().as_bytes()).ok()?.try_into().ok()
}

/// Computes fingerprints under one key.
pub struct Fingerprinter {
    kind: KeyKind,
    key: Zeroizing<[u8; 32]>,
    key_id: [u8; KEY_ID_BYTES],
}

impl Fingerprinter {
    /// A fingerprinter for `key`; `kind` says where the key is kept.
    pub fn new(kind: KeyKind, key: &[u8; 32]) -> Self {
        Self { kind, key: Zeroizing::new(*key), key_id: hash(key, b"stanch key id") }
    }

    /// Takes a copy of the raw `bytes` of a secret and gives it its identity.
    pub fn seal(&self, bytes: &[u8]) -> Secret {
        let digest = hash(&self.key, bytes);
        Secret::new(bytes, Fingerprint { kind: self.kind, key_id: self.key_id, digest })
    }
}

impl fmt::Debug for Fingerprinter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprinter({}-{})", self.kind.name(), lower(&self.key_id))
    }
}

fn hash<const N: usize>(key: &[u8; 32], bytes: &[u8]) -> [u8; N] {
    let mut cut = [0; N];
    if let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) {
        mac.update(bytes);
        cut.copy_from_slice(&mac.finalize().into_bytes()[..N]);
    }
    cut
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printer(byte: u8) -> Fingerprinter {
        Fingerprinter::new(KeyKind::Salt, &[byte; 32])
    }

    #[test]
    fn text_form_round_trips() {
        let print = *printer(1).seal(b"value").fingerprint();
        assert_eq!(print.to_string().parse(), Ok(print));
        assert!(print.to_string().starts_with("sf1:salt-"));
    }

    #[test]
    fn another_key_gives_another_fingerprint() {
        assert_ne!(printer(1).seal(b"value").fingerprint(), printer(2).seal(b"value").fingerprint());
    }

    #[test]
    fn malformed_text_is_refused() {
        for text in ["", "sf1:", "sf2:salt-aaaaaaaa:bb", "sf1:salt-AAAAAAAA:x", "sf1:gold-aaaaaaaa:aaaa"] {
            assert!(text.parse::<Fingerprint>().is_err(), "{text}");
        }
    }

    #[test]
    fn debug_shows_no_raw_bytes() {
        let secret = printer(1).seal(b"hunter2hunter2");
        assert!(!format!("{secret:?} {:?}", printer(1)).contains("hunter2"));
    }
}
