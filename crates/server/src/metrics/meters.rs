//! What this process counts itself.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, OnceLock, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use jiff::Timestamp;
use stanch_response::{DeliveryCounts, Tally};
use stanch_store::{Histogram, Timings};

use super::{family, page::Page};

/// Most pairs of a route and an answer that are told apart; routes are ours, so there are fewer.
const SERIES_MAX: usize = 2000;

/// What was asked for, as it is counted: a route of ours, never a path.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Asked {
    /// As the router knows it: `/incidents/{id}`.
    pub(crate) route: String,
    pub(crate) method: &'static str,
}

/// What this process counts.
#[derive(Debug)]
pub(crate) struct Meters {
    started: Timestamp,
    answers: Mutex<BTreeMap<(Asked, u16), u64>>,
    durations: Mutex<BTreeMap<Asked, Arc<Histogram>>>,
    batches: AtomicU64,
    findings: AtomicU64,
    new_leaks: AtomicU64,
    new_exposures: AtomicU64,
    seen_again: AtomicU64,
    gone: AtomicU64,
    new_incidents: AtomicU64,
    regressions: AtomicU64,
    rejected: AtomicU64,
    deliveries: OnceLock<Arc<DeliveryCounts>>,
}

impl Meters {
    /// Nothing counted yet.
    pub(crate) fn new(started: Timestamp) -> Self {
        let zero = AtomicU64::default;
        Self {
            started,
            answers: Mutex::default(),
            durations: Mutex::default(),
            batches: zero(),
            findings: zero(),
            new_leaks: zero(),
            new_exposures: zero(),
            seen_again: zero(),
            gone: zero(),
            new_incidents: zero(),
            regressions: zero(),
            rejected: zero(),
            deliveries: OnceLock::new(),
        }
    }

    /// Counts deliveries, too.
    pub(crate) fn watch_deliveries(&self, counts: Arc<DeliveryCounts>) {
        // One server has one postman.
        let _ = self.deliveries.set(counts);
    }

    /// Counts an answer.
    pub(crate) fn answered(&self, asked: &Asked, status: u16, took: Duration) {
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (asked.clone(), status);
        if answers.len() < SERIES_MAX || answers.contains_key(&key) {
            *answers.entry(key).or_default() += 1;
        }
        drop(answers);
        let mut durations = self.durations.lock().unwrap_or_else(PoisonError::into_inner);
        let is_known = durations.len() < SERIES_MAX || durations.contains_key(asked);
        let histogram = is_known.then(|| Arc::clone(durations.entry(asked.clone()).or_default()));
        drop(durations);
        if let Some(histogram) = histogram {
            histogram.observe(took);
        }
    }

    /// Counts what became of a batch of findings.
    pub(crate) fn ingested(&self, tally: &Tally) {
        self.batches.fetch_add(1, Ordering::Relaxed);
        let counts = [
            (&self.findings, tally.received),
            (&self.new_leaks, tally.new_leaks),
            (&self.new_exposures, tally.new_exposures),
            (&self.seen_again, tally.seen_again),
            (&self.new_incidents, tally.new_incidents),
            (&self.regressions, tally.regressions),
            (&self.rejected, tally.rejected_count),
        ];
        for (counter, count) in counts {
            counter.fetch_add(count as u64, Ordering::Relaxed);
        }
        self.gone.fetch_add(tally.gone, Ordering::Relaxed);
    }

    /// Writes all of it.
    pub(super) fn write(&self, page: &mut Page, timings: &Timings) {
        let database = [("read", &timings.reads), ("write", &timings.writes)];
        page.single(&family::STARTED, self.started.as_millisecond() as f64 / 1000.0);
        self.write_requests(page);
        page.family(&family::DATABASE_SECONDS);
        for (kind, histogram) in database {
            page.histogram(&family::DATABASE_SECONDS, &[("kind", kind)], &histogram.read());
        }
        self.write_ingested(page);
        self.write_deliveries(page);
    }

    fn write_requests(&self, page: &mut Page) {
        page.family(&family::REQUESTS);
        for ((asked, status), count) in &*self.answers.lock().unwrap_or_else(PoisonError::into_inner) {
            let status = status.to_string();
            let labels =
                [("route", asked.route.as_str()), ("method", asked.method), ("status", status.as_str())];
            page.sample(family::REQUESTS.name, &labels, *count as f64);
        }
        page.family(&family::REQUEST_SECONDS);
        for (asked, histogram) in &*self.durations.lock().unwrap_or_else(PoisonError::into_inner) {
            let labels = [("route", asked.route.as_str()), ("method", asked.method)];
            page.histogram(&family::REQUEST_SECONDS, &labels, &histogram.read());
        }
    }

    fn write_ingested(&self, page: &mut Page) {
        let counts = [
            (&family::INGEST_BATCHES, &self.batches),
            (&family::INGEST_FINDINGS, &self.findings),
            (&family::INGEST_NEW_LEAKS, &self.new_leaks),
            (&family::INGEST_NEW_EXPOSURES, &self.new_exposures),
            (&family::INGEST_SEEN_AGAIN, &self.seen_again),
            (&family::INGEST_GONE, &self.gone),
            (&family::INGEST_NEW_INCIDENTS, &self.new_incidents),
            (&family::INGEST_REGRESSIONS, &self.regressions),
            (&family::INGEST_REJECTED, &self.rejected),
        ];
        for (family, counter) in counts {
            page.single(family, counter.load(Ordering::Relaxed) as f64);
        }
    }

    fn write_deliveries(&self, page: &mut Page) {
        page.family(&family::DELIVERIES);
        let (delivered, again, dead) = self.deliveries.get().map(|counts| counts.read()).unwrap_or_default();
        for (outcome, count) in [("delivered", delivered), ("again", again), ("dead", dead)] {
            page.sample(family::DELIVERIES.name, &[("outcome", outcome)], count as f64);
        }
    }
}
