//! The name that a candidate's value is given to, and the word in it by which it is found.

use stanch_model::Span;

use super::first::ByFirst;

/// Most bytes of a name that are looked at before and after its keyword.
pub(super) const NAME_BEFORE_MAX: usize = 48;
pub(super) const NAME_AFTER_MAX: usize = 32;
/// Longest keyword, in bytes.
pub(super) const KEYWORD_MAX: usize = 16;

/// A word that names of secrets hold. The rule of generic secrets is found by these: its pattern lists them too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Keyword {
    text: &'static [u8],
    /// Its place in the feature `keyword`: alike for words that mean the same.
    kind: u8,
    /// Whether it is one only where its word ends: `key` of `apiKey` and `APIKey`, not of `keyboard` or `KEYBOARD`.
    ends: bool,
}

const fn keyword(text: &'static [u8], kind: u8) -> Keyword {
    Keyword { text, kind, ends: false }
}

const fn ending(text: &'static [u8], kind: u8) -> Keyword {
    Keyword { text, kind, ends: true }
}

/// The last kind of what people type: passwords and passphrases.
pub(super) const PASSPHRASE: u8 = 1;
/// The kind of a nonce.
pub(super) const NONCE: u8 = 8;
/// The kind of what a rule's pattern found without a keyword.
pub(super) const MATCHED: u8 = 9;

const KEYWORDS: &[Keyword] = &[
    keyword(b"passphrase", 1),
    keyword(b"passcode", 1),
    keyword(b"passw", 0),
    ending(b"pass", 0),
    keyword(b"pwd", 0),
    keyword(b"pswd", 0),
    ending(b"psk", 0),
    ending(b"_pw", 0),
    ending(b"-pw", 0),
    ending(b" pw", 0),
    keyword(b"secret", 2),
    keyword(b"token", 3),
    ending(b"key", 4),
    ending(b"keys", 4),
    ending(b"auth", 5),
    keyword(b"authorization", 5),
    keyword(b"authentication", 5),
    ending(b"cred", 6),
    ending(b"creds", 6),
    keyword(b"credential", 6),
    ending(b"salt", 7),
    keyword(b"pepper", 7),
    ending(b"nonce", NONCE),
    keyword(b"identified by", 0),
];

/// [`KEYWORDS`] by their first byte.
static BY_FIRST: ByFirst = {
    let mut first = ByFirst::new();
    let mut place = 0;
    while place < KEYWORDS.len() {
        first = first.with(KEYWORDS[place].text, place);
        place += 1;
    }
    first
};

/// Words that end like a keyword, and have nothing to do with it.
const OTHER_WORDS: &[&[u8]] =
    &[b"bypass", b"compass", b"surpass", b"monkey", b"donkey", b"turkey", b"hockey"];

impl Keyword {
    /// The keyword that stands at `at`: what kind it is, and its bytes.
    pub(super) fn at(bytes: &[u8], at: usize) -> Option<(u8, Span)> {
        let text = bytes.get(at..)?;
        if is_camel_pw(text) {
            return Some((0, Span::new(at + 1, at + 3)));
        }
        let mut words = BY_FIRST.places(*text.first()?).map(|place| KEYWORDS[place]);
        let word = words.find(|word| word.begins(text))?;
        let keyword = Span::new(at, at + word.text.len());
        (!ends_other_word(bytes, keyword)).then_some((word.kind, keyword))
    }

    fn begins(self, text: &[u8]) -> bool {
        let Some((begin, rest)) = text.split_at_checked(self.text.len()) else { return false };
        begin.eq_ignore_ascii_case(self.text) && !(self.ends && goes_on(begin, rest))
    }
}

/// Whether a word goes on: in small letters, or in capitals as it began.
fn goes_on(begin: &[u8], rest: &[u8]) -> bool {
    let next = rest.first().copied().unwrap_or_default();
    let is_in_capitals = begin.last().is_some_and(u8::is_ascii_uppercase);
    next.is_ascii_lowercase() || (next.is_ascii_uppercase() && is_in_capitals && !begins_small(rest))
}

/// Whether a capital is followed by a small letter: it begins a word.
fn begins_small(text: &[u8]) -> bool {
    text.get(1).is_some_and(u8::is_ascii_lowercase)
}

/// Whether one of [`OTHER_WORDS`] ends with the keyword.
fn ends_other_word(bytes: &[u8], keyword: Span) -> bool {
    let ends = |word: &&[u8]| {
        let start = keyword.end.checked_sub(word.len());
        start.is_some_and(|start| bytes[start..keyword.end].eq_ignore_ascii_case(word))
    };
    let begins_within = keyword.start.checked_sub(1).is_some_and(|at| bytes[at].is_ascii_alphabetic());
    begins_within && OTHER_WORDS.iter().any(ends)
}

/// Whether the last letter of a word stands here, and `Pw` after it: `ldapPw`. The word in itself is too short to look for.
fn is_camel_pw(text: &[u8]) -> bool {
    text.get(1..3) == Some(b"Pw")
        && text[0].is_ascii_lowercase()
        && !text.get(3).is_some_and(u8::is_ascii_lowercase)
}

/// Whether a byte continues a name.
pub(super) fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-'
}

/// The bytes of the name around the keyword at `keyword`.
pub(super) fn name_around(bytes: &[u8], keyword: Span) -> Span {
    let before = bytes[..keyword.start].iter().rev().take(NAME_BEFORE_MAX);
    let after = bytes[keyword.end..].iter().take(NAME_AFTER_MAX);
    let joins = |byte: &&u8| is_name_byte(**byte) || matches!(**byte, b'.' | b'$' | b'@' | b':');
    let start = keyword.start - before.take_while(joins).count();
    let end = keyword.end + after.take_while(|byte| is_name_byte(**byte) || **byte == b'.').count();
    Span::new(start, end)
}

/// The words of a name: `dbPassword_2` is `db`, `Password`, `2`.
pub(super) fn words(name: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = name;
    std::iter::from_fn(move || {
        let start = rest.iter().position(u8::is_ascii_alphanumeric)?;
        rest = &rest[start..];
        let len = word_len(rest);
        let (word, left) = rest.split_at(len);
        rest = left;
        Some(word)
    })
}

/// How long the word is that begins here; there is one.
fn word_len(text: &[u8]) -> usize {
    let run = |is: fn(&u8) -> bool| text.iter().take_while(|byte| is(byte)).count();
    if text[0].is_ascii_digit() {
        return run(u8::is_ascii_digit);
    }
    let capitals = run(u8::is_ascii_uppercase);
    let small = text[capitals..].iter().take_while(|byte| byte.is_ascii_lowercase()).count();
    match (capitals, small) {
        (0 | 1, _) => capitals + small,
        (_, 0) => capitals,
        // The last capital of `DBPassword` begins the next word.
        _ => capitals - 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_fall_into_words() {
        let split = |name: &str| -> Vec<String> {
            words(name.as_bytes()).map(|word| String::from_utf8_lossy(word).into_owned()).collect()
        };
        assert_eq!(split("dbPassword_2"), ["db", "Password", "2"]);
        assert_eq!(split("$this->DBPassword"), ["this", "DB", "Password"]);
        assert_eq!(split("AWS_SECRET-KEY"), ["AWS", "SECRET", "KEY"]);
        assert_eq!(split("__"), [] as [&str; 0]);
    }
}
