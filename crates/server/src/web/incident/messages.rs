//! What to tell others of an incident, filled in with what is known.

use std::collections::BTreeSet;

use jiff::Timestamp;
use stanch_response::{
    Settings,
    template::{Audience, Facts, Template},
};
use stanch_store::{Incident, Leak};

use crate::pages::{incident::Message, view::ExposureView, view::Reach};

/// A message for each audience.
pub(super) fn filled(
    incident: &Incident,
    leaks: &[Leak],
    exposures: &[ExposureView],
    (settings, now): (&Settings, Timestamp),
) -> Vec<Message> {
    let facts = facts(incident, leaks, exposures, (settings, now));
    let message = |audience: Audience| {
        let filled = Template::of(audience).fill(&facts);
        Message {
            id: audience.to_string(),
            audience: audience.to_string(),
            subject: filled.subject,
            text: filled.body,
        }
    };
    Audience::ALL.map(message).into()
}

fn facts(
    incident: &Incident,
    leaks: &[Leak],
    exposures: &[ExposureView],
    (settings, now): (&Settings, Timestamp),
) -> Facts {
    let cost = settings.policy.cost();
    let places: i64 = leaks.iter().map(|leak| leak.exposures).sum();
    let environments = leaks.iter().filter_map(|leak| leak.environment.as_deref());
    Facts {
        organisation: host(&settings.url),
        number: incident.id,
        title: incident.title.clone(),
        url: format!("{}/incidents/{}", settings.url, incident.id),
        state: incident.state,
        severity: incident.severity,
        urgency: incident.urgency,
        leaks: leaks.len(),
        places: usize::try_from(places).unwrap_or_default(),
        rules: each(leaks.iter().map(|leak| settings.title_of(&leak.rule))),
        origins: each(exposures.iter().map(|exposure| exposure.origin.name.as_str())),
        environments: each(environments),
        public: publicity(leaks, exposures),
        commander: incident.holders.commander.clone(),
        ops_lead: incident.holders.ops_lead.clone(),
        liaison: incident.holders.liaison.clone(),
        leaked: incident.leaked_at,
        detected: incident.detected_at,
        milestones: incident.milestones,
        cost: Some(format!("{} {:.0}", cost.currency, cost.of(incident.severity))),
        now,
    }
}

/// Public where one place is; not known where no scan told of any.
fn publicity(leaks: &[Leak], exposures: &[ExposureView]) -> Option<bool> {
    if leaks.iter().any(|leak| leak.public) {
        return Some(true);
    }
    let is_known = exposures.iter().all(|exposure| exposure.origin.reach != Reach::Unknown);
    (is_known && !exposures.is_empty()).then_some(false)
}

/// Each once, in their order.
fn each<'t>(texts: impl Iterator<Item = &'t str>) -> Vec<String> {
    let all: BTreeSet<&str> = texts.collect();
    all.into_iter().map(str::to_owned).collect()
}

/// The organisation is known by the name of its server: the settings have no other.
fn host(address: &str) -> String {
    let url = url::Url::parse(address).ok();
    url.as_ref().and_then(|url| url.host_str()).unwrap_or(address).to_owned()
}
