//! The register at work: findings become leaks, leaks become incidents, incidents are driven until they are over.

mod alerts;
mod allow;
mod desk;
mod elsewhere;
mod gates;
mod ingest;
mod inventory;
mod messages;
mod opening;
mod parting;
mod place;
mod promises;
mod publicity;
mod regress;
mod respond;
mod timers;

use std::sync::Arc;

use jiff::Timestamp;
use stanch_model::{Actor, Refused};
use stanch_store::{Once, Store, StoreError, Tx};

use crate::Settings;

pub use allow::{Asker, Terms};
pub use elsewhere::{Delivery, Effect, PushTold};
pub use ingest::Tally;
pub use respond::{Closing, Dismissal, Request};

use desk::Desk;

/// The register at work. Cheap to clone; all clones share one database.
#[derive(Clone)]
pub struct Register {
    store: Store,
    settings: Arc<Settings>,
}

/// Why something was not done.
#[derive(Debug, thiserror::Error)]
pub enum RegisterError {
    /// The database refused.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// There is no such incident, or it may not be seen.
    #[error("there is no incident {0}")]
    NoIncident(i64),
    /// There is no such leak, or it may not be seen.
    #[error("there is no leak {0}")]
    NoLeak(i64),
    /// It has no such item on its checklist.
    #[error("incident {incident} has no task {task}")]
    NoTask {
        /// The incident.
        incident: i64,
        /// The item.
        task: i64,
    },
    /// There is no such message that was given up, or it may not be seen.
    #[error("there is no message {0} that was given up")]
    NoMessage(i64),
    /// There is no such allowance, or it may not be seen.
    #[error("there is no allowance {0}")]
    NoAllowance(i64),
    /// It counts no more.
    #[error("allowance {0} is over already")]
    AllowanceOver(i64),
    /// The state of the incident does not allow it.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// Somebody else changed the incident in the meantime.
    #[error("incident {incident} is at version {version} by now: look at it again")]
    Changed {
        /// The incident.
        incident: i64,
        /// Its version of now.
        version: i64,
    },
    /// Something that was asked for makes no sense.
    #[error("{field}: {why}")]
    Invalid {
        /// The field.
        field: &'static str,
        /// Why.
        why: String,
    },
}

impl Register {
    /// A register over this database.
    pub fn new(store: Store, settings: Settings) -> Self {
        Self { store, settings: Arc::new(settings) }
    }

    /// The database.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The same for one request that may be sent again: its change is made once.
    #[must_use]
    pub fn for_request(&self, once: Arc<Once>) -> Self {
        Self { store: self.store.for_request(once), settings: Arc::clone(&self.settings) }
    }

    /// What it needs to know.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Does something in one transaction, on behalf of somebody.
    fn work<T>(
        &self,
        actor: &Actor,
        now: Timestamp,
        mut job: impl FnMut(&mut Desk<'_, '_>) -> Result<T, RegisterError>,
    ) -> Result<T, RegisterError> {
        self.store.write(|tx: &mut Tx<'_>| job(&mut Desk { tx, settings: &self.settings, actor, now }))
    }
}
