//! `stanch guard ci`: looks at the commits of a pull or merge request.

mod forge;

use anyhow::ensure;

use self::forge::{Changes, Forge};
use super::{git, push_source};
use crate::{
    advice::advise,
    command::scan::{self, Auditing},
    config::Config,
    exempt::{Absence, AllowSettings, Grants},
    gate::{GateArgs, policy},
    output::Outputs,
    policy::{MinConfidence, Policy, Status},
    printer::Printer,
    project::Project,
    rulebook,
    settings::ScanSettings,
    sweep::{self, Sweep},
};

/// Look at the commits of a pull or merge request, in CI
///
/// GitHub Actions, GitLab CI and Bitbucket Pipelines are known by their variables, and get what they show beside the
/// changes: annotations and a summary; a secret detection and a code quality report; a report for Code Insights. Elsewhere
/// name the commits by --base and --head. With --strict, exceptions that are expired, too broad or nobody's fail the run.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// What is there already: a commit, or a branch as origin/main [default: what the forge says]
    #[arg(long, value_name = "COMMIT")]
    base: Option<String>,
    /// What is to come [default: what the forge says, or HEAD]
    #[arg(long, value_name = "COMMIT")]
    head: Option<String>,
    #[command(flatten)]
    scan: ScanSettings,
    #[command(flatten)]
    allow: AllowSettings,
    #[command(flatten)]
    pub(super) gate: GateArgs,
}

/// Reports and judges.
pub(super) fn run(args: Args, mut config: Config, printer: &Printer) -> anyhow::Result<Status> {
    let forge = Forge::here();
    let changes = changes(args.base, args.head, forge)?;
    let opened = push_source("git:.", vec![changes.head], vec![changes.base], &mut config)?;
    let settings = args.scan.over(config.scan);
    let allow = args.allow.over(config.allow);
    let is_open = args.gate.guard.over(config.guard).fail_open;
    let sweep = Sweep {
        opened,
        rules: rulebook::load(&args.gate.rules.over(config.rules))?,
        fingerprinter: args.gate.identity.over(config.identity).fingerprinter(&[], printer)?,
        confidence_min: settings.min_confidence.unwrap_or(MinConfidence::DEFAULT),
        threads: sweep::threads(settings.threads)?,
        isa: settings.simd.map(Into::into).unwrap_or_default(),
    };
    let options = scan::Options {
        sweep,
        grants: Grants::load(&allow, Project::here(), Absence::Error)?,
        outputs: outputs(&settings, forge)?,
        policy: Policy { exit_zero: settings.exit_zero, strict: !is_open, ..policy(&settings) },
        show_allowed: allow.show_allowed,
        write_baseline: false,
        auditing: if settings.strict { Auditing::Fails } else { Auditing::Tells },
    };
    scan::run(options, printer)
}

/// The reports that are asked for, or those that the forge shows.
fn outputs(settings: &ScanSettings, forge: Option<Forge>) -> anyhow::Result<Outputs> {
    let silent = settings.format.is_empty() && settings.output.is_empty();
    let outputs = match forge.filter(|_| silent) {
        Some(forge) => Outputs::pair(&forge.formats(), &[])?,
        None => Outputs::pair(&settings.format, &settings.output)?,
    };
    Ok(match forge.and_then(Forge::summary_file) {
        Some(file) => outputs.and_append("markdown", file),
        None => outputs,
    })
}

/// Which commits to look at.
fn changes(base: Option<String>, head: Option<String>, forge: Option<Forge>) -> anyhow::Result<Changes> {
    let told = match forge.filter(|_| base.is_none()) {
        Some(forge) => forge.changes()?,
        None => None,
    };
    let (told_base, told_head) = told.map(|changes| (changes.base, changes.head)).unzip();
    let Some(base) = base.or(told_base) else {
        return Err(advise("nothing says which commits are new", "stanch guard ci --base origin/main"));
    };
    let head = head.or(told_head).unwrap_or_else(|| "HEAD".to_owned());
    Ok(Changes { base: commit(&base, "--base")?, head: commit(&head, "--head")? })
}

/// The id of the commit that `name` names. One that is not in this clone would make everything look new.
fn commit(name: &str, flag: &str) -> anyhow::Result<String> {
    ensure!(!name.starts_with('-'), "{flag}: not a commit");
    let id = git(&["rev-parse", "--verify", "--quiet", &format!("{name}^{{commit}}")]);
    let remedy = "fetch the whole history before: fetch-depth: 0 of actions/checkout, GIT_DEPTH: 0, clone: depth: full";
    id.ok_or_else(|| advise(format!("{flag}: {name} is not in this clone"), remedy))
}
