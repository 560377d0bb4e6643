//! `stanch policy`: how bad leaks are, who is told, and what is to be done, as files of the team.

mod check;
mod screen;
mod show;
mod test;

use std::path::Path;

use clap::{Subcommand, ValueEnum};

use crate::{
    exempt::{self, Absence},
    policy::Status,
    printer::Printer,
};

/// Show, check and try the rules of severity and routing
///
/// A policy says how bad a leak is, who is told and when. docs/policy.md has the file.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    deed: Deed,
}

/// What to do.
#[derive(Debug, Subcommand)]
enum Deed {
    Show(show::Args),
    Check(check::Args),
    Test(test::Args),
}

/// How answers are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Shape {
    /// For people
    Text,
    /// For programs
    Json,
}

/// Does what was typed.
///
/// # Errors
/// A file that cannot be read or is wrong, by file, line and field.
pub(crate) fn run(args: &Args, printer: &Printer) -> anyhow::Result<Status> {
    match &args.deed {
        Deed::Show(args) => show::run(args, printer),
        Deed::Check(args) => check::run(args, printer),
        Deed::Test(args) => test::run(args, printer),
    }
}

fn read(path: &Path) -> anyhow::Result<String> {
    Ok(exempt::read(path, Absence::Error)?.unwrap_or_default())
}
