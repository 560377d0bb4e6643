//! The second factor: codes by time (RFC 6238), as authenticators show them, and recovery codes for when one is lost.

use data_encoding::{BASE32_NOPAD, HEXLOWER};
use jiff::Timestamp;
use qrcode::{QrCode, render::svg};
use sha2::{Digest, Sha256};
use totp_rs::{Algorithm, Builder, Secret, Totp};
use zeroize::Zeroizing;

use super::secret_text::fill;

/// Bytes of the secret, as RFC 4226 recommends.
const SECRET_BYTES: usize = 20;
/// Seconds of one code; one before and one after count as well.
const STEP_SECONDS: u64 = 30;
/// Recovery codes of a person.
const RECOVERY_CODES: usize = 10;
/// Bytes of a recovery code: too many to be guessed, so a plain hash will do.
const RECOVERY_BYTES: usize = 10;
/// What authenticators call this server.
const ISSUER: &str = "Stanch";

/// The secret of a second factor, wiped when dropped.
pub(crate) struct SecondFactor(Zeroizing<Vec<u8>>);

impl SecondFactor {
    pub(crate) fn random() -> Self {
        let mut bytes = Zeroizing::new(vec![0; SECRET_BYTES]);
        fill(&mut bytes);
        Self(bytes)
    }

    pub(crate) fn of(bytes: Zeroizing<Vec<u8>>) -> Self {
        Self(bytes)
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// The secret as it is typed into an authenticator, in groups of four.
    pub(crate) fn text(&self) -> String {
        let text = BASE32_NOPAD.encode(&self.0);
        let groups: Vec<&str> =
            text.as_bytes().chunks(4).map(|group| std::str::from_utf8(group).unwrap_or("")).collect();
        groups.join(" ")
    }

    /// The QR code an authenticator reads, as SVG; none if the login is too long for one.
    pub(crate) fn qr(&self, login: &str) -> Option<String> {
        let url = self.totp(login)?.to_url().ok()?;
        let code = QrCode::new(Zeroizing::new(url).as_bytes()).ok()?;
        Some(code.render::<svg::Color<'_>>().min_dimensions(200, 200).build())
    }

    /// The step a code belongs to, if it is right at this time.
    pub(crate) fn step(&self, code: &str, now: Timestamp) -> Option<i64> {
        let digits: String = code.chars().filter(|c| !c.is_whitespace()).collect();
        let seconds = u64::try_from(now.as_second()).ok()?;
        let step = self.totp("account")?.check(&digits, seconds)?;
        i64::try_from(step).ok()
    }

    fn totp(&self, login: &str) -> Option<Totp> {
        // A colon parts the issuer from the account in what authenticators read.
        let account = login.replace(':', " ");
        Builder::new()
            .with_algorithm(Algorithm::SHA1)
            .with_digits(6)
            .with_skew(1)
            .with_step_duration(STEP_SECONDS)
            .with_secret(Secret::new(self.0.as_slice().into()))
            .with_account_name(account)
            .with_issuer(Some(ISSUER))
            .build()
            .ok()
    }
}

/// New recovery codes: what is shown once, and what is kept.
pub(crate) fn recovery_codes() -> (Vec<String>, Vec<String>) {
    let code = || {
        let mut bytes = Zeroizing::new([0; RECOVERY_BYTES]);
        fill(bytes.as_mut_slice());
        let text = BASE32_NOPAD.encode(bytes.as_slice()).to_ascii_lowercase();
        let groups: Vec<&str> = (0..4).map(|n| &text[n * 4..n * 4 + 4]).collect();
        groups.join("-")
    };
    let codes: Vec<String> = std::iter::repeat_with(code).take(RECOVERY_CODES).collect();
    let hashes = codes.iter().map(|code| recovery_hash(code)).collect();
    (codes, hashes)
}

/// What is kept of a recovery code, however it is typed.
pub(crate) fn recovery_hash(code: &str) -> String {
    let plain: String = code.chars().filter(char::is_ascii_alphanumeric).collect();
    HEXLOWER.encode(&Sha256::digest(plain.to_ascii_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The test vectors of RFC 6238, appendix B, cut to six digits.
    #[test]
    fn codes_are_those_of_the_rfc() {
        let secret: Vec<u8> = (b'1'..=b'9').chain([b'0']).cycle().take(20).collect();
        let factor = SecondFactor::of(Zeroizing::new(secret));
        for (at, code) in [(59, "287082"), (1_111_111_109, "081804"), (20_000_000_000, "353130")] {
            let now = Timestamp::from_second(at).expect("a time");
            assert_eq!(factor.step(code, now), Some(at / 30), "{at}");
            let later = Timestamp::from_second(at + 90).expect("a time");
            assert_eq!(factor.step(code, later), None, "{at}");
        }
    }

    #[test]
    fn an_authenticator_reads_the_code_that_is_shown() {
        let factor = SecondFactor::random();
        let svg = factor.qr("ada@acme.example").expect("a picture");
        assert!(svg.contains("<svg") && !svg.contains("style="), "no style within");
        assert_eq!(factor.text().len(), 39);
    }

    #[test]
    fn a_recovery_code_may_be_typed_in_any_way() {
        let (codes, hashes) = recovery_codes();
        assert_eq!((codes.len(), codes[0].len()), (10, 19));
        assert_eq!(recovery_hash(&format!(" {} ", codes[0].to_uppercase().replace('-', " "))), hashes[0]);
    }
}
