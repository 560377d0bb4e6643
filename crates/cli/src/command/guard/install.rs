//! `stanch guard install`: sets up hooks beside those that are there.

use std::{
    env,
    path::{Path, PathBuf},
};

use anyhow::Context as _;

use crate::{advice::listed, policy::Status, printer::Printer, report::printable::Printable};

use super::{
    folder::{HooksFolder, Plan},
    foreign,
    hook::Hook,
    husky::{Husky, Runner},
    journal,
    repository::{Repository, shown},
};

/// Set up hooks that stop secrets, beside those that are there
///
/// A hook that is there already is kept and runs first; with husky, lines are added to its scripts. What must be added to the
/// settings of lefthook is printed. `stanch guard uninstall` undoes exactly that.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The repository [default: that of the current directory]
    #[arg(long, value_name = "PATH")]
    repo: Option<PathBuf>,
    /// The hooks [default: pre-commit,pre-push,commit-msg; in a bare repository pre-receive]
    #[arg(long, value_name = "HOOK", value_delimiter = ',')]
    hook: Vec<Hook>,
    /// Set them up also where core.hooksPath leads to hooks of other repositories
    #[arg(long)]
    shared: bool,
}

/// What to set up, and where.
pub(crate) struct Options {
    repository: Repository,
    hooks: Vec<Hook>,
    shared: bool,
    program: PathBuf,
}

impl Args {
    /// Asks Git about the repository.
    ///
    /// # Errors
    /// There is no repository, or no Git.
    pub(super) fn resolve(self) -> anyhow::Result<Options> {
        let repository = Repository::open(self.repo.as_deref())?;
        let asked = |hook: &Hook| self.hook.contains(hook);
        let hooks = if self.hook.is_empty() {
            Hook::usual(repository.kind).to_vec()
        } else {
            Hook::ALL.into_iter().filter(asked).collect()
        };
        let program = env::current_exe().context("the path of stanch itself")?;
        Ok(Options { repository, hooks, shared: self.shared, program })
    }
}

/// Sets up the hooks, all or none.
pub(super) fn run(options: &Options, printer: &Printer) -> anyhow::Result<Status> {
    let repository = &options.repository;
    let client: Vec<Hook> = options.hooks.iter().copied().filter(|hook| *hook != Hook::PreReceive).collect();
    if let Some(settings) = foreign::lefthook(repository).filter(|_| !client.is_empty()) {
        return leave_to_lefthook(&settings, repository, &client, printer);
    }
    let husky = Husky::find(repository);
    let folder = husky.as_ref().map_or(&*repository.hooks, Husky::path);
    if !options.shared && !repository.owns(folder) {
        return Err(repository.refuse_shared(folder, "install"));
    }
    let program = Some(&*options.program).filter(|_| !repository.is_tracked(folder));
    let plans = match &husky {
        Some(husky) => husky.install(&options.hooks)?,
        None => HooksFolder { path: repository.hooks.clone() }.install(&options.hooks, program)?,
    };
    carry_out(plans, printer)?;
    remark(options, husky.as_ref(), &client, printer)?;
    Ok(Status::Clean)
}

/// Says what to add to the settings of lefthook, which writes all hooks itself.
fn leave_to_lefthook(
    settings: &Path,
    repository: &Repository,
    hooks: &[Hook],
    printer: &Printer,
) -> anyhow::Result<Status> {
    let missing = foreign::not_called(settings, hooks);
    let name = shown(settings);
    if missing.is_empty() {
        printer.note(format_args!("{name}: calls {} already", listed(hooks)));
        return Ok(Status::Clean);
    }
    printer.problem(format_args!("nothing set up: lefthook keeps the hooks here; add to {name}:"));
    let file = settings.strip_prefix(&repository.root).unwrap_or(settings).display().to_string();
    let lines = foreign::lefthook_lines(&missing, &file);
    printer.print(|out| out.write_all(lines.as_bytes())).context("standard output")?;
    Ok(Status::Failed)
}

/// Makes the changes of all plans, all or none, and tells them.
pub(super) fn carry_out(mut plans: Vec<Plan>, printer: &Printer) -> anyhow::Result<()> {
    journal::make(plans.iter_mut().flat_map(|plan| plan.changes.drain(..)).collect())?;
    let told = printer.print(|out| {
        plans.iter().try_for_each(|plan| {
            let line = format!("{:<11}  {}: {}", plan.hook, shown(&plan.path), plan.remark);
            writeln!(out, "{}", Printable(&line))
        })
    });
    told.context("standard output")
}

/// Says what a user may not expect.
fn remark(
    options: &Options,
    husky: Option<&Husky>,
    client: &[Hook],
    printer: &Printer,
) -> anyhow::Result<()> {
    let repository = &options.repository;
    let folder = husky.map_or(&*repository.hooks, Husky::path);
    if repository.is_tracked(folder) {
        printer.note("these files are committed: everybody who works here gets them, and needs stanch");
    }
    if husky.is_some_and(|husky| husky.runner == Runner::Nobody) {
        printer.note("husky itself is not set up in this clone yet: until then Git runs none of its hooks");
    }
    if let Some(settings) = foreign::pre_commit(repository).filter(|_| !client.is_empty())
        && !foreign::has_ids(&settings)
    {
        let name = shown(&settings);
        printer.note(format_args!("for all who use pre-commit here, instead of these hooks, add to {name}:"));
        let lines = foreign::pre_commit_lines(client);
        printer.print(|out| writeln!(out, "{lines}")).context("standard output")?;
    }
    Ok(())
}
