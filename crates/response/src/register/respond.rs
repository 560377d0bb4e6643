//! People respond: each change is a transaction with an event, and channels are told.

use jiff::Timestamp;
use serde_json::json;
use stanch_connectors::AlertKind;
use stanch_model::{Actor, Change, Duty, Evidence, IncidentStep, Reason, Transition};
use stanch_store::{Incident, Leak, LeakFilter, LeakState, Sight};

use super::{Desk, Register, RegisterError, alerts::Told, allow::Terms};

/// Longest text that somebody may give, in bytes.
const TEXT_BYTES_MAX: usize = 8 * 1024;
/// Most pieces of evidence of one step.
const EVIDENCE_MAX: usize = 20;
/// Most leaks that one request moves.
pub(super) const LEAKS_MAX: usize = 10_000;

/// Who asks for a change of an incident, and what of it they have seen.
#[derive(Clone, Debug)]
pub struct Request<'r> {
    /// The incident.
    pub incident: i64,
    /// Who asks.
    pub actor: &'r Actor,
    /// What they may see.
    pub sight: &'r Sight,
    /// The version they looked at; none if any will do.
    pub version: Option<i64>,
    /// When.
    pub now: Timestamp,
}

/// Why an incident is dismissed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dismissal {
    /// Why there is nothing to revoke.
    pub why: Reason,
    /// The same in words.
    pub words: String,
    /// Who answers for it.
    pub owner: String,
    /// Until when; 90 days if none.
    pub expires: Option<Timestamp>,
}

/// What shows each step on the way to the end, for whoever closes an incident in one go.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Closing {
    /// What shows that the secret was ended.
    pub revoked: Vec<Evidence>,
    /// What shows that whatever used it has another.
    pub rotated: Vec<Evidence>,
    /// Why nothing needs another, if that is so.
    pub no_rotation: String,
    /// What shows that it is dead and unused.
    pub proven: Vec<Evidence>,
    /// In words.
    pub reason: String,
}

impl Register {
    /// Takes an incident one step on.
    ///
    /// # Errors
    ///
    /// If there is none, it was changed in the meantime, or the step may not follow.
    pub fn step(
        &self,
        request: &Request<'_>,
        change: Change,
        reason: &str,
        evidence: &[Evidence],
    ) -> Result<Incident, RegisterError> {
        check_text("reason", reason)?;
        check_evidence(evidence)?;
        if let Change::Dismiss { .. } = change {
            return Err(RegisterError::Invalid { field: "step", why: "dismiss needs an owner".to_owned() });
        }
        self.change(request, |desk, incident| desk.step(incident, change, reason, evidence))
    }

    /// Ends an incident for which there is nothing to revoke; each of its secrets gets an exception.
    ///
    /// # Errors
    ///
    /// If there is none, it was changed in the meantime, something was revoked already, or the exception is not allowed.
    pub fn dismiss(&self, request: &Request<'_>, dismissal: &Dismissal) -> Result<Incident, RegisterError> {
        let terms = Terms {
            why: dismissal.why,
            words: dismissal.words.clone(),
            owner: dismissal.owner.clone(),
            ticket: None,
            expires: dismissal.expires,
        };
        check_text("reason", &terms.words)?;
        check_text("owner", &terms.owner)?;
        let end = terms.end(request.now)?;
        self.change(request, |desk, incident| {
            desk.step(incident, Change::Dismiss { why: dismissal.why }, &dismissal.words, &[])?;
            desk.grant_leaks(incident.id, &terms, end)
        })
    }

    /// Closes an incident in one go: the steps that are missing are done one after the other, each with what shows it.
    ///
    /// # Errors
    ///
    /// If there is none, it was changed in the meantime, or a step lacks what shows it; nothing is done then.
    pub fn close(&self, request: &Request<'_>, closing: &Closing) -> Result<Incident, RegisterError> {
        for evidence in [&closing.revoked, &closing.rotated, &closing.proven] {
            check_evidence(evidence)?;
        }
        check_text("reason", &closing.reason)?;
        check_text("no_rotation", &closing.no_rotation)?;
        self.change(request, |desk, incident| {
            let steps = [
                (Change::Revoke, &closing.revoked, &closing.reason, incident.milestones.revoked),
                (Change::Rotate, &closing.rotated, &closing.no_rotation, incident.milestones.rotated),
                (Change::Prove, &closing.proven, &closing.reason, incident.milestones.proven),
            ];
            for (change, evidence, reason, reached) in steps {
                if reached.is_none() {
                    desk.step(incident, change, reason, evidence)?;
                }
            }
            desk.step(incident, Change::Close, &closing.reason, &[])
        })
    }

    /// Gives a duty to somebody, or to nobody.
    ///
    /// # Errors
    ///
    /// If there is no such incident, or it was changed in the meantime.
    pub fn assign(
        &self,
        request: &Request<'_>,
        duty: Duty,
        holder: Option<&str>,
    ) -> Result<Incident, RegisterError> {
        if let Some(name) = holder {
            check_text("holder", name)?;
        }
        self.change(request, |desk, incident| {
            let former = incident.holders.hand_over(duty, holder.map(str::to_owned));
            let detail = json!({ "duty": duty, "from": former, "to": holder });
            let event = desk.event("incident.handed-over").incident(incident.id).detail(detail);
            desk.tx.record(event);
            Ok(())
        })
    }

    /// Adds a note, or a link with what it leads to.
    ///
    /// # Errors
    ///
    /// If there is no such incident, or the text is empty or too long.
    pub fn note(&self, request: &Request<'_>, text: &str, url: Option<&str>) -> Result<(), RegisterError> {
        check_text("text", text)?;
        if text.trim().is_empty() {
            return Err(RegisterError::Invalid { field: "text", why: "is empty".to_owned() });
        }
        if let Some(url) = url.filter(|url| !url.starts_with("https://") && !url.starts_with("http://")) {
            let why =
                format!("expected a link that begins with https:// or http://, not {} bytes", url.len());
            return Err(RegisterError::Invalid { field: "url", why });
        }
        self.change(request, |desk, incident| {
            let kind = if url.is_some() { "incident.link" } else { "incident.note" };
            let event = desk.event(kind).incident(incident.id).reason(text).detail(json!({ "url": url }));
            desk.tx.record(event);
            Ok(())
        })?;
        Ok(())
    }

    /// Ticks an item of the checklist off, or takes that back.
    ///
    /// # Errors
    ///
    /// If there is no such incident or item.
    pub fn tick_task(&self, request: &Request<'_>, task: i64, is_done: bool) -> Result<(), RegisterError> {
        self.change(request, |desk, incident| {
            let done = is_done.then_some((desk.now, desk.actor.name.as_str()));
            if !desk.tx.tick_task(incident.id, task, done)? {
                return Err(RegisterError::NoTask { incident: incident.id, task });
            }
            let kind = if is_done { "incident.task-done" } else { "incident.task-undone" };
            let event = desk.event(kind).incident(incident.id).detail(json!({ "task": task }));
            desk.tx.record(event);
            Ok(())
        })?;
        Ok(())
    }

    /// Moves leaks of an incident into one of their own.
    ///
    /// # Errors
    ///
    /// If there is no such incident, it has none of these leaks, or none would be left.
    pub fn split(&self, request: &Request<'_>, leaks: &[i64], title: &str) -> Result<i64, RegisterError> {
        check_text("title", title)?;
        let mut opened = 0;
        self.change(request, |desk, incident| {
            opened = desk.split(incident, leaks, title)?;
            Ok(())
        })?;
        Ok(opened)
    }

    /// Moves all leaks of another incident into this one; the other is over then.
    ///
    /// # Errors
    ///
    /// If one of the two is not there or is over.
    pub fn merge(&self, request: &Request<'_>, other: i64, reason: &str) -> Result<Incident, RegisterError> {
        check_text("reason", reason)?;
        if other == request.incident {
            let why = "an incident cannot take in itself".to_owned();
            return Err(RegisterError::Invalid { field: "other", why });
        }
        if self.store.read(|tx| tx.incident(other, request.sight))?.is_none() {
            return Err(RegisterError::NoIncident(other));
        }
        self.change(request, |desk, incident| desk.merge(incident, other, reason))
    }

    /// The leak of this number, for somebody who wants to see all of it; that they did is on record.
    ///
    /// # Errors
    ///
    /// If there is none, or it may not be seen.
    pub fn look_at_leak(
        &self,
        id: i64,
        actor: &Actor,
        sight: &Sight,
        now: Timestamp,
    ) -> Result<Leak, RegisterError> {
        self.work(actor, now, |desk| {
            let leak = desk.tx.leak(id, sight)?.ok_or(RegisterError::NoLeak(id))?;
            let event = desk.event("leak.read").leak(id);
            desk.tx.record(event);
            Ok(leak)
        })
    }

    /// Changes an incident in one transaction, if who asks has seen its newest version.
    fn change(
        &self,
        request: &Request<'_>,
        mut job: impl FnMut(&mut Desk<'_, '_>, &mut Incident) -> Result<(), RegisterError>,
    ) -> Result<Incident, RegisterError> {
        self.work(request.actor, request.now, |desk| {
            let id = request.incident;
            let visible = desk.tx.incident(id, request.sight)?;
            let locked = if visible.is_some() { desk.tx.incident_locked(id)? } else { None };
            let mut incident = locked.ok_or(RegisterError::NoIncident(id))?;
            if request.version.is_some_and(|version| version != incident.version) {
                return Err(RegisterError::Changed { incident: id, version: incident.version });
            }
            job(desk, &mut incident)?;
            incident.updated_at = desk.now;
            desk.tx.update_incident(&mut incident)?;
            Ok(incident)
        })
    }
}

impl Desk<'_, '_> {
    /// Takes an incident one step on; whoever asks writes it back.
    pub(super) fn step(
        &mut self,
        incident: &mut Incident,
        change: Change,
        reason: &str,
        evidence: &[Evidence],
    ) -> Result<(), RegisterError> {
        let transition =
            Transition { at: self.now, reason: reason.to_owned(), evidence: evidence.to_vec(), change };
        self.take(incident, &transition, &[])
    }

    /// Takes a step, and tells all channels that know of the incident but those in `untold`.
    pub(super) fn take(
        &mut self,
        incident: &mut Incident,
        transition: &Transition,
        untold: &[String],
    ) -> Result<(), RegisterError> {
        let step = transition.step();
        let (from, before) = (incident.state, incident.milestones);
        incident.milestones = before.after(transition)?;
        incident.state = incident.milestones.state();
        if step == IncidentStep::Reopen {
            incident.reopens += 1;
        }
        let Transition { reason, evidence, change, .. } = transition;
        let detail = json!({ "from": from, "to": incident.state, "evidence": evidence, "change": change });
        let event =
            self.event(format!("incident.{step}")).incident(incident.id).reason(reason).detail(detail);
        self.tx.record(event);
        self.follow(incident, step)?;
        let told = Told::moved(
            alert_kind(step),
            format!("{step}-{}", incident.version + 1),
            format!("{}: {step} by {}", incident.state, self.actor.name),
        );
        let is_told = |channel: &&String| !untold.contains(channel);
        let channels: Vec<String> = incident.channels.iter().filter(is_told).cloned().collect();
        self.tell_channels(incident, &told, &channels, self.now)
    }

    /// What a step brings with it.
    fn follow(&mut self, incident: &Incident, step: IncidentStep) -> Result<(), RegisterError> {
        match step {
            IncidentStep::Close => self.tx.set_leak_states(incident.id, LeakState::Closed).map(drop)?,
            IncidentStep::Dismiss => self.tx.set_leak_states(incident.id, LeakState::Dismissed).map(drop)?,
            IncidentStep::Reopen => self.tx.set_leak_states(incident.id, LeakState::Open).map(drop)?,
            _ => {}
        }
        if incident.milestones.acknowledged.is_some() || !incident.state.is_active() {
            self.tx.end_timers(incident.id, self.now)?;
        }
        Ok(())
    }

    fn grant_leaks(&mut self, incident: i64, terms: &Terms, end: Timestamp) -> Result<(), RegisterError> {
        let filter = LeakFilter { incident: Some(incident), ..LeakFilter::default() };
        for leak in self.tx.leaks(&filter, &Sight::All, LEAKS_MAX)? {
            self.grant(&leak, terms, end)?;
        }
        Ok(())
    }
}

fn alert_kind(step: IncidentStep) -> AlertKind {
    match step {
        IncidentStep::Acknowledge => AlertKind::Acknowledge,
        IncidentStep::Close | IncidentStep::Dismiss => AlertKind::Resolve,
        IncidentStep::Reopen => AlertKind::Trigger,
        IncidentStep::Contain | IncidentStep::Revoke | IncidentStep::Rotate | IncidentStep::Prove => {
            AlertKind::Update
        }
    }
}

/// Whether a text is not too long.
pub(super) fn check_text(field: &'static str, text: &str) -> Result<(), RegisterError> {
    if text.len() > TEXT_BYTES_MAX {
        return Err(RegisterError::Invalid { field, why: format!("longer than {TEXT_BYTES_MAX} bytes") });
    }
    Ok(())
}

fn check_evidence(evidence: &[Evidence]) -> Result<(), RegisterError> {
    let invalid = |why: &str| RegisterError::Invalid { field: "evidence", why: why.to_owned() };
    if evidence.len() > EVIDENCE_MAX {
        return Err(invalid("more than 20 pieces"));
    }
    for piece in evidence {
        check_text("evidence", &piece.text)?;
        if piece.text.trim().is_empty() {
            return Err(invalid("a piece says nothing"));
        }
        if piece.url.as_ref().is_some_and(|url| !url.starts_with("https://") && !url.starts_with("http://")) {
            return Err(invalid("a link begins with https:// or http://"));
        }
    }
    Ok(())
}
