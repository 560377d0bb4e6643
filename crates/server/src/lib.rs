//! The register as a service: ingestion, API, web pages, and what works in the background.
//!
//! - [`serve`](serve()): runs it until it is told to stop.
//! - [`ServerSettings`]: what `server.toml` says.
//! - [`App`]: what all handlers share; [`Shown`]: what pages show of how it was put together.
//! - [`router`](router()): every route; the document of the API is made from it.
//! - [`auth`]: who uses it, and what they may do.
//! - [`pages`]: how its pages look; [`WebPages`]: those of accounts.

mod api;
mod app;
pub mod auth;
mod background;
mod chain;
mod changes;
mod events;
pub mod pages;
mod problem;
mod router;
mod serve;
mod settings;
mod shown;
mod web;

pub use app::{App, Parts};
pub use router::{openapi, router};
pub use serve::{Listener, ServeError, serve};
pub use settings::{ServerSettings, SettingsError};
pub use shown::{PolicyText, Shown};
pub use web::WebPages;
