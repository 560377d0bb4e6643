//! What is looked for: secrets by their fingerprints, as reports write them, or by their values.

use std::{fmt, str::FromStr};

use stanch_model::{Fingerprint, Secret};

/// Characters of a short fingerprint.
const SHORT_LEN: usize = 8;

/// Some secrets, by their names or their values.
#[derive(Debug, Default)]
pub struct Sought {
    /// Fingerprints: rules find the values.
    pub names: Vec<Wanted>,
    /// Values: they are searched for as they are and in some encodings, and no rule is asked.
    pub values: Vec<Secret>,
}

impl Sought {
    /// Whether `secret` is one of those whose names are known.
    pub(super) fn names(&self, secret: &Secret) -> bool {
        self.names.iter().any(|wanted| wanted.is(secret))
    }
}

/// A fingerprint as somebody reads it off a report.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Wanted {
    /// The whole of it, which tells its key.
    Full(Fingerprint),
    /// Its [short form](Fingerprint::short).
    Short(String),
}

/// Why a text is no fingerprint. It is not quoted: somebody may have put the secret itself there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "not a fingerprint: expected sf1:<key id>:<32 characters of base32>, or the 8 characters that reports show"
)]
pub struct WantedError;

impl Wanted {
    /// Whether it names `secret`, under the key in use or the one before.
    pub fn is(&self, secret: &Secret) -> bool {
        let fits = |print: &Fingerprint| match self {
            Self::Full(full) => full == print,
            Self::Short(short) => *short == print.short(),
        };
        fits(secret.fingerprint()) || secret.previous().is_some_and(fits)
    }
}

impl FromStr for Wanted {
    type Err = WantedError;

    fn from_str(text: &str) -> Result<Self, WantedError> {
        let is_base32 = |byte: u8| matches!(byte, b'a'..=b'z' | b'2'..=b'7');
        if text.len() == SHORT_LEN && text.bytes().all(is_base32) {
            return Ok(Self::Short(text.to_owned()));
        }
        text.parse().map(Self::Full).map_err(|_| WantedError)
    }
}

impl fmt::Display for Wanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Full(full) => full.fmt(f),
            Self::Short(short) => f.pad(short),
        }
    }
}

#[cfg(test)]
mod tests {
    use stanch_model::{Fingerprinter, KeyKind};

    use super::*;

    #[test]
    fn both_forms_name_a_secret_under_either_key() {
        let printer = |byte| Fingerprinter::new(KeyKind::Salt, &[byte; 32]);
        let secret = printer(2).after(printer(1)).seal(b"value");
        for print in [*secret.fingerprint(), *secret.previous().expect("another key")] {
            for text in [print.to_string(), print.short()] {
                let wanted: Wanted = text.parse().expect("a fingerprint");
                assert!(wanted.is(&secret) && wanted.to_string() == text);
                assert!(!wanted.is(&printer(1).seal(b"other")));
            }
        }
    }

    #[test]
    fn what_is_no_fingerprint_is_refused_unquoted() {
        for text in ["", "abcdefg", "abcdefg1", "ABCDEFGH", "sf1:aaaaaaaa", "hunter2hunter2"] {
            assert_eq!(text.parse::<Wanted>(), Err(WantedError));
        }
    }
}
