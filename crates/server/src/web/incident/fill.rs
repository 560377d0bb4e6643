//! Fills the page of an incident.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use stanch_model::Duty;
use stanch_response::{RegisterError, Settings};
use stanch_store::{
    Entry, Incident, IncidentFilter, Leak, LeakFilter, Person, Role, Sight, StoreError, TrailFilter, Tx,
};

use super::{messages, told};
use crate::{
    app::App,
    auth::{Identity, Permission},
    pages::{
        incident::{BlastRadius, CheckItem, DutyHolder, IncidentView},
        view::{Clock, ExposureView, IncidentRef, PersonRef},
    },
    web::{
        blast,
        visitor::count,
        words::{acknowledge_within, exposure_view, incident_ref, leak_ref, people},
    },
};

/// Most events, newest first.
const EVENTS_MAX: usize = 300;
/// Most notes, and most links.
const REMARKS_MAX: usize = 100;
/// Most messages to channels.
const MESSAGES_MAX: usize = 100;
/// Most secrets.
const LEAKS_MAX: usize = 200;
/// Most places.
const EXPOSURES_MAX: usize = 200;
/// Most incidents that are related, or may be merged into.
const INCIDENTS_MAX: usize = 50;
/// Most reasons of the severity.
const REASONS_MAX: usize = 5;

/// All that is known of the incident.
pub(super) fn view(app: &App, who: &Identity, id: i64) -> Result<IncidentView, RegisterError> {
    let settings = app.register.settings();
    let now = app.now();
    let view = app.register.store().read(|tx| {
        let Some(incident) = tx.incident(id, &who.sight)? else { return Ok::<_, StoreError>(None) };
        let known = Known::read(tx, app, who, &incident)?;
        let related = related(tx, &known.entries, id, &who.sight)?;
        let mergeable = mergeable(tx, who, id)?;
        Ok(Some(IncidentView { related, mergeable, ..known.view(&incident, settings, who, now) }))
    })?;
    view.ok_or(RegisterError::NoIncident(id))
}

/// What was read of it.
struct Known {
    leaks: Vec<Leak>,
    exposures: Vec<ExposureView>,
    people: Vec<Person>,
    entries: Vec<Entry>,
    notes: Vec<Entry>,
    links: Vec<Entry>,
    outbox: Vec<stanch_store::Outgoing>,
    tasks: Vec<stanch_store::Task>,
    blast: BlastRadius,
    escalations: Vec<(i64, Timestamp)>,
}

impl Known {
    fn read(tx: &mut Tx<'_>, app: &App, who: &Identity, incident: &Incident) -> Result<Self, StoreError> {
        let (id, sight) = (incident.id, &who.sight);
        let filter = LeakFilter { incident: Some(id), ..LeakFilter::default() };
        let mut trail = |kind: Option<&str>, limit| {
            let kind = kind.map(str::to_owned);
            tx.trail(&TrailFilter { incident: Some(id), kind, ..TrailFilter::default() }, limit)
        };
        let entries = trail(None, EVENTS_MAX)?;
        let notes = trail(Some("incident.note"), REMARKS_MAX)?;
        let links = trail(Some("incident.link"), REMARKS_MAX)?;
        let exposures = tx.exposures_of_incident(id, sight, EXPOSURES_MAX)?;
        let leaks = tx.leaks(&filter, sight, LEAKS_MAX)?;
        Ok(Self {
            blast: if who.may(Permission::ReadSensitive) {
                blast::of_incident(tx, app, who, (id, &leaks))?
            } else {
                BlastRadius::default()
            },
            leaks,
            exposures: exposures.into_iter().map(exposure_view).collect(),
            people: people(tx)?,
            outbox: tx.messages_of(id, MESSAGES_MAX)?,
            tasks: tx.tasks(id)?,
            escalations: tx.escalations_of(&[id])?,
            entries,
            notes,
            links,
        })
    }

    fn view(self, incident: &Incident, settings: &Settings, who: &Identity, now: Timestamp) -> IncidentView {
        let reasons: BTreeSet<&str> = self.leaks.iter().map(|leak| leak.severity_because.as_str()).collect();
        let reasons = reasons.into_iter().filter(|reason| !reason.is_empty()).take(REASONS_MAX);
        let places: i64 = self.leaks.iter().map(|leak| leak.exposures).sum();
        let responds = |person: &&Person| person.role >= Role::Responder;
        let checked = |task: stanch_store::Task| CheckItem {
            id: task.id.to_string(),
            text: task.text,
            advice: String::new(),
            done: task.done_by.zip(task.done_at),
        };
        IncidentView {
            number: incident.id,
            version: incident.version,
            title: incident.title.clone(),
            severity: incident.severity,
            severity_reasons: reasons.map(str::to_owned).collect(),
            urgency: incident.urgency.as_str().to_owned(),
            milestones: incident.milestones,
            leaked: incident.leaked_at,
            detected: incident.detected_at,
            clocks: clocks(incident, settings, acknowledge_within(&self.escalations, incident)),
            duties: Duty::ALL.map(|duty| held(duty, incident, &self.people, &self.entries)).into(),
            people: self.people.iter().filter(responds).map(person_ref).collect(),
            leaks: self.leaks.iter().map(|leak| leak_ref(leak, settings, who)).collect(),
            messages: messages::filled(incident, &self.leaks, &self.exposures, (settings, now)),
            exposure_count: count(places).max(self.exposures.len() as u64),
            exposures: self.exposures,
            blast: self.blast,
            events: told::timeline(&self.entries, &self.outbox),
            evidence: told::evidence(&self.entries),
            playbook: told::playbook(&self.entries),
            checklist: self.tasks.into_iter().map(checked).collect(),
            notes: told::remarks(&self.notes),
            links: told::links(&self.links),
            related: Vec::new(),
            mergeable: Vec::new(),
        }
    }
}

fn person_ref(person: &Person) -> PersonRef {
    PersonRef { id: person.id, name: person.name.clone() }
}

fn held(duty: Duty, incident: &Incident, people: &[Person], entries: &[Entry]) -> DutyHolder {
    let holder = incident.holders.of(duty).map(|login| {
        let known = people.iter().find(|person| person.login == login);
        let person = known.map_or_else(|| PersonRef { id: 0, name: login.to_owned() }, person_ref);
        let given = entries.iter().find(|entry| {
            entry.event.kind == "incident.handed-over" && entry.event.detail["duty"] == duty.as_str()
        });
        (person, given.map_or(incident.detected_at, |entry| entry.event.at))
    });
    DutyHolder { duty, holder }
}

fn clocks(incident: &Incident, settings: &Settings, taken_within: Option<SignedDuration>) -> Vec<Clock> {
    let milestones = &incident.milestones;
    let within = settings.policy.objectives().revoke_within.of(incident.severity);
    let end = milestones.closed.or(milestones.dismissed);
    let clock = |name: &str, stopped: Option<Timestamp>, limit| Clock {
        name: name.to_owned(),
        since: milestones.reopened.unwrap_or(incident.detected_at),
        stopped: stopped.or(end),
        limit,
    };
    vec![
        clock("acknowledge", milestones.acknowledged, taken_within),
        clock("contain", milestones.contained, None),
        clock("revoke", milestones.revoked, Some(within)),
    ]
}

/// What it was split from or into, and merged with.
fn related(
    tx: &mut Tx<'_>,
    entries: &[Entry],
    id: i64,
    sight: &Sight,
) -> Result<Vec<IncidentRef>, StoreError> {
    let named = |entry: &Entry| ["into", "took", "from"].map(|field| entry.event.detail[field].as_i64());
    let parted = entries.iter().filter(|entry| {
        matches!(entry.event.kind.as_str(), "incident.split" | "incident.merged" | "incident.opened")
    });
    let numbers: BTreeSet<i64> = parted.flat_map(named).flatten().filter(|&other| other != id).collect();
    let mut related = Vec::new();
    for number in numbers.into_iter().take(INCIDENTS_MAX) {
        related.extend(tx.incident(number, sight)?.as_ref().map(incident_ref));
    }
    Ok(related)
}

fn mergeable(tx: &mut Tx<'_>, who: &Identity, id: i64) -> Result<Vec<IncidentRef>, StoreError> {
    if !who.may(Permission::Command) {
        return Ok(Vec::new());
    }
    let filter = IncidentFilter { active: Some(true), ..IncidentFilter::default() };
    let active = tx.incidents(&filter, &who.sight, INCIDENTS_MAX + 1)?;
    Ok(active.iter().filter(|other| other.id != id).take(INCIDENTS_MAX).map(incident_ref).collect())
}
