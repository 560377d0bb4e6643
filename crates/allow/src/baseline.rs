//! What was known at some point: fingerprints and nothing else.

use std::collections::BTreeSet;

use stanch_model::{Fingerprint, Secret};

/// First line of the file.
const HEAD: &str = "# stanch baseline 1: fingerprints that were known, one a line";

/// A set of known secrets. Its text is sorted, so that it changes only where the set does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Baseline(BTreeSet<Fingerprint>);

/// What is wrong with the text of a baseline.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("line {line}: {}", stanch_model::FingerprintError)]
pub struct BaselineError {
    /// The line, counted from 1.
    pub line: usize,
}

impl Baseline {
    /// Reads a fingerprint a line; empty lines and those that begin with `#` do not count.
    ///
    /// # Errors
    /// A line that holds something else.
    pub fn parse(text: &str) -> Result<Self, BaselineError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let lines = text.lines().map(str::trim).enumerate();
        let told = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
        told.map(|(at, line)| line.parse().map_err(|_| BaselineError { line: at + 1 }))
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// Whether `secret` is in it, under its key or under the one before.
    pub fn knows(&self, secret: &Secret) -> bool {
        self.0.contains(secret.fingerprint())
            || secret.previous().is_some_and(|previous| self.0.contains(previous))
    }

    /// Those that are none of `secrets`: what was known and is gone.
    pub fn gone<'s>(&self, secrets: impl Iterator<Item = &'s Secret>) -> Vec<Fingerprint> {
        let mut left = self.0.clone();
        for secret in secrets {
            left.remove(secret.fingerprint());
            secret.previous().map(|previous| left.remove(previous));
        }
        left.into_iter().collect()
    }

    /// The fingerprints.
    pub fn fingerprints(&self) -> impl Iterator<Item = &Fingerprint> {
        self.0.iter()
    }

    /// The text of the file.
    pub fn render(&self) -> String {
        self.0.iter().fold(format!("{HEAD}\n"), |text, fingerprint| format!("{text}{fingerprint}\n"))
    }
}

impl FromIterator<Fingerprint> for Baseline {
    fn from_iter<I: IntoIterator<Item = Fingerprint>>(fingerprints: I) -> Self {
        Self(fingerprints.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use stanch_model::{Fingerprinter, KeyKind};

    use super::*;

    #[test]
    fn the_text_is_sorted_and_stable() {
        let printer = Fingerprinter::new(KeyKind::Salt, &[1; 32]);
        let prints: Vec<_> = [b"one", b"two", b"six"].map(|raw| *printer.seal(raw).fingerprint()).to_vec();
        let baseline: Baseline = prints.iter().copied().collect();
        let other: Baseline = prints.into_iter().rev().collect();
        assert_eq!(baseline.render(), other.render());
        assert_eq!(Baseline::parse(&baseline.render()), Ok(baseline));
    }

    #[test]
    fn the_wrong_line_is_named() {
        assert_eq!(Baseline::parse("# note\n\nsf1:oops\n"), Err(BaselineError { line: 3 }));
    }

    #[test]
    fn what_is_gone_is_told_also_by_its_former_fingerprint() {
        let (old, new) =
            (Fingerprinter::new(KeyKind::Salt, &[1; 32]), Fingerprinter::new(KeyKind::Salt, &[2; 32]));
        let baseline: Baseline =
            [b"one", b"two"].map(|raw| *old.seal(raw).fingerprint()).into_iter().collect();
        let both = new.after(Fingerprinter::new(KeyKind::Salt, &[1; 32]));
        let seen = both.seal(b"one");
        assert!(baseline.knows(&seen));
        assert_eq!(baseline.gone([&seen].into_iter()), [*old.seal(b"two").fingerprint()]);
    }
}
