//! What everything that happens in one transaction shares.

use jiff::Timestamp;
use stanch_model::Actor;
use stanch_store::{Event, Tx};

use crate::Settings;

/// A transaction, on whose behalf it is, and when.
pub(super) struct Desk<'d, 'c> {
    pub(super) tx: &'d mut Tx<'c>,
    pub(super) settings: &'d Settings,
    pub(super) actor: &'d Actor,
    pub(super) now: Timestamp,
}

impl Desk<'_, '_> {
    /// An event that happens now, by who works here.
    pub(super) fn event(&self, kind: impl Into<String>) -> Event {
        Event::new(self.now, self.actor, kind)
    }
}
