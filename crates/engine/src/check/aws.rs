//! AWS access key ids.

use data_encoding::BASE32_NOPAD;

use super::{Check, Verdict};

/// Characters of an access key id, and of the prefix that names its kind.
const LENGTH: usize = 20;
const PREFIX: usize = 4;

/// Account ids have twelve decimal digits.
const ACCOUNT_MAX: u64 = 999_999_999_999;

/// After the four letters of its kind, an id is base32; where the first bit is set, the next forty are the account id,
/// which cannot be over twelve digits. That proves little (nine in ten random ids fit), so a good id never passes.
/// Sources: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids>,
/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_GetAccessKeyInfo.html> (the id alone gives the account).
pub(super) struct AwsAccessKeyId;

impl Check for AwsAccessKeyId {
    fn name(&self) -> &'static str {
        "aws-access-key-id"
    }

    fn doc(&self) -> &'static str {
        "the body is base32 and, in ids that hold one, the account id has twelve digits: \
         https://docs.aws.amazon.com/STS/latest/APIReference/API_GetAccessKeyInfo.html"
    }

    fn test(&self, secret: &[u8]) -> Verdict {
        if secret.len() != LENGTH {
            return Verdict::Failed;
        }
        let Ok(body) = BASE32_NOPAD.decode(&secret[PREFIX..]) else { return Verdict::Failed };
        match account(&body) {
            Some(account) if account > ACCOUNT_MAX => Verdict::Failed,
            _ => Verdict::Unknown,
        }
    }
}

/// The account an id was made in; none in ids of the older form.
fn account(body: &[u8]) -> Option<u64> {
    let head = body.first_chunk::<6>()?;
    let bits = head.iter().fold(0u64, |bits, &byte| bits << 8 | u64::from(byte));
    (bits >> 47 == 1).then_some((bits >> 7) & 0xFF_FFFF_FFFF)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(account: u64) -> Vec<u8> {
        let head = (1u64 << 47 | account << 7 | 0x55) << 16;
        let mut body = head.to_be_bytes().to_vec();
        body.extend([0x3C, 0xA7]);
        [b"AK".as_slice(), b"IA", BASE32_NOPAD.encode(&body).as_bytes()].concat()
    }

    #[test]
    fn the_account_is_read_back() {
        let body = BASE32_NOPAD.decode(&id(123_456_789_012)[PREFIX..]).expect("base32");
        assert_eq!(account(&body), Some(123_456_789_012));
    }

    #[test]
    fn well_formed_ids_stay_possible() {
        assert_eq!(AwsAccessKeyId.test(&id(ACCOUNT_MAX)), Verdict::Unknown);
        let older = crate::expand("AK${}IAI${base32:15}", 3, None).expect("valid");
        assert_eq!(AwsAccessKeyId.test(&older), Verdict::Unknown);
    }

    #[test]
    fn impossible_ids_fail() {
        let good = id(1);
        let mut foreign_digit = good.clone();
        foreign_digit[10] = b'8';
        let mut lower = good.clone();
        lower[10] = b'a';
        for wrong in [id(ACCOUNT_MAX + 1), foreign_digit, lower, good[..19].to_vec(), Vec::new()] {
            assert_eq!(AwsAccessKeyId.test(&wrong), Verdict::Failed, "{}", wrong.escape_ascii());
        }
    }
}
