//! `stanch completions`.

use anyhow::Context as _;
use clap::CommandFactory as _;
use clap_complete::{Shell, generate};

use crate::{args::Cli, policy::Status, printer::Printer};

/// Print the completions of a shell
///
/// For instance: stanch completions bash > ~/.local/share/bash-completion/completions/stanch
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The shell
    shell: Shell,
}

/// Prints the completions.
pub(crate) fn run(args: &Args, printer: &Printer) -> anyhow::Result<Status> {
    let mut script = Vec::new();
    generate(args.shell, &mut Cli::command(), "stanch", &mut script);
    printer.print(|out| out.write_all(&script)).context("standard output")?;
    Ok(Status::Clean)
}
