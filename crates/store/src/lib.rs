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
//! - [`Person`], [`Session`], [`ApiToken`], [`Team`]: who uses it.
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
mod backup;
mod burn;
mod connection;
mod database;
mod day;
mod error;
mod event;
mod exposure;
mod gate;
mod histogram;
mod incident;
mod leak;
mod login_step;
mod measure;
mod meta;
mod migrate;
mod origin;
mod outbox;
mod person;
mod retention;
mod rows;
mod session;
mod setup_link;
mod shipping;
mod sight;
mod store;
mod survey;
mod task;
mod team;
mod throttle;
mod timer;
mod token;
mod tx;
mod value;
mod week;

pub use allowance::{Grant, GrantFilter, GrantState, KnownGrant};
pub use backup::{BackupContent, BackupError, KeyText, check_backup, restore_backup, write_backup};
pub use burn::Burn;
pub use database::{Database, DatabaseError, PostgresUrl};
pub use day::day_of;
pub use error::StoreError;
pub use event::{Broken, Entry, Event, TrailFilter, Verifier};
pub use exposure::{Exposure, PlaceFilter, PlaceTally, Sighting};
pub use gate::GateEvent;
pub use histogram::{Histogram, Reading};
pub use incident::{Holders, Incident, IncidentFilter, Order};
pub use leak::{Leak, LeakFilter, LeakState, LeakStateError, Owner, Presence, PresenceError};
pub use login_step::LoginStep;
pub use measure::{Clocks, InventoryItem, Named, OriginWeek, Share, ToldItem};
pub use origin::{KnownOrigin, OriginFilter, Pushed, Scan};
pub use outbox::{Deliveries, Message, MessageState, MessageStateError, Outcome, Outgoing};
pub use person::{Credentials, Person, Role, RoleError, Subject};
pub use retention::Forgettable;
pub use session::Session;
pub use setup_link::SetupLink;
pub use shipping::Shipper;
pub use sight::Sight;
pub use store::{Once, Store, Timings};
pub use survey::{LastScan, OriginSecrets, Promised, Queue, Spread};
pub use task::Task;
pub use team::{GlobError, OriginGlobs, Team};
pub use throttle::{Forgiven, ThrottleRule, Throttled};
pub use timer::Timer;
pub use token::{ApiToken, Scope, ScopeError};
pub use tx::Tx;
pub use value::{FromValue, Row, Value};
pub use week::{week_of, week_start};
