//! Tokens that end in six base-62 digits of a CRC-32.

use super::{Check, Verdict};

/// Digits of the checksum at the end of a token.
const DIGITS: usize = 6;
const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Prefixes of formats whose checksum, if they have one, is not documented: a mismatch proves nothing.
const UNDOCUMENTED: &[&[u8]] = &[b"github_pat_"];

/// The last six characters are the CRC-32 of the part between the prefix's `_` and them, in base 62, padded with `0`.
/// Sources: <https://github.blog/engineering/platform-security/behind-githubs-new-authentication-token-formats/>,
/// <https://github.blog/changelog/2021-09-23-npm-has-a-new-access-token-format/>.
pub(super) struct Crc32Base62;

impl Check for Crc32Base62 {
    fn name(&self) -> &'static str {
        "crc32-base62"
    }

    fn doc(&self) -> &'static str {
        "the last six characters are the CRC-32 of the entropy part in base 62 (GitHub, npm): \
         https://github.blog/engineering/platform-security/behind-githubs-new-authentication-token-formats/"
    }

    fn test(&self, secret: &[u8]) -> Verdict {
        let Some(cut) = secret.len().checked_sub(DIGITS) else { return Verdict::Failed };
        let (body, sum) = secret.split_at(cut);
        if checksum(body) == sum {
            Verdict::Passed
        } else if UNDOCUMENTED.iter().any(|prefix| secret.starts_with(prefix)) {
            Verdict::Unknown
        } else {
            Verdict::Failed
        }
    }

    fn complete(&self, body: &[u8]) -> Option<Vec<u8>> {
        Some(checksum(body).to_vec())
    }
}

fn checksum(body: &[u8]) -> [u8; DIGITS] {
    let entropy = body.rsplit(|&b| b == b'_').next().unwrap_or(body);
    base62(crc32(entropy))
}

/// Six base-62 digits, the highest first.
pub(super) fn base62(number: u32) -> [u8; DIGITS] {
    let mut rest = number;
    let mut digits = [b'0'; DIGITS];
    for digit in digits.iter_mut().rev() {
        *digit = ALPHABET[(rest % 62) as usize];
        rest /= 62;
    }
    digits
}

/// CRC-32 of IEEE 802.3, reflected, as in zlib. Values are a few dozen bytes, so no table.
pub(super) fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, &byte| {
        (0..8).fold(
            crc ^ u32::from(byte),
            |crc, _| if crc & 1 == 1 { (crc >> 1) ^ 0xEDB8_8320 } else { crc >> 1 },
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crc_agrees_with_the_standard_check_value() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
    }

    #[test]
    fn a_completed_body_passes_and_a_changed_one_fails() {
        let mut token = b"ghx_abcdefghijklmnopqrstuvwxyz0123".to_vec();
        token.extend(Crc32Base62.complete(&token).expect("a checksum"));
        assert_eq!(Crc32Base62.test(&token), Verdict::Passed);
        token[6] ^= 1;
        assert_eq!(Crc32Base62.test(&token), Verdict::Failed);
        assert_eq!(Crc32Base62.test(b"short"), Verdict::Failed);
    }

    #[test]
    fn a_format_without_a_documented_checksum_never_fails() {
        let token = crate::expand("github${}_pat_${alnum:22}_${alnum:59}", 1, None).expect("valid");
        assert_eq!(Crc32Base62.test(&token), Verdict::Unknown);
    }
}
