//! Service-level objectives, and how much may still go wrong.

use maud::{Markup, html};

use crate::pages::{
    badge::{Tone, badge},
    chart, figure, list,
    table::{Narrow, Row, Table, numbers, words},
    time,
};

/// From this rate on a budget burns faster than it is given.
const BURN_MAX: f64 = 1.0;

/// One objective.
#[derive(Clone, Debug)]
pub struct Objective {
    /// What is to be so, such as `detected within 24 h`.
    pub name: String,
    /// The share of events that must be so, of one.
    pub target: f64,
    /// The share that was so; none where nothing happened.
    pub attained: Option<f64>,
    /// The events of the window.
    pub events: u64,
    /// Those of them that were not so.
    pub missed: u64,
    /// The window, in days.
    pub window_days: u32,
    /// The share of what may go wrong that is left, of one; below zero where it is overspent.
    pub budget: f64,
    /// How fast the budget is spent now; at one it lasts exactly the window.
    pub burn: f64,
    /// What was left of the budget over the window, oldest first.
    pub history: Vec<f64>,
}

/// The objectives.
pub(super) fn table(objectives: &[Objective]) -> Markup {
    if objectives.is_empty() {
        return list::empty("No objectives", "Set them in the policy file.");
    }
    let columns = [
        words("Objective"),
        numbers("Attained"),
        words("Error budget left"),
        words("Over the window"),
        numbers("Burn"),
    ];
    let rows = objectives.iter().map(row).collect();
    Table { label: "Objectives", columns: &columns, narrow: Narrow::Stack, rows }.show()
}

fn row(objective: &Objective) -> Row {
    let is_met = objective.attained.is_none_or(|attained| attained >= objective.target);
    let left = budget(objective.budget);
    let mood = if objective.budget <= 0.0 {
        "is-over"
    } else if objective.budget < 0.25 {
        "is-near"
    } else {
        "good"
    };
    Row::from(vec![
        html! {
            strong { (figure::percent(objective.target)) " " (objective.name) }
            span.sub { (objective.window_days) " days · " (figure::counted(objective.events, "event")) ", " (figure::count(objective.missed)) " missed" }
        },
        html! {
            @match objective.attained {
                Some(attained) => (badge(if is_met { Tone::Good } else { Tone::Alarm }, &figure::percent(attained))),
                None => span.soft.nowrap { "no events" },
            }
        },
        html! { span.timer { (left) (time::gauge(objective.budget * 100.0, mood)) } },
        chart::sparkline(
            &objective.history,
            &format!("Budget over {} days, now {left}", objective.window_days),
        ),
        html! { @if objective.burn > BURN_MAX { span.badge.warn { (figure::decimal(objective.burn)) " ×" } } @else { (figure::decimal(objective.burn)) " ×" } },
    ])
}

/// What is left of a budget, in words.
fn budget(left: f64) -> String {
    if left < 0.0 { format!("overspent by {}", figure::percent(-left)) } else { figure::percent(left) }
}
