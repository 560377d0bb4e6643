//! Private keys of OpenSSH.

/// How the binary form begins.
pub(super) const MAGIC: &[u8] = b"openssh-key-v1\0";

/// A private key that was read to its end.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct PrivateKey<'k> {
    /// The public half.
    pub(super) public: &'k [u8],
    /// Whether a passphrase protects it.
    pub(super) is_encrypted: bool,
}

/// Reads a file with one key; none where anything does not fit. In a plain key the two numbers that the private part
/// begins with are equal. Source: <https://github.com/openssh/openssh-portable/blob/master/PROTOCOL.key>.
pub(super) fn private_key(bytes: &[u8]) -> Option<PrivateKey<'_>> {
    let rest = bytes.strip_prefix(MAGIC)?;
    let (cipher, rest) = string(rest)?;
    let (_derivation, rest) = string(rest)?;
    let (_options, rest) = string(rest)?;
    let (public, rest) = string(rest.strip_prefix(&[0, 0, 0, 1])?)?;
    let (private, rest) = string(rest)?;
    let is_encrypted = cipher != b"none";
    let opens = is_encrypted || (private.len() >= 8 && private[..4] == private[4..8]);
    (rest.is_empty() && opens && !public.is_empty()).then_some(PrivateKey { public, is_encrypted })
}

/// Bytes with their length in four bytes before them.
fn string(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (len, rest) = bytes.split_first_chunk::<4>()?;
    rest.split_at_checked(usize::try_from(u32::from_be_bytes(*len)).ok()?)
}

/// A key made up for tests.
#[cfg(test)]
pub(super) fn sample(cipher: &[u8]) -> Vec<u8> {
    let string = |bytes: &[u8]| [&(bytes.len() as u32).to_be_bytes()[..], bytes].concat();
    let private = [&[9; 8][..], &[3; 120]].concat();
    [
        MAGIC.to_vec(),
        string(cipher),
        string(b"none"),
        string(b""),
        vec![0, 0, 0, 1],
        string(&[5; 51]),
        string(&private),
    ]
    .concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_and_encrypted_keys_are_told_apart() {
        let plain = sample(b"none");
        assert_eq!(private_key(&plain), Some(PrivateKey { public: &[5; 51], is_encrypted: false }));
        let encrypted = sample(b"aes256-ctr");
        assert_eq!(private_key(&encrypted), Some(PrivateKey { public: &[5; 51], is_encrypted: true }));
    }

    #[test]
    fn cut_lengthened_and_altered_keys_are_none() {
        let plain = sample(b"none");
        for len in 0..plain.len() {
            assert_eq!(private_key(&plain[..len]), None);
        }
        assert_eq!(private_key(&[&plain[..], b"x"].concat()), None);
        let mut altered = plain.clone();
        let check = plain.len() - 128;
        altered[check] ^= 1;
        assert_eq!(private_key(&altered), None);
    }
}
