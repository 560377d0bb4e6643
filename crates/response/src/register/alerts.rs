//! What is told to channels: messages are written with the change that causes them.

use jiff::Timestamp;
use serde_json::json;
use stanch_connectors::{Alert, AlertFact, AlertKind, IncidentRef};
use stanch_model::Liveness;
use stanch_store::{Incident, Leak, Message};

use super::{Desk, RegisterError};
use crate::policy::{Decision, Place};

/// What keys of incidents begin with.
const KEY_PREFIX: &str = "stanch-incident-";

/// What is told of an incident.
pub(super) struct Told {
    kind: AlertKind,
    /// What makes this message another than those before it.
    what: String,
    summary: String,
    facts: Vec<AlertFact>,
}

impl Told {
    /// It was opened for this leak.
    pub(super) fn opened(leak: &Leak, place: &Place) -> Self {
        let mut facts = leak_facts(leak);
        if !place.origin.is_empty() {
            facts.insert(0, fact(place.kind.as_str(), &place.origin));
            facts.insert(1, fact("path", &place.path));
        }
        let summary = format!("{} leak: {}", leak.severity, place_name(place));
        Self { kind: AlertKind::Trigger, what: "opened".to_owned(), summary, facts }
    }

    /// It got worse by this leak.
    pub(super) fn worse(leak: &Leak, decision: &Decision) -> Self {
        let summary = format!("now {}: {}", leak.severity, decision.severity_because);
        let what = format!("severity-{}-{}", leak.severity, leak.id);
        Self { kind: AlertKind::Trigger, what, summary, facts: leak_facts(leak) }
    }

    /// Its secret is alive after it had been closed.
    pub(super) fn regressed(leak: &Leak) -> Self {
        let summary = "a secret that was closed as dead was seen alive".to_owned();
        Self { kind: AlertKind::Trigger, what: "regression".to_owned(), summary, facts: leak_facts(leak) }
    }

    /// Nobody has acknowledged it yet.
    pub(super) fn escalated(after: &str) -> Self {
        let summary = format!("nobody has acknowledged this for {after}");
        let what = format!("escalation-{after}");
        Self { kind: AlertKind::Trigger, what, summary, facts: Vec::new() }
    }

    /// It moved on.
    pub(super) fn moved(kind: AlertKind, what: String, summary: String) -> Self {
        Self { kind, what, summary, facts: Vec::new() }
    }
}

fn fact(name: &str, value: &str) -> AlertFact {
    AlertFact { name: name.to_owned(), value: value.to_owned() }
}

fn leak_facts(leak: &Leak) -> Vec<AlertFact> {
    let mut facts = vec![fact("rule", &leak.rule), fact("secret", &leak.preview)];
    if leak.liveness != Liveness::Unknown {
        facts.push(fact("state", leak.liveness.as_str()));
    }
    if leak.public {
        facts.push(fact("public", "yes"));
    }
    let more = [
        ("environment", leak.environment.as_deref()),
        ("account", leak.account.as_deref()),
        ("owner", leak.owner.as_ref().map(|owner| owner.name.as_str())),
    ];
    facts.extend(more.into_iter().filter_map(|(name, value)| value.map(|value| fact(name, value))));
    if let Some(at) = leak.leaked_at {
        facts.push(fact("leaked", &at.to_string()));
    }
    facts
}

fn place_name(place: &Place) -> String {
    if place.origin.is_empty() { place.path.clone() } else { format!("{} {}", place.origin, place.path) }
}

impl Desk<'_, '_> {
    /// Tells the channels of a decision, when it says so.
    pub(super) fn tell(
        &mut self,
        incident: &Incident,
        told: &Told,
        decision: &Decision,
    ) -> Result<(), RegisterError> {
        let channels: Vec<String> = decision.channels.iter().map(|name| name.to_string()).collect();
        self.tell_channels(incident, told, &channels, decision.not_before.unwrap_or(self.now))
    }

    /// Tells all channels that know of the incident.
    pub(super) fn tell_all(&mut self, incident: &Incident, told: &Told) -> Result<(), RegisterError> {
        let channels = incident.channels.clone();
        self.tell_channels(incident, told, &channels, self.now)
    }

    /// Tells these channels, not before `due`.
    pub(super) fn tell_channels(
        &mut self,
        incident: &Incident,
        told: &Told,
        channels: &[String],
        due: Timestamp,
    ) -> Result<(), RegisterError> {
        let key = key(incident);
        let message = |channel: &String| {
            let id = format!("{key}/{}/{channel}", told.what);
            let alert = Alert {
                key: key.clone(),
                id: id.clone(),
                kind: told.kind,
                urgency: incident.urgency,
                severity: incident.severity,
                incident: IncidentRef {
                    number: incident.id,
                    title: incident.title.clone(),
                    url: format!("{}/incidents/{}", self.settings.url, incident.id),
                },
                summary: told.summary.clone(),
                facts: told.facts.clone(),
                at: self.now,
            };
            Message {
                message_id: id,
                channel: channel.clone(),
                incident: Some(incident.id),
                kind: told.kind.as_str().to_owned(),
                alert: json!(alert),
                due_at: due,
            }
        };
        let messages: Vec<Message> = channels.iter().map(message).collect();
        self.tx.send(&messages, self.now)?;
        Ok(())
    }
}

/// What makes all messages of an incident one thing elsewhere; an incident that was reopened is another one there.
pub(crate) fn key(incident: &Incident) -> String {
    match incident.reopens {
        0 => format!("{KEY_PREFIX}{}", incident.id),
        times => format!("{KEY_PREFIX}{}-{times}", incident.id),
    }
}

/// The number of the incident with this key.
pub(super) fn number(key: &str) -> Option<i64> {
    key.strip_prefix(KEY_PREFIX)?.split('-').next()?.parse().ok()
}
