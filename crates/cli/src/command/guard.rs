//! `stanch guard`: stops secrets on their way into a repository.

mod block;
mod ci;
mod commit_msg;
mod folder;
mod foreign;
mod hook;
mod husky;
mod install;
mod journal;
mod pre_commit;
mod pre_push;
mod pre_receive;
mod pushed;
mod repository;
mod script;
mod seal;
mod uninstall;

use std::{env, fs, path::Path, process::Command};

use anyhow::{Context as _, anyhow};
use clap::Subcommand;
use stanch_sources::{Opened, Target};
use toml::Value;

use crate::{
    client::Herald,
    config::Config,
    gate::{GateArgs, Verdict, settle},
    policy::Status,
    printer::Printer,
    sweep,
};

/// Stop secrets on their way into a repository
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    gate: Gate,
}

/// Where to stop them.
#[derive(Debug, Subcommand)]
enum Gate {
    Install(install::Args),
    Uninstall(uninstall::Args),
    PreCommit(pre_commit::Args),
    PrePush(pre_push::Args),
    CommitMsg(commit_msg::Args),
    PreReceive(pre_receive::Args),
    Ci(ci::Args),
}

/// Does what was typed. A gate that cannot judge stops what wants to pass, unless it is told to let that through.
///
/// # Errors
/// What keeps it from judging.
pub(crate) fn run(args: Args, config: anyhow::Result<Config>, printer: &Printer) -> anyhow::Result<Status> {
    let fallback = config.as_ref().map(|config| config.guard).unwrap_or_default();
    let settings = args.gate.settings().map(|settings| settings.guard.over(fallback)).unwrap_or_default();
    let herald = config.as_ref().ok().and_then(|config| args.gate.herald(config, printer));
    let verdict = settle(config.and_then(|config| args.gate.run(config, printer)), settings, printer)?;
    if let Some(herald) = herald {
        herald.tell(verdict.notice.as_ref(), printer);
    }
    Ok(verdict.status)
}

impl Gate {
    /// What is typed at every gate; none for what is none.
    fn settings(&self) -> Option<&GateArgs> {
        match self {
            Self::Install(_) | Self::Uninstall(_) => None,
            Self::PreCommit(args) => Some(&args.gate),
            Self::PrePush(args) => Some(&args.gate),
            Self::CommitMsg(args) => Some(&args.gate),
            Self::PreReceive(args) => Some(&args.gate),
            Self::Ci(args) => Some(&args.gate),
        }
    }

    /// The name that a server knows it by.
    fn name(&self) -> &'static str {
        match self {
            Self::Install(_) => "install",
            Self::Uninstall(_) => "uninstall",
            Self::PreCommit(_) => "pre-commit",
            Self::PrePush(_) => "pre-push",
            Self::CommitMsg(_) => "commit-msg",
            Self::PreReceive(_) => "pre-receive",
            Self::Ci(_) => "ci",
        }
    }

    /// Who tells the server of this gate; none where none is named.
    fn herald(&self, config: &Config, printer: &Printer) -> Option<Herald> {
        let args = self.settings()?;
        let server = args.server.clone().over(config.server.clone());
        if let Some(file) = server.ignored() {
            printer.detail(format_args!(
                "{}: names a server, which only a file does that is named",
                file.display()
            ));
        }
        Herald::new(self.name(), server, args.origin.clone().over(config.origin.clone()))
    }

    fn run(self, config: Config, printer: &Printer) -> anyhow::Result<Verdict> {
        match self {
            Self::Install(args) => install::run(&args.resolve()?, printer).map(Verdict::from),
            Self::Uninstall(args) => uninstall::run(&args.resolve()?, printer).map(Verdict::from),
            Self::PreCommit(args) => pre_commit::run(args, config, printer),
            Self::PrePush(args) => pre_push::run(args, config, printer),
            Self::CommitMsg(args) => commit_msg::run(args, config, printer),
            Self::PreReceive(args) => pre_receive::run(args, config, printer),
            Self::Ci(args) => ci::run(args, config, printer),
        }
    }
}

/// The repository that a hook runs for: the one here, or where a hook runs elsewhere the one that Git names.
///
/// # Errors
/// Git names one that is not there, or whose name is not UTF-8.
fn hooked() -> anyhow::Result<String> {
    let here = || "git:.".to_owned();
    let Some(named) = variable("GIT_DIR")? else { return Ok(here()) };
    let own = Path::new(".git");
    let real = fs::canonicalize(&named).with_context(|| format!("GIT_DIR: {named}"))?;
    // In a linked work tree it is a file that leads there.
    if own.is_file() || fs::canonicalize(own).is_ok_and(|own| own == real) {
        return Ok(here());
    }
    Ok(format!("git:{}", real.display()))
}

/// What Git tells a hook in a variable; none where it is not set or empty.
///
/// # Errors
/// It is not UTF-8: dropped, it would make a gate look somewhere else.
fn variable(name: &str) -> anyhow::Result<Option<String>> {
    let Some(value) = env::var_os(name).filter(|value| !value.is_empty()) else { return Ok(None) };
    value.into_string().map(Some).map_err(|_| anyhow!("{name}: is not UTF-8"))
}

/// What git answers, without white space around it; none where it fails. Objects that replace others do not count: whoever may
/// push could push one.
fn git(args: &[&str]) -> Option<String> {
    let output = Command::new("git").arg("--no-replace-objects").args(args).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// The settings of the Git source without those that say which part of a history to scan: a gate says that itself.
fn source_settings(config: &mut Config) -> &mut toml::Table {
    let settings = config.sources.entry("git".to_owned()).or_default();
    settings.retain(|key, _| !["since", "branch", "range", "staged", "index"].contains(&key));
    settings
}

/// What the objects `new` of a repository reach and `known` do not.
fn push_source(
    repository: &str,
    new: Vec<String>,
    known: Vec<String>,
    config: &mut Config,
) -> anyhow::Result<Vec<Opened>> {
    let target = Target::parse(repository)?;
    let settings = source_settings(config);
    settings.insert("new".to_owned(), Value::from(new));
    settings.insert("known".to_owned(), Value::from(known));
    sweep::open_all(&[target], &config.sources, config.file.as_deref())
}
