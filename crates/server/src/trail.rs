//! The audit trail outside of the database: shipped to a file and to syslog, and checked offline.
//!
//! A file of the trail is lines of JSON: entries, and heads. A head names the last entry before it by number and hash, and is signed under the key of
//! the server; every batch ends with one, and every file begins with one. So whoever changes, takes out or adds an entry breaks the hashes, and
//! whoever computes them anew lacks the signatures. What is cut off behind a head is found by whoever kept a later head, or asks the register.

mod check;
mod destination;
mod file;
mod line;
mod settings;
mod shipping;
mod syslog;

pub use check::{Checked, TrailError, check_files};
pub use settings::{SyslogTarget, SyslogTargetError, TrailSettings};
pub use shipping::{Shipping, ShippingError};
