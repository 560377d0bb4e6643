//! What is done to a drawn text, or asked of it, so that it suits its place.

use std::fmt::Write;

use anyhow::{Result, bail};
use data_encoding::{BASE64, BASE64URL_NOPAD};

/// A change of a text, or a condition on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Filter {
    Upper,
    Lower,
    /// First letter upper case.
    Title,
    Snake,
    Kebab,
    Constant,
    Camel,
    Pascal,
    Dotted,
    /// Words run together.
    Joined,
    /// Letters as digits: `p4ssw0rd`.
    Leet,
    Base64,
    /// Without padding, as in a JSON Web Token.
    Base64Url,
    /// Percent-encoded where a URL needs it.
    Percent,
    /// Only what stands without quotes in a shell, `.env` or YAML file.
    Bare,
    /// Only what an XML text or attribute may hold.
    Xml,
    /// Only letters of ASCII.
    Ascii,
}

const FILTERS: &[(&str, Filter)] = &[
    ("upper", Filter::Upper),
    ("lower", Filter::Lower),
    ("title", Filter::Title),
    ("snake", Filter::Snake),
    ("kebab", Filter::Kebab),
    ("constant", Filter::Constant),
    ("camel", Filter::Camel),
    ("pascal", Filter::Pascal),
    ("dotted", Filter::Dotted),
    ("joined", Filter::Joined),
    ("leet", Filter::Leet),
    ("base64", Filter::Base64),
    ("base64url", Filter::Base64Url),
    ("percent", Filter::Percent),
    ("bare", Filter::Bare),
    ("xml", Filter::Xml),
    ("ascii", Filter::Ascii),
];

impl Filter {
    /// The filter of that name.
    ///
    /// # Errors
    /// There is none.
    pub(super) fn parse(name: &str) -> Result<Self> {
        match FILTERS.iter().find(|(known, _)| *known == name) {
            Some((_, filter)) => Ok(*filter),
            None => bail!("no filter {name}"),
        }
    }

    /// The text as it may stand there; none if another one must be drawn.
    pub(super) fn apply(self, text: &str) -> Option<String> {
        Some(match self {
            Self::Upper => text.to_uppercase(),
            Self::Lower => text.to_lowercase(),
            Self::Title => title(text),
            Self::Snake => words(text).join("_"),
            Self::Kebab => words(text).join("-"),
            Self::Constant => words(text).join("_").to_uppercase(),
            Self::Dotted => words(text).join("."),
            Self::Joined => words(text).concat(),
            Self::Pascal => words(text).iter().map(|word| title(word)).collect(),
            Self::Camel => {
                let pascal = Self::Pascal.apply(text)?;
                let mut letters = pascal.chars();
                letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
            }
            Self::Leet => text.chars().map(leet).collect(),
            Self::Base64 => BASE64.encode(text.as_bytes()),
            Self::Base64Url => BASE64URL_NOPAD.encode(text.as_bytes()),
            Self::Percent => percent(text),
            Self::Bare => return is_bare(text).then(|| text.to_owned()),
            Self::Xml => return (!text.contains(['<', '>', '&', '"'])).then(|| text.to_owned()),
            Self::Ascii => return text.is_ascii().then(|| text.to_owned()),
        })
    }
}

/// The words of a name in any convention, lower case.
fn words(text: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut after_lower = false;
    for letter in text.chars() {
        if !letter.is_alphanumeric() || (letter.is_uppercase() && after_lower) {
            words.push(String::new());
        }
        if letter.is_alphanumeric() {
            words.last_mut().into_iter().for_each(|word| word.extend(letter.to_lowercase()));
        }
        after_lower = letter.is_lowercase();
    }
    words.retain(|word| !word.is_empty());
    words
}

fn title(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

fn leet(letter: char) -> char {
    match letter {
        'a' => '4',
        'e' => '3',
        'i' => '1',
        'o' => '0',
        's' => '$',
        't' => '7',
        other => other,
    }
}

fn percent(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~!*".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

fn is_bare(text: &str) -> bool {
    let special = |letter: char| letter.is_whitespace() || "\"'`$\\#;&|<>(){}[],%".contains(letter);
    !text.contains(special) && !text.starts_with(['!', '*', '@', '-', '?', ':', '=', '~', '^'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_written_in_every_convention() {
        let written = |filter: Filter| filter.apply("smtp pass word").expect("always suits");
        assert_eq!(written(Filter::Snake), "smtp_pass_word");
        assert_eq!(written(Filter::Constant), "SMTP_PASS_WORD");
        assert_eq!(written(Filter::Camel), "smtpPassWord");
        assert_eq!(written(Filter::Pascal), "SmtpPassWord");
        assert_eq!(written(Filter::Kebab), "smtp-pass-word");
        assert_eq!(written(Filter::Dotted), "smtp.pass.word");
        assert_eq!(Filter::Kebab.apply("smtpPassWord").as_deref(), Some("smtp-pass-word"));
    }

    #[test]
    fn what_does_not_suit_is_refused() {
        assert_eq!(Filter::Bare.apply("two words"), None);
        assert_eq!(Filter::Xml.apply("a<b"), None);
        assert_eq!(Filter::Percent.apply("a@b").as_deref(), Some("a%40b"));
    }
}
