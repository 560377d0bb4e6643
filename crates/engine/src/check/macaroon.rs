//! API tokens of PyPI, which are macaroons.

use data_encoding::BASE64URL_NOPAD;
use sha2::{Digest, Sha256};

use super::{Check, Verdict};

const PREFIX: &[u8] = b"pypi-";

/// The first byte of the second binary form, the byte that ends a section, and the types of fields.
const VERSION: u8 = 2;
const END: u8 = 0;
const LOCATION: u8 = 1;
const IDENTIFIER: u8 = 2;
const VERIFICATION: u8 = 4;
const SIGNATURE: u8 = 6;

/// A signature is an HMAC-SHA-256.
const SIGNATURE_BYTES: usize = 32;

/// Characters of the identifiers that PyPI makes, which are UUIDs.
const IDENTIFIER_BYTES: usize = 36;

/// After `pypi-` stands, in base64url, a macaroon of the second binary form: version, location, identifier, caveats and a
/// signature of 32 bytes, with nothing after it. Sources: <https://docs.pypi.org/api/secrets/>,
/// <https://github.com/rescrv/libmacaroons/blob/master/doc/format.txt>.
pub(super) struct PypiMacaroon;

impl Check for PypiMacaroon {
    fn name(&self) -> &'static str {
        "pypi-macaroon"
    }

    fn doc(&self) -> &'static str {
        "the value decodes to a whole macaroon of the second binary form (PyPI): \
         https://github.com/rescrv/libmacaroons/blob/master/doc/format.txt"
    }

    fn test(&self, secret: &[u8]) -> Verdict {
        let encoded = secret.strip_prefix(PREFIX).unwrap_or(secret);
        let bytes = BASE64URL_NOPAD.decode(encoded).ok();
        if bytes.is_some_and(|bytes| is_macaroon(&bytes)) { Verdict::Passed } else { Verdict::Failed }
    }

    /// `body` goes up to the last whole character of the identifier; two bits of it and the rest follow.
    fn complete(&self, body: &[u8]) -> Option<Vec<u8>> {
        let encoded = body.strip_prefix(PREFIX)?;
        let padded = [encoded, &b"AAAA"[..(4 - encoded.len() % 4) % 4]].concat();
        let mut bytes = BASE64URL_NOPAD.decode(&padded).ok()?;
        let (location, _) = Reader(bytes.get(1..)?).field(LOCATION)?;
        bytes.resize(1 + 2 + location.len() + 2 + IDENTIFIER_BYTES, 0);
        bytes.extend([END, END, SIGNATURE, SIGNATURE_BYTES as u8]);
        let signature = Sha256::digest(&bytes);
        bytes.extend(signature);
        Some(BASE64URL_NOPAD.encode(&bytes).into_bytes().split_off(encoded.len()))
    }
}

fn is_macaroon(bytes: &[u8]) -> bool {
    let Some((&VERSION, fields)) = bytes.split_first() else { return false };
    let signature = Reader(fields).caveat().and_then(|mut rest| {
        while rest.0.first() != Some(&END) {
            rest = rest.caveat()?;
        }
        rest.end()?.field(SIGNATURE)
    });
    signature.is_some_and(|(value, rest)| value.len() == SIGNATURE_BYTES && rest.0.is_empty())
}

/// What is left to read.
struct Reader<'b>(&'b [u8]);

impl<'b> Reader<'b> {
    /// A section: a location it may have, an identifier, a verification id it may have, an end.
    fn caveat(self) -> Option<Self> {
        let (_, rest) = self.optional(LOCATION)?.field(IDENTIFIER)?;
        rest.optional(VERIFICATION)?.end()
    }

    fn optional(self, kind: u8) -> Option<Self> {
        if self.0.first() == Some(&kind) { Some(self.field(kind)?.1) } else { Some(self) }
    }

    /// A field of that kind: its type, its length and so many bytes. Both numbers are varints.
    fn field(self, kind: u8) -> Option<(&'b [u8], Self)> {
        let rest = self.0.strip_prefix(&[kind])?;
        let (len, rest) = varint(rest)?;
        let (value, rest) = rest.split_at_checked(len)?;
        Some((value, Self(rest)))
    }

    fn end(self) -> Option<Self> {
        self.0.strip_prefix(&[END]).map(Self)
    }
}

/// A length below 16,384, seven bits a byte, the lowest first: no token is longer.
fn varint(bytes: &[u8]) -> Option<(usize, &[u8])> {
    match bytes {
        [low @ 0..=0x7F, rest @ ..] => Some((usize::from(*low), rest)),
        [low, high @ 0..=0x7F, rest @ ..] => Some((usize::from(low & 0x7F) | usize::from(*high) << 7, rest)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expand;

    fn token(fields: &[(u8, &[u8])]) -> Vec<u8> {
        let mut bytes = vec![VERSION];
        for (kind, value) in fields {
            bytes.push(*kind);
            if *kind != END {
                bytes.push(value.len() as u8);
                bytes.extend(*value);
            }
        }
        [PREFIX, BASE64URL_NOPAD.encode(&bytes).as_bytes()].concat()
    }

    const END_FIELD: (u8, &[u8]) = (END, b"");

    #[test]
    fn tokens_with_and_without_caveats_pass() {
        let head = [(LOCATION, &b"pypi.org"[..]), (IDENTIFIER, b"b1946ac9"), END_FIELD];
        let caveat = [(IDENTIFIER, &br#"[1,["demo"]]"#[..]), END_FIELD];
        let tail = [END_FIELD, (SIGNATURE, &[7; SIGNATURE_BYTES])];
        assert_eq!(PypiMacaroon.test(&token(&[&head[..], &tail].concat())), Verdict::Passed);
        assert_eq!(
            PypiMacaroon.test(&token(&[&head[..], &caveat, &caveat, &tail].concat())),
            Verdict::Passed
        );
    }

    #[test]
    fn completed_bodies_pass_and_changed_or_cut_ones_fail() {
        for text in [
            "py${}pi-AgEIcHlwaS5vcmcCJD${base64url:47}${checksum}",
            "py${}pi-AgENdGVzdC5weXBpLm9yZwIk${base64url:48}${checksum}",
        ] {
            for seed in 0..20 {
                let mut token = expand(text, seed, Some(&PypiMacaroon)).expect("valid");
                assert_eq!(PypiMacaroon.test(&token), Verdict::Passed, "{text}");
                assert_eq!(PypiMacaroon.test(&token[..token.len() - 4]), Verdict::Failed);
                token[8] = b'z';
                assert_eq!(PypiMacaroon.test(&token), Verdict::Failed);
            }
        }
    }

    #[test]
    fn other_bytes_fail() {
        let no_end = token(&[(IDENTIFIER, b"b1946ac9"), (SIGNATURE, &[7; SIGNATURE_BYTES])]);
        let short = token(&[(IDENTIFIER, b"b1946ac9"), END_FIELD, END_FIELD, (SIGNATURE, &[7; 31])]);
        for text in [no_end, short, b"pypi-".to_vec(), b"pypi-AgEI".to_vec(), Vec::new()] {
            assert_eq!(PypiMacaroon.test(&text), Verdict::Failed, "{}", text.escape_ascii());
        }
    }
}
