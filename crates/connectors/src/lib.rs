//! Talks to the world outside: channels that deliver alerts, and webhooks that come back.
//!
//! - [`Alert`]: one message about one incident; what a channel delivers.
//! - [`CHANNELS`]: the kinds of channel there are; [`open_channel`] makes a [`Channel`] of settings.
//! - [`Context`]: what a channel is given: [`Http`], a [`Clock`], a [`CredentialReader`].
//! - [`inbound`]: reads what other services send, once it is sure who did.
//! - [`Credential`], [`Address`]: what cannot be printed by accident.
//!
//! ```
//! use std::sync::Arc;
//! use stanch_connectors::{Context, Http, HttpSettings, ProcessCredentials, open_channel};
//!
//! let context = Context {
//!     http: Http::new(HttpSettings::default())?,
//!     clock: Arc::new(jiff::Timestamp::now),
//!     credentials: Arc::new(ProcessCredentials),
//! };
//! let settings = toml::toml! { routing_key = "written out" };
//! let refused = open_channel("pagerduty", settings, &context).err().expect("a mistake");
//! assert!(refused.to_string().starts_with("routing_key: a credential is never written here"));
//! # Ok::<(), stanch_connectors::HttpError>(())
//! ```

mod address;
mod alert;
mod authorization;
mod channel;
mod channels;
mod context;
mod credential;
mod delivery;
mod http;
pub mod inbound;
mod mistake;
mod registry;
mod wording;

pub use address::{Address, AddressError};
pub use alert::{Alert, AlertFact, AlertKind, IncidentRef};
pub use channel::{Channel, ChannelFactory, ChannelKind, OpenError};
pub use context::{Clock, Context};
pub use credential::{Credential, CredentialError, CredentialReader, CredentialSource, ProcessCredentials};
pub use delivery::{DeliveryError, Receipt};
pub use http::{Http, HttpError, HttpSettings};
pub use registry::{CHANNELS, open_channel};
pub use stanch_model::Urgency;
