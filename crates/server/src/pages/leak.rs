//! One leak: a secret, everywhere it lives, whose it is, and whether it still opens something.

mod owner;

use jiff::Timestamp;
use maud::{Markup, html};
use stanch_model::{Confidence, Liveness};

pub use owner::{Candidate, Ground};

use super::{
    Frame, badge, debug, figure, form,
    incident::{BlastRadius, blast, exposure_table},
    layout::{self, Room},
    list, time,
    view::{ContextLine, ExposureView, IncidentRef, LeakRef, Paging, Role},
};

/// What the page needs.
#[derive(Clone, Debug)]
pub struct LeakView {
    /// The leak.
    pub leak: LeakRef,
    /// Its fingerprint, in full.
    pub fingerprint: String,
    /// The id of its rule.
    pub rule: String,
    /// What its rule says the secret is, in a sentence or two.
    pub about: String,
    /// How sure the scanner is.
    pub confidence: Confidence,
    /// When it was seen first.
    pub first_seen: Timestamp,
    /// When it was seen last.
    pub last_seen: Timestamp,
    /// When it leaked, and how that is known; none where it is not.
    pub leaked: Option<(Timestamp, String)>,
    /// What its form says of itself, and what belongs to it: name and value.
    pub facts: Vec<(String, String)>,
    /// What was learnt of its liveness, newest first.
    pub checks: Vec<LivenessCheck>,
    /// The incident it belongs to.
    pub incident: Option<IncidentRef>,
    /// Incidents it belonged to.
    pub former: Vec<IncidentRef>,
    /// What whoever has it can reach.
    pub blast: BlastRadius,
    /// Whose it may be, the likeliest first.
    pub owners: Vec<Candidate>,
    /// The places of this page.
    pub exposures: Vec<ExposureView>,
    /// Where in the list of places they are.
    pub paging: Paging,
    /// How many there are of each kind of origin, and how many of them are gone.
    pub kinds: Vec<PlaceCount>,
    /// Lines around one of the places, with its path; none where no scan sent any.
    pub context: Option<(String, Vec<ContextLine>)>,
}

/// How many places there are in one kind of origin.
#[derive(Clone, Debug)]
pub struct PlaceCount {
    /// The kind, such as `repository`.
    pub kind: String,
    /// How many places.
    pub places: u64,
    /// How many of them are gone.
    pub gone: u64,
}

/// What was learnt of liveness, once.
#[derive(Clone, Debug)]
pub struct LivenessCheck {
    /// When.
    pub at: Timestamp,
    /// What.
    pub liveness: Liveness,
    /// By what, such as `scan of ci/shop/build` or `aws connector`.
    pub by: String,
}

/// The page.
pub fn page(frame: &Frame, view: &LeakView) -> Markup {
    let body = html! {
        (layout::live("leak", &html! {
            (header(frame, view))
            div.split {
                div.hands {
                    (layout::panel("owner", "Owner", "", &owner::panel(&view.owners)))
                    (layout::panel("liveness", "Liveness", "", &liveness(frame, view)))
                    (layout::panel("incidents", "Incidents", "", &incidents(view)))
                    (allow(frame, view))
                }
                div.body {
                    (layout::flush_panel("places", "Where else does this secret live?", &tally(view), &places(frame, view)))
                    @if let Some((path, lines)) = &view.context {
                        (layout::panel("context", "Context", path, &debug::context(lines, path)))
                    }
                    (layout::panel("blast", "Blast radius", "what whoever has it can reach", &blast::facts(frame, &view.blast)))
                    (layout::panel("facts", "Known of it", "", &facts(view)))
                }
            }
        }))
    };
    frame.page(Room::Leaks, &format!("{} {}", view.leak.name, view.leak.preview), &body)
}

fn header(frame: &Frame, view: &LeakView) -> Markup {
    html! {
        section class={ "panel now " (view.leak.severity) } aria-label="What it is" {
            nav.trail aria-label="Path" { a href="/leaks" { "Leaks" } span aria-hidden="true" { "/" } span { (view.leak.id) } }
            h1 { (view.leak.name) " " code.soft { (view.leak.preview) } }
            p.tags {
                (badge::severity(view.leak.severity))
                (badge::liveness(view.leak.liveness))
                span.tag { "confidence " (view.confidence) }
                @if let Some(incident) = &view.incident { (badge::incident(incident)) " " (badge::state(incident.state)) }
            }
            p.soft { (view.about) }
            dl.clocks {
                div { dt { "Leaked" } dd { @match &view.leaked { Some((at, how)) => { (time::relative(*at, frame.now)) " " span.note { (how) } }, None => span.soft { "not known" } } } }
                div { dt { "First seen" } dd { (time::relative(view.first_seen, frame.now)) } }
                div { dt { "Last seen" } dd { (time::relative(view.last_seen, frame.now)) } }
                div { dt { "Fingerprint" } dd {
                    code.fingerprint id="fingerprint" { (view.fingerprint) } " "
                    button.copy type="button" data-copy=(view.fingerprint) hidden { "copy" span.quiet { " the fingerprint" } }
                } }
            }
        }
    }
}

fn tally(view: &LeakView) -> String {
    let parts: Vec<_> =
        view.kinds.iter().map(|one| format!("{} {}", figure::count(one.places), one.kind)).collect();
    let gone: u64 = view.kinds.iter().map(|one| one.gone).sum();
    if gone == 0 { parts.join(", ") } else { format!("{}; {} gone", parts.join(", "), figure::count(gone)) }
}

fn places(frame: &Frame, view: &LeakView) -> Markup {
    html! {
        (exposure_table(frame, &view.exposures))
        (list::pager(&format!("/leaks/{}", view.leak.id), &[], &view.paging, view.exposures.len()))
    }
}

fn facts(view: &LeakView) -> Markup {
    html! {
        dl.facts {
            dt { "Rule" } dd { code { (view.rule) } }
            @for (name, value) in &view.facts { dt { (name) } dd { (value) } }
        }
    }
}

fn liveness(frame: &Frame, view: &LeakView) -> Markup {
    html! {
        @if view.checks.is_empty() { (list::empty("Nobody asked", "A scan with verification or a connector tells whether it opens something.")) }
        ul.items {
            @for check in &view.checks {
                li { (badge::liveness(check.liveness)) " " span.note { "by " (check.by) ", " (time::relative(check.at, frame.now)) } }
            }
        }
    }
}

/// The incidents it belongs and belonged to.
fn incidents(view: &LeakView) -> Markup {
    html! {
        ul.related {
            @for one in view.incident.iter().chain(&view.former) { li { (badge::incident(one)) " " (badge::state(one.state)) } }
        }
        @if view.incident.is_none() && view.former.is_empty() { p.soft { "None: the policy did not ask for one." } }
    }
}

/// The form to let it be: a post to `/leaks/N/allowances` with `reason`, `note`, `owner`, `ticket` and `expires`.
fn allow(frame: &Frame, view: &LeakView) -> Markup {
    let path = format!("/leaks/{}/allowances", view.leak.id);
    html! {
        @if frame.may(Role::Commander) {
            section.panel id="allow" aria-labelledby="allow-title" {
                h2 id="allow-title" { "Let it be" }
                details.act id="new-allowance" { summary { "Grant an allowance" } (form::post(frame, &path, "", &super::allowances::fields())) }
            }
        }
    }
}
