//! `stanch scan`: finds the secrets in what it is pointed at.

use std::{fmt::Write as _, mem, num::NonZeroUsize, sync::Arc, thread};

use anyhow::ensure;
use jiff::Timestamp;
use stanch_engine::{Isa, RuleSet, Scanner, ScannerOptions};
use stanch_model::Finding;
use stanch_sources::{
    Cancel, Context, Limits, OpenError, Opened, Progress, SOURCES, Sink, Target, open, scan,
};

use crate::{
    advice::listed,
    config::Config,
    interrupt,
    output::Outputs,
    policy::{MinConfidence, Policy, Status},
    printer::Printer,
    report::Report,
    rulebook, salt,
    settings::{RuleSettings, ScanSettings},
    source_flags::SourceFlags,
};

/// Threads that a run may have: each holds buffers of some megabytes.
const THREADS_MAX: usize = 256;

/// Find secrets in files, repositories and streams
///
/// Nothing is sent anywhere, and no report holds a whole secret: at most a quarter of it, and at most 8 characters.
#[derive(Debug, clap::Args)]
#[command(after_long_help = after_help())]
pub(crate) struct Args {
    /// What to scan: paths, scheme:rest, or - for standard input [default: .]
    #[arg(value_name = "TARGET")]
    targets: Vec<String>,
    #[command(flatten)]
    scan: ScanSettings,
    #[command(flatten)]
    rules: RuleSettings,
    #[command(flatten)]
    sources: SourceFlags,
}

/// What to scan, for what, and what becomes of it.
pub(crate) struct Options {
    targets: Vec<Target>,
    opened: Vec<Opened>,
    rules: RuleSet,
    outputs: Outputs,
    policy: Policy,
    threads: usize,
    isa: Isa,
}

impl Args {
    /// Opens the targets and loads the rules, so that a mistake costs no scan.
    ///
    /// # Errors
    /// A target, a rule file, a format or a setting that cannot be used.
    pub(crate) fn resolve(mut self, mut config: Config) -> anyhow::Result<Options> {
        let settings = self.scan.over(config.scan);
        let outputs = Outputs::pair(&settings.format, &settings.output)?;
        if self.targets.is_empty() {
            self.targets.push(self.sources.default_target().to_owned());
        }
        let targets = self.targets.iter().map(|text| Target::parse(text)).collect::<Result<Vec<_>, _>>()?;
        self.sources.apply(&mut config.sources, &targets)?;
        let opened = open(&targets, &config.sources).map_err(|error| match (&error, &config.file) {
            (OpenError::Config { .. } | OpenError::UnknownSource { .. }, Some(file)) => {
                anyhow::Error::new(error).context(file.display().to_string())
            }
            _ => error.into(),
        })?;
        Ok(Options {
            targets,
            opened,
            rules: rulebook::load(&self.rules.over(config.rules))?,
            outputs,
            policy: Policy {
                fail_on: settings.fail_on.unwrap_or(Policy::FAIL_ON),
                fail_on_confidence: settings.fail_on_confidence,
                confidence_min: settings.min_confidence.unwrap_or(MinConfidence::DEFAULT),
                exit_zero: settings.exit_zero,
                strict: settings.strict,
            },
            threads: threads(settings.threads)?,
            isa: settings.simd.map_or_else(Isa::default, Isa::from),
        })
    }
}

/// Scans and reports.
pub(crate) fn run(options: Options, printer: &Printer) -> anyhow::Result<Status> {
    let started = Timestamp::now();
    let fingerprinter = salt::fingerprinter(&options.targets, printer)?;
    let floor = options.policy.confidence_min.probability();
    let scanner = Scanner::with_options(options.rules, ScannerOptions { isa: options.isa, floor });
    tell_slow(&scanner, printer);
    let (cancel, progress) = (Arc::new(Cancel::default()), Progress::default());
    interrupt::listen(Arc::clone(&cancel), printer.clone());
    let context = Context {
        scanner: &scanner,
        fingerprinter: &fingerprinter,
        cancel: &cancel,
        progress: &progress,
        limits: Limits::default(),
        threads: options.threads,
    };
    let mut kept = Kept { findings: Vec::new(), policy: options.policy };
    let coverage = printer.watch(&progress, || scan(&options.opened, &context, &mut kept));
    let rules: Vec<_> = scanner.rules().rules().iter().map(|rule| Arc::clone(&rule.info)).collect();
    let report = Report {
        findings: &kept.findings,
        coverage: &coverage,
        rules: &rules,
        started,
        width: Printer::width(),
    };
    tell_gaps(&report, printer);
    options.outputs.write(&report, printer)?;
    if !options.outputs.on_terminal() {
        printer.note(summary(&report, &options.outputs));
    }
    let status = options.policy.judge(&report);
    // The process is about to end, which gives memory back faster than taking thousands of rules' parts apart.
    mem::forget(scanner);
    Ok(status)
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

/// The findings the policy keeps.
struct Kept {
    findings: Vec<Finding>,
    policy: Policy,
}

impl Sink for Kept {
    fn finding(&mut self, finding: Finding) -> bool {
        let kept = self.policy.keeps(&finding);
        if kept {
            self.findings.push(finding);
        }
        kept
    }
}

/// Says on standard error what must not go unseen even if nobody reads the report.
fn tell_gaps(report: &Report<'_>, printer: &Printer) {
    for target in &report.coverage.targets {
        let name = &target.target;
        for skip in &target.skips {
            printer.detail(format_args!("{name}: skipped {}: {}: {}", skip.item, skip.reason, skip.detail));
        }
        if let Some(error) = &target.error {
            printer.problem(format_args!("{name}: not scanned to its end: {error}"));
        }
    }
}

/// What a person wants to know whose report went elsewhere.
fn summary(report: &Report<'_>, outputs: &Outputs) -> String {
    let gaps: u64 = report.coverage.targets.iter().map(|target| target.gaps).sum();
    let unseen = if gaps == 0 { String::new() } else { format!(", {gaps} could not be scanned") };
    let files = listed(outputs.files().map(|file| file.display()));
    let (found, blobs) = (report.findings.len(), report.coverage.blobs());
    format!("findings: {found}, blobs scanned: {blobs}{unseen}; report in {files}")
}

/// How many threads a run has: as many as are wanted, else one a core.
///
/// # Errors
/// More than the limit.
pub(crate) fn threads(wanted: Option<NonZeroUsize>) -> anyhow::Result<usize> {
    let cores = || thread::available_parallelism().map_or(1, NonZeroUsize::get).min(THREADS_MAX);
    let threads = wanted.map_or_else(cores, NonZeroUsize::get);
    ensure!(threads <= THREADS_MAX, "threads: {threads} are more than the limit of {THREADS_MAX}");
    Ok(threads)
}

/// What a scan takes, and what its exit codes say.
fn after_help() -> String {
    let mut help = "Targets:\n".to_owned();
    for source in SOURCES {
        let _ = writeln!(help, "  {}\n          {}", source.example(), source.doc());
    }
    help.push_str(
        "\nExit codes:
  0  nothing to act on
  1  findings at or above the failing severity and confidence
  2  the run failed, was stopped, or was incomplete under --strict

Settings:
  Each --flag-name is also STANCH_FLAG_NAME in the environment and flag_name in stanch.toml:
  Report under [scan], Terminal under [console], Rules under [rules] (files, disable),
  Files under [sources.fs], Git under [sources.git]. What is typed goes before the variable,
  the variable before the file.

Examples:
  stanch scan
  stanch scan src git:. --fail-on high
  stanch scan git:. --format text --format sarif=stanch.sarif
  git diff | stanch scan -",
    );
    help
}
