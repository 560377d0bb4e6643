//! Numbers of the register, read at most every fifteen seconds, however many ask.

use std::{sync::Arc, time::Instant};

use jiff::{SignedDuration, Timestamp};
use stanch_model::Severity;
use stanch_response::{
    measures::{Kept, LOG_KINDS, Measures},
    policy::{Objectives, Policy},
};
use stanch_store::{
    Clocks, LastScan, OriginSecrets, Promised, Queue, Reading, Share, Sight, Spread, StoreError, Tx,
};
use tokio::sync::Mutex;

use super::{family, family::Family, page::Page};
use crate::app::App;

/// How long numbers are given as they were read.
const KEPT: SignedDuration = SignedDuration::from_secs(15);
/// Most origins told by name.
const ORIGINS_MAX: usize = 50;
/// Most incidents told one by one.
const INCIDENTS_MAX: usize = 500;
/// Milliseconds of a day, and of a week.
const DAY_MS: i64 = 86_400_000;
const WEEK_MS: i64 = 7 * DAY_MS;
/// Bounds of the histograms of clocks, in seconds: from a minute to a quarter.
const BOUNDS: [i64; 14] = [
    60, 300, 900, 1_800, 3_600, 7_200, 14_400, 28_800, 86_400, 259_200, 604_800, 2_592_000, 7_776_000,
    31_536_000,
];

/// A clock of an incident, if it was reached.
type ReadClock = fn(&Clocks) -> Option<Timestamp>;
/// What is told of a promise, if there is something to tell.
type ReadKept = fn(&Kept) -> Option<f64>;

/// Numbers of the register, kept for a while.
#[derive(Debug, Default)]
pub(crate) struct Facts(Mutex<Option<(Timestamp, Arc<str>)>>);

impl Facts {
    /// The numbers as text. Whoever asks while they are read waits for them.
    pub(super) async fn text(&self, app: &App) -> Arc<str> {
        let mut kept = self.0.lock().await;
        let now = app.now();
        if let Some((at, text)) = &*kept
            && now.duration_since(*at) < KEPT
        {
            return Arc::clone(text);
        }
        let begun = Instant::now();
        let read = app.read({
            let policy = app.register.settings().policy.clone();
            move |tx| Survey::take(tx, &policy, now)
        });
        let mut page = Page::default();
        match read.await {
            Ok(survey) => {
                page.single(&family::DATABASE_UP, 1.0);
                page.single(&family::FACTS_SECONDS, begun.elapsed().as_secs_f64());
                survey.write(&mut page);
            }
            Err(_) => page.single(&family::DATABASE_UP, 0.0),
        }
        let text: Arc<str> = page.finish().into();
        *kept = Some((now, Arc::clone(&text)));
        text
    }
}

/// Numbers of the register at one moment.
struct Survey {
    measures: Measures,
    secrets: Vec<OriginSecrets>,
    redaction_failures: Vec<(String, i64)>,
    to_revoke: Vec<Spread>,
    to_detect: Vec<Spread>,
    risk: Vec<(Severity, i64, i64)>,
    active: Vec<(i64, Clocks)>,
    promised: Vec<(String, Promised)>,
    queues: Vec<Queue>,
    head: i64,
    shipped: Vec<(String, i64)>,
    scans: Vec<LastScan>,
}

impl Survey {
    fn take(tx: &mut Tx<'_>, policy: &Policy, now: Timestamp) -> Result<Self, StoreError> {
        let week = Timestamp::from_millisecond(week_of(now.as_millisecond())).unwrap_or(now);
        let before = week - SignedDuration::from_millis(WEEK_MS);
        let bounds = BOUNDS.map(|seconds| seconds * 1000);
        Ok(Self {
            measures: Measures::take(tx, &Sight::All, policy, now)?,
            secrets: tx.secrets_of_weeks(before, week, ORIGINS_MAX)?,
            redaction_failures: tx.redaction_failures(&LOG_KINDS)?,
            to_revoke: tx.spread_to_revoke(&bounds)?,
            to_detect: tx.spread_to_detect(&bounds)?,
            risk: tx.open_risk_by_severity(&Sight::All)?,
            active: tx.active_clocks(INCIDENTS_MAX)?,
            promised: promised(tx, policy.objectives(), now)?,
            queues: tx.queues(now)?,
            head: tx.trail_head()?.0,
            shipped: tx.trail_shipped()?,
            scans: tx.oldest_scans(ORIGINS_MAX)?,
        })
    }

    fn write(&self, page: &mut Page) {
        self.write_measures(page);
        self.write_shares(page);
        self.write_severities(page);
        self.write_incidents(page);
        self.write_promises(page);
        self.write_delivery(page);
    }

    fn write_measures(&self, page: &mut Page) {
        page.family(&family::SECRETS);
        for origin in &self.secrets {
            for (week, count) in [("current", origin.current), ("previous", origin.previous)] {
                let labels = [("origin_kind", &*origin.kind), ("origin", &*origin.name), ("week", week)];
                page.sample(family::SECRETS.name, &labels, count as f64);
            }
        }
        page.family(&family::REDACTION_FAILURES);
        for kind in LOG_KINDS {
            let count = self.redaction_failures.iter().find(|(told, _)| told == kind);
            let count = count.map_or(0, |(_, count)| *count);
            page.sample(family::REDACTION_FAILURES.name, &[("origin_kind", kind)], count as f64);
        }
        spreads(page, &family::TIME_TO_REVOKE, &self.to_revoke);
        spreads(page, &family::TIME_TO_DETECT, &self.to_detect);
        page.family(&family::QUARTER_INCIDENTS);
        let quarters = [("current", self.measures.incidents), ("previous", self.measures.incidents_before)];
        for (quarter, count) in quarters {
            page.sample(family::QUARTER_INCIDENTS.name, &[("quarter", quarter)], count as f64);
        }
        page.family(&family::IMAGES);
        for image in &self.measures.images_with_secrets {
            page.sample(family::IMAGES.name, &[("image", &image.name)], image.count as f64);
        }
    }

    fn write_shares(&self, page: &mut Page) {
        let credentials = self.measures.short_lived_credentials;
        share(page, &family::CREDENTIALS, ("lifetime", ["short", "long"]), credentials);
        ratio(page, &family::SHORT_LIVED, credentials);
        share(page, &family::STORES, ("audit", ["on", "off"]), self.measures.audited_stores);
        ratio(page, &family::AUDITED, self.measures.audited_stores);
    }

    fn write_severities(&self, page: &mut Page) {
        let risk = |of: fn(&(Severity, i64, i64)) -> i64| -> Vec<(Severity, i64)> {
            self.risk.iter().map(|told| (told.0, of(told))).collect()
        };
        severities(page, &family::INCIDENTS_ACTIVE, &self.measures.active);
        severities(page, &family::LEAKS_OPEN, &self.measures.open_leaks);
        severities(page, &family::LEAKS_LIVE, &risk(|told| told.1));
        severities(page, &family::LEAKS_PUBLIC, &risk(|told| told.2));
    }

    fn write_incidents(&self, page: &mut Page) {
        let clocks: [(&Family, ReadClock); 6] = [
            (&family::DETECTED, |clocks| Some(clocks.detected)),
            (&family::ACKNOWLEDGED, |clocks| clocks.milestones.acknowledged),
            (&family::CONTAINED, |clocks| clocks.milestones.contained),
            (&family::REVOKED, |clocks| clocks.milestones.revoked),
            (&family::ROTATED, |clocks| clocks.milestones.rotated),
            (&family::PROVEN, |clocks| clocks.milestones.proven),
        ];
        for (family, read) in clocks {
            page.family(family);
            for (number, clocks) in &self.active {
                if let Some(at) = read(clocks) {
                    let number = number.to_string();
                    let labels = [("incident", &*number), ("severity", clocks.severity.as_str())];
                    page.sample(family.name, &labels, seconds(at));
                }
            }
        }
    }

    fn write_promises(&self, page: &mut Page) {
        page.family(&family::PROMISE_EVENTS);
        for (name, promised) in &self.promised {
            page.sample(family::PROMISE_EVENTS.name, &[("objective", name)], promised.decided as f64);
        }
        page.family(&family::PROMISE_FAILED);
        for (name, promised) in &self.promised {
            page.sample(family::PROMISE_FAILED.name, &[("objective", name)], promised.failed as f64);
        }
        let gauges: [(&Family, ReadKept); 4] = [
            (&family::PROMISE_TARGET, |kept| Some(kept.target)),
            (&family::PROMISE_WITHIN, |kept| Some(kept.within_ms as f64 / 1000.0)),
            (&family::PROMISE_RATIO, |kept| {
                (kept.share.all > 0).then(|| kept.share.good as f64 / kept.share.all as f64)
            }),
            (&family::BUDGET, |kept| Some(kept.budget_left)),
        ];
        for (family, read) in gauges {
            page.family(family);
            for kept in &self.measures.objectives {
                if let Some(value) = read(kept) {
                    page.sample(family.name, &[("objective", &kept.name)], value);
                }
            }
        }
        page.family(&family::BURNING);
        for kept in &self.measures.objectives {
            for urgency in [stanch_model::Urgency::Page, stanch_model::Urgency::Ticket] {
                let burns = kept.burning.iter().any(|burning| burning.urgency == urgency);
                let labels = [("objective", &*kept.name), ("urgency", urgency.as_str())];
                page.sample(family::BURNING.name, &labels, f64::from(u8::from(burns)));
            }
        }
    }

    fn write_delivery(&self, page: &mut Page) {
        page.family(&family::OUTBOX);
        for queue in &self.queues {
            for (state, count) in [("waiting", queue.waiting), ("dead", queue.dead)] {
                let labels = [("channel", &*queue.channel), ("state", state)];
                page.sample(family::OUTBOX.name, &labels, count as f64);
            }
        }
        page.family(&family::OUTBOX_OLDEST);
        for queue in &self.queues {
            if let Some(oldest) = queue.oldest {
                page.sample(family::OUTBOX_OLDEST.name, &[("channel", &queue.channel)], seconds(oldest));
            }
        }
        page.single(&family::TRAIL_HEAD, self.head as f64);
        page.family(&family::TRAIL_SHIPPED);
        for (destination, seq) in &self.shipped {
            page.sample(family::TRAIL_SHIPPED.name, &[("destination", destination)], *seq as f64);
        }
        page.family(&family::LAST_SCAN);
        for scan in &self.scans {
            let labels = [("origin_kind", &*scan.kind), ("origin", &*scan.name)];
            page.sample(family::LAST_SCAN.name, &labels, seconds(scan.at));
        }
    }
}

fn promised(
    tx: &mut Tx<'_>,
    objectives: &Objectives,
    now: Timestamp,
) -> Result<Vec<(String, Promised)>, StoreError> {
    let ms = |span: SignedDuration| i64::try_from(span.as_millis()).unwrap_or(i64::MAX);
    let mut all = vec![("detect".to_owned(), tx.found_in_time(ms(objectives.detect_within))?)];
    let revoked = tx.revoked_in_time(|severity| ms(objectives.revoke_within.of(severity)), now)?;
    for &severity in Severity::ALL.iter().rev() {
        let told = revoked.iter().find(|(of, _)| *of == severity);
        all.push((format!("revoke-{severity}"), told.map(|(_, promised)| *promised).unwrap_or_default()));
    }
    Ok(all)
}

/// The Monday before, UTC; 1970 began on a Thursday.
fn week_of(ms: i64) -> i64 {
    let shift = 3 * DAY_MS;
    (ms + shift).div_euclid(WEEK_MS) * WEEK_MS - shift
}

fn seconds(at: Timestamp) -> f64 {
    at.as_millisecond() as f64 / 1000.0
}

fn severities(page: &mut Page, family: &Family, told: &[(Severity, i64)]) {
    page.family(family);
    for &severity in Severity::ALL {
        let count = told.iter().find(|(of, _)| *of == severity).map_or(0, |(_, count)| *count);
        page.sample(family.name, &[("severity", severity.as_str())], count as f64);
    }
}

fn spreads(page: &mut Page, family: &Family, spreads: &[Spread]) {
    page.family(family);
    for &severity in Severity::ALL {
        let told = spreads.iter().find(|spread| spread.severity == severity);
        let bucket = |(position, bound): (usize, i64)| {
            let count = told.map_or(0, |spread| spread.buckets.get(position).copied().unwrap_or_default());
            (bound as f64, count.unsigned_abs())
        };
        let reading = Reading {
            buckets: BOUNDS.into_iter().enumerate().map(bucket).collect(),
            count: told.map_or(0, |spread| spread.count.unsigned_abs()),
            sum: told.map_or(0.0, |spread| spread.sum_ms as f64 / 1000.0),
        };
        page.histogram(family, &[("severity", severity.as_str())], &reading);
    }
}

fn share(page: &mut Page, family: &Family, label: (&'static str, [&str; 2]), share: Share) {
    page.family(family);
    let (name, [good, other]) = label;
    page.sample(family.name, &[(name, good)], share.good as f64);
    page.sample(family.name, &[(name, other)], (share.all - share.good) as f64);
}

/// A share of nothing is not told.
fn ratio(page: &mut Page, family: &Family, share: Share) {
    page.family(family);
    if share.all > 0 {
        page.sample(family.name, &[], share.good as f64 / share.all as f64);
    }
}
