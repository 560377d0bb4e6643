//! Tells when the error budget of a promise begins to burn too fast, and when it does so no more.

use jiff::Timestamp;
use serde_json::json;
use stanch_connectors::{Alert, AlertFact, AlertKind, IncidentRef};
use stanch_model::{Actor, Severity, Urgency};
use stanch_store::{Burn, Message, Sight};

use super::{Desk, Register, RegisterError};
use crate::{
    measures::{self, Kept},
    policy::spell,
};

/// Who acts when a promise is looked at.
const WATCH: &str = "objectives";

impl Register {
    /// Looks at what is promised, and tells the channels that the policy names of what began or ended to burn; gives how many did. Several servers
    /// may look at once: each change is told once.
    ///
    /// # Errors
    ///
    /// If the database refuses: nothing is told then.
    pub fn watch_objectives(&self, now: Timestamp) -> Result<usize, RegisterError> {
        let policy = &self.settings.policy;
        let all = self.store.read(|tx| measures::objectives(tx, &Sight::All, policy, now))?;
        let mut told = 0;
        for kept in &all {
            let is_told = self.work(&Actor::stanch(WATCH), now, |desk| desk.watch_objective(kept))?;
            told += usize::from(is_told);
        }
        Ok(told)
    }
}

/// What is to be told of a promise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Turn {
    Begins,
    Worse,
    Ends,
}

impl Desk<'_, '_> {
    fn watch_objective(&mut self, kept: &Kept) -> Result<bool, RegisterError> {
        let urgency = kept.burning.iter().map(|burning| burning.urgency).max();
        let mut burn = self.tx.burn_locked(&kept.name, self.now)?;
        let turn = match (burn.urgency, urgency) {
            (None, Some(_)) => Turn::Begins,
            (Some(before), Some(now)) if now > before => Turn::Worse,
            (Some(_), None) => Turn::Ends,
            _ => return Ok(false),
        };
        let since = burn.since;
        if turn == Turn::Begins {
            burn.episode += 1;
        }
        let told_urgency = urgency.or(burn.urgency).unwrap_or(Urgency::Ticket);
        if turn != Turn::Worse {
            burn.since = self.now;
        }
        burn.urgency = urgency;
        self.tx.note_burn(&burn)?;
        self.send_burn(kept, &burn, (turn, told_urgency))?;
        let kind = if turn == Turn::Ends { "objective.recovered" } else { "objective.burning" };
        // No fractions: what is read back of one may differ in its last digit, and the trail is hashed.
        let left = percent(kept.budget_left);
        let detail = json!({ "objective": kept.name, "urgency": told_urgency.as_str(), "since": since, "budget_left": left });
        let event = self.event(kind).reason(summary(kept, turn)).detail(detail);
        self.tx.record(event);
        Ok(true)
    }

    fn send_burn(
        &mut self,
        kept: &Kept,
        burn: &Burn,
        (turn, urgency): (Turn, Urgency),
    ) -> Result<(), RegisterError> {
        let key = format!("stanch-objective-{}-{}", kept.name, burn.episode);
        let kind = if turn == Turn::Ends { AlertKind::Resolve } else { AlertKind::Trigger };
        let settings = self.settings;
        let message = |channel: &String| {
            let id = format!("{key}/{}-{urgency}/{channel}", kind.as_str());
            let alert = Alert {
                key: key.clone(),
                id: id.clone(),
                kind,
                urgency,
                severity: severity(&kept.name),
                incident: IncidentRef {
                    number: 0,
                    title: title(kept),
                    url: format!("{}/executive", settings.url),
                },
                summary: summary(kept, turn),
                facts: facts(kept),
                at: self.now,
            };
            Message {
                message_id: id,
                channel: channel.clone(),
                incident: None,
                kind: kind.as_str().to_owned(),
                alert: json!(alert),
                due_at: self.now,
            }
        };
        let messages: Vec<Message> = settings.policy.objectives().notify.iter().map(message).collect();
        self.tx.send(&messages, self.now)?;
        Ok(())
    }
}

/// The severity whose revocation is promised; a promise of detection is of high severity.
fn severity(name: &str) -> Severity {
    name.strip_prefix("revoke-").and_then(|severity| severity.parse().ok()).unwrap_or(Severity::High)
}

fn title(kept: &Kept) -> String {
    let within = spell(jiff::SignedDuration::from_millis(kept.within_ms));
    let done = match kept.name.strip_prefix("revoke-") {
        Some(severity) => format!("{severity} leaks revoked"),
        None => "leaks detected".to_owned(),
    };
    format!("{} of {done} within {within}", percent(kept.target))
}

fn summary(kept: &Kept, turn: Turn) -> String {
    // Of several that burn alike, the first of the policy, which is the fastest.
    let worst = kept.burning.iter().rev().max_by(|a, b| a.rate.total_cmp(&b.rate));
    match (turn, worst) {
        (Turn::Ends, _) => "the error budget burns no faster than allowed any more".to_owned(),
        (_, Some(worst)) => {
            let long = spell(jiff::SignedDuration::from_millis(worst.long_ms));
            format!("the error budget burns {:.1} times faster than allowed, over {long}", worst.rate)
        }
        (_, None) => "the error budget burns faster than allowed".to_owned(),
    }
}

fn facts(kept: &Kept) -> Vec<AlertFact> {
    let share = format!("{} of {}", kept.share.good, kept.share.all);
    let left = percent(kept.budget_left);
    [("in time", share), ("error budget left", left)]
        .map(|(name, value)| AlertFact { name: name.to_owned(), value })
        .into()
}

fn percent(share: f64) -> String {
    format!("{:.0} %", share * 100.0)
}
