//! Values assigned to names such as `password`.

use super::{Check, Verdict};
use crate::value::is_template;

/// The value is data, not code or prose: no reference to something else (`os.environ["X"]`, `getPassword()`,
/// `DB_PASSWORD`), no plain words, no path, no URL without userinfo, no constant, no template. Source: the grammars of
/// expressions, for instance <https://docs.python.org/3/reference/expressions.html#primaries>, and RFC 3986.
pub(crate) struct AssignmentValue;

impl Check for AssignmentValue {
    fn name(&self) -> &'static str {
        "assignment-value"
    }

    fn doc(&self) -> &'static str {
        "the value is neither code, words, a path, a plain URL, a constant nor a template: \
         https://docs.python.org/3/reference/expressions.html#primaries"
    }

    fn test(&self, secret: &[u8]) -> Verdict {
        let value = unquoted(secret.trim_ascii());
        let is_no_secret = value.is_empty()
            || is_template(value)
            || is_constant(value)
            || is_plain_url(value)
            || is_path(value)
            || is_reference(value)
            || is_words(value)
            || value.starts_with(OUR_FINGERPRINT);
        if is_no_secret { Verdict::Failed } else { Verdict::Unknown }
    }
}

fn unquoted(value: &[u8]) -> &[u8] {
    match value {
        [open @ (b'"' | b'\'' | b'`'), inner @ .., close] if open == close => inner,
        _ => value,
    }
}

/// How a [`stanch_model::Fingerprint`] begins: reports of ours stand in repositories and logs too.
const OUR_FINGERPRINT: &[u8] = b"sf1:";

/// Values that languages name: not even a short secret.
const CONSTANTS: &[&[u8]] = &[
    b"true",
    b"false",
    b"null",
    b"none",
    b"nil",
    b"undefined",
    b"nan",
    b"void",
    b"yes",
    b"no",
    b"on",
    b"off",
    b"nullptr",
    b"empty",
];

pub(crate) fn is_constant(value: &[u8]) -> bool {
    CONSTANTS.iter().any(|name| value.eq_ignore_ascii_case(name))
}

/// A URL that carries no user and password.
pub(crate) fn is_plain_url(value: &[u8]) -> bool {
    let Some(at) = memchr::memmem::find(value, b"://") else { return false };
    let authority = value[at + 3..].split(|byte| b"/?#".contains(byte)).next().unwrap_or_default();
    value[..at].iter().all(|&byte| byte.is_ascii_alphanumeric() || b"+-.:".contains(&byte))
        && !authority.contains(&b'@')
}

/// A path: by how it begins, or because every part of it is made of words.
pub(crate) fn is_path(value: &[u8]) -> bool {
    const STARTS: &[&[u8]] = &[b"./", b"../", b"~/", b".\\", b"..\\", b"\\\\"];
    let is_drive = matches!(value, [letter, b':', b'\\' | b'/', ..] if letter.is_ascii_alphabetic());
    let is_separator = |byte: &u8| *byte == b'/' || *byte == b'\\';
    is_drive
        || STARTS.iter().any(|start| value.starts_with(start))
        || (value.iter().any(is_separator)
            && is_wordy(value)
            && value.split(is_separator).all(|part| part.is_empty() || is_wordy(part)))
}

/// A name with what code appends to names: `config.password`, `$this->key`, `getPassword()`, `os.environ["X"]`,
/// also cut off (`os.environ[`).
pub(crate) fn is_reference(value: &[u8]) -> bool {
    let value = value.strip_prefix(b"$").or_else(|| value.strip_prefix(b"&")).unwrap_or(value);
    let is_name_byte = |byte: &u8| byte.is_ascii_alphanumeric() || b"_.:->?".contains(byte);
    let name_len = value.iter().take_while(|byte| is_name_byte(byte)).count();
    let (name, suffix) = value.split_at(name_len);
    if !name.first().is_some_and(|&byte| byte.is_ascii_alphabetic() || byte == b'_') || !is_wordy(name) {
        return false;
    }
    match suffix.first() {
        None => [&b"."[..], b"::", b"->"].iter().any(|joint| memchr::memmem::find(name, joint).is_some()),
        Some(b'(' | b'[') => {
            let is_quoted = suffix.get(1).is_some_and(|byte| b"\"'".contains(byte));
            is_quoted || suffix.last().is_some_and(|byte| b"()[];,".contains(byte))
        }
        Some(_) => false,
    }
}

/// Words and nothing else, as people and code write them: `password`, `enter password`, `DB_PASSWORD`,
/// `user-password`, `userPassword`.
pub(crate) fn is_words(value: &[u8]) -> bool {
    value.iter().all(|&byte| byte.is_ascii_alphabetic() || b"_- ".contains(&byte)) && is_wordy(value)
}

/// Most consonants in a row that words hold; `ngths` of `lengths`.
const CONSONANTS_MAX: usize = 5;

/// Most runs of capitals that go on in small letters: `DBPassword` has one.
const ACRONYMS_MAX: usize = 1;

/// Whether it reads like names in code: words of some length, few digits, enough vowels. Random tokens hardly do.
fn is_wordy(name: &[u8]) -> bool {
    let shape = Shape::of(name);
    let is_short = shape.letters <= 12;
    shape.letters > 0
        && shape.digits * 3 <= shape.letters
        && shape.humps * 5 <= shape.letters + 2
        && shape.consonants_in_a_row <= CONSONANTS_MAX
        && shape.acronyms <= ACRONYMS_MAX
        && (is_short || shape.vowels * 9 >= shape.letters * 2)
}

/// What tells words from random letters.
#[derive(Default)]
struct Shape {
    letters: usize,
    digits: usize,
    vowels: usize,
    consonants_in_a_row: usize,
    /// Changes of case or kind within what separators leave whole: `getDbPassword2` has four parts.
    humps: usize,
    acronyms: usize,
}

impl Shape {
    fn of(name: &[u8]) -> Self {
        let mut shape = Self::default();
        let mut consonants = 0;
        for (at, &byte) in name.iter().enumerate() {
            let [before_last, last] = [2, 1].map(|back| at.checked_sub(back).map_or(0, |at| name[at]));
            let is_vowel = b"aeiouy".contains(&byte.to_ascii_lowercase());
            consonants = if byte.is_ascii_alphabetic() && !is_vowel { consonants + 1 } else { 0 };
            shape.consonants_in_a_row = shape.consonants_in_a_row.max(consonants);
            shape.letters += usize::from(byte.is_ascii_alphabetic());
            shape.digits += usize::from(byte.is_ascii_digit());
            shape.vowels += usize::from(is_vowel);
            let ends_acronym =
                [before_last, last].iter().all(u8::is_ascii_uppercase) && byte.is_ascii_lowercase();
            shape.acronyms += usize::from(ends_acronym);
            shape.humps += usize::from(ends_acronym || begins_hump(last, byte));
        }
        shape
    }
}

/// Whether a part begins at `byte`: a capital after a small letter, a digit after a letter, a letter after a digit.
fn begins_hump(last: u8, byte: u8) -> bool {
    match byte {
        b'A'..=b'Z' => last.is_ascii_lowercase() || last.is_ascii_digit(),
        b'a'..=b'z' => last.is_ascii_digit(),
        b'0'..=b'9' => last.is_ascii_alphabetic(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expand;

    #[test]
    fn what_is_not_data_fails() {
        let texts: &[&[u8]] = &[
            b"",
            b"\"\"",
            b"True",
            b"null",
            b"None",
            b"undefined",
            b"os.environ[\"DB_PASSWORD\"]",
            b"os.environ[",
            b"sf1:once-abcdefgh:ijklmnop",
            b"os.getenv('PW')",
            b"getPassword()",
            b"config.password",
            b"self.password",
            b"$this->password",
            b"settings.DB_PASSWORD",
            b"std::env::var(",
            b"process.env.API_KEY2",
            b"req.body.password",
            b"options?.token",
            b"params[:password]",
            b"ENV['TOKEN']",
            b"password",
            b"enter your password",
            b"DB_PASSWORD",
            b"user-password",
            b"userPassword",
            b"'secret'",
            b"/run/secrets/db_password",
            b"./keys/id.pem",
            b"~/.ssh/config",
            b"C:\\keys\\a.pem",
            b"config/certs/server-key.pem",
            b"https://host/login",
            b"jdbc:mysql://host:3306/db",
            b"${PASSWORD}",
            b"{{ password }}",
            b"$PASSWORD",
            b"<password>",
            b"%(password)s",
        ];
        for text in texts {
            assert_eq!(AssignmentValue.test(text), Verdict::Failed, "{}", text.escape_ascii());
        }
    }

    #[test]
    fn what_may_be_a_secret_stays_possible() {
        let texts: &[&[u8]] = &[
            b"Summer2024!",
            b"admin123",
            b"\"q8Zk2LmP0v\"",
            b"pg://ann:q8Zk2@host/db",
            b"hunter(2",
            b"p4ss/w0rd/9",
            b"047553",
            b"Tr0ub4dor.3",
            b"xkqjzvbnrt",
            b"abc:def1",
            b"a(b)c9-!",
        ];
        for text in texts {
            assert_eq!(AssignmentValue.test(text), Verdict::Unknown, "{}", text.escape_ascii());
        }
    }

    #[test]
    fn random_tokens_stay_possible() {
        for class in ["hex", "lowernum", "alnum", "base64", "base64url"] {
            let mut wrong = Vec::new();
            for seed in 0..20_000 {
                let token =
                    expand(&format!("${{{class}:{}}}", 20 + seed % 45), seed, None).expect("a known class");
                if AssignmentValue.test(&token) == Verdict::Failed {
                    wrong.push(String::from_utf8_lossy(&token).into_owned());
                }
            }
            assert!(wrong.len() <= 2, "{class}: {}: {wrong:#?}", wrong.len());
        }
    }
}
