//! GitHub and GitLab tell of pushes, of repositories that were made public, and of secrets they found.

use axum::{Json, extract::State, http::HeaderMap};
use stanch_connectors::inbound::{GitHubEvent, Push, PushedRepository, github, gitlab};
use stanch_model::{Actor, ActorKind};
use stanch_response::{Delivery, Effect, PushTold};

use super::{HookView, Sent, Service, alert, repository::origin};
use crate::{
    api::body::RawBody,
    app::App,
    problem::{Problem, Refusals},
};

/// The header in which GitHub names a delivery. The signature covers the body only, so that counts as well.
const GITHUB_DELIVERY: &str = "x-github-delivery";
/// The header in which GitLab names a request; the same when it is sent again.
const GITLAB_DELIVERY: &str = "idempotency-key";
/// Its older name.
const GITLAB_EVENT: &str = "x-gitlab-event-uuid";

/// What GitHub tells: `push`, `public` and `secret_scanning_alert`, as JSON, signed with the secret of the webhook.
#[utoipa::path(
    post, path = "/hooks/github", tag = "hooks", security(()),
    params(
        ("X-Hub-Signature-256" = String, Header, description = "what GitHub signs with"),
        ("X-GitHub-Event" = Option<String>, Header, description = "what it tells of"),
        ("X-GitHub-Delivery" = Option<String>, Header, description = "what it calls the delivery"),
    ),
    request_body(content = Object, description = "as GitHub sends it"),
    responses((status = 200, body = HookView), Refusals),
)]
pub(super) async fn post_github(
    State(app): State<App>,
    headers: HeaderMap,
    RawBody(body): RawBody,
) -> Result<Json<HookView>, Problem> {
    let sent = Sent::at(&app, headers, body);
    let effect = app.blocking::<_, Problem>(move |app| take_github(app, &sent)).await?;
    Ok(Json(effect.into()))
}

fn take_github(app: &App, sent: &Sent) -> Result<Effect, Problem> {
    let service = Service::GitHub;
    let hook = app.hooks.of(service)?;
    let Some(event) = sent.read(hook, github)? else { return Ok(Effect::Nothing) };
    let mut keys = vec![sent.body_key(service)];
    keys.extend(sent.header_key(service, GITHUB_DELIVERY));
    match event {
        GitHubEvent::Push(push) => {
            let actor = service_actor(service, push.pusher.as_deref());
            let delivery = Delivery { actor: &actor, keys: &keys, now: sent.now };
            take_push(app, &delivery, &push)
        }
        GitHubEvent::MadePublic(repository) => {
            let actor = service_actor(service, None);
            let delivery = Delivery { actor: &actor, keys: &keys, now: sent.now };
            tell(app, &delivery, &repository, None)
        }
        GitHubEvent::SecretAlert(found) => {
            let actor = service_actor(service, found.sender.as_deref());
            let delivery = Delivery { actor: &actor, keys: &keys, now: sent.now };
            alert::take(app, &delivery, *found)
        }
    }
}

/// What GitLab tells: pushes of branches and tags, with the secret token of the webhook.
#[utoipa::path(
    post, path = "/hooks/gitlab", tag = "hooks", security(()),
    params(
        ("X-Gitlab-Token" = String, Header, description = "the secret token of the webhook"),
        ("Idempotency-Key" = Option<String>, Header, description = "what GitLab calls the request"),
    ),
    request_body(content = Object, description = "as GitLab sends it"),
    responses((status = 200, body = HookView), Refusals),
)]
pub(super) async fn post_gitlab(
    State(app): State<App>,
    headers: HeaderMap,
    RawBody(body): RawBody,
) -> Result<Json<HookView>, Problem> {
    let sent = Sent::at(&app, headers, body);
    let effect = app.blocking::<_, Problem>(move |app| take_gitlab(app, &sent)).await?;
    Ok(Json(effect.into()))
}

fn take_gitlab(app: &App, sent: &Sent) -> Result<Effect, Problem> {
    let service = Service::GitLab;
    let hook = app.hooks.of(service)?;
    let Some(push) = sent.read(hook, gitlab)? else { return Ok(Effect::Nothing) };
    // The same push may come twice as two: a branch that goes back and forth. So its body is no key where GitLab gives one.
    let named =
        [GITLAB_DELIVERY, GITLAB_EVENT].into_iter().find_map(|header| sent.header_key(service, header));
    let keys = [named.unwrap_or_else(|| sent.body_key(service))];
    let actor = service_actor(service, push.pusher.as_deref());
    let delivery = Delivery { actor: &actor, keys: &keys, now: sent.now };
    take_push(app, &delivery, &push)
}

fn take_push(app: &App, delivery: &Delivery<'_>, push: &Push) -> Result<Effect, Problem> {
    // Of what is gone there is nothing to scan.
    let pushed = (!push.is_deletion()).then(|| (clipped(&push.reference), clipped(&push.after)));
    tell(app, delivery, &push.repository, pushed)
}

fn tell(
    app: &App,
    delivery: &Delivery<'_>,
    repository: &PushedRepository,
    pushed: Option<(String, String)>,
) -> Result<Effect, Problem> {
    let default_branch = repository.default_branch.as_deref().map(clipped);
    let told = PushTold { default_branch, pushed };
    Ok(app.register.told_by_forge(delivery, &origin(repository)?, &told)?)
}

/// The service and, where it names one, the person, as events call them.
fn service_actor(service: Service, person: Option<&str>) -> Actor {
    let name = match person {
        Some(person) => format!("{} ({service})", clipped(person)),
        None => service.to_string(),
    };
    Actor { kind: ActorKind::Service, name }
}

/// A text of a service, as long as it may be.
fn clipped(text: &str) -> String {
    /// Longest text, in characters.
    const CHARACTERS_MAX: usize = 500;
    text.chars().filter(|c| !c.is_control()).take(CHARACTERS_MAX).collect()
}
