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
        let names_itself = SLOT_NAMES.iter().any(|name| password.eq_ignore_ascii_case(name));
        if password.is_empty() || names_itself || is_template(password) || is_placeholder(password) {
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
    b"p4ssw0rd",
    b"secret",
    b"token",
    b"key",
    b"apikey",
    b"api_key",
    b"api-key",
    b"user",
    b"username",
    b"credentials",
    b"mypassword",
    b"my-password",
    b"my_password",
    b"x-oauth-basic",
    b"userpass",
    b"user-password",
    b"user_password",
    b"db_password",
    b"dbpassword",
    b"yourpassword",
];

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
        for text in [&b"q8Zk2LmP"[..], b"Summer2024!", b"postgres", b"db://ann:letmein@host"] {
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
        ];
        for text in texts {
            assert_eq!(UrlUserinfo.test(text), Verdict::Failed, "{}", text.escape_ascii());
        }
    }
}
