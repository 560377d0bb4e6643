//! The threads of a scan: a source says what is to be done, the crew does it on all cores.

use std::{
    io::{self, Read},
    mem,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Mutex, PoisonError},
};

use stanch_engine::{Match, Scanner, Scratch, Shortfall};
use stanch_model::{Finding, Provenance, Skip, SkipReason, Step, TargetCoverage};

use crate::{
    Context, Sighting,
    chunks::{Chunks, Passage, Shape},
    outcome::Outcome,
    sighting,
};

/// Most items a worker takes from the list at once, so that workers seldom wait for each other.
const BATCH_MAX: usize = 16;
/// A worker takes one more at once for every so many it has taken before: a few large items are shared out one by one.
const ITEMS_A_STEP: usize = 8;

/// All that is told of a panic: its own message may quote the bytes it stumbled over.
pub(crate) const PANICKED: &str = "a defect of stanch, please report it";

/// Where bytes come from: the parts of a finding that a source knows.
#[derive(Clone, Debug)]
pub struct Origin {
    /// The path for [`stanch_model::Location::path`].
    pub path: String,
    /// The chain of steps from the target.
    pub provenance: Provenance,
}

impl Origin {
    /// The place of what stands in the name of the file or folder that is here, rather than in its content.
    #[must_use]
    pub fn in_name(self) -> Self {
        let name = Step::Text { what: Step::FILE_NAME.to_owned() };
        Self { provenance: self.provenance.then(name), ..self }
    }
}

/// The threads that scan one target, and what they have found so far.
pub struct Crew<'c> {
    context: Context<'c>,
    outcome: Mutex<Outcome>,
}

impl<'c> Crew<'c> {
    pub(crate) fn new(context: Context<'c>) -> Self {
        Self { context, outcome: Mutex::new(Outcome::new(context.limits.findings_max)) }
    }

    /// What the scan was given.
    pub fn context(&self) -> &Context<'c> {
        &self.context
    }

    /// Does `job` for every item, on all threads, until the items or the patience of the user run out. Items are drawn
    /// as threads become free, so a lazy iterator keeps memory bounded. Call it as often as there are phases. A job that
    /// panics is a skip; the others go on. No more threads are started than there are items, where that is known.
    pub fn run<I: Send>(
        &self,
        items: impl Iterator<Item = I> + Send,
        job: impl Fn(I, &mut Worker<'_>) + Sync,
    ) {
        let most = items.size_hint().1.unwrap_or(usize::MAX);
        if most == 0 {
            return;
        }
        let items = Mutex::new(items.fuse());
        let work = || {
            let mut hand = self.hand();
            let mut batch = Vec::with_capacity(BATCH_MAX);
            let mut taken = 0;
            while !self.context.cancel.is_cancelled() {
                let share = (1 + taken / ITEMS_A_STEP).min(BATCH_MAX);
                if guarded(|| batch.extend(lock(&items).by_ref().take(share))).is_none() {
                    self.skip("the rest of the target", SkipReason::Panicked, PANICKED);
                    break;
                }
                if batch.is_empty() {
                    break;
                }
                taken += batch.len();
                batch.drain(..).for_each(|item| hand.attempt(|worker| job(item, worker)));
            }
        };
        std::thread::scope(|scope| {
            (1..self.context.threads.min(most)).for_each(|_| drop(scope.spawn(work)));
            work();
        });
    }

    /// One more worker, for a thread that somebody else started.
    pub fn hand(&self) -> Hand<'_, 'c> {
        Hand { crew: self, worker: Worker::new(self.context) }
    }

    /// Counts something that is not scanned.
    pub fn skip(&self, item: impl Into<String>, reason: SkipReason, detail: impl Into<String>) {
        lock(&self.outcome).skip(Skip { item: item.into(), reason, detail: detail.into() });
    }

    /// The findings in their final order, and the coverage.
    pub(crate) fn finish(self) -> (Vec<Finding>, TargetCoverage) {
        self.outcome.into_inner().unwrap_or_else(PoisonError::into_inner).finish()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What `action` returns, or none if it panics. The caller drops or replaces what the panic may have left half done.
pub(crate) fn guarded<R>(action: impl FnOnce() -> R) -> Option<R> {
    catch_unwind(AssertUnwindSafe(action)).ok()
}

/// A worker of a crew on loan; what it found is the crew's once it is dropped.
pub struct Hand<'a, 'c> {
    crew: &'a Crew<'c>,
    worker: Worker<'c>,
}

impl<'c> Hand<'_, 'c> {
    /// Does one job; a panic costs that job only.
    pub fn attempt(&mut self, job: impl FnOnce(&mut Worker<'c>)) {
        if guarded(|| job(&mut self.worker)).is_none() {
            self.worker.scratch = self.worker.scanner().scratch();
            self.worker.buffer = Vec::new();
            self.worker.skip("an item of the target", SkipReason::Panicked, PANICKED);
        }
    }
}

impl Drop for Hand<'_, '_> {
    fn drop(&mut self) {
        lock(&self.crew.outcome).absorb(&mut self.worker.outcome);
    }
}

/// One thread of a crew, with the buffers it reuses from blob to blob.
pub struct Worker<'c> {
    context: Context<'c>,
    /// What the engine needs; for sources that call it themselves.
    pub scratch: Scratch,
    /// Room to read into.
    pub buffer: Vec<u8>,
    matches: Vec<Match>,
    outcome: Outcome,
}

impl<'c> Worker<'c> {
    fn new(context: Context<'c>) -> Self {
        Self {
            context,
            scratch: context.scanner.scratch(),
            buffer: Vec::new(),
            matches: Vec::new(),
            outcome: Outcome::new(context.limits.findings_max),
        }
    }

    /// The compiled rules.
    pub fn scanner(&self) -> &'c Scanner {
        self.context.scanner
    }

    /// What the scan was given.
    pub fn context(&self) -> &Context<'c> {
        &self.context
    }

    /// Scans one blob and reports what it holds; `origin` is asked only if something is found.
    pub fn scan(&mut self, bytes: &[u8], origin: impl FnOnce() -> Origin) {
        self.scan_passage(&Passage::whole(bytes), origin);
        self.count(bytes.len() as u64);
    }

    /// Scans all that `reader` gives, as one blob, in bounded memory, and returns its length. Where `expected` bytes were
    /// read, the reader is not asked whether there are more. `origin` is asked only if something is found.
    ///
    /// # Errors
    /// The reader's; what was read before it was scanned.
    pub fn scan_stream(
        &mut self,
        reader: impl Read,
        expected: Option<u64>,
        origin: impl Fn() -> Origin,
    ) -> io::Result<u64> {
        self.scan_chunks(reader, expected, Shape::default(), origin)
    }

    pub(crate) fn scan_chunks(
        &mut self,
        reader: impl Read,
        expected: Option<u64>,
        shape: Shape,
        origin: impl Fn() -> Origin,
    ) -> io::Result<u64> {
        let mut buffer = mem::take(&mut self.buffer);
        let mut chunks = Chunks::new(reader, expected, shape, &mut buffer);
        let mut told = 0;
        let end = loop {
            match chunks.next_passage() {
                Ok(Some(passage)) => self.scan_passage(&passage, &origin),
                Ok(None) => break Ok(()),
                Err(error) => break Err(error),
            }
            self.context.progress.passed(chunks.read() - told);
            told = chunks.read();
            if self.context.cancel.is_cancelled() {
                break Ok(());
            }
        };
        if end.is_ok() || told > 0 {
            self.outcome.coverage.blobs += 1;
            self.outcome.coverage.bytes += told;
            self.context.progress.finished_blob();
        }
        self.buffer = buffer;
        end.map(|()| told)
    }

    fn scan_passage(&mut self, passage: &Passage<'_>, origin: impl FnOnce() -> Origin) {
        let sightings = guarded(|| {
            self.matches.clear();
            self.context.scanner.scan(&mut self.scratch, passage.bytes, &mut self.matches);
            sighting::sight_passage(passage, &self.matches, &self.context)
        });
        let Some(sightings) = sightings else {
            self.scratch = self.context.scanner.scratch();
            return self.skip(origin().path, SkipReason::Panicked, PANICKED);
        };
        let limit = self.decoding_limit(passage);
        if sightings.is_empty() && limit.is_none() {
            return;
        }
        let origin = origin();
        if let Some(detail) = limit {
            self.skip(origin.path.clone(), SkipReason::Limit, detail);
        }
        self.report(sightings, &origin);
    }

    /// The limit that kept the last scan from reading all that is encoded in a passage, with its name and value.
    fn decoding_limit(&self, passage: &Passage<'_>) -> Option<&'static str> {
        let goes_on = passage.owned.end != usize::MAX;
        let is_cut = self.scratch.open().is_some_and(|start| goes_on && passage.owned.contains(&start));
        let shortfall = self.scratch.shortfall().map(Shortfall::detail);
        shortfall.or(is_cut.then_some("encoded text in a large file, run_bytes_max = 64 KiB"))
    }

    /// What is found in `text`, a name or a message: it is neither counted nor reported.
    pub fn sight(&mut self, text: &[u8]) -> Vec<Sighting> {
        self.matches.clear();
        self.context.scanner.scan(&mut self.scratch, text, &mut self.matches);
        if self.matches.is_empty() {
            return Vec::new();
        }
        sighting::sight(text, &self.matches, &self.context)
    }

    /// Reports sightings whose origin is now known.
    pub fn report(&mut self, sightings: Vec<Sighting>, origin: &Origin) {
        let findings = Sighting::all_at(sightings, origin, self.context.scanner);
        self.context.progress.found(findings.len() as u64);
        self.outcome.add(findings);
    }

    /// Counts one blob as scanned.
    pub fn count(&mut self, bytes: u64) {
        self.outcome.coverage.blobs += 1;
        self.outcome.coverage.bytes += bytes;
        self.context.progress.passed(bytes);
        self.context.progress.finished_blob();
    }

    /// Counts something that is not scanned.
    pub fn skip(&mut self, item: impl Into<String>, reason: SkipReason, detail: impl Into<String>) {
        self.outcome.skip(Skip { item: item.into(), reason, detail: detail.into() });
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::Condvar, time::Duration};

    use super::*;
    use crate::fixture::outcome;

    /// Longer than any machine takes to start a thread: only a failing test waits for it.
    const PATIENCE: Duration = Duration::from_mins(1);

    #[test]
    fn few_items_are_shared_out_one_by_one() {
        let (arrived, both_are_here) = (Mutex::new(0), Condvar::new());
        let (alone, _) = outcome(|crew| {
            let alone = Mutex::new(false);
            crew.run(0..2, |_, _| {
                let mut count = lock(&arrived);
                *count += 1;
                both_are_here.notify_all();
                let waited = both_are_here.wait_timeout_while(count, PATIENCE, |count| *count < 2);
                *lock(&alone) |= waited.expect("no job panics").1.timed_out();
            });
            *lock(&alone)
        });
        assert!(!alone, "both items went to one worker");
    }
}
