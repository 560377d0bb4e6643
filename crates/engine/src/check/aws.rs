//! AWS access key ids.

use data_encoding::BASE32_NOPAD;

use stanch_model::Fact;

use super::{Check, Verdict};

/// Characters of an access key id, and of the prefix that names its kind.
const LENGTH: usize = 20;
const PREFIX: usize = 4;

/// Account ids have twelve decimal digits.
const ACCOUNT_MAX: u64 = 999_999_999_999;

/// After the four letters of its kind, an id is base32; where the first bit is set, the next forty are the account id.
/// AWS does not document these bits, so an account tells something but rules nothing in or out.
/// Sources: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids>,
/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_GetAccessKeyInfo.html> (the id alone gives the account).
pub(super) struct AwsAccessKeyId;

impl Check for AwsAccessKeyId {
    fn name(&self) -> &'static str {
        "aws-access-key-id"
    }

    fn doc(&self) -> &'static str {
        "the body is base32, and ids that hold one tell the account: \
         https://docs.aws.amazon.com/STS/latest/APIReference/API_GetAccessKeyInfo.html"
    }

    fn test(&self, secret: &[u8]) -> Verdict {
        if secret.len() == LENGTH && BASE32_NOPAD.decode(&secret[PREFIX..]).is_ok() {
            Verdict::Unknown
        } else {
            Verdict::Failed
        }
    }

    fn facts(&self, secret: &[u8]) -> Vec<Fact> {
        let body = secret.get(PREFIX..).and_then(|body| BASE32_NOPAD.decode(body).ok());
        let account = body.and_then(|body| account(&body));
        account.map(|number| Fact::Account(format!("{number:012}"))).into_iter().collect()
    }

    /// `body` begins with the prefix; the account id is kept low, so that it has twelve digits.
    fn complete(&self, body: &[u8]) -> Option<Vec<u8>> {
        (body.len() == PREFIX).then(|| vec![b'Q'])
    }
}

/// The account an id was made in; none in ids of the older form, or where the number has too many digits.
fn account(body: &[u8]) -> Option<u64> {
    let head = body.first_chunk::<6>()?;
    let bits = head.iter().fold(0u64, |bits, &byte| bits << 8 | u64::from(byte));
    let account = (bits >> 7) & 0xFF_FFFF_FFFF;
    (bits >> 47 == 1 && account <= ACCOUNT_MAX).then_some(account)
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
        assert_eq!(AwsAccessKeyId.facts(&id(1_234)), [Fact::Account("000000001234".to_owned())]);
        assert!(AwsAccessKeyId.facts(&id(ACCOUNT_MAX + 1)).is_empty());
        assert!(AwsAccessKeyId.facts(b"short").is_empty());
    }

    #[test]
    fn well_formed_ids_stay_possible() {
        for account in [ACCOUNT_MAX, ACCOUNT_MAX + 1] {
            assert_eq!(AwsAccessKeyId.test(&id(account)), Verdict::Unknown);
        }
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
        for wrong in [foreign_digit, lower, good[..19].to_vec(), Vec::new()] {
            assert_eq!(AwsAccessKeyId.test(&wrong), Verdict::Failed, "{}", wrong.escape_ascii());
        }
    }
}
