//! `stanch guard ci`: looks at the commits of a pull or merge request.

use super::{git, push_source};
use crate::{
    advice::advise,
    command::scan::{self, Auditing},
    config::Config,
    exempt::{Absence, AllowSettings, Grants},
    forge::Forge,
    gate::{GateArgs, Verdict, policy},
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
pub(super) fn run(args: Args, mut config: Config, printer: &Printer) -> anyhow::Result<Verdict> {
    let forge = Forge::here();
    let new = new(args.base, args.head, forge)?;
    let opened = push_source("git:.", vec![new.head], new.known, &mut config)?;
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
        write_baseline: None,
        auditing: if settings.strict { Auditing::Fails } else { Auditing::Tells },
        // The server is told what the gate did.
        submission: None,
    };
    let ran = scan::run(options, printer)?;
    let is_blocked = ran.status != Status::Clean && !ran.failing.is_empty();
    Ok(if is_blocked { Verdict::blocked(ran.status, ran.failing) } else { ran.status.into() })
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

/// Which commits to look at: what `head` reaches and nothing of `known` does.
struct New {
    known: Vec<String>,
    head: String,
}

/// Which commits are new. The base that was typed must be there. What the forge says was there before may be gone, after a forced
/// push: then all is new that the default branch does not have, and if that has all of it, everything is looked at.
fn new(base: Option<String>, head: Option<String>, forge: Option<Forge>) -> anyhow::Result<New> {
    if let Some(base) = base {
        let head = head.unwrap_or_else(|| HEAD.to_owned());
        return Ok(New { known: vec![present(&base, "--base")?], head: present(&head, "--head")? });
    }
    let nothing = || advise("nothing says which commits are new", "stanch guard ci --base origin/main");
    let changes = forge.ok_or_else(nothing)?.changes()?;
    let head = present(&head.or(changes.head).unwrap_or_else(|| HEAD.to_owned()), "the head of the change")?;
    if let Some(before) = changes.before.as_deref().and_then(commit) {
        return Ok(New { known: vec![before], head });
    }
    let fallback = changes.fallback.as_deref();
    let known = match (fallback.and_then(commit), changes.before.as_deref().or(fallback)) {
        (Some(known), _) => known,
        (None, Some(name)) => return Err(absent(name, "the base of the change")),
        (None, None) => return Err(nothing()),
    };
    let has_all = git(&["merge-base", "--is-ancestor", &head, &known]).is_some();
    Ok(New { known: if has_all { Vec::new() } else { vec![known] }, head })
}

const HEAD: &str = "HEAD";

/// The id of the commit that `name` names; `origin/main` is a branch of the remote, also where a tag is called so.
fn commit(name: &str) -> Option<String> {
    let id = |name: &str| {
        git(&["rev-parse", "--verify", "--quiet", "--end-of-options", &format!("{name}^{{commit}}")])
    };
    id(&format!("refs/remotes/{name}")).or_else(|| id(name))
}

/// The same. One that is not in this clone would make everything look new.
fn present(name: &str, what: &str) -> anyhow::Result<String> {
    commit(name).ok_or_else(|| absent(name, what))
}

fn absent(name: &str, what: &str) -> anyhow::Error {
    let remedy = "fetch the whole history before: fetch-depth: 0 of actions/checkout, GIT_DEPTH: 0, clone: depth: full";
    advise(format!("{what}: {name} is not in this clone"), remedy)
}
