//! Escapes: single characters of a text that are written by their number.

use stanch_model::{Encoding, Span};

use super::{
    digits::hex_value,
    way::{Segment, Way},
};

/// Longest escape: `&#x10FFFF;`.
const ESCAPE_MAX: usize = 10;

/// The kind of escape that `bytes` begin with, where it is one that nobody needs: of a letter or digit. Where it may be a
/// format of numbers or a byte, it takes two in a row of signs from `0` on. The sieve looks for no others.
pub(super) fn anchor(bytes: &[u8]) -> Option<Encoding> {
    let kind = kind_of(*bytes.first()?)?;
    let (first, len) = decode_one(bytes, kind)?;
    let needs_next = kind == Encoding::Percent || bytes.starts_with(b"\\x");
    let is_followed = || {
        let (next, _) = decode_one(&bytes[len..], kind)?;
        let are_signs = first.is_from_zero() && next.is_from_zero();
        Some(are_signs && (first.is_word() || next.is_word()))
    };
    let counts = if needs_next { is_followed()? } else { first.is_word() };
    counts.then_some(kind)
}

/// The text without a gap, quote or bracket that holds what stands at `at`, not before `floor` and no farther than `max`.
pub(super) fn token(bytes: &[u8], at: usize, floor: usize, max: usize) -> Span {
    let before = bytes[floor..at].iter().rev().take(max).take_while(|byte| is_inner(**byte)).count();
    let after = bytes[at..].iter().take(max).take_while(|byte| is_inner(**byte)).count();
    Span::new(at - before, at + after)
}

/// The kind of the first escape in a token that counts.
pub(super) fn kind(token: &[u8]) -> Option<Encoding> {
    (0..token.len()).find_map(|at| anchor(&token[at..]))
}

/// What a token stands for, and the way back.
pub(super) fn decode(token: &[u8], kind: Encoding) -> (Vec<u8>, Way) {
    let (mut text, mut way) = (Vec::with_capacity(token.len()), Way::new(token.len()));
    let mut at = 0;
    let mut is_literal = false;
    while at < token.len() {
        let Some((decoded, len)) = decode_one(&token[at..], kind) else {
            if !is_literal {
                way.push(Segment { text: text.len(), origin: at, unit: (1, 1) });
            }
            is_literal = true;
            text.push(token[at]);
            at += 1;
            continue;
        };
        is_literal = false;
        way.push(Segment { text: text.len(), origin: at, unit: (decoded.utf8().len(), len) });
        text.extend_from_slice(decoded.utf8());
        at += len;
    }
    (text, way)
}

fn is_inner(byte: u8) -> bool {
    byte > b' ' && byte != 0x7F && !matches!(byte, b'"' | b'\'' | b'`' | b'<' | b'>')
}

fn kind_of(first: u8) -> Option<Encoding> {
    match first {
        b'%' => Some(Encoding::Percent),
        b'\\' => Some(Encoding::Escape),
        b'&' => Some(Encoding::Entity),
        _ => None,
    }
}

/// What one escape stands for.
#[derive(Clone, Copy)]
struct Decoded {
    bytes: [u8; 4],
    len: usize,
}

impl Decoded {
    fn byte(byte: u8) -> Self {
        Self { bytes: [byte, 0, 0, 0], len: 1 }
    }

    fn character(number: u32) -> Self {
        let mut bytes = [0; 4];
        let len = char::from_u32(number).unwrap_or(char::REPLACEMENT_CHARACTER).encode_utf8(&mut bytes).len();
        Self { bytes, len }
    }

    fn utf8(&self) -> &[u8] {
        &self.bytes[..self.len]
    }

    fn is_word(&self) -> bool {
        matches!(self.utf8(), [byte] if byte.is_ascii_alphanumeric())
    }

    fn is_from_zero(&self) -> bool {
        matches!(self.utf8(), [b'0'..=0x7F])
    }
}

/// The escape that `bytes` begin with, and its length.
fn decode_one(bytes: &[u8], kind: Encoding) -> Option<(Decoded, usize)> {
    match (kind, bytes) {
        (Encoding::Percent, [b'%', digits @ ..]) => Some((Decoded::byte(number(digits, 2)? as u8), 3)),
        (Encoding::Escape, [b'\\', b'x', digits @ ..]) => Some((Decoded::byte(number(digits, 2)? as u8), 4)),
        (Encoding::Escape, [b'\\', b'u', digits @ ..]) => Some((Decoded::character(number(digits, 4)?), 6)),
        (Encoding::Escape, [b'\\', b'n', ..]) => Some((Decoded::byte(b'\n'), 2)),
        (Encoding::Escape, [b'\\', sign @ (b'\\' | b'/'), ..]) => Some((Decoded::byte(*sign), 2)),
        (Encoding::Entity, [b'&', b'#', ..]) => {
            let near = &bytes[..bytes.len().min(ESCAPE_MAX)];
            let end = near.iter().position(|byte| *byte == b';')?;
            let digits = str::from_utf8(&near[2..end]).ok()?;
            let hex = digits.strip_prefix(['x', 'X']);
            let number = hex.map_or_else(|| digits.parse(), |hex| u32::from_str_radix(hex, 16)).ok()?;
            Some((Decoded::character(number), end + 1))
        }
        (Encoding::Entity, [b'&', ..]) => named(bytes),
        _ => None,
    }
}

/// The named entities that stand in tokens of ASCII.
fn named(bytes: &[u8]) -> Option<(Decoded, usize)> {
    const NAMES: [(&[u8], u8); 5] =
        [(b"&amp;", b'&'), (b"&lt;", b'<'), (b"&gt;", b'>'), (b"&quot;", b'"'), (b"&apos;", b'\'')];
    let (name, byte) = NAMES.iter().find(|(name, _)| bytes.starts_with(name))?;
    Some((Decoded::byte(*byte), name.len()))
}

/// The number that the first `count` hexadecimal digits are.
fn number(digits: &[u8], count: usize) -> Option<u32> {
    let digits = digits.get(..count)?;
    let is_number = digits.iter().all(u8::is_ascii_hexdigit);
    is_number.then(|| digits.iter().fold(0, |number, digit| number << 4 | u32::from(hex_value(*digit))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(token: &str) -> Option<(Encoding, String)> {
        let kind = kind(token.as_bytes())?;
        let (text, way) = decode(token.as_bytes(), kind);
        assert_eq!(way.original(Span::new(0, text.len())), Span::new(0, token.len()));
        Some((kind, String::from_utf8_lossy(&text).into_owned()))
    }

    #[test]
    fn escaped_letters_are_read() {
        for (token, kind, text) in [
            ("x=%67%68p_q8", Encoding::Percent, "x=ghp_q8"),
            ("%41%6b", Encoding::Percent, "Ak"),
            ("\\u0067hp_q8", Encoding::Escape, "ghp_q8"),
            ("\\x67\\x68p\\n\\u00fc", Encoding::Escape, "ghp\n\u{fc}"),
            ("\\\\u0067hp", Encoding::Escape, "\\u0067hp"),
            ("&#103;hp&amp;&#x68;&#X69;", Encoding::Entity, "ghp&hi"),
        ] {
            assert_eq!(decoded(token), Some((kind, text.to_owned())), "{token}");
        }
    }

    #[test]
    fn what_everybody_escapes_is_left() {
        for token in [
            "a%20b%2Fc",
            "%4d",
            "%E4%BD%A0",
            "\\u003d",
            "\\x4",
            "\\x00\\x41",
            "&#39;&#34;",
            "&#;",
            "&#x;",
            "%6",
            "%zz%41",
        ] {
            assert_eq!(decoded(token), None, "{token}");
        }
    }

    #[test]
    fn a_place_leads_back_to_its_escapes() {
        let (text, way) = decode(b"a%67%68b", Encoding::Percent);
        assert_eq!(text, b"aghb");
        assert_eq!(way.original(Span::new(1, 2)), Span::new(1, 4));
        assert_eq!(way.original(Span::new(2, 4)), Span::new(4, 8));
    }
}
