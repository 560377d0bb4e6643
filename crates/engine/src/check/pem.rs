//! Private keys in text form.

use data_encoding::BASE64_NOPAD;
use memchr::memmem;

use super::{Check, Verdict};

/// The body is base64 of a private key: a DER SEQUENCE that begins with a version or an algorithm, the magic of an
/// OpenSSH or SSH2 key, or an PGP secret-key packet. It passes where the length that the data states is the length
/// that is there. Sources: RFC 7468 (the text form), RFC 5208 and RFC 5958 (PKCS #8), RFC 8017 appendix A.1.2 (RSA),
/// RFC 5915 (EC), RFC 1421 section 4.6 (headers of encrypted keys), RFC 9580 sections 4.2 and 6.2 (PGP),
/// <https://github.com/openssh/openssh-portable/blob/master/PROTOCOL.key>.
pub(super) struct PrivateKeyBlock;

impl Check for PrivateKeyBlock {
    fn name(&self) -> &'static str {
        "private-key-block"
    }

    fn doc(&self) -> &'static str {
        "the body is base64 that begins as a DER, OpenSSH or PGP private key does: \
         https://www.rfc-editor.org/rfc/rfc7468#section-10"
    }

    fn test(&self, secret: &[u8]) -> Verdict {
        let block = Block::of(secret);
        let body = Body::read(block.body);
        if body.characters < BODY_CHARACTERS_MIN {
            return Verdict::Failed;
        }
        if body.head.starts_with(OPENSSH_MAGIC) {
            Verdict::Passed
        } else if block.is_encrypted || body.head.starts_with(SSH2_MAGIC) {
            Verdict::Unknown
        } else if block.is_pgp {
            pgp(&body.head)
        } else {
            der(&body, block.is_closed)
        }
    }
}

/// The smallest private key there is, an Ed25519 key in PKCS #8, has 64 characters; a cut-off one has some less.
const BODY_CHARACTERS_MIN: usize = 40;

const OPENSSH_MAGIC: &[u8] = b"openssh-key-v1\0";
const SSH2_MAGIC: &[u8] = &[0x3F, 0x6F, 0xF9, 0xEB];

/// The parts of a text block.
struct Block<'b> {
    body: &'b [u8],
    is_pgp: bool,
    /// Encrypted by the text form itself, so that the body is noise.
    is_encrypted: bool,
    is_closed: bool,
}

impl<'b> Block<'b> {
    fn of(text: &'b [u8]) -> Self {
        let opening = memmem::find(text, b"-BEGIN ").map_or(&b""[..], |at| &text[at + 7..]);
        let label_end = memchr::memchr(b'-', opening);
        let (label, rest) = label_end.map_or((&b""[..], text), |at| opening.split_at(at));
        let body = &rest[rest.iter().take_while(|&&byte| byte == b'-').count()..];
        let close = memmem::find(body, b"-END");
        let body = &body[..close.unwrap_or(body.len())];
        Self {
            body: skip_headers(body),
            is_pgp: label.starts_with(b"PGP"),
            is_encrypted: memmem::find(body, b"DEK-Info:").is_some(),
            is_closed: close.is_some(),
        }
    }
}

/// Headers are `Name: value` lines; base64 has no colon, so all up to the end of the last such line is skipped.
fn skip_headers(body: &[u8]) -> &[u8] {
    let Some(colon) = memmem::rfind(body, b": ") else { return body };
    let value = &body[colon..];
    let line_end = value.iter().position(|&byte| byte == b'\n' || byte == b'\\').unwrap_or(value.len());
    &value[line_end..]
}

/// What is needed of a body: how much there is, and how its data begins.
struct Body {
    characters: usize,
    head: Vec<u8>,
}

/// Characters decoded to know a key by: 48 bytes.
const HEAD_CHARACTERS: usize = 64;

impl Body {
    /// Reads base64 through whatever a block is wrapped in: line ends, plain or escaped, quotes, indentation, comment
    /// signs; it ends at the first other byte, at padding or at the checksum of PGP.
    fn read(text: &[u8]) -> Self {
        let mut head = Vec::with_capacity(HEAD_CHARACTERS);
        let mut characters = 0;
        let mut rest = text;
        while let Some((&byte, after)) = rest.split_first() {
            rest = after;
            match byte {
                b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'/' | b'+' if !is_joint(byte, after) => {
                    characters += 1;
                    if head.len() < HEAD_CHARACTERS {
                        head.push(byte);
                    }
                }
                b'\\' if after.first().is_some_and(|next| b"nrt\\\"'/\n\r".contains(next)) => {
                    let is_slash = after[0] == b'/';
                    rest = if is_slash { after } else { &after[1..] };
                }
                byte if byte.is_ascii_whitespace() || b"\"'`+,;.#*>|&()".contains(&byte) => {}
                _ => break,
            }
        }
        head.truncate(head.len() / 4 * 4);
        Self { characters, head: BASE64_NOPAD.decode(&head).unwrap_or_default() }
    }
}

/// Whether a plus joins two string literals rather than being a digit of base64.
fn is_joint(byte: u8, after: &[u8]) -> bool {
    byte == b'+' && after.first().is_none_or(|next| next.is_ascii_whitespace() || *next == b'"')
}

/// A packet of a secret key begins with tag 5, in the old or the new form.
fn pgp(head: &[u8]) -> Verdict {
    match head.first() {
        Some(0x94..=0x97 | 0xC5) => Verdict::Unknown,
        _ => Verdict::Failed,
    }
}

/// A SEQUENCE whose first member is the version 0 or 1, or the SEQUENCE that names the cipher of an encrypted key.
fn der(body: &Body, is_closed: bool) -> Verdict {
    let Some((content_len, content)) = sequence(&body.head) else { return Verdict::Failed };
    let begins_well = matches!(content, [0x02, 0x01, 0 | 1, ..])
        || matches!(content, [0x30, _, 0x06, ..])
        || matches!(content, [0x30, _, 0x30, ..]);
    if !begins_well {
        return Verdict::Failed;
    }
    let header_len = body.head.len() - content.len();
    let is_whole = body.characters * 3 / 4 == header_len + content_len;
    if is_whole && is_closed { Verdict::Passed } else { Verdict::Unknown }
}

/// Reads the header of a DER SEQUENCE: its length and what follows.
fn sequence(der: &[u8]) -> Option<(usize, &[u8])> {
    match der {
        [0x30, 0x81, a, rest @ ..] => Some((usize::from(*a), rest)),
        [0x30, 0x82, a, b, rest @ ..] => Some((usize::from(*a) << 8 | usize::from(*b), rest)),
        [0x30, len @ 0..=0x7F, rest @ ..] => Some((usize::from(*len), rest)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use data_encoding::BASE64;

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
        let mut der = vec![0x30, 0x82, (len >> 8) as u8, len as u8];
        der.extend(first);
        der.extend((0..len - first.len()).map(|at| (at * 37) as u8));
        der
    }

    #[test]
    fn whole_keys_pass() {
        let version = [0x02, 0x01, 0x00];
        for line_end in ["\n", "\r\n", "\\n", "\\r\\n", "\\n\" +\n    \"", "\\n\",\n\"", "\n  # "] {
            for (label, first) in
                [("RSA PRIVATE KEY", &version[..]), ("ENCRYPTED PRIVATE KEY", &[0x30, 0x5F, 0x06, 0x09])]
            {
                let text = block(label, &der_of(first, 600), line_end);
                assert_eq!(PrivateKeyBlock.test(&text), Verdict::Passed, "{label} {line_end:?}");
            }
        }
        let openssh = block("OPENSSH PRIVATE KEY", &[OPENSSH_MAGIC, &[7; 100]].concat(), "\n");
        assert_eq!(PrivateKeyBlock.test(&openssh), Verdict::Passed);
        let ed25519 = [&[0x30, 0x2E, 0x02, 0x01, 0x00, 0x30, 0x05][..], &[9; 41]].concat();
        assert_eq!(PrivateKeyBlock.test(&block("PRIVATE KEY", &ed25519, "\n")), Verdict::Passed);
    }

    #[test]
    fn cut_encrypted_and_opaque_keys_stay_possible() {
        let whole = block("RSA PRIVATE KEY", &der_of(&[0x02, 0x01, 0x00], 600), "\n");
        let mut encrypted = block("RSA PRIVATE KEY", &[0xA5; 300], "\n");
        let first_line = encrypted.iter().position(|&byte| byte == b'\n').expect("a line end") + 1;
        encrypted.splice(first_line..first_line, *b"Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00FF\n\n");
        let pgp = block("PGP PRIVATE KEY BLOCK", &[&[0x95][..], &[3; 200]].concat(), "\n");
        let body_only = BASE64.encode(&der_of(&[0x02, 0x01, 0x01], 300)).into_bytes();
        for text in [whole[..400].to_vec(), encrypted, pgp, body_only] {
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
