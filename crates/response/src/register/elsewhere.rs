//! What other services tell, once it is sure that they do: somebody acted on an incident there, something was pushed, a secret was found.

use jiff::Timestamp;
use serde_json::json;
use stanch_connectors::inbound::{Acknowledged, Acknowledgement, Concerning};
use stanch_model::{Actor, Change, IncidentStep, Origin, Transition};
use stanch_store::{Incident, Pushed};

use super::{Desk, Register, RegisterError, alerts};
use crate::batch::Batch;

/// What keys of deliveries begin with, so that they are none of requests of clients.
const KEY_PREFIX: &str = "delivery:";

/// Something that another service sent.
#[derive(Clone, Debug)]
pub struct Delivery<'d> {
    /// On whose behalf: the service and, where it names one, the person.
    pub actor: &'d Actor,
    /// What makes it itself. If one of them was seen before, nothing happens.
    pub keys: &'d [String],
    /// When it came.
    pub now: Timestamp,
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It was done, or noted.
    Done,
    /// It came before.
    Repeated,
    /// There was nothing to do.
    Nothing,
}

/// What a forge tells of a repository.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PushTold {
    /// Its main branch, where it says.
    pub default_branch: Option<String>,
    /// What branch or tag points to which commit now, if it is a push.
    pub pushed: Option<(String, String)>,
}

impl Register {
    /// Somebody acted on an incident elsewhere. An acknowledgement counts here too, and is not told to `channels`, where it comes from. What
    /// is over elsewhere is noted and goes on here, until it is proven.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn acted_elsewhere(
        &self,
        delivery: &Delivery<'_>,
        act: &Acknowledgement,
        channels: &[String],
    ) -> Result<Effect, RegisterError> {
        self.once(delivery, |desk| {
            let Some(mut incident) = desk.concerned(&act.concerning)? else { return Ok(Effect::Nothing) };
            match act.what {
                Acknowledged::Acknowledge
                    if incident.milestones.next().contains(&IncidentStep::Acknowledge) =>
                {
                    let transition = Transition {
                        at: desk.now,
                        reason: String::new(),
                        evidence: Vec::new(),
                        change: Change::Acknowledge,
                    };
                    desk.take(&mut incident, &transition, channels)?;
                }
                Acknowledged::Resolve if incident.state.is_active() => {
                    let reason = format!("declared over there by {}; here it goes on", desk.actor.name);
                    let event = desk.event("incident.note").incident(incident.id).reason(reason);
                    desk.tx.record(event.detail(json!({ "url": null, "at": act.at })));
                }
                _ => return Ok(Effect::Nothing),
            }
            incident.updated_at = desk.now;
            desk.tx.update_incident(&mut incident)?;
            Ok(Effect::Done)
        })
    }

    /// A forge tells of a repository: of a push, or that everybody can read it now. Open leaks in what became public are judged again.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn told_by_forge(
        &self,
        delivery: &Delivery<'_>,
        origin: &Origin,
        told: &PushTold,
    ) -> Result<Effect, RegisterError> {
        self.once(delivery, |desk| {
            let before = desk.tx.origin_named(origin.kind, &origin.name)?;
            let known = desk.tx.origin_told(origin, desk.now)?;
            let pushed = told.pushed.as_ref().map(|(reference, head)| Pushed {
                at: desk.now,
                reference: reference.clone(),
                head: head.clone(),
            });
            desk.tx.origin_pushed(known.id, told.default_branch.as_deref(), pushed.as_ref())?;
            if let Some(pushed) = pushed {
                let detail = json!({ "origin": origin.name, "ref": pushed.reference, "head": pushed.head });
                let event = desk.event("origin.pushed").detail(detail);
                desk.tx.record(event);
            }
            let was_public = before.is_none_or(|before| before.origin.public == Some(true));
            if !was_public && known.origin.public == Some(true) {
                desk.made_public(&known)?;
            }
            Ok(Effect::Done)
        })
    }

    /// Another service found secrets.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn found_elsewhere(&self, delivery: &Delivery<'_>, batch: &Batch) -> Result<Effect, RegisterError> {
        self.once(delivery, |desk| desk.ingest(batch).map(|_| Effect::Done))
    }

    /// Another service says something of a secret: it is noted in its incident.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn noted_elsewhere(
        &self,
        delivery: &Delivery<'_>,
        fingerprints: &[String],
        (text, url): (&str, &str),
    ) -> Result<Effect, RegisterError> {
        self.once(delivery, |desk| {
            let leak = desk.tx.leaks_by_fingerprint(fingerprints)?.into_values().next();
            let Some(leak) = leak else { return Ok(Effect::Nothing) };
            let incident = desk.tx.leaks_locked(&[leak])?.remove(&leak).and_then(|leak| leak.incident);
            let Some(incident) = incident else { return Ok(Effect::Nothing) };
            let event = desk.event("incident.link").incident(incident).leak(leak).reason(text);
            desk.tx.record(event.detail(json!({ "url": url })));
            Ok(Effect::Done)
        })
    }

    /// Does something, unless one of the keys was seen before.
    fn once(
        &self,
        delivery: &Delivery<'_>,
        mut job: impl FnMut(&mut Desk<'_, '_>) -> Result<Effect, RegisterError>,
    ) -> Result<Effect, RegisterError> {
        self.work(delivery.actor, delivery.now, |desk| {
            for key in delivery.keys {
                if !desk.tx.is_first(&format!("{KEY_PREFIX}{key}"), desk.now)? {
                    return Ok(Effect::Repeated);
                }
            }
            job(desk)
        })
    }
}

impl Desk<'_, '_> {
    /// The incident that is meant, kept from others; none if there is none such, or it was reopened since.
    fn concerned(&mut self, concerning: &Concerning) -> Result<Option<Incident>, RegisterError> {
        let number = match concerning {
            Concerning::Number(number) => Some(*number),
            Concerning::Key(key) => alerts::number(key),
        };
        let Some(number) = number else { return Ok(None) };
        let incident = self.tx.incident_locked(number)?;
        Ok(incident.filter(|incident| match concerning {
            Concerning::Number(_) => true,
            Concerning::Key(key) => alerts::key(incident) == *key,
        }))
    }
}
