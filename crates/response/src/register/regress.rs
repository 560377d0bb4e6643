//! What was over, or thought less bad, turns out otherwise.

use serde_json::json;
use stanch_model::{Change, Fingerprint, Liveness, ReportedFinding, Transition, Urgency};
use stanch_store::{Incident, Leak, LeakState};

use super::{Desk, RegisterError, alerts::Told, ingest::Tally};
use crate::policy::Decision;

impl Desk<'_, '_> {
    /// A leak whose incident is over was seen again: alive it is a regression; dead it stays closed; dismissed it stays so while its exception counts.
    pub(super) fn seen_after_its_end(
        &mut self,
        leak: &mut Leak,
        lead: &ReportedFinding,
        decision: &Decision,
        tally: &mut Tally,
    ) -> Result<(), RegisterError> {
        match leak.state {
            LeakState::Open => Ok(()),
            LeakState::Closed if lead.liveness == Liveness::Live => {
                self.regress(leak, "seen alive after it was closed as dead", decision, tally)
            }
            LeakState::Closed => {
                let detail = json!({ "liveness": lead.liveness });
                let event = self.event("leak.seen-dead").leak(leak.id).detail(detail);
                self.tx.record(event);
                Ok(())
            }
            LeakState::Dismissed => {
                let names = [Some(lead.fingerprint), lead.former_fingerprint];
                let names: Vec<String> =
                    names.into_iter().flatten().map(|name: Fingerprint| name.to_string()).collect();
                if !self.tx.grants_for(&names, self.now)?.is_empty() {
                    return Ok(());
                }
                self.regress(leak, "seen after its exception ended", decision, tally)
            }
        }
    }

    fn regress(
        &mut self,
        leak: &mut Leak,
        reason: &str,
        decision: &Decision,
        tally: &mut Tally,
    ) -> Result<(), RegisterError> {
        leak.state = LeakState::Open;
        leak.regressions += 1;
        tally.regressions += 1;
        let event = self.event("leak.regressed").leak(leak.id).reason(reason);
        self.tx.record(event);
        let Some(id) = leak.incident else { return Ok(()) };
        let Some(mut incident) = self.tx.incident_locked(id)? else { return Ok(()) };
        if !incident.state.is_active() {
            self.step_silently(&mut incident, reason)?;
        }
        for channel in decision.channels.iter().map(|name| name.to_string()) {
            if !incident.channels.contains(&channel) {
                incident.channels.push(channel);
            }
        }
        incident.urgency = incident.urgency.max(decision.urgency);
        incident.severity = incident.severity.max(decision.severity);
        incident.updated_at = self.now;
        let channels = incident.channels.clone();
        let due = if incident.urgency == Urgency::Page {
            self.now
        } else {
            decision.not_before.unwrap_or(self.now)
        };
        self.tell_channels(&incident, &Told::regressed(leak), &channels, due)?;
        self.set_escalations(id, decision)?;
        Ok(self.tx.update_incident(&mut incident)?)
    }

    /// Reopens an incident; what is told of it says more than that.
    fn step_silently(&mut self, incident: &mut Incident, reason: &str) -> Result<(), RegisterError> {
        let transition = Transition {
            at: self.now,
            reason: reason.to_owned(),
            evidence: Vec::new(),
            change: Change::Reopen,
        };
        incident.milestones = incident.milestones.after(&transition)?;
        incident.state = incident.milestones.state();
        incident.reopens += 1;
        let event = self.event("incident.reopen").incident(incident.id).reason(reason);
        self.tx.record(event);
        Ok(())
    }

    /// A leak got worse, and its incident with it.
    pub(super) fn raise(&mut self, leak: &Leak, decision: &Decision) -> Result<(), RegisterError> {
        let Some(id) = leak.incident else { return Ok(()) };
        let Some(mut incident) = self.tx.incident_locked(id)? else { return Ok(()) };
        if !incident.state.is_active() || decision.severity <= incident.severity {
            return Ok(());
        }
        incident.severity = decision.severity;
        incident.urgency = incident.urgency.max(decision.urgency);
        for channel in decision.channels.iter().map(|name| name.to_string()) {
            if !incident.channels.contains(&channel) {
                incident.channels.push(channel);
            }
        }
        incident.updated_at = self.now;
        let event = self.event("incident.severity").incident(id).leak(leak.id).reason(&leak.severity_because);
        self.tx.record(event.detail(json!({ "to": incident.severity, "urgency": incident.urgency })));
        self.tell(&incident, &Told::worse(leak, decision), decision)?;
        Ok(self.tx.update_incident(&mut incident)?)
    }
}
