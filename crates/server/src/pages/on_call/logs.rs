//! Secrets that were seen in logs in the last 24 hours.

use jiff::Timestamp;
use maud::{Markup, html};

use crate::pages::{
    Frame, badge,
    chart::{self, About, Column, Hue, Series, Unit},
    figure, list,
    table::{Narrow, Row, Table, words},
    time,
    view::{LeakRef, OriginRef},
};

/// What was seen in logs in 24 hours.
#[derive(Clone, Debug)]
pub struct LogSecrets {
    /// How many in each hour, oldest first: 24 numbers.
    pub hours: Vec<u64>,
    /// When the first of these hours began.
    pub from: Timestamp,
    /// How many stood there although they should have been masked.
    pub redaction_failures: u64,
    /// The last of them.
    pub last: Vec<LogSecret>,
}

impl LogSecrets {
    /// How many in all.
    pub fn total(&self) -> u64 {
        self.hours.iter().sum()
    }
}

/// A secret in a log.
#[derive(Clone, Debug)]
pub struct LogSecret {
    /// When it was seen.
    pub at: Timestamp,
    /// The secret.
    pub leak: LeakRef,
    /// In which log.
    pub origin: OriginRef,
    /// Where in it.
    pub place: String,
}

/// The panel.
pub(super) fn panel(frame: &Frame, logs: &LogSecrets) -> Markup {
    if logs.total() == 0 {
        return list::empty(
            "No secret in a log",
            "Logs that are scanned or redacted were clean for 24 hours.",
        );
    }
    html! {
        div.body { (hours(logs)) }
        (last(frame, logs))
    }
}

fn hours(logs: &LogSecrets) -> Markup {
    let start = logs.from.as_second();
    let name = |hour: i64| {
        Timestamp::from_second(start + hour * 3_600)
            .map_or_else(|_| String::new(), |at| at.strftime("%H:00").to_string())
    };
    let column = |(hour, count): (i64, &u64)| Column { name: name(hour), parts: vec![*count as f64] };
    let columns: Vec<_> = (0..).zip(&logs.hours).map(column).collect();
    let summary = format!("{} in 24 hours.", figure::counted(logs.total(), "secret"));
    let about = About { id: "log-hours", title: "Secrets in logs by hour", summary, unit: Unit::Count };
    chart::bars(&about, &[Series { name: "secrets", hue: Hue::First }], &columns, &[])
}

fn last(frame: &Frame, logs: &LogSecrets) -> Markup {
    let columns = [words("Secret"), words("Log"), words("When")];
    let row = |(index, one): (usize, &LogSecret)| Row {
        id: Some(format!("log-{index}")),
        cells: vec![
            html! {
                a.main href={ "/leaks/" (one.leak.id) } { (one.leak.name) }
                span.sub { (badge::severity(one.leak.severity)) " " code { (one.leak.preview) } }
            },
            html! { (one.origin.name) span.sub { (one.place) } },
            time::relative(one.at, frame.now),
        ],
    };
    let rows = logs.last.iter().enumerate().map(row).collect();
    Table { label: "Secrets seen in logs", columns: &columns, narrow: Narrow::Stack, rows }.show()
}
