//! Private keys in DER as they stand in binary files.

use stanch_model::Fact;

use super::{
    Check, Verdict,
    der::{self, PrivateKey},
    published,
};

/// The value is a whole private key, plain or encrypted, that no documentation publishes. The key tells its length: what
/// follows it in the file is none of it. Sources stand at [`der::private_key`].
pub(super) struct DerPrivateKey;

impl Check for DerPrivateKey {
    fn name(&self) -> &'static str {
        "der-private-key"
    }

    fn doc(&self) -> &'static str {
        "a whole private key in DER that no documentation publishes: https://www.rfc-editor.org/rfc/rfc5958"
    }

    fn test(&self, secret: &[u8]) -> Verdict {
        match der::private_key(secret) {
            Some(PrivateKey::Plain(material)) if published::is_key(material) => Verdict::Failed,
            Some(_) => Verdict::Passed,
            None => Verdict::Failed,
        }
    }

    fn extent(&self, candidate: &[u8]) -> Option<usize> {
        der::extent(candidate)
    }

    fn facts(&self, secret: &[u8]) -> Vec<Fact> {
        let is_encrypted = der::private_key(secret) == Some(PrivateKey::Encrypted);
        if is_encrypted { vec![Fact::Encrypted] } else { Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::{super::der::samples, *};

    #[test]
    fn keys_pass_and_end_where_they_say() {
        for key in [samples::rsa(), samples::ec(), samples::ed25519(), samples::encrypted()] {
            assert_eq!(DerPrivateKey.test(&key), Verdict::Passed);
            let longer = [&key[..], b"what follows"].concat();
            assert_eq!(DerPrivateKey.extent(&longer), Some(key.len()));
            assert_eq!(DerPrivateKey.extent(&key[..20]), Some(20));
        }
        assert_eq!(DerPrivateKey.facts(&samples::encrypted()), [Fact::Encrypted]);
        assert_eq!(DerPrivateKey.facts(&samples::rsa()), []);
    }

    #[test]
    fn cut_altered_and_public_keys_fail() {
        let key = samples::rsa();
        let mut altered = key.clone();
        altered[8] ^= 0x10;
        let [bare, wrapped] = samples::public();
        for value in [&key[..key.len() - 1], &altered, &bare, &wrapped, b""] {
            assert_eq!(DerPrivateKey.test(value), Verdict::Failed);
        }
    }
}
