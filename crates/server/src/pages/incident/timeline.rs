//! What happened, and what shows it.

use jiff::Timestamp;
use maud::{Markup, html};
use stanch_model::{Actor, Evidence, EvidenceKind};

use super::IncidentView;
use crate::pages::{
    Frame, badge,
    icon::{Icon, icon},
    layout,
    link::link,
    list, time,
};

/// Something that happened.
#[derive(Clone, Debug)]
pub struct EventView {
    /// Its place in the audit trail.
    pub seq: i64,
    /// When.
    pub at: Timestamp,
    /// Who did it.
    pub actor: Actor,
    /// What kind of thing.
    pub kind: EventKind,
    /// What it was, after the name of who did it: `revoked the secret`.
    pub text: String,
    /// Why, in words; empty where no reason was given.
    pub reason: String,
    /// What shows it.
    pub evidence: Vec<Evidence>,
}

/// What kind of thing happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventKind {
    /// A step of the incident.
    Step,
    /// An alert went out, or came back.
    Alert,
    /// Anything else.
    Other,
}

/// A piece of evidence with who gave it.
#[derive(Clone, Debug)]
pub struct EvidenceItem {
    /// What it is.
    pub evidence: Evidence,
    /// What it was given for, such as `revoke`.
    pub given_for: String,
    /// Who gave it.
    pub actor: Actor,
    /// When.
    pub at: Timestamp,
}

/// The timeline.
pub(super) fn panel(frame: &Frame, view: &IncidentView) -> Markup {
    let body = html! {
        ol.timeline { @for event in &view.events { (entry(frame, event)) } }
        p.note { a href={ "/audit?incident=" (view.number) } { "In the audit trail" } }
    };
    layout::panel("timeline", "Timeline", "newest first", &body)
}

fn entry(frame: &Frame, event: &EventView) -> Markup {
    let (class, sign) = match event.kind {
        EventKind::Step => ("step", Icon::Done),
        EventKind::Alert => ("alert", Icon::Bell),
        EventKind::Other => ("other", Icon::Dot),
    };
    html! {
        li class=(class) id={ "event-" (event.seq) } {
            (icon(sign))
            div {
                div { (badge::actor(&event.actor)) " " (event.text) " " span.note { (time::relative(event.at, frame.now)) } }
                @if !event.reason.is_empty() { blockquote { (event.reason) } }
                @for one in &event.evidence { p.note { (piece(one)) } }
            }
        }
    }
}

/// The evidence.
pub(super) fn evidence(frame: &Frame, view: &IncidentView) -> Markup {
    let body = html! {
        @if view.evidence.is_empty() {
            (list::empty("No evidence yet", "It is asked for when the secret is revoked, rotated and proven dead."))
        } @else {
            ul.items {
                @for item in &view.evidence {
                    li {
                        (piece(&item.evidence))
                        p.note { "For " (item.given_for) ", by " (badge::actor(&item.actor)) ", " (time::relative(item.at, frame.now)) }
                    }
                }
            }
        }
    };
    layout::panel("evidence", "Evidence", "", &body)
}

fn piece(evidence: &Evidence) -> Markup {
    let kind = match evidence.kind {
        EvidenceKind::Note => "note",
        EvidenceKind::Link => "link",
        EvidenceKind::Probe => "probe",
        EvidenceKind::AuditLog => "audit log",
    };
    html! {
        span.tag { (kind) } " " (evidence.text)
        @if let Some(url) = &evidence.url { " " (link(Some(url), url)) }
    }
}
