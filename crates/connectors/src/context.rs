//! What a channel is given to work with.

use std::sync::Arc;

use jiff::Timestamp;

use crate::{Credential, CredentialReader, CredentialSource, Http, OpenError};

/// Tells the time. Any function that gives a time is one: `Timestamp::now`, or one of a test.
pub trait Clock: Send + Sync {
    /// The time now.
    fn now(&self) -> Timestamp;
}

impl<F: Fn() -> Timestamp + Send + Sync> Clock for F {
    fn now(&self) -> Timestamp {
        self()
    }
}

/// Everything a channel needs and does not own. Clones share the connections.
#[derive(Clone)]
pub struct Context {
    /// Sends requests, within limits.
    pub http: Http,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Reads credentials.
    pub credentials: Arc<dyn CredentialReader>,
}

impl Context {
    /// The credential that `source` names, for the field `field`.
    ///
    /// # Errors
    /// It is not there, or is no credential.
    pub(crate) fn credential(
        &self,
        field: &'static str,
        source: &CredentialSource,
    ) -> Result<Credential, OpenError> {
        self.credentials.read(source).map_err(|error| OpenError::Credential { field, error })
    }

    /// The same for one that need not be set.
    pub(crate) fn optional(
        &self,
        field: &'static str,
        source: Option<&CredentialSource>,
    ) -> Result<Option<Credential>, OpenError> {
        source.map(|source| self.credential(field, source)).transpose()
    }
}
