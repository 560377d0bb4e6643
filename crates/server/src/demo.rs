//! A demonstration: half a year of a made-up company, so that somebody can look at everything before they have anything.
//!
//! What is shown went through the register as real findings do, at the times it is said to have happened; only the clock and the company are made up.

mod case;
mod cast;
mod dice;
mod people;
mod story;

use std::collections::BTreeMap;

use jiff::Timestamp;
use stanch_connectors::{Alert, Channel, DeliveryError, Receipt};
use stanch_model::Fingerprinter;
use stanch_response::{Postman, Register, RegisterError};
use stanch_store::StoreError;

use crate::auth::{Auth, HashError};

pub use people::DemoLogin;

/// Why there is no demonstration.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The database refused.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The register refused.
    #[error(transparent)]
    Register(#[from] RegisterError),
    /// The password was not hashed.
    #[error(transparent)]
    Password(HashError),
    /// There is something in the register already.
    #[error("the register is not empty: a demonstration wants a folder of its own")]
    NotEmpty,
}

/// Fills an empty register with half a year that ends now; gives with what somebody can log in. Blocks for seconds.
///
/// # Errors
///
/// If the register is not empty, or the database refuses.
pub fn demonstrate(
    (register, auth): (&Register, &Auth),
    printer: &Fingerprinter,
    now: Timestamp,
) -> Result<DemoLogin, DemoError> {
    if register.store().read(|tx| tx.trail_head())?.0 > 0 {
        return Err(DemoError::NotEmpty);
    }
    let mut story = story::Story::new(register, printer, now);
    let login = people::invite(auth, story.start())?;
    story.tell()?;
    Ok(login)
}

/// Channels that take everything and tell nobody, by these names; one of them is away now and then.
pub fn demo_channels<'n>(names: impl IntoIterator<Item = &'n str>) -> BTreeMap<String, Box<dyn Channel>> {
    names.into_iter().map(|name| (name.to_owned(), Box::new(Nobody) as Box<dyn Channel>)).collect()
}

/// Takes everything and tells nobody.
struct Nobody;

impl Channel for Nobody {
    fn deliver(&self, alert: &Alert) -> Result<Receipt, DeliveryError> {
        Ok(Receipt { reference: Some(format!("DEMO-{}", alert.incident.number)), url: None })
    }
}

/// One who delivers what the story tells channels.
fn postman(register: &Register) -> Postman {
    let channels = register.settings().policy.channels();
    Postman::new(register.store().clone(), demo_channels(channels), "demo".to_owned())
}
