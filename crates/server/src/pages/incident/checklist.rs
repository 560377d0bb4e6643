//! What the playbook asks to be done.

use jiff::Timestamp;
use maud::{Markup, html};

use super::IncidentView;
use crate::pages::{
    Frame, form,
    icon::{Icon, icon},
    layout, list, time,
    view::Role,
};

/// One line of the checklist.
#[derive(Clone, Debug)]
pub struct CheckItem {
    /// Its name in the playbook.
    pub id: String,
    /// What to do.
    pub text: String,
    /// How, in a sentence; empty where the text says it all.
    pub advice: String,
    /// Who did it, and when.
    pub done: Option<(String, Timestamp)>,
}

/// The list; each line has a form: a post to `/incidents/N/checklist` with `item` and `done` (`yes` or `no`).
pub(super) fn panel(frame: &Frame, view: &IncidentView) -> Markup {
    let done = view.checklist.iter().filter(|item| item.done.is_some()).count();
    let about = format!("{done} of {}", view.checklist.len());
    let body = html! {
        @if view.checklist.is_empty() {
            (list::empty("No checklist", "No playbook fits this kind of secret."))
        } @else {
            ul.checklist { @for item in &view.checklist { (line(frame, view, item)) } }
            @if let Some(playbook) = &view.playbook { p.note { "Playbook " code { (playbook) } } }
        }
    };
    layout::panel("checklist", "Checklist", &about, &body)
}

fn line(frame: &Frame, view: &IncidentView, item: &CheckItem) -> Markup {
    let is_done = item.done.is_some();
    let verb = if is_done { "Not done after all" } else { "Done" };
    let tick = html! {
        (form::hidden("item", &item.id))
        (form::hidden("done", if is_done { "no" } else { "yes" }))
        button.tick type="submit" aria-label={ (verb) ": " (item.text) } title=(verb) { (icon(Icon::Done)) }
    };
    html! {
        li.done[is_done] {
            @if frame.may(Role::Responder) {
                (form::post(frame, &view.path("checklist"), "", &tick))
            } @else {
                (icon(if is_done { Icon::Done } else { Icon::Ahead }))
            }
            div {
                (item.text)
                @match &item.done {
                    Some((who, at)) => span.note { br; "done by " (who) ", " (time::relative(*at, frame.now)) },
                    None => @if !item.advice.is_empty() { span.note { br; (item.advice) } },
                }
            }
        }
    }
}
