//! Offline checks: what a format itself tells about whether a value is a secret.

pub(crate) mod assignment;
mod aws;
mod base58;
mod base64_bytes;
mod basic;
mod bech32;
mod bks;
mod crc16;
mod crc32;
mod crc32_grafana;
mod crc32_matrix;
mod der;
mod der_key;
mod gitlab;
mod jwk;
mod jwt;
mod macaroon;
mod openssh;
mod otp;
pub(crate) mod password;
mod pem;
mod pkcs12;
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
    /// How many bytes of the candidate are the value, where the value itself tells: what follows is none of it.
    fn extent(&self, candidate: &[u8]) -> Option<usize> {
        let _ = candidate;
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
    &bks::BksKeystore,
    &crc16::Crc16Base32,
    &crc32::Crc32Base62,
    &crc32_grafana::Crc32Grafana,
    &crc32_matrix::Crc32Matrix,
    &der_key::DerPrivateKey,
    &gitlab::GitlabRoutable,
    &jwk::JwkPrivateValue,
    &jwt::Jwt,
    &otp::OtpSeed,
    &password::Password,
    &pkcs12::Pkcs12,
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
                prop_assert!(check.extent(&bytes).is_none_or(|len| len <= bytes.len()));
                check.complete(&bytes);
            }
        }
    }
}
