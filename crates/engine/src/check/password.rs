//! Passwords that people choose.

use super::{
    Check, Verdict,
    assignment::{is_constant, is_path, is_plain_url, is_reference},
    url,
};
use crate::value::is_template;

/// The value may be what a person types as a password, words too: no template, no name of the password, no path, no
/// URL, no hash, nothing that points elsewhere. Sources: crypt(5) for how hashes begin, RFC 3986 for URLs.
pub(super) struct Password;

impl Check for Password {
    fn name(&self) -> &'static str {
        "password"
    }

    fn doc(&self) -> &'static str {
        "the value is neither a template, the name of a password, a path, a URL nor a hash: \
         https://manpages.debian.org/bookworm/libcrypt-dev/crypt.5.en.html"
    }

    fn test(&self, secret: &[u8]) -> Verdict {
        let is_elsewhere = is_template(secret)
            || is_interpolated(secret)
            || is_plain_url(secret)
            || is_rooted(secret)
            || is_path(secret);
        let is_code = is_constant(secret) || (is_reference(secret) && !secret.iter().any(u8::is_ascii_digit));
        if is_elsewhere || is_code || is_hash(secret) || is_worded(secret) {
            Verdict::Failed
        } else {
            Verdict::Unknown
        }
    }
}

/// What strings of PHP fill in (`{$pass}`), or prose in brackets: `(hidden)`.
fn is_interpolated(value: &[u8]) -> bool {
    value.starts_with(b"{$") || (value.starts_with(b"(") && value.ends_with(b")"))
}

/// A path from the root: `/etc/pass`, `/api/v2/token`.
fn is_rooted(value: &[u8]) -> bool {
    value.strip_prefix(b"/").is_some_and(|rest| rest.contains(&b'/'))
}

/// How hashes begin, values that a vault encrypted, and names of resources.
const HASH_STARTS: &[&[u8]] = &[
    b"$1$",
    b"$2",
    b"$5$",
    b"$6$",
    b"$7$",
    b"$apr1$",
    b"$argon2",
    b"$y$",
    b"SCRAM-SHA-",
    b"{SHA",
    b"{SSHA",
    b"{bcrypt}",
    b"arn:",
    b"enc:",
    b"pbkdf2",
    b"scrypt:",
    b"vault:",
];

/// A hash as crypt(5), `MySQL` and `PostgreSQL` write it, or what a vault holds.
fn is_hash(value: &[u8]) -> bool {
    let is_mysql = |hex: &[u8]| hex.len() == MYSQL_HASH_LEN && hex.iter().all(u8::is_ascii_hexdigit);
    let is_postgres = |hex: &[u8]| hex.len() == MD5_LEN && hex.iter().all(u8::is_ascii_hexdigit);
    HASH_STARTS.iter().any(|start| value.starts_with(start))
        || value.strip_prefix(b"*").is_some_and(is_mysql)
        || value.strip_prefix(b"md5").is_some_and(is_postgres)
}

/// Hexadecimal digits of `mysql_native_password`, a SHA-1 behind a star.
const MYSQL_HASH_LEN: usize = 40;

/// Hexadecimal digits of what `PostgreSQL` keeps behind `md5`.
pub(crate) const MD5_LEN: usize = 32;

/// Words that say what stands there.
const NOUNS: &[&[u8]] = &[
    b"credential",
    b"credentials",
    b"key",
    b"pass",
    b"passphrase",
    b"pw",
    b"pwd",
    b"secret",
    b"string",
    b"token",
    b"user",
    b"username",
];

/// Words only, among them one for a password: `my-password`, `sudo_pass`, `mySecret`.
fn is_worded(value: &[u8]) -> bool {
    let is_only_words = value.iter().all(|byte| byte.is_ascii_alphabetic() || b"_-. ".contains(byte));
    let lower = value.to_ascii_lowercase();
    let holds_passw = memchr::memmem::find(&lower, b"passw").is_some();
    let is_same_word = |last: &u8, next: &u8| {
        last.is_ascii_alphabetic()
            && next.is_ascii_alphabetic()
            && !(last.is_ascii_lowercase() && next.is_ascii_uppercase())
    };
    let is_noun = |word: &[u8]| {
        let bare = [&b"my"[..], b"db"].iter().find_map(|prefix| word.strip_prefix(*prefix)).unwrap_or(word);
        NOUNS.iter().any(|noun| bare.eq_ignore_ascii_case(noun))
    };
    url::names_itself(value) || (is_only_words && (holds_passw || value.chunk_by(is_same_word).any(is_noun)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_choose_stays_possible() {
        let texts: &[&[u8]] = &[
            b"root",
            b"demo188",
            b"l33tsuperman",
            b"henrik.larsson15",
            b"bake-badru",
            b"password32",
            b"Ab12!/xy@",
            b"863914",
            b"monkey",
            b"topsecret",
            b"/q8Zk2LmP",
        ];
        for text in texts {
            assert_eq!(Password.test(text), Verdict::Unknown, "{}", text.escape_ascii());
        }
    }

    #[test]
    fn names_places_and_hashes_fail() {
        let texts: &[&[u8]] = &[
            b"password",
            b"$PASS",
            b"%PASS%",
            b"${PASS}",
            b"<password>",
            b"my-password",
            b"sudo_pass",
            b"mySecret",
            b"mypass",
            b"dbpass",
            b"myuser",
            b"{$pass}",
            b"(hidden)",
            b"test-service-key",
            b"op://prod/backup/password",
            b"ssm:/shop/prod/login",
            b"/api/v2/token",
            b"config.password",
            b"errors.coupon.invalid",
            b"getPassword()",
            b"$2b$12$abcdefgh",
            b"*0123456789ABCDEF0123456789ABCDEF01234567",
            b"vault:v2:ho2yDH3x",
            b"md50123456789abcdef0123456789abcdef",
            b"undefined",
        ];
        for text in texts {
            assert_eq!(Password.test(text), Verdict::Failed, "{}", text.escape_ascii());
        }
    }
}
