//! What a handler changes things with.

use std::{convert::Infallible, sync::Arc};

use axum::{
    extract::{FromRef, FromRequestParts},
    http::request::Parts,
};
use stanch_store::Once;

use super::state::ApiState;
use crate::{
    app::App,
    auth::{Accounts, Auth},
    problem::Problem,
};

/// The register, for a request that changes something. With an `Idempotency-Key` the change is made once: its mark is written with it.
pub(crate) struct Act {
    /// The register.
    pub(crate) app: App,
    auth: Auth,
}

impl<S: Send + Sync> FromRequestParts<S> for Act
where
    ApiState: FromRef<S>,
{
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let ApiState { app, auth } = ApiState::from_ref(state);
        let app = match parts.extensions.get::<Arc<Once>>() {
            Some(once) => app.for_request(Arc::clone(once)),
            None => app,
        };
        Ok(Self { app, auth })
    }
}

impl Act {
    /// Does something with accounts, which blocks, where that is allowed.
    pub(crate) async fn accounts<T, E>(
        &self,
        job: impl FnOnce(&Accounts<'_>, &App) -> Result<T, E> + Send + 'static,
    ) -> Result<T, Problem>
    where
        T: Send + 'static,
        E: Into<Problem> + Send + 'static,
    {
        let auth = self.auth.clone();
        let job = move |app: &App| {
            let accounts = Accounts::new(app.register.store(), auth.site(), app.now());
            job(&accounts, app)
        };
        self.app.blocking(job).await
    }
}
