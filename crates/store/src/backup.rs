//! A register as one file that either database can be restored from.
//!
//! Lines of JSON: what it is, then each table with its columns and rows, then keys if they were asked for, and at the end the numbers of rows, the head
//! of the audit trail, and the SHA-256 of all lines before. It is read in one transaction, so it is what the register was at one moment, while
//! servers go on. Left out are sessions, logins that are half done, links to set a password, and counts of failed logins.

mod check;
mod line;
mod restore;
mod tables;
mod write;

pub use check::{BackupContent, BackupError, check_backup};
pub use line::KeyText;
pub use restore::restore_backup;
pub use write::write_backup;

use tables::TABLES;
