//! What whoever has the secret can reach.

use jiff::Timestamp;
use maud::{Markup, html};

use crate::pages::{
    Frame, badge, list, time,
    view::{IncidentRef, LeakRef},
};

/// What is known of what the secret opens; all of it may be unknown.
#[derive(Clone, Debug, Default)]
pub struct BlastRadius {
    /// Whose it is at its provider, such as an account.
    pub identity: Option<String>,
    /// What it may do there.
    pub rights: Vec<String>,
    /// What uses it.
    pub users: Vec<String>,
    /// Other secrets that can be had with it.
    pub derived: Vec<String>,
    /// When it was used last, by the provider's audit log.
    pub last_used: Option<Timestamp>,
    /// From where, where that is not from us.
    pub foreign_uses: Vec<String>,
    /// When it expires by itself.
    pub expires: Option<Timestamp>,
    /// What its form says of itself and what stands beside it: name and value.
    pub told: Vec<(String, String)>,
    /// Other secrets of the same account.
    pub same_account: Vec<LeakRef>,
    /// Other incidents, and what they have in common with this one: `account`, `commit`.
    pub in_common: Vec<(String, IncidentRef)>,
}

/// The facts.
pub(in crate::pages) fn facts(frame: &Frame, blast: &BlastRadius) -> Markup {
    let lists = [
        ("May", &blast.rights),
        ("Used by", &blast.users),
        ("Leads to", &blast.derived),
        ("Foreign uses", &blast.foreign_uses),
    ];
    let is_unknown = blast.identity.is_none()
        && lists.iter().all(|(_, list)| list.is_empty())
        && blast.last_used.is_none()
        && blast.expires.is_none()
        && blast.told.is_empty()
        && blast.same_account.is_empty()
        && blast.in_common.is_empty();
    if is_unknown {
        return list::empty(
            "Nothing is known yet",
            "A connector of the provider tells identity, rights and last use.",
        );
    }
    html! {
        dl.facts {
            @if let Some(identity) = &blast.identity { dt { "Identity" } dd { code { (identity) } } }
            @for (name, list) in lists {
                @if !list.is_empty() { dt { (name) } dd { ul { @for item in list { li { (item) } } } } }
            }
            @for (name, value) in &blast.told { dt { (name) } dd { (value) } }
            @if let Some(at) = blast.last_used { dt { "Last used" } dd { (time::relative(at, frame.now)) } }
            @if let Some(at) = blast.expires { dt { "Expires" } dd { (time::date(at)) " " span.note { (time::relative(at, frame.now)) } } }
            @if !blast.same_account.is_empty() {
                dt { "Same account" }
                dd { ul { @for leak in &blast.same_account { li { a href={ "/leaks/" (leak.id) } { (leak.name) } " " code { (leak.preview) } " " (badge::liveness(leak.liveness)) } } } }
            }
            @if !blast.in_common.is_empty() {
                dt { "Related incidents" }
                dd { ul { @for (what, incident) in &blast.in_common { li { (badge::incident(incident)) " " (badge::state(incident.state)) " " span.note { "same " (what) } } } } }
            }
        }
    }
}
