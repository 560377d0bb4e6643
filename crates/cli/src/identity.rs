//! The key of fingerprints: that of an organisation where there is one, else a salt of the project.

use std::{
    env,
    fs::File,
    io::Read as _,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, anyhow, ensure};
use clap::{Args, builder::BoolishValueParser};
use serde::Deserialize;
use stanch_model::Fingerprinter;
use stanch_sources::Target;
use zeroize::Zeroizing;

use crate::{advice::advise, printer::Printer, salt};

/// Holds the key itself; never a flag, which others could read from the list of processes.
const KEY: &str = "STANCH_FINGERPRINT_KEY";
/// Holds the key before it, while keys are rotated.
const PREVIOUS_KEY: &str = "STANCH_PREVIOUS_FINGERPRINT_KEY";
/// Largest key file, in bytes.
const KEY_BYTES_MAX: u64 = 4096;

/// `[identity]`: the key of fingerprints.
#[derive(Debug, Default, Args, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[command(next_help_heading = "Identity")]
pub(crate) struct IdentitySettings {
    /// Compute fingerprints under the key in FILE, which a whole organisation shares
    ///
    /// Any text of at least 32 random bytes, for instance from: openssl rand -base64 32. `STANCH_FINGERPRINT_KEY` may hold
    /// the key itself. Without one a random salt is kept in .stanch/, and fingerprints compare within that clone only.
    #[arg(long, env = "STANCH_FINGERPRINT_KEY_FILE", value_name = "FILE")]
    pub(crate) fingerprint_key_file: Option<PathBuf>,
    /// Compute them under this former key, too, while allowances and baselines of it are about
    #[arg(long, env = "STANCH_PREVIOUS_FINGERPRINT_KEY_FILE", value_name = "FILE")]
    pub(crate) previous_fingerprint_key_file: Option<PathBuf>,
    /// Fail where there is no key: for gates that must know what the organisation allowed
    #[arg(long, env = "STANCH_REQUIRE_FINGERPRINT_KEY", value_parser = BoolishValueParser::new())]
    pub(crate) require_fingerprint_key: bool,
}

impl IdentitySettings {
    /// These settings, and those of `file` where these are silent.
    pub(crate) fn over(self, file: Self) -> Self {
        Self {
            fingerprint_key_file: self.fingerprint_key_file.or(file.fingerprint_key_file),
            previous_fingerprint_key_file: self
                .previous_fingerprint_key_file
                .or(file.previous_fingerprint_key_file),
            require_fingerprint_key: self.require_fingerprint_key || file.require_fingerprint_key,
        }
    }

    /// The fingerprinter of this run. Without a former key the salt of the project is one, so that what was allowed before
    /// there was a key stays allowed.
    ///
    /// # Errors
    /// A key that cannot be read or is too short; none where one is required; a salt that is damaged.
    pub(crate) fn fingerprinter(
        &self,
        targets: &[Target],
        printer: &Printer,
    ) -> anyhow::Result<Fingerprinter> {
        let key = key(KEY, self.fingerprint_key_file.as_deref())?;
        let previous = key_of_before(self.previous_fingerprint_key_file.as_deref())?;
        let Some(key) = key else {
            ensure!(!self.require_fingerprint_key, no_key());
            let salted = salt::fingerprinter(targets, printer)?;
            return Ok(previous.into_iter().fold(salted, Fingerprinter::after));
        };
        let previous = match previous {
            Some(previous) => Some(previous),
            None => salt::of_project()?,
        };
        Ok(previous.into_iter().fold(key, Fingerprinter::after))
    }

    /// The fingerprinter of a server: under the organisation's key where there is one, else under that in its own file.
    ///
    /// # Errors
    /// A key that cannot be read or is too short.
    pub(crate) fn of_server(&self, own: &Path) -> anyhow::Result<Fingerprinter> {
        let key = match key(KEY, self.fingerprint_key_file.as_deref())? {
            Some(key) => key,
            None => fingerprinter(&read(own).with_context(|| own.display().to_string())?)?,
        };
        let previous = key_of_before(self.previous_fingerprint_key_file.as_deref())?;
        Ok(previous.into_iter().fold(key, Fingerprinter::after))
    }
}

fn key_of_before(file: Option<&Path>) -> anyhow::Result<Option<Fingerprinter>> {
    key(PREVIOUS_KEY, file)
}

/// The key in the environment or else in `file`.
fn key(variable: &str, file: Option<&Path>) -> anyhow::Result<Option<Fingerprinter>> {
    if let Some(text) = env::var_os(variable).filter(|text| !text.is_empty()) {
        let text = Zeroizing::new(text.into_encoded_bytes());
        return fingerprinter(&text).map(Some).with_context(|| variable.to_owned());
    }
    let Some(file) = file else { return Ok(None) };
    let text = read(file).with_context(|| format!("key of fingerprints: {}", file.display()))?;
    fingerprinter(&text).map(Some).with_context(|| file.display().to_string())
}

fn fingerprinter(text: &[u8]) -> anyhow::Result<Fingerprinter> {
    Fingerprinter::of_organisation(text)
        .map_err(|error| advise(error.to_string(), "make one, for instance with: openssl rand -base64 32"))
}

fn read(file: &Path) -> anyhow::Result<Zeroizing<Vec<u8>>> {
    let mut text = Zeroizing::new(Vec::new());
    File::open(file)?.take(KEY_BYTES_MAX + 1).read_to_end(&mut text)?;
    ensure!(text.len() as u64 <= KEY_BYTES_MAX, "is longer than {KEY_BYTES_MAX} bytes");
    Ok(text)
}

fn no_key() -> anyhow::Error {
    let error = anyhow!("no key for fingerprints, and one is required (require_fingerprint_key)");
    advise(error.to_string(), format!("set {KEY}, or --fingerprint-key-file FILE"))
}
