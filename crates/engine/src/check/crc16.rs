//! Keys in base32 that end in a CRC-16.

use data_encoding::BASE32_NOPAD;

use super::{Check, Verdict};

/// Bytes of the checksum at the end.
const SUM_BYTES: usize = 2;

/// Decoded from base32, the last two bytes are the CRC-16 (XMODEM) of those before them, low byte first. Sources:
/// <https://github.com/nats-io/nkeys> (`strkey.go`),
/// <https://github.com/stellar/stellar-protocol/blob/master/ecosystem/sep-0023.md>.
pub(super) struct Crc16Base32;

impl Check for Crc16Base32 {
    fn name(&self) -> &'static str {
        "crc16-base32"
    }

    fn doc(&self) -> &'static str {
        "base32 whose last two bytes are the CRC-16 of the others (NATS, Stellar): \
         https://github.com/stellar/stellar-protocol/blob/master/ecosystem/sep-0023.md"
    }

    fn test(&self, secret: &[u8]) -> Verdict {
        let Ok(bytes) = BASE32_NOPAD.decode(secret) else { return Verdict::Failed };
        match bytes.split_last_chunk::<SUM_BYTES>() {
            Some((payload, sum)) if crc16(payload).to_le_bytes() == *sum => Verdict::Passed,
            _ => Verdict::Failed,
        }
    }

    /// The payload ends in the byte that `body` ends in, whose missing bits are taken for 0.
    fn complete(&self, body: &[u8]) -> Option<Vec<u8>> {
        let payload_len = (body.len() * 5).div_ceil(8);
        let mut padded = body.to_vec();
        padded.resize(body.len().next_multiple_of(8) + 8, b'A');
        let mut payload = BASE32_NOPAD.decode(&padded).ok()?;
        payload.truncate(payload_len);
        payload.extend(crc16(&payload).to_le_bytes());
        Some(BASE32_NOPAD.encode(&payload).into_bytes().split_off(body.len()))
    }
}

/// CRC-16 with the polynomial 0x1021, from 0, not reflected. Keys are a few dozen bytes, so no table.
fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |crc, &byte| {
        (0..8).fold(
            crc ^ u16::from(byte) << 8,
            |crc, _| {
                if crc & 0x8000 == 0 { crc << 1 } else { crc << 1 ^ 0x1021 }
            },
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crc_agrees_with_the_standard_check_value() {
        assert_eq!(crc16(b"123456789"), 0x31C3);
    }

    #[test]
    fn completed_bodies_pass_and_changed_ones_fail() {
        for (text, len) in [("SU${base32:52}${checksum}", 58), ("SC${base32:50}${checksum}", 56)] {
            for seed in 0..20 {
                let mut key = crate::expand(text, seed, Some(&Crc16Base32)).expect("valid");
                assert_eq!(key.len(), len);
                assert_eq!(Crc16Base32.test(&key), Verdict::Passed, "{text}");
                key[9] = if key[9] == b'A' { b'B' } else { b'A' };
                assert_eq!(Crc16Base32.test(&key), Verdict::Failed, "{text}");
            }
        }
        assert_eq!(Crc16Base32.test(b"S"), Verdict::Failed);
    }
}
