//! Offline checks: what a format itself tells about whether a value is a secret.

pub(crate) mod assignment;
mod aws;
mod base58;
mod base64_bytes;
mod basic;
mod bech32;
mod crc16;
mod crc32;
mod crc32_grafana;
mod crc32_matrix;
mod der;
mod gitlab;
mod jwt;
mod macaroon;
mod openssh;
mod otp;
mod password;
mod pem;
mod published;
mod url;

use stanch_model::Fact;

/// What an offline check says of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The value proves itself: a checksum or structure that chance hardly makes.
    Passed,
    /// The value cannot be what the rule looks for.
    Failed,
    /// The check says nothing of this value.
    Unknown,
}

/// One offline check, named in rules by `check = "<name>"`.
pub trait Check: Sync {
    /// The name used in rules.
    fn name(&self) -> &'static str;
    /// What it tests and where that is documented, in a sentence.
    fn doc(&self) -> &'static str;
    /// Tests the raw secret.
    fn test(&self, secret: &[u8]) -> Verdict;
    /// What the secret says once it is decoded, where it is written in an encoding: what a person would judge.
    fn plain(&self, secret: &[u8]) -> Option<Vec<u8>> {
        let _ = secret;
        None
    }
    /// What may be told of a secret that was found: read out of it, and no part of it that opens anything.
    fn facts(&self, secret: &[u8]) -> Vec<Fact> {
        let _ = secret;
        Vec::new()
    }
    /// What must follow `body` to make a value that passes, for building examples; none where nothing is computed.
    fn complete(&self, body: &[u8]) -> Option<Vec<u8>> {
        let _ = body;
        None
    }
}

/// Every check, in the order of their names.
pub static CHECKS: &[&dyn Check] = &[
    &assignment::AssignmentValue,
    &aws::AwsAccessKeyId,
    &base58::Base58Check,
    &base64_bytes::Base64Bytes,
    &basic::HEADER,
    &basic::FIELD,
    &bech32::AGE,
    &bech32::AGE_PQ,
    &bech32::NSEC,
    &crc16::Crc16Base32,
    &crc32::Crc32Base62,
    &crc32_grafana::Crc32Grafana,
    &crc32_matrix::Crc32Matrix,
    &gitlab::GitlabRoutable,
    &jwt::Jwt,
    &otp::OtpSeed,
    &password::Password,
    &pem::PrivateKeyBlock,
    &macaroon::PypiMacaroon,
    &url::UrlUserinfo,
];

/// The check called `name`.
pub(crate) fn by_name(name: &str) -> Option<&'static dyn Check> {
    CHECKS.iter().copied().find(|check| check.name() == name)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_are_unique_and_sorted() {
        assert!(CHECKS.is_sorted_by(|a, b| a.name() < b.name()));
    }

    proptest! {
        #[test]
        fn nothing_panics_on_any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            for check in CHECKS {
                check.test(&bytes);
                check.facts(&bytes);
                check.complete(&bytes);
            }
        }
    }
}
