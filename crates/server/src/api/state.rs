//! What handlers of the API share.

use axum::extract::FromRef;

use crate::{app::App, auth::Auth};

/// What handlers of the API share: the register, and who may use it. Most ask for `State<App>` only.
#[derive(Clone)]
pub(crate) struct ApiState {
    /// The register.
    pub(crate) app: App,
    /// Who may use it.
    pub(crate) auth: Auth,
}

impl FromRef<ApiState> for App {
    fn from_ref(state: &ApiState) -> Self {
        state.app.clone()
    }
}
