//! What a message may say of an incident.

use jiff::{SignedDuration, Timestamp};
use stanch_model::{Milestones, Severity, State};

use crate::policy::Urgency;

/// Longest text of a fact, in characters.
const TEXT_MAX: usize = 500;
/// Most items of a list that are told; the rest is counted.
const ITEMS_MAX: usize = 10;

/// All that a message may say of an incident. No field can hold a secret: a title names rules and origins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// The organisation that speaks.
    pub organisation: String,
    /// The number of the incident.
    pub number: i64,
    /// Its title.
    pub title: String,
    /// Where it can be looked at.
    pub url: String,
    /// Where it stands.
    pub state: State,
    /// How bad it is.
    pub severity: Severity,
    /// Who was disturbed.
    pub urgency: Urgency,
    /// How many secrets leaked.
    pub leaks: usize,
    /// In how many places.
    pub places: usize,
    /// Names of the rules that found them.
    pub rules: Vec<String>,
    /// Names of repositories, images and other things that they stand in.
    pub origins: Vec<String>,
    /// What these serve.
    pub environments: Vec<String>,
    /// Whether everybody can read one of them.
    pub public: Option<bool>,
    /// Who decides.
    pub commander: Option<String>,
    /// Who carries out.
    pub ops_lead: Option<String>,
    /// Who keeps evidence and tells others.
    pub liaison: Option<String>,
    /// When the first of them leaked.
    pub leaked: Option<Timestamp>,
    /// When the first of them was seen.
    pub detected: Timestamp,
    /// What was reached since.
    pub milestones: Milestones,
    /// The estimate, with its currency.
    pub cost: Option<String>,
    /// When the message is written.
    pub now: Timestamp,
}

/// A fact by its name.
#[derive(Debug)]
pub(super) struct Fact {
    pub(super) name: &'static str,
    tell: fn(&Facts) -> String,
}

/// Every fact.
pub(super) const FACTS: &[Fact] = &[
    Fact { name: "organisation", tell: |facts| facts.organisation.clone() },
    Fact { name: "incident.number", tell: |facts| facts.number.to_string() },
    Fact { name: "incident.title", tell: |facts| facts.title.clone() },
    Fact { name: "incident.url", tell: |facts| facts.url.clone() },
    Fact { name: "incident.state", tell: |facts| facts.state.to_string() },
    Fact { name: "severity", tell: |facts| facts.severity.to_string() },
    Fact { name: "urgency", tell: |facts| facts.urgency.to_string() },
    Fact { name: "leaks", tell: |facts| facts.leaks.to_string() },
    Fact { name: "places", tell: |facts| facts.places.to_string() },
    Fact { name: "rules", tell: |facts| list(&facts.rules) },
    Fact { name: "origins", tell: |facts| list(&facts.origins) },
    Fact { name: "environments", tell: |facts| list(&facts.environments) },
    Fact { name: "public", tell: |facts| yes_or_no(facts.public) },
    Fact { name: "commander", tell: |facts| holder(facts.commander.as_deref()) },
    Fact { name: "ops_lead", tell: |facts| holder(facts.ops_lead.as_deref()) },
    Fact { name: "liaison", tell: |facts| holder(facts.liaison.as_deref()) },
    Fact { name: "leaked", tell: |facts| facts.leaked.map_or_else(unknown, minute) },
    Fact { name: "detected", tell: |facts| minute(facts.detected) },
    Fact { name: "acknowledged", tell: |facts| reached(facts.milestones.acknowledged) },
    Fact { name: "contained", tell: |facts| reached(facts.milestones.contained) },
    Fact { name: "revoked", tell: |facts| reached(facts.milestones.revoked) },
    Fact { name: "rotated", tell: |facts| reached(facts.milestones.rotated) },
    Fact { name: "proven", tell: |facts| reached(facts.milestones.proven) },
    Fact { name: "closed", tell: |facts| reached(facts.milestones.closed) },
    Fact {
        name: "time_to_detect",
        tell: |facts| facts.leaked.map_or_else(unknown, |at| between(at, facts.detected)),
    },
    Fact {
        name: "time_to_revoke",
        tell: |facts| facts.milestones.revoked.map_or_else(not_yet, |at| between(facts.detected, at)),
    },
    Fact { name: "cost", tell: |facts| facts.cost.clone().unwrap_or_else(unknown) },
    Fact { name: "now", tell: |facts| minute(facts.now) },
];

impl Facts {
    /// A fact in one line without control characters, cut where it is too long.
    pub(super) fn tell(&self, fact: &Fact) -> String {
        let told = (fact.tell)(self);
        let plain = told.chars().map(|c| if c.is_control() { ' ' } else { c });
        if told.chars().nth(TEXT_MAX).is_some() {
            plain.take(TEXT_MAX - 1).chain(['…']).collect()
        } else {
            plain.collect()
        }
    }
}

fn unknown() -> String {
    "not known".to_owned()
}

fn not_yet() -> String {
    "not yet".to_owned()
}

fn holder(name: Option<&str>) -> String {
    name.unwrap_or("nobody yet").to_owned()
}

fn yes_or_no(known: Option<bool>) -> String {
    known.map_or_else(unknown, |yes| if yes { "yes" } else { "no" }.to_owned())
}

fn reached(at: Option<Timestamp>) -> String {
    at.map_or_else(not_yet, minute)
}

/// To the minute, in UTC: readers are in several time zones.
fn minute(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

fn list(items: &[String]) -> String {
    if items.is_empty() {
        return unknown();
    }
    let told = items.iter().take(ITEMS_MAX).cloned().collect::<Vec<_>>().join(", ");
    match items.len().saturating_sub(ITEMS_MAX) {
        0 => told,
        more => format!("{told} and {more} more"),
    }
}

/// The two largest units: `2 h 50 min`, `3 d 4 h`.
fn between(from: Timestamp, until: Timestamp) -> String {
    let seconds = until.duration_since(from).max(SignedDuration::ZERO).as_secs();
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
    match (days, hours) {
        (0, 0) => format!("{minutes} min"),
        (0, _) => format!("{hours} h {minutes} min"),
        _ => format!("{days} d {hours} h"),
    }
}
