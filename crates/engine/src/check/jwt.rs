//! JSON web tokens.

use std::time::Duration;

use data_encoding::BASE64URL_NOPAD;
use serde::Deserialize;
use serde_json::Value;
use stanch_model::Fact;

use super::{Check, Verdict, published};

/// The header decodes from base64url to a JSON object that names an `alg`, and something is signed or encrypted. It passes
/// where the claims are a JSON object too; what is signed may be anything. It fails where the signature is one that
/// documentation publishes, or there is none: whoever reads an unsigned token can write one. Sources: RFC 7515 sections
/// 3.1 and 4.1.1, RFC 7516 section 3.1, RFC 7519 sections 4.1, 6 and 7.2, RFC 7797 section 3.
pub(super) struct Jwt;

/// What a token's header must hold.
#[derive(Deserialize)]
struct Header {
    alg: String,
    enc: Option<String>,
    /// Whether what is signed is base64url.
    #[serde(default = "always")]
    b64: bool,
}

fn always() -> bool {
    true
}

impl Check for Jwt {
    fn name(&self) -> &'static str {
        "jwt"
    }

    fn doc(&self) -> &'static str {
        "the header decodes to JSON that names an algorithm, the signature is none that is published: \
         https://www.rfc-editor.org/rfc/rfc7519#section-7.2"
    }

    fn test(&self, secret: &[u8]) -> Verdict {
        let mut parts = secret.split(|&byte| byte == b'.');
        let (Some(header), Some(second), Some(third)) = (parts.next(), parts.next(), parts.next()) else {
            return Verdict::Failed;
        };
        let Some(header) = decode_object::<Header>(header) else { return Verdict::Failed };
        if header.enc.is_some() {
            // Key, vector, ciphertext and tag of an encrypted token; a key agreed upon directly leaves the key empty.
            let is_whole = !third.is_empty() && parts.count() == 2;
            return if is_whole { Verdict::Passed } else { Verdict::Failed };
        }
        let is_unsigned = third.is_empty() || header.alg.eq_ignore_ascii_case("none");
        let is_readable = !header.b64 || BASE64URL_NOPAD.decode(second).is_ok();
        if is_unsigned || !is_readable || published::is_signature(third) {
            Verdict::Failed
        } else if decode_object::<Claims>(second).is_some() {
            Verdict::Passed
        } else {
            Verdict::Unknown
        }
    }

    fn facts(&self, secret: &[u8]) -> Vec<Fact> {
        let Some(claims) = secret.split(|&byte| byte == b'.').nth(1).and_then(decode_object::<Claims>) else {
            return Vec::new();
        };
        let expiry = claims.exp.and_then(|exp| Duration::try_from_secs_f64(exp.as_f64()?).ok());
        let expiry = expiry.and_then(|since_1970| Fact::expiry(since_1970.as_secs()));
        let issuer = claims.iss.as_ref().and_then(|iss| iss.as_str()).and_then(Fact::issuer);
        expiry.into_iter().chain(issuer).collect()
    }
}

/// Any JSON object, with the claims that are told: whatever their types are, it is one.
#[derive(Deserialize)]
struct Claims {
    exp: Option<Value>,
    iss: Option<Value>,
}

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
            format!("{}.a.c2ln", BASE64URL_NOPAD.encode(header.as_bytes())).into_bytes(),
            token(header, "{}", &["dBjftJeZ4CVP-mB92K27u", "hbUJU1p1r_wW1gFWFOEjXk"].concat()),
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
    fn other_payloads_stay_possible() {
        let header = r#"{"alg":"HS256"}"#;
        for payload in ["not json", "[1]", r#"{"path":"\J"}"#] {
            assert_eq!(Jwt.test(&token(header, payload, "c2ln")), Verdict::Unknown, "{payload}");
        }
        let unencoded = BASE64URL_NOPAD.encode(br#"{"alg":"HS256","b64":false}"#);
        assert_eq!(Jwt.test(format!("{unencoded}.a.c2ln").as_bytes()), Verdict::Unknown);
    }

    #[test]
    fn expiry_and_issuer_are_told() {
        let facts = |claims| Jwt.facts(&token(r#"{"alg":"HS256"}"#, claims, "c2ln"));
        let [expiry, issuer] = [Fact::expiry(1_300_819_380), Fact::issuer("https://id.acme.io")];
        assert_eq!(
            facts(r#"{"exp":1300819380.5,"iss":"https://id.acme.io"}"#),
            [expiry, issuer].map(|fact| fact.expect("a fact"))
        );
        for claims in [r#"{"exp":"soon","iss":["a"]}"#, r#"{"exp":-5}"#, r#"{"exp":1e300}"#, "{}", "[1]"] {
            assert_eq!(facts(claims), [], "{claims}");
        }
        assert!(Jwt.facts(b"").is_empty());
    }

    #[test]
    fn a_corrupted_character_fails() {
        let mut text = token(r#"{"alg":"HS256"}"#, r#"{"sub":"1"}"#, "c2ln");
        text[1] = b'!';
        assert_eq!(Jwt.test(&text), Verdict::Failed);
    }
}
