//! Runs of the digits of base64 and hexadecimal: where one begins, whether it may hold text, where it ends.

use stanch_model::{Encoding, Span};

use super::head::{self, Head};
use crate::sieve::blocks::RUN_MIN;

/// Digits that are decoded to see what a run holds.
const HEAD_BASE64: usize = 12;
const HEAD_HEX: usize = 16;

/// Lengths at which encoders break lines. Source: RFC 7468 (64), RFC 2045 (76); others are common options.
const LINES: [usize; 5] = [60, 64, 72, 76, 80];
const LINE_MAX: usize = 80;
/// White space before a line that goes on, at most.
const INDENT_MAX: usize = 32;

/// How far before the first digit and after the last one the extent of a run depends on bytes.
pub(super) const INFLUENCE: (usize, usize) = (LINE_MAX + 1 + 2 + INDENT_MAX + 1, 2 + INDENT_MAX + 2);

/// Whether `byte` is a digit of base64. The two signs of URLs are none: in what ASCII becomes they stand at the end of a
/// unit only, so that a run before one and a run after it are both of whole units, and but a `>`, `?` or `~` is lost.
pub(super) fn is_digit(byte: u8) -> bool {
    VALUES[usize::from(byte)] != FOREIGN
}

const FOREIGN: u8 = 0xFF;

/// The value of each digit.
const VALUES: [u8; 256] = {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut values = [FOREIGN; 256];
    let mut value = 0;
    while value < 64 {
        values[DIGITS[value] as usize] = value as u8;
        value += 1;
    }
    values
};

/// Where the run begins that has digits at `at`, if that is within `region` and the run may hold text, and what it seems to
/// be.
#[inline(never)]
pub(super) fn start(bytes: &[u8], region: Span, at: usize) -> Option<(usize, Encoding)> {
    let before = bytes.get(region.start..at)?.iter().rev().take_while(|byte| is_digit(**byte)).count();
    let start = at - before;
    let is_first = start.checked_sub(1).is_none_or(|last| !is_digit(bytes[last]));
    let digits = bytes.get(start..start + RUN_MIN)?;
    let begins = is_first && region.range().contains(&start);
    // Most runs are digests, which hold nothing; most words that fill a block are no longer than that.
    let encoding = if begins { encoding(digits) } else { None }?;
    let is_long = digits.iter().rev().all(|byte| is_digit(*byte));
    (is_long && !is_continued(bytes, start)).then_some((start, encoding))
}

/// What a run that begins with `digits` seems to be, if it seems to hold anything.
fn encoding(digits: &[u8]) -> Option<Encoding> {
    let hex = digits.first_chunk::<HEAD_HEX>()?;
    let mut buffer = [0; HEAD_HEX / 2];
    if hex.iter().all(u8::is_ascii_hexdigit) {
        unhex(hex, &mut buffer);
        if head::of(&buffer) != Head::Binary {
            return Some(Encoding::Hex);
        }
    }
    let mut buffer = [0; HEAD_BASE64 / 4 * 3];
    for (three, four) in buffer.chunks_exact_mut(3).zip(digits.chunks_exact(4)) {
        let bits = four.iter().fold(0, |bits: u32, digit| bits << 6 | u32::from(VALUES[usize::from(*digit)]));
        three.copy_from_slice(&bits.to_be_bytes()[1..]);
    }
    (head::of(&buffer) != Head::Binary).then_some(Encoding::Base64)
}

/// Where the run that begins at `start` ends, padding included; a run longer than `max` ends somewhere beyond that. None
/// for a part of a signed token, which has rules of its own.
pub(super) fn end(bytes: &[u8], start: usize, encoding: Encoding, max: usize) -> Option<usize> {
    let max = max.min(bytes.len());
    if encoding == Encoding::Hex {
        let digits = bytes[start..].iter().take(max + 2).take_while(|byte| byte.is_ascii_hexdigit()).count();
        return Some(start + digits / 2 * 2);
    }
    let mut end = start;
    loop {
        let room = (start + max + 1).saturating_sub(end);
        end += bytes[end..].iter().take(room).take_while(|byte| is_digit(**byte)).count();
        match next_line(bytes, end) {
            Some(next) if end - start <= max => end = next,
            _ => break,
        }
    }
    let rest = &bytes[end..];
    let is_token_part = matches!(rest, [b'.', next, ..] if is_digit(*next));
    let padding = rest.iter().take(2).take_while(|byte| **byte == b'=').count();
    (!is_token_part).then_some(end + padding)
}

/// Whether the line before ends in digits that go on at `start`.
fn is_continued(bytes: &[u8], start: usize) -> bool {
    let is_blank = |byte: &&u8| matches!(**byte, b' ' | b'\t');
    let indent = bytes[..start].iter().rev().take(INDENT_MAX).take_while(is_blank).count();
    let before = &bytes[..start - indent];
    let line = before.strip_suffix(b"\r\n").or_else(|| before.strip_suffix(b"\n"));
    line.is_some_and(|line| next_line(bytes, line.len()) == Some(start))
}

/// Where the digits go on that end a line at `end`; none where that is no full line of digits, or nothing follows.
fn next_line(bytes: &[u8], end: usize) -> Option<usize> {
    let rest = &bytes[end..];
    let broken = rest.strip_prefix(b"\r\n").or_else(|| rest.strip_prefix(b"\n"))?;
    let length = bytes[..end].iter().rev().take(LINE_MAX + 1).take_while(|byte| is_digit(**byte)).count();
    let indent = broken.iter().take(INDENT_MAX).take_while(|byte| matches!(**byte, b' ' | b'\t')).count();
    let goes_on = broken.get(indent).is_some_and(|byte| is_digit(*byte));
    (goes_on && LINES.contains(&length)).then(|| bytes.len() - broken.len() + indent)
}

/// Appends what digits of base64 stand for; what is none is passed over, and so is a last digit by itself.
pub(super) fn unbase64(digits: impl Iterator<Item = u8>, out: &mut Vec<u8>) {
    let (mut bits, mut count) = (0u32, 0);
    for value in digits.map(|digit| VALUES[usize::from(digit)]) {
        if value == FOREIGN {
            continue;
        }
        bits = bits << 6 | u32::from(value);
        count += 1;
        if count % 4 == 0 {
            out.extend_from_slice(&bits.to_be_bytes()[1..]);
        }
    }
    match count % 4 {
        2 => out.push((bits >> 4) as u8),
        3 => out.extend_from_slice(&((bits >> 2) as u16).to_be_bytes()),
        _ => {}
    }
}

/// Writes what pairs of hexadecimal digits stand for.
pub(super) fn unhex(digits: &[u8], out: &mut [u8]) {
    for (byte, pair) in out.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = hex_value(pair[0]) << 4 | hex_value(pair[1]);
    }
}

/// The value of a hexadecimal digit.
pub(super) fn hex_value(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        _ => ((digit | 0x20).wrapping_sub(b'a') + 10) & 15,
    }
}
