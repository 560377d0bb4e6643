//! The board for who is on call: what is active, what nobody has taken, what just went wrong.

mod active;
mod logs;

use jiff::Timestamp;
use maud::{Markup, html};

pub use active::ActiveIncident;
pub use logs::{LogSecret, LogSecrets};

use super::{
    Frame, badge, figure, form,
    layout::{self, Room},
    link::link,
    list,
    table::{Narrow, Row, Table, words},
    time,
    view::OriginRef,
};

/// What the board needs.
#[derive(Clone, Debug)]
pub struct OnCallView {
    /// Active incidents: those nobody has taken first, then by severity and age.
    pub active: Vec<ActiveIncident>,
    /// How many there are; more than listed where there are very many.
    pub active_count: u64,
    /// The last gates that stopped something, or were bypassed.
    pub gates: Vec<GateFailure>,
    /// How many there were in 24 hours.
    pub gate_count: u64,
    /// What was seen in logs in 24 hours.
    pub logs: LogSecrets,
    /// Alerts that no channel took.
    pub undelivered: Vec<Undelivered>,
}

/// A gate that stopped something, or was bypassed.
#[derive(Clone, Debug)]
pub struct GateFailure {
    /// When.
    pub at: Timestamp,
    /// Which gate: `pre-commit`, `pre-push`, `pre-receive`, `ci`.
    pub gate: String,
    /// In what.
    pub origin: OriginRef,
    /// Who ran into it.
    pub who: String,
    /// What it found, in words.
    pub what: String,
    /// How it ended.
    pub outcome: GateOutcome,
    /// The leak it became, if it did.
    pub leak: Option<i64>,
}

/// How a gate ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GateOutcome {
    /// Nothing got through.
    Stopped,
    /// Somebody let it through, and says why.
    Bypassed {
        /// The reason.
        reason: String,
    },
    /// The gate itself failed.
    Failed,
}

/// An alert that a channel did not take.
#[derive(Clone, Debug)]
pub struct Undelivered {
    /// The channel.
    pub channel: String,
    /// The incident it is about.
    pub incident: i64,
    /// When it was made.
    pub since: Timestamp,
    /// How often it was tried.
    pub tries: u64,
    /// What the channel said, in words.
    pub error: String,
}

/// The board.
pub fn page(frame: &Frame, view: &OnCallView) -> Markup {
    let body = html! {
        (layout::head("On call", "What is active now, what nobody has taken yet, and what went wrong in the last 24 hours.", &html! {}))
        (layout::live("on-call", &html! {
            (undelivered(frame, view))
            (strip(frame, view))
            (layout::flush_panel("active", "Active incidents", "not acknowledged first", &active::list(frame, view)))
            div.panels {
                (layout::flush_panel("gates", "Gate failures", "24 hours", &gates(frame, view)))
                (layout::flush_panel("logs", "Secrets in logs", "24 hours", &logs::panel(frame, &view.logs)))
            }
        }))
    };
    frame.page(Room::OnCall, "On call", &body)
}

fn strip(frame: &Frame, view: &OnCallView) -> Markup {
    let waiting: Vec<_> = view.active.iter().filter(|one| one.is_waiting()).collect();
    let oldest = waiting.iter().map(|one| one.detected).min();
    let late = view.active.iter().filter(|one| one.is_late(frame.now)).count() as u64;
    html! {
        dl.strip {
            div.alarm[!waiting.is_empty()] {
                dt { "Not acknowledged" }
                dd.figure { (waiting.len()) }
                dd.note { @match oldest { Some(at) => { "oldest detected " (time::relative(at, frame.now)) }, None => "everything is taken" } }
            }
            div {
                dt { "Active" }
                dd.figure { (figure::count(view.active_count)) }
                dd.note { @if late > 0 { span.trend.alarm { (figure::count(late)) " over their limit" } } @else { "all within their limits" } }
            }
            div {
                dt { "Gate failures, 24 h" }
                dd.figure { (figure::count(view.gate_count)) }
                dd.note { (figure::counted(bypasses(view), "bypass").replace("bypasss", "bypasses")) " listed" }
            }
            div {
                dt { "Secrets in logs, 24 h" }
                dd.figure { (figure::count(view.logs.total())) }
                dd.note { (figure::counted(view.logs.redaction_failures, "redaction failure")) }
            }
        }
    }
}

fn bypasses(view: &OnCallView) -> u64 {
    view.gates.iter().filter(|gate| matches!(gate.outcome, GateOutcome::Bypassed { .. })).count() as u64
}

fn undelivered(frame: &Frame, view: &OnCallView) -> Markup {
    let retry = |alert: &Undelivered| {
        let fields = html! { (form::hidden("channel", &alert.channel)) (form::hidden("incident", &alert.incident.to_string())) button.small type="submit" { "Try again" } };
        form::post(frame, "/alerts/retry", "inline", &fields)
    };
    let text = html! {
        strong { (figure::counted(view.undelivered.len() as u64, "alert")) " could not be delivered" }
        ul {
            @for alert in &view.undelivered {
                li.row {
                    span {
                        (alert.channel) ", " a href={ "/incidents/" (alert.incident) } { "#" (alert.incident) } ": "
                        (alert.error) " (" (figure::counted(alert.tries, "try").replace("trys", "tries")) ", " (time::relative(alert.since, frame.now)) ")"
                    }
                    @if frame.may(super::view::Role::Responder) { (retry(alert)) }
                }
            }
        }
    };
    html! { @if !view.undelivered.is_empty() { (layout::notice(badge::Tone::Alarm, &text)) } }
}

fn gates(frame: &Frame, view: &OnCallView) -> Markup {
    if view.gates.is_empty() {
        return list::empty("No gate failed", "Nothing was stopped or bypassed in 24 hours.");
    }
    let columns = [words("What"), words("Gate"), words("Outcome"), words("When")];
    let rows = view.gates.iter().enumerate().map(|(index, gate)| gate_row(frame, gate, index)).collect();
    Table { label: "Gate failures", columns: &columns, narrow: Narrow::Stack, rows }.show()
}

fn gate_row(frame: &Frame, gate: &GateFailure, index: usize) -> Row {
    let what = html! {
        @match gate.leak {
            Some(leak) => a.main href={ "/leaks/" (leak) } { (gate.what) },
            None => span.main { (gate.what) },
        }
        span.sub { (link(gate.origin.url.as_deref(), &gate.origin.name)) " · " (gate.who) }
    };
    let outcome = match &gate.outcome {
        GateOutcome::Stopped => badge::badge(badge::Tone::Good, "stopped"),
        GateOutcome::Failed => badge::badge(badge::Tone::Warn, "gate failed"),
        GateOutcome::Bypassed { reason } => {
            html! { (badge::badge(badge::Tone::Alarm, "bypassed")) span.sub { "“" (reason) "”" } }
        }
    };
    Row {
        id: Some(format!("gate-{index}")),
        cells: vec![what, html! { span.nowrap { (gate.gate) } }, outcome, time::relative(gate.at, frame.now)],
    }
}
