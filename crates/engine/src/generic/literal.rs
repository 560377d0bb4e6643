//! Where a value begins and ends.

use stanch_model::Span;

use super::reader::Reader;

/// Shortest and longest value that is considered, in bytes.
const LEN_MIN: usize = 4;
const LEN_MAX: usize = 256;

/// How a value is delimited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i16)]
pub(super) enum Quote {
    /// By what follows it.
    Bare,
    /// `'`
    Single,
    /// `"`
    Double,
    /// `` ` ``
    Back,
    /// A quote within a quoted text: `\"`, `&quot;`, `""`.
    Nested,
    /// `"""`
    Triple,
}

/// A value and how it is written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Literal {
    pub(super) span: Span,
    pub(super) quote: Quote,
    /// Letters before the opening quote: `b"…"`, `@"…"`.
    pub(super) prefixed: bool,
}

/// Texts that open a value, and close it again; longer ones before those that they begin with.
const QUOTES: &[(&[u8], Quote)] = &[
    (b"\"\"\"", Quote::Triple),
    (b"'''", Quote::Triple),
    (b"\\\\\\\"", Quote::Nested),
    (b"\\\"", Quote::Nested),
    (b"\\'", Quote::Nested),
    (b"\\u0022", Quote::Nested),
    (b"&quot;", Quote::Nested),
    (b"&#34;", Quote::Nested),
    (b"&apos;", Quote::Nested),
    (b"&#39;", Quote::Nested),
    (b"``", Quote::Back),
    (b"`", Quote::Back),
    (b"\"", Quote::Double),
    (b"'", Quote::Single),
];

/// What a value without quotes is part of, which decides where it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Setting {
    /// Anything: brackets and separators end it.
    Code,
    /// A line `NAME=value`: white space ends it.
    Line,
    /// The query of a URL: `&` ends it too.
    Query,
}

/// Reads the value that begins here.
pub(super) fn literal(reader: &Reader<'_>, setting: Setting) -> Option<Literal> {
    let mut inner = *reader;
    let prefix = inner.rest().iter().take(2).take_while(|byte| b"brfuLRBUF@$#".contains(byte)).count();
    let prefixed = prefix > 0 && matches!(inner.peek_at(prefix), Some(b'"' | b'\'' | b'`'));
    inner.skip(if prefixed { prefix } else { 0 });
    let opening = QUOTES.iter().find(|(open, _)| inner.is_next(open));
    let (len, quote) = if let Some((open, quote)) = opening {
        inner.skip(open.len());
        if let Some((start, len)) = within_object(inner.rest(), open) {
            inner.skip(start);
            (len, Quote::Nested)
        } else {
            (quoted_len(inner.rest(), open, *quote)?, *quote)
        }
    } else {
        (bare_len(inner.rest(), setting), Quote::Bare)
    };
    let span = Span::new(inner.at(), inner.at() + len);
    (LEN_MIN..=LEN_MAX).contains(&len).then_some(Literal { span, quote, prefixed })
}

/// Where in the JSON object of a quoted text its longest string value stands: offset and length.
fn within_object(text: &[u8], outer: &[u8]) -> Option<(usize, usize)> {
    let text = &text[..text.len().min(LEN_MAX)];
    let quote: &[u8] = match outer {
        b"\"" => b"\\\"",
        b"\\\"" => b"\\\\\\\"",
        b"'" | b"`" => b"\"",
        _ => return None,
    };
    let inner = text.strip_prefix(b"{")?.trim_ascii_start();
    if !inner.starts_with(quote) {
        return None;
    }
    let quotes: Vec<usize> = memchr::memmem::find_iter(text, quote).collect();
    let value = |four: &[usize]| (four[2] + quote.len(), four[3] - four[2] - quote.len());
    quotes.chunks_exact(4).map(value).max_by_key(|(_, len)| *len)
}

/// How far it is to the closing quote.
fn quoted_len(text: &[u8], close: &[u8], quote: Quote) -> Option<usize> {
    let text = &text[..text.len().min(LEN_MAX + close.len())];
    let mut at = 0;
    while at < text.len() {
        if text[at] == close[0] && text[at..].starts_with(close) {
            return Some(at);
        }
        match text[at] {
            b'\n' if quote != Quote::Triple => return None,
            b'\\' if !matches!(quote, Quote::Nested) => at += 2,
            _ => at += 1,
        }
    }
    None
}

/// How far a value without quotes goes.
fn bare_len(text: &[u8], setting: Setting) -> usize {
    let text = &text[..text.len().min(LEN_MAX + 1)];
    (0..text.len()).find(|at| ends(text, *at, setting)).unwrap_or(text.len())
}

/// Whether a value without quotes ends before the byte at `at`.
fn ends(text: &[u8], at: usize, setting: Setting) -> bool {
    let follows = |entity: &[u8]| text[at..].starts_with(entity);
    match text[at] {
        byte if byte <= b' ' => true,
        b'"' | b'\'' | b'`' | b'<' | b'>' => true,
        b'\\' => matches!(text.get(at + 1), Some(b'n' | b'r' | b't' | b'"' | b'\'' | b'\\' | b'\n')),
        b'&' => setting == Setting::Query || [&b"&lt;"[..], b"&quot;", b"&amp;"].into_iter().any(follows),
        b',' | b';' | b')' | b']' | b'}' | b'|' => setting != Setting::Line,
        b'(' | b'[' | b'{' => setting != Setting::Line && at > 0,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, setting: Setting) -> Option<(&str, Quote)> {
        let found = literal(&Reader::new(text.as_bytes(), 0, text.len()), setting)?;
        Some((&text[found.span.range()], found.quote))
    }

    #[test]
    fn values_end_where_their_writing_says() {
        assert_eq!(read("\"ab'c\\\"d\";", Setting::Code), Some(("ab'c\\\"d", Quote::Double)));
        assert_eq!(read("@\"abcd\"", Setting::Code), Some(("abcd", Quote::Double)));
        assert_eq!(read("\\\"abcd\\\"", Setting::Code), Some(("abcd", Quote::Nested)));
        assert_eq!(read("'abc", Setting::Code), None);
        assert_eq!(read("'abcd\n'", Setting::Code), None);
        assert_eq!(read("abcd, e", Setting::Code), Some(("abcd", Quote::Bare)));
        assert_eq!(read("ab(cd){e} f", Setting::Line), Some(("ab(cd){e}", Quote::Bare)));
        assert_eq!(read("abcd&e=f", Setting::Query), Some(("abcd", Quote::Bare)));
        assert_eq!(read("abcd&e", Setting::Code), Some(("abcd&e", Quote::Bare)));
        assert_eq!(read("abc", Setting::Code), None);
        let object = r#""{\"ab\":\"cd\", \"ef\": \"ghijkl\"}";"#;
        assert_eq!(read(object, Setting::Code), Some(("ghijkl", Quote::Nested)));
        assert_eq!(read("'{\"ab\": 1}'", Setting::Code), Some(("{\"ab\": 1}", Quote::Single)));
    }
}
