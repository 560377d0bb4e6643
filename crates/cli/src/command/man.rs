//! `stanch man`.

use anyhow::Context as _;
use clap::{Command, CommandFactory as _};
use clap_mangen::Man;

use crate::{
    advice::{advise, listed},
    args::Cli,
    policy::Status,
    printer::Printer,
};

/// Print a manual page
///
/// For instance: stanch man scan | man -l -
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The command it is about [default: stanch itself]
    command: Vec<String>,
}

impl Args {
    /// Finds the command.
    ///
    /// # Errors
    /// No such command; the advice names those there are.
    pub(crate) fn resolve(&self) -> anyhow::Result<Command> {
        let mut stanch = Cli::command();
        stanch.build();
        let mut found = &stanch;
        for name in &self.command {
            found = found.find_subcommand(name).ok_or_else(|| {
                let known = listed(found.get_subcommands().map(Command::get_name));
                advise(format!("unknown command {name:?}"), known)
            })?;
        }
        Ok(found.clone())
    }
}

/// Prints the page about `command`.
pub(crate) fn run(command: &Command, printer: &Printer) -> anyhow::Result<Status> {
    let page = Man::new(command.clone());
    printer.print(|out| page.render(out)).context("standard output")?;
    Ok(Status::Clean)
}
