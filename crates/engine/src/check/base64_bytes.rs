//! Keys whose bytes are written in base64.

use std::borrow::Cow;

use data_encoding::BASE64;

use super::{Check, Verdict};

/// The value is what an encoder writes for some number of bytes: padded, and the bits that no byte fills are zero. An
/// encoder never sets them, and what people make up does three times in four. It says nothing for a value. In a URL its
/// signs may be percent-encoded. Source: RFC 4648 sections 3.2 and 3.5, RFC 3986 section 2.1.
pub(super) struct Base64Bytes;

impl Check for Base64Bytes {
    fn name(&self) -> &'static str {
        "base64-bytes"
    }

    fn doc(&self) -> &'static str {
        "base64 as an encoder writes it: padded, and unused bits are zero: \
         https://www.rfc-editor.org/rfc/rfc4648#section-3.5"
    }

    fn test(&self, secret: &[u8]) -> Verdict {
        match BASE64.decode(&unescaped(secret)) {
            Ok(bytes) if !bytes.is_empty() => Verdict::Unknown,
            _ => Verdict::Failed,
        }
    }

    /// A digit whose last four bits are zero: fit before one or two signs of padding.
    fn complete(&self, body: &[u8]) -> Option<Vec<u8>> {
        let sum = body.iter().fold(0usize, |sum, &byte| sum + usize::from(byte));
        Some(vec![b"AQgw"[sum % 4]])
    }
}

/// The value with the three signs of base64 in place of their percent-encoding.
fn unescaped(value: &[u8]) -> Cow<'_, [u8]> {
    if !value.contains(&b'%') {
        return Cow::Borrowed(value);
    }
    let mut out = Vec::with_capacity(value.len());
    let mut rest = value;
    while let Some((&byte, after)) = rest.split_first() {
        let sign = match rest {
            [b'%', b'2', b'B' | b'b', ..] => Some(b'+'),
            [b'%', b'2', b'F' | b'f', ..] => Some(b'/'),
            [b'%', b'3', b'D' | b'd', ..] => Some(b'='),
            _ => None,
        };
        out.push(sign.unwrap_or(byte));
        rest = if sign.is_some() { &rest[3..] } else { after };
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expand;

    #[test]
    fn what_an_encoder_writes_stays_possible() {
        for len in [1usize, 16, 32, 33, 64] {
            let key: Vec<u8> = (0..len).map(|at| (at * 37 + 11) as u8).collect();
            assert_eq!(Base64Bytes.test(BASE64.encode(&key).as_bytes()), Verdict::Unknown);
        }
        for text in ["${base64:42}${checksum}=", "${base64:85}${checksum}==", "${base64:64}"] {
            let key = expand(text, 5, Some(&Base64Bytes)).expect("valid");
            assert_eq!(Base64Bytes.test(&key), Verdict::Unknown, "{text}");
        }
        assert_eq!(Base64Bytes.test(b"a%2Bb%2fcdefgA%3D%3d"), Verdict::Unknown);
    }

    #[test]
    fn set_bits_missing_padding_and_other_characters_fail() {
        for text in
            [&b""[..], b"abcdefgB==", b"abcdefgAB=", b"abcdefgA=", b"abcdefg", b"abcd_fgh", b"a%2", b"%%%%"]
        {
            assert_eq!(Base64Bytes.test(text), Verdict::Failed, "{}", text.escape_ascii());
        }
    }
}
