//! Words that are seen at a glance: severity, state, liveness, reach, what a thing is. Colour is never all they say it by.

use maud::{Markup, html};
use stanch_model::{Actor, ActorKind, Liveness, Severity, State};

use super::{
    icon::{Icon, bars, icon},
    link::link,
    view::{IncidentRef, OriginRef, Reach},
};

/// What a word means to who reads it; a class of the style sheet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// As it should be.
    Good,
    /// Nothing to say.
    Plain,
    /// Look at it.
    Warn,
    /// Act.
    Alarm,
}

impl Tone {
    /// The class.
    pub fn class(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Plain => "plain",
            Self::Warn => "warn",
            Self::Alarm => "alarm",
        }
    }
}

/// A word on a wash of its tone.
pub fn badge(tone: Tone, text: &str) -> Markup {
    html! { span class={ "badge " (tone.class()) } { span.word { (text) } } }
}

/// How bad it is.
pub fn severity(severity: Severity) -> Markup {
    html! { span class={ "severity " (severity) } { (bars(severity)) span.word { (severity) } } }
}

/// Where an incident stands.
pub fn state(state: State) -> Markup {
    let tone = match state {
        State::Open | State::Reopened => Tone::Alarm,
        State::Acknowledged | State::Contained | State::Revoked | State::Rotated => Tone::Warn,
        State::Proven | State::Closed => Tone::Good,
        State::Dismissed => Tone::Plain,
    };
    badge(tone, state.as_str())
}

/// Whether a credential still opens something.
pub fn liveness(liveness: Liveness) -> Markup {
    match liveness {
        Liveness::Live => html! { span.badge.alarm { (icon(Icon::Warning)) span.word { "live" } } },
        Liveness::Dead => badge(Tone::Good, "dead"),
        Liveness::Unknown => badge(Tone::Plain, "not verified"),
    }
}

/// Who can read it.
pub fn reach(reach: Reach) -> Markup {
    match reach {
        Reach::Public => badge(Tone::Alarm, "public"),
        Reach::Internal => html! { span.tag { "internal" } },
        Reach::Unknown => html! {},
    }
}

/// What was scanned, by name, with what makes a leak in it worse.
pub fn origin(origin: &OriginRef) -> Markup {
    html! {
        (link(origin.url.as_deref(), &origin.name))
        span.tags {
            span.tag { (origin.kind) }
            (reach(origin.reach))
            @if let Some(environment) = &origin.environment { span.tag { (environment) } }
        }
    }
}

/// An incident by number and title.
pub fn incident(incident: &IncidentRef) -> Markup {
    html! { a href={ "/incidents/" (incident.number) } { "#" (incident.number) " " (incident.title) } }
}

/// Who did something; programs are told apart from people.
pub fn actor(actor: &Actor) -> Markup {
    let kind = match actor.kind {
        ActorKind::User => None,
        ActorKind::Stanch => Some("Stanch"),
        other => Some(other.as_str()),
    };
    html! { @if let Some(kind) = kind { span.soft { (kind) " " } } strong { (actor.name) } }
}
