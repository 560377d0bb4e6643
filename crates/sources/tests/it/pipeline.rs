//! What holds for every source.

use std::sync::atomic::{AtomicUsize, Ordering};

use stanch_model::{Finding, Provenance, SkipReason, Step};
use stanch_sources::{Crew, Opened, Origin, Source, SourceConfigs, SourceError, Worker, open};

use crate::{Run, folder, opened, paths, secret, settings, skips, target};

/// A source whose every item is a number.
struct Numbers<F> {
    count: usize,
    job: F,
    end: Result<(), &'static str>,
}

impl<F: Fn(usize, &mut Worker<'_>) + Send + Sync + 'static> Numbers<F> {
    fn opened(count: usize, job: F) -> Opened {
        Opened::new("numbers", Box::new(Self { count, job, end: Ok(()) }))
    }
}

impl<F: Fn(usize, &mut Worker<'_>) + Send + Sync> Source for Numbers<F> {
    fn scan(&self, crew: &Crew<'_>) -> Result<(), SourceError> {
        crew.run(0..self.count, &self.job);
        self.end.map_err(|reason| SourceError { item: "number".to_owned(), reason: reason.to_owned() })
    }
}

fn origin(path: &str) -> Origin {
    let step = Step::Path { path: path.to_owned() };
    Origin { path: path.to_owned(), provenance: Provenance(vec![step]) }
}

fn scan_number(number: usize, worker: &mut Worker<'_>) {
    worker.scan(format!("x {}\n", secret(number as u64)).as_bytes(), || origin(&format!("{number:04}")));
}

/// All of a finding that a person sees.
fn told(findings: &[Finding]) -> Vec<String> {
    let tell = |f: &Finding| {
        format!("{} {:?} {:?} {:?} {:?}", f.rule.id, f.fingerprint(), f.location, f.provenance, f.snippet)
    };
    findings.iter().map(tell).collect()
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let folder = folder(&[]);
    for number in 0..300 {
        let text = format!("{} = {}\n{}", number, secret(number % 70), secret(number));
        crate::write(folder.path(), &format!("{}/{number}", number % 7), text.as_bytes());
    }
    let scan = |threads| {
        let (findings, mut coverage) = Run { threads, ..Run::default() }.scan(&opened(folder.path()));
        coverage.duration = std::time::Duration::ZERO;
        (told(&findings), coverage)
    };
    let one = scan(1);
    assert_eq!(one.0.len(), 600);
    assert_eq!(scan(2), one);
    assert_eq!(scan(8), one);
}

#[test]
fn a_panic_costs_its_item_only() {
    let numbers = Numbers::opened(100, |number, worker| {
        assert!(number % 40 != 7, "number {number}");
        scan_number(number, worker);
    });
    let (findings, coverage) = Run::default().scan(&[numbers]);
    assert_eq!(findings.len(), 97);
    assert_eq!((coverage.targets[0].skipped, coverage.targets[0].gaps), (3, 3));
    assert!(coverage.targets[0].skips.iter().all(|skip| skip.reason == SkipReason::Panicked));
    assert!(!coverage.is_complete());
}

#[test]
fn too_many_findings_are_counted_and_the_first_kept() {
    let numbers = || Numbers::opened(9000, scan_number);
    for threads in [1, 2, 8] {
        let mut run = Run { threads, ..Run::default() };
        run.limits.findings_max = 10;
        let (findings, coverage) = run.scan(&[numbers(), numbers()]);
        let expected: Vec<String> = (0..10).map(|number| format!("{number:04}")).collect();
        assert_eq!(paths(&findings), expected);
        assert_eq!(skips(&coverage), [("8990 findings", "limit")]);
        assert_eq!(coverage.targets[0].skips[0].detail, "findings_max = 10");
        assert_eq!(coverage.targets[1].skips[0].item, "9000 findings");
    }
}

#[test]
fn a_target_that_fails_keeps_what_it_found_and_the_others_run() {
    let broken = Numbers { count: 3, job: scan_number, end: Err("torn") };
    let targets = [Opened::new("broken", Box::new(broken)), Numbers::opened(2, scan_number)];
    let (findings, coverage) = Run::default().scan(&targets);
    assert_eq!(paths(&findings), ["0000", "0001", "0002", "0000", "0001"]);
    let errors: Vec<_> = coverage.targets.iter().map(|target| target.error.as_deref()).collect();
    assert_eq!(errors, [Some("number: torn"), None]);
    assert_eq!((coverage.blobs(), coverage.is_complete()), (5, false));
    assert_eq!(coverage.targets[0].target, "broken");
}

#[test]
fn cancelling_stops_the_target_and_those_after_it() {
    static SCANNED: AtomicUsize = AtomicUsize::new(0);
    let run = Run { threads: 1, ..Run::default() };
    let endless = Numbers::opened(usize::MAX, |number, worker| {
        SCANNED.fetch_add(1, Ordering::Relaxed);
        scan_number(number, worker);
        if number == 40 {
            worker.context().cancel.cancel();
        }
    });
    let (findings, coverage) = run.scan(&[endless, Numbers::opened(1, scan_number)]);
    assert!(coverage.cancelled && !coverage.is_complete());
    assert!(findings.len() > 40 && findings.len() == SCANNED.load(Ordering::Relaxed));
    assert_eq!(coverage.targets[1].error.as_deref(), Some("cancelled before it was begun"));
}

#[test]
fn cancelling_stops_within_a_stream() {
    struct Endless;
    impl std::io::Read for Endless {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            buffer.fill(b'\n');
            Ok(buffer.len())
        }
    }
    let endless = Numbers::opened(1, |_, worker| {
        worker.context().cancel.cancel();
        let read = worker.scan_stream(Endless, None, || origin("endless")).expect("no errors");
        assert!(read > 0);
    });
    let (_, coverage) = Run::default().scan(&[endless]);
    assert!(coverage.cancelled && coverage.blobs() == 1 && coverage.targets[0].skipped == 0, "{coverage:?}");
}

#[test]
fn progress_tells_what_coverage_will() {
    let folder = folder(&[("a", &secret(1)), ("b", "nothing"), ("c", "")]);
    let run = Run::default();
    let (findings, coverage) = run.scan(&opened(folder.path()));
    assert_eq!(run.progress.blobs(), coverage.blobs());
    assert_eq!(run.progress.bytes(), coverage.bytes());
    assert_eq!(run.progress.findings(), findings.len() as u64);
    assert_eq!((coverage.rules, coverage.rules_digest.len()), (1, 64));
}

#[test]
fn all_targets_are_opened_before_any_is_scanned() {
    let folder = folder(&[("a", &secret(1))]);
    let targets = [target(folder.path()), target(&folder.path().join("missing"))];
    assert!(open(&targets, &SourceConfigs::new()).is_err());
}

#[test]
fn settings_of_no_source_are_refused() {
    let folder = folder(&[]);
    let error = open(&[target(folder.path())], &settings("ftp", "")).err().expect("refused").to_string();
    assert!(error.starts_with("[sources.ftp]: unknown source: expected one of "), "{error}");
    assert!(error.contains("fs") && error.contains("stdin"), "{error}");
}
