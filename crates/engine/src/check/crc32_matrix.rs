//! Tokens of Matrix servers, which end in six base-62 digits of a CRC-32.

use super::{
    Check, Verdict,
    crc32::{base62, crc32},
};

/// After the last `_` stands the CRC-32 of all that is before it, prefix included, in base 62; the Matrix Authentication
/// Service writes its lowest digit first. Sources: `generate_access_token` of
/// <https://github.com/element-hq/synapse/blob/develop/synapse/handlers/auth.py>, `TokenType::generate` of
/// <https://github.com/element-hq/matrix-authentication-service/blob/main/crates/data-model/src/tokens.rs>.
pub(super) struct Crc32Matrix;

impl Check for Crc32Matrix {
    fn name(&self) -> &'static str {
        "crc32-matrix"
    }

    fn doc(&self) -> &'static str {
        "the last six characters are the CRC-32 of what is before them in base 62 (Matrix): \
         https://github.com/element-hq/synapse/blob/develop/synapse/handlers/auth.py"
    }

    fn test(&self, secret: &[u8]) -> Verdict {
        let Some(cut) = secret.iter().rposition(|&byte| byte == b'_') else { return Verdict::Failed };
        let (body, sum) = (&secret[..cut], &secret[cut + 1..]);
        let highest_first = base62(crc32(body));
        if *sum == highest_first || *sum == lowest_first(crc32(body)) {
            Verdict::Passed
        } else {
            Verdict::Failed
        }
    }

    /// `body` ends in the `_` before the checksum.
    fn complete(&self, body: &[u8]) -> Option<Vec<u8>> {
        body.strip_suffix(b"_").map(|body| base62(crc32(body)).to_vec())
    }
}

/// The digits turned round; zeros that fill up to six still stand at the beginning.
fn lowest_first(number: u32) -> [u8; 6] {
    let mut digits = base62(number);
    let zeros = digits.iter().take_while(|&&digit| digit == b'0').count();
    digits[zeros..].reverse();
    digits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_completed_body_passes_and_a_changed_one_fails() {
        let text = "sy${}t_${lower:8}_${alpha:20}_${checksum}";
        let mut token = crate::expand(text, 3, Some(&Crc32Matrix)).expect("valid");
        assert_eq!(Crc32Matrix.test(&token), Verdict::Passed);
        token[9] ^= 1;
        assert_eq!(Crc32Matrix.test(&token), Verdict::Failed);
        assert_eq!(Crc32Matrix.test(b"short"), Verdict::Failed);
    }

    #[test]
    fn the_documented_token_of_the_authentication_service_passes() {
        let token = crate::expand("ma${}t_kkLSacJDpek22jKWw4AcXG68b7U3W6_0Lg9yb", 0, None).expect("valid");
        assert_eq!(Crc32Matrix.test(&token), Verdict::Passed);
    }
}
