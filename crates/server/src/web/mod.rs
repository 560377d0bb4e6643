//! The web pages at work: each handler fills the view of a page from the register, or takes what a form of it sends.
//!
//! How pages look is said by [`pages`](crate::pages); here is where what they show comes from. Handlers return problems as those of the API do;
//! [`failure::as_page`] shows them to browsers as pages.

mod account;
mod allowances;
mod assets;
mod audit;
mod blast;
mod debug;
mod executive;
mod failure;
mod fields;
mod incident;
mod incidents;
mod leaks;
mod on_call;
mod settings;
mod steps;
mod theme;
mod visitor;
mod words;

use axum::{
    Router, middleware,
    response::Redirect,
    routing::{get, post},
};

pub use account::WebPages;

use crate::{app::App, auth::Auth};

/// What all handlers of pages share.
#[derive(Clone)]
pub(crate) struct Web {
    app: App,
    auth: Auth,
}

/// Every page.
pub(crate) fn routes(app: App, auth: Auth) -> Router {
    Router::new()
        .route("/", get(|_: visitor::Visitor| async { Redirect::to("/on-call") }))
        .route("/assets/{name}", get(assets::get_asset))
        .route("/theme", post(theme::post_theme))
        .route("/on-call", get(on_call::get_on_call))
        .route("/alerts/retry", post(on_call::post_retry))
        .route("/incidents", get(incidents::get_incidents))
        .route("/incidents/{id}", get(incident::get_incident))
        .route("/incidents/{id}/steps", post(incident::post_step))
        .route("/incidents/{id}/duties", post(incident::post_duty))
        .route("/incidents/{id}/checklist", post(incident::post_check))
        .route("/incidents/{id}/notes", post(incident::post_note))
        .route("/incidents/{id}/links", post(incident::post_link))
        .route("/incidents/{id}/split", post(incident::post_split))
        .route("/incidents/{id}/merge", post(incident::post_merge))
        .route("/executive", get(executive::get_executive))
        .route("/leaks", get(leaks::get_leaks))
        .route("/leaks/{id}", get(leaks::get_leak))
        .route("/leaks/{id}/allowances", post(allowances::post_allowance))
        .route("/allowances", get(allowances::get_allowances))
        .route("/allowances/{id}/end", post(allowances::post_end))
        .route("/debug", get(debug::get_debug))
        .route("/search", get(leaks::get_search))
        .route("/audit", get(audit::get_audit))
        .merge(settings::routes())
        .with_state(Web { app, auth })
}

/// Shows browsers what is refused as pages.
pub(crate) fn with_failures(router: Router, app: App) -> Router {
    router.layer(middleware::from_fn_with_state(app, failure::as_page))
}
