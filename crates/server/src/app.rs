//! What all handlers share.

use std::{ops::Deref, sync::Arc};

use jiff::Timestamp;
use stanch_response::Register;
use stanch_store::{StoreError, Tx};

use crate::{chain::Chain, changes::Changes, problem::Problem, shown::Shown};

/// What all handlers share. Cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Parts>);

/// The parts of an [`App`].
pub struct Parts {
    /// The register at work.
    pub register: Register,
    /// Tells the time.
    pub clock: Box<dyn Fn() -> Timestamp + Send + Sync>,
    /// What pages show of how the server was put together.
    pub shown: Shown,
    /// When it was.
    pub(crate) started: Timestamp,
    /// Whether the audit trail is whole.
    pub(crate) chain: Chain,
    /// Tells pages that something changed.
    pub(crate) changes: Changes,
}

impl Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl App {
    /// An app over this register, with no channels and the policy that comes with Stanch to show.
    pub fn new(register: Register, clock: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self::showing(Shown::default(), register, clock)
    }

    /// An app over this register whose pages show this.
    pub fn showing(
        shown: Shown,
        register: Register,
        clock: impl Fn() -> Timestamp + Send + Sync + 'static,
    ) -> Self {
        let started = clock();
        let (chain, changes) = (Chain::default(), Changes::default());
        Self(Arc::new(Parts { register, clock: Box::new(clock), shown, started, chain, changes }))
    }

    /// The time now.
    pub(crate) fn now(&self) -> Timestamp {
        (self.clock)()
    }

    /// Does something that blocks, where that is allowed.
    pub(crate) async fn blocking<T, E>(
        &self,
        job: impl FnOnce(&Self) -> Result<T, E> + Send + 'static,
    ) -> Result<T, Problem>
    where
        T: Send + 'static,
        E: Into<Problem> + Send + 'static,
    {
        let app = self.clone();
        match tokio::task::spawn_blocking(move || job(&app)).await {
            Ok(done) => done.map_err(Into::into),
            Err(error) => {
                tracing::error!(%error, "a request did not end");
                Err(Problem::internal())
            }
        }
    }

    /// Reads from the database in one transaction.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Tx<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, Problem> {
        self.blocking(move |app| app.register.store().read(job)).await
    }
}
