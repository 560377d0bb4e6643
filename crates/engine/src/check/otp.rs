//! Seeds of one-time passwords.

use data_encoding::BASE32_NOPAD;

use super::{Check, Verdict};

/// Bytes of the shortest seeds in use; RFC 4226 section 4 asks for 16.
const SEED_BYTES_MIN: usize = 10;

/// How seeds begin that documentation prints: the key address format and the test vectors of RFC 4226 and RFC 6238.
const PUBLISHED: &[&[u8]] = &[b"Hello!", b"12345678901234567890"];

/// The value is base32, in any case, of enough bytes, and no published example. Sources: RFC 4648 section 6,
/// <https://github.com/google/google-authenticator/wiki/Key-Uri-Format>, RFC 6238 appendix B.
pub(super) struct OtpSeed;

impl Check for OtpSeed {
    fn name(&self) -> &'static str {
        "otp-seed"
    }

    fn doc(&self) -> &'static str {
        "base32 of at least ten bytes, and no published example: \
         https://github.com/google/google-authenticator/wiki/Key-Uri-Format"
    }

    fn test(&self, secret: &[u8]) -> Verdict {
        let digits = secret.iter().take_while(|&&byte| byte != b'=').count();
        match BASE32_NOPAD.decode(&secret[..digits].to_ascii_uppercase()) {
            Ok(seed) if seed.len() < SEED_BYTES_MIN => Verdict::Failed,
            Ok(seed) if PUBLISHED.iter().any(|start| seed.starts_with(start)) => Verdict::Failed,
            Ok(_) => Verdict::Unknown,
            Err(_) => Verdict::Failed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn test(seed: &[u8]) -> Verdict {
        OtpSeed.test(BASE32_NOPAD.encode(seed).as_bytes())
    }

    #[test]
    fn seeds_of_usual_lengths_stay_possible() {
        for len in [10u8, 16, 20, 32] {
            let seed: Vec<u8> = (0..len).map(|at| at.wrapping_mul(73) ^ 0xA5).collect();
            assert_eq!(test(&seed), Verdict::Unknown);
        }
        assert_eq!(OtpSeed.test(b"nb2w45dfoizkq8=="), Verdict::Failed);
        assert_eq!(OtpSeed.test(b"nb2w45dfoizkq7jl"), Verdict::Unknown);
        assert_eq!(OtpSeed.test(b"nb2w45dfoizkq7jlme======"), Verdict::Unknown);
    }

    #[test]
    fn published_short_and_foreign_ones_fail() {
        assert_eq!(test(b"Hello!\xDE\xAD\xBE\xEF"), Verdict::Failed);
        assert_eq!(test(b"12345678901234567890123456789012"), Verdict::Failed);
        assert_eq!(test(&[0xA5; 9]), Verdict::Failed);
        for text in [&b""[..], b"NB2W45DFOIZKQ1JL", b"NB2W45DFOIZKQ7J", b"\xFF"] {
            assert_eq!(OtpSeed.test(text), Verdict::Failed, "{}", text.escape_ascii());
        }
    }
}
