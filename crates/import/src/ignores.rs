//! Ignore files and baselines of other scanners: what each entry is about, and which of our findings that is.

mod betterleaks_ignore;
mod betterleaks_report;
mod detect_secrets;
mod digests;
mod entry;
mod gitleaks_baseline;
mod gitleaks_ignore;
mod ignore_format;
mod json;
mod kingfisher;
pub(crate) mod kinship;
mod left_out;
mod outcome;
mod place;
mod secretlint;
mod trivy;

use std::path::PathBuf;

pub use entry::{Claim, Entry, Evidence};
pub use ignore_format::IgnoreFormat;
pub use left_out::{LeftOut, Why};
pub use outcome::{EntryFate, Fit, Outcome, outcomes};
pub use place::{Glob, PathPattern, Patterns, Place};

use crate::yaml::Mistake;

/// The most entries of a file.
const ENTRIES_MAX: usize = 100_000;
/// The most patterns of paths in a file; each is compiled.
const PATTERNS_MAX: usize = 1_000;

/// What was read of one file.
#[derive(Debug)]
pub struct Ignores {
    /// What it was read as.
    pub format: IgnoreFormat,
    /// What it says, in the order of the file.
    pub entries: Vec<Entry>,
    /// What of it says nothing to us, in the order of the file.
    pub left_out: Vec<LeftOut>,
}

/// Why a file cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum IgnoreError {
    /// Nothing tells what it is.
    #[error("{}: not known as one of {}", file.display(), known())]
    UnknownFormat {
        /// The file.
        file: PathBuf,
    },
    /// It does not read as what it is.
    #[error("{}:{line}: {message}", file.display())]
    Syntax {
        /// The file.
        file: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong, without any value.
        message: String,
    },
}

fn known() -> String {
    IgnoreFormat::ALL.map(IgnoreFormat::as_str).join(", ")
}

/// Reads an ignore file or baseline of another scanner. `file` is its name, for messages and to guess its format where
/// that is not said.
///
/// # Errors
/// The file as such cannot be read. An entry that cannot be understood is no error: it is left out, and named.
pub fn read_ignores(file: &str, text: &str, format: Option<IgnoreFormat>) -> Result<Ignores, IgnoreError> {
    let unknown = || IgnoreError::UnknownFormat { file: file.into() };
    let format = format.or_else(|| IgnoreFormat::guess(file, text)).ok_or_else(unknown)?;
    let mut reading = Reading::default();
    let read = match format {
        IgnoreFormat::GitleaksIgnore => gitleaks_ignore::read,
        IgnoreFormat::GitleaksBaseline => gitleaks_baseline::read,
        IgnoreFormat::BetterleaksIgnore => betterleaks_ignore::read,
        IgnoreFormat::BetterleaksReport => betterleaks_report::read,
        IgnoreFormat::DetectSecrets => detect_secrets::read,
        IgnoreFormat::Trivy => trivy::read,
        IgnoreFormat::Secretlint => secretlint::read,
        IgnoreFormat::Kingfisher => kingfisher::read,
    };
    // A mark of byte order belongs to no format, but editors write it.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    read(text, &mut reading).map_err(|mistake| IgnoreError::Syntax {
        file: file.into(),
        line: mistake.line.max(1),
        message: mistake.message,
    })?;
    let Reading { entries, mut left_out, .. } = reading;
    left_out.sort_by_key(|left| left.line);
    Ok(Ignores { format, entries, left_out })
}

/// What a reader has read so far.
#[derive(Default)]
struct Reading {
    entries: Vec<Entry>,
    left_out: Vec<LeftOut>,
    patterns: usize,
    is_full: bool,
}

impl Reading {
    fn add(&mut self, entry: Entry) {
        if self.is_full {
            return;
        }
        if self.entries.len() == ENTRIES_MAX {
            return self.stop(entry.line, Why::TooManyEntries { limit: ENTRIES_MAX });
        }
        self.entries.push(entry);
    }

    /// Adds an entry whose path is a pattern of its own.
    fn add_pattern(&mut self, entry: Entry) {
        if self.patterns == PATTERNS_MAX && !self.is_full {
            return self.stop(entry.line, Why::TooManyPatterns { limit: PATTERNS_MAX });
        }
        self.patterns += 1;
        self.add(entry);
    }

    fn leave_out(&mut self, line: usize, why: Why) {
        if self.is_full {
            return;
        }
        if self.left_out.len() == ENTRIES_MAX {
            return self.stop(line, Why::TooManyEntries { limit: ENTRIES_MAX });
        }
        self.left_out.push(LeftOut { line, why });
    }

    fn stop(&mut self, line: usize, why: Why) {
        self.is_full = true;
        self.left_out.push(LeftOut { line, why });
    }
}

/// The reader of a format.
type Read = Result<(), Mistake>;

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use super::*;

    fn read_many(format: IgnoreFormat, head: &str, line: &str, count: usize) -> Result<Ignores, IgnoreError> {
        let mut text = head.to_owned();
        (0..count).for_each(|number| writeln!(text, "{line}{number}").expect("a text that grows"));
        read_ignores("many", &text, Some(format))
    }

    #[test]
    fn what_is_over_a_limit_is_named() {
        let full = read_many(IgnoreFormat::GitleaksIgnore, "", "a:b:1", ENTRIES_MAX).expect("readable");
        assert_eq!((full.entries.len(), full.left_out.len()), (ENTRIES_MAX, 0));
        let over = read_many(IgnoreFormat::GitleaksIgnore, "", "a:b:1", ENTRIES_MAX + 2).expect("readable");
        assert_eq!((over.entries.len(), over.left_out.len()), (ENTRIES_MAX, 1));
        assert_eq!(over.left_out[0].to_string(), "line 100001: not read from here on: over 100000 entries");
        let bad = read_many(IgnoreFormat::GitleaksIgnore, "", "a", ENTRIES_MAX + 2).expect("readable");
        assert_eq!((bad.entries.len(), bad.left_out.len()), (0, ENTRIES_MAX + 1));
        let ids =
            read_many(IgnoreFormat::Trivy, "secrets:\n", "- id: a", PATTERNS_MAX + 2).expect("readable");
        assert_eq!((ids.entries.len(), ids.left_out.len()), (PATTERNS_MAX, 1));
        assert_eq!(
            ids.left_out[0].to_string(),
            "line 1002: not read from here on: over 1000 patterns of paths"
        );
        let lines = read_many(IgnoreFormat::Secretlint, "", "a", PATTERNS_MAX + 1).expect_err("too many");
        assert_eq!(lines.to_string(), "many:1001: over 1000 patterns of paths");
    }

    #[test]
    fn what_is_not_known_is_refused() {
        let error = read_ignores("x.txt", "words\n", None).expect_err("no format").to_string();
        assert!(
            error.starts_with("x.txt: not known as one of gitleaks-ignore, gitleaks-baseline,"),
            "{error}"
        );
    }
}
