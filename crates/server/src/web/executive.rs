//! The board for who answers for the whole.

use axum::extract::State;
use jiff::{SignedDuration, Timestamp};
use maud::Markup;
use stanch_model::Severity;
use stanch_response::{
    Settings,
    measures::{Durations, Kept, Measures, quarter_of},
};
use stanch_store::{Clocks, Sight, StoreError, Tx, week_of, week_start};

use super::{
    Web,
    visitor::{Visitor, count},
};
use crate::{
    app::App,
    pages::{
        executive::{
            self, Cost, CostPart, ExecutiveView, LeakWeek, Objective, OpenRisk, RevokeSpread, RevokeTimes,
            RevokeWeek,
        },
        time,
    },
    problem::Problem,
};

/// The board.
pub(super) async fn get_executive(State(web): State<Web>, visitor: Visitor) -> Result<Markup, Problem> {
    let sight = visitor.sight();
    let view = web.app.blocking(move |app| view(app, &sight)).await?;
    Ok(executive::page(&visitor.frame(&web).await?, &view))
}

fn view(app: &App, sight: &Sight) -> Result<ExecutiveView, StoreError> {
    let (settings, now) = (app.register.settings(), app.now());
    app.register.store().read(|tx| {
        let measures = Measures::take(tx, sight, &settings.policy, now)?;
        let quarters = Quarters::of(&measures.clocks, now);
        let weeks = weeks(tx, sight, &quarters)?;
        let former: i64 = measures
            .leaks_by_week
            .iter()
            .filter(|(week, _)| (week_of(quarters.before)..week_of(quarters.from)).contains(week))
            .map(|(_, count)| count)
            .sum();
        let former_weeks = (week_of(quarters.from) - week_of(quarters.before)).max(1);
        Ok(ExecutiveView {
            quarter: name_of(quarters.from),
            from: quarters.from,
            leaks: count(measures.leaks),
            leaks_before: count(measures.leaks_before),
            week_mean_before: former as f64 / former_weeks as f64,
            weeks,
            revoke: quarters.revoke(settings),
            cost: quarters.cost(settings),
            open: open(tx, sight, &measures)?,
            objectives: measures.objectives.iter().map(|kept| objective(kept, settings)).collect(),
        })
    })
}

/// `Q4 2026`.
fn name_of(from: Timestamp) -> String {
    let date = from.to_zoned(jiff::tz::TimeZone::UTC).date();
    format!("Q{} {}", (date.month() - 1) / 3 + 1, date.year())
}

fn length(ms: Option<i64>) -> Option<SignedDuration> {
    ms.map(SignedDuration::from_millis)
}

/// The incidents of this quarter, and of the last one until the same day of it; dismissed ones left out.
struct Quarters {
    before: Timestamp,
    from: Timestamp,
    now: Timestamp,
    ours: Vec<Clocks>,
    former: Vec<Clocks>,
}

impl Quarters {
    fn of(clocks: &[Clocks], now: Timestamp) -> Self {
        let from = quarter_of(now).0;
        let before = quarter_of(from - SignedDuration::from_hours(24)).0;
        let same_day = before + now.duration_since(from);
        let confirmed = clocks.iter().filter(|clocks| clocks.milestones.dismissed.is_none()).copied();
        let (ours, mut former): (Vec<_>, Vec<_>) = confirmed.partition(|clocks| clocks.detected >= from);
        former.retain(|clocks| before <= clocks.detected && clocks.detected < same_day);
        Self { before, from, now, ours, former }
    }

    fn revoke(&self, settings: &Settings) -> RevokeTimes {
        let within = settings.policy.objectives().revoke_within;
        let (now, before) = (times(&self.ours, |_| true), times(&self.former, |_| true));
        let week = |week: i64| {
            let of_week =
                times(&self.ours, |clocks| clocks.milestones.revoked.is_some_and(|at| week_of(at) == week));
            RevokeWeek { from: week_start(week), mean: length(of_week.mean_ms), p90: length(of_week.p90_ms) }
        };
        let spread = |severity: &Severity| {
            let times = times(&self.ours, |clocks| clocks.severity == *severity);
            Some(RevokeSpread {
                severity: *severity,
                count: times.count as u64,
                median: length(times.median_ms)?,
                p90: length(times.p90_ms)?,
                objective: Some(within.of(*severity)),
            })
        };
        RevokeTimes {
            mean: length(now.mean_ms),
            p90: length(now.p90_ms),
            mean_before: length(before.mean_ms),
            p90_before: length(before.p90_ms),
            objective: within.critical,
            weeks: self.weeks().map(week).collect(),
            spreads: Severity::ALL.iter().rev().filter_map(spread).collect(),
        }
    }

    fn weeks(&self) -> impl Iterator<Item = i64> + use<> {
        week_of(self.from)..=week_of(self.now)
    }

    fn cost(&self, settings: &Settings) -> Cost {
        let cost = settings.policy.cost();
        let part = |&severity: &Severity| CostPart {
            name: format!("{severity} incidents"),
            count: self.ours.iter().filter(|clocks| clocks.severity == severity).count() as f64,
            each: cost.of(severity),
        };
        Cost {
            currency: cost.currency.clone(),
            parts: Severity::ALL.iter().rev().map(part).collect(),
            before: self.former.iter().map(|clocks| cost.of(clocks.severity)).sum(),
        }
    }
}

/// From detection to revocation.
fn times(all: &[Clocks], which: impl Fn(&&Clocks) -> bool) -> Durations {
    let time = |clocks: &Clocks| {
        let revoked = clocks.milestones.revoked?;
        Some(revoked.as_millisecond() - clocks.detected.as_millisecond())
    };
    Durations::of(all.iter().filter(which).filter_map(time).collect())
}

fn weeks(tx: &mut Tx<'_>, sight: &Sight, quarters: &Quarters) -> Result<Vec<LeakWeek>, StoreError> {
    let column = |(week, counts): (i64, [i64; 4])| {
        let mut worst_first = counts.map(count);
        worst_first.reverse();
        LeakWeek { from: week_start(week), counts: worst_first }
    };
    Ok(tx.leaks_by_week(sight, quarters.from, quarters.now)?.into_iter().map(column).collect())
}

fn open(tx: &mut Tx<'_>, sight: &Sight, measures: &Measures) -> Result<Vec<OpenRisk>, StoreError> {
    let (risks, oldest) = (tx.open_risk_by_severity(sight)?, tx.oldest_active_by_severity(sight)?);
    let number = |of: &[(Severity, i64)], severity: Severity| {
        of.iter().find(|(known, _)| *known == severity).map_or(0, |(_, number)| count(*number))
    };
    let line = |&severity: &Severity| {
        let risk = risks.iter().find(|(known, ..)| *known == severity);
        OpenRisk {
            severity,
            incidents: number(&measures.active, severity),
            leaks: number(&measures.open_leaks, severity),
            live: risk.map_or(0, |(_, live, _)| count(*live)),
            public: risk.map_or(0, |(_, _, public)| count(*public)),
            oldest: oldest.iter().find(|(known, _)| *known == severity).map(|(_, at)| *at),
        }
    };
    Ok(Severity::ALL.iter().rev().map(line).collect())
}

fn objective(kept: &Kept, settings: &Settings) -> Objective {
    let window = settings.policy.objectives().window;
    let what = kept.name.replace("revoke-", "revoke ");
    let (good, all) = (kept.share.good, kept.share.all);
    let fastest = kept.burning.iter().map(|burning| burning.rate).fold(0.0, f64::max);
    Objective {
        name: format!("{what} within {}", time::length(SignedDuration::from_millis(kept.within_ms))),
        target: kept.target,
        attained: (all > 0).then(|| good as f64 / all as f64),
        events: count(all),
        missed: count(all - good),
        window_days: u32::try_from(window.as_hours() / 24).unwrap_or(u32::MAX),
        budget: kept.budget_left,
        burn: fastest,
        history: kept.history.clone(),
    }
}
