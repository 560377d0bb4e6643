//! What people wrote, and what belongs to an incident elsewhere.

use jiff::Timestamp;
use maud::{Markup, html};

use super::IncidentView;
use crate::pages::{
    Frame,
    form::{self, Field, Need},
    layout,
    link::link,
    time,
    view::Role,
};

/// What somebody wrote.
#[derive(Clone, Debug)]
pub struct Remark {
    /// Who.
    pub author: String,
    /// When.
    pub at: Timestamp,
    /// What.
    pub text: String,
}

/// What belongs to an incident elsewhere: a ticket, a channel, a document.
#[derive(Clone, Debug)]
pub struct IncidentLink {
    /// What it is.
    pub title: String,
    /// Its address.
    pub url: String,
}

/// The notes, with a form: a post to `/incidents/N/notes` with `text`.
pub(super) fn notes(frame: &Frame, view: &IncidentView) -> Markup {
    let fields = html! { div.fields { (form::area("text", "New note", Need::Required, "Never write the secret itself.")) (form::submit("Add note")) } };
    let body = html! {
        @if !view.notes.is_empty() {
            ul.items {
                @for note in &view.notes {
                    li { p.note { strong { (note.author) } " " (time::relative(note.at, frame.now)) } p.said { (note.text) } }
                }
            }
        }
        @if frame.may(Role::Responder) {
            details.act id="new-note" open[view.notes.is_empty()] { summary { "Write a note" } (form::post(frame, &view.path("notes"), "", &fields)) }
        }
    };
    layout::panel("notes", "Notes", "", &body)
}

/// The links, with a form: a post to `/incidents/N/links` with `title` and `url`.
pub(super) fn links(frame: &Frame, view: &IncidentView) -> Markup {
    let fields = html! {
        div.fields {
            (Field::new("title", "What it is").show())
            (Field::new("url", "Address").kind("url").show())
            (form::submit("Add link"))
        }
    };
    let body = html! {
        ul.related { @for one in &view.links { li { (link(Some(&one.url), &one.title)) } } }
        @if view.links.is_empty() { p.soft { "No tickets, channels or documents yet." } }
        @if frame.may(Role::Responder) {
            details.act id="new-link" { summary { "Add a link" } (form::post(frame, &view.path("links"), "", &fields)) }
        }
    };
    layout::panel("links", "Links", "", &body)
}
