//! `stanch register`: work on a register where it lies, without its server.

mod backup;
mod restore;
mod token;

use clap::Subcommand;

use crate::{policy::Status, printer::Printer};

/// Work on a register where it lies, without its server
///
/// These commands open the database itself: they need no login and no running server, and do no harm beside one.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    deed: Deed,
}

/// What to do.
#[derive(Debug, Subcommand)]
enum Deed {
    Token(token::Args),
    Backup(backup::Args),
    Restore(restore::Args),
}

/// Does what was typed.
///
/// # Errors
/// A register that cannot be opened, or a deed that it refuses.
pub(crate) fn run(args: Args, printer: &Printer) -> anyhow::Result<Status> {
    match args.deed {
        Deed::Token(args) => token::run(args, printer),
        Deed::Backup(args) => backup::run(&args, printer),
        Deed::Restore(args) => restore::run(&args, printer),
    }
}
