//! What is told of the server at work: a line in the log and a span for each request, without anything that is a secret.
//!
//! The log tells method, route, status, milliseconds, and who it was by a number; never a path, a query or a body. Every line of it is read by the
//! engine of Stanch before it is written.

mod otlp;
mod redact;
mod request;
mod settings;
mod trace_id;

use std::sync::{Arc, atomic::AtomicU64};

use axum::{Router, middleware};
use tracing_subscriber::{EnvFilter, Layer as _, layer::SubscriberExt as _, util::SubscriberInitExt as _};

use crate::app::App;

pub use otlp::Spans;
pub use redact::Redactor;
pub use settings::{TelemetrySettings, TelemetryUrl, TelemetryUrlError};

pub(crate) use request::Caller;

/// A router whose requests are counted and told of.
pub(crate) fn watched(router: Router, app: App) -> Router {
    router.layer(middleware::from_fn_with_state(app, request::watch))
}

/// Begins the log, on standard error, and sends spans if the settings say where; gives the counter of spans that were not sent.
///
/// # Errors
///
/// If there is no thread to be had.
pub fn start(settings: &TelemetrySettings, filter: EnvFilter) -> std::io::Result<Arc<AtomicU64>> {
    let spans = settings.otlp.as_ref().map(|url| Spans::to(url.as_str())).transpose()?;
    let dropped = spans.as_ref().map(Spans::dropped).unwrap_or_default();
    let log = tracing_subscriber::fmt::layer()
        .json()
        .with_span_list(false)
        .with_current_span(false)
        .with_writer(redact::RedactedLog::default());
    let registry = tracing_subscriber::registry().with(filter).with(log.boxed()).with(spans);
    // A second one would be a mistake of tests only.
    let _ = registry.try_init();
    Ok(dropped)
}
