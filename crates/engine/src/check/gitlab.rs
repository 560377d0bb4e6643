//! Routable tokens of GitLab.

use super::{Check, Verdict, crc32::crc32};

/// Digits of the payload's length and of the checksum, both in base 36 and padded with zeros.
const LENGTH_DIGITS: usize = 2;
const SUM_DIGITS: usize = 7;

const ALPHABET: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";

/// `prefix-payload.version.length checksum`: the payload in base64url, its length, and the CRC-32 of all before the
/// checksum. A token without a version is of an earlier form whose checksum is not documented, one without a dot has none.
/// Sources: <https://handbook.gitlab.com/handbook/engineering/architecture/design-documents/cells/routable_tokens/>,
/// <https://gitlab.com/gitlab-org/gitlab/-/blob/master/lib/authn/token_field/generator/routable_token.rb>.
pub(super) struct GitlabRoutable;

impl Check for GitlabRoutable {
    fn name(&self) -> &'static str {
        "gitlab-routable"
    }

    fn doc(&self) -> &'static str {
        "the last seven digits are the CRC-32 of what is before them in base 36 (GitLab): \
         https://handbook.gitlab.com/handbook/engineering/architecture/design-documents/cells/routable_tokens/"
    }

    fn test(&self, secret: &[u8]) -> Verdict {
        let parts: Vec<&[u8]> = secret.split(|&byte| byte == b'.').collect();
        let Some(cut) = secret.len().checked_sub(SUM_DIGITS).filter(|_| parts.len() > 1) else {
            return Verdict::Unknown;
        };
        let (body, sum) = secret.split_at(cut);
        if *sum == base36::<SUM_DIGITS>(crc32(body)) {
            Verdict::Passed
        } else if parts.len() == 2 {
            Verdict::Unknown
        } else {
            Verdict::Failed
        }
    }

    /// `body` ends in the dot after the version.
    fn complete(&self, body: &[u8]) -> Option<Vec<u8>> {
        let dash = body.iter().position(|&byte| byte == b'-')?;
        let payload = body[dash + 1..].split(|&byte| byte == b'.').next()?;
        let length = base36::<LENGTH_DIGITS>(u32::try_from(payload.len()).ok()?);
        let sum = base36::<SUM_DIGITS>(crc32(&[body, &length].concat()));
        Some([&length[..], &sum].concat())
    }
}

/// The last `N` digits of a number, the highest first.
fn base36<const N: usize>(number: u32) -> [u8; N] {
    let mut rest = number;
    let mut digits = [b'0'; N];
    for digit in digits.iter_mut().rev() {
        *digit = ALPHABET[(rest % 36) as usize];
        rest /= 36;
    }
    digits
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expand;

    #[test]
    fn numbers_are_written_with_all_their_digits() {
        assert_eq!(&base36::<7>(u32::MAX), b"1z141z3");
        assert_eq!(&base36::<2>(37), b"11");
    }

    #[test]
    fn a_completed_token_passes_and_a_changed_one_fails() {
        for seed in 0..20 {
            let text = "glp${}at-${base64url:37}.01.${checksum}";
            let mut token = expand(text, seed, Some(&GitlabRoutable)).expect("valid");
            assert_eq!(GitlabRoutable.test(&token), Verdict::Passed);
            token[9] ^= 1;
            assert_eq!(GitlabRoutable.test(&token), Verdict::Failed);
        }
    }

    #[test]
    fn forms_without_a_documented_checksum_stay_possible() {
        for text in ["glp${}at-${base64url:20}", "glp${}at-${base64url:30}.${lowernum:9}", "x.y", ""] {
            let token = expand(text, 3, None).expect("valid");
            assert_eq!(GitlabRoutable.test(&token), Verdict::Unknown, "{text}");
        }
    }
}
