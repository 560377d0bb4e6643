//! What all gates have in common: they scan what wants to pass, and say what stops it.

pub(crate) mod bypass;
mod screen;
mod text;

use anyhow::Context as _;
use clap::{Args, builder::BoolishValueParser};
use serde::Deserialize;
use stanch_engine::Isa;
use stanch_model::{Coverage, Finding};
use stanch_sources::Opened;

pub(crate) use self::text::Text;

use self::bypass::Bypass;
use crate::{
    advice::one_line,
    client::{GateFinding, GateOutcome, Notice, OriginSettings, ServerSettings},
    config::Config,
    exempt::{Grants, Judged},
    identity::IdentitySettings,
    policy::{MinConfidence, Policy, Status},
    printer::Printer,
    report::summary::count,
    rulebook,
    settings::{RuleSettings, ScanSettings},
    sweep::{self, Sweep},
};

/// Gaps that are named; the rest are counted.
const GAPS_MAX: usize = 5;

/// `[guard]`: how strict a gate is. What fails it is under `[scan]`, as for every scan.
#[derive(Clone, Copy, Debug, Default, Args, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[command(next_help_heading = "Gate")]
pub(crate) struct GuardSettings {
    /// Let pass what the gate could not judge: a mistake in a file of settings, something that cannot be read
    ///
    /// The default is to stop it. A secret that was found stops in any case.
    #[arg(long, env = "STANCH_FAIL_OPEN", value_parser = BoolishValueParser::new())]
    pub(crate) fail_open: bool,
    /// Let nobody pass on record
    #[arg(long, env = "STANCH_FORBID_BYPASS", value_parser = BoolishValueParser::new())]
    pub(crate) forbid_bypass: bool,
}

impl GuardSettings {
    /// These settings, and those of `file` where these are silent.
    pub(crate) fn over(self, file: Self) -> Self {
        Self {
            fail_open: self.fail_open || file.fail_open,
            forbid_bypass: self.forbid_bypass || file.forbid_bypass,
        }
    }
}

/// What is typed at every gate.
#[derive(Debug, Default, Args)]
pub(crate) struct GateArgs {
    #[command(flatten)]
    pub(crate) guard: GuardSettings,
    #[command(flatten)]
    pub(crate) rules: RuleSettings,
    #[command(flatten)]
    pub(crate) identity: IdentitySettings,
    #[command(flatten)]
    pub(crate) server: ServerSettings,
    #[command(flatten)]
    pub(crate) origin: OriginSettings,
}

/// How a gate ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Verdict {
    /// As its exit code says it.
    pub(crate) status: Status,
    /// What a server is told; none where everything just passed, or a record says it.
    pub(crate) notice: Option<Notice>,
}

impl From<Status> for Verdict {
    fn from(status: Status) -> Self {
        Self { status, notice: None }
    }
}

impl Verdict {
    /// What was found does not pass.
    pub(crate) fn blocked(status: Status, findings: Vec<GateFinding>) -> Self {
        Self { status, notice: Some(Notice { outcome: GateOutcome::Blocked, findings, reason: None }) }
    }

    /// What could not be judged passes.
    fn passed_open(reason: String) -> Self {
        let notice = Notice { outcome: GateOutcome::PassedOpen, findings: Vec::new(), reason: Some(reason) };
        Self { status: Status::Clean, notice: Some(notice) }
    }
}

/// A place on the way into a repository where a secret is stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// Before a commit.
    PreCommit,
    /// Before its message is taken.
    CommitMsg,
    /// Before a push leaves this machine.
    PrePush,
    /// Before a server takes a push.
    PreReceive,
}

impl Stop {
    /// The name of the hook.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::PreCommit => "pre-commit",
            Self::CommitMsg => "commit-msg",
            Self::PrePush => "pre-push",
            Self::PreReceive => "pre-receive",
        }
    }
}

/// A gate that is about to judge.
pub(crate) struct Gate {
    stop: Stop,
    sweep: Sweep,
    grants: Grants,
    policy: Policy,
    settings: GuardSettings,
}

impl Gate {
    /// Sets up the gate for what is `opened`.
    ///
    /// # Errors
    /// A rule file or a key that cannot be used.
    pub(crate) fn new(
        stop: Stop,
        mut opened: Vec<Opened>,
        grants: Grants,
        (args, config): (GateArgs, Config),
        printer: &Printer,
    ) -> anyhow::Result<Self> {
        opened.extend(bypass::reason_of(stop).map(Text::opened));
        let identity = args.identity.over(config.identity);
        let sweep = Sweep {
            opened,
            rules: rulebook::load(&args.rules.over(config.rules))?,
            fingerprinter: identity.fingerprinter(&[], printer)?,
            confidence_min: config.scan.min_confidence.unwrap_or(MinConfidence::DEFAULT),
            threads: sweep::threads(config.scan.threads)?,
            isa: config.scan.simd.map_or_else(Isa::default, Isa::from),
        };
        let (policy, settings) = (policy(&config.scan), args.guard.over(config.guard));
        Ok(Self { stop, sweep, grants, policy, settings })
    }

    /// Lets pass or stops.
    pub(crate) fn judge(self, printer: &Printer) -> Verdict {
        let mut swept = self.sweep.run(printer);
        let judged = self.grants.judge(swept.findings, &mut swept.coverage, &swept.fingerprinter);
        let expired: Vec<String> = judged.expired().map(|remark| self.grants.line(remark)).collect();
        let Judged { reported, exempt, .. } = judged;
        let failing = reported.into_iter().filter(|finding| self.policy.fails(finding));
        let (reasons, failing): (Vec<Finding>, Vec<Finding>) = failing.partition(bypass::is_in_reason);
        if let Some(tally) = exempt.tally() {
            printer.detail(format_args!("{}: {tally}", self.stop.as_str()));
        }
        if failing.is_empty() {
            return unscanned(&swept.coverage, self.settings, printer);
        }
        let wanted = Bypass::wanted(self.stop, self.settings, &reasons);
        match wanted.and_then(|bypass| pass(bypass, &failing)) {
            Ok(Passage::Granted) => {
                let stop = self.stop.as_str();
                printer.note(format_args!("{stop} passed with STANCH_BYPASS, which is recorded"));
                return unscanned(&swept.coverage, self.settings, printer);
            }
            Ok(Passage::NotAsked) => {}
            // Something was found: whatever is wrong with the bypass, it does not pass.
            Err(error) => printer.error(&error),
        }
        let strange = self.grants.strange_keys(&swept.fingerprinter);
        let screen = screen::Screen {
            stop: self.stop,
            settings: self.settings,
            failing: &failing,
            expired: &expired,
            strange: &strange,
        };
        printer.page(|out| screen.write(out));
        Verdict::blocked(Status::Found, GateFinding::of(&failing))
    }
}

/// What comes of a wish to pass.
enum Passage {
    /// It is on record.
    Granted,
    /// There is none.
    NotAsked,
}

fn pass(bypass: Option<Bypass>, findings: &[Finding]) -> anyhow::Result<Passage> {
    let Some(bypass) = bypass else { return Ok(Passage::NotAsked) };
    bypass.record(findings).context("the bypass cannot be recorded, so nothing passes")?;
    Ok(Passage::Granted)
}

/// What fails a gate is what fails a scan.
pub(crate) fn policy(scan: &ScanSettings) -> Policy {
    Policy {
        fail_on: scan.fail_on.unwrap_or(Policy::FAIL_ON),
        fail_on_confidence: scan.fail_on_confidence,
        exit_zero: false,
        strict: true,
    }
}

/// Nothing was found: whether everything was looked at.
fn unscanned(coverage: &Coverage, settings: GuardSettings, printer: &Printer) -> Verdict {
    if coverage.is_complete() {
        return Status::Clean.into();
    }
    let mut named = 0;
    for target in &coverage.targets {
        for skip in target.skips.iter().filter(|skip| skip.reason.is_gap()).take(GAPS_MAX) {
            named += 1;
            printer.problem(format_args!("{}: not scanned: {}: {}", skip.item, skip.reason, skip.detail));
        }
        if let Some(error) = &target.error {
            named += 1;
            printer.problem(format_args!("not scanned to its end: {error}"));
        }
    }
    if named == 0 {
        printer.problem("stopped before everything was scanned");
    }
    let gaps: u64 = coverage.targets.iter().map(|target| target.gaps).sum();
    open_or_closed(settings, &format!("not everything was scanned: {}", count(gaps, "gap")), printer)
}

/// What becomes of an error: with `--fail-open` it is told and lets pass.
///
/// # Errors
/// The same, without.
pub(crate) fn settle(
    result: anyhow::Result<Verdict>,
    settings: GuardSettings,
    printer: &Printer,
) -> anyhow::Result<Verdict> {
    match result {
        Err(error) if settings.fail_open => {
            let why = one_line(&error);
            printer.problem(&why);
            Ok(open_or_closed(settings, &why, printer))
        }
        other => other,
    }
}

fn open_or_closed(settings: GuardSettings, why: &str, printer: &Printer) -> Verdict {
    if settings.fail_open {
        printer.problem("let through all the same (--fail-open)");
        return Verdict::passed_open(why.to_owned());
    }
    printer.problem("nothing passes that was not scanned; --fail-open would let it");
    Status::Failed.into()
}
