//! What an incident is about: more than one secret may be one incident, and one incident may be split.

use maud::{Markup, html};

use super::IncidentView;
use crate::pages::{
    Frame, badge, form, layout,
    view::{Choice, IncidentRef, Role},
};

/// Related incidents, with forms: posts to `/incidents/N/split` with `leak` (one or more), `title` and `reason`, and to
/// `/incidents/N/merge` with `into` and `reason`.
pub(super) fn panel(frame: &Frame, view: &IncidentView) -> Markup {
    let is_active = view.milestones.state().is_active();
    let body = html! {
        @if view.related.is_empty() { p.soft { "No related incidents." } }
        ul.related { @for one in &view.related { li { (badge::incident(one)) " " (badge::state(one.state)) } } }
        @if frame.may(Role::Commander) && is_active {
            @if view.leaks.len() > 1 { details.act id="split" { summary { "Split" } (split(frame, view)) } }
            @if !view.mergeable.is_empty() { details.act id="merge" { summary { "Merge into another" } (merge(frame, view)) } }
        }
    };
    layout::panel("related", "Related", "", &body)
}

fn split(frame: &Frame, view: &IncidentView) -> Markup {
    let fields = html! {
        (view.version())
        div.fields {
            fieldset {
                legend { "Secrets that become an incident of their own" }
                @for leak in &view.leaks {
                    label.check { input type="checkbox" name="leak" value=(leak.id); span { (leak.name) " " code.soft { (leak.preview) } } }
                }
            }
            (form::Field::new("title", "Its title").show())
            (form::area("reason", "Reason", form::Need::Required, ""))
            (form::submit("Split"))
        }
    };
    form::post(frame, &view.path("split"), "", &fields)
}

fn merge(frame: &Frame, view: &IncidentView) -> Markup {
    let choice = |one: &IncidentRef| Choice {
        value: one.number.to_string(),
        label: format!("#{} {}", one.number, one.title),
    };
    let choices: Vec<_> = view.mergeable.iter().map(choice).collect();
    let fields = html! {
        (view.version())
        div.fields {
            (form::select("into", "Into", &choices, ""))
            (form::area("reason", "Reason", form::Need::Required, ""))
            (form::submit("Merge"))
        }
    };
    form::post(frame, &view.path("merge"), "", &fields)
}
