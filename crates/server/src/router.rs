//! Every route of the API, and the document of the API (OpenAPI) that is made from them.

use axum::{Json, Router, extract::DefaultBodyLimit, http::StatusCode, response::IntoResponse, routing::get};
use utoipa::{
    Modify, OpenApi,
    openapi::{
        OpenApi as Document,
        security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    api::{findings, gates, identity, incidents, leaks},
    app::App,
    auth::Auth,
    events, metrics,
    problem::{FieldError, Problem},
    telemetry, web,
};

/// Largest body of findings, in bytes.
const FINDINGS_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Largest body of any other request, in bytes.
const BODY_BYTES_MAX: usize = 256 * 1024;

/// What the document says of the API as a whole.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Stanch",
        description = "the register of leaked secrets: findings come in, incidents are driven until they are proven over",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
    ),
    components(schemas(Problem, FieldError)),
    modifiers(&Token),
    security(("token" = [])),
)]
struct About;

/// How a program says who it is.
struct Token;

impl Modify for Token {
    fn modify(&self, document: &mut Document) {
        let scheme =
            HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some("an API token")).build();
        document
            .components
            .get_or_insert_default()
            .add_security_scheme("token", SecurityScheme::Http(scheme));
    }
}

fn api() -> OpenApiRouter<App> {
    let findings = OpenApiRouter::new()
        .routes(routes!(findings::post_findings))
        .routes(routes!(gates::post_gate_events))
        .layer(DefaultBodyLimit::max(FINDINGS_BYTES_MAX));
    OpenApiRouter::with_openapi(About::openapi())
        .routes(routes!(identity::get_identity))
        .routes(routes!(leaks::get_leaks))
        .routes(routes!(leaks::get_leak))
        .routes(routes!(leaks::get_exposures))
        .routes(routes!(leaks::get_by_fingerprint))
        .routes(routes!(incidents::get_incidents))
        .routes(routes!(incidents::get_incident))
        .routes(routes!(incidents::get_events))
        .routes(routes!(incidents::get_tasks))
        .routes(routes!(incidents::post_step))
        .routes(routes!(incidents::post_close))
        .routes(routes!(incidents::put_duty))
        .routes(routes!(incidents::post_note))
        .routes(routes!(incidents::put_task))
        .routes(routes!(incidents::post_split))
        .routes(routes!(incidents::post_merge))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .merge(findings)
}

/// The OpenAPI document, 3.1.
pub fn openapi() -> Document {
    api().into_openapi()
}

/// Every route; none is reached but by who may.
pub fn router(app: App, auth: &Auth) -> Router {
    let (api, document) = api().split_for_parts();
    let all = api
        .route("/api/v1/openapi.json", get(move || async move { Json(document) }))
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics::get_metrics))
        .route("/events", get(events::get_events))
        .fallback(|| async { Problem::not_found("there is no such page") })
        .with_state(app.clone())
        .merge(web::routes(app.clone(), auth.clone()))
        .merge(auth.routes());
    telemetry::watched(auth.protect(web::with_failures(all, app.clone())), app)
}

/// Whether requests can be served: the database answers.
async fn ready(axum::extract::State(app): axum::extract::State<App>) -> impl IntoResponse {
    match app.read(|tx| tx.trail_head()).await {
        Ok(_) => (StatusCode::OK, "ready\n"),
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n"),
    }
}
