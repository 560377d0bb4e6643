//! `stanch audit`: the audit trail of a register, checked without its server.

mod verify;

use clap::Subcommand;

use crate::{policy::Status, printer::Printer};

/// Check the audit trail of a register, in its database or in files
///
/// Each entry of the trail holds the hash of the one before. docs/server.md says what is hashed, and how to ship the trail to where nobody can
/// change it.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    deed: Deed,
}

/// What to do.
#[derive(Debug, Subcommand)]
enum Deed {
    Verify(verify::Args),
}

/// Does what was typed.
///
/// # Errors
/// A trail that cannot be read.
pub(crate) fn run(args: &Args, printer: &Printer) -> anyhow::Result<Status> {
    match &args.deed {
        Deed::Verify(args) => verify::run(args, printer),
    }
}
