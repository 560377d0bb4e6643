//! Tokens of Grafana, which end in the bytes of a CRC-32.

use super::{Check, Verdict, crc32::crc32};

/// After the last `_` stand the four bytes of the CRC-32 of what is before it, low byte first, in hexadecimal. Source:
/// <https://github.com/grafana/grafana/blob/main/pkg/components/satokengen/tokengen.go>.
pub(super) struct Crc32Grafana;

impl Check for Crc32Grafana {
    fn name(&self) -> &'static str {
        "crc32-grafana"
    }

    fn doc(&self) -> &'static str {
        "the last eight digits are the CRC-32 of what is before them, low byte first (Grafana): \
         https://github.com/grafana/grafana/blob/main/pkg/components/satokengen/tokengen.go"
    }

    fn test(&self, secret: &[u8]) -> Verdict {
        let cut = secret.iter().rposition(|&byte| byte == b'_');
        let is_valid = cut.is_some_and(|cut| secret[cut + 1..] == *checksum(&secret[..cut]));
        if is_valid { Verdict::Passed } else { Verdict::Failed }
    }

    /// `body` ends in the `_` before the checksum.
    fn complete(&self, body: &[u8]) -> Option<Vec<u8>> {
        body.strip_suffix(b"_").map(checksum)
    }
}

fn checksum(body: &[u8]) -> Vec<u8> {
    data_encoding::HEXLOWER.encode(&crc32(body).to_le_bytes()).into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_completed_body_passes_and_a_changed_one_fails() {
        let mut token =
            crate::expand("gl${}sa_${alnum:32}_${checksum}", 3, Some(&Crc32Grafana)).expect("valid");
        assert_eq!(Crc32Grafana.test(&token), Verdict::Passed);
        token[9] ^= 1;
        assert_eq!(Crc32Grafana.test(&token), Verdict::Failed);
        assert_eq!(Crc32Grafana.test(b"short"), Verdict::Failed);
    }

    #[test]
    fn the_checksum_is_that_of_the_standard_with_its_low_byte_first() {
        assert_eq!(checksum(b"123456789"), b"2639f4cb");
    }
}
