//! Private values of JSON Web Keys.

use data_encoding::BASE64URL_NOPAD;

use super::{Check, Verdict, published};

/// The value is base64url as an encoder writes it, of as many bytes as a private value has: that of an elliptic or Edwards
/// curve, the exponent of an RSA key, or a key of 16 bytes or more that both sides share; and no RFC prints it.
/// Sources: RFC 7518 sections 6.2.2 (EC), 6.3.2 (RSA) and 6.4 (symmetric), RFC 8037 section 2 (OKP).
pub(super) struct JwkPrivateValue;

/// Smallest shared key that is worth something, in bytes: HS256 asks for twice as many, content encryption for these.
const BYTES_MIN: usize = 16;

impl Check for JwkPrivateValue {
    fn name(&self) -> &'static str {
        "jwk-private-value"
    }

    fn doc(&self) -> &'static str {
        "base64url of a private value that no RFC prints: https://www.rfc-editor.org/rfc/rfc7518#section-6"
    }

    fn test(&self, secret: &[u8]) -> Verdict {
        match BASE64URL_NOPAD.decode(secret) {
            Ok(bytes) if bytes.len() >= BYTES_MIN && !published::is_jwk_value(secret) => Verdict::Unknown,
            _ => Verdict::Failed,
        }
    }

    /// A digit whose last four bits are zero: the end of a number of bytes that is one more than a multiple of three.
    fn complete(&self, body: &[u8]) -> Option<Vec<u8>> {
        let sum = body.iter().fold(0usize, |sum, &byte| sum + usize::from(byte));
        Some(vec![b"AQgw"[sum % 4]])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encoded_values_say_nothing_and_others_fail() {
        for len in [16usize, 32, 48, 66, 256] {
            let bytes: Vec<u8> = (0..len).map(|at| (at * 37 + 11) as u8).collect();
            let value = BASE64URL_NOPAD.encode(&bytes);
            assert_eq!(JwkPrivateValue.test(value.as_bytes()), Verdict::Unknown);
            assert_eq!(JwkPrivateValue.test(format!("{value}=").as_bytes()), Verdict::Failed);
        }
        assert_eq!(JwkPrivateValue.test(BASE64URL_NOPAD.encode(&[7; 12]).as_bytes()), Verdict::Failed);
    }

    #[test]
    fn bits_that_no_byte_fills_must_be_zero() {
        let mut value = BASE64URL_NOPAD.encode(&[0xA7; 32]).into_bytes();
        assert_eq!(JwkPrivateValue.test(&value), Verdict::Unknown);
        *value.last_mut().expect("43 characters") = b'B';
        assert_eq!(JwkPrivateValue.test(&value), Verdict::Failed);
    }

    #[test]
    fn what_an_rfc_prints_fails() {
        // RFC 8037 appendix A.1, in parts.
        let value = ["nWGxne_9WmC6hEr0ku", "wsxERJxWl7MmkZcDusAxyuf2A"].concat();
        assert_eq!(JwkPrivateValue.test(value.as_bytes()), Verdict::Failed);
    }
}
