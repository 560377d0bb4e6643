//! Incidents, and what people do about them.

use axum::{
    Json,
    extract::{Path, Query, State},
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use stanch_model::{
    Actor, Change, Duty, Evidence, EvidenceKind, IncidentStep, Reason, Severity, State as Standing,
};
use stanch_response::{Closing, Dismissal, Register, RegisterError, Request};
use stanch_store::{Incident, IncidentFilter, Order, Sight, TrailFilter};
use utoipa::{IntoParams, ToSchema};

use super::{
    act::Act,
    body::JsonBody,
    leaks::{given, parsed},
    paging::{Listed, Page},
    view::{EventView, IncidentView, TaskView},
};
use crate::{
    app::App,
    auth::{
        Identity, Permission, Require,
        need::{Command, ReadLeaks, Respond},
    },
    problem::{Problem, Refusals},
};

/// Which incidents are asked for; all that is given must hold.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct IncidentQuery {
    /// Only those that are not over, or only those that are.
    pub(crate) active: Option<bool>,
    /// A state.
    pub(crate) state: Option<String>,
    /// `low`, `medium`, `high` or `critical`.
    pub(crate) severity: Option<String>,
    /// With this person in some duty.
    pub(crate) holder: Option<String>,
    /// Words in the title.
    pub(crate) q: Option<String>,
}

impl IncidentQuery {
    /// The filter, in this order.
    pub(crate) fn filter(&self, order: Order) -> Result<IncidentFilter, Problem> {
        Ok(IncidentFilter {
            active: self.active,
            state: parsed::<Standing>("state", self.state.as_deref())?,
            severity: parsed::<Severity>("severity", self.severity.as_deref())?,
            holder: given(self.holder.as_deref()),
            unheld: false,
            text: given(self.q.as_deref()),
            order,
        })
    }
}

/// An incident with its `ETag`.
fn answer(incident: Incident) -> Response {
    let tag = format!("\"v{}\"", incident.version);
    let mut response = Json(IncidentView::from(incident)).into_response();
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}

/// The version of `If-Match: "v7"`; none where it is not given or is `*`.
fn version(headers: &HeaderMap) -> Result<Option<i64>, Problem> {
    let Some(tag) = headers.get(header::IF_MATCH) else { return Ok(None) };
    let text = tag.to_str().unwrap_or_default().trim();
    if text == "*" {
        return Ok(None);
    }
    let number =
        text.strip_prefix("\"v").and_then(|rest| rest.strip_suffix('"')).and_then(|text| text.parse().ok());
    number.map(Some).ok_or_else(|| Problem::invalid("If-Match", "expected the ETag of the incident"))
}

/// Who asks for a change, kept until it is done.
struct Asked {
    incident: i64,
    actor: Actor,
    sight: Sight,
    version: Option<i64>,
}

impl Asked {
    fn by(who: &Identity, incident: i64, headers: &HeaderMap) -> Result<Self, Problem> {
        Ok(Self { incident, actor: who.actor.clone(), sight: who.sight.clone(), version: version(headers)? })
    }

    /// Does it where blocking is allowed.
    async fn make<T: Send + 'static>(
        self,
        app: &App,
        job: impl FnOnce(&Register, &Request<'_>) -> Result<T, RegisterError> + Send + 'static,
    ) -> Result<T, Problem> {
        app.blocking(move |app| {
            let Self { incident, actor, sight, version } = self;
            let request = Request { incident, actor: &actor, sight: &sight, version, now: app.now() };
            job(&app.register, &request)
        })
        .await
    }
}

/// Incidents, newest first.
#[utoipa::path(
    get, path = "/api/v1/incidents", tag = "incidents", params(IncidentQuery, Page),
    responses(
        (status = 200, body = Listed<IncidentView>),
        Refusals,
    ),
)]
pub(crate) async fn get_incidents(
    State(app): State<App>,
    who: Require<ReadLeaks>,
    Query(query): Query<IncidentQuery>,
    Query(page): Query<Page>,
) -> Result<Json<Listed<IncidentView>>, Problem> {
    let (limit, filter) = (page.limit()?, query.filter(Order::Newest(page.after_number()?))?);
    let sight = who.sight.clone();
    let incidents = app.read(move |tx| tx.incidents(&filter, &sight, limit + 1)).await?;
    Ok(Json(Listed::of(incidents, limit, |incident| incident.id.to_string(), IncidentView::from)))
}

/// One incident.
#[utoipa::path(
    get, path = "/api/v1/incidents/{id}", tag = "incidents", params(("id" = i64, Path, description = "its number")),
    responses(
        (status = 200, body = IncidentView, headers(("ETag" = String, description = "its version"))),
        Refusals,
    ),
)]
pub(crate) async fn get_incident(
    State(app): State<App>,
    who: Require<ReadLeaks>,
    Path(id): Path<i64>,
) -> Result<Response, Problem> {
    let sight = who.sight.clone();
    let incident = app.read(move |tx| tx.incident(id, &sight)).await?;
    incident.map(answer).ok_or_else(|| Problem::not_found(format!("there is no incident {id}")))
}

/// What happened in an incident, newest first.
#[utoipa::path(
    get, path = "/api/v1/incidents/{id}/events", tag = "incidents",
    params(("id" = i64, Path, description = "its number"), Page),
    responses(
        (status = 200, body = Listed<EventView>),
        Refusals,
    ),
)]
pub(crate) async fn get_events(
    State(app): State<App>,
    who: Require<ReadLeaks>,
    Path(id): Path<i64>,
    Query(page): Query<Page>,
) -> Result<Json<Listed<EventView>>, Problem> {
    let (limit, before, sight) = (page.limit()?, page.after_number()?, who.sight.clone());
    let entries = app
        .read(move |tx| {
            if tx.incident(id, &sight)?.is_none() {
                return Ok(None);
            }
            let filter = TrailFilter { incident: Some(id), before, ..TrailFilter::default() };
            tx.trail(&filter, limit + 1).map(Some)
        })
        .await?;
    let entries = entries.ok_or_else(|| Problem::not_found(format!("there is no incident {id}")))?;
    Ok(Json(Listed::of(entries, limit, |entry| entry.seq.to_string(), EventView::from)))
}

/// The checklist of an incident.
#[utoipa::path(
    get, path = "/api/v1/incidents/{id}/tasks", tag = "incidents", params(("id" = i64, Path, description = "its number")),
    responses(
        (status = 200, body = Vec<TaskView>),
        Refusals,
    ),
)]
pub(crate) async fn get_tasks(
    State(app): State<App>,
    who: Require<ReadLeaks>,
    Path(id): Path<i64>,
) -> Result<Json<Vec<TaskView>>, Problem> {
    let sight = who.sight.clone();
    let tasks = app
        .read(move |tx| if tx.incident(id, &sight)?.is_some() { tx.tasks(id).map(Some) } else { Ok(None) })
        .await?;
    let tasks = tasks.ok_or_else(|| Problem::not_found(format!("there is no incident {id}")))?;
    Ok(Json(tasks.into_iter().map(TaskView::from).collect()))
}

/// A piece of evidence.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EvidenceBody {
    /// `note`, `link`, `probe` or `audit-log`; `note` if it is left out.
    #[serde(default = "note")]
    #[schema(value_type = Option<String>)]
    kind: EvidenceKind,
    /// What it shows.
    text: String,
    /// Where it can be looked up.
    url: Option<String>,
}

fn note() -> EvidenceKind {
    EvidenceKind::Note
}

fn evidence(bodies: Vec<EvidenceBody>) -> Vec<Evidence> {
    bodies.into_iter().map(|body| Evidence { kind: body.kind, text: body.text, url: body.url }).collect()
}

/// A step of an incident.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct StepBody {
    /// `acknowledge`, `contain`, `revoke`, `rotate`, `prove`, `close`, `dismiss` or `reopen`.
    #[schema(value_type = String)]
    step: IncidentStep,
    /// Why; needed to dismiss and to reopen.
    #[serde(default)]
    reason: String,
    /// What shows it; needed to revoke, to prove, and to rotate without a reason.
    #[serde(default)]
    evidence: Vec<EvidenceBody>,
    /// To dismiss: `false-positive`, `test-credential`, `revoked`, `rotated-in-history` or `accepted-risk`.
    #[schema(value_type = Option<String>)]
    why: Option<Reason>,
    /// To dismiss: who answers for it; who asks if it is left out.
    owner: Option<String>,
    /// To dismiss: until when; 90 days if it is left out.
    #[schema(value_type = Option<String>, format = DateTime)]
    expires: Option<Timestamp>,
}

/// The change a step makes; none for a dismissal, which says more.
pub(crate) fn change_of(step: IncidentStep) -> Option<Change> {
    match step {
        IncidentStep::Acknowledge => Some(Change::Acknowledge),
        IncidentStep::Contain => Some(Change::Contain),
        IncidentStep::Revoke => Some(Change::Revoke),
        IncidentStep::Rotate => Some(Change::Rotate),
        IncidentStep::Prove => Some(Change::Prove),
        IncidentStep::Close => Some(Change::Close),
        IncidentStep::Reopen => Some(Change::Reopen),
        IncidentStep::Dismiss => None,
    }
}

/// Takes an incident one step on.
#[utoipa::path(
    post, path = "/api/v1/incidents/{id}/steps", tag = "incidents", request_body = StepBody,
    params(("id" = i64, Path, description = "its number"), ("If-Match" = Option<String>, Header, description = "the version that was seen")),
    responses(
        (status = 200, body = IncidentView, headers(("ETag" = String, description = "its version"))),
        Refusals,
    ),
)]
pub(crate) async fn post_step(
    Act { app, .. }: Act,
    who: Require<Respond>,
    Path(id): Path<i64>,
    headers: HeaderMap,
    JsonBody(body): JsonBody<StepBody>,
) -> Result<Response, Problem> {
    // What ends an incident is decided by who commands.
    if matches!(body.step, IncidentStep::Close | IncidentStep::Dismiss) && !who.may(Permission::Command) {
        return Err(Problem::forbidden(format!("needs the permission {}", Permission::Command)));
    }
    let asked = Asked::by(&who, id, &headers)?;
    let incident = if let Some(change) = change_of(body.step) {
        let evidence = evidence(body.evidence);
        asked
            .make(&app, move |register, request| register.step(request, change, &body.reason, &evidence))
            .await?
    } else {
        let dismissal = Dismissal {
            why: body.why.ok_or_else(|| Problem::invalid("why", "is needed to dismiss"))?,
            words: body.reason,
            owner: body.owner.unwrap_or_else(|| who.actor.name.clone()),
            expires: body.expires,
        };
        asked.make(&app, move |register, request| register.dismiss(request, &dismissal)).await?
    };
    Ok(answer(incident))
}

/// What shows each step on the way to the end.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CloseBody {
    /// What shows that the secret was ended.
    #[serde(default)]
    revoked: Vec<EvidenceBody>,
    /// What shows that whatever used it has another.
    #[serde(default)]
    rotated: Vec<EvidenceBody>,
    /// Why nothing needs another, if that is so.
    #[serde(default)]
    no_rotation: String,
    /// What shows that it is dead and unused.
    #[serde(default)]
    proven: Vec<EvidenceBody>,
    /// In words.
    #[serde(default)]
    reason: String,
}

/// Closes an incident in one go: the steps that are missing are done one after the other, or none.
#[utoipa::path(
    post, path = "/api/v1/incidents/{id}/close", tag = "incidents", request_body = CloseBody,
    params(("id" = i64, Path, description = "its number"), ("If-Match" = Option<String>, Header, description = "the version that was seen")),
    responses(
        (status = 200, body = IncidentView, headers(("ETag" = String, description = "its version"))),
        Refusals,
    ),
)]
pub(crate) async fn post_close(
    Act { app, .. }: Act,
    who: Require<Command>,
    Path(id): Path<i64>,
    headers: HeaderMap,
    JsonBody(body): JsonBody<CloseBody>,
) -> Result<Response, Problem> {
    let closing = Closing {
        revoked: evidence(body.revoked),
        rotated: evidence(body.rotated),
        no_rotation: body.no_rotation,
        proven: evidence(body.proven),
        reason: body.reason,
    };
    let asked = Asked::by(&who, id, &headers)?;
    Ok(answer(asked.make(&app, move |register, request| register.close(request, &closing)).await?))
}

/// Who is to hold a duty.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct HolderBody {
    /// Whom it is given to; nothing takes it away.
    holder: Option<String>,
}

/// Gives a duty to somebody.
#[utoipa::path(
    put, path = "/api/v1/incidents/{id}/duties/{duty}", tag = "incidents", request_body = HolderBody,
    params(
        ("id" = i64, Path, description = "its number"),
        ("duty" = String, Path, description = "`commander`, `ops-lead` or `liaison`"),
        ("If-Match" = Option<String>, Header, description = "the version that was seen"),
    ),
    responses(
        (status = 200, body = IncidentView, headers(("ETag" = String, description = "its version"))),
        Refusals,
    ),
)]
pub(crate) async fn put_duty(
    State(app): State<App>,
    who: Require<Respond>,
    Path((id, duty)): Path<(i64, String)>,
    headers: HeaderMap,
    JsonBody(body): JsonBody<HolderBody>,
) -> Result<Response, Problem> {
    let duty: Duty = duty.parse().map_err(|_| Problem::not_found("there is no such duty"))?;
    let asked = Asked::by(&who, id, &headers)?;
    let holder = given(body.holder.as_deref());
    Ok(answer(
        asked.make(&app, move |register, request| register.assign(request, duty, holder.as_deref())).await?,
    ))
}

/// A note, or a link.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NoteBody {
    /// What it says.
    text: String,
    /// Where it leads.
    url: Option<String>,
}

/// Adds a note or a link to an incident.
#[utoipa::path(
    post, path = "/api/v1/incidents/{id}/notes", tag = "incidents", request_body = NoteBody,
    params(("id" = i64, Path, description = "its number")),
    responses(
        (status = 204),
        Refusals,
    ),
)]
pub(crate) async fn post_note(
    Act { app, .. }: Act,
    who: Require<Respond>,
    Path(id): Path<i64>,
    headers: HeaderMap,
    JsonBody(body): JsonBody<NoteBody>,
) -> Result<axum::http::StatusCode, Problem> {
    let asked = Asked::by(&who, id, &headers)?;
    asked
        .make(&app, move |register, request| register.note(request, &body.text, body.url.as_deref()))
        .await?;
    Ok(axum::http::StatusCode::NO_CONTENT)
}

/// Whether an item of a checklist is done.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TaskBody {
    /// Whether it is.
    done: bool,
}

/// Ticks an item of the checklist off, or takes that back.
#[utoipa::path(
    put, path = "/api/v1/incidents/{id}/tasks/{task}", tag = "incidents", request_body = TaskBody,
    params(("id" = i64, Path, description = "its number"), ("task" = i64, Path, description = "the item")),
    responses(
        (status = 204),
        Refusals,
    ),
)]
pub(crate) async fn put_task(
    State(app): State<App>,
    who: Require<Respond>,
    Path((id, task)): Path<(i64, i64)>,
    headers: HeaderMap,
    JsonBody(body): JsonBody<TaskBody>,
) -> Result<axum::http::StatusCode, Problem> {
    let asked = Asked::by(&who, id, &headers)?;
    asked.make(&app, move |register, request| register.tick_task(request, task, body.done)).await?;
    Ok(axum::http::StatusCode::NO_CONTENT)
}

/// Which leaks become an incident of their own.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SplitBody {
    /// Their numbers.
    leaks: Vec<i64>,
    /// What the new incident is about.
    title: String,
}

/// The number of a new incident.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub(crate) struct Opened {
    /// Its number.
    incident: i64,
}

/// Moves leaks of an incident into one of their own.
#[utoipa::path(
    post, path = "/api/v1/incidents/{id}/split", tag = "incidents", request_body = SplitBody,
    params(("id" = i64, Path, description = "its number")),
    responses(
        (status = 200, body = Opened),
        Refusals,
    ),
)]
pub(crate) async fn post_split(
    Act { app, .. }: Act,
    who: Require<Command>,
    Path(id): Path<i64>,
    headers: HeaderMap,
    JsonBody(body): JsonBody<SplitBody>,
) -> Result<Json<Opened>, Problem> {
    let asked = Asked::by(&who, id, &headers)?;
    let incident =
        asked.make(&app, move |register, request| register.split(request, &body.leaks, &body.title)).await?;
    Ok(Json(Opened { incident }))
}

/// Which incident is taken in.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MergeBody {
    /// Its number.
    other: i64,
    /// Why.
    #[serde(default)]
    reason: String,
}

/// Takes another incident in.
#[utoipa::path(
    post, path = "/api/v1/incidents/{id}/merge", tag = "incidents", request_body = MergeBody,
    params(("id" = i64, Path, description = "its number")),
    responses(
        (status = 200, body = IncidentView, headers(("ETag" = String, description = "its version"))),
        Refusals,
    ),
)]
pub(crate) async fn post_merge(
    Act { app, .. }: Act,
    who: Require<Command>,
    Path(id): Path<i64>,
    headers: HeaderMap,
    JsonBody(body): JsonBody<MergeBody>,
) -> Result<Response, Problem> {
    let asked = Asked::by(&who, id, &headers)?;
    let merged =
        asked.make(&app, move |register, request| register.merge(request, body.other, &body.reason)).await?;
    Ok(answer(merged))
}
