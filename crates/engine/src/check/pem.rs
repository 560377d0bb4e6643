//! Private keys in text form.

use data_encoding::BASE64_NOPAD;
use memchr::memmem;
use stanch_model::Fact;

use super::{
    Check, Verdict,
    der::{self, PrivateKey},
    openssh, published,
};

/// The body is base64 of a private key: a DER SEQUENCE that begins with a version or an algorithm, the magic of an
/// OpenSSH or SSH2 key, or a PGP secret-key packet. It passes where the whole structure is there, and fails where the key
/// is one that documentation or a test suite publishes. Sources: RFC 7468 (the text form), RFC 1421 section 4.6 (headers
/// of encrypted keys), RFC 9580 sections 4.2 and 6.2 (PGP); those of the binary forms stand in [`der`] and [`openssh`].
pub(super) struct PrivateKeyBlock;

impl Check for PrivateKeyBlock {
    fn name(&self) -> &'static str {
        "private-key-block"
    }

    fn doc(&self) -> &'static str {
        "the body is base64 of a DER, OpenSSH or PGP private key that no documentation publishes: \
         https://www.rfc-editor.org/rfc/rfc7468#section-10"
    }

    fn test(&self, secret: &[u8]) -> Verdict {
        let block = Block::of(secret);
        let body = Body::read(block.body);
        if body.characters < BODY_CHARACTERS_MIN {
            return Verdict::Failed;
        }
        if block.is_encrypted || body.bytes.starts_with(SSH2_MAGIC) {
            return Verdict::Unknown;
        }
        if block.is_pgp {
            return pgp(&body.bytes);
        }
        match Key::read(&body.bytes) {
            Key::Plain(material) if published::is_key(material) => Verdict::Failed,
            Key::Plain(_) | Key::Encrypted => Verdict::Passed,
            Key::Partial => Verdict::Unknown,
            Key::Other => Verdict::Failed,
        }
    }

    fn facts(&self, secret: &[u8]) -> Vec<Fact> {
        let block = Block::of(secret);
        let is_encrypted = block.is_encrypted || Key::read(&Body::read(block.body).bytes) == Key::Encrypted;
        if is_encrypted { vec![Fact::Encrypted] } else { Vec::new() }
    }
}

/// The smallest private key there is, an Ed25519 key in PKCS #8, has 64 characters; a cut-off one has some less.
const BODY_CHARACTERS_MIN: usize = 40;

const SSH2_MAGIC: &[u8] = &[0x3F, 0x6F, 0xF9, 0xEB];

/// What the bytes of a body are.
#[derive(Debug, PartialEq, Eq)]
enum Key<'b> {
    /// A whole key, by what tells it from all others.
    Plain(&'b [u8]),
    /// A whole key under a passphrase.
    Encrypted,
    /// They begin as a key does, and are cut off or altered.
    Partial,
    /// No private key.
    Other,
}

impl<'b> Key<'b> {
    fn read(bytes: &'b [u8]) -> Self {
        if bytes.starts_with(openssh::MAGIC) {
            return match openssh::private_key(bytes) {
                Some(key) if key.is_encrypted => Self::Encrypted,
                Some(key) => Self::Plain(key.public),
                None => Self::Partial,
            };
        }
        match der::private_key(bytes) {
            Some(PrivateKey::Plain(material)) => Self::Plain(material),
            Some(PrivateKey::Encrypted) => Self::Encrypted,
            None if begins_like_der(bytes) => Self::Partial,
            None => Self::Other,
        }
    }
}

/// A SEQUENCE whose first member is the version 0 or 1, or the SEQUENCE that names the cipher of an encrypted key.
fn begins_like_der(bytes: &[u8]) -> bool {
    let content = bytes.strip_prefix(&[0x30]).and_then(der::length).map(|(_, content)| content);
    matches!(content, Some([0x02, 0x01, 0 | 1, ..] | [0x30, _, 0x06 | 0x30, ..]))
}

/// The parts of a text block.
struct Block<'b> {
    body: &'b [u8],
    is_pgp: bool,
    /// Encrypted by the text form itself, so that the body is noise.
    is_encrypted: bool,
}

impl<'b> Block<'b> {
    fn of(text: &'b [u8]) -> Self {
        let opening = memmem::find(text, b"-BEGIN ").map_or(&b""[..], |at| &text[at + 7..]);
        let label_end = memchr::memchr(b'-', opening);
        let (label, rest) = label_end.map_or((&b""[..], text), |at| opening.split_at(at));
        let body = &rest[rest.iter().take_while(|&&byte| byte == b'-').count()..];
        let close = memmem::find(body, b"-END");
        let body = skip_comment(&body[..close.unwrap_or(body.len())]);
        Self {
            body: skip_headers(body),
            is_pgp: label.starts_with(b"PGP"),
            is_encrypted: memmem::find(body, b"DEK-Info:").is_some(),
        }
    }
}

/// A comment on the line that opens a block is none of its body.
fn skip_comment(body: &[u8]) -> &[u8] {
    let text = body.trim_ascii_start();
    let is_comment = body.starts_with(b" ") || body.starts_with(b"\t");
    let signs: [&[u8]; 6] = [b"#", b"//", b";", b"--", b"<!--", b"/*"];
    if !is_comment || !signs.iter().any(|sign| text.starts_with(sign)) {
        return body;
    }
    memchr::memchr(b'\n', text).map_or(body, |end| &text[end..])
}

/// Headers are `Name: value` lines; base64 has no colon, so all up to the end of the last such line is skipped.
fn skip_headers(body: &[u8]) -> &[u8] {
    let Some(colon) = memmem::rfind(body, b": ") else { return body };
    let value = &body[colon..];
    let line_end = value.iter().position(|&byte| byte == b'\n' || byte == b'\\').unwrap_or(value.len());
    &value[line_end..]
}

/// What a body holds.
struct Body {
    characters: usize,
    bytes: Vec<u8>,
}

/// Characters of the longest body that is read: a key of 16,384 bits has less.
const BODY_CHARACTERS_MAX: usize = 16 << 10;

impl Body {
    /// Reads base64 through whatever a block is wrapped in: line ends, plain or escaped, quotes, indentation, comment
    /// signs; it ends at the first other byte, at padding or at the checksum of PGP.
    fn read(text: &[u8]) -> Self {
        let mut digits = Vec::new();
        let mut rest = text;
        while let Some((&byte, after)) = rest.split_first().filter(|_| digits.len() < BODY_CHARACTERS_MAX) {
            rest = after;
            match byte {
                b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'/' | b'+' if !is_joint(byte, after) => {
                    digits.push(byte);
                }
                b'\\' if after.first().is_some_and(|next| b"nrt\\\"'/\n\r".contains(next)) => {
                    let is_slash = after[0] == b'/';
                    rest = if is_slash { after } else { &after[1..] };
                }
                byte if byte.is_ascii_whitespace() || b"\"'`+,;.#*>|&()".contains(&byte) => {}
                _ => break,
            }
        }
        let (quads, last) = digits.split_at(digits.len() / 4 * 4);
        let decode = |digits: &[u8]| BASE64_NOPAD.decode(digits).unwrap_or_default();
        Self { characters: digits.len(), bytes: [decode(quads), decode(last)].concat() }
    }
}

/// Whether a plus joins two string literals rather than being a digit of base64.
fn is_joint(byte: u8, after: &[u8]) -> bool {
    byte == b'+' && after.first().is_none_or(|next| next.is_ascii_whitespace() || *next == b'"')
}

/// A packet of a secret key begins with tag 5, in the old or the new form.
fn pgp(bytes: &[u8]) -> Verdict {
    match bytes.first() {
        Some(0x94..=0x97 | 0xC5) => Verdict::Unknown,
        _ => Verdict::Failed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::der::samples;
    use data_encoding::{BASE64, HEXLOWER};

    /// A block of the given label around `der`, lines joined by `line_end`.
    fn block(label: &str, der: &[u8], line_end: &str) -> Vec<u8> {
        let body = BASE64.encode(der);
        let lines: Vec<&str> =
            body.as_bytes().chunks(64).map(|line| str::from_utf8(line).expect("ascii")).collect();
        let dashes = "-----";
        let body = lines.join(line_end);
        format!("{dashes}BEGIN {label}{dashes}{line_end}{body}{line_end}{dashes}END {label}{dashes}")
            .into_bytes()
    }

    /// A SEQUENCE that begins with `first` and goes on with noise.
    fn der_of(first: &[u8], len: usize) -> Vec<u8> {
        let noise = (0..len - first.len()).map(|at| (at * 37) as u8);
        samples::value(0x30, &first.iter().copied().chain(noise).collect::<Vec<u8>>())
    }

    #[test]
    fn whole_keys_pass() {
        let keys = [
            ("RSA PRIVATE KEY", samples::rsa()),
            ("DSA PRIVATE KEY", samples::dsa()),
            ("EC PRIVATE KEY", samples::ec()),
            ("PRIVATE KEY", samples::ed25519()),
            ("PRIVATE KEY", samples::pkcs8(&samples::rsa())),
            ("ENCRYPTED PRIVATE KEY", samples::encrypted()),
            ("OPENSSH PRIVATE KEY", openssh::sample(b"none")),
            ("OPENSSH PRIVATE KEY", openssh::sample(b"aes256-ctr")),
        ];
        for line_end in ["\n", "\r\n", "\\n", "\\r\\n", "\\n\" +\n    \"", "\\n\",\n\"", "\n  # "] {
            for (label, bytes) in &keys {
                let text = block(label, bytes, line_end);
                assert_eq!(PrivateKeyBlock.test(&text), Verdict::Passed, "{label} {line_end:?}");
            }
        }
    }

    #[test]
    fn encrypted_keys_say_so() {
        for (label, bytes, facts) in [
            ("ENCRYPTED PRIVATE KEY", samples::encrypted(), vec![Fact::Encrypted]),
            ("OPENSSH PRIVATE KEY", openssh::sample(b"aes256-ctr"), vec![Fact::Encrypted]),
            ("OPENSSH PRIVATE KEY", openssh::sample(b"none"), vec![]),
            ("RSA PRIVATE KEY", samples::rsa(), vec![]),
        ] {
            assert_eq!(PrivateKeyBlock.facts(&block(label, &bytes, "\n")), facts, "{label}");
        }
    }

    #[test]
    fn published_keys_fail() {
        let seed = ["d4ee72dbf913584ad5b6d8f1f769f8ad", "3afe7c28cbf1d4fbe097a88f44755842"].concat();
        let seed = HEXLOWER.decode(seed.as_bytes()).expect("hexadecimal");
        let published = samples::pkcs8(&samples::value(0x04, &seed));
        assert_eq!(PrivateKeyBlock.test(&block("PRIVATE KEY", &published, "\n")), Verdict::Failed);
    }

    #[test]
    fn cut_encrypted_and_opaque_keys_stay_possible() {
        let whole = block("RSA PRIVATE KEY", &der_of(&[0x02, 0x01, 0x00], 600), "\n");
        let mut encrypted = block("RSA PRIVATE KEY", &[0xA5; 300], "\n");
        let first_line = encrypted.iter().position(|&byte| byte == b'\n').expect("a line end") + 1;
        encrypted.splice(first_line..first_line, *b"Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00FF\n\n");
        let pgp = block("PGP PRIVATE KEY BLOCK", &[&[0x95][..], &[3; 200]].concat(), "\n");
        let body_only = BASE64.encode(&der_of(&[0x02, 0x01, 0x01], 300)).into_bytes();
        let cut = block("RSA PRIVATE KEY", &samples::rsa(), "\n")[..900].to_vec();
        let mut altered = openssh::sample(b"none");
        altered.truncate(150);
        let altered = block("OPENSSH PRIVATE KEY", &altered, "\n");
        for text in [whole, cut, altered, encrypted, pgp, body_only] {
            assert_eq!(PrivateKeyBlock.test(&text), Verdict::Unknown, "{}", text.escape_ascii());
        }
    }

    #[test]
    fn stand_ins_certificates_and_noise_fail() {
        let dashes = "-----";
        let around = |body: &str| {
            format!("{dashes}BEGIN PRIVATE KEY{dashes}\n{body}\n{dashes}END PRIVATE KEY{dashes}")
        };
        let texts = [
            around("...").into_bytes(),
            around("<your key here>").into_bytes(),
            around(&"x".repeat(64)).into_bytes(),
            around("").into_bytes(),
            block("RSA PRIVATE KEY", &[0xA5; 300], "\n"),
            block("CERTIFICATE", &der_of(&[0x30, 0x82, 0x01], 600), "\n"),
            block("PGP PRIVATE KEY BLOCK", &[0x99; 200], "\n"),
            Vec::new(),
        ];
        for text in texts {
            assert_eq!(PrivateKeyBlock.test(&text), Verdict::Failed, "{}", text.escape_ascii());
        }
    }
}
