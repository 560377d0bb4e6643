//! Every route of the API, and the document of the API (OpenAPI) that is made from them.

use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, State},
    http::StatusCode,
    middleware,
    response::IntoResponse,
    routing::get,
};
use utoipa::{
    Modify, OpenApi,
    openapi::{
        ObjectBuilder, OpenApi as Document, Required, Type,
        path::{ParameterBuilder, ParameterIn},
        security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    api::{
        allowances, findings, gates, idempotent, identity, incidents, inventory, leaks, measures, messages,
        origins, people, state::ApiState, teams, tokens, trail,
    },
    app::App,
    auth::Auth,
    events, hooks, metrics,
    problem::{FieldError, Problem, as_problems},
    telemetry, web,
};

/// Largest body of findings, in bytes.
pub(crate) const FINDINGS_BYTES_MAX: usize = 8 * 1024 * 1024;
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

/// Says of every POST of the API that it may be sent again under one key.
struct RepeatedRequests;

impl Modify for RepeatedRequests {
    fn modify(&self, document: &mut Document) {
        let parameter = ParameterBuilder::new()
            .name("Idempotency-Key")
            .parameter_in(ParameterIn::Header)
            .required(Required::False)
            .description(Some(
                "the same for the same request, however often it is sent: it has its effect once, and its answer is kept for 48 hours",
            ))
            .schema(Some(ObjectBuilder::new().schema_type(Type::String)))
            .build();
        let of_api = document.paths.paths.iter_mut().filter(|(path, _)| path.starts_with("/api/v1/"));
        for post in of_api.filter_map(|(_, item)| item.post.as_mut()) {
            post.parameters.get_or_insert_default().push(parameter.clone().into());
        }
    }
}

fn api() -> OpenApiRouter<ApiState> {
    let findings = OpenApiRouter::new()
        .routes(routes!(findings::post_findings))
        .routes(routes!(gates::post_gate_events))
        .routes(routes!(inventory::get_inventory, inventory::post_inventory))
        .layer(DefaultBodyLimit::max(FINDINGS_BYTES_MAX));
    OpenApiRouter::with_openapi(About::openapi())
        .routes(routes!(identity::get_identity))
        .routes(routes!(leaks::get_leaks))
        .routes(routes!(leaks::get_leak))
        .routes(routes!(leaks::get_exposures))
        .routes(routes!(leaks::get_by_fingerprint))
        .routes(routes!(allowances::get_allowances))
        .routes(routes!(allowances::post_allowance))
        .routes(routes!(allowances::post_end))
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
        .routes(routes!(origins::get_origins))
        .routes(routes!(trail::get_trail))
        .routes(routes!(measures::get_measures))
        .routes(routes!(messages::get_messages))
        .routes(routes!(messages::post_retry))
        .routes(routes!(tokens::get_tokens, tokens::post_token))
        .routes(routes!(tokens::delete_token))
        .routes(routes!(people::get_people, people::post_person))
        .routes(routes!(people::patch_person))
        .routes(routes!(teams::get_teams, teams::post_team))
        .routes(routes!(teams::put_team, teams::delete_team))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .merge(findings)
        .merge(hooks::routes())
}

/// The OpenAPI document, 3.1.
pub fn openapi() -> Document {
    let mut document = api().into_openapi();
    RepeatedRequests.modify(&mut document);
    document
}

/// Every route; none is reached but by who may.
pub fn router(app: App, auth: &Auth) -> Router {
    let state = ApiState { app: app.clone(), auth: auth.clone() };
    let document = openapi();
    let (api, _) = api().split_for_parts();
    let all = api
        .layer(middleware::from_fn_with_state(state.clone(), idempotent::heed))
        .layer(middleware::from_fn(as_problems))
        .route("/api/v1/openapi.json", get(move || async move { Json(document) }))
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics::get_metrics))
        .route("/events", get(events::get_events))
        .fallback(|| async { Problem::not_found("there is no such page") })
        .with_state(state)
        .merge(web::routes(app.clone(), auth.clone()))
        .merge(auth.routes());
    telemetry::watched(auth.protect(web::with_failures(all, app.clone())), app)
}

/// Whether requests can be served: the database answers.
async fn ready(State(app): State<App>) -> impl IntoResponse {
    match app.read(|tx| tx.trail_head()).await {
        Ok(_) => (StatusCode::OK, "ready\n"),
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n"),
    }
}
