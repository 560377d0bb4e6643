//! Passwords in URLs.

use super::{Check, Verdict};
use crate::value::{is_placeholder, is_template};

/// The password between user and host is a value of its own, not a variable, a stand-in or the word for it. The secret
/// may be the URL, `user:password@`, or the password alone. Source: RFC 3986 section 3.2.1.
pub(super) struct UrlUserinfo;

impl Check for UrlUserinfo {
    fn name(&self) -> &'static str {
        "url-userinfo"
    }

    fn doc(&self) -> &'static str {
        "the password is not a variable, a stand-in or the word for it: \
         https://www.rfc-editor.org/rfc/rfc3986#section-3.2.1"
    }

    fn test(&self, secret: &[u8]) -> Verdict {
        let password = password(secret);
        if password.is_empty() || names_itself(password) || is_template(password) || is_placeholder(password)
        {
            Verdict::Failed
        } else {
            Verdict::Unknown
        }
    }
}

/// What people write where the password goes, to say that it goes there.
const SLOT_NAMES: &[&[u8]] = &[
    b"password",
    b"passwd",
    b"pass",
    b"pwd",
    b"pw",
    b"passphrase",
    b"secret",
    b"token",
    b"key",
    b"apikey",
    b"api_key",
    b"api-key",
    b"user",
    b"username",
    b"p4ssw0rd",
    b"credentials",
    b"x-oauth-basic",
];

/// What they put before it: `mypass`, `test_password_1`, `invalid-password`.
const QUALIFIERS: &[&[u8]] = &[
    b"bad", b"db", b"fake", b"invalid", b"my", b"new", b"proxy", b"random", b"some", b"test", b"the",
    b"wrong", b"your",
];

/// Whether it is a word for a password, alone or with what people put before it; a number may follow after a separator.
pub(super) fn names_itself(password: &[u8]) -> bool {
    let lower = password.to_ascii_lowercase();
    let is_numeral = |part: &[u8]| part.iter().all(u8::is_ascii_digit);
    let is_worded = |words: &[&[&[u8]]]| {
        let mut parts = lower.split(|&byte| b"_-.:".contains(&byte));
        let is_first_word = parts.next().is_some_and(|part| is_made_of(part, words));
        is_first_word && parts.all(|part| is_numeral(part) || is_made_of(part, words))
    };
    SLOT_NAMES.contains(&lower.as_slice())
        || (is_worded(&[SLOT_NAMES, QUALIFIERS]) && !is_worded(&[QUALIFIERS]))
}

/// Whether it is one or more of these words, without anything between them.
fn is_made_of(part: &[u8], words: &[&[&[u8]]]) -> bool {
    let mut ends_word = vec![false; part.len() + 1];
    ends_word[0] = true;
    for at in 0..part.len() {
        let rest = part.get(at..).filter(|_| ends_word[at]).unwrap_or_default();
        for word in words.iter().copied().flatten().filter(|word| rest.starts_with(word)) {
            ends_word[at + word.len()] = true;
        }
    }
    !part.is_empty() && ends_word[part.len()]
}

fn password(secret: &[u8]) -> &[u8] {
    let is_url = memchr::memmem::find(secret, b"://");
    let authority = is_url.map_or(secret, |at| &secret[at + 3..]);
    match memchr::memrchr(b'@', authority) {
        Some(at) if is_url.is_some() || at + 1 == authority.len() => {
            let userinfo = &authority[..at];
            memchr::memchr(b':', userinfo).map_or(&b""[..], |colon| &userinfo[colon + 1..])
        }
        _ if is_url.is_some() => b"",
        _ => secret,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_password_is_found_in_each_form() {
        for text in [&b"db://ann:q8Zk2LmP@host:1/x"[..], b"ann:q8Zk2LmP@", b"q8Zk2LmP"] {
            assert_eq!(password(text), b"q8Zk2LmP");
        }
        assert_eq!(password(b"db://ann@host"), b"");
        assert_eq!(password(b"db://host:80/"), b"");
        assert_eq!(password(b"p@s:wrd"), b"p@s:wrd");
    }

    #[test]
    fn passwords_stay_possible() {
        for text in [
            &b"q8Zk2LmP"[..],
            b"Summer2024!",
            b"postgres",
            b"testing1",
            b"password123",
            b"db://ann:letmein@host",
        ] {
            assert_eq!(UrlUserinfo.test(text), Verdict::Unknown, "{}", text.escape_ascii());
        }
    }

    #[test]
    fn variables_and_stand_ins_fail() {
        let texts: &[&[u8]] = &[
            b"",
            b"${PASS}",
            b"$PASS",
            b"%s",
            b"{password}",
            b"<password>",
            b"*****",
            b"xxxx",
            b"Password",
            b"pass",
            b"db://user:pass@host",
            b"user:password@",
            b"db://ann@host",
            b"changeme",
            b"{{ password }}",
            b"[password]",
            b"mypass",
            b"my:pass",
            b"my_password",
            b"testpwd",
            b"test_password_123",
            b"invalid-password",
            b"user-pass",
        ];
        for text in texts {
            assert_eq!(UrlUserinfo.test(text), Verdict::Failed, "{}", text.escape_ascii());
        }
    }
}
