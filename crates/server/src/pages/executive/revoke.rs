//! How long secrets took from being detected to being revoked.

use jiff::{SignedDuration, Timestamp};
use maud::Markup;
use stanch_model::Severity;

use crate::pages::{
    chart::{self, About, Bullet, Hue, Level, LevelKind, Line, Series, Unit},
    list, time,
};

/// How long secrets took to be revoked.
#[derive(Clone, Debug)]
pub struct RevokeTimes {
    /// The mean of this quarter; none where nothing was revoked.
    pub mean: Option<SignedDuration>,
    /// What nine of ten stayed below.
    pub p90: Option<SignedDuration>,
    /// The mean of the last quarter until the same day of it.
    pub mean_before: Option<SignedDuration>,
    /// What nine of ten stayed below then.
    pub p90_before: Option<SignedDuration>,
    /// How long it may take.
    pub objective: SignedDuration,
    /// The weeks of this quarter.
    pub weeks: Vec<RevokeWeek>,
    /// This quarter by severity, the worst first; only what was measured.
    pub spreads: Vec<RevokeSpread>,
}

/// How long secrets took that were revoked in a week.
#[derive(Clone, Debug)]
pub struct RevokeWeek {
    /// When it began.
    pub from: Timestamp,
    /// The mean; none where nothing was revoked.
    pub mean: Option<SignedDuration>,
    /// What nine of ten stayed below.
    pub p90: Option<SignedDuration>,
}

/// How long secrets of one severity took.
#[derive(Clone, Debug)]
pub struct RevokeSpread {
    /// The severity.
    pub severity: Severity,
    /// How many were revoked.
    pub count: u64,
    /// What half stayed below.
    pub median: SignedDuration,
    /// What nine of ten stayed below.
    pub p90: SignedDuration,
    /// How long it may take.
    pub objective: Option<SignedDuration>,
}

/// The weeks as lines.
pub(super) fn weeks(times: &RevokeTimes) -> Markup {
    let names: Vec<_> = times.weeks.iter().map(|week| time::short_day(week.from)).collect();
    let lines = [
        Line {
            series: Series { name: "mean", hue: Hue::First },
            values: times.weeks.iter().map(|week| week.mean.map(minutes)).collect(),
        },
        Line {
            series: Series { name: "90th percentile", hue: Hue::Second },
            values: times.weeks.iter().map(|week| week.p90.map(minutes)).collect(),
        },
    ];
    let goal = time::length(times.objective);
    let level =
        Level { name: format!("objective, {goal}"), at: minutes(times.objective), kind: LevelKind::Goal };
    let mean = times.mean.map_or_else(|| "nothing".to_owned(), time::length);
    let summary = format!("The mean of this quarter is {mean}; the objective is {goal}.");
    let about = About { id: "revoke-by-week", title: "Time to revoke by week", summary, unit: Unit::Minutes };
    chart::line(&about, &names, &lines, &[level])
}

/// The severities as bars that lie.
pub(super) fn spread(times: &RevokeTimes) -> Markup {
    if times.spreads.is_empty() {
        return list::empty(
            "Nothing was revoked yet",
            "Times appear with the first secret that is revoked this quarter.",
        );
    }
    let bullet = |spread: &RevokeSpread| Bullet {
        series: Series { name: spread.severity.as_str(), hue: hue(spread.severity) },
        median: minutes(spread.median),
        p90: minutes(spread.p90),
        goal: spread.objective.map(minutes),
        count: spread.count,
    };
    let bullets: Vec<_> = times.spreads.iter().map(bullet).collect();
    let worst = times.spreads.iter().max_by_key(|spread| spread.p90);
    let summary = worst.map_or_else(String::new, |worst| {
        format!(
            "The longest 90th percentile is that of {} secrets: {}.",
            worst.severity,
            time::length(worst.p90)
        )
    });
    let about = About {
        id: "revoke-by-severity",
        title: "Time to revoke by severity: median and 90th percentile",
        summary,
        unit: Unit::Minutes,
    };
    chart::bullet(&about, &bullets)
}

fn hue(severity: Severity) -> Hue {
    match severity {
        Severity::Critical => Hue::Critical,
        Severity::High => Hue::High,
        Severity::Medium => Hue::Medium,
        Severity::Low => Hue::Low,
    }
}

fn minutes(length: SignedDuration) -> f64 {
    length.as_secs_f64() / 60.0
}
