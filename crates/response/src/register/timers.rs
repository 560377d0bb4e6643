//! What happens because time passes: escalations.

use jiff::Timestamp;
use serde_json::json;
use stanch_model::Actor;
use stanch_store::Timer;

use super::{Desk, Register, RegisterError, alerts::Told};
use crate::policy::{Decision, spell};

/// Most timers that go off in one transaction.
const TIMERS_MAX: usize = 100;
/// Who acts when time passes.
const CLOCK: &str = "clock";

impl Register {
    /// Lets go off what is due; gives how many timers that were. Several servers may do so at once.
    ///
    /// # Errors
    ///
    /// If the database refuses: what is due stays due then.
    pub fn tick(&self, now: Timestamp) -> Result<usize, RegisterError> {
        self.work(&Actor::stanch(CLOCK), now, |desk| {
            let due = desk.tx.take_timers(now, TIMERS_MAX)?;
            for timer in &due {
                desk.go_off(timer)?;
            }
            Ok(due.len())
        })
    }
}

impl Desk<'_, '_> {
    /// Sets the escalations of a new incident.
    pub(super) fn set_escalations(
        &mut self,
        incident: i64,
        decision: &Decision,
    ) -> Result<(), RegisterError> {
        let start = decision.not_before.unwrap_or(self.now);
        for escalation in &decision.escalations {
            let channels: Vec<&str> = escalation.channels.iter().map(|name| &**name).collect();
            let timer = Timer {
                id: 0,
                incident,
                kind: "escalate".to_owned(),
                detail: json!({ "channels": channels, "after": spell(escalation.after) }),
                due_at: start.checked_add(escalation.after).unwrap_or(start),
            };
            self.tx.set_timer(&timer)?;
        }
        Ok(())
    }

    fn go_off(&mut self, timer: &Timer) -> Result<(), RegisterError> {
        let Some(mut incident) = self.tx.incident_locked(timer.incident)? else { return Ok(()) };
        let is_waiting = incident.milestones.acknowledged.is_none() && incident.state.is_active();
        if timer.kind != "escalate" || !is_waiting {
            return Ok(());
        }
        let channels: Vec<String> =
            serde_json::from_value(timer.detail["channels"].clone()).unwrap_or_default();
        let after = timer.detail["after"].as_str().unwrap_or_default();
        self.tell_channels(&incident, &Told::escalated(after), &channels, self.now)?;
        let event = self.event("incident.escalated").incident(incident.id).detail(timer.detail.clone());
        self.tx.record(event);
        for channel in channels {
            if !incident.channels.contains(&channel) {
                incident.channels.push(channel);
            }
        }
        incident.updated_at = self.now;
        Ok(self.tx.update_incident(&mut incident)?)
    }
}
