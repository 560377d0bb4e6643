//! The board for who is on call.

use std::collections::{HashMap, hash_map::Entry};

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use jiff::{SignedDuration, Timestamp};
use maud::Markup;
use stanch_model::{Liveness, OriginKind};
use stanch_response::measures::LOG_KINDS;
use stanch_store::{
    Exposure, GateEvent, Incident, IncidentFilter, Leak, LeakFilter, Order, Outgoing, Sight, StoreError, Tx,
};

use super::{
    Web,
    fields::Fields,
    visitor::{Visitor, count},
    words::{acknowledge_within, exposure_view, leak_ref},
};
use crate::{
    app::App,
    auth::{Identity, need::Respond},
    pages::{
        on_call::{
            self, ActiveIncident, GateFailure, GateOutcome, LogSecret, LogSecrets, OnCallView, Undelivered,
        },
        view::{OriginRef, Reach},
    },
    problem::Problem,
};

/// Most active incidents that are listed.
const ACTIVE_MAX: usize = 100;
/// Most leaks of an incident that are looked at.
const LEAKS_MAX: usize = 200;
/// Most gate events that are listed.
const GATES_MAX: usize = 50;
/// Most places in logs that are counted by the hour.
const LOGS_MAX: usize = 5_000;
/// Most places in logs that are listed.
const LAST_MAX: usize = 10;
/// Most messages that were given up.
const DEAD_MAX: usize = 20;
/// How far the board looks back, in hours.
const HOURS: u16 = 24;

/// The board.
pub(super) async fn get_on_call(State(web): State<Web>, visitor: Visitor) -> Result<Markup, Problem> {
    let who = visitor.identity();
    let view = web.app.blocking(move |app| view(app, &who)).await?;
    Ok(on_call::page(&visitor.frame(&web).await?, &view))
}

fn view(app: &App, who: &Identity) -> Result<OnCallView, StoreError> {
    let now = app.now();
    let since = now - SignedDuration::from_hours(HOURS.into());
    app.register.store().read(|tx| {
        let active = active(tx, app, &who.sight)?;
        let active_count: i64 = tx.active_by_severity(&who.sight)?.iter().map(|(_, count)| count).sum();
        let gates = tx.gate_events(&who.sight, since, GATES_MAX)?;
        Ok(OnCallView {
            active,
            active_count: count(active_count),
            gate_count: gates.len() as u64,
            gates: with_leaks(tx, who, gates)?,
            logs: logs(tx, app, who, now)?,
            undelivered: undelivered(tx, &who.sight)?,
        })
    })
}

fn active(tx: &mut Tx<'_>, app: &App, sight: &Sight) -> Result<Vec<ActiveIncident>, StoreError> {
    let filter =
        IncidentFilter { active: Some(true), order: Order::Worst(None), ..IncidentFilter::default() };
    let mut incidents = tx.incidents(&filter, sight, ACTIVE_MAX)?;
    incidents.sort_by_key(|incident| incident.milestones.acknowledged.is_some());
    let ids: Vec<i64> = incidents.iter().map(|incident| incident.id).collect();
    let escalations = tx.escalations_of(&ids)?;
    let mut active = Vec::with_capacity(incidents.len());
    for incident in incidents {
        let filter = LeakFilter { incident: Some(incident.id), ..LeakFilter::default() };
        let leaks = tx.leaks(&filter, sight, LEAKS_MAX)?;
        let within = acknowledge_within(&escalations, &incident);
        active.push(line(incident, &leaks, within, app));
    }
    Ok(active)
}

fn line(incident: Incident, leaks: &[Leak], within: Option<SignedDuration>, app: &App) -> ActiveIncident {
    let objectives = app.register.settings().policy.objectives();
    let places: i64 = leaks.iter().map(|leak| leak.exposures).sum();
    let is_public = leaks.iter().any(|leak| leak.public);
    ActiveIncident {
        number: incident.id,
        version: incident.version,
        severity: incident.severity,
        milestones: incident.milestones,
        detected: incident.milestones.reopened.unwrap_or(incident.detected_at),
        acknowledge_within: within,
        revoke_within: Some(objectives.revoke_within.of(incident.severity)),
        commander: incident.holders.commander,
        leaks: count(incident.leaks),
        exposures: count(places),
        reach: if is_public { Reach::Public } else { Reach::Internal },
        environment: leaks.iter().find_map(|leak| leak.environment.clone()),
        liveness: leaks.iter().map(|leak| leak.liveness).max().unwrap_or(Liveness::Unknown),
        title: incident.title,
    }
}

/// What gates did, each with the leak it found, if that is known and may be seen.
fn with_leaks(
    tx: &mut Tx<'_>,
    who: &Identity,
    events: Vec<GateEvent>,
) -> Result<Vec<GateFailure>, StoreError> {
    let name = |event: &GateEvent| event.findings[0]["fingerprint"].as_str().map(str::to_owned);
    let names: Vec<String> = events.iter().filter_map(name).collect();
    let known = tx.leaks_by_fingerprint(&names)?;
    let ids: Vec<i64> = known.values().copied().collect();
    let seen = tx.leaks_of(&ids, &who.sight)?;
    let with = |event: GateEvent| {
        let leak = name(&event).and_then(|name| known.get(&name).copied());
        GateFailure { leak: leak.filter(|id| seen.contains_key(id)), ..gate(event) }
    };
    Ok(events.into_iter().map(with).collect())
}

fn gate(event: GateEvent) -> GateFailure {
    let found = event.findings.as_array().map_or(0, Vec::len) as u64;
    let rule = event.findings[0]["rule"].as_str().unwrap_or("a secret").to_owned();
    let what = if found > 1 { format!("{rule} and {} more", found - 1) } else { rule };
    let outcome = match event.outcome.as_str() {
        "blocked" => GateOutcome::Stopped,
        "bypassed" => GateOutcome::Bypassed { reason: event.reason },
        _ => GateOutcome::Failed,
    };
    let origin = OriginRef {
        kind: OriginKind::Repository,
        name: event.origin,
        reach: Reach::Unknown,
        environment: None,
        url: None,
    };
    GateFailure { at: event.at, gate: event.gate, origin, who: event.actor, what, outcome, leak: None }
}

fn logs(tx: &mut Tx<'_>, app: &App, who: &Identity, now: Timestamp) -> Result<LogSecrets, StoreError> {
    let from = now - SignedDuration::from_hours(HOURS.into());
    let places = tx.exposures_in(&LOG_KINDS, &who.sight, from, LOGS_MAX)?;
    let mut hours = vec![0; HOURS.into()];
    for place in &places {
        let hour = place.first_seen.duration_since(from).as_hours();
        if let Some(hour) = usize::try_from(hour).ok().and_then(|hour| hours.get_mut(hour)) {
            *hour += 1;
        }
    }
    let redaction_failures = places.len() as u64;
    let last = last(tx, app, who, places)?;
    Ok(LogSecrets { hours, from, redaction_failures, last })
}

fn last(
    tx: &mut Tx<'_>,
    app: &App,
    who: &Identity,
    places: Vec<Exposure>,
) -> Result<Vec<LogSecret>, StoreError> {
    let mut leaks: HashMap<i64, Option<Leak>> = HashMap::new();
    let mut last = Vec::new();
    for place in places.into_iter().take(LAST_MAX) {
        let leak = match leaks.entry(place.leak) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(free) => free.insert(tx.leak(place.leak, &who.sight)?),
        };
        let Some(leak) = leak else { continue };
        let (at, leak) = (place.first_seen, leak_ref(leak, app.register.settings(), who));
        let place = exposure_view(place);
        last.push(LogSecret { at, leak, origin: place.origin, place: place.place });
    }
    Ok(last)
}

fn undelivered(tx: &mut Tx<'_>, sight: &Sight) -> Result<Vec<Undelivered>, StoreError> {
    let mut undelivered = Vec::new();
    for message in tx.dead_messages(DEAD_MAX)? {
        let Some(incident) = message.incident else { continue };
        if tx.incident(incident, sight)?.is_some() {
            undelivered.push(Undelivered {
                channel: message.channel,
                incident,
                since: message.created_at,
                tries: count(message.attempts),
                error: message.error.unwrap_or_default(),
            });
        }
    }
    Ok(undelivered)
}

/// Tries a message again that was given up.
pub(super) async fn post_retry(
    State(web): State<Web>,
    visitor: Visitor<Respond>,
    fields: Fields,
) -> Result<Response, Problem> {
    let incident: i64 = fields.read("incident")?;
    let who = visitor.identity();
    web.app
        .blocking(move |app| {
            let channel = fields.text("channel");
            app.register.store().write(|tx| revive(tx, &who, (incident, channel), app.now()))
        })
        .await?;
    Ok(Redirect::to("/on-call").into_response())
}

fn revive(
    tx: &mut Tx<'_>,
    who: &Identity,
    (incident, channel): (i64, &str),
    now: Timestamp,
) -> Result<(), StoreError> {
    if tx.incident(incident, &who.sight)?.is_none() {
        return Ok(());
    }
    let is_asked = |message: &Outgoing| message.incident == Some(incident) && message.channel == channel;
    for message in tx.dead_messages(DEAD_MAX)?.into_iter().filter(is_asked) {
        if tx.revive_message(message.id, now)? {
            let event = stanch_store::Event::new(now, &who.actor, "alert.retried").incident(incident);
            tx.record(event.detail(serde_json::json!({ "channel": channel, "message": message.id })));
        }
    }
    Ok(())
}
