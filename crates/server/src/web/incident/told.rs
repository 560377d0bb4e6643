//! What happened in an incident, in words.

use stanch_model::{Actor, Evidence};
use stanch_store::{Entry, Outgoing};

use crate::pages::incident::{EventKind, EventView, EvidenceItem, IncidentLink, Remark};

/// Steps by what they are called in the trail, and how one says that somebody did them.
const STEPS: [(&str, &str); 10] = [
    ("incident.opened", "opened it"),
    ("incident.acknowledge", "acknowledged it"),
    ("incident.contain", "contained it"),
    ("incident.revoke", "revoked the secret"),
    ("incident.rotate", "rotated the secret"),
    ("incident.prove", "proved that the secret is dead"),
    ("incident.close", "closed it"),
    ("incident.dismiss", "dismissed it"),
    ("incident.reopen", "reopened it"),
    ("leak.regressed", "saw the secret alive again"),
];

/// What happened and what channels were told, newest first.
pub(super) fn timeline(entries: &[Entry], outbox: &[Outgoing]) -> Vec<EventView> {
    let mut events: Vec<_> = entries.iter().map(event).chain(outbox.iter().map(alert)).collect();
    events.sort_by_key(|event| std::cmp::Reverse((event.at, event.seq)));
    events
}

fn event(entry: &Entry) -> EventView {
    let kind = entry.event.kind.as_str();
    let step = STEPS.iter().find(|(name, _)| *name == kind);
    EventView {
        seq: entry.seq,
        at: entry.event.at,
        actor: entry.event.actor.clone(),
        kind: if step.is_some() { EventKind::Step } else { EventKind::Other },
        text: step.map_or_else(|| other(entry), |(_, text)| (*text).to_owned()),
        reason: entry.event.reason.clone(),
        evidence: pieces(entry),
    }
}

fn other(entry: &Entry) -> String {
    let detail = &entry.event.detail;
    let text = |field: &str| detail[field].as_str().unwrap_or("nobody").to_owned();
    match entry.event.kind.as_str() {
        "incident.handed-over" => {
            let duty = text("duty").replace('-', " ");
            format!("handed {duty} over from {} to {}", text("from"), text("to"))
        }
        "incident.note" => "wrote a note".to_owned(),
        "incident.link" => "added a link".to_owned(),
        "incident.task-done" => format!("ticked off item {} of the checklist", detail["task"]),
        "incident.task-undone" => format!("took back item {} of the checklist", detail["task"]),
        "incident.joined" => format!("added secret {}", entry.event.leak.unwrap_or_default()),
        "incident.severity" => format!("raised the severity to {}", text("to")),
        "incident.escalated" => format!("escalated it after {}", text("after")),
        "incident.split" => format!("split secrets off into incident {}", detail["into"]),
        "incident.merged" => match detail["into"].as_i64() {
            Some(into) => format!("merged it into incident {into}"),
            None => format!("merged incident {} into it", detail["took"]),
        },
        "allowance.granted" => "granted an allowance".to_owned(),
        kind => kind.replace(['.', '-'], " "),
    }
}

/// A message to a channel; its number is below zero, apart from those of the trail.
fn alert(message: &Outgoing) -> EventView {
    let (at, text) = match (message.delivered_at, message.dead_at) {
        (Some(at), _) => (at, format!("told {}: {}", message.channel, message.kind)),
        (None, Some(at)) => (at, format!("could not tell {}: {}", message.channel, message.kind)),
        (None, None) => (message.created_at, format!("is to tell {}: {}", message.channel, message.kind)),
    };
    EventView {
        seq: -message.id,
        at,
        actor: Actor::stanch("outbox"),
        kind: EventKind::Alert,
        text,
        reason: message.error.clone().unwrap_or_default(),
        evidence: Vec::new(),
    }
}

fn pieces(entry: &Entry) -> Vec<Evidence> {
    serde_json::from_value(entry.event.detail["evidence"].clone()).unwrap_or_default()
}

/// The evidence of all steps, newest first.
pub(super) fn evidence(entries: &[Entry]) -> Vec<EvidenceItem> {
    let item = |entry: &Entry, evidence| EvidenceItem {
        evidence,
        given_for: entry.event.kind.trim_start_matches("incident.").to_owned(),
        actor: entry.event.actor.clone(),
        at: entry.event.at,
    };
    let of = |entry| pieces(entry).into_iter().map(move |piece| item(entry, piece));
    entries.iter().flat_map(of).collect()
}

/// The checklist it was opened with.
pub(super) fn playbook(entries: &[Entry]) -> Option<String> {
    entries.iter().find_map(|entry| entry.event.detail["checklist"].as_str()).map(str::to_owned)
}

/// What people wrote.
pub(super) fn remarks(entries: &[Entry]) -> Vec<Remark> {
    let remark = |entry: &Entry| Remark {
        author: entry.event.actor.name.clone(),
        at: entry.event.at,
        text: entry.event.reason.clone(),
    };
    entries.iter().map(remark).collect()
}

/// What belongs to it elsewhere.
pub(super) fn links(entries: &[Entry]) -> Vec<IncidentLink> {
    let link = |entry: &Entry| IncidentLink {
        title: entry.event.reason.clone(),
        url: entry.event.detail["url"].as_str().unwrap_or_default().to_owned(),
    };
    entries.iter().map(link).collect()
}
