//! Keys in Bech32, whose last six characters are a checksum over prefix and data.

use super::{Check, Verdict};

/// The characters of Bech32, in the order of their values.
const ALPHABET: &[u8; 32] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";
/// Characters of the checksum at the end.
const DIGITS: usize = 6;
/// The generator of the BCH code.
const GENERATOR: [u32; 5] = [0x3B6A_57B2, 0x2650_8E6D, 0x1EA1_19FA, 0x3D42_33DD, 0x2A14_62B3];

/// The value is Bech32 of one human-readable prefix. Sources: BIP 173,
/// <https://github.com/bitcoin/bips/blob/master/bip-0173.mediawiki>; <https://github.com/C2SP/C2SP/blob/main/age.md>;
/// NIP-19, <https://github.com/nostr-protocol/nips/blob/master/19.md>.
pub(super) struct Bech32 {
    pub(super) name: &'static str,
    pub(super) doc: &'static str,
    /// In small letters, as the checksum is computed.
    pub(super) prefix: &'static [u8],
}

/// Native identities of age.
pub(super) static AGE: Bech32 = Bech32 {
    name: "bech32-age",
    doc: "the value is Bech32 with the prefix age-secret-key-: https://github.com/C2SP/C2SP/blob/main/age.md",
    prefix: b"age-secret-key-",
};

/// Post-quantum identities of age.
pub(super) static AGE_PQ: Bech32 = Bech32 {
    name: "bech32-age-pq",
    doc: "the value is Bech32 with the prefix age-secret-key-pq-: https://github.com/C2SP/C2SP/blob/main/age.md",
    prefix: b"age-secret-key-pq-",
};

/// Private keys of Nostr.
pub(super) static NSEC: Bech32 = Bech32 {
    name: "bech32-nsec",
    doc: "the value is Bech32 with the prefix nsec: https://github.com/nostr-protocol/nips/blob/master/19.md",
    prefix: b"nsec",
};

impl Check for Bech32 {
    fn name(&self) -> &'static str {
        self.name
    }

    fn doc(&self) -> &'static str {
        self.doc
    }

    fn test(&self, secret: &[u8]) -> Verdict {
        let is_valid = self.data(secret).is_some_and(|data| remainder(self.prefix, &data) == 1);
        if is_valid { Verdict::Passed } else { Verdict::Failed }
    }

    /// `body` may lack all of the prefix but its `1`.
    fn complete(&self, body: &[u8]) -> Option<Vec<u8>> {
        let start = body.iter().position(|&byte| byte == b'1')? + 1;
        let mut data = values(&body[start..])?;
        data.extend([0; DIGITS]);
        let sum = remainder(self.prefix, &data) ^ 1;
        let is_upper = body.iter().any(u8::is_ascii_uppercase);
        let digit = |at: usize| ALPHABET[(sum >> (5 * (DIGITS - 1 - at)) & 31) as usize];
        Some((0..DIGITS).map(digit).map(|c| if is_upper { c.to_ascii_uppercase() } else { c }).collect())
    }
}

impl Bech32 {
    /// The values after the prefix and its `1`, checksum included; none where letters are mixed or something else stands.
    fn data(&self, secret: &[u8]) -> Option<Vec<u8>> {
        let is_mixed = secret.iter().any(u8::is_ascii_uppercase) && secret.iter().any(u8::is_ascii_lowercase);
        let (prefix, rest) = secret.split_at_checked(self.prefix.len())?;
        let data = rest.strip_prefix(b"1")?;
        let is_ours = !is_mixed && prefix.eq_ignore_ascii_case(self.prefix) && data.len() > DIGITS;
        if is_ours { values(data) } else { None }
    }
}

fn values(text: &[u8]) -> Option<Vec<u8>> {
    let value =
        |byte: &u8| ALPHABET.iter().position(|known| *known == byte.to_ascii_lowercase()).map(|at| at as u8);
    text.iter().map(value).collect()
}

/// What is left of prefix and data modulo the generator; 1 for a valid text.
fn remainder(prefix: &[u8], data: &[u8]) -> u32 {
    let high = prefix.iter().map(|byte| byte >> 5);
    let low = prefix.iter().map(|byte| byte & 31);
    high.chain([0]).chain(low).chain(data.iter().copied()).fold(1, |sum, value| {
        let top = sum >> 25;
        let shifted = (sum & 0x1FF_FFFF) << 5 ^ u32::from(value);
        GENERATOR.iter().enumerate().fold(
            shifted,
            |sum, (bit, generator)| {
                if top >> bit & 1 == 1 { sum ^ generator } else { sum }
            },
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_the_standard_are_valid() {
        // BIP 173: prefix "A" with no data, and "abcdef" with all 32 values.
        for (prefix, data) in [("a", "2uel5l"), ("abcdef", "qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw")] {
            let data = values(data.as_bytes()).expect("the alphabet");
            assert_eq!(remainder(prefix.as_bytes(), &data), 1, "{prefix}");
        }
    }

    #[test]
    fn completed_bodies_pass_and_changed_ones_fail() {
        for (check, before, class) in [
            (&AGE, "AGE-SECRET-KEY-1", "BECH32"),
            (&AGE_PQ, "AGE-SECRET-KEY-PQ-1", "BECH32"),
            (&NSEC, "nsec1", "bech32"),
        ] {
            let text = format!("{before}${{{class}:52}}${{checksum}}");
            let mut key = crate::expand(&text, 7, Some(check)).expect("valid");
            assert_eq!(check.test(&key), Verdict::Passed, "{}", check.name);
            let last = key.len() - 1;
            key[last] ^= 0x20;
            assert_eq!(check.test(&key), Verdict::Failed, "mixed letters");
            key[last] ^= 0x20;
            key.swap(30, 31);
            assert!(key[30] == key[31] || check.test(&key) == Verdict::Failed);
        }
        assert_eq!(AGE.test(b"AGE-SECRET-KEY-1"), Verdict::Failed);
    }
}
