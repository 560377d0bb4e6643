//! What stands between a name and its value.

use super::{declared::declared, first::ByFirst, reader::Reader};

/// How a value is given to a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i16)]
pub(super) enum Joint {
    /// `name = value`, `name := value`.
    Assigned,
    /// `name: value`.
    Keyed,
    /// `'name' => value`.
    Mapped,
    /// `name: Type = value`.
    Typed,
    /// `name == value`.
    Compared,
    /// `name || value`: where nothing else is given.
    Fallback,
    /// `name(value)`.
    Called,
    /// `"name", value`.
    Argument,
    /// `<name>value</name>`.
    Element,
    /// `name="NAME" value="value"`, `"name": "NAME", "value": "value"`.
    Entry,
    /// `--name value`, `name value`.
    Spaced,
    /// A block under the name, with `default = value` in it.
    Declared,
    /// `the name of … is value`.
    Told,
    /// A rule's pattern holds both.
    Matched,
}

/// A joint, and what it was written with.
#[derive(Clone, Copy, Debug)]
pub(super) struct Joined {
    pub(super) joint: Joint,
    /// The byte that closes the name, if one does: a quote or a bracket.
    pub(super) closer: Option<u8>,
    /// Bytes of white space before the value.
    pub(super) space: u16,
    /// Whether a line ends between name and value.
    pub(super) breaks: bool,
    /// Whether a call stands around the value: `[]byte("value")`.
    pub(super) wrapped: bool,
}

/// Most bytes of white space between two parts.
const SPACE_MAX: usize = 40;
/// Most bytes of a type, or of a call's name.
const TYPE_MAX: usize = 40;

/// Operators and what they mean; longer ones before those that they begin with.
const OPERATORS: &[(&[u8], Joint)] = &[
    (b"===", Joint::Compared),
    (b"!==", Joint::Compared),
    (b"==", Joint::Compared),
    (b"!=", Joint::Compared),
    (b"=~", Joint::Compared),
    (b"=>", Joint::Mapped),
    (b"->", Joint::Mapped),
    (b":=", Joint::Assigned),
    (b"?=", Joint::Assigned),
    (b"+=", Joint::Assigned),
    (b"<-", Joint::Assigned),
    (b"||=", Joint::Assigned),
    (b"??=", Joint::Assigned),
    (b"=", Joint::Assigned),
    (b"||", Joint::Fallback),
    (b"??", Joint::Fallback),
    (b"?:", Joint::Fallback),
    (b"or ", Joint::Fallback),
    (b":", Joint::Keyed),
    (b"(", Joint::Called),
    (b",", Joint::Argument),
    (b">", Joint::Element),
];

/// [`OPERATORS`] by their first byte.
static BY_FIRST: ByFirst = {
    let mut first = ByFirst::new();
    let mut place = 0;
    while place < OPERATORS.len() {
        first = first.with(OPERATORS[place].0, place);
        place += 1;
    }
    first
};

/// Names under which an entry keeps its value.
const VALUE_NAMES: &[&[u8]] = &[b"value", b"defaultvalue", b"default", b"content", b"example", b"string"];

/// Reads from behind a name to its value.
pub(super) fn join(reader: &mut Reader<'_>) -> Option<Joined> {
    let closer = close(reader);
    member(reader, closer);
    let space = reader.spaces(SPACE_MAX);
    if closer.is_some() && reader.peek() == Some(b'{') && declared(reader).is_some() {
        return Some(Joined { joint: Joint::Declared, closer, space: 0, breaks: true, wrapped: false });
    }
    let joint = operator(reader, closer, space)?;
    if joint == Joint::Keyed && declared(reader).is_some() {
        return Some(Joined { joint: Joint::Declared, closer, space: 0, breaks: true, wrapped: false });
    }
    let joint = annotated(reader, joint);
    let joint = entry(reader, joint);
    let (space, breaks) = gap(reader, joint, space);
    let wrapped = wrapping(reader);
    Some(Joined { joint, closer, space: space as u16, breaks, wrapped })
}

/// What a quote is written as within markup.
const QUOTE_ENTITIES: &[&[u8]] = &[b"&quot;", b"&#34;", b"&#39;", b"&apos;", b"\\u0022"];

/// Quotes and brackets that close a name.
fn close(reader: &mut Reader<'_>) -> Option<u8> {
    let mut first = None;
    for _ in 0..CLOSERS_MAX {
        let Some(byte) = reader.peek() else { break };
        let may_be_entity = matches!(byte, b'&' | b'\\');
        let entity = QUOTE_ENTITIES.iter().filter(|_| may_be_entity).find(|entity| reader.is_next(entity));
        if let Some(entity) = entity {
            reader.skip(entity.len());
            first = first.or(Some(b'"'));
            continue;
        }
        let closes = matches!(byte, b'"' | b'\'' | b'`' | b']' | b')' | b'}' | b'*' | b'?' | b'!')
            || (byte == b'\\' && matches!(reader.peek_at(1), Some(b'"' | b'\'')));
        if byte == b'[' {
            // `password[16]`
            let len = reader.rest().iter().take(TYPE_MAX).position(|byte| *byte == b']')?;
            reader.skip(len + 1);
            continue;
        }
        if !closes
            || reader.is_next(b"?:")
            || reader.is_next(b"??")
            || reader.is_next(b"?=")
            || reader.is_next(b"!=")
        {
            break;
        }
        first = first.or(Some(byte).filter(|byte| *byte != b'\\'));
        reader.skip(1);
    }
    first
}

/// Most bytes that close a name.
const CLOSERS_MAX: usize = 4;

/// What one does with a field to put a value into it: `type`, `fill`, `sendKeys`, `setValue`.
const ENTERING: &[&[u8]] = &[b"type", b"fill", b"send", b"set", b"enter", b"input", b"press_seq"];

/// `.text` of a field that holds the value: `(password).Text = `, `["password"].typeText(`.
fn member(reader: &mut Reader<'_>, closer: Option<u8>) {
    if closer.is_none() || reader.peek() != Some(b'.') {
        return;
    }
    let is_name = |byte: &&u8| byte.is_ascii_alphanumeric() || **byte == b'_';
    let name = &reader.rest()[1..];
    let len = name.iter().take(TYPE_MAX).take_while(is_name).count();
    let enters =
        ENTERING.iter().any(|verb| name.len() >= verb.len() && name[..verb.len()].eq_ignore_ascii_case(verb));
    if closer == Some(b')') || (enters && name.get(len) == Some(&b'(')) {
        reader.skip(1 + len);
    }
}

fn operator(reader: &mut Reader<'_>, closer: Option<u8>, space: usize) -> Option<Joint> {
    let mut likely = BY_FIRST.places(reader.peek().unwrap_or_default()).map(|place| &OPERATORS[place]);
    let known = likely.find(|(text, _)| reader.is_next(text));
    if let Some((text, joint)) = known {
        if *joint == Joint::Argument
            && !matches!(closer, Some(b'"' | b'\'' | b'`'))
            && !reader.is_after_constant()
        {
            return None;
        }
        reader.skip(text.len());
        return Some(*joint);
    }
    if closer.is_some() && reader.peek() == Some(b'\n') {
        return None;
    }
    if is_value_name(reader) || is_next_entry(reader) {
        return Some(Joint::Entry);
    }
    if closer == Some(b'"') && attributes(reader) {
        return Some(Joint::Element);
    }
    if is_initialised(reader) {
        return Some(Joint::Called);
    }
    if space > 0 && closer.is_none() && told(reader) {
        return Some(Joint::Told);
    }
    let verb = [&b"is "[..], b"was ", b"to "].into_iter().find(|verb| reader.is_next(verb));
    reader.skip(verb.map_or(0, <[u8]>::len));
    (space > 0).then_some(Joint::Spaced)
}

/// Most bytes of attributes between a name and the end of its tag.
const ATTRIBUTES_MAX: usize = 60;

/// Reads the rest of a tag that begins an element's text: ` translatable="false">` behind `<string name="password"`.
fn attributes(reader: &mut Reader<'_>) -> bool {
    let part_of_one = |byte: &u8| {
        byte.is_ascii_alphanumeric() || matches!(byte, b' ' | b'=' | b'"' | b'-' | b'_' | b':' | b'.')
    };
    let begins = reader.peek().is_some_and(|byte| byte.is_ascii_alphabetic());
    let rest = reader.rest();
    let len = rest.iter().take(ATTRIBUTES_MAX).take_while(|byte| part_of_one(byte)).count();
    let is_tag = begins && rest.get(len) == Some(&b'>') && rest[..len].ends_with(b"\"");
    reader.skip(if is_tag { len + 1 } else { 0 });
    is_tag
}

/// Reads the brace of `std::string name{"value"}`.
fn is_initialised(reader: &mut Reader<'_>) -> bool {
    let opens = reader.is_next(b"{\"");
    reader.skip(usize::from(opens));
    opens
}

/// Most bytes of prose between a name and its value.
const PROSE_MAX: usize = 80;

/// Reads `for app on db.internal is ` behind `the password`.
fn told(reader: &mut Reader<'_>) -> bool {
    if ![&b"for "[..], b"of ", b"on "].into_iter().any(|word| reader.is_next(word)) {
        return false;
    }
    let line = reader.rest().split(|byte| *byte == b'\n').next().unwrap_or_default();
    let verb = memchr::memmem::find(&line[..line.len().min(PROSE_MAX)], b" is ");
    reader.skip(verb.map_or(0, |at| at + b" is ".len()));
    verb.is_some()
}

/// Whether one of [`VALUE_NAMES`] comes.
fn is_value_name(reader: &Reader<'_>) -> bool {
    let begins = reader.peek().is_some_and(|byte| b"vdces".contains(&byte.to_ascii_lowercase()));
    begins && VALUE_NAMES.iter().any(|name| reader.is_next_folded(name))
}

/// Whether `value:` stands on the next line, as in lists of environment variables.
fn is_next_entry(reader: &Reader<'_>) -> bool {
    let mut ahead = *reader;
    ahead.white(SPACE_MAX) > 0 && ahead.is_next_folded(b"value:")
}

/// `: Type =` is one joint.
fn annotated(reader: &mut Reader<'_>, joint: Joint) -> Joint {
    if !matches!(joint, Joint::Keyed | Joint::Spaced) {
        return joint;
    }
    let mut ahead = *reader;
    ahead.spaces(SPACE_MAX);
    let is_type = |byte: &u8| byte.is_ascii_alphanumeric() || b"_&?<>'[]. |*".contains(byte);
    let len = ahead.rest().iter().take(TYPE_MAX).take_while(|byte| is_type(byte)).count();
    if ahead.is_next(b"Digest ") {
        return joint;
    }
    let starts = ahead.peek().is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'&' || byte == b'*');
    ahead.skip(len);
    ahead.skip(usize::from(ahead.peek() == Some(b':')));
    if !starts || ahead.peek() != Some(b'=') || matches!(ahead.peek_at(1), Some(b'=' | b'>' | b'~')) {
        return joint;
    }
    ahead.skip(1);
    let mut value = ahead;
    value.spaces(SPACE_MAX);
    value.skip(usize::from(value.peek() == Some(b'b')));
    if !matches!(value.peek(), Some(b'"' | b'\'' | b'`')) {
        return joint;
    }
    *reader = ahead;
    Joint::Typed
}

/// `, "value": ` and ` value=` and `\n  value: ` after a name.
fn entry(reader: &mut Reader<'_>, joint: Joint) -> Joint {
    if !matches!(joint, Joint::Argument | Joint::Entry | Joint::Element | Joint::Called) {
        return joint;
    }
    let mut ahead = *reader;
    ahead.white(SPACE_MAX);
    if joint == Joint::Element {
        return element(reader, ahead);
    }
    let quote = ahead.peek().filter(|byte| matches!(byte, b'"' | b'\''));
    ahead.skip(usize::from(quote.is_some()));
    let Some(name) = VALUE_NAMES.iter().find(|name| ahead.is_next_folded(name)) else { return joint };
    ahead.skip(name.len());
    if let Some(quote) = quote {
        if ahead.peek() != Some(quote) {
            return joint;
        }
        ahead.skip(1);
    }
    ahead.spaces(SPACE_MAX);
    if !matches!(ahead.peek(), Some(b'=' | b':')) {
        return joint;
    }
    ahead.skip(1 + usize::from(ahead.peek_at(1) == Some(b'>')));
    *reader = ahead;
    Joint::Entry
}

/// `<key>password</key> <string>value`: the element beside the name's.
fn element<'b>(reader: &mut Reader<'b>, mut ahead: Reader<'b>) -> Joint {
    if ahead.peek() == Some(b'<') && ahead.peek_at(1) != Some(b'/') {
        let len = ahead.rest().iter().take(TYPE_MAX).position(|byte| *byte == b'>');
        if let Some(len) = len {
            ahead.skip(len + 1);
            *reader = ahead;
        }
    }
    Joint::Element
}

/// White space before the value. A value may stand on the next line where the joint says that one comes.
fn gap(reader: &mut Reader<'_>, joint: Joint, before: usize) -> (usize, bool) {
    let start = reader.at();
    if joint == Joint::Spaced {
        return (before, false);
    }
    let spaces = reader.spaces(SPACE_MAX);
    marked(reader, joint);
    if !reader.peek().is_some_and(|byte| byte == b'\n' || byte == b'\r') || joint == Joint::Element {
        return (spaces, false);
    }
    reader.white(SPACE_MAX);
    (reader.at() - start, true)
}

/// `password: <code>value</code>`: a tag around the value.
fn marked(reader: &mut Reader<'_>, joint: Joint) {
    let tag = [&b"<code>"[..], b"<b>", b"<strong>", b"<tt>", b"<kbd>", b"<em>"];
    let opened = tag.into_iter().find(|tag| joint == Joint::Keyed && reader.is_next(tag));
    reader.skip(opened.map_or(0, <[u8]>::len));
}

/// A call or list around the value: `[]byte(`, `Buffer.from(`, `[`.
fn wrapping(reader: &mut Reader<'_>) -> bool {
    let mut ahead = *reader;
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || b"_.:[]&*! ".contains(byte);
    let len = ahead.rest().iter().take(TYPE_MAX).take_while(|byte| is_name(byte)).count();
    ahead.skip(len);
    if matches!(ahead.peek(), Some(b'(' | b'[' | b'{')) {
        ahead.skip(1);
    } else if !reader.rest()[..len].contains(&b'[') {
        return false;
    }
    ahead.white(SPACE_MAX);
    let quoted = matches!(ahead.peek(), Some(b'"' | b'\'' | b'`'));
    if quoted {
        *reader = ahead;
    }
    quoted
}
