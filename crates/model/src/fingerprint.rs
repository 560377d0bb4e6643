//! The stable, non-secret identity of a secret: a keyed hash, never a position.

use std::{fmt, str::FromStr};

use data_encoding::BASE32_NOPAD;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::{Secret, normal_form};

/// Bytes of the HMAC kept in a fingerprint: 160 bits, 32 characters of base32.
const DIGEST_BYTES: usize = 20;
/// Bytes of the key's own hash kept as its id: 40 bits, 8 characters of base32.
const KEY_ID_BYTES: usize = 5;

/// What some editors write before a text.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();
/// Fewest bytes of key material: what 128 random bits take in hexadecimal.
const MATERIAL_MIN_BYTES: usize = 32;

/// Where the key of a fingerprint comes from; the text form says it, because it bounds where fingerprints compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum KeyKind {
    /// The key of an organisation: comparable wherever that key is used.
    Organisation,
    /// A random salt kept in a `.stanch/` folder: comparable within that folder's project on this machine.
    Salt,
    /// A random salt that lived for one run, because none could be kept.
    Once,
}

impl KeyKind {
    const ALL: [Self; 3] = [Self::Organisation, Self::Salt, Self::Once];

    /// What stands before the key id in the text form.
    fn prefix(self) -> &'static str {
        match self {
            Self::Organisation => "",
            Self::Salt => "salt-",
            Self::Once => "once-",
        }
    }
}

/// Names a key without telling it: 40 bits of its hash. Text form: eight characters of base32, after `salt-` or `once-` where
/// the key is not that of an organisation.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyId {
    kind: KeyKind,
    id: [u8; KEY_ID_BYTES],
}

impl KeyId {
    /// Where the key comes from.
    pub fn kind(&self) -> KeyKind {
        self.kind
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.kind.prefix(), lower(&self.id))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The identity of a secret: HMAC-SHA-256 of its [normal form](crate::normal_form) under a key, cut to 160 bits.
///
/// Text form `sf1:<key id>:<base32>`, lower case without padding, for instance `sf1:bzqae3mn:` or `sf1:salt-bzqae3mn:`
/// followed by 32 characters.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Fingerprint {
    key: KeyId,
    digest: [u8; DIGEST_BYTES],
}

impl Fingerprint {
    /// The key it was computed under.
    pub fn key(&self) -> KeyId {
        self.key
    }

    /// The last part of the text form cut to eight characters: enough for a person to tell two secrets apart.
    pub fn short(&self) -> String {
        lower(&self.digest)[..8].to_owned()
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sf1:{}:{}", self.key, lower(&self.digest))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Why a text is not a fingerprint.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("not a fingerprint: expected sf1:<key id>:<32 characters of base32>")]
pub struct FingerprintError;

impl FromStr for Fingerprint {
    type Err = FingerprintError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        parse(text).ok_or(FingerprintError)
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
    let prefix_len = key.find('-').map_or(0, |dash| dash + 1);
    let (prefix, id) = key.split_at(prefix_len);
    let kind = KeyKind::ALL.into_iter().find(|kind| kind.prefix() == prefix)?;
    Some(Fingerprint { key: KeyId { kind, id: unlower(id)? }, digest: unlower(digest)? })
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

/// One key.
struct Key {
    bytes: Zeroizing<[u8; 32]>,
    id: KeyId,
}

impl Key {
    fn new(kind: KeyKind, bytes: &[u8; 32]) -> Self {
        Self { bytes: Zeroizing::new(*bytes), id: KeyId { kind, id: hash(bytes, b"stanch key id") } }
    }

    fn fingerprint(&self, normal: &[u8]) -> Fingerprint {
        Fingerprint { key: self.id, digest: hash(&self.bytes[..], normal) }
    }
}

/// Why a text cannot be the key of an organisation.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("too short for a key: {length} bytes, and {MATERIAL_MIN_BYTES} are the least")]
pub struct KeyError {
    /// Bytes of the text, without white space around it.
    pub length: usize,
}

/// Computes fingerprints under one key, and under the one before it while keys are rotated.
pub struct Fingerprinter {
    key: Key,
    previous: Option<Key>,
}

impl Fingerprinter {
    /// A fingerprinter for `key`; `kind` says where the key is kept.
    pub fn new(kind: KeyKind, key: &[u8; 32]) -> Self {
        Self { key: Key::new(kind, key), previous: None }
    }

    /// A fingerprinter for the key of an organisation: any text of enough random bytes. White space around it does not count.
    ///
    /// # Errors
    /// The text is too short to be a key.
    pub fn of_organisation(material: &[u8]) -> Result<Self, KeyError> {
        let material = material.strip_prefix(BYTE_ORDER_MARK).unwrap_or(material).trim_ascii();
        if material.len() < MATERIAL_MIN_BYTES {
            return Err(KeyError { length: material.len() });
        }
        Ok(Self::new(KeyKind::Organisation, &hash(material, b"stanch organisation key")))
    }

    /// The same, which also gives each secret its fingerprint under the key of `previous`. One and the same key is no other.
    #[must_use]
    pub fn after(mut self, previous: Self) -> Self {
        self.previous = Some(previous.key).filter(|previous| previous.id != self.key.id);
        self
    }

    /// The key of the fingerprints.
    pub fn key(&self) -> KeyId {
        self.key.id
    }

    /// The key before it, while both are in use.
    pub fn previous_key(&self) -> Option<KeyId> {
        self.previous.as_ref().map(|key| key.id)
    }

    /// Takes a copy of the raw `bytes` of a secret and gives it its identity.
    pub fn seal(&self, bytes: &[u8]) -> Secret {
        let normal = normal_form(bytes);
        let previous = self.previous.as_ref().map(|key| key.fingerprint(&normal));
        Secret::new(bytes, self.key.fingerprint(&normal), previous)
    }
}

impl fmt::Debug for Fingerprinter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprinter({})", self.key.id)
    }
}

fn hash<const N: usize>(key: &[u8], bytes: &[u8]) -> [u8; N] {
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
        for text in [
            "",
            "sf1:",
            "sf1:aaaaaaaa",
            "sf1:aaaaaaaa:",
            "sf1:-aaaaaaaa:aaaa",
            "sf2:salt-aaaaaaaa:bb",
            "sf1:salt-AAAAAAAA:x",
            "sf1:gold-aaaaaaaa:aaaa",
        ] {
            assert!(text.parse::<Fingerprint>().is_err(), "{text}");
        }
    }

    #[test]
    fn the_key_of_an_organisation_has_a_bare_id() {
        let printer = Fingerprinter::of_organisation(&[b'k'; 40]).expect("long enough");
        let print = *printer.seal(b"value").fingerprint();
        assert_eq!(print.key(), printer.key());
        assert!(!print.to_string().contains('-'), "{print}");
        assert_eq!(print.to_string().parse(), Ok(print));
        let padded = [b" \n".as_slice(), &[b'k'; 40], b"\n"].concat();
        assert_eq!(Fingerprinter::of_organisation(&padded).expect("long enough").key(), printer.key());
        assert_eq!(Fingerprinter::of_organisation(&[b'k'; 31]).err(), Some(KeyError { length: 31 }));
    }

    #[test]
    fn while_keys_are_rotated_both_are_computed() {
        let both = printer(2).after(printer(1)).seal(b"value");
        assert_eq!(both.fingerprint(), printer(2).seal(b"value").fingerprint());
        assert_eq!(both.previous(), Some(printer(1).seal(b"value").fingerprint()));
        assert_eq!(printer(1).after(printer(1)).previous_key(), None);
    }

    #[test]
    fn debug_shows_no_raw_bytes() {
        let secret = printer(1).seal(b"hunter2hunter2");
        assert!(!format!("{secret:?} {:?}", printer(1)).contains("hunter2"));
    }
}
