//! The milestones of an incident in a row.

use jiff::Timestamp;
use maud::{Markup, html};
use stanch_model::State;

use super::IncidentView;
use crate::pages::{
    icon::{Icon, icon},
    time,
};

/// The row: reached ones with their time and how long it took since detection, and where it stands.
pub(super) fn track(view: &IncidentView) -> Markup {
    let now = view.milestones.state();
    let milestones = &view.milestones;
    let opened = milestones.reopened.unwrap_or(view.detected);
    let first = if milestones.reopened.is_some() { State::Reopened } else { State::Open };
    let last = if now == State::Dismissed {
        (State::Dismissed, milestones.dismissed)
    } else {
        (State::Closed, milestones.closed)
    };
    let steps = [
        (first, Some(opened)),
        (State::Acknowledged, milestones.acknowledged),
        (State::Contained, milestones.contained),
        (State::Revoked, milestones.revoked),
        (State::Rotated, milestones.rotated),
        (State::Proven, milestones.proven),
        last,
    ];
    html! {
        ol.track aria-label="States" {
            @for (state, at) in steps { (step(state, at, now, opened)) }
        }
    }
}

fn step(state: State, at: Option<Timestamp>, now: State, opened: Timestamp) -> Markup {
    let is_here = state == now;
    let sign = match (at, is_here) {
        (None, _) => Icon::Ahead,
        (Some(_), true) if now.is_active() => Icon::Here,
        (Some(_), _) => Icon::Done,
    };
    html! {
        li.done[at.is_some()] aria-current=[is_here.then_some("step")] {
            (icon(sign))
            b.word { (state) }
            @match at {
                Some(at) if at == opened => span { (time::date(at)) },
                Some(at) => span { time datetime=(at) title=(time::exact(at)) { "after " (time::length(at.duration_since(opened))) } },
                None => span.quiet { "not reached" },
            }
        }
    }
}
