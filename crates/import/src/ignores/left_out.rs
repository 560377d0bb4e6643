//! What of a foreign file is not carried over, and why.

use std::fmt;

use serde::Serialize;

/// Something that is left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LeftOut {
    /// Where it stands in the foreign file, from 1.
    pub line: usize,
    /// Why.
    pub why: Why,
}

/// Why something is left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// It does not read as an entry of its format.
    NotAnEntry {
        /// What an entry looks like.
        expected: &'static str,
    },
    /// It is a hash under a key that the file does not hold.
    Keyed,
    /// It says neither which value it means nor where in the file that stands.
    NoPlace,
    /// It would hold for every secret everywhere.
    Everything,
    /// Its day of expiry cannot be read.
    NoDate,
    /// Its pattern of paths cannot be read.
    NoPattern,
    /// It is about something else: vulnerabilities, licences.
    NotSecrets {
        /// The name of the section.
        section: &'static str,
        /// How many entries it has.
        count: usize,
    },
    /// It is a setting of the other scanner that leaves out files, lines or values.
    Setting {
        /// Which.
        name: &'static str,
    },
    /// There are more entries than are read; it is the first of those that are not.
    TooManyEntries {
        /// How many are read.
        limit: usize,
    },
    /// There are more patterns of paths than are read; it is the first of those that are not.
    TooManyPatterns {
        /// How many are read.
        limit: usize,
    },
}

impl fmt::Display for LeftOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.why)
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAnEntry { expected } => write!(f, "not an entry: expected {expected}"),
            Self::Keyed => f.write_str("a hash under a key that is not in the file"),
            Self::NoPlace => f.write_str("neither the value nor a line is told"),
            Self::Everything => f.write_str("would hold for every secret everywhere"),
            Self::NoDate => f.write_str("expired_at: not a day"),
            Self::NoPattern => f.write_str("not a pattern of paths that can be read"),
            Self::NotSecrets { section, count } => write!(f, "{section}: {count} not about secrets"),
            Self::Setting { name } => write!(f, "{name}: a setting, write it into stanch.toml by hand"),
            Self::TooManyEntries { limit } => write!(f, "not read from here on: over {limit} entries"),
            Self::TooManyPatterns { limit } => {
                write!(f, "not read from here on: over {limit} patterns of paths")
            }
        }
    }
}
