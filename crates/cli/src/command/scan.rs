//! `stanch scan`: finds the secrets in what it is pointed at.

use std::{fmt::Write as _, path::Path};

use anyhow::ensure;
use stanch_engine::Isa;
use stanch_model::{Fingerprinter, KeyKind};
use stanch_sources::{SOURCES, Target};

use crate::{
    advice::{advise, listed},
    client::{GateFinding, OriginSettings, ServerSettings, Submission, Told, check_identity},
    config::Config,
    exempt::{Absence, AllowSettings, Dropped, Grants, Judged},
    identity::IdentitySettings,
    output::Outputs,
    policy::{MinConfidence, Policy, Status},
    printer::Printer,
    project::Project,
    report::{Report, summary::count},
    rulebook,
    settings::{RuleSettings, ScanSettings},
    source_flags::SourceFlags,
    sweep::{self, Sweep},
};

/// Find secrets in files, repositories and streams
///
/// No report holds a whole secret: at most a quarter of it, and at most 8 characters. Nothing is sent anywhere, but to the
/// server of --server.
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
    identity: IdentitySettings,
    #[command(flatten)]
    allow: AllowSettings,
    /// Add what is found, and may not stay for another reason, to the file of --baseline
    #[arg(long, requires = "baseline", help_heading = "Exceptions")]
    write_baseline: bool,
    /// Take out of it what is not found any more: for a run over all that it is about
    #[arg(long, requires = "write_baseline", help_heading = "Exceptions")]
    drop_fixed: bool,
    #[command(flatten)]
    sources: SourceFlags,
    #[command(flatten)]
    server: ServerSettings,
    #[command(flatten)]
    origin: OriginSettings,
}

/// What to scan, for what, and what becomes of it.
pub(crate) struct Options {
    /// What to scan, for what.
    pub(crate) sweep: Sweep,
    /// What may stay.
    pub(crate) grants: Grants,
    /// Where reports go.
    pub(crate) outputs: Outputs,
    /// When the run counts as failed.
    pub(crate) policy: Policy,
    /// Whether reports list what may stay.
    pub(crate) show_allowed: bool,
    /// Whether the baseline is written, and what it loses then.
    pub(crate) write_baseline: Option<Dropped>,
    /// What becomes of exceptions that something is wrong with.
    pub(crate) auditing: Auditing,
    /// The server that is told, if one is.
    pub(crate) submission: Option<Submission>,
}

/// How a scan ended.
pub(crate) struct Ran {
    /// As its exit code says it.
    pub(crate) status: Status,
    /// What of the findings fails it.
    pub(crate) failing: Vec<GateFinding>,
}

/// What becomes of exceptions that something is wrong with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Auditing {
    /// Only those are told whose findings are reported because they are expired: `stanch allow check` is for the others.
    Silent,
    /// They are told.
    Tells,
    /// They are told and fail the run.
    Fails,
}

impl Args {
    /// Opens the targets and loads the rules, so that a mistake costs no scan.
    ///
    /// # Errors
    /// A target, a rule file, an allow file, a key, a format or a setting that cannot be used.
    pub(crate) fn resolve(mut self, mut config: Config, printer: &Printer) -> anyhow::Result<Options> {
        let settings = self.scan.over(config.scan);
        let outputs = Outputs::pair(&settings.format, &settings.output)?;
        if self.targets.is_empty() {
            self.targets.push(self.sources.default_target().to_owned());
        }
        let targets = self.targets.iter().map(|text| Target::parse(text)).collect::<Result<Vec<_>, _>>()?;
        self.sources.apply(&mut config.sources, &targets)?;
        let allow = self.allow.over(config.allow);
        let project = Project::here().or_else(|| Project::of_target(&targets));
        let looks_for_all = looks_for_all(&settings, (&self.rules, &config.rules));
        let server = self.server.over(config.server);
        let origin = self.origin.over(config.origin);
        let submission = Submission::new(&server, &origin, (&targets, &config.sources), printer)?;
        let dropped = if self.drop_fixed { Dropped::Fixed } else { Dropped::Nothing };
        let absence = if self.write_baseline { Absence::Fine } else { Absence::Error };
        let sweep = Sweep {
            opened: sweep::open_all(&targets, &config.sources, config.file.as_deref())?,
            rules: rulebook::load(&self.rules.over(config.rules))?,
            fingerprinter: self.identity.over(config.identity).fingerprinter(&targets, printer)?,
            confidence_min: settings.min_confidence.unwrap_or(MinConfidence::DEFAULT),
            threads: sweep::threads(settings.threads)?,
            isa: settings.simd.map_or_else(Isa::default, Isa::from),
        };
        if self.write_baseline {
            check_lasting(&sweep.fingerprinter)?;
        }
        if let Some(submission) = &submission {
            check_identity(submission.api(), &sweep.fingerprinter, printer)?;
        }
        if let Some(file) = server.ignored() {
            tell_ignored(file, printer);
        }
        Ok(Options {
            grants: Grants::load(&allow, project, absence)?,
            sweep,
            outputs,
            policy: Policy {
                fail_on: settings.fail_on.unwrap_or(Policy::FAIL_ON),
                fail_on_confidence: settings.fail_on_confidence,
                exit_zero: settings.exit_zero,
                strict: settings.strict,
            },
            show_allowed: allow.show_allowed,
            write_baseline: self.write_baseline.then_some(dropped),
            auditing: Auditing::Silent,
            submission: submission
                .map(|submission| if looks_for_all { submission } else { submission.looking_for_some() }),
        })
    }
}

/// Whether every rule is looked for at the usual confidence, so that what a complete scan does not find is gone.
fn looks_for_all(scan: &ScanSettings, (typed, file): (&RuleSettings, &RuleSettings)) -> bool {
    let usual = MinConfidence::DEFAULT.probability();
    let is_usual = scan.min_confidence.is_none_or(|least| least.probability() <= usual);
    is_usual && [typed, file].into_iter().all(|rules| rules.disable.is_empty() && rules.overrides.is_empty())
}

/// A file that comes with a project could send what is found, and the token, to anybody.
fn tell_ignored(file: &Path, printer: &Printer) {
    let file = file.display();
    printer.note(format_args!(
        "{file}: nothing is sent to the server it names: a file that was found has no say over that; set STANCH_SERVER, or \
         name it: --config {file}"
    ));
}

/// Fingerprints of a salt that lived for one run are of no use to another.
fn check_lasting(fingerprinter: &Fingerprinter) -> anyhow::Result<()> {
    let is_lasting = fingerprinter.key().kind() != KeyKind::Once;
    ensure!(is_lasting, advise("no key or salt lasts beyond this run", "set STANCH_FINGERPRINT_KEY"));
    Ok(())
}

/// Scans and reports.
pub(crate) fn run(options: Options, printer: &Printer) -> anyhow::Result<Ran> {
    let grants = options.grants;
    let mut swept = options.sweep.run(printer);
    let mut judged = grants.judge(swept.findings, &mut swept.coverage, &swept.fingerprinter);
    if let Some(dropped) = options.write_baseline {
        judged = judged.adopt(&mut swept.coverage);
        grants.write_baseline(&judged, (dropped, &swept.coverage), (&swept.fingerprinter, printer))?;
    }
    let told: Vec<String> = match options.auditing {
        Auditing::Silent => judged.expired().map(|remark| grants.line(remark)).collect(),
        Auditing::Tells | Auditing::Fails => {
            judged.remarks.iter().map(|remark| grants.line(remark)).collect()
        }
    };
    let Judged { reported, mut exempt, remarks } = judged;
    exempt.shown = options.show_allowed;
    let report = Report {
        findings: &reported,
        coverage: &swept.coverage,
        exempt: &exempt,
        rules: &swept.rules,
        started: swept.started,
        width: Printer::width(),
    };
    tell_gaps(&report, printer);
    tell_strange_keys(&grants, &swept.fingerprinter, printer);
    options.outputs.write(&report, printer)?;
    if !options.outputs.on_terminal() {
        printer.note(summary(&report, &options.outputs));
    }
    for remark in told {
        printer.problem(remark);
    }
    if let Some(submission) = &options.submission {
        let targets = 0..swept.coverage.targets.len();
        let allowed: Vec<_> = targets.map(|target| exempt.of_target(target)).collect();
        let told = Told {
            findings: &reported,
            coverage: &swept.coverage,
            allowed: &allowed,
            started: swept.started,
        };
        submission.send(told, printer);
    }
    let status = match options.policy.judge(&report) {
        Status::Clean if options.auditing == Auditing::Fails && !remarks.is_empty() => Status::Found,
        status => status,
    };
    let failing = reported.iter().filter(|finding| options.policy.fails(finding));
    Ok(Ran { status, failing: GateFinding::of(failing) })
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

/// Says why allowances let nothing stay that were granted under another key.
fn tell_strange_keys(grants: &Grants, fingerprinter: &Fingerprinter, printer: &Printer) {
    for (key, entries) in grants.strange_keys(fingerprinter) {
        let entries = count(entries as u64, "exception");
        printer.problem(format_args!(
            "{entries} of the key {key} let nothing stay: this run computes under {}",
            fingerprinter.key()
        ));
    }
}

/// What a person wants to know whose report went elsewhere.
fn summary(report: &Report<'_>, outputs: &Outputs) -> String {
    let gaps: u64 = report.coverage.targets.iter().map(|target| target.gaps).sum();
    let unseen = if gaps == 0 { String::new() } else { format!(", {gaps} could not be scanned") };
    let files = listed(outputs.files().map(|file| file.display()));
    let (found, blobs) = (report.findings.len(), report.coverage.blobs());
    let exempt = report.exempt.tally().map(|tally| format!("; {tally}")).unwrap_or_default();
    format!("findings: {found}, blobs scanned: {blobs}{unseen}{exempt}; report in {files}")
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
  Identity under [identity], Exceptions under [allow],
  Server under [server] (url for --server), of a file that is named by --config,
  Origin under [origin] (name, kind, environment, public, internal),
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
