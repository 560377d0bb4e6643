//! The register as a service: ingestion, API, web pages, and what works in the background.
//!
//! - [`serve`](serve()): runs it until it is told to stop.
//! - [`ServerSettings`]: what `server.toml` says.
//! - [`App`]: what all handlers share; [`Shown`]: what pages show of how it was put together.
//! - [`router`](router()): every route; the document of the API is made from it.
//! - [`demonstrate`]: fills an empty register with a made-up half-year.
//! - [`retention`]: how long what is over is kept.
//! - [`telemetry`]: its log, and the spans it sends.
//! - [`trail`]: the audit trail outside of the database.
//! - [`auth`]: who uses it, and what they may do.
//! - [`Hooks`]: webhooks of other services, which come in.
//! - [`pages`]: how its pages look; [`WebPages`]: those of accounts.

mod api;
mod app;
pub mod auth;
mod background;
mod chain;
mod changes;
mod demo;
mod events;
mod hooks;
mod metrics;
mod operations;
pub mod pages;
mod problem;
pub mod retention;
mod router;
mod serve;
mod settings;
mod shown;
pub mod telemetry;
pub mod trail;
mod web;

pub use app::{App, Parts};
pub use demo::{DemoError, DemoLogin, demo_channels, demonstrate};
pub use hooks::{HookError, HookSettings, Hooks, HooksSettings, Service};
pub use metrics::{Front, MetricsSettings};
pub use operations::Operations;
pub use router::{openapi, router};
pub use serve::{Listener, ServeError, serve};
pub use settings::{ServerSettings, SettingsError};
pub use shown::{PolicyText, Shown};
pub use web::WebPages;
