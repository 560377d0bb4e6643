//! What all handlers share.

use std::{ops::Deref, sync::Arc};

use jiff::Timestamp;
use stanch_response::Register;
use stanch_store::{StoreError, Tx};

use crate::{
    changes::Changes,
    metrics::{Facts, Meters},
    operations::Operations,
    problem::Problem,
};

/// What all handlers share. Cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Parts>);

/// The parts of an [`App`].
pub struct Parts {
    /// The register at work.
    pub register: Register,
    /// Tells the time.
    pub clock: Box<dyn Fn() -> Timestamp + Send + Sync>,
    /// Tells pages that something changed.
    pub(crate) changes: Changes,
    /// How it is watched and kept.
    pub(crate) operations: Operations,
    /// What this process counts.
    pub(crate) meters: Meters,
    /// Numbers of the register, kept for a while.
    pub(crate) facts: Facts,
}

impl Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl App {
    /// An app over this register.
    pub fn new(register: Register, clock: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        let meters = Meters::new(clock());
        Self(Arc::new(Parts {
            register,
            clock: Box::new(clock),
            changes: Changes::default(),
            operations: Operations::default(),
            meters,
            facts: Facts::default(),
        }))
    }

    /// The same, watched and kept as the settings say. To be called before it is cloned; clones keep what they had.
    #[must_use]
    pub fn operated(mut self, operations: Operations) -> Self {
        if let Some(parts) = Arc::get_mut(&mut self.0) {
            parts.operations = operations;
        }
        self
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
        let (app, span) = (self.clone(), tracing::Span::current());
        match tokio::task::spawn_blocking(move || span.in_scope(|| job(&app))).await {
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
