//! Logins of HTTP Basic authentication.

use data_encoding::BASE64;

use super::{Check, Verdict, url::UrlUserinfo};

/// The value decodes from base64 to `user:password` in UTF-8 without control characters, and the password is more than
/// a stand-in nor the example of the standard. Source: RFC 7617 sections 2 and 2.1.
pub(super) struct BasicLogin {
    name: &'static str,
    doc: &'static str,
    /// What is said of a value that does not decode so.
    otherwise: Verdict,
}

/// For values behind the word `Basic`, which prose holds too.
pub(super) const HEADER: BasicLogin = BasicLogin {
    name: "basic-login",
    doc: "the value decodes from base64 to user:password, no stand-in: https://www.rfc-editor.org/rfc/rfc7617#section-2",
    otherwise: Verdict::Failed,
};

/// For fields of files that hold nothing but logins: what does not decode may be a form of the tool that wrote it.
pub(super) const FIELD: BasicLogin = BasicLogin {
    name: "basic-login-field",
    doc: "the value, if it decodes from base64 to user:password, is no stand-in: \
          https://docs.docker.com/reference/cli/docker/login/#default-behavior",
    otherwise: Verdict::Unknown,
};

/// The logins that the standard shows.
const PUBLISHED: &[&[u8]] = &[b"Aladdin:open sesame", "test:123\u{a3}".as_bytes()];

impl Check for BasicLogin {
    fn name(&self) -> &'static str {
        self.name
    }

    fn doc(&self) -> &'static str {
        self.doc
    }

    fn test(&self, secret: &[u8]) -> Verdict {
        let login = BASE64.decode(secret).unwrap_or_default();
        match password(&login) {
            Some(_) if PUBLISHED.contains(&login.as_slice()) => Verdict::Failed,
            Some(password) => UrlUserinfo.test(password),
            None => self.otherwise,
        }
    }

    fn plain(&self, secret: &[u8]) -> Option<Vec<u8>> {
        let login = BASE64.decode(secret).ok()?;
        password(&login).map(<[u8]>::to_vec)
    }
}

/// The password of a login in text.
fn password(login: &[u8]) -> Option<&[u8]> {
    let is_text = str::from_utf8(login).is_ok() && !login.iter().any(u8::is_ascii_control);
    let colon = memchr::memchr(b':', login).filter(|_| is_text)?;
    Some(&login[colon + 1..])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn test(login: &[u8]) -> Verdict {
        HEADER.test(BASE64.encode(login).as_bytes())
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
        for login in [
            &b""[..],
            b"q8Zk2LmP",
            b"user:password",
            b"ann:",
            b"ann:${PASS}",
            b"ann:q8\x01k2",
            b"ann:q8\xFFk2",
        ] {
            assert_eq!(test(login), Verdict::Failed, "{}", login.escape_ascii());
        }
        assert_eq!(HEADER.test(b"not base64"), Verdict::Failed);
    }

    #[test]
    fn examples_of_the_standard_fail() {
        for login in PUBLISHED {
            assert_eq!(test(login), Verdict::Failed, "{}", login.escape_ascii());
        }
    }

    #[test]
    fn a_field_may_hold_another_form() {
        assert_eq!(FIELD.test(b"abcdefghijklmnop"), Verdict::Unknown);
        assert_eq!(FIELD.test(BASE64.encode(b"ann:q8Zk2LmP").as_bytes()), Verdict::Unknown);
        assert_eq!(FIELD.test(BASE64.encode(b"user:password").as_bytes()), Verdict::Failed);
    }
}
