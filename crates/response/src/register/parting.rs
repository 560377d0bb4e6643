//! Incidents are split, and taken into each other.

use std::collections::BTreeSet;

use serde_json::json;
use stanch_connectors::AlertKind;
use stanch_store::{Incident, Leak, LeakFilter, Sight};

use super::{Desk, RegisterError, alerts::Told, respond::LEAKS_MAX};

impl Desk<'_, '_> {
    /// Moves leaks into an incident of their own; gives its number.
    pub(super) fn split(
        &mut self,
        incident: &mut Incident,
        leaks: &[i64],
        title: &str,
    ) -> Result<i64, RegisterError> {
        let wanted: BTreeSet<i64> = leaks.iter().copied().collect();
        let filter = LeakFilter { incident: Some(incident.id), ..LeakFilter::default() };
        let held = self.tx.leaks(&filter, &Sight::All, LEAKS_MAX)?;
        let moved: Vec<&Leak> = held.iter().filter(|leak| wanted.contains(&leak.id)).collect();
        let invalid = |why: &str| RegisterError::Invalid { field: "leaks", why: why.to_owned() };
        if moved.is_empty() || moved.len() != wanted.len() {
            return Err(invalid("expected leaks of this incident"));
        }
        if moved.len() == held.len() {
            return Err(invalid("none would be left"));
        }
        let severity = moved.iter().map(|leak| leak.severity).max().unwrap_or(incident.severity);
        let mut part = Incident {
            id: 0,
            title: title.to_owned(),
            severity,
            leaks: count(moved.len()),
            version: 0,
            leaked_at: moved.iter().filter_map(|leak| leak.leaked_at).min(),
            updated_at: self.now,
            ..incident.clone()
        };
        part.id = self.tx.insert_incident(&part)?;
        let homes: Vec<(i64, i64)> = moved.iter().map(|leak| (leak.id, part.id)).collect();
        self.tx.set_leak_incidents(&homes)?;
        incident.leaks -= part.leaks;
        let detail = json!({ "leaks": wanted, "into": part.id });
        let event = self.event("incident.split").incident(incident.id).detail(detail.clone());
        self.tx.record(event);
        let event = self.event("incident.opened").incident(part.id).reason("split off");
        self.tx.record(event.detail(json!({ "from": incident.id, "leaks": wanted })));
        Ok(part.id)
    }

    /// Takes another incident in.
    pub(super) fn merge(
        &mut self,
        incident: &mut Incident,
        other: i64,
        reason: &str,
    ) -> Result<(), RegisterError> {
        let mut taken = self.tx.incident_locked(other)?.ok_or(RegisterError::NoIncident(other))?;
        for (id, state) in [(incident.id, incident.state), (other, taken.state)] {
            if !state.is_active() {
                let why = format!("incident {id} is {state}");
                return Err(RegisterError::Invalid { field: "other", why });
            }
        }
        let filter = LeakFilter { incident: Some(other), ..LeakFilter::default() };
        let leaks = self.tx.leaks(&filter, &Sight::All, LEAKS_MAX)?;
        let homes: Vec<(i64, i64)> = leaks.iter().map(|leak| (leak.id, incident.id)).collect();
        self.tx.set_leak_incidents(&homes)?;
        incident.leaks += count(homes.len());
        incident.severity = incident.severity.max(taken.severity);
        incident.urgency = incident.urgency.max(taken.urgency);
        incident.leaked_at = [incident.leaked_at, taken.leaked_at].into_iter().flatten().min();
        taken.leaks = 0;
        taken.milestones.dismissed = Some(self.now);
        taken.state = taken.milestones.state();
        taken.updated_at = self.now;
        let event = self.event("incident.merged").incident(incident.id).reason(reason);
        self.tx.record(event.detail(json!({ "took": other, "leaks": homes.len() })));
        let event = self.event("incident.merged").incident(other).reason(reason);
        self.tx.record(event.detail(json!({ "into": incident.id })));
        self.tx.end_timers(other, self.now)?;
        let told = Told::moved(
            AlertKind::Resolve,
            "merged".to_owned(),
            format!("merged into incident {}", incident.id),
        );
        self.tell_all(&taken, &told)?;
        Ok(self.tx.update_incident(&mut taken)?)
    }
}

fn count(leaks: usize) -> i64 {
    i64::try_from(leaks).unwrap_or(i64::MAX)
}
