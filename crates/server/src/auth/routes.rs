//! Login, logout, set-up and the own account.

mod account;
mod entry;
mod factor;
mod login;
mod provider;
mod setup;
mod visit;

use axum::{
    Router,
    routing::{get, post},
};

use super::{Auth, oidc::CALLBACK};

pub(crate) use entry::{Entry, begin};
pub(crate) use visit::Visit;

/// All of them.
pub(crate) fn routes(auth: Auth) -> Router {
    Router::new()
        .route("/login", get(login::page).post(login::submit))
        .route("/login/totp", get(factor::page).post(factor::submit))
        .route("/login/oidc", get(provider::start).post(provider::go_on))
        .route(CALLBACK, get(provider::callback))
        .route("/logout", post(login::logout))
        .route("/setup/{token}", get(setup::page).post(setup::submit))
        .route("/account", get(account::page))
        .route("/account/password", post(account::password))
        .route("/account/totp", post(account::offer_factor))
        .route("/account/totp/confirm", post(account::confirm_factor))
        .route("/account/totp/remove", post(account::remove_factor))
        .route("/account/sessions/{id}/end", post(account::end_session))
        .route("/account/sessions/end-others", post(account::end_others))
        .with_state(auth)
}
