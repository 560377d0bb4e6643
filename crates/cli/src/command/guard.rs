//! `stanch guard`: stops secrets on their way into a repository.

mod block;
mod folder;
mod foreign;
mod hook;
mod husky;
mod install;
mod journal;
mod repository;
mod script;
mod seal;
mod uninstall;

use clap::Subcommand;

use crate::{policy::Status, printer::Printer};

/// Stop secrets on their way into a repository
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    gate: Gate,
}

/// Where to stop them, or how to set that up.
#[derive(Debug, Subcommand)]
enum Gate {
    Install(install::Args),
    Uninstall(uninstall::Args),
}

/// What to do.
pub(crate) enum Options {
    /// Set up hooks.
    Install(install::Options),
    /// Undo that.
    Uninstall(uninstall::Options),
}

impl Args {
    /// Asks Git about the repository.
    ///
    /// # Errors
    /// There is no repository, or no Git.
    pub(crate) fn resolve(self) -> anyhow::Result<Options> {
        Ok(match self.gate {
            Gate::Install(args) => Options::Install(args.resolve()?),
            Gate::Uninstall(args) => Options::Uninstall(args.resolve()?),
        })
    }
}

/// Does it.
pub(crate) fn run(options: &Options, printer: &Printer) -> anyhow::Result<Status> {
    match options {
        Options::Install(options) => install::run(options, printer),
        Options::Uninstall(options) => uninstall::run(options, printer),
    }
}
