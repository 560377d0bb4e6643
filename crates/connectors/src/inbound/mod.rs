//! Signed webhooks that come back: who sent them, and what they say. Pure functions over headers and body.
//!
//! Each begins by comparing what proves the sender, in constant time, before a byte of the body is looked at. What a service tells
//! that we do not know is [`Received::Ignored`], never an error: services send more kinds every year.

mod acknowledgement;
mod delivery;
mod github;
mod gitlab;
mod opsgenie;
mod pagerduty;
mod push;
mod slack;

pub use acknowledgement::{Acknowledged, Acknowledgement, Concerning};
pub use delivery::{BODY_BYTES_MAX, Headers, Inbound, InboundError, Received};
pub use github::{AlertedSecret, GitHubEvent, SecretAlert, SecretAlertAction, github};
pub use gitlab::gitlab;
pub use opsgenie::opsgenie;
pub use pagerduty::pagerduty;
pub use push::{Push, PushedCommit, PushedRepository};
pub use slack::slack;
