//! Allowances: why a secret may stay where it is, who answers for that, and until when.

use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use stanch_model::{Actor, Change, Reason};
use stanch_store::{Grant, Leak, LeakFilter, LeakState, Sight};

use super::{Desk, Register, RegisterError, respond::check_text};

/// How long an allowance counts that names no end, and how long a risk may be accepted, in days.
const RISK_DAYS: i64 = 90;
/// How long any allowance may count, in days.
const DAYS_MAX: i64 = 366;

/// Who asks for something, what they may see, and when.
#[derive(Clone, Copy, Debug)]
pub struct Asker<'r> {
    /// Who asks.
    pub actor: &'r Actor,
    /// What they may see.
    pub sight: &'r Sight,
    /// When.
    pub now: Timestamp,
}

/// On which terms a secret may stay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// Why.
    pub why: Reason,
    /// The same in words.
    pub words: String,
    /// Who answers for it.
    pub owner: String,
    /// Where it was discussed.
    pub ticket: Option<String>,
    /// Until when; 90 days if none.
    pub expires: Option<Timestamp>,
}

impl Terms {
    /// When it ends: a risk is accepted for 90 days at most, anything else for a year.
    pub(super) fn end(&self, now: Timestamp) -> Result<Timestamp, RegisterError> {
        let invalid = |why: String| RegisterError::Invalid { field: "expires", why };
        let end = self.expires.unwrap_or_else(|| after(now, RISK_DAYS));
        if end <= now {
            return Err(invalid("is in the past".to_owned()));
        }
        if end > Self::longest(self.why, now) {
            return Err(invalid(match self.why {
                Reason::AcceptedRisk => format!("a risk is accepted for {RISK_DAYS} days at most"),
                _ => format!("an allowance counts for {DAYS_MAX} days at most"),
            }));
        }
        Ok(end)
    }

    /// The latest end that is allowed for this reason.
    pub fn longest(why: Reason, now: Timestamp) -> Timestamp {
        after(now, if why == Reason::AcceptedRisk { RISK_DAYS } else { DAYS_MAX })
    }

    /// Whether each text is there and not too long.
    pub(super) fn check(&self) -> Result<(), RegisterError> {
        check_text("reason", &self.words)?;
        check_text("owner", &self.owner)?;
        check_text("ticket", self.ticket.as_deref().unwrap_or_default())?;
        for (field, text) in [("reason", &self.words), ("owner", &self.owner)] {
            if text.trim().is_empty() {
                return Err(RegisterError::Invalid { field, why: "is empty".to_owned() });
            }
        }
        Ok(())
    }
}

fn after(now: Timestamp, days: i64) -> Timestamp {
    now + SignedDuration::from_hours(24 * days)
}

impl Register {
    /// Lets a secret stay. Where no other secret of its incident is open, this dismisses the incident, and is refused where that would be:
    /// what was revoked is closed, not dismissed.
    ///
    /// # Errors
    ///
    /// If there is no such leak, the terms are not allowed, or the incident cannot be dismissed; nothing is done then.
    pub fn allow(&self, leak: i64, asker: &Asker<'_>, terms: &Terms) -> Result<Grant, RegisterError> {
        terms.check()?;
        let end = terms.end(asker.now)?;
        self.work(asker.actor, asker.now, |desk| {
            let seen = desk.tx.leak(leak, asker.sight)?.ok_or(RegisterError::NoLeak(leak))?;
            let mut incident = match seen.incident {
                Some(id) => desk.tx.incident_locked(id)?,
                None => None,
            };
            let mut leak = desk.tx.leaks_locked(&[leak])?.remove(&leak).ok_or(RegisterError::NoLeak(leak))?;
            let grant = desk.grant(&leak, terms, end)?;
            if leak.state != LeakState::Open {
                return Ok(grant);
            }
            leak.state = LeakState::Dismissed;
            desk.tx.update_leak(&leak)?;
            if let Some(incident) = incident.as_mut().filter(|incident| incident.state.is_active()) {
                let open = LeakFilter {
                    incident: Some(incident.id),
                    state: Some(LeakState::Open),
                    ..LeakFilter::default()
                };
                if desk.tx.leaks(&open, &Sight::All, 1)?.is_empty() {
                    desk.step(incident, Change::Dismiss { why: terms.why }, &terms.words, &[])?;
                    incident.updated_at = desk.now;
                    desk.tx.update_incident(incident)?;
                }
            }
            Ok(grant)
        })
    }

    /// Ends an allowance before its time. The next scan that sees its secret opens the case again.
    ///
    /// # Errors
    ///
    /// If there is none such that counts, it may not be seen, or no reason is given.
    pub fn end_allowance(&self, id: i64, asker: &Asker<'_>, reason: &str) -> Result<(), RegisterError> {
        check_text("reason", reason)?;
        if reason.trim().is_empty() {
            return Err(RegisterError::Invalid { field: "reason", why: "is empty".to_owned() });
        }
        self.work(asker.actor, asker.now, |desk| {
            let known = desk.tx.grant(id, asker.sight)?.ok_or(RegisterError::NoAllowance(id))?;
            if !desk.tx.end_grant(id, &desk.actor.name, desk.now)? {
                return Err(RegisterError::AllowanceOver(id));
            }
            let detail = json!({ "allowance": id, "fingerprint": known.grant.fingerprint });
            let mut event = desk.event("allowance.ended").reason(reason).detail(detail);
            event.leak = known.leak;
            desk.tx.record(event);
            Ok(())
        })
    }
}

impl Desk<'_, '_> {
    /// Writes an allowance for a leak down.
    pub(super) fn grant(
        &mut self,
        leak: &Leak,
        terms: &Terms,
        end: Timestamp,
    ) -> Result<Grant, RegisterError> {
        let mut grant = Grant {
            id: 0,
            fingerprint: leak.fingerprint.clone(),
            reason: terms.why,
            words: terms.words.clone(),
            owner: terms.owner.clone(),
            approver: Some(self.actor.name.clone()),
            ticket: terms.ticket.clone(),
            created_at: self.now,
            expires_at: Some(end),
            ended_at: None,
            ended_by: None,
        };
        grant.id = self.tx.insert_grant(&grant)?;
        let detail =
            json!({ "allowance": grant.id, "reason": terms.why, "owner": terms.owner, "expires": end });
        let mut event = self.event("allowance.granted").leak(leak.id).reason(&terms.words).detail(detail);
        event.incident = leak.incident;
        self.tx.record(event);
        Ok(grant)
    }
}
