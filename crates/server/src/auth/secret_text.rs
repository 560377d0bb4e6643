//! Random texts that prove something: ids of sessions, tokens of programs, keys of forms. The register keeps hashes of them only.

use std::fmt;

use data_encoding::{BASE32_NOPAD, HEXLOWER};
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// What tokens of programs begin with.
const TOKEN_PREFIX: &str = "stn_";
/// Bytes of randomness.
const BYTES: usize = 32;
/// Characters of 32 bytes in base32.
const LENGTH: usize = 52;
/// Characters of the checksum of a token.
const CHECKSUM: usize = 6;
/// Characters of a token that are kept to tell it by.
const HEAD: usize = 8;

/// A random text. It is wiped when dropped and never shown by `Debug`.
#[derive(Clone)]
pub struct SecretText(Zeroizing<String>);

impl SecretText {
    /// A new one of 256 bits, in small letters and digits.
    pub(crate) fn random() -> Self {
        let mut bytes = Zeroizing::new([0; BYTES]);
        fill(bytes.as_mut_slice());
        Self(Zeroizing::new(BASE32_NOPAD.encode(bytes.as_slice()).to_ascii_lowercase()))
    }

    /// A new token of a program: `stn_`, 256 bits and a checksum, which tells a misspelt one before the register is asked, and makes
    /// one easy to find where it should not be.
    pub(crate) fn token() -> Self {
        let body = Self::random();
        Self(Zeroizing::new(format!("{TOKEN_PREFIX}{}{}", body.expose(), checksum(body.expose()))))
    }

    /// One that was sent, if it has the form of [`random`](Self::random).
    pub(crate) fn read(text: &str) -> Option<Self> {
        (text.len() == LENGTH && is_base32(text)).then(|| Self(Zeroizing::new(text.to_owned())))
    }

    /// A token that was sent, if its form and its checksum are right.
    pub(crate) fn read_token(text: &str) -> Option<Self> {
        let rest = text.strip_prefix(TOKEN_PREFIX)?;
        let (body, sum) = rest.split_at_checked(LENGTH)?;
        (is_base32(body) && sum == checksum(body)).then(|| Self(Zeroizing::new(text.to_owned())))
    }

    /// The text itself, for who it was made for.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The first characters of a token.
    pub(crate) fn head(&self) -> String {
        self.0.chars().take(HEAD).collect()
    }

    /// What the register keeps of it. No salt and no slow hash: 256 random bits cannot be guessed.
    pub(crate) fn hash(&self) -> String {
        HEXLOWER.encode(&Sha256::digest(self.0.as_bytes()))
    }

    /// What forms carry beside the cookie with this text. Who can only read a form cannot make the cookie of it, and the other way round.
    pub(crate) fn form_token(&self) -> String {
        let tag =
            Hmac::<Sha256>::new_from_slice(self.0.as_bytes()).map(|mac| mac.chain_update(b"stanch form"));
        tag.map(|mac| BASE32_NOPAD.encode(&mac.finalize().into_bytes()).to_ascii_lowercase())
            .unwrap_or_default()
    }
}

impl fmt::Debug for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretText(…)")
    }
}

/// Fills with randomness of the operating system.
///
/// # Panics
///
/// If it has none: nothing that follows would be safe.
pub(crate) fn fill(bytes: &mut [u8]) {
    getrandom::fill(bytes).expect("the operating system gives randomness");
}

fn is_base32(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'2'..=b'7'))
}

fn checksum(body: &str) -> String {
    let mut text = BASE32_NOPAD.encode(&Sha256::digest(body.as_bytes())[..5]).to_ascii_lowercase();
    text.truncate(CHECKSUM);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_read_back_and_a_misspelt_one_is_not() {
        let token = SecretText::token();
        assert_eq!(token.expose().len(), 62);
        let read = SecretText::read_token(token.expose()).expect("its own token");
        assert_eq!(read.hash(), token.hash());
        let other = if token.expose().ends_with('a') { "b" } else { "a" };
        let misspelt = format!("{}{other}", &token.expose()[..61]);
        assert!(SecretText::read_token(&misspelt).is_none());
        assert!(SecretText::read_token(&token.expose().to_uppercase()).is_none());
        assert!(SecretText::read_token("stn_é").is_none());
    }

    #[test]
    fn no_two_are_alike_and_none_is_shown() {
        let (one, two) = (SecretText::random(), SecretText::random());
        assert_ne!(one.expose(), two.expose());
        assert_ne!(one.form_token(), two.form_token());
        assert_eq!(format!("{one:?}"), "SecretText(…)");
    }
}
