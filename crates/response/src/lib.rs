//! From a finding to a leak to an incident to an alert.
//!
//! - [`Register`]: the register at work, over a database of `stanch-store`; everything it does is a transaction with an event.
//! - [`Batch`]: what a client sends, read.
//! - [`Postman`]: delivers what waits in the outbox.
//! - [`Settings`]: what it needs to know: [`policy`], [`playbook`], [`catalogue`].
//! - [`measures`]: what is counted, and how well what is promised is kept.
//! - [`owner`]: who is likely to answer for a leak.
//! - [`template`]: what is told to people inside and outside.

pub mod batch;
pub mod catalogue;
pub mod measures;
pub mod owner;
pub mod playbook;
pub mod policy;
mod postman;
mod register;
mod settings;
pub mod template;

pub use batch::{Batch, BatchError};
pub use postman::{Channels, DeliveryCounts, Postman};
pub use register::{
    Asker, Closing, Delivery, Dismissal, Effect, PushTold, Register, RegisterError, Request, Tally, Terms,
};
pub use settings::{Keys, RuleFacts, Settings};
