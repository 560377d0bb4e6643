//! `stanch guard pre-receive`: looks at what a push has brought before a server takes it.

use std::{collections::BTreeSet, path::Path};

use stanch_allow::AllowFile;
use toml::Value;

use super::{
    git, hooked, push_source,
    pushed::{self, Order},
    source_settings, variable,
};
use crate::{
    config::Config,
    exempt::{self, Absence, Grants},
    gate::{Gate, GateArgs, Stop, Verdict},
    policy::Status,
    printer::Printer,
    project::Project,
};

/// The allow file of the default branch, as Git names it.
const ALLOW_FILE: &str = "HEAD:.stanch/allow.toml";
/// The quarantine: git-receive-pack(1).
const QUARANTINE: &str = "GIT_QUARANTINE_PATH";

/// Look at what a push has brought, before a server takes it: the hook of that name
///
/// Reads from standard input what git tells the hook. Only allowances count that were there before the push: those of the
/// default branch, and those of stanch/allow.toml in the repository itself. Neither a comment in what is pushed nor
/// the bypass of the one who pushes lets anything pass.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    pub(super) gate: GateArgs,
}

/// Takes the push or refuses it.
pub(super) fn run(args: Args, mut config: Config, printer: &Printer) -> anyhow::Result<Verdict> {
    let pushed = pushed::read(Order::PreReceive)?;
    let names = pushed::names(&pushed).opened();
    let new: BTreeSet<String> = pushed.into_iter().filter_map(|push| push.new).collect();
    if new.is_empty() {
        return Ok(Status::Clean.into());
    }
    if let Some(quarantine) = variable(QUARANTINE)? {
        source_settings(&mut config).insert("quarantine".to_owned(), Value::String(quarantine));
    }
    let new = new.into_iter().collect();
    let mut opened = push_source(&hooked()?, new, vec!["refs/".to_owned()], &mut config)?;
    opened.push(names);
    let grants = grants(&config, printer)?.without_comments();
    Ok(Gate::new(Stop::PreReceive, opened, grants, (args.gate, config), printer)?.judge(printer))
}

/// The allowances of the repository itself and of its default branch. A mistake in the latter lets nothing stay, but must not
/// keep out the push that mends it.
fn grants(config: &Config, printer: &Printer) -> anyhow::Result<Grants> {
    let project = Project::here();
    let path = config.allow.allow_file.clone().or_else(|| project.as_ref().map(exempt::allow_file));
    let own = match &path {
        Some(path) => own(path)?,
        None => AllowFile::default(),
    };
    let branch = of_default_branch().map(|text| exempt::parse(Path::new(ALLOW_FILE), &text)).transpose();
    let branch = branch.unwrap_or_else(|error| {
        printer.problem(format_args!("{error:#}: its allowances do not count"));
        None
    });
    Ok(Grants::of(own, path, project).with(&branch.unwrap_or_default()))
}

fn own(path: &Path) -> anyhow::Result<AllowFile> {
    let text = exempt::read(path, Absence::Fine)?.unwrap_or_default();
    exempt::parse(path, &text)
}

/// The text of the allow file of the default branch, as it was before the push.
fn of_default_branch() -> Option<String> {
    git(&["cat-file", "blob", ALLOW_FILE])
}
