//! `stanch guard uninstall`: undoes what `stanch guard install` did, and nothing else.

use std::path::PathBuf;

use crate::{advice::listed, policy::Status, printer::Printer};

use super::{
    folder::{Changed, HooksFolder},
    hook::Hook,
    husky::Husky,
    install::carry_out,
    repository::Repository,
    script::Folder,
};

/// Remove the hooks that `stanch guard install` set up, and put back what was there
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The repository [default: that of the current directory]
    #[arg(long, value_name = "PATH")]
    repo: Option<PathBuf>,
    /// The hooks [default: all]
    #[arg(long, value_name = "HOOK", value_delimiter = ',')]
    hook: Vec<Hook>,
    /// Remove them also where core.hooksPath leads to hooks of other repositories
    #[arg(long)]
    shared: bool,
    /// Remove a hook that was changed since, and keep a copy of it
    #[arg(long)]
    force: bool,
}

/// What to undo, and where.
pub(crate) struct Options {
    repository: Repository,
    hooks: Vec<Hook>,
    shared: bool,
    changed: Changed,
}

impl Args {
    /// Asks Git about the repository.
    ///
    /// # Errors
    /// There is no repository, or no Git.
    pub(super) fn resolve(self) -> anyhow::Result<Options> {
        let repository = Repository::open(self.repo.as_deref())?;
        let asked = |hook: &Hook| self.hook.is_empty() || self.hook.contains(hook);
        let hooks = Hook::ALL.into_iter().filter(asked).collect();
        let changed = if self.force { Changed::Keep } else { Changed::Refuse };
        Ok(Options { repository, hooks, shared: self.shared, changed })
    }
}

/// Looks wherever hooks may have been set up, also before core.hooksPath or husky came, and removes all or none.
pub(super) fn run(options: &Options, printer: &Printer) -> anyhow::Result<Status> {
    let Options { repository, hooks, changed, .. } = options;
    let mut folders = vec![HooksFolder { path: repository.hooks_default.clone() }];
    if repository.hooks != repository.hooks_default {
        folders.push(HooksFolder { path: repository.hooks.clone() });
    }
    let mut plans = Vec::new();
    let mut empty = Vec::new();
    for folder in folders {
        let found = folder.uninstall(hooks, *changed)?;
        if !found.is_empty() && !options.shared && !repository.owns(&folder.path) {
            return Err(repository.refuse_shared(&folder.path, "uninstall"));
        }
        if !found.is_empty() && folder.origin() == Folder::Made {
            empty.push(folder);
        }
        plans.extend(found);
    }
    if let Some(husky) = Husky::find(repository) {
        let found = husky.uninstall(hooks, *changed)?;
        if !found.is_empty() && !options.shared && !repository.owns(husky.path()) {
            return Err(repository.refuse_shared(husky.path(), "uninstall"));
        }
        plans.extend(found);
    }
    if plans.is_empty() {
        printer.note(format_args!("nothing to remove: {} not set up", listed(hooks)));
        return Ok(Status::Clean);
    }
    carry_out(plans, printer)?;
    empty.iter().for_each(HooksFolder::remove_if_empty);
    Ok(Status::Clean)
}
