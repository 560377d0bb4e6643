//! What may be done next: a form for each step the state machine allows.

use maud::{Markup, html};
use stanch_model::{EvidenceKind, IncidentStep, Reason};

use super::IncidentView;
use crate::pages::{
    Frame,
    form::{self, Field, Need},
    layout,
    view::{Choice, Role},
};

/// The forms; the first step of the usual order stands open. Posts to `/incidents/N/steps` with `step`, `version`, `reason`, `why`,
/// `evidence_kind`, `evidence_text` and `evidence_url`.
pub(super) fn panel(frame: &Frame, view: &IncidentView) -> Markup {
    let steps = view.milestones.next();
    let body = html! {
        @if frame.may(Role::Responder) {
            @for (index, step) in steps.iter().enumerate() {
                @if index == 0 {
                    h3.word { (step) }
                    p.note { (meaning(*step)) }
                    (step_form(frame, view, *step))
                } @else {
                    details.act id={ "act-" (step) } {
                        summary { span.word { (step) } }
                        p.note { (meaning(*step)) }
                        (step_form(frame, view, *step))
                    }
                }
            }
        } @else {
            p.soft { "Next by the usual order: " @match steps.first() { Some(step) => strong { (step) }, None => "nothing" } ". Your role only looks." }
        }
    };
    layout::panel("actions", "Next", "", &body)
}

/// What a step says when it is done.
fn meaning(step: IncidentStep) -> &'static str {
    match step {
        IncidentStep::Acknowledge => "You take it. Escalation stops.",
        IncidentStep::Contain => "Harm is stopped for now, reversibly: a network rule, a disabled account.",
        IncidentStep::Revoke => "The secret was ended where it was issued. Needs evidence.",
        IncidentStep::Rotate => {
            "What used it has another. Needs evidence, or a reason why nothing needs another."
        }
        IncidentStep::Prove => {
            "It was shown that the secret opens nothing and nobody uses it. Needs evidence."
        }
        IncidentStep::Close => "Everything is done.",
        IncidentStep::Dismiss => "There is nothing to revoke. Needs a reason, which becomes an allowance.",
        IncidentStep::Reopen => "It is not over. Needs a reason.",
    }
}

fn step_form(frame: &Frame, view: &IncidentView, step: IncidentStep) -> Markup {
    let fields = html! {
        (form::hidden("step", step.as_str()))
        (view.version())
        div.fields {
            @if step == IncidentStep::Dismiss { (form::select("why", "Why", &reasons(), Reason::FalsePositive.as_str())) }
            (needs(step))
            @if matches!(step, IncidentStep::Dismiss) {
                div { button.grave type="submit" { (label(step)) } }
            } @else {
                (form::submit(label(step)))
            }
        }
    };
    form::post(frame, &view.path("steps"), "", &fields)
}

fn label(step: IncidentStep) -> &'static str {
    match step {
        IncidentStep::Acknowledge => "Acknowledge",
        IncidentStep::Contain => "Mark as contained",
        IncidentStep::Revoke => "Mark as revoked",
        IncidentStep::Rotate => "Mark as rotated",
        IncidentStep::Prove => "Mark as proven",
        IncidentStep::Close => "Close",
        IncidentStep::Dismiss => "Dismiss",
        IncidentStep::Reopen => "Reopen",
    }
}

fn needs(step: IncidentStep) -> Markup {
    let reason = |need| form::area("reason", "Reason", need, "");
    match step {
        IncidentStep::Acknowledge => html! {},
        IncidentStep::Contain | IncidentStep::Close => reason(Need::Optional),
        IncidentStep::Revoke | IncidentStep::Prove => {
            html! { (evidence(Need::Required, step)) (reason(Need::Optional)) }
        }
        IncidentStep::Rotate => html! { (evidence(Need::Optional, step)) (reason(Need::Optional)) },
        IncidentStep::Dismiss | IncidentStep::Reopen => reason(Need::Required),
    }
}

fn evidence(need: Need, step: IncidentStep) -> Markup {
    let kinds = [
        (EvidenceKind::Note, "note", "somebody’s word"),
        (EvidenceKind::Link, "link", "a page of a ticket, console or log"),
        (EvidenceKind::Probe, "probe", "an answer of the provider that refuses it"),
        (EvidenceKind::AuditLog, "audit-log", "an audit log without uses"),
    ];
    let usual = if step == IncidentStep::Prove { EvidenceKind::Probe } else { EvidenceKind::Link };
    let chosen = kinds.iter().find(|(kind, ..)| *kind == usual).map_or("", |(_, value, _)| value);
    let choices = kinds.map(|(_, value, label)| Choice { value: value.to_owned(), label: label.to_owned() });
    html! {
        (form::select("evidence_kind", "Evidence", &choices, chosen))
        (form::area("evidence_text", "What it shows", need, "Never the secret itself."))
        (Field::new("evidence_url", "Where it can be looked up").optional().kind("url").show())
    }
}

fn reasons() -> Vec<Choice> {
    Reason::ALL
        .map(|reason| Choice { value: reason.as_str().to_owned(), label: reason.as_str().replace('-', " ") })
        .into()
}
