//! Where bytes come from, and the pipeline that feeds the engine.
//!
//! - [`Target`]: what a user asks to scan. [`SOURCES`]: the kinds of target there are.
//! - [`Source`]: turns one target into blobs, and hands each to a [`Worker`] of the [`Crew`].
//! - [`scan()`]: opens targets, runs their sources on all cores, and gives findings to a [`Sink`] in a stable order.
//! - [`Holders`]: which objects of a Git repository hold a secret, what keeps them, and what a rewrite would change.
//!
//! ```
//! use stanch_engine::{RuleSet, Scanner};
//! use stanch_model::{Finding, Fingerprinter, KeyKind};
//! use stanch_sources::{Cancel, Context, Limits, Progress, Target, open, scan};
//!
//! let scanner = Scanner::new(RuleSet::embedded());
//! let fingerprinter = Fingerprinter::new(KeyKind::Once, &[0; 32]);
//! let (cancel, progress) = (Cancel::default(), Progress::default());
//! let context = Context {
//!     scanner: &scanner,
//!     fingerprinter: &fingerprinter,
//!     cancel: &cancel,
//!     progress: &progress,
//!     limits: Limits::default(),
//!     threads: 2,
//! };
//! let opened = open(&[Target::parse("src")?], &Default::default())?;
//! let mut findings: Vec<Finding> = Vec::new();
//! let coverage = scan(&opened, &context, &mut findings);
//! assert!(coverage.is_complete() && findings.is_empty());
//! # Ok::<(), stanch_sources::OpenError>(())
//! ```

mod chunks;
mod context;
mod crew;
#[cfg(test)]
mod fixture;
mod fs;
mod git;
mod masking;
mod outcome;
mod registry;
mod scan;
mod sighting;
mod snippet;
mod source;
mod stdin;
mod target;

pub use context::{Cancel, Context, Limits, Progress};
pub use crew::{Crew, Hand, Origin, Worker};
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub use git::fuzz_pack_delta;
pub use git::{
    CommitInfo, FileKind, Form, HeldFile, HeldObject, Holders, HoldersError, HoldingCommits, Keeper, KeptBy,
    Looked, NeedleError, Remedy, Remote, Rewrite, Sought, Stand, Wanted, WantedError,
};
#[doc(hidden)]
pub use git::{RawMatch, git_matches};
pub use registry::SOURCES;
pub use scan::{Opened, Sink, open, scan};
pub use sighting::Sighting;
pub use source::{AnySource, OpenError, Source, SourceConfigs, SourceError, SourceFactory};
pub use target::Target;
