//! The token that a server knows this client by.

use std::{env, fs::File, io::Read as _, path::Path};

use anyhow::{Context as _, ensure};
use ureq::http::HeaderValue;
use zeroize::Zeroizing;

use crate::advice::advise;

/// Holds the token; never a flag, which others could read from the list of processes.
const VARIABLE: &str = "STANCH_TOKEN";
/// Largest token, in bytes.
const BYTES_MAX: u64 = 4096;

/// A token; it is wiped when it is dropped, and shown nowhere.
pub(super) struct Token(Zeroizing<String>);

impl Token {
    /// The token in the environment or else in `file`.
    ///
    /// # Errors
    /// There is none, or what there is is not one; the message names where it is from, and quotes nothing.
    pub(super) fn read(file: Option<&Path>) -> anyhow::Result<Self> {
        let (text, name) = match (env::var_os(VARIABLE).filter(|text| !text.is_empty()), file) {
            (Some(text), _) => (Zeroizing::new(text.into_encoded_bytes()), VARIABLE.to_owned()),
            (None, Some(file)) => {
                let name = file.display().to_string();
                (read(file).with_context(|| format!("token: {name}"))?, name)
            }
            (None, None) => {
                let remedy = format!("set {VARIABLE}, or --token-file FILE");
                return Err(advise("no token for the server", remedy));
            }
        };
        let text = text.trim_ascii();
        let is_token = !text.is_empty() && text.iter().all(u8::is_ascii_graphic);
        let text = std::str::from_utf8(text).ok().filter(|_| is_token);
        let text = text.with_context(|| format!("{name}: not a token: expected one word"))?;
        Ok(Self(Zeroizing::new(text.to_owned())))
    }

    /// What stands in the header `Authorization`; marked so that nothing prints it.
    pub(super) fn header(&self) -> Option<HeaderValue> {
        let text = Zeroizing::new(format!("Bearer {}", self.0.as_str()));
        let mut value = HeaderValue::from_str(&text).ok()?;
        value.set_sensitive(true);
        Some(value)
    }
}

fn read(file: &Path) -> anyhow::Result<Zeroizing<Vec<u8>>> {
    let mut text = Zeroizing::new(Vec::new());
    File::open(file)?.take(BYTES_MAX + 1).read_to_end(&mut text)?;
    ensure!(text.len() as u64 <= BYTES_MAX, "is longer than {BYTES_MAX} bytes");
    Ok(text)
}
