//! Somebody acted on an incident in PagerDuty, Opsgenie or Slack.

use axum::{Json, extract::State, http::HeaderMap};
use stanch_connectors::{
    Credential,
    inbound::{Acknowledgement, Inbound, InboundError, Received, opsgenie, pagerduty, slack},
};
use stanch_model::{Actor, ActorKind};
use stanch_response::{Delivery, Effect};

use super::{HookView, Sent, Service, key};
use crate::{
    api::body::RawBody,
    app::App,
    problem::{Problem, Refusals},
};

/// Reads what a service sent.
type Reader = fn(Inbound<'_>, &[Credential]) -> Result<Received<Acknowledgement>, InboundError>;

async fn take(app: App, sent: Sent, service: Service, read: Reader) -> Result<HookView, Problem> {
    let job = move |app: &App| {
        let hook = app.hooks.of(service)?;
        let Some(act) = sent.read(hook, read)? else { return Ok(Effect::Nothing) };
        let actor = Actor { kind: ActorKind::Service, name: format!("{} ({service})", act.actor) };
        let keys =
            [act.id.as_deref().and_then(|id| key(service, id)).unwrap_or_else(|| sent.body_key(service))];
        let delivery = Delivery { actor: &actor, keys: &keys, now: sent.now };
        Ok(app.register.acted_elsewhere(&delivery, &act, &hook.channels)?)
    };
    app.blocking::<_, Problem>(job).await.map(HookView::from)
}

/// What somebody did in PagerDuty: webhooks of version 3, signed with its secret.
#[utoipa::path(
    post, path = "/hooks/pagerduty", tag = "hooks", security(()),
    params(("X-PagerDuty-Signature" = String, Header, description = "what PagerDuty signs with")),
    request_body(content = Object, description = "as PagerDuty sends it"),
    responses((status = 200, body = HookView), Refusals),
)]
pub(super) async fn post_pagerduty(
    State(app): State<App>,
    headers: HeaderMap,
    RawBody(body): RawBody,
) -> Result<Json<HookView>, Problem> {
    let sent = Sent::at(&app, headers, body);
    take(app, sent, Service::PagerDuty, pagerduty).await.map(Json)
}

/// What somebody did in Opsgenie: outgoing webhooks with the header `X-Stanch-Token`.
#[utoipa::path(
    post, path = "/hooks/opsgenie", tag = "hooks", security(()),
    params(("X-Stanch-Token" = String, Header, description = "the secret of the webhook")),
    request_body(content = Object, description = "as Opsgenie sends it"),
    responses((status = 200, body = HookView), Refusals),
)]
pub(super) async fn post_opsgenie(
    State(app): State<App>,
    headers: HeaderMap,
    RawBody(body): RawBody,
) -> Result<Json<HookView>, Problem> {
    let sent = Sent::at(&app, headers, body);
    take(app, sent, Service::Opsgenie, opsgenie).await.map(Json)
}

/// Somebody pressed a button in Slack: interactive requests, signed with the signing secret of the app.
#[utoipa::path(
    post, path = "/hooks/slack", tag = "hooks", security(()),
    params(
        ("X-Slack-Signature" = String, Header, description = "what Slack signs with"),
        ("X-Slack-Request-Timestamp" = String, Header, description = "when; five minutes ago at most"),
    ),
    request_body(content = String, content_type = "application/x-www-form-urlencoded", description = "as Slack sends it"),
    responses((status = 200, body = HookView), Refusals),
)]
pub(super) async fn post_slack(
    State(app): State<App>,
    headers: HeaderMap,
    RawBody(body): RawBody,
) -> Result<Json<HookView>, Problem> {
    let sent = Sent::at(&app, headers, body);
    take(app, sent, Service::Slack, slack).await.map(Json)
}
