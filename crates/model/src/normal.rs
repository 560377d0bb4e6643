//! One form for a secret, however it is written down: what fingerprints are computed over.

use std::str;

use data_encoding::{BASE64, BASE64_NOPAD, BASE64URL, BASE64URL_NOPAD, Encoding};
use zeroize::Zeroizing;

/// How often a form is undone. Base64 of JSON of a URL takes three rounds, but a secret may itself look written in many ways,
/// quote in quote, and then each way around it takes one more.
const ROUNDS_MAX: usize = 64;
/// How a block of a key or certificate begins (RFC 7468).
const ARMOR: &[u8] = b"-----BEGIN";

type Bytes = Zeroizing<Vec<u8>>;

/// The bytes that all ways to write one secret have in common.
///
/// White space and quotes around it, escapes of JSON and of most languages, percent-encoding (RFC 3986) and base64 of text
/// (RFC 4648, either alphabet) are undone, in any order, up to 64 times over. The indentation of lines and their ends do not
/// count, and in an armored block (RFC 7468) no white space at all. Whatever does not give text stays as it is: bytes that
/// are not text have one form.
pub fn normal_form(bytes: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut form: Bytes = Zeroizing::new(bytes.to_vec());
    for _ in 0..ROUNDS_MAX {
        let Some(simpler) = layout(&form).or_else(|| undo(&form)) else { break };
        form = simpler;
    }
    form
}

/// The text without what its place in a file gave it; none if there is nothing of that.
fn layout(form: &[u8]) -> Option<Bytes> {
    if !is_text(form) {
        return None;
    }
    let lines = form.split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii).filter(|line| !line.is_empty());
    let mut plain = Zeroizing::new(Vec::with_capacity(form.len()));
    let is_armored = form.trim_ascii_start().starts_with(ARMOR);
    for line in lines {
        if is_armored {
            plain.extend(line.iter().filter(|byte| !byte.is_ascii_whitespace()));
        } else {
            let separator: &[u8] = if plain.is_empty() { b"" } else { b"\n" };
            plain.extend_from_slice(separator);
            plain.extend_from_slice(line);
        }
    }
    (*plain != form && !plain.is_empty()).then_some(plain)
}

fn undo(form: &[u8]) -> Option<Bytes> {
    let ways = [unquote, unescape, unpercent, unbase64];
    ways.iter().find_map(|way| way(form).filter(|undone| !undone.is_empty() && is_text(undone)))
}

/// What stands within one pair of quotes.
fn unquote(form: &[u8]) -> Option<Bytes> {
    match form {
        [first @ (b'"' | b'\'' | b'`'), inner @ .., last] if first == last => {
            Some(Zeroizing::new(inner.to_vec()))
        }
        _ => None,
    }
}

/// Undoes escapes with a backslash, if every backslash begins one that JSON knows (RFC 8259), or `\'`.
fn unescape(form: &[u8]) -> Option<Bytes> {
    let mut plain = Zeroizing::new(Vec::with_capacity(form.len()));
    let mut rest = form;
    let mut escapes = 0;
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if byte != b'\\' {
            plain.push(byte);
            continue;
        }
        escapes += 1;
        let (&kind, after) = rest.split_first()?;
        rest = after;
        match kind {
            b'"' | b'\\' | b'/' | b'\'' => plain.push(kind),
            b'n' => plain.push(b'\n'),
            b'r' => plain.push(b'\r'),
            b't' => plain.push(b'\t'),
            b'u' => {
                let (digits, after) = rest.split_at_checked(4)?;
                let code = u32::from_str_radix(str::from_utf8(digits).ok()?, 16).ok()?;
                plain.extend_from_slice(char::from_u32(code)?.encode_utf8(&mut [0; 4]).as_bytes());
                rest = after;
            }
            _ => return None,
        }
    }
    (escapes > 0).then_some(plain)
}

/// Undoes percent-encoding, if every `%` begins it.
fn unpercent(form: &[u8]) -> Option<Bytes> {
    let mut plain = Zeroizing::new(Vec::with_capacity(form.len()));
    let mut rest = form;
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if byte == b'%' {
            let (digits, after) = rest.split_at_checked(2)?;
            plain.push(hex(digits[0])? << 4 | hex(digits[1])?);
            rest = after;
        } else {
            plain.push(byte);
        }
    }
    (plain.len() < form.len()).then_some(plain)
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).map(|value| value as u8)
}

/// Undoes base64 that is wrapped in lines or not, padded or not, in the plain or the URL alphabet.
fn unbase64(form: &[u8]) -> Option<Bytes> {
    const ALPHABETS: [&Encoding; 4] = [&BASE64, &BASE64_NOPAD, &BASE64URL, &BASE64URL_NOPAD];
    let joined: Bytes = Zeroizing::new(form.iter().copied().filter(|&byte| byte != b'\n').collect());
    ALPHABETS.iter().find_map(|alphabet| alphabet.decode(&joined).ok()).map(Zeroizing::new)
}

/// UTF-8 without control characters other than those of layout.
fn is_text(bytes: &[u8]) -> bool {
    let plain = |c: char| !c.is_control() || matches!(c, '\n' | '\r' | '\t');
    str::from_utf8(bytes).is_ok_and(|text| text.chars().all(plain))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn quoted(text: &str) -> String {
        let mut quoted = String::from("\"");
        for c in text.chars() {
            match c {
                '"' | '\\' => quoted.extend(['\\', c]),
                '\n' => quoted.push_str("\\n"),
                '\t' => quoted.push_str("\\t"),
                c if c.is_ascii() => quoted.push(c),
                c if (c as u32) < 0x1_0000 => quoted.extend(format!("\\u{:04x}", c as u32).chars()),
                c => quoted.push(c),
            }
        }
        quoted + "\""
    }

    fn percent(text: &str) -> String {
        let one = |byte: u8| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                char::from(byte).to_string()
            }
            other => format!("%{other:02X}"),
        };
        text.bytes().map(one).collect()
    }

    fn wrapped(text: &str) -> String {
        let lines: Vec<_> = text.as_bytes().chunks(64).map(|line| String::from_utf8_lossy(line)).collect();
        lines.join("\r\n")
    }

    fn assert_same(text: &str, written: &str) {
        let (plain, other) = (normal_form(text.as_bytes()), normal_form(written.as_bytes()));
        assert_eq!(String::from_utf8_lossy(&plain), String::from_utf8_lossy(&other), "{text:?} {written:?}");
    }

    /// What people and machines make of secrets: printable, maybe of several lines, maybe itself in some code.
    fn secrets() -> impl Strategy<Value = String> {
        prop_oneof![
            "[!-~]{1,60}",
            "[ -~é€]{1,40}",
            "[A-Za-z0-9+/=_-]{4,80}",
            "[!-~]{1,70}(\n[!-~]{1,70}){1,4}",
            "[%a-f0-9\\\\nu\"']{1,20}"
        ]
        .prop_filter("there is something", |text| !text.trim().is_empty())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn every_way_to_write_a_secret_has_one_form(text in secrets()) {
            assert_same(&text, &quoted(&text));
            assert_same(&text, &percent(&text));
            assert_same(&text, &BASE64.encode(text.as_bytes()));
            assert_same(&text, &BASE64_NOPAD.encode(text.as_bytes()));
            assert_same(&text, &BASE64URL_NOPAD.encode(text.as_bytes()));
            assert_same(&text, &wrapped(&BASE64.encode(text.as_bytes())));
        }

        #[test]
        fn ways_can_be_combined(text in secrets()) {
            assert_same(&text, &BASE64.encode(quoted(&text).as_bytes()));
            assert_same(&text, &quoted(&percent(&text)));
            assert_same(&text, &percent(&BASE64.encode(text.as_bytes())));
        }

        #[test]
        fn indentation_does_not_count(text in secrets(), indent in "[ \t]{0,8}") {
            assert_same(&text, &format!("{indent}{}\r\n", text.replace('\n', &format!("\r\n{indent}"))));
        }

        #[test]
        fn other_secrets_have_other_forms(a in "[a-z]{12}[A-Z]{3}[!#$&]", b in "[a-z]{12}[A-Z]{3}[!#$&]") {
            prop_assert_eq!(a == b, normal_form(a.as_bytes()) == normal_form(b.as_bytes()));
        }

        #[test]
        fn a_form_is_its_own(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
            let once = normal_form(&bytes);
            prop_assert_eq!(&normal_form(&once), &once);
        }
    }

    #[test]
    fn a_secret_that_looks_written_in_many_ways_takes_one_more() {
        for text in [r#"\n'\\n%5aa3"n"d\'"#, r#""'"'"'"'"'"'%41'"'"'"'"'"'""#] {
            assert_same(text, &BASE64.encode(quoted(text).as_bytes()));
        }
    }

    #[test]
    fn an_armored_block_is_one_however_it_is_laid_out() {
        let block = ["-----BEGIN ", "EXAMPLE-----\nAAECAwQF\nBgcICQoL\n-----END EXAMPLE-----\n"].concat();
        for written in [
            block.replace('\n', "\r\n"),
            block.replace('\n', "\n    "),
            block.replace('\n', "\\n"),
            block.replace('\n', " "),
            quoted(&block),
            BASE64.encode(block.as_bytes()),
        ] {
            assert_same(&block, &written);
        }
    }

    #[test]
    fn what_is_not_text_stays() {
        for bytes in [&b"\x00\x01\x02"[..], b"", b"   ", b"\"\"", b"\xff\xfe"] {
            assert_eq!(&normal_form(bytes)[..], bytes);
        }
    }
}
