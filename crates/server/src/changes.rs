//! Tells open pages that something changed: the trail is watched, whichever server wrote it.

use tokio::sync::broadcast;

/// Changes that a slow reader may lag behind before it misses some; it then looks at everything anew.
const LAG_MAX: usize = 256;

/// Something changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Changed {
    /// The number of the event in the trail.
    pub(crate) seq: i64,
    /// In which incident.
    pub(crate) incident: Option<i64>,
}

/// Where changes are told.
#[derive(Clone, Debug)]
pub(crate) struct Changes(broadcast::Sender<Changed>);

impl Default for Changes {
    fn default() -> Self {
        Self(broadcast::channel(LAG_MAX).0)
    }
}

impl Changes {
    /// Tells whoever listens.
    pub(crate) fn tell(&self, changed: Changed) {
        // Nobody listening is no mistake.
        let _ = self.0.send(changed);
    }

    /// Listens from now on.
    pub(crate) fn listen(&self) -> broadcast::Receiver<Changed> {
        self.0.subscribe()
    }

    /// Whether anybody listens.
    pub(crate) fn has_listeners(&self) -> bool {
        self.0.receiver_count() > 0
    }
}
