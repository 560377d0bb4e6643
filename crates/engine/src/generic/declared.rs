//! Names that are declared before their value: a block under the name says what it is, and somewhere in it what it is by
//! default.

use super::reader::Reader;

/// Most lines of a block that are looked at.
const LINES_MAX: usize = 8;

/// Properties that hold a value. Sources: JSON Schema's `default`, `OpenAPI`'s `example`, Terraform's `default`.
const PROPERTIES: &[&[u8]] = &[b"default", b"example", b"x-example", b"defaultValue", b"initial", b"const"];

/// Reads on to the value of a block that begins with the next line; `None`, and nothing is read, where there is none.
///
/// ```text
/// variable "db_password" {        password:
///   type    = string                type: string
///   default = "…"                   example: …
/// }
/// ```
pub(super) fn declared(reader: &mut Reader<'_>) -> Option<()> {
    let mut ahead = *reader;
    ahead.spaces(SPACE_MAX);
    if ahead.peek() == Some(b'{') {
        ahead.skip(1);
        ahead.spaces(SPACE_MAX);
    }
    let mut indent = 0;
    for line in 0..LINES_MAX {
        if !end_line(&mut ahead) {
            return None;
        }
        let spaces = ahead.spaces(SPACE_MAX);
        if line == 0 {
            indent = spaces;
        }
        if spaces == 0 || spaces < indent {
            return None;
        }
        if spaces == indent && property(&mut ahead) {
            *reader = ahead;
            return Some(());
        }
        let rest = ahead.rest();
        ahead.skip(memchr::memchr(b'\n', rest)?);
    }
    None
}

const SPACE_MAX: usize = 40;

fn end_line(reader: &mut Reader<'_>) -> bool {
    reader.skip(usize::from(reader.peek() == Some(b'\r')));
    let ends = reader.peek() == Some(b'\n');
    reader.skip(usize::from(ends));
    ends
}

/// Reads `default =` or `"example":` and the space behind it.
fn property(reader: &mut Reader<'_>) -> bool {
    let mut ahead = *reader;
    let quoted = matches!(ahead.peek(), Some(b'"' | b'\''));
    ahead.skip(usize::from(quoted));
    let Some(name) = PROPERTIES.iter().find(|name| ahead.is_next(name)) else { return false };
    ahead.skip(name.len() + usize::from(quoted));
    ahead.spaces(SPACE_MAX);
    if !matches!(ahead.peek(), Some(b'=' | b':')) {
        return false;
    }
    ahead.skip(1);
    ahead.spaces(SPACE_MAX);
    *reader = ahead;
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> Option<&str> {
        let mut reader = Reader::new(text.as_bytes(), 0, text.len());
        declared(&mut reader)?;
        text[reader.at()..].lines().next()
    }

    #[test]
    fn blocks_give_their_default() {
        assert_eq!(value(" {\n  type    = string\n  default = \"v\"\n}"), Some("\"v\""));
        assert_eq!(value("\r\n    type: string\r\n    example: v\r\n"), Some("v"));
        assert_eq!(value(" {\n  \"type\": \"string\",\n  \"default\": \"v\"\n"), Some("\"v\""));
    }

    #[test]
    fn other_blocks_give_none() {
        assert_eq!(value(" {\n  type = string\n}\ndefault = 1"), None);
        assert_eq!(value("\n  type: string\nother:\n  example: v"), None);
        assert_eq!(value("\n  items:\n    example: v\n"), None);
        assert_eq!(value(" = 1\n  default: v"), None);
    }
}
