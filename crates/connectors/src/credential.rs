//! What a channel or a webhook proves itself with.

use std::{
    env, fmt, fs,
    io::{self, Read},
    path::{Path, PathBuf},
};

use serde::Deserialize;
use zeroize::Zeroizing;

/// The longest file of a credential, in bytes.
const BYTES_MAX: u64 = 64 * 1024;

/// A token, a password or a key that is shared with another service. It is wiped when it is dropped, and cannot be printed.
#[derive(Clone)]
pub struct Credential(Zeroizing<String>);

/// Where a credential is read: settings never hold one.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CredentialSource {
    /// A variable of the environment, `…_env`.
    Env(String),
    /// A file, `…_file`; white space around its content does not count.
    File(PathBuf),
}

/// Why a credential cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum CredentialError {
    /// The variable is not set, or is not UTF-8.
    #[error("environment variable {0} is not set")]
    NoVariable(String),
    /// The file cannot be read.
    #[error("{}: {error}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The operating system's reason.
        #[source]
        error: io::Error,
    },
    /// There is nothing in it.
    #[error("the credential is empty")]
    Empty,
    /// It has control characters or line breaks within, so that it can be no header.
    #[error("the credential has control characters")]
    Control,
    /// It is not in the form that is asked for.
    #[error("the credential is not {0}")]
    Form(&'static str),
}

impl Credential {
    /// A credential as it was read, without white space around it.
    ///
    /// # Errors
    /// It is empty or has control characters.
    pub fn new(text: &str) -> Result<Self, CredentialError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(CredentialError::Empty);
        }
        if text.chars().any(char::is_control) {
            return Err(CredentialError::Control);
        }
        Ok(Self(Zeroizing::new(text.to_owned())))
    }

    /// The text itself.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credential")
    }
}

/// Where variables and files are read.
pub trait CredentialReader: Send + Sync {
    /// Reads what `source` names.
    ///
    /// # Errors
    /// It is not there, or is no credential.
    fn read(&self, source: &CredentialSource) -> Result<Credential, CredentialError>;
}

/// Reads the environment of this process, and files.
#[derive(Clone, Copy, Debug, Default)]
pub struct ProcessCredentials;

impl CredentialReader for ProcessCredentials {
    fn read(&self, source: &CredentialSource) -> Result<Credential, CredentialError> {
        let text = match source {
            CredentialSource::Env(name) => {
                env::var(name).map_err(|_| CredentialError::NoVariable(name.clone()))?
            }
            CredentialSource::File(path) => {
                read_file(path).map_err(|error| CredentialError::File { path: path.clone(), error })?
            }
        };
        Credential::new(&Zeroizing::new(text))
    }
}

fn read_file(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    fs::File::open(path)?.take(BYTES_MAX + 1).read_to_string(&mut text)?;
    if text.len() as u64 > BYTES_MAX {
        return Err(io::Error::other(format!("longer than {BYTES_MAX} bytes")));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_credential_is_read_from_a_file_and_never_shown() {
        let folder = tempfile::TempDir::new().expect("a temporary folder");
        let path = folder.path().join("token");
        fs::write(&path, "  opened\n").expect("a writable file");
        let read = ProcessCredentials.read(&CredentialSource::File(path)).expect("a credential");
        assert_eq!(read.expose(), "opened");
        assert_eq!(format!("{read:?}"), "Credential");
    }

    #[test]
    fn what_is_no_credential_is_refused() {
        let refused = |text| Credential::new(text).expect_err("no credential").to_string();
        assert_eq!(refused(" \n"), "the credential is empty");
        assert_eq!(refused("a\r\nb"), "the credential has control characters");
        let missing = ProcessCredentials.read(&CredentialSource::Env("STANCH_NO_SUCH_VARIABLE".to_owned()));
        assert_eq!(
            missing.expect_err("no variable").to_string(),
            "environment variable STANCH_NO_SUCH_VARIABLE is not set"
        );
    }
}
