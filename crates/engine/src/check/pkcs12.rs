//! PKCS #12 containers.

use memchr::memmem;

use super::{
    Check, Verdict,
    der::{self, INTEGER, OBJECT, OCTETS, SEQUENCE},
};

/// The value is a PFX: SEQUENCE of the version 3, a `ContentInfo` with the safes, and mostly a MAC; and something in it is
/// encrypted or is a key, so that it is more than a list of trusted certificates. What is longer than the rule looks has its
/// beginning tested. Source: RFC 7292 section 4 (PFX, `AuthenticatedSafe`), section 4.2 (bags); RFC 2315 section 14 (types).
pub(super) struct Pkcs12;

/// The tag of `[0]`, in which content stands.
const CONTENT: u8 = 0xA0;

/// Object identifiers, as DER writes them: `pkcs-7 data`.
const DATA: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x01];
/// `pkcs-7 signedData`: the safes under a signature instead of a MAC.
const SIGNED_DATA: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x02];
/// `pkcs-7 envelopedData`, `encryptedData`, and the bags with keys: `keyBag`, `pkcs8ShroudedKeyBag`, `secretBag`.
const SECRETIVE: [&[u8]; 5] = [
    &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x03],
    &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x06],
    &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x0C, 0x0A, 0x01, 0x01],
    &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x0C, 0x0A, 0x01, 0x02],
    &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x0C, 0x0A, 0x01, 0x05],
];

impl Check for Pkcs12 {
    fn name(&self) -> &'static str {
        "pkcs12"
    }

    fn doc(&self) -> &'static str {
        "a PKCS #12 container in DER that holds more than certificates: \
         https://www.rfc-editor.org/rfc/rfc7292#section-4"
    }

    fn test(&self, secret: &[u8]) -> Verdict {
        let is_container = safes(secret).is_some_and(|content| is_whole(secret) || begins_safes(content));
        let holds_keys = SECRETIVE.iter().any(|object| memmem::find(secret, object).is_some());
        if is_container && holds_keys { Verdict::Passed } else { Verdict::Failed }
    }

    fn extent(&self, candidate: &[u8]) -> Option<usize> {
        der::extent(candidate)
    }
}

/// What stands in `[0]` of the first `ContentInfo`, be it cut off.
fn safes(pfx: &[u8]) -> Option<&[u8]> {
    let content = enter(pfx, SEQUENCE)?;
    let (INTEGER, [3], rest) = der::value(content)? else { return None };
    let info = enter(rest, SEQUENCE)?;
    let (OBJECT, kind, rest) = der::value(info)? else { return None };
    let is_known = [DATA, SIGNED_DATA].contains(&kind);
    is_known.then(|| enter(rest, CONTENT)).flatten()
}

/// The content of the first value, which may be cut off.
fn enter(der: &[u8], tag: u8) -> Option<&[u8]> {
    let (_, content) = der::length(der.strip_prefix(&[tag])?)?;
    Some(content)
}

/// Whether the container is all there: version, safes, and nothing or a MAC after them.
fn is_whole(pfx: &[u8]) -> bool {
    let members = der::members(pfx).unwrap_or_default();
    matches!(members[..], [(INTEGER, _), (SEQUENCE, _)] | [(INTEGER, _), (SEQUENCE, _), (SEQUENCE, _)])
}

/// Whether content that is cut off begins as safes do: a sequence of content, in octets, or signed.
fn begins_safes(content: &[u8]) -> bool {
    let is_cut = der::value(content).is_none();
    let inner = enter(content, OCTETS).or_else(|| enter(content, SEQUENCE));
    is_cut && inner.is_some_and(|inner| matches!(inner, [SEQUENCE | INTEGER, ..]))
}

#[cfg(test)]
mod tests {
    use super::{super::der::samples::value, *};

    fn container(version: u8, kind: &[u8], safe: &[u8]) -> Vec<u8> {
        let content = value(CONTENT, &value(OCTETS, &value(SEQUENCE, safe)));
        let info = value(SEQUENCE, &[value(OBJECT, kind), content].concat());
        let mac = value(SEQUENCE, &[7; 49]);
        value(SEQUENCE, &[value(INTEGER, &[version]), info, mac].concat())
    }

    fn encrypted() -> Vec<u8> {
        let content = value(CONTENT, &(0..500usize).map(|at| (at * 31) as u8).collect::<Vec<u8>>());
        value(SEQUENCE, &[value(OBJECT, SECRETIVE[1]), content].concat())
    }

    #[test]
    fn containers_pass_and_end_where_they_say() {
        let whole = container(3, DATA, &encrypted());
        assert_eq!(Pkcs12.test(&whole), Verdict::Passed);
        assert_eq!(Pkcs12.extent(&[&whole[..], b"more"].concat()), Some(whole.len()));
        assert_eq!(Pkcs12.test(&whole[..300]), Verdict::Passed, "cut off");
    }

    #[test]
    fn other_versions_kinds_lengths_and_trusted_certificates_fail() {
        let certificates = value(SEQUENCE, &[1; 400]);
        let mut altered = container(3, DATA, &encrypted());
        altered[10] ^= 0x40;
        for wrong in [
            container(2, DATA, &encrypted()),
            container(3, &DATA[1..], &encrypted()),
            container(3, DATA, &certificates),
            altered,
            Vec::new(),
        ] {
            assert_eq!(Pkcs12.test(&wrong), Verdict::Failed);
        }
    }
}
