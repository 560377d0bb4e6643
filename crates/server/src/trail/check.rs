//! Checks files of the trail offline.

use std::{
    fs::File,
    io::{self, BufRead as _, BufReader, Read as _},
    path::{Path, PathBuf},
};

use stanch_store::{Broken, Verifier};

use super::line::Line;
use crate::auth::ServerKey;

/// The longest line, in bytes.
const LINE_BYTES_MAX: u64 = 64 << 20;

/// What files of the trail hold, if they are whole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checked {
    /// How many entries they have.
    pub entries: u64,
    /// How many heads.
    pub heads: u64,
    /// The number of the entry before the first: 0 if they have the whole trail.
    pub after: i64,
    /// Number and hash of the last entry.
    pub head: (i64, String),
}

/// Why files of the trail are not what they should be.
#[derive(Debug, thiserror::Error)]
pub enum TrailError {
    /// A file cannot be read.
    #[error("{}: {error}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// A line is none of the trail.
    #[error("{}: line {line} is no entry of an audit trail and no head", path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// Which, from 1.
        line: u64,
    },
    /// A file does not begin with a head.
    #[error("{}: begins without a head: its first lines were taken out", path.display())]
    NoStart {
        /// The file.
        path: PathBuf,
    },
    /// An entry does not follow.
    #[error("{}: line {line}: {broken}", path.display())]
    Broken {
        /// The file.
        path: PathBuf,
        /// Which, from 1.
        line: u64,
        /// Which entry, and why.
        broken: Broken,
    },
    /// A head does not say what is before it.
    #[error("{}: line {line}: the head says entry {head}, and entry {found} is before it, or another with its number", path.display())]
    Head {
        /// The file.
        path: PathBuf,
        /// Which, from 1.
        line: u64,
        /// What it says.
        head: i64,
        /// The entry before it.
        found: i64,
    },
    /// A head was not signed by this server.
    #[error("{}: line {line}: the head at entry {head} was not signed under this key", path.display())]
    Signature {
        /// The file.
        path: PathBuf,
        /// Which, from 1.
        line: u64,
        /// What it says.
        head: i64,
    },
    /// An entry is not the one that was expected, or is not there.
    #[error(
        "the files end at entry {found}, and entry {expected} was expected with another hash, or is not there"
    )]
    Unexpected {
        /// The number that was expected.
        expected: i64,
        /// The last entry.
        found: i64,
    },
    /// A file does not end with a head.
    #[error("{}: ends at entry {found} without a head: its end was cut off, or its server died as it wrote", path.display())]
    Cut {
        /// The file.
        path: PathBuf,
        /// The last entry.
        found: i64,
    },
}

/// Checks files of the trail, which follow each other; signatures too, if there is the key of the server, and that an entry is there, by number and
/// hash.
///
/// # Errors
///
/// The first line that is not as it should be.
pub fn check_files(
    paths: &[PathBuf],
    key: Option<&ServerKey>,
    expected: Option<(i64, &str)>,
) -> Result<Checked, TrailError> {
    let mut check = Check { key, verifier: None, checked: Checked::default(), expected };
    for path in paths {
        check.file(path)?;
    }
    if let Some((expected, _)) = check.expected {
        let found = check.verifier.as_ref().map(|verifier| verifier.position().0).unwrap_or_default();
        return Err(TrailError::Unexpected { expected, found });
    }
    let position = check.verifier.as_ref().map(Verifier::position).unwrap_or_default();
    Ok(Checked { head: (position.0, position.1.to_owned()), ..check.checked })
}

struct Check<'k> {
    key: Option<&'k ServerKey>,
    verifier: Option<Verifier>,
    checked: Checked,
    /// The entry that must be there; none once it was.
    expected: Option<(i64, &'k str)>,
}

impl Check<'_> {
    fn file(&mut self, path: &Path) -> Result<(), TrailError> {
        let failed = |error| TrailError::File { path: path.to_owned(), error };
        let mut reader = BufReader::new(File::open(path).map_err(failed)?);
        let mut is_sealed = false;
        let mut text = Vec::new();
        for number in 1.. {
            text.clear();
            reader.by_ref().take(LINE_BYTES_MAX).read_until(b'\n', &mut text).map_err(failed)?;
            if text.is_empty() {
                break;
            }
            let read = serde_json::from_slice::<Line>(&text).ok().filter(|_| text.ends_with(b"\n"));
            let line = read.ok_or_else(|| TrailError::Line { path: path.to_owned(), line: number })?;
            is_sealed = matches!(line, Line::Head(_));
            if number == 1 && !is_sealed {
                return Err(TrailError::NoStart { path: path.to_owned() });
            }
            self.line(&line, path, number)?;
        }
        let found = self.verifier.as_ref().map(|verifier| verifier.position().0).unwrap_or_default();
        if is_sealed { Ok(()) } else { Err(TrailError::Cut { path: path.to_owned(), found }) }
    }

    fn line(&mut self, line: &Line, path: &Path, number: u64) -> Result<(), TrailError> {
        let path = || path.to_owned();
        match line {
            Line::Entry(entry) => {
                let verifier = self.verifier.get_or_insert_default();
                verifier.take(entry).map_err(|broken| TrailError::Broken {
                    path: path(),
                    line: number,
                    broken,
                })?;
                self.checked.entries += 1;
                self.expected =
                    self.expected.filter(|expected| *expected != (entry.seq, entry.hash.as_str()));
            }
            Line::Head(head) => {
                let told = &head.head;
                if self.key.is_some_and(|key| !head.is_of(key)) {
                    return Err(TrailError::Signature { path: path(), line: number, head: told.seq });
                }
                let verifier = self.verifier.get_or_insert_with(|| {
                    self.checked.after = told.seq;
                    Verifier::after(told.seq, &told.hash)
                });
                let (seq, hash) = verifier.position();
                if (seq, hash) != (told.seq, told.hash.as_str()) {
                    return Err(TrailError::Head { path: path(), line: number, head: told.seq, found: seq });
                }
                self.checked.heads += 1;
            }
        }
        Ok(())
    }
}
