//! Examples of secrets, written in parts so that no file of the repository holds anything that looks like one.

use data_encoding::HEXLOWER_PERMISSIVE;

use crate::Check;

/// Why an example text cannot be expanded.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ExampleError {
    /// `${` without `}`.
    #[error("example part {part:?} has no closing brace")]
    Unclosed {
        /// The text from `${` on.
        part: String,
    },
    /// A part of no known kind.
    #[error(
        "unknown example part ${{{part}}}: expected empty, dollar, checksum, byte:<hexadecimal>, or <class>:<length> with a class of {}",
        known_classes()
    )]
    Unknown {
        /// The text between the braces.
        part: String,
    },
    /// `${checksum}` in a rule whose check computes none.
    #[error("${{checksum}} needs a check that computes one")]
    NoChecksum,
}

/// The classes of characters that `${<class>:<length>}` draws from.
const CLASSES: &[(&str, &[u8])] = &[
    ("digit", b"0123456789"),
    ("hex", b"0123456789abcdef"),
    ("HEX", b"0123456789ABCDEF"),
    ("lower", b"abcdefghijklmnopqrstuvwxyz"),
    ("upper", b"ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
    ("lowernum", b"abcdefghijklmnopqrstuvwxyz0123456789"),
    ("uppernum", b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"),
    ("base32", b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"),
    ("bech32", b"qpzry9x8gf2tvdw0s3jn54khce6mua7l"),
    ("BECH32", b"QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L"),
    ("base58", b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"),
    ("alpha", b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"),
    ("alnum", b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"),
    ("base64", b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"),
    ("any", &EVERY_BYTE),
    ("base64url", b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"),
];

/// What binary content is drawn from.
const EVERY_BYTE: [u8; 256] = {
    let mut bytes = [0; 256];
    let mut at = 0;
    while at < 256 {
        bytes[at] = at as u8;
        at += 1;
    }
    bytes
};

fn known_classes() -> String {
    CLASSES.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
}

/// Expands an example text: `${}` is nothing (it only breaks a literal apart), `${hex:32}` is 32 characters of a
/// class, `${byte:30 82}` is the bytes of these values, `${dollar}` is `$` (for a literal `${`), `${checksum}` is what the rule's check computes over the word before
/// it. The same `seed` gives the same text.
///
/// # Errors
/// A part that is not closed or of no known kind, or a checksum without a check that computes one.
///
/// ```
/// let text = stanch_engine::expand("token = gh${}p_${alnum:8}", 1, None)?;
/// assert_eq!(text.len(), "token = ghp_".len() + 8);
/// # Ok::<(), stanch_engine::ExampleError>(())
/// ```
pub fn expand(text: &str, seed: u64, check: Option<&dyn Check>) -> Result<Vec<u8>, ExampleError> {
    let mut out = Vec::with_capacity(text.len() * 2);
    let mut random = seed;
    let mut rest = text;
    while let Some(at) = rest.find("${") {
        out.extend_from_slice(&rest.as_bytes()[..at]);
        let inner = &rest[at + 2..];
        let close = inner.find('}').ok_or_else(|| ExampleError::Unclosed { part: rest[at..].to_owned() })?;
        expand_part(&inner[..close], &mut random, check, &mut out)?;
        rest = &inner[close + 1..];
    }
    out.extend_from_slice(rest.as_bytes());
    Ok(out)
}

fn expand_part(
    part: &str,
    random: &mut u64,
    check: Option<&dyn Check>,
    out: &mut Vec<u8>,
) -> Result<(), ExampleError> {
    if part.is_empty() {
        return Ok(());
    }
    if part == "dollar" {
        out.push(b'$');
        return Ok(());
    }
    if part == "checksum" {
        let start = out.iter().rposition(|b| !is_word_byte(*b)).map_or(0, |at| at + 1);
        let sum = check.and_then(|check| check.complete(&out[start..])).ok_or(ExampleError::NoChecksum)?;
        out.extend_from_slice(&sum);
        return Ok(());
    }
    let unknown = || ExampleError::Unknown { part: part.to_owned() };
    let (class, length) = part.split_once(':').ok_or_else(unknown)?;
    if class == "byte" {
        out.extend(bytes_of(length).ok_or_else(unknown)?);
        return Ok(());
    }
    let (_, alphabet) = CLASSES.iter().find(|(name, _)| *name == class).ok_or_else(unknown)?;
    let length: usize = length.parse().map_err(|_| unknown())?;
    out.extend((0..length).map(|_| alphabet[(next(random) % alphabet.len() as u64) as usize]));
    Ok(())
}

/// The bytes that pairs of hexadecimal digits name, with spaces between pairs or without.
fn bytes_of(digits: &str) -> Option<Vec<u8>> {
    let digits: String = digits.split(' ').collect();
    HEXLOWER_PERMISSIVE.decode(digits.as_bytes()).ok()
}

/// Whether a byte belongs to the word that `${checksum}` completes.
fn is_word_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"_-.".contains(&byte)
}

/// `SplitMix64`: <https://prng.di.unimi.it/splitmix64.c> (public domain).
fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_expand_the_same_for_the_same_seed() {
        let once = expand("a${}b${hex:4}", 9, None).expect("valid");
        assert_eq!(once, expand("a${}b${hex:4}", 9, None).expect("valid"));
        assert!(once.starts_with(b"ab") && once.len() == 6);
    }

    #[test]
    fn a_dollar_writes_itself() {
        assert_eq!(expand("x=${dollar}{Y}", 0, None).expect("valid"), b"x=${Y}");
    }

    #[test]
    fn bytes_are_written_as_their_values() {
        assert_eq!(expand("a${byte:30 82ff}b", 0, None).expect("valid"), b"a\x30\x82\xffb");
        assert_eq!(expand("${any:40}", 0, None).expect("valid").len(), 40);
        assert_eq!(expand("${byte:3}", 0, None), Err(ExampleError::Unknown { part: "byte:3".into() }));
    }

    #[test]
    fn bad_parts_are_named() {
        assert_eq!(expand("${hex:4", 0, None), Err(ExampleError::Unclosed { part: "${hex:4".into() }));
        assert_eq!(expand("${bin:4}", 0, None), Err(ExampleError::Unknown { part: "bin:4".into() }));
        assert_eq!(expand("${checksum}", 0, None), Err(ExampleError::NoChecksum));
    }
}
