//! What becomes of a delivery.

use std::time::Duration;

/// What the other side calls what was delivered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Receipt {
    /// Its key or number there, such as `SEC-12`; none if it tells none.
    pub reference: Option<String>,
    /// Its page there.
    pub url: Option<String>,
}

/// Why an alert was not delivered. Neither holds a credential, nor an address with one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DeliveryError {
    /// Another time may do: the other side is away, slow, or wants less.
    #[error("{reason}")]
    Retry {
        /// What happened.
        reason: String,
        /// How long the other side asks to wait.
        after: Option<Duration>,
    },
    /// Trying again would not help: somebody has to change something.
    #[error("{reason}")]
    Refused {
        /// What happened.
        reason: String,
    },
}

impl DeliveryError {
    /// One that may do another time.
    pub(crate) fn retry(reason: impl Into<String>) -> Self {
        Self::Retry { reason: reason.into(), after: None }
    }

    /// One that does not help to repeat.
    pub(crate) fn refused(reason: impl Into<String>) -> Self {
        Self::Refused { reason: reason.into() }
    }

    /// Whether another time may do.
    pub fn is_retry(&self) -> bool {
        matches!(self, Self::Retry { .. })
    }
}
