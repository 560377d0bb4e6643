//! Private keys in DER.

/// Tags of the values that private keys are made of.
pub(super) const INTEGER: u8 = 0x02;
pub(super) const OCTETS: u8 = 0x04;
pub(super) const OBJECT: u8 = 0x06;
pub(super) const SEQUENCE: u8 = 0x30;

/// Integers of an RSA key and of a DSA key in their own forms.
const RSA_INTEGERS: usize = 9;
const DSA_INTEGERS: usize = 6;

/// A private key that was read to its end.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum PrivateKey<'d> {
    /// What tells it from all others: the modulus of an RSA key, else the private value.
    Plain(&'d [u8]),
    /// Its content is encrypted.
    Encrypted,
}

/// Reads a private key: RSA (RFC 8017 appendix A.1.2), DSA as OpenSSL writes it, EC (RFC 5915), PKCS #8 (RFC 5958), plain or
/// encrypted. None where anything does not fit.
pub(super) fn private_key(der: &[u8]) -> Option<PrivateKey<'_>> {
    let members = members(der)?;
    match members[..] {
        [(INTEGER, [0 | 1]), (SEQUENCE, [OBJECT, ..]), (OCTETS, inner), ..] => {
            wrapped(inner).map(PrivateKey::Plain)
        }
        [(SEQUENCE, [OBJECT, ..]), (OCTETS, content)] if !content.is_empty() => Some(PrivateKey::Encrypted),
        _ => bare(&members).map(PrivateKey::Plain),
    }
}

/// The key within PKCS #8: one in its own form, or the private value alone (DSA and Edwards curves).
fn wrapped(der: &[u8]) -> Option<&[u8]> {
    match value(der)? {
        (INTEGER | OCTETS, content, []) => Some(magnitude(content)),
        (SEQUENCE, ..) => bare(&members(der)?),
        _ => None,
    }
}

/// A key in its own form.
fn bare<'d>(members: &[(u8, &'d [u8])]) -> Option<&'d [u8]> {
    let integers = members.iter().take_while(|(tag, _)| *tag == INTEGER).count();
    match *members {
        [_, (_, modulus), ..] if integers == RSA_INTEGERS => Some(magnitude(modulus)),
        [.., (_, private)] if integers == DSA_INTEGERS && members.len() == DSA_INTEGERS => {
            Some(magnitude(private))
        }
        [(INTEGER, [1]), (OCTETS, private), ..] => Some(private),
        _ => None,
    }
}

/// Most members of a sequence that is a private key.
const MEMBERS_MAX: usize = 12;

/// The members of a sequence that fills `der`: tags and contents.
pub(super) fn members(der: &[u8]) -> Option<Vec<(u8, &[u8])>> {
    let (SEQUENCE, mut rest, []) = value(der)? else { return None };
    let mut members = Vec::new();
    while !rest.is_empty() && members.len() < MEMBERS_MAX {
        let (tag, content, after) = value(rest)?;
        members.push((tag, content));
        rest = after;
    }
    rest.is_empty().then_some(members)
}

/// How long the value is that begins `der`, with its tag and its length, in bytes; at most as long as `der`.
pub(super) fn extent(der: &[u8]) -> Option<usize> {
    let (len, content) = length(der.get(1..)?)?;
    Some((der.len() - content.len()).saturating_add(len).min(der.len()))
}

/// Tag and content of the first value, and what follows it.
pub(super) fn value(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (len, rest) = length(der.get(1..)?)?;
    let (content, after) = rest.split_at_checked(len)?;
    Some((der[0], content, after))
}

/// The length of a value, in up to two bytes after the first, and what follows it.
pub(super) fn length(bytes: &[u8]) -> Option<(usize, &[u8])> {
    match bytes {
        [len @ 0..=0x7F, rest @ ..] | [0x81, len, rest @ ..] => Some((usize::from(*len), rest)),
        [0x82, high, low, rest @ ..] => Some((usize::from(*high) << 8 | usize::from(*low), rest)),
        _ => None,
    }
}

/// A number without leading zeros.
fn magnitude(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|&&byte| byte == 0).count();
    &number[zeros..]
}

/// Private keys made up for tests.
#[cfg(test)]
pub(super) mod samples {
    use super::{INTEGER, OBJECT, OCTETS, SEQUENCE};

    pub(in crate::check) fn value(tag: u8, content: &[u8]) -> Vec<u8> {
        let len = content.len();
        let header = match len {
            0..=0x7F => vec![tag, len as u8],
            0x80..=0xFF => vec![tag, 0x81, len as u8],
            _ => vec![tag, 0x82, (len >> 8) as u8, len as u8],
        };
        [&header[..], content].concat()
    }

    fn algorithm() -> Vec<u8> {
        value(SEQUENCE, &value(OBJECT, &[0x2A, 0x86, 0x48]))
    }

    /// Bytes that look like noise, the first one positive.
    fn number(len: usize) -> Vec<u8> {
        (0..len).map(|at| (at * 37 + 65) as u8).collect()
    }

    pub(in crate::check) fn rsa() -> Vec<u8> {
        let numbers = [256, 3, 256, 128, 128, 128, 128, 128];
        let rest = numbers.iter().flat_map(|&len| value(INTEGER, &[&[0], &number(len)[..]].concat()));
        value(SEQUENCE, &value(INTEGER, &[0]).into_iter().chain(rest).collect::<Vec<u8>>())
    }

    pub(in crate::check) fn dsa() -> Vec<u8> {
        let rest = [128, 20, 128, 128, 20].iter().flat_map(|&len| value(INTEGER, &number(len)));
        value(SEQUENCE, &value(INTEGER, &[0]).into_iter().chain(rest).collect::<Vec<u8>>())
    }

    pub(in crate::check) fn ec() -> Vec<u8> {
        value(
            SEQUENCE,
            &[value(INTEGER, &[1]), value(OCTETS, &number(32)), value(0xA0, &number(10))].concat(),
        )
    }

    /// PKCS #8 around a key, or around a private value alone.
    pub(in crate::check) fn pkcs8(inner: &[u8]) -> Vec<u8> {
        value(SEQUENCE, &[value(INTEGER, &[0]), algorithm(), value(OCTETS, inner)].concat())
    }

    pub(in crate::check) fn ed25519() -> Vec<u8> {
        pkcs8(&value(OCTETS, &number(32)))
    }

    pub(in crate::check) fn encrypted() -> Vec<u8> {
        value(SEQUENCE, &[algorithm(), value(OCTETS, &number(600))].concat())
    }

    /// An RSA public key, and one in the form of RFC 5280.
    pub(in crate::check) fn public() -> [Vec<u8>; 2] {
        let bare = value(SEQUENCE, &[value(INTEGER, &number(128)), value(INTEGER, &[1, 0, 1])].concat());
        let wrapped = value(SEQUENCE, &[algorithm(), value(0x03, &bare)].concat());
        [bare, wrapped]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_every_form_are_read_to_the_value_that_tells_them_apart() {
        let lengths =
            [(samples::rsa(), 256), (samples::dsa(), 20), (samples::ec(), 32), (samples::ed25519(), 32)];
        for (der, len) in lengths {
            let Some(PrivateKey::Plain(material)) = private_key(&der) else { panic!("no key") };
            assert_eq!(material.len(), len);
        }
        for der in [samples::rsa(), samples::ec()] {
            assert_eq!(private_key(&samples::pkcs8(&der)), private_key(&der));
        }
        assert_eq!(private_key(&samples::encrypted()), Some(PrivateKey::Encrypted));
    }

    #[test]
    fn public_cut_and_lengthened_keys_are_none() {
        for der in samples::public() {
            assert_eq!(private_key(&der), None);
        }
        for der in [samples::rsa(), samples::ec(), samples::ed25519(), samples::encrypted()] {
            for len in 0..der.len() {
                assert_eq!(private_key(&der[..len]), None);
            }
            assert_eq!(private_key(&[&der[..], &[0]].concat()), None);
        }
    }

    #[test]
    fn a_wrong_inner_length_is_seen() {
        let mut der = samples::rsa();
        der[8] ^= 0x10;
        assert_eq!(private_key(&der), None);
    }
}
