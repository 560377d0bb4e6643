//! How a server is watched and kept.

use std::sync::{Arc, atomic::AtomicU64};

use crate::{metrics::MetricsSettings, retention::Retention, trail::TrailSettings};

/// How a server is watched and kept, as its settings say.
#[derive(Clone, Debug, Default)]
pub struct Operations {
    /// Who may read metrics.
    pub metrics: MetricsSettings,
    /// Where the audit trail is shipped to.
    pub trail: TrailSettings,
    /// How long what is over is kept.
    pub retention: Retention,
    /// Spans that were not sent to their collector.
    pub spans_dropped: Arc<AtomicU64>,
}
