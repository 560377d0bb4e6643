//! What several pages say of the same things.

use jiff::{SignedDuration, Timestamp};
use stanch_model::OriginKind;
use stanch_response::Settings;
use stanch_store::{Exposure, Incident, Leak, Person, StoreError, Tx};

use crate::{
    auth::{Identity, Permission},
    pages::view::{ExposureView, IncidentRef, LeakRef, OriginRef},
};

/// Most people a form offers.
const PEOPLE_MAX: usize = 500;
/// What whoever may not see previews sees in their place.
const MASKED: &str = "********";

/// People who may log in, by login.
pub(super) fn people(tx: &mut Tx<'_>) -> Result<Vec<Person>, StoreError> {
    let mut people = tx.people(None, PEOPLE_MAX)?;
    people.retain(|person| person.disabled_at.is_none());
    Ok(people)
}

/// How long somebody has to take an incident before others are told: until its first escalation since it was found or reopened.
pub(super) fn acknowledge_within(
    escalations: &[(i64, Timestamp)],
    incident: &Incident,
) -> Option<SignedDuration> {
    let since = incident.milestones.reopened.unwrap_or(incident.detected_at);
    let first = escalations.iter().find(|(id, at)| *id == incident.id && *at > since);
    first.map(|(_, at)| at.duration_since(since))
}

/// A leak in a line; its preview only for who may see it.
pub(super) fn leak_ref(leak: &Leak, settings: &Settings, who: &Identity) -> LeakRef {
    let is_clear = who.may(Permission::ReadSensitive);
    LeakRef {
        id: leak.id,
        name: settings.title_of(&leak.rule).to_owned(),
        preview: if is_clear { leak.preview.clone() } else { MASKED.to_owned() },
        severity: leak.severity,
        liveness: leak.liveness,
    }
}

/// An incident in a line.
pub(super) fn incident_ref(incident: &Incident) -> IncidentRef {
    IncidentRef {
        number: incident.id,
        title: incident.title.clone(),
        severity: incident.severity,
        state: incident.state,
    }
}

/// What a place stands in.
pub(super) fn origin_ref(exposure: &Exposure) -> OriginRef {
    OriginRef {
        kind: exposure.origin_kind.parse().unwrap_or(OriginKind::Other),
        name: exposure.origin.clone(),
        reach: exposure.public.into(),
        environment: exposure.environment.clone(),
        url: None,
    }
}

/// A place.
pub(super) fn exposure_view(exposure: Exposure) -> ExposureView {
    let steps = exposure.provenance.as_array().into_iter().flatten();
    let provenance = steps.filter_map(step).collect();
    ExposureView {
        id: exposure.id,
        leak: exposure.leak,
        origin: origin_ref(&exposure),
        place: format!("{}:{}", exposure.path, exposure.line),
        url: exposure.url,
        provenance,
        first_seen: exposure.first_seen,
        last_seen: exposure.last_seen,
        gone: exposure.gone_at,
    }
}

/// A step of a provenance: its kind and the first text that names it.
fn step(step: &serde_json::Value) -> Option<String> {
    let kind = step["kind"].as_str()?;
    let names = ["id", "path", "name", "digest", "reference", "encoding"];
    let name = names.iter().find_map(|field| step[*field].as_str());
    Some(match name {
        Some(name) if kind == "path" => name.to_owned(),
        Some(name) => format!("{kind} {name}"),
        None => kind.to_owned(),
    })
}
