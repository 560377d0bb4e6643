//! What one word finds anywhere.

use maud::{Markup, html};

use super::{
    Frame, badge,
    layout::{self, Room},
    leaks::{self, LeakLine},
    list,
    view::IncidentRef,
};

/// What was found.
#[derive(Clone, Debug)]
pub struct SearchView {
    /// What was asked for.
    pub q: String,
    /// Incidents, the best first.
    pub incidents: Vec<IncidentRef>,
    /// Leaks, the best first.
    pub leaks: Vec<LeakLine>,
}

/// The page.
pub fn page(frame: &Frame, view: &SearchView) -> Markup {
    let about = format!("“{}”", view.q);
    let is_empty = view.incidents.is_empty() && view.leaks.is_empty();
    let body = html! {
        (layout::head("Search", &about, &html! {}))
        @if is_empty { section.panel aria-label="Nothing" { (list::empty("Nothing found", "Search for words of a title, a fingerprint, a rule, an origin or a path. A secret itself cannot be searched for: it is not kept.")) } }
        @if !view.incidents.is_empty() {
            (layout::panel("found-incidents", "Incidents", "", &html! {
                ul.items { @for one in &view.incidents { li.row id={ "incident-" (one.number) } data-row { (badge::severity(one.severity)) (badge::incident(one)) (badge::state(one.state)) } } }
            }))
        }
        @if !view.leaks.is_empty() { (layout::flush_panel("found-leaks", "Leaks", "", &leaks::table(frame, &view.leaks))) }
    };
    frame.page(Room::Nowhere, "Search", &body)
}
