//! The audit trail. It knows no teams: only who sees everything reads it.

use axum::extract::{Query, State};
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use maud::Markup;
use serde::Deserialize;
use stanch_store::{Entry, Sight, TrailFilter};

use super::{
    Web,
    visitor::{Visitor, count},
};
use crate::{
    api::leaks::{given, parsed},
    app::App,
    auth::need::ReadTrail,
    chain::Found,
    pages::{
        audit::{self, AuditEvent, AuditFilter, AuditView, ChainState},
        view::Paging,
    },
    problem::Problem,
};

/// Events of a page.
const PAGE: usize = 100;
/// Characters of a hash that are shown.
const HEAD: usize = 12;
/// What kinds of events begin with.
const KINDS: [&str; 12] = [
    "account.",
    "alert.",
    "allowance.",
    "channel.",
    "findings.",
    "gate.",
    "incident.",
    "leak.",
    "message.",
    "person.",
    "team.",
    "token.",
];

/// The filters, and where in the trail to go on.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct AuditQuery {
    q: String,
    from: String,
    until: String,
    actor: String,
    kind: String,
    incident: String,
    after: Option<i64>,
}

/// The trail.
pub(super) async fn get_audit(
    State(web): State<Web>,
    visitor: Visitor<ReadTrail>,
    Query(query): Query<AuditQuery>,
) -> Result<Markup, Problem> {
    if visitor.sight() != Sight::All {
        return Err(Problem::forbidden("the audit trail is for who sees all origins"));
    }
    let filter = TrailFilter {
        incident: parsed::<i64>("incident", Some(&query.incident))?,
        kind: given(Some(&query.kind)),
        actor: given(Some(&query.actor)),
        text: given(Some(&query.q)),
        from: day("from", &query.from)?.map(midnight).transpose()?,
        until: day("until", &query.until)?.map(next_midnight).transpose()?,
        before: query.after,
        ..TrailFilter::default()
    };
    let mut entries = web.app.read(move |tx| tx.trail(&filter, PAGE + 1)).await?;
    let more = entries.len() > PAGE;
    entries.truncate(PAGE);
    let next = entries.last().filter(|_| more).map(|last| last.seq.to_string());
    let AuditQuery { q, from, until, actor, kind, incident, after } = query;
    let view = AuditView {
        filter: AuditFilter { q, actor, kind, incident, from, until },
        kinds: KINDS.map(str::to_owned).into(),
        chain: chain(&web.app),
        events: entries.into_iter().map(event).collect(),
        paging: Paging { total: None, after: after.map(|after| after.to_string()), next },
    };
    Ok(audit::page(&visitor.frame(&web).await?, &view))
}

/// What the server found when it walked along the trail last.
fn chain(app: &App) -> ChainState {
    match app.chain.found() {
        Some(Found::Whole { events, at }) => ChainState::Whole { events: count(events), at },
        Some(Found::Broken { seq }) => ChainState::Broken { seq },
        None => ChainState::Unverified,
    }
}

fn day(field: &str, text: &str) -> Result<Option<Date>, Problem> {
    parsed::<Date>(field, Some(text)).map_err(|_| Problem::invalid(field, "expected a day, as 2026-11-22"))
}

fn midnight(day: Date) -> Result<Timestamp, Problem> {
    let zoned = day.to_zoned(TimeZone::UTC);
    zoned.map(|zoned| zoned.timestamp()).map_err(|_| Problem::invalid("from", "is too far away"))
}

fn next_midnight(day: Date) -> Result<Timestamp, Problem> {
    day.tomorrow().map_err(|_| Problem::invalid("until", "is too far away")).and_then(midnight)
}

fn event(entry: Entry) -> AuditEvent {
    let detail = &entry.event.detail;
    AuditEvent {
        seq: entry.seq,
        at: entry.event.at,
        text: entry.event.kind.replace(['.', '-'], " "),
        detail: if detail.is_null() { String::new() } else { detail.to_string() },
        actor: entry.event.actor,
        kind: entry.event.kind,
        reason: entry.event.reason,
        incident: entry.event.incident,
        leak: entry.event.leak,
        hash: entry.hash.chars().take(HEAD).collect(),
    }
}
