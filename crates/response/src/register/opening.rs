//! New leaks open incidents, or join one they belong to.

use std::collections::{BTreeMap, HashMap, btree_map::Entry};

use serde_json::json;
use stanch_model::{Milestones, State, Urgency};
use stanch_store::{Holders, Incident, Leak, LeakState};

use super::{Desk, RegisterError, alerts::Told, ingest::Tally};
use crate::policy::{Decision, Place};

/// A leak that is about to be made, and what was decided about it.
pub(super) struct NewLeak {
    pub(super) leak: Leak,
    pub(super) decision: Decision,
    /// What makes it part of an incident.
    pub(super) keys: Vec<String>,
    /// The place that decided.
    pub(super) place: Place,
}

impl Desk<'_, '_> {
    /// Makes leaks and opens their incidents; gives the numbers of those that were really new, by fingerprint.
    pub(super) fn make_leaks(
        &mut self,
        mut new: Vec<NewLeak>,
        tally: &mut Tally,
    ) -> Result<HashMap<String, i64>, RegisterError> {
        self.heed_grants(&mut new)?;
        let leaks: Vec<Leak> = new.iter().map(|new| new.leak.clone()).collect();
        let made: HashMap<String, i64> = self.tx.insert_leaks(&leaks)?.into_iter().collect();
        tally.new_leaks += made.len();
        let mut homes = Homes::default();
        for one in &mut new {
            let Some(&id) = made.get(&one.leak.fingerprint) else { continue };
            one.leak.id = id;
            let detail = json!({
                "rule": one.leak.rule, "severity": one.leak.severity, "urgency": one.decision.urgency,
                "urgency_because": one.decision.urgency_because.to_string(),
                "origin": one.place.origin, "path": one.place.path,
            });
            let event = self.event("leak.opened").leak(id).reason(&one.leak.severity_because).detail(detail);
            self.tx.record(event);
            if one.leak.state == LeakState::Open && one.decision.urgency != Urgency::None {
                self.house(one, &mut homes, tally)?;
            }
        }
        self.tx.set_leak_incidents(&homes.of_leaks)?;
        for incident in homes.incidents.values_mut() {
            self.tx.update_incident(incident)?;
        }
        Ok(made)
    }

    /// What is allowed already opens nothing.
    fn heed_grants(&mut self, new: &mut [NewLeak]) -> Result<(), RegisterError> {
        let names: Vec<String> = new.iter().map(|new| new.leak.fingerprint.clone()).collect();
        for grant in self.tx.grants_for(&names, self.now)? {
            for one in new.iter_mut().filter(|one| one.leak.fingerprint == grant.fingerprint) {
                one.leak.state = LeakState::Dismissed;
            }
        }
        Ok(())
    }

    fn house(&mut self, new: &NewLeak, homes: &mut Homes, tally: &mut Tally) -> Result<(), RegisterError> {
        let home = if let Some(id) = self.find_home(new, homes)? {
            self.join(id, new, homes)?;
            id
        } else {
            tally.new_incidents += 1;
            self.open(new, homes)?
        };
        homes.of_leaks.push((new.leak.id, home));
        self.tx.group_incident(home, &new.keys, self.now)?;
        for key in &new.keys {
            homes.by_key.insert(key.clone(), home);
        }
        Ok(())
    }

    /// The incident a leak belongs to, if there is one that takes it.
    fn find_home(&mut self, new: &NewLeak, homes: &mut Homes) -> Result<Option<i64>, RegisterError> {
        let grouping = self.settings.policy.grouping();
        let since = self.now.checked_sub(grouping.window).unwrap_or(jiff::Timestamp::MIN);
        let in_batch = new.keys.iter().find_map(|key| homes.by_key.get(key).copied());
        let id = match in_batch {
            Some(id) => Some(id),
            None => self.tx.incident_of_groups(&new.keys, since)?,
        };
        let Some(id) = id else { return Ok(None) };
        let incident = match homes.incidents.entry(id) {
            Entry::Occupied(held) => held.into_mut(),
            Entry::Vacant(free) => match self.tx.incident_locked(id)? {
                Some(incident) => free.insert(incident),
                None => return Ok(None),
            },
        };
        let has_room = usize::try_from(incident.leaks).is_ok_and(|leaks| leaks < grouping.leaks_max);
        // A secret that is worse than what the incident was opened for, and would wake somebody who was not woken, is a case of its own:
        // so is one whose incident is being closed.
        let fits = incident.milestones.revoked.is_none() && new.decision.urgency <= incident.urgency;
        Ok((incident.state.is_active() && has_room && fits).then_some(id))
    }

    fn join(&mut self, id: i64, new: &NewLeak, homes: &mut Homes) -> Result<(), RegisterError> {
        let event = self
            .event("incident.joined")
            .incident(id)
            .leak(new.leak.id)
            .detail(json!({ "keys": new.keys, "severity": new.leak.severity }));
        self.tx.record(event);
        let Some(incident) = homes.incidents.get_mut(&id) else { return Ok(()) };
        incident.leaks += 1;
        incident.updated_at = self.now;
        incident.leaked_at = [incident.leaked_at, new.leak.leaked_at].into_iter().flatten().min();
        if new.leak.severity > incident.severity {
            incident.severity = new.leak.severity;
            let incident = incident.clone();
            self.tell(&incident, &Told::worse(&new.leak, &new.decision), &new.decision)?;
        }
        Ok(())
    }

    fn open(&mut self, new: &NewLeak, homes: &mut Homes) -> Result<i64, RegisterError> {
        let what = self.settings.title_of(&new.leak.rule);
        let title = if new.place.origin.is_empty() {
            what.to_owned()
        } else {
            format!("{what} in {}", new.place.origin)
        };
        let mut incident = Incident {
            id: 0,
            title,
            state: State::Open,
            severity: new.leak.severity,
            urgency: new.decision.urgency,
            channels: new.decision.channels.iter().map(|name| name.to_string()).collect(),
            holders: Holders::default(),
            leaked_at: new.leak.leaked_at,
            detected_at: self.now,
            milestones: Milestones::default(),
            reopens: 0,
            leaks: 1,
            version: 0,
            updated_at: self.now,
        };
        incident.id = self.tx.insert_incident(&incident)?;
        let checklist =
            self.settings.playbook.checklist(&new.leak.rule, self.settings.connector_of(&new.leak.rule));
        let steps: Vec<String> = checklist.steps.iter().map(|step| step.text.clone()).collect();
        self.tx.insert_tasks(incident.id, &steps)?;
        let detail = json!({
            "title": incident.title, "severity": incident.severity, "urgency": incident.urgency,
            "channels": incident.channels, "checklist": checklist.name,
        });
        let because = new.decision.urgency_because.to_string();
        let event = self.event("incident.opened").incident(incident.id).leak(new.leak.id).reason(because);
        self.tx.record(event.detail(detail));
        self.tell(&incident, &Told::opened(&new.leak, &new.place), &new.decision)?;
        self.set_escalations(incident.id, &new.decision)?;
        let id = incident.id;
        homes.incidents.insert(id, incident);
        Ok(id)
    }
}

/// The incidents of a batch: they are written once, at its end.
#[derive(Default)]
struct Homes {
    incidents: BTreeMap<i64, Incident>,
    by_key: HashMap<String, i64>,
    /// Leak and incident.
    of_leaks: Vec<(i64, i64)>,
}
