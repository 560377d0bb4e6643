//! What the forms of an incident do. What is refused is shown on the page of now.

use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use stanch_model::{Duty, Evidence, EvidenceKind, IncidentStep, Reason};
use stanch_response::{Dismissal, Register, RegisterError, Request};
use stanch_store::Role;

use super::show;
use crate::{
    api::incidents::change_of,
    auth::{
        Need, Permission,
        need::{Command, Respond},
    },
    problem::Problem,
    web::{
        Web,
        fields::Fields,
        visitor::{Visitor, is_told, refusal},
    },
};

/// The path of an incident.
fn path(id: i64) -> String {
    format!("/incidents/{id}")
}

/// Does what a form asks for and goes to a page; what the state of things does not allow is said on the page of the incident.
async fn make<P: Need>(
    web: &Web,
    visitor: &Visitor<P>,
    (id, version): (i64, Option<i64>),
    job: impl FnOnce(&Register, &Request<'_>) -> Result<String, Problem> + Send + 'static,
) -> Result<Response, Problem> {
    let who = visitor.identity();
    let done = web
        .app
        .blocking(move |app| {
            let (actor, sight) = (&who.actor, &who.sight);
            job(&app.register, &Request { incident: id, actor, sight, version, now: app.now() })
        })
        .await;
    answer(web, visitor, id, done).await
}

async fn answer<P: Need>(
    web: &Web,
    visitor: &Visitor<P>,
    id: i64,
    done: Result<String, Problem>,
) -> Result<Response, Problem> {
    match done {
        Ok(path) => Ok(Redirect::to(&path).into_response()),
        Err(problem) if is_told(problem.status()) => {
            let mut response = show(web, visitor, id, Some(refusal(problem.detail()))).await?;
            *response.status_mut() = problem.status();
            Ok(response)
        }
        Err(problem) => Err(problem),
    }
}

fn evidence(fields: &Fields) -> Result<Vec<Evidence>, Problem> {
    let (text, url) = (fields.text("evidence_text"), fields.given("evidence_url"));
    if text.is_empty() && url.is_none() {
        return Ok(Vec::new());
    }
    let kind = match fields.text("evidence_kind") {
        "" | "note" => EvidenceKind::Note,
        "link" => EvidenceKind::Link,
        "probe" => EvidenceKind::Probe,
        "audit-log" => EvidenceKind::AuditLog,
        _ => return Err(Problem::invalid("evidence_kind", "is not what the form offers")),
    };
    Ok(vec![Evidence { kind, text: text.to_owned(), url }])
}

/// Takes the incident one step on.
pub(in crate::web) async fn post_step(
    State(web): State<Web>,
    visitor: Visitor<Respond>,
    Path(id): Path<i64>,
    fields: Fields,
) -> Result<Response, Problem> {
    let step = IncidentStep::ALL.into_iter().find(|step| step.as_str() == fields.text("step"));
    let step = step.ok_or_else(|| Problem::invalid("step", "is not what the form offers"))?;
    let who = visitor.identity();
    // What ends an incident is decided by who commands.
    if matches!(step, IncidentStep::Close | IncidentStep::Dismiss) && !who.may(Permission::Command) {
        return Err(Problem::forbidden(format!("needs the permission {}", Permission::Command)));
    }
    let version = fields.read_given("version")?;
    make(&web, &visitor, (id, version), move |register, request| {
        take(register, request, step, &fields)?;
        Ok(path(id))
    })
    .await
}

fn take(
    register: &Register,
    request: &Request<'_>,
    step: IncidentStep,
    fields: &Fields,
) -> Result<(), Problem> {
    let reason = fields.text("reason");
    if let Some(change) = change_of(step) {
        register.step(request, change, reason, &evidence(fields)?)?;
        return Ok(());
    }
    let dismissal = Dismissal {
        why: fields.read::<Reason>("why")?,
        words: reason.to_owned(),
        owner: request.actor.name.clone(),
        expires: None,
    };
    register.dismiss(request, &dismissal)?;
    Ok(())
}

/// Gives a duty to somebody.
pub(in crate::web) async fn post_duty(
    State(web): State<Web>,
    visitor: Visitor<Respond>,
    Path(id): Path<i64>,
    fields: Fields,
) -> Result<Response, Problem> {
    let (duty, person): (Duty, i64) = (fields.read("duty")?, fields.read("person")?);
    let version = fields.read_given("version")?;
    make(&web, &visitor, (id, version), move |register, request| {
        let person = register.store().read(|tx| tx.person(person))?;
        let person = person.filter(|person| person.disabled_at.is_none() && person.role >= Role::Responder);
        let person = person.ok_or_else(|| Problem::invalid("person", "may not work on incidents"))?;
        register.assign(request, duty, Some(&person.login))?;
        Ok(path(id))
    })
    .await
}

/// Ticks an item of the checklist off, or takes that back.
pub(in crate::web) async fn post_check(
    State(web): State<Web>,
    visitor: Visitor<Respond>,
    Path(id): Path<i64>,
    fields: Fields,
) -> Result<Response, Problem> {
    let task = fields.read("item")?;
    let is_done = fields.text("done") == "yes";
    make(&web, &visitor, (id, None), move |register, request| {
        register.tick_task(request, task, is_done)?;
        Ok(path(id))
    })
    .await
}

/// Adds a note.
pub(in crate::web) async fn post_note(
    State(web): State<Web>,
    visitor: Visitor<Respond>,
    Path(id): Path<i64>,
    fields: Fields,
) -> Result<Response, Problem> {
    make(&web, &visitor, (id, None), move |register, request| {
        register.note(request, fields.text("text"), None)?;
        Ok(path(id))
    })
    .await
}

/// Adds a link.
pub(in crate::web) async fn post_link(
    State(web): State<Web>,
    visitor: Visitor<Respond>,
    Path(id): Path<i64>,
    fields: Fields,
) -> Result<Response, Problem> {
    make(&web, &visitor, (id, None), move |register, request| {
        register.note(request, fields.text("title"), Some(fields.text("url")))?;
        Ok(path(id))
    })
    .await
}

/// Moves secrets into an incident of their own; why is written into it as a note.
pub(in crate::web) async fn post_split(
    State(web): State<Web>,
    visitor: Visitor<Command>,
    Path(id): Path<i64>,
    fields: Fields,
) -> Result<Response, Problem> {
    let leaks: Vec<i64> = fields.read_all("leak")?;
    let version = fields.read_given("version")?;
    make(&web, &visitor, (id, version), move |register, request| {
        let opened = register.split(request, &leaks, fields.text("title"))?;
        if let Some(reason) = fields.given("reason") {
            let part = Request { incident: opened, version: None, ..request.clone() };
            register.note(&part, &reason, None)?;
        }
        Ok(path(opened))
    })
    .await
}

/// Merges the incident into another one.
pub(in crate::web) async fn post_merge(
    State(web): State<Web>,
    visitor: Visitor<Command>,
    Path(id): Path<i64>,
    fields: Fields,
) -> Result<Response, Problem> {
    let into: i64 = fields.read("into")?;
    let version: Option<i64> = fields.read_given("version")?;
    make(&web, &visitor, (id, version), move |register, request| {
        let seen = register.store().read(|tx| tx.incident(id, request.sight))?;
        let seen = seen.ok_or(RegisterError::NoIncident(id))?;
        if version.is_some_and(|version| version != seen.version) {
            return Err(RegisterError::Changed { incident: id, version: seen.version }.into());
        }
        let taker = Request { incident: into, version: None, ..request.clone() };
        register.merge(&taker, id, fields.text("reason"))?;
        Ok(path(into))
    })
    .await
}
