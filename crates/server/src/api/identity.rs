//! Under which key fingerprints are computed here.

use axum::{Json, extract::State};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    app::App,
    auth::Login,
    problem::{Problem, Refusals},
};

/// Under which key fingerprints are computed here.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct IdentityView {
    /// The key of today, as fingerprints name it.
    key_id: String,
    /// The one before, while keys are rotated.
    former_key_id: Option<String>,
}

/// Under which key fingerprints are computed here: a client asks before it sends any.
#[utoipa::path(
    get, path = "/api/v1/identity", tag = "findings",
    responses((status = 200, body = IdentityView), Refusals),
)]
pub(crate) async fn get_identity(State(app): State<App>, _: Login) -> Result<Json<IdentityView>, Problem> {
    let keys = app.register.settings().keys;
    Ok(Json(IdentityView {
        key_id: keys.current.to_string(),
        former_key_id: keys.former.map(|key| key.to_string()),
    }))
}
