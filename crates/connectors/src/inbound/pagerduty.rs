//! PagerDuty: version 3 of its webhooks, <https://developer.pagerduty.com/docs/webhooks/v3-overview/>, signed as
//! <https://developer.pagerduty.com/docs/webhooks/webhook-signatures/> says.

use jiff::Timestamp;
use serde::Deserialize;

use crate::{
    Credential,
    inbound::{
        Acknowledged, Acknowledgement, Concerning, Inbound, InboundError, Received, delivery::check_hmac,
    },
    wording::line,
};

#[derive(Deserialize)]
struct Envelope {
    event: Event,
}

#[derive(Deserialize)]
struct Event {
    id: Option<String>,
    #[serde(rename = "event_type")]
    kind: String,
    occurred_at: Option<Timestamp>,
    agent: Option<Reference>,
    client: Option<Named>,
    #[serde(default)]
    data: Data,
}

#[derive(Default, Deserialize)]
struct Data {
    incident_key: Option<String>,
}

#[derive(Deserialize)]
struct Reference {
    summary: Option<String>,
}

#[derive(Deserialize)]
struct Named {
    name: Option<String>,
}

/// Reads a webhook that one of `secrets` signed. There may be several signatures while a secret is changed. The scheme has no
/// time; an event that is sent again has the same id.
///
/// # Errors
/// See [`InboundError`].
pub fn pagerduty(
    inbound: Inbound<'_>,
    secrets: &[Credential],
) -> Result<Received<Acknowledgement>, InboundError> {
    let header = inbound.proof("X-PagerDuty-Signature")?;
    let signatures = header.split(',').filter_map(|each| each.trim().strip_prefix("v1="));
    check_hmac(secrets, &[inbound.body], signatures)?;
    let event = inbound.json::<Envelope>()?.event;
    let what = match event.kind.as_str() {
        "incident.acknowledged" => Acknowledged::Acknowledge,
        "incident.resolved" => Acknowledged::Resolve,
        other => return Ok(Received::ignored(other)),
    };
    // An incident that was made by hand has no key of ours.
    let Some(key) = event.data.incident_key else { return Ok(Received::ignored(&event.kind)) };
    let agent = event.agent.and_then(|agent| agent.summary);
    let client = || event.client.and_then(|client| client.name);
    Ok(Received::Known(Acknowledgement {
        concerning: Concerning::Key(key),
        what,
        actor: line(&agent.or_else(client).unwrap_or_else(|| "pagerduty".to_owned()), 100),
        at: event.occurred_at.unwrap_or(inbound.now),
        id: event.id,
    }))
}
