//! What a user asks to scan.

use std::{fmt, path::Path};

use crate::{AnySource, OpenError, SOURCES};

/// One target: `scheme:rest`, a plain path (the files under it), or `-` (standard input).
#[derive(Clone)]
pub struct Target {
    text: String,
    source: &'static dyn AnySource,
    rest: String,
}

impl Target {
    /// Reads a target as typed. A text whose scheme is unknown is a path if such a path exists.
    ///
    /// # Errors
    /// An unknown scheme, with the list of known ones.
    pub fn parse(text: &str) -> Result<Self, OpenError> {
        let target = |scheme: &str, rest: &str| {
            let source = SOURCES.iter().copied().find(|source| source.name() == scheme)?;
            Some(Self { text: text.to_owned(), source, rest: rest.to_owned() })
        };
        let unknown = |scheme: &str| OpenError::UnknownScheme {
            scheme: scheme.to_owned(),
            known: SOURCES.iter().map(|source| source.name()).collect(),
        };
        if text == "-" {
            return target("stdin", text).ok_or_else(|| unknown("stdin"));
        }
        match split_scheme(text) {
            Some((scheme, rest)) if !Path::new(text).exists() => {
                target(scheme, rest).ok_or_else(|| unknown(scheme))
            }
            _ => target("fs", text).ok_or_else(|| unknown("fs")),
        }
    }

    /// The text as typed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The kind of source that opens it.
    pub fn source(&self) -> &'static dyn AnySource {
        self.source
    }

    /// What follows the scheme.
    pub fn rest(&self) -> &str {
        &self.rest
    }
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Target({}: {})", self.source.name(), self.rest)
    }
}

/// Splits `scheme:rest`; a single letter is a drive, not a scheme.
fn split_scheme(text: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = text.split_once(':')?;
    let named =
        scheme.len() > 1 && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'+');
    named.then_some((scheme, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schemes_paths_and_dash() {
        let name = |text: &str| Target::parse(text).map(|t| (t.source().name(), t.rest().to_owned()));
        assert_eq!(name(".").ok(), Some(("fs", ".".to_owned())));
        assert_eq!(name("fs:src").ok(), Some(("fs", "src".to_owned())));
        assert_eq!(name("-").ok(), Some(("stdin", "-".to_owned())));
    }

    #[test]
    fn unknown_scheme_lists_the_known_ones() {
        let error = Target::parse("gopher:x").expect_err("unknown").to_string();
        assert!(error.contains("gopher") && error.contains("fs"), "{error}");
    }
}
