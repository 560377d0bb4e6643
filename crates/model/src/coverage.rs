//! What was scanned and what was not: a report without this cannot be trusted.

use std::{fmt, time::Duration};

use serde::Serialize;

/// Why something was not scanned. Each is counted and named in every report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SkipReason {
    /// It could not be opened or read.
    Unreadable,
    /// It was there when listed and gone, or changed, when read.
    Vanished,
    /// It is larger than the limit.
    TooLarge,
    /// A pipe, socket or device.
    SpecialFile,
    /// A symbolic link; what it points to is scanned where it stands.
    Symlink,
    /// A submodule: a repository of its own, to be scanned as one.
    Submodule,
    /// A damaged object or container.
    Corrupt,
    /// Left out of a shallow or partial clone.
    Absent,
    /// A limit of the run was reached.
    Limit,
    /// A defect of Stanch: the item made it panic, and was left at that point.
    Panicked,
}

impl SkipReason {
    /// Whether it means that the scan is incomplete, as opposed to scanned elsewhere or never content.
    pub fn is_gap(self) -> bool {
        !matches!(self, Self::Symlink | Self::SpecialFile | Self::Submodule)
    }

    /// The name used in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unreadable => "unreadable",
            Self::Vanished => "vanished",
            Self::TooLarge => "too-large",
            Self::SpecialFile => "special-file",
            Self::Symlink => "symlink",
            Self::Submodule => "submodule",
            Self::Corrupt => "corrupt",
            Self::Absent => "absent",
            Self::Limit => "limit",
            Self::Panicked => "panicked",
        }
    }
}

impl fmt::Display for SkipReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// One thing that was not scanned.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Skip {
    /// What it is: a path, an object id.
    pub item: String,
    /// Why, in a word.
    pub reason: SkipReason,
    /// Why, in the words of whoever refused: an operating system's message, a limit with its name and value.
    pub detail: String,
}

/// What one target amounted to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct TargetCoverage {
    /// The target as the user typed it.
    pub target: String,
    /// Blobs that were scanned.
    pub blobs: u64,
    /// Bytes these blobs hold.
    pub bytes: u64,
    /// Findings in it that the report holds; those of the first target come first.
    pub findings: usize,
    /// What was not scanned: gaps first, then by item; at most [`Coverage::SKIPS_LISTED_MAX`] are listed.
    pub skips: Vec<Skip>,
    /// How many were not scanned, listed or not.
    pub skipped: u64,
    /// How many of these leave the scan incomplete.
    pub gaps: u64,
    /// Why the target could not be scanned to its end; none where it was.
    pub error: Option<String>,
}

/// What a run covered.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Coverage {
    /// One entry a target, in the order given.
    pub targets: Vec<TargetCoverage>,
    /// How many rules were active.
    pub rules: usize,
    /// SHA-256 of the active rules, hexadecimal: two runs with equal digests looked for the same things.
    pub rules_digest: String,
    /// Wall-clock time of the run.
    #[serde(rename = "duration_ms", serialize_with = "millis")]
    pub duration: Duration,
    /// Whether the run was stopped before it was through.
    pub cancelled: bool,
}

impl Coverage {
    /// How many skips of a target are listed by name; the rest are counted.
    pub const SKIPS_LISTED_MAX: usize = 1000;

    /// Blobs scanned over all targets.
    pub fn blobs(&self) -> u64 {
        self.targets.iter().map(|t| t.blobs).sum()
    }

    /// Bytes scanned over all targets.
    pub fn bytes(&self) -> u64 {
        self.targets.iter().map(|t| t.bytes).sum()
    }

    /// Whether everything that the targets hold was scanned.
    pub fn is_complete(&self) -> bool {
        !self.cancelled && self.targets.iter().all(|t| t.gaps == 0 && t.error.is_none())
    }
}

fn millis<S: serde::Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX))
}
