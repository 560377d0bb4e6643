//! Talks to the world outside: channels that deliver alerts.
//!
//! - [`Alert`]: one message about one incident; what a channel delivers.

mod alert;

pub use alert::{Alert, AlertFact, AlertKind, IncidentRef, Urgency};
