//! Governed exceptions: which findings may stay, why, until when, and who answers for it. Text in, rulings out; no I/O.
//!
//! - [`Allowance`]: one exception, for one secret or for a narrow [`Condition`].
//! - [`AllowFile`]: the text of `.stanch/allow.toml`, read, changed and written block by block.
//! - [`Exceptions`]: allowances, comments and a [`Baseline`] together; they rule over all findings of a run at once.
//! - [`audit()`]: what is wrong with the exceptions themselves: expired, unused, too broad, nobody's.
//!
//! ```
//! use stanch_allow::AllowFile;
//!
//! let file = AllowFile::parse("[condition.fixtures]\nrule = 'acme-key'\npath = 'tests/fixtures/**'\nreason = 'test-credential'\nowner = 'platform'\ncreated = 2026-11-26\n")?;
//! assert_eq!(file.allowances().count(), 1);
//! # Ok::<(), stanch_allow::AllowFileError>(())
//! ```

mod allowance;
mod audit;
mod baseline;
mod day;
mod exceptions;
mod file;
mod pattern;
mod written;

pub use allowance::{Allowance, Condition, Expiry, Subject};
pub use audit::{Auditing, Fault, Idle, Remark, SawAll, Source, audit};
pub use baseline::{Baseline, BaselineError};
pub use exceptions::{Comment, Exceptions, Outcome, Placed, Ruling, Rulings, Usage, Why};
pub use file::{AllowFile, AllowFileError, EditError};
pub use pattern::{PathGlob, PatternError, ValuePattern};
