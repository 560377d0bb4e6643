//! Logins of HTTP Basic authentication.

use data_encoding::BASE64;

use super::{Check, Verdict, url::UrlUserinfo};

/// The value decodes from base64 to `user:password` without control characters, and the password is more than a
/// stand-in. Source: RFC 7617 section 2.
pub(super) struct BasicLogin;

impl Check for BasicLogin {
    fn name(&self) -> &'static str {
        "basic-login"
    }

    fn doc(&self) -> &'static str {
        "the value decodes from base64 to user:password, no stand-in: \
         https://www.rfc-editor.org/rfc/rfc7617#section-2"
    }

    fn test(&self, secret: &[u8]) -> Verdict {
        let Ok(login) = BASE64.decode(secret) else { return Verdict::Failed };
        let Some(colon) = memchr::memchr(b':', &login) else { return Verdict::Failed };
        if login.iter().any(u8::is_ascii_control) {
            return Verdict::Failed;
        }
        UrlUserinfo.test(&login[colon + 1..])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn test(login: &[u8]) -> Verdict {
        BasicLogin.test(BASE64.encode(login).as_bytes())
    }

    #[test]
    fn logins_stay_possible() {
        for login in [&b"ann:q8Zk2LmP"[..], b"ann@acme.io:letmein", b":q8Zk2LmP", "ann:gr\u{fc}n7".as_bytes()]
        {
            assert_eq!(test(login), Verdict::Unknown, "{}", login.escape_ascii());
        }
    }

    #[test]
    fn stand_ins_and_other_bytes_fail() {
        for login in [&b""[..], b"q8Zk2LmP", b"user:password", b"ann:", b"ann:${PASS}", b"ann:q8\x01k2"] {
            assert_eq!(test(login), Verdict::Failed, "{}", login.escape_ascii());
        }
        assert_eq!(BasicLogin.test(b"not base64"), Verdict::Failed);
    }
}
