//! One incident: where it stands, what may be done, who does it, what happened, and all that is known.

mod actions;
pub(super) mod blast;
mod checklist;
mod duties;
mod exposures;
mod messages;
mod remarks;
mod shape;
mod timeline;
mod track;

use jiff::Timestamp;
use maud::{Markup, html};
use stanch_model::{Milestones, Severity, State};

pub use blast::BlastRadius;
pub use checklist::CheckItem;
pub use duties::DutyHolder;
pub use messages::Message;
pub use remarks::{IncidentLink, Remark};
pub use timeline::{EventKind, EventView, EvidenceItem};

pub(super) use exposures::table as exposure_table;

use super::{
    Frame, badge, figure,
    layout::{self, Room},
    time,
    view::{Clock, ExposureView, IncidentRef, LeakRef, PersonRef, Role},
};

/// What the page needs.
#[derive(Clone, Debug)]
pub struct IncidentView {
    /// Its number.
    pub number: i64,
    /// How often it was changed: what a form was made for.
    pub version: i64,
    /// Its title.
    pub title: String,
    /// How bad it is.
    pub severity: Severity,
    /// Why, in the words of the policy.
    pub severity_reasons: Vec<String>,
    /// Whether it pages: `page` or `ticket`.
    pub urgency: String,
    /// What was done.
    pub milestones: Milestones,
    /// When the first of its secrets leaked, as far as is known.
    pub leaked: Option<Timestamp>,
    /// When that was detected.
    pub detected: Timestamp,
    /// Its clocks.
    pub clocks: Vec<Clock>,
    /// Who answers for what.
    pub duties: Vec<DutyHolder>,
    /// Who may be given a duty.
    pub people: Vec<PersonRef>,
    /// The secrets it is about.
    pub leaks: Vec<LeakRef>,
    /// Where they are; at most as many as a page bears.
    pub exposures: Vec<ExposureView>,
    /// How many there are.
    pub exposure_count: u64,
    /// What whoever has the secret can reach.
    pub blast: BlastRadius,
    /// What happened, newest first.
    pub events: Vec<EventView>,
    /// What shows what.
    pub evidence: Vec<EvidenceItem>,
    /// The playbook in use.
    pub playbook: Option<String>,
    /// What it asks to be done.
    pub checklist: Vec<CheckItem>,
    /// What people wrote, newest first.
    pub notes: Vec<Remark>,
    /// What belongs to it elsewhere.
    pub links: Vec<IncidentLink>,
    /// What to tell others, filled in.
    pub messages: Vec<Message>,
    /// What it was split from, merged with, or is like.
    pub related: Vec<IncidentRef>,
    /// Active incidents it may be merged into.
    pub mergeable: Vec<IncidentRef>,
}

impl IncidentView {
    /// The address of something of this incident.
    fn path(&self, part: &str) -> String {
        format!("/incidents/{}/{part}", self.number)
    }

    fn version(&self) -> Markup {
        super::form::hidden("version", &self.version.to_string())
    }
}

/// The page.
pub fn page(frame: &Frame, view: &IncidentView) -> Markup {
    let body = html! {
        (layout::live("incident", &html! {
            (header(frame, view))
            div.split {
                div.hands { (hands(frame, view)) }
                div.body { (body(frame, view)) }
            }
        }))
    };
    frame.page(Room::Incidents, &format!("#{} {}", view.number, view.title), &body)
}

fn header(frame: &Frame, view: &IncidentView) -> Markup {
    html! {
        section class={ "panel now " (view.severity) } aria-label="Where it stands" {
            nav.trail aria-label="Path" { a href="/incidents" { "Incidents" } span aria-hidden="true" { "/" } span { "#" (view.number) } }
            h1 { (view.title) }
            p.tags {
                (badge::severity(view.severity))
                (badge::state(view.milestones.state()))
                span.tag { (view.urgency) }
                @for reason in &view.severity_reasons { span.tag { (reason) } }
            }
            (track::track(view))
            (clocks(frame, view))
        }
    }
}

fn clocks(frame: &Frame, view: &IncidentView) -> Markup {
    html! {
        dl.clocks {
            div { dt { "Leaked" } dd { @match view.leaked { Some(at) => (time::relative(at, frame.now)), None => span.soft { "not known" } } } }
            div { dt { "Detected" } dd { (time::relative(view.detected, frame.now)) } }
            @for clock in &view.clocks { div { dt { "To " (clock.name) } dd { (time::timer(clock, frame.now)) } } }
        }
    }
}

/// What is done by hand.
fn hands(frame: &Frame, view: &IncidentView) -> Markup {
    html! {
        @if view.milestones.state() != State::Closed || frame.may(Role::Responder) { (actions::panel(frame, view)) }
        (duties::panel(frame, view))
        (checklist::panel(frame, view))
        (remarks::links(frame, view))
        (shape::panel(frame, view))
    }
}

/// What is known.
fn body(frame: &Frame, view: &IncidentView) -> Markup {
    let about = figure::counted(view.exposure_count, "place");
    html! {
        (exposures::leaks(view))
        (layout::flush_panel("exposures", "Exposures", &about, &exposures::panel(frame, view)))
        (layout::panel("blast", "Blast radius", "what whoever has it can reach", &blast::facts(frame, &view.blast)))
        (timeline::evidence(frame, view))
        (remarks::notes(frame, view))
        (messages::panel(view))
        (timeline::panel(frame, view))
    }
}
