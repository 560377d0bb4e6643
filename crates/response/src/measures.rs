//! The measures of the field, and how well what is promised is kept.

use jiff::{SignedDuration, Timestamp, ToSpan as _, civil::Date, tz::TimeZone};
use serde::Serialize;
use stanch_model::Severity;
use stanch_store::{Clocks, Named, OriginWeek, Share, Sight, StoreError, Tx};

use crate::policy::{Cost, Objectives, Policy};

/// Most repositories and images that are told by name.
const NAMES_MAX: usize = 50;
/// Points of the history of a budget, beside that of now.
const HISTORY_POINTS: i32 = 30;
/// The kinds of origins whose text a program wrote: a secret there is a failure of redaction.
pub const LOG_KINDS: [&str; 2] = ["ci-log", "telemetry"];

/// The measures over a quarter, and what is open now.
#[derive(Clone, Debug, Serialize)]
pub struct Measures {
    /// The quarter: its first moment and the first after it.
    pub quarter: (Timestamp, Timestamp),
    /// Secrets detected by repository and week, over the quarter, the most first.
    pub secrets_by_repository: Vec<OriginWeek>,
    /// New secrets by week over a year: pairs of a week (see [`week_start`](stanch_store::week_start)) and a count.
    pub leaks_by_week: Vec<(i64, i64)>,
    /// Confirmed leaks of the quarter.
    pub leaks: i64,
    /// Those of the same days of the quarter before.
    pub leaks_before: i64,
    /// Places in logs and traces that were seen first in the last 24 hours: failures of redaction.
    pub secrets_in_logs_24h: i64,
    /// Milliseconds from detection to revocation, over the quarter.
    pub time_to_revoke: Durations,
    /// Milliseconds from leak to detection, over the incidents of the quarter.
    pub time_to_detect: Durations,
    /// Incidents of the quarter, dismissed ones left out.
    pub incidents: i64,
    /// Those of the quarter before.
    pub incidents_before: i64,
    /// Short-lived credentials of those that inventories tell of.
    pub short_lived_credentials: Share,
    /// Images with open secrets, the most first.
    pub images_with_secrets: Vec<Named>,
    /// Secret stores with an audit log of those that inventories tell of.
    pub audited_stores: Share,
    /// Incidents that are not over, by severity.
    pub active: Vec<(Severity, i64)>,
    /// Leaks that are open, by severity.
    pub open_leaks: Vec<(Severity, i64)>,
    /// What the incidents of the quarter cost, by the formula of the policy.
    pub cost: f64,
    /// That formula, for people.
    pub cost_formula: String,
    /// What amounts are in.
    pub currency: String,
    /// How well what is promised is kept.
    pub objectives: Vec<Kept>,
    /// The clocks of all incidents since the beginning of the quarter before, or earlier.
    #[serde(skip)]
    pub clocks: Vec<Clocks>,
}

/// Durations in milliseconds; nothing where there are none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Durations {
    /// How many there are.
    pub count: usize,
    /// Their mean.
    pub mean_ms: Option<i64>,
    /// The one that half of them do not exceed.
    pub median_ms: Option<i64>,
    /// The one that 90 of 100 do not exceed.
    pub p90_ms: Option<i64>,
}

impl Durations {
    /// Of these milliseconds.
    pub fn of(mut all: Vec<i64>) -> Self {
        all.sort_unstable();
        let count = all.len();
        let at = |percent: usize| all.get((count * percent).div_ceil(100).saturating_sub(1)).copied();
        let mean = all.iter().map(|&ms| i128::from(ms)).sum::<i128>() / (count.max(1) as i128);
        Self {
            count,
            mean_ms: (count > 0).then(|| i64::try_from(mean).unwrap_or(i64::MAX)),
            median_ms: at(50),
            p90_ms: at(90),
        }
    }
}

/// How well one promise is kept.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Kept {
    /// `detect`, or `revoke-critical` and so on.
    pub name: String,
    /// What is promised, in milliseconds.
    pub within_ms: i64,
    /// Of how many, as a share.
    pub target: f64,
    /// How many kept it, of those whose time is over or that are done.
    pub share: Share,
    /// How much of what may fail is left, from 1 (all of it) over 0 (none) downwards.
    pub budget_left: f64,
    /// What was left of the budget over the window, oldest first.
    pub history: Vec<f64>,
    /// Burn-rate alerts that fire now.
    pub burning: Vec<Burning>,
}

/// A burn-rate alert that fires.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Burning {
    /// The long window, in milliseconds.
    pub long_ms: i64,
    /// How many times faster than allowed the budget burns in it.
    pub rate: f64,
    /// Whether it pages.
    pub urgency: stanch_model::Urgency,
}

/// The quarter of a day of UTC: its first moment and the first after it.
pub fn quarter_of(now: Timestamp) -> (Timestamp, Timestamp) {
    let today = now.to_zoned(TimeZone::UTC).date();
    let month = (today.month() - 1) / 3 * 3 + 1;
    let first = Date::new(today.year(), month, 1).unwrap_or(today);
    let moment = |date: Date| date.to_zoned(TimeZone::UTC).map_or(now, |zoned| zoned.timestamp());
    (moment(first), moment(first.saturating_add(3.months())))
}

impl Measures {
    /// The measures of the quarter of `now`, of what may be seen.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn take(tx: &mut Tx<'_>, sight: &Sight, policy: &Policy, now: Timestamp) -> Result<Self, StoreError> {
        let quarter = quarter_of(now);
        let before = quarter_of(quarter.0 - SignedDuration::from_hours(24));
        // What was left of a budget a window ago depends on the window before that.
        let window = (policy.objectives().window * 2).max(now.duration_since(before.0));
        let all = tx.clocks_since(sight, now - window)?;
        let of = |(from, until): (Timestamp, Timestamp)| -> Vec<Clocks> {
            all.iter().filter(|clocks| from <= clocks.detected && clocks.detected < until).copied().collect()
        };
        let confirmed = |clocks: &&Clocks| clocks.milestones.dismissed.is_none();
        let (ours, former) = (of(quarter), of(before));
        let year = now - SignedDuration::from_hours(24 * 366);
        let so_far = now.duration_since(quarter.0);
        Ok(Self {
            quarter,
            secrets_by_repository: tx.secrets_by_origin_week(sight, quarter.0, NAMES_MAX)?,
            leaks_by_week: tx
                .leaks_by_week(sight, year, now)?
                .into_iter()
                .map(|(week, counts)| (week, counts.iter().sum()))
                .filter(|(_, count)| *count > 0)
                .collect(),
            leaks: tx.confirmed_leaks(sight, quarter.0, quarter.1)?,
            leaks_before: tx.confirmed_leaks(sight, before.0, (before.0 + so_far).min(before.1))?,
            secrets_in_logs_24h: tx.count_exposures_in(
                &LOG_KINDS,
                sight,
                now - SignedDuration::from_hours(24),
            )?,
            time_to_revoke: Durations::of(ours.iter().filter(confirmed).filter_map(to_revoke).collect()),
            time_to_detect: Durations::of(ours.iter().filter(confirmed).filter_map(to_detect).collect()),
            incidents: count(ours.iter().filter(confirmed).count()),
            incidents_before: count(former.iter().filter(confirmed).count()),
            short_lived_credentials: tx.inventory_share("credential")?,
            images_with_secrets: tx.images_with_secrets(sight, NAMES_MAX)?,
            audited_stores: tx.inventory_share("secret-store")?,
            active: tx.active_by_severity(sight)?,
            open_leaks: tx.open_leaks_by_severity(sight)?,
            cost: ours.iter().filter(confirmed).map(|clocks| policy.cost().of(clocks.severity)).sum(),
            cost_formula: policy.cost().to_string(),
            currency: currency(policy.cost()),
            objectives: kept(&all, policy.objectives(), now),
            clocks: all,
        })
    }
}

/// How well what is promised is kept, of what may be seen: the part of [`Measures`] that is cheap enough to be looked at every minute.
///
/// # Errors
///
/// If the database refuses.
pub fn objectives(
    tx: &mut Tx<'_>,
    sight: &Sight,
    policy: &Policy,
    now: Timestamp,
) -> Result<Vec<Kept>, StoreError> {
    let all = tx.clocks_since(sight, now - policy.objectives().window)?;
    Ok(kept(&all, policy.objectives(), now))
}

fn currency(cost: &Cost) -> String {
    cost.currency.clone()
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn ms(from: Timestamp, until: Timestamp) -> i64 {
    until.as_millisecond() - from.as_millisecond()
}

fn to_revoke(clocks: &Clocks) -> Option<i64> {
    clocks.milestones.revoked.map(|at| ms(clocks.detected, at))
}

fn to_detect(clocks: &Clocks) -> Option<i64> {
    clocks.leaked.map(|at| ms(at, clocks.detected).max(0))
}

fn kept(all: &[Clocks], objectives: &Objectives, now: Timestamp) -> Vec<Kept> {
    let all: Vec<&Clocks> = all.iter().filter(|clocks| clocks.milestones.dismissed.is_none()).collect();
    let mut promises = vec![Promise {
        name: "detect".to_owned(),
        within: objectives.detect_within,
        target: objectives.detect_share,
        cases: all.iter().filter_map(|clocks| detection(clocks, objectives.detect_within)).collect(),
    }];
    for &severity in Severity::ALL.iter().rev() {
        let within = objectives.revoke_within.of(severity);
        let of_severity = all.iter().filter(|clocks| clocks.severity == severity);
        promises.push(Promise {
            name: format!("revoke-{severity}"),
            within,
            target: objectives.revoke_share,
            cases: of_severity.filter_map(|clocks| revocation(clocks, within, now)).collect(),
        });
    }
    promises.iter().map(|promise| promise.kept(objectives, now)).collect()
}

/// A promise, and the cases that tell whether it is kept: when each was decided, and how.
struct Promise {
    name: String,
    within: SignedDuration,
    target: f64,
    cases: Vec<(Timestamp, bool)>,
}

fn detection(clocks: &Clocks, within: SignedDuration) -> Option<(Timestamp, bool)> {
    let leaked = clocks.leaked?;
    Some((clocks.detected, clocks.detected.duration_since(leaked) <= within))
}

/// A case is decided when it is revoked or its time is over.
fn revocation(clocks: &Clocks, within: SignedDuration, now: Timestamp) -> Option<(Timestamp, bool)> {
    let limit = clocks.detected.checked_add(within).ok()?;
    match clocks.milestones.revoked {
        Some(at) => Some((at.min(limit), at <= limit)),
        None if now > limit => Some((limit, false)),
        None => None,
    }
}

impl Promise {
    fn share(&self, window: SignedDuration, now: Timestamp) -> Share {
        let recent = self.cases.iter().filter(|(at, _)| *at <= now && now.duration_since(*at) <= window);
        let (mut good, mut all) = (0, 0);
        for (_, is_kept) in recent {
            all += 1;
            good += i64::from(*is_kept);
        }
        Share { good, all }
    }

    /// How many times faster than allowed the budget burns in a window.
    fn rate(&self, window: SignedDuration, now: Timestamp) -> f64 {
        let share = self.share(window, now);
        if share.all == 0 {
            return 0.0;
        }
        let failed = (share.all - share.good) as f64 / share.all as f64;
        failed / (1.0 - self.target)
    }

    /// What was left of the budget at points of the window, oldest first.
    fn history(&self, window: SignedDuration, now: Timestamp) -> Vec<f64> {
        let step = window / HISTORY_POINTS;
        (0..=HISTORY_POINTS)
            .rev()
            .map(|back| 1.0 - self.rate(window, now.checked_sub(step * back).unwrap_or(now)))
            .collect()
    }

    fn kept(&self, objectives: &Objectives, now: Timestamp) -> Kept {
        let fires = objectives.burn.iter().filter(|alert| {
            self.rate(alert.long, now) >= alert.rate && self.rate(alert.short, now) >= alert.rate
        });
        let burning = |alert: &crate::policy::BurnAlert| Burning {
            long_ms: millis(alert.long),
            rate: self.rate(alert.long, now),
            urgency: alert.urgency,
        };
        Kept {
            name: self.name.clone(),
            within_ms: millis(self.within),
            target: self.target,
            share: self.share(objectives.window, now),
            budget_left: 1.0 - self.rate(objectives.window, now),
            history: self.history(objectives.window, now),
            burning: fires.map(burning).collect(),
        }
    }
}

fn millis(duration: SignedDuration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use stanch_model::Milestones;

    use super::*;

    fn second(n: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + n).expect("a time")
    }

    fn case(detected: i64, revoked: Option<i64>) -> Clocks {
        Clocks {
            severity: Severity::Critical,
            leaked: Some(second(detected - 60)),
            detected: second(detected),
            milestones: Milestones { revoked: revoked.map(second), ..Milestones::default() },
        }
    }

    #[test]
    fn quarters_begin_with_their_month() {
        let (from, until) = quarter_of("2026-11-27T10:00:00Z".parse().expect("a time"));
        assert_eq!(
            (from.to_string(), until.to_string()),
            ("2026-10-01T00:00:00Z".into(), "2027-01-01T00:00:00Z".into())
        );
    }

    #[test]
    fn percentiles_are_values_that_occurred() {
        let durations = Durations::of((1..=10).collect());
        assert_eq!((durations.mean_ms, durations.median_ms, durations.p90_ms), (Some(5), Some(5), Some(9)));
        assert_eq!(Durations::of(Vec::new()), Durations::default());
    }

    #[test]
    fn a_case_counts_when_it_is_done_or_late() {
        let objectives = Policy::default().objectives().clone();
        let cases = [case(0, Some(600)), case(0, Some(7200)), case(0, None), case(9_900, None)];
        let kept = kept(&cases, &objectives, second(10_000));
        let critical = kept.iter().find(|kept| kept.name == "revoke-critical").expect("promised");
        assert_eq!(critical.share, Share { good: 1, all: 3 }, "the last one still has time");
        assert!(critical.budget_left < 0.0);
        assert!(!critical.burning.is_empty(), "two of three failed within hours");
        let history = &critical.history;
        assert_eq!((history[0], history[30]), (1.0, critical.budget_left), "nothing had failed a window ago");
    }
}
