//! The matching engine: bytes in, matches out. No I/O; once rules are compiled, scanning cannot fail.
//!
//! - [`RuleSet`]: the rules, embedded or read from TOML text ([`RuleSet::embedded`], [`RuleSet::parse`]).
//! - [`Scanner`]: the compiled rules; immutable, shared by all threads.
//! - [`Scratch`]: what one thread needs while scanning; reused from blob to blob.
//! - [`Sink`]: where a [`Match`] goes.
//! - [`Credential`]: a match with its other parts, an id or a user ([`Scanner::credentials`]).
//!
//! ```
//! use stanch_engine::{Match, RuleSet, Scanner};
//!
//! let scanner = Scanner::new(RuleSet::embedded());
//! let mut scratch = scanner.scratch();
//! let mut matches: Vec<Match> = Vec::new();
//! scanner.scan(&mut scratch, b"nothing to see here", &mut matches);
//! assert!(matches.is_empty());
//! ```

mod allow;
mod analysis;
mod check;
mod confirm;
mod credential;
mod cursor;
mod decode;
mod decoded;
mod dive;
mod example;
pub mod generic;
mod judge;
mod keyword;
mod lint;
mod matches;
mod mistake;
mod overlap;
mod part;
mod pass;
mod rule;
mod rule_file;
mod rule_set;
mod rule_text;
mod scanner;
mod sieve;
mod simd;
mod sketch;
mod text;
mod trial;
mod value;

pub use allow::Pending;
pub use check::{CHECKS, Check, Verdict};
pub use credential::{Credential, FoundPart};
pub use cursor::Cursor;
pub use decoded::Value;
pub use dive::Shortfall;
pub use example::{ExampleError, expand};
pub use lint::{Level, Lint, Size, lint_ids};
pub use matches::{Inner, Match, Sink};
pub use mistake::{is_name, mistake, mistake_in};
pub use pass::Effort;
pub use rule::{Rule, RuleProblem};
pub use rule_file::{RuleError, parse_rules};
pub use rule_set::{Override, RuleId, RuleSet};
pub use rule_text::{Allow, ClassMarks, Condition, Context, Finder, Part, Subject};
pub use scanner::{Reach, Scanner, ScannerOptions, Scratch};
pub use simd::Isa;
pub use text::plain;
pub use trial::{Failure, SEEDS};
