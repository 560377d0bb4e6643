//! Names that are given once.

use anyhow::anyhow;
use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha256};

/// Bytes of a name: enough that no two are ever the same.
const BYTES: usize = 16;

/// A name that nobody else has: 32 hexadecimal digits.
///
/// # Errors
/// The system has no random bytes.
pub(crate) fn random_id() -> anyhow::Result<String> {
    let mut bytes = [0; BYTES];
    getrandom::fill(&mut bytes).map_err(|error| anyhow!("no random bytes: {error}"))?;
    Ok(HEXLOWER.encode(&bytes))
}

/// A name that the same text always gets.
pub(crate) fn id_of(text: &str) -> String {
    HEXLOWER.encode(&Sha256::digest(text.as_bytes())[..BYTES])
}
