//! `stanch guard pre-commit`: looks at what is staged.

use stanch_sources::Target;
use toml::Value;

use super::{hooked, source_settings, variable};
use crate::{
    config::Config,
    exempt::{Absence, AllowSettings, Grants},
    gate::{Gate, GateArgs, Stop, Verdict},
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
pub(super) fn run(args: Args, mut config: Config, printer: &Printer) -> anyhow::Result<Verdict> {
    let target = Target::parse(&hooked()?)?;
    let index = variable(INDEX_FILE)?;
    let settings = source_settings(&mut config);
    settings.insert("staged".to_owned(), Value::Boolean(true));
    if let Some(index) = index {
        settings.insert("index".to_owned(), Value::String(index));
    }
    let opened = sweep::open_all(&[target], &config.sources, config.file.as_deref())?;
    let allow = args.allow.over(config.allow.clone());
    let grants = Grants::load(&allow, Project::here(), Absence::Error)?;
    Ok(Gate::new(Stop::PreCommit, opened, grants, (args.gate, config), printer)?.judge(printer))
}
