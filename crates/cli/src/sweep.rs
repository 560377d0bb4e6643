//! One scan as a command wants it: what is scanned, for which rules, under which identity.

use std::{mem, num::NonZeroUsize, sync::Arc, thread};

use anyhow::ensure;
use jiff::Timestamp;
use stanch_engine::{Isa, RuleSet, Scanner, ScannerOptions};
use stanch_model::{Coverage, Finding, Fingerprinter, RuleInfo};
use stanch_sources::{
    Cancel, Context, Limits, OpenError, Opened, Progress, Sink, SourceConfigs, Target, open, scan,
};

use crate::{interrupt, policy::MinConfidence, printer::Printer};

/// Threads that a run may have: each holds buffers of some megabytes.
const THREADS_MAX: usize = 256;

/// What is scanned, and how.
pub(crate) struct Sweep {
    /// The targets, opened.
    pub(crate) opened: Vec<Opened>,
    /// What is looked for.
    pub(crate) rules: RuleSet,
    /// Gives secrets their identity.
    pub(crate) fingerprinter: Fingerprinter,
    /// How sure we must be of a finding.
    pub(crate) confidence_min: MinConfidence,
    /// Threads that scan at once.
    pub(crate) threads: usize,
    /// The instructions the engine may use.
    pub(crate) isa: Isa,
}

/// What came of it.
pub(crate) struct Swept {
    /// In the pipeline's stable order.
    pub(crate) findings: Vec<Finding>,
    /// What was scanned and what was not.
    pub(crate) coverage: Coverage,
    /// Every active rule.
    pub(crate) rules: Vec<Arc<RuleInfo>>,
    /// When it began.
    pub(crate) started: Timestamp,
    /// Gave the secrets their identity.
    pub(crate) fingerprinter: Fingerprinter,
}

/// Opens `targets` as `sources` say; a mistake in settings names their file.
///
/// # Errors
/// A target or a setting that cannot be used.
pub(crate) fn open_all(
    targets: &[Target],
    sources: &SourceConfigs,
    file: Option<&std::path::Path>,
) -> anyhow::Result<Vec<Opened>> {
    open(targets, sources).map_err(|error| match (&error, file) {
        (OpenError::Config { .. } | OpenError::UnknownSource { .. }, Some(file)) => {
            anyhow::Error::new(error).context(file.display().to_string())
        }
        _ => error.into(),
    })
}

/// As many threads as are wanted, or one a core.
///
/// # Errors
/// More than the limit.
pub(crate) fn threads(wanted: Option<NonZeroUsize>) -> anyhow::Result<usize> {
    let cores = || thread::available_parallelism().map_or(1, NonZeroUsize::get).min(THREADS_MAX);
    let threads = wanted.map_or_else(cores, NonZeroUsize::get);
    ensure!(threads <= THREADS_MAX, "threads: {threads} are more than the limit of {THREADS_MAX}");
    Ok(threads)
}

impl Sweep {
    /// Scans; the first signal ends it early.
    pub(crate) fn run(self, printer: &Printer) -> Swept {
        let started = Timestamp::now();
        let floor = self.confidence_min.probability();
        let scanner = Scanner::with_options(self.rules, ScannerOptions { isa: self.isa, floor });
        tell_slow(&scanner, printer);
        let (cancel, progress) = (Arc::new(Cancel::default()), Progress::default());
        interrupt::listen(Arc::clone(&cancel), printer.clone());
        let context = Context {
            scanner: &scanner,
            fingerprinter: &self.fingerprinter,
            cancel: &cancel,
            progress: &progress,
            limits: Limits::default(),
            threads: self.threads,
        };
        let mut kept = Kept { findings: Vec::new(), confidence_min: self.confidence_min };
        let coverage = printer.watch(&progress, || scan(&self.opened, &context, &mut kept));
        let rules = scanner.rules().rules().iter().map(|rule| Arc::clone(&rule.info)).collect();
        // The process is about to end, which gives memory back faster than taking thousands of rules' parts apart.
        mem::forget(scanner);
        let (findings, fingerprinter) = (kept.findings, self.fingerprinter);
        Swept { findings, coverage, rules, started, fingerprinter }
    }
}

/// Names the rules, only ever a user's, that cost every scan more than all others together.
fn tell_slow(scanner: &Scanner, printer: &Printer) {
    for rule in scanner.slow_rules() {
        let id = &scanner.info(*rule).id;
        printer.note(format_args!(
            "rule {id}: its pattern holds no fixed text, so it is tried everywhere and scans are slower"
        ));
    }
}

/// The findings that are sure enough.
struct Kept {
    findings: Vec<Finding>,
    confidence_min: MinConfidence,
}

impl Sink for Kept {
    fn finding(&mut self, finding: Finding) -> bool {
        let kept = self.confidence_min.admits(&finding);
        if kept {
            self.findings.push(finding);
        }
        kept
    }
}
