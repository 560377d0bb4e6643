//! Ships the trail to one destination: nothing is left out, and nothing goes twice, whichever server ships it.

use std::io;

use jiff::SignedDuration;
use stanch_store::{Entry, Shipper, StoreError};

use super::{
    destination::Destination, file::TrailFile, line::Position, settings::TrailSettings, syslog::Syslog,
};
use crate::{app::App, auth::Auth};

/// How long one server has a destination for a batch; longer than a batch may take.
const LEASE: SignedDuration = SignedDuration::from_secs(60);
/// Most entries of a batch.
const BATCH_MAX: usize = 500;

/// Ships the trail to one destination. [`serve`](crate::serve()) does so in the background.
pub struct Shipping {
    app: App,
    destination: Box<dyn Destination>,
    /// This server, by a name that no other has.
    by: String,
}

/// Why the trail was not shipped.
#[derive(Debug, thiserror::Error)]
pub enum ShippingError {
    /// The database refused.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The destination did.
    #[error("{destination}: {error}")]
    Destination {
        /// Which.
        destination: String,
        /// Why.
        error: io::Error,
    },
    /// The destination has what the register does not: one of them is not what it was.
    #[error("{destination} ends at entry {shipped} of the audit trail, and the register at {head}")]
    Ahead {
        /// Which.
        destination: String,
        /// The last entry it has.
        shipped: i64,
        /// The last one of the register.
        head: i64,
    },
    /// The register lacks an entry that was shipped.
    #[error("the register has no entry {0} of the audit trail any more")]
    Missing(i64),
}

impl Shipping {
    /// One for each destination of the settings.
    pub fn all(app: &App, auth: &Auth, settings: &TrailSettings) -> Vec<Self> {
        let host = host();
        let mut destinations: Vec<Box<dyn Destination>> = Vec::new();
        if let Some(file) = &settings.file {
            destinations.push(Box::new(TrailFile::new(file, settings.bytes(), (&host, auth))));
        }
        if let Some(target) = &settings.syslog {
            destinations.push(Box::new(Syslog::new(target.clone(), &host)));
        }
        let mark = crate::auth::SecretText::random().hash();
        let by = format!("{host}-{}", mark.get(..16).unwrap_or_default());
        let new = |destination| Self { app: app.clone(), destination, by: by.clone() };
        destinations.into_iter().map(new).collect()
    }

    /// Ships what is new; gives how many entries went.
    ///
    /// # Errors
    ///
    /// If the database or the destination is away: the same entries go later. Of those that were under way some may go twice then to syslog,
    /// which cannot tell what it has; their numbers are the same.
    pub fn pass(&mut self) -> Result<usize, ShippingError> {
        let (name, by) = (self.destination.name().to_owned(), self.by.clone());
        let (head, noted) = self.app.register.store().read(|tx| {
            let noted = tx.trail_shipped()?.into_iter().find(|(destination, _)| *destination == name);
            Ok::<_, StoreError>((tx.trail_head()?.0, noted.map(|(_, seq)| seq)))
        })?;
        if noted.unwrap_or_default() == head {
            return Ok(0);
        }
        let now = self.app.now();
        let shipper = Shipper { destination: &name, by: &by, until: now + LEASE };
        let taken = self.app.register.store().write(|tx| tx.take_destination(&shipper, now))?;
        let Some(noted) = taken else { return Ok(0) };
        let done = self.batch(noted, head);
        let store = self.app.register.store();
        match &done {
            Ok((_, seq)) => store.write(|tx| {
                tx.shipped(&shipper, *seq, now)?;
                tx.leave_destination(&shipper)
            })?,
            Err(_) => store.write(|tx| tx.leave_destination(&shipper))?,
        }
        done.map(|(count, _)| count)
    }

    /// Ships one batch after the entry `noted`; gives how many entries went, and the number of the last one there.
    fn batch(&mut self, noted: i64, head: i64) -> Result<(usize, i64), ShippingError> {
        let destination = self.destination.name().to_owned();
        let failed = |error| ShippingError::Destination { destination: destination.clone(), error };
        let shipped = self.destination.shipped().map_err(failed)?;
        if let Some(shipped) = shipped.filter(|shipped| *shipped < noted) {
            tracing::error!(
                destination,
                shipped,
                noted,
                "the trail was cut there; it is shipped again from its end on"
            );
        }
        let after = shipped.unwrap_or(noted);
        if after > head {
            return Err(ShippingError::Ahead { destination, shipped: after, head });
        }
        let (before, entries) = self.app.register.store().read(|tx| {
            // The entry before it tells its hash.
            let mut entries = tx.trail_from(after.max(1), BATCH_MAX)?;
            let is_there = entries.first().is_some_and(|entry| entry.seq == after);
            let before = is_there.then(|| entries.remove(0));
            Ok::<_, StoreError>((before, entries))
        })?;
        if after > 0 && before.is_none() {
            return Err(ShippingError::Missing(after));
        }
        let before = position(before);
        let Some(last) = entries.last().map(|entry| entry.seq) else { return Ok((0, after)) };
        self.destination.ship(&before, &entries).map_err(|error| ShippingError::Destination {
            destination: self.destination.name().to_owned(),
            error,
        })?;
        Ok((entries.len(), last))
    }
}

fn position(entry: Option<Entry>) -> Position {
    entry.map(|entry| Position { seq: entry.seq, hash: entry.hash }).unwrap_or_default()
}

/// The name of this machine.
fn host() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").ok();
    let name = name.or_else(|| std::env::var("HOSTNAME").ok()).unwrap_or_default();
    if name.trim().is_empty() { "localhost".to_owned() } else { name.trim().to_owned() }
}
