//! What all handlers share.

use std::{ops::Deref, sync::Arc};

use jiff::Timestamp;
use stanch_response::Register;
use stanch_store::{Once, StoreError, Tx};

use crate::{
    chain::Chain,
    changes::Changes,
    hooks::Hooks,
    metrics::{Facts, Meters},
    operations::Operations,
    problem::Problem,
    shown::Shown,
};

/// What all handlers share. Cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Parts>);

/// The parts of an [`App`].
#[derive(Clone)]
pub struct Parts {
    /// The register at work.
    pub register: Register,
    /// Tells the time.
    pub clock: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    /// What pages show of how the server was put together.
    pub shown: Arc<Shown>,
    /// When it was.
    pub(crate) started: Timestamp,
    /// Whether the audit trail is whole.
    pub(crate) chain: Arc<Chain>,
    /// Tells pages that something changed.
    pub(crate) changes: Changes,
    /// Webhooks of other services.
    pub(crate) hooks: Arc<Hooks>,
    /// How it is watched and kept.
    pub(crate) operations: Operations,
    /// What this process counts.
    pub(crate) meters: Arc<Meters>,
    /// Numbers of the register, kept for a while.
    pub(crate) facts: Arc<Facts>,
}

impl Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl App {
    /// An app over this register, without webhooks and channels, with the policy that comes with Stanch to show.
    pub fn new(register: Register, clock: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        let started = clock();
        let parts = Parts {
            register,
            clock: Arc::new(clock),
            shown: Arc::default(),
            started,
            chain: Arc::default(),
            changes: Changes::default(),
            hooks: Arc::default(),
            operations: Operations::default(),
            meters: Arc::new(Meters::new(started)),
            facts: Arc::default(),
        };
        Self(Arc::new(parts))
    }

    /// The same, which these services may send webhooks to.
    #[must_use]
    pub fn with_hooks(self, hooks: Hooks) -> Self {
        Self(Arc::new(Parts { hooks: Arc::new(hooks), ..Parts::clone(&self) }))
    }

    /// The same, whose pages show this.
    #[must_use]
    pub fn showing(self, shown: Shown) -> Self {
        Self(Arc::new(Parts { shown: Arc::new(shown), ..Parts::clone(&self) }))
    }

    /// The same, watched and kept as the settings say.
    #[must_use]
    pub fn operated(self, operations: Operations) -> Self {
        Self(Arc::new(Parts { operations, ..Parts::clone(&self) }))
    }

    /// The same for one request that may be sent again: its change is made once.
    pub(crate) fn for_request(&self, once: Arc<Once>) -> Self {
        Self(Arc::new(Parts { register: self.register.for_request(once), ..Parts::clone(self) }))
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
