//! JSON web tokens.

use data_encoding::BASE64URL_NOPAD;
use serde::Deserialize;

use super::{Check, Verdict};

/// Header and claims decode from base64url to JSON objects, the header names an `alg`, and something is signed or
/// encrypted. Sources: RFC 7515 sections 3.1 and 4.1.1, RFC 7516 section 3.1, RFC 7519 section 7.2.
pub(super) struct Jwt;

/// What a token's header must hold.
#[derive(Deserialize)]
struct Header {
    alg: String,
    enc: Option<String>,
}

impl Check for Jwt {
    fn name(&self) -> &'static str {
        "jwt"
    }

    fn doc(&self) -> &'static str {
        "header and claims decode from base64url to JSON objects, the header names an algorithm: \
         https://www.rfc-editor.org/rfc/rfc7519#section-7.2"
    }

    fn test(&self, secret: &[u8]) -> Verdict {
        let mut parts = secret.split(|&byte| byte == b'.');
        let (Some(header), Some(second), Some(third)) = (parts.next(), parts.next(), parts.next()) else {
            return Verdict::Failed;
        };
        let Some(header) = decode_object::<Header>(header) else { return Verdict::Failed };
        let is_token = if header.enc.is_some() {
            // Key, vector, ciphertext and tag of an encrypted token; a key agreed upon directly leaves the key empty.
            !third.is_empty() && parts.count() == 2
        } else {
            let is_signed = !third.is_empty() && !header.alg.eq_ignore_ascii_case("none");
            is_signed && decode_object::<Claims>(second).is_some()
        };
        if is_token { Verdict::Passed } else { Verdict::Failed }
    }
}

/// Any JSON object.
#[derive(Deserialize)]
struct Claims {}

fn decode_object<T: for<'de> Deserialize<'de>>(part: &[u8]) -> Option<T> {
    let json = BASE64URL_NOPAD.decode(part).ok()?;
    // A struct would also read from an array.
    let is_object = json.trim_ascii_start().starts_with(b"{");
    if is_object { serde_json::from_slice(&json).ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(header: &str, claims: &str, rest: &str) -> Vec<u8> {
        let encode = |json: &str| BASE64URL_NOPAD.encode(json.as_bytes());
        format!("{}.{}.{rest}", encode(header), encode(claims)).into_bytes()
    }

    #[test]
    fn signed_and_encrypted_tokens_pass() {
        let signed = token(r#"{"alg":"HS256","typ":"JWT"}"#, r#"{"sub":"1","aud":["a"]}"#, "c2ln");
        assert_eq!(Jwt.test(&signed), Verdict::Passed);
        let encrypted = token(r#"{"alg":"dir","enc":"A256GCM"}"#, "", "aXY.Y2lwaGVy.dGFn");
        assert_eq!(Jwt.test(&encrypted), Verdict::Passed);
    }

    #[test]
    fn unsigned_tokens_other_json_and_garbage_fail() {
        let header = r#"{"alg":"HS256"}"#;
        let texts = [
            token(r#"{"typ":"JWT"}"#, "{}", "c2ln"),
            token(r#"["HS256"]"#, "{}", "c2ln"),
            token(header, "not json", "c2ln"),
            token(header, "[1]", "c2ln"),
            token(header, "{}", ""),
            token(r#"{"alg":"none"}"#, "{}", "c2ln"),
            token(r#"{"alg":"dir","enc":"A256GCM"}"#, "", "aXY"),
            b"".to_vec(),
            b"....".to_vec(),
            b"eyJ\xff.x.y".to_vec(),
        ];
        for text in texts {
            assert_eq!(Jwt.test(&text), Verdict::Failed, "{}", text.escape_ascii());
        }
    }

    #[test]
    fn a_corrupted_character_fails() {
        let mut text = token(r#"{"alg":"HS256"}"#, r#"{"sub":"1"}"#, "c2ln");
        text[1] = b'!';
        assert_eq!(Jwt.test(&text), Verdict::Failed);
    }
}
