//! Keys in base 58 with a checksum.

use sha2::{Digest, Sha256};

use super::{Check, Verdict};

const ALPHABET: &[u8; 58] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
/// Bytes of the checksum at the end.
const SUM_BYTES: usize = 4;
/// Characters that `complete` adds: more than the checksum's bits take, so that the first ones stay as they are.
const FILL: usize = 7;

/// Decoded from base 58, the last four bytes are the first four of the double SHA-256 of those before them. Sources:
/// <https://github.com/bitcoin/bips/blob/master/bip-0032.mediawiki>,
/// <https://github.com/bitcoin/bips/blob/master/bip-0178.mediawiki>.
pub(super) struct Base58Check;

impl Check for Base58Check {
    fn name(&self) -> &'static str {
        "base58check"
    }

    fn doc(&self) -> &'static str {
        "base 58 whose last four bytes begin the double SHA-256 of the others (Bitcoin): \
         https://github.com/bitcoin/bips/blob/master/bip-0032.mediawiki"
    }

    fn test(&self, secret: &[u8]) -> Verdict {
        let bytes = decode(secret);
        let parts = bytes.as_deref().and_then(<[u8]>::split_last_chunk::<SUM_BYTES>);
        match parts {
            Some((payload, sum)) if !payload.is_empty() && checksum(payload) == *sum => Verdict::Passed,
            _ => Verdict::Failed,
        }
    }

    fn complete(&self, body: &[u8]) -> Option<Vec<u8>> {
        let middle = [body, b"z", &[b'1'; FILL - 1]].concat();
        let mut bytes = decode(&middle)?;
        let payload_len = bytes.len().checked_sub(SUM_BYTES)?;
        bytes.truncate(payload_len);
        bytes.extend(checksum(&bytes));
        Some(encode(&bytes).split_off(body.len()))
    }
}

fn checksum(payload: &[u8]) -> [u8; SUM_BYTES] {
    let hash = Sha256::digest(Sha256::digest(payload));
    [hash[0], hash[1], hash[2], hash[3]]
}

/// The number as bytes, highest first; none where another character stands. Private keys have no leading zeros.
fn decode(text: &[u8]) -> Option<Vec<u8>> {
    let mut bytes: Vec<u8> = Vec::with_capacity(text.len());
    for byte in text {
        let mut carry = ALPHABET.iter().position(|known| known == byte)?;
        for low in &mut bytes {
            carry += usize::from(*low) * 58;
            *low = carry as u8;
            carry >>= 8;
        }
        if carry > 0 {
            bytes.push(carry as u8);
        }
    }
    bytes.reverse();
    Some(bytes)
}

fn encode(bytes: &[u8]) -> Vec<u8> {
    let mut digits: Vec<u8> = Vec::with_capacity(bytes.len() * 2);
    for &byte in bytes {
        let mut carry = usize::from(byte);
        for low in &mut digits {
            carry += usize::from(*low) << 8;
            *low = (carry % 58) as u8;
            carry /= 58;
        }
        while carry > 0 {
            digits.push((carry % 58) as u8);
            carry /= 58;
        }
    }
    digits.iter().rev().map(|&digit| ALPHABET[usize::from(digit)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_survive_both_ways() {
        let bytes: Vec<u8> = (1..90).collect();
        assert_eq!(decode(&encode(&bytes)), Some(bytes));
        assert_eq!(encode(b"Hello World!"), b"2NEpo7TZRRrLZSi2U");
        assert_eq!(decode(b"0OIl"), None);
    }

    #[test]
    fn completed_bodies_pass_and_changed_ones_fail() {
        for (text, len) in [("xprv9${base58:99}${checksum}", 111), ("L1${base58:43}${checksum}", 52)] {
            for seed in 0..20 {
                let mut key = crate::expand(text, seed, Some(&Base58Check)).expect("valid");
                assert_eq!(key.len(), len);
                assert_eq!(Base58Check.test(&key), Verdict::Passed, "{text}");
                key[9] = if key[9] == b'A' { b'B' } else { b'A' };
                assert_eq!(Base58Check.test(&key), Verdict::Failed, "{text}");
            }
        }
        assert_eq!(Base58Check.test(b""), Verdict::Failed);
    }
}
