//! The board for who answers for the whole: how many leaks, how fast they were ended, what they cost, what is open.

mod objectives;
mod revoke;

use jiff::{SignedDuration, Timestamp};
use maud::{Markup, html};
use stanch_model::Severity;

pub use objectives::Objective;
pub use revoke::{RevokeSpread, RevokeTimes, RevokeWeek};

use super::{
    Frame,
    badge::{self, Tone},
    chart::{self, About, Hue, Level, LevelKind, Series, Unit},
    figure,
    layout::{self, Room},
    list,
    table::{Narrow, Row, Table, numbers, words},
    time,
};

/// What the board needs.
#[derive(Clone, Debug)]
pub struct ExecutiveView {
    /// The quarter it is about, such as `Q4 2026`.
    pub quarter: String,
    /// When it began.
    pub from: Timestamp,
    /// Confirmed leaks since then.
    pub leaks: u64,
    /// Confirmed leaks of the last quarter until the same day of it.
    pub leaks_before: u64,
    /// The mean of a week of the whole last quarter.
    pub week_mean_before: f64,
    /// The weeks of this quarter.
    pub weeks: Vec<LeakWeek>,
    /// How long secrets took to be revoked.
    pub revoke: RevokeTimes,
    /// What it cost.
    pub cost: Cost,
    /// What is open, the worst first.
    pub open: Vec<OpenRisk>,
    /// The service-level objectives.
    pub objectives: Vec<Objective>,
}

/// Confirmed leaks of a week.
#[derive(Clone, Debug)]
pub struct LeakWeek {
    /// When it began.
    pub from: Timestamp,
    /// How many of each severity, the worst first.
    pub counts: [u64; 4],
}

/// An estimate of what leaks cost: a sum of counts, each times a price that the policy file states.
#[derive(Clone, Debug)]
pub struct Cost {
    /// The currency, as it is written before an amount.
    pub currency: String,
    /// What it is the sum of.
    pub parts: Vec<CostPart>,
    /// The same sum of the last quarter until the same day of it.
    pub before: f64,
}

/// A part of the estimate.
#[derive(Clone, Debug)]
pub struct CostPart {
    /// What is counted, such as `hours of handling`.
    pub name: String,
    /// How many.
    pub count: f64,
    /// What one costs.
    pub each: f64,
}

impl Cost {
    fn total(&self) -> f64 {
        self.parts.iter().map(|part| part.count * part.each).sum()
    }
}

/// What is open of one severity.
#[derive(Clone, Debug)]
pub struct OpenRisk {
    /// The severity.
    pub severity: Severity,
    /// Active incidents.
    pub incidents: u64,
    /// Their leaks.
    pub leaks: u64,
    /// Those of them that still open something.
    pub live: u64,
    /// Those of them that everybody can read.
    pub public: u64,
    /// When the oldest of the incidents was detected.
    pub oldest: Option<Timestamp>,
}

/// The board.
pub fn page(frame: &Frame, view: &ExecutiveView) -> Markup {
    let about = format!(
        "{} since {}, compared with the last quarter until the same day of it.",
        view.quarter,
        time::day(view.from)
    );
    let body = html! {
        (layout::head("Executive", &about, &html! {}))
        (layout::live("executive", &html! {
            (strip(view))
            div.panels {
                (layout::panel("weeks", "Confirmed leaks by week", "", &weeks(view)))
                (layout::panel("revoke", "Time to revoke by week", "", &revoke::weeks(&view.revoke)))
                (layout::flush_panel("open", "Open risk by severity", "now", &open(frame, view)))
                (layout::panel("spread", "Time to revoke by severity", "this quarter", &revoke::spread(&view.revoke)))
                div.all { (layout::flush_panel("objectives", "Objectives", "share of events in time", &objectives::table(&view.objectives))) }
                div.all { (layout::panel("cost", "Estimated cost", &view.quarter, &cost(&view.cost))) }
            }
        }))
    };
    frame.page(Room::Executive, "Executive", &body)
}

fn strip(view: &ExecutiveView) -> Markup {
    let revoke = &view.revoke;
    let live: u64 = view.open.iter().map(|risk| risk.live).sum();
    let incidents: u64 = view.open.iter().map(|risk| risk.incidents).sum();
    html! {
        dl.strip {
            div {
                dt { "Confirmed leaks" }
                dd.figure { (figure::count(view.leaks)) }
                dd.note { (trend(view.leaks as f64, view.leaks_before as f64, &figure::count(view.leaks_before))) }
            }
            (length_figure("Mean time to revoke", revoke.mean, revoke.mean_before))
            (length_figure("90th percentile to revoke", revoke.p90, revoke.p90_before))
            div {
                dt { "Estimated cost" }
                dd.figure { (figure::money(view.cost.total(), &view.cost.currency)) }
                dd.note { (trend(view.cost.total(), view.cost.before, &figure::money(view.cost.before, &view.cost.currency))) }
            }
            div.alarm[live > 0] {
                dt { "Open now" }
                dd.figure { (figure::count(incidents)) small { " incidents" } }
                dd.note { (figure::counted(live, "secret")) " still live" }
            }
        }
    }
}

fn length_figure(name: &str, now: Option<SignedDuration>, before: Option<SignedDuration>) -> Markup {
    html! {
        div {
            dt { (name) }
            dd.figure { @match now { Some(length) => (time::length(length)), None => span.soft { "none yet" } } }
            dd.note {
                @if let (Some(now), Some(before)) = (now, before) { (trend(now.as_secs_f64(), before.as_secs_f64(), &time::length(before))) }
            }
        }
    }
}

/// How a figure compares with what it was; less is better for every figure here.
fn trend(now: f64, before: f64, before_text: &str) -> Markup {
    let change = if before > 0.0 { ((now - before) / before * 100.0).round() } else { 0.0 };
    let (tone, sign) = match change {
        c if c < 0.0 => (Tone::Good, "▼ "),
        c if c > 0.0 => (Tone::Alarm, "▲ "),
        _ => (Tone::Plain, "= "),
    };
    let words = if change < 0.0 {
        "less than"
    } else if change > 0.0 {
        "more than"
    } else {
        "as"
    };
    html! {
        span class={ "trend " (tone.class()) } { span aria-hidden="true" { (sign) } (format!("{:.0} %", change.abs())) }
        " " (words) " " (before_text)
    }
}

fn weeks(view: &ExecutiveView) -> Markup {
    let series: Vec<_> = Severity::ALL
        .iter()
        .rev()
        .zip(Hue::SEVERITIES)
        .map(|(severity, hue)| Series { name: severity.as_str(), hue })
        .collect();
    let column = |week: &LeakWeek| chart::Column {
        name: time::short_day(week.from),
        parts: week.counts.iter().map(|count| *count as f64).collect(),
    };
    let columns: Vec<_> = view.weeks.iter().map(column).collect();
    let level = Level {
        name: format!(
            "mean of last quarter, {}",
            figure::decimal((view.week_mean_before * 10.0).round() / 10.0)
        ),
        at: view.week_mean_before,
        kind: LevelKind::Former,
    };
    let summary = format!(
        "{} in {} weeks; the mean of last quarter was {} a week.",
        figure::counted(view.leaks, "leak"),
        view.weeks.len(),
        figure::decimal(view.week_mean_before)
    );
    let about = About {
        id: "leaks-by-week",
        title: "Confirmed leaks by week and severity",
        summary,
        unit: Unit::Count,
    };
    chart::bars(&about, &series, &columns, &[level])
}

fn open(frame: &Frame, view: &ExecutiveView) -> Markup {
    let columns = [
        words("Severity"),
        numbers("Incidents"),
        numbers("Leaks"),
        numbers("Live"),
        numbers("Public"),
        words("Oldest"),
    ];
    let row = |risk: &OpenRisk| {
        let number =
            |count: u64| html! { @if count == 0 { span.soft { "0" } } @else { (figure::count(count)) } };
        let live = html! { @if risk.live > 0 { span.badge.alarm { (figure::count(risk.live)) } } @else { span.soft { "0" } } };
        Row::from(vec![
            html! { a.main href={ "/incidents?state=active&severity=" (risk.severity) } { (badge::severity(risk.severity)) } },
            number(risk.incidents),
            number(risk.leaks),
            live,
            number(risk.public),
            html! { @if let Some(oldest) = risk.oldest { (time::relative(oldest, frame.now)) } },
        ])
    };
    if view.open.iter().all(|risk| risk.incidents == 0) {
        return list::empty("Nothing is open", "Every incident is closed or dismissed.");
    }
    Table {
        label: "Open risk by severity",
        columns: &columns,
        narrow: Narrow::Scroll,
        rows: view.open.iter().map(row).collect(),
    }
    .show()
}

fn cost(cost: &Cost) -> Markup {
    let money = |amount: f64| figure::money(amount, &cost.currency);
    html! {
        div.scroll role="region" aria-label="Estimated cost, scrolls sideways" tabindex="0" {
            table.sum {
                thead { tr { th scope="col" { "Counted" } th.end scope="col" { "Number" } th.end scope="col" { "Each" } th.end scope="col" { "Sum" } } }
                tbody {
                    @for part in &cost.parts {
                        tr {
                            th scope="row" { (part.name) }
                            td.end { (figure::decimal(part.count)) }
                            td.end.nowrap { (money(part.each)) }
                            td.end.nowrap { (money(part.count * part.each)) }
                        }
                    }
                    tr.total { th scope="row" colspan="3" { "Estimate" } td.end.nowrap { (money(cost.total())) } }
                }
            }
        }
        p.note { "Formula: the sum of number × price of each line. The prices are those of the policy file; the numbers are of this quarter. It is an estimate of effort and risk, not of damage done." }
    }
}
