//! `stanch guard pre-commit`: looks at what is staged.

use std::env;

use stanch_sources::Target;
use toml::Value;

use super::hooked;
use crate::{
    config::Config,
    exempt::{Absence, AllowSettings, Grants},
    gate::{Gate, GateArgs, Stop},
    policy::Status,
    printer::Printer,
    project::Project,
    sweep,
};

/// Names the index to hooks of a commit of some files only: git(1), "Environment Variables".
const INDEX_FILE: &str = "GIT_INDEX_FILE";

/// Look at what is staged for the next commit: the hook of that name
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    pub(super) gate: GateArgs,
    #[command(flatten)]
    allow: AllowSettings,
}

/// Lets the commit pass or stops it.
pub(super) fn run(args: Args, mut config: Config, printer: &Printer) -> anyhow::Result<Status> {
    let target = Target::parse(&hooked())?;
    let settings = config.sources.entry("git".to_owned()).or_default();
    settings.insert("staged".to_owned(), Value::Boolean(true));
    if let Some(index) = env::var(INDEX_FILE).ok().filter(|file| !file.is_empty()) {
        settings.insert("index".to_owned(), Value::String(index));
    }
    let opened = sweep::open_all(&[target], &config.sources, config.file.as_deref())?;
    let allow = args.allow.over(config.allow.clone());
    let grants = Grants::load(&allow, Project::here(), Absence::Error)?;
    Gate::new(Stop::PreCommit, opened, grants, (args.gate, config), printer)?.judge(printer)
}
