//! Reads the rule files of other scanners, and writes Stanch's: text in, text and a report out. Reads their ignore files and
//! baselines, and tells which findings these mean; reads their reports, and gives findings.
//!
//! - [`Format`]: whose file it is; guessed from the content where nobody says.
//! - [`import()`]: reads files, and gives rules and what became of each.
//! - [`Report`]: what changed, what was left out, and why.
//! - [`read_ignores`]: reads an ignore file or baseline of an [`IgnoreFormat`]; [`outcomes`]: which findings its entries mean.
//! - [`read_report`]: reads a report of a [`ReportFormat`], and gives findings as a server takes them.
//!
//! What is written has been read back by the parser of [`stanch_engine`].
//!
//! ```
//! use stanch_import::{Input, Options, import};
//!
//! let text = "[[rules]]\nid = 'acme-key'\nregex = '''acme_([a-z0-9]{20})'''\nkeywords = ['acme_']\n";
//! let imported = import(&[Input { file: "acme.toml", text }], &Options::default())?;
//! assert!(imported.text.contains("(?P<secret>[a-z0-9]{20})"));
//! assert_eq!(imported.report.counts(), (1, 1));
//! # Ok::<(), stanch_import::ImportError>(())
//! ```

mod convert;
mod dialect;
mod example;
mod foreign;
mod format;
mod gitleaks;
mod groups;
mod ignores;
mod import;
mod keyword;
mod pattern;
mod report;
mod reports;
mod rule_list;
mod text;
mod yaml;

pub use format::Format;
pub use ignores::{
    Claim, Entry, EntryFate, Evidence, Fit, Glob, IgnoreError, IgnoreFormat, Ignores, LeftOut, Outcome,
    PathPattern, Patterns, Place, Why, outcomes, read_ignores,
};
pub use import::{Import, ImportError, Include, Input, Options, import};
pub use report::{Fate, Note, NoteKind, Report, RuleReport};
pub use reports::{ForeignReport, Lost, LostWhy, ReportError, ReportFormat, ReportFormatError, read_report};
