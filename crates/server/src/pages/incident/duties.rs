//! Who answers for what.

use jiff::Timestamp;
use maud::{Markup, html};
use stanch_model::Duty;

use super::IncidentView;
use crate::pages::{
    Frame, form, layout, time,
    view::{Choice, PersonRef, Role},
};

/// A duty and who holds it.
#[derive(Clone, Debug)]
pub struct DutyHolder {
    /// The duty.
    pub duty: Duty,
    /// Who holds it, and since when.
    pub holder: Option<(PersonRef, Timestamp)>,
}

/// The duties, each with a form that assigns it or hands it over: a post to `/incidents/N/duties` with `duty`, `person`, `version`.
pub(super) fn panel(frame: &Frame, view: &IncidentView) -> Markup {
    let body = html! {
        ul.items {
            @for held in &view.duties {
                li {
                    div.row.ends {
                        span { span.soft.word { (held.duty.title()) } }
                        @if let Some((_, since)) = &held.holder { span.note { "since " (time::relative(*since, frame.now)) } }
                    }
                    @match &held.holder {
                        Some((person, _)) => strong { (person.name) },
                        None => span.trend.warn { "nobody" },
                    }
                    @if frame.may(Role::Responder) && view.milestones.state().is_active() { (forms(frame, view, held)) }
                }
            }
        }
    };
    layout::panel("duties", "Duties", "", &body)
}

fn forms(frame: &Frame, view: &IncidentView, held: &DutyHolder) -> Markup {
    let verb = if held.holder.is_some() { "Hand over" } else { "Assign" };
    let me = frame.viewer.as_ref().map_or(0, |viewer| viewer.id);
    let holder = held.holder.as_ref().map_or(0, |(person, _)| person.id);
    let choices: Vec<_> = view
        .people
        .iter()
        .filter(|person| person.id != holder)
        .map(|person| Choice { value: person.id.to_string(), label: person.name.clone() })
        .collect();
    let duty = form::hidden("duty", held.duty.as_str());
    let take = html! { (duty) (view.version()) (form::hidden("person", &me.to_string())) button.small type="submit" { "Take it" span.quiet { ": " (held.duty.title()) } } };
    let give = html! {
        (duty) (view.version())
        select name="person" aria-label={ (verb) ": " (held.duty.title()) } { @for choice in &choices { option value=(choice.value) { (choice.label) } } }
        button.small type="submit" { (verb) }
    };
    html! {
        details id={ "duty-" (held.duty) } {
            summary { (verb) span.quiet { ": " (held.duty.title()) } }
            div.row {
                @if me != holder { (form::post(frame, &view.path("duties"), "inline", &take)) }
                @if !choices.is_empty() { (form::post(frame, &view.path("duties"), "inline", &give)) }
            }
        }
    }
}
