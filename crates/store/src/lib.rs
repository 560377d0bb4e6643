//! The register: leaks, exposures, incidents, the outbox and the audit trail, in SQLite or PostgreSQL.
//!
//! All SQL of Stanch is here. A [`Store`] is shared by all who use it; whoever reads or writes does so in one transaction, a [`Tx`]. Each noun has
//! a file with its type and what can be asked of it. Everything blocks: a server calls it where blocking is allowed.
//!
//! - [`Database`]: where it is kept.
//! - [`Leak`], [`Exposure`], [`KnownOrigin`]: one secret, its places, what it leaked into.
//! - [`Incident`]: the response, with its [`Task`]s and [`Timer`]s.
//! - [`Event`]: what happened, in a trail bound by hashes; [`Verifier`] follows it.
//! - [`Message`]: what is to go out to channels.
//! - [`Sight`]: what of all that somebody may see.
//!
//! ```
//! use stanch_store::{Database, Sight, Store};
//!
//! let folder = tempfile::tempdir()?;
//! let store = Store::open(&Database::Sqlite(folder.path().join("register.db")))?;
//! assert!(store.read(|tx| tx.incident(1, &Sight::All))?.is_none());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod allowance;
mod connection;
mod database;
mod day;
mod error;
mod event;
mod exposure;
mod gate;
mod incident;
mod leak;
mod meta;
mod migrate;
mod origin;
mod outbox;
mod rows;
mod sight;
mod store;
mod task;
mod timer;
mod tx;
mod value;

pub use allowance::Grant;
pub use database::{Database, DatabaseError, PostgresUrl};
pub use day::day_of;
pub use error::StoreError;
pub use event::{Broken, Entry, Event, TrailFilter, Verifier};
pub use exposure::{Exposure, Sighting};
pub use gate::GateEvent;
pub use incident::{Holders, Incident, IncidentFilter, Order};
pub use leak::{Leak, LeakFilter, LeakState, LeakStateError, Owner};
pub use origin::{KnownOrigin, Scan};
pub use outbox::{Message, Outcome, Outgoing};
pub use sight::Sight;
pub use store::Store;
pub use task::Task;
pub use timer::Timer;
pub use tx::Tx;
pub use value::{FromValue, Row, Value};
