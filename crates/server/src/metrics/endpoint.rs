//! `GET /metrics`.

use std::sync::atomic::Ordering;

use axum::{
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use stanch_store::{Database, Sight};

use super::{
    family,
    page::{CONTENT_TYPE, Page},
};
use crate::{
    app::App,
    auth::{ClientAddress, MaybeLogin, Permission},
    problem::Problem,
};

/// Metrics in the text format of Prometheus, for addresses that the settings name, and for whoever may read everything.
pub(crate) async fn get_metrics(
    State(app): State<App>,
    ClientAddress(address): ClientAddress,
    MaybeLogin(who): MaybeLogin,
) -> Response {
    let is_reader = who.is_some_and(|who| who.may(Permission::ReadLeaks) && who.sight == Sight::All);
    if !is_reader && !app.operations.metrics.is_allowed(address) {
        return Problem::forbidden(
            "metrics are for tokens of the scope read without a team, and for addresses that [metrics] allow names",
        )
        .into_response();
    }
    let mut page = Page::default();
    let database = match app.register.store().database() {
        Database::Sqlite(_) => "sqlite",
        Database::Postgres(_) => "postgresql",
    };
    let labels = [("version", env!("CARGO_PKG_VERSION")), ("database", database)];
    page.family(&family::BUILD).sample(family::BUILD.name, &labels, 1.0);
    app.meters.write(&mut page, app.register.store().timings());
    let dropped = app.operations.spans_dropped.load(Ordering::Relaxed);
    page.single(&family::SPANS_DROPPED, dropped as f64);
    let facts = app.facts.text(&app).await;
    ([(header::CONTENT_TYPE, CONTENT_TYPE)], page.finish() + &facts).into_response()
}
