//! `stanch incident`: incidents of a server, from the command line.

mod ack;
mod assign;
mod close;
mod desk;
mod dismiss;
mod evidence;
mod list;
mod note;
mod screen;
mod show;
mod step;
mod told;

use clap::{Subcommand, ValueEnum};

use crate::{client::ServerSettings, config::Config, policy::Status, printer::Printer};
use desk::Desk;

/// Look at incidents of a server and drive them until they are over
///
/// The token needs the scope respond; to close and to dismiss, admin. To list and to show, read is enough.
#[derive(Debug, clap::Args)]
#[command(after_long_help = AFTER_HELP)]
pub(crate) struct Args {
    #[command(subcommand)]
    deed: Deed,
}

const AFTER_HELP: &str = "\
Exit codes:
  0  done
  2  not done: the server cannot be asked, or refused

Examples:
  stanch incident list
  stanch incident ack 12
  stanch incident step 12 revoke --evidence \"deleted in the console https://tickets.example/S-3\"
  stanch incident close 12 --revoked \"deleted\" --no-rotation \"nothing used it\" --proven \"answers 401\"";

/// What to do.
#[derive(Debug, Subcommand)]
enum Deed {
    List(list::Args),
    Show(show::Args),
    Ack(ack::Args),
    Assign(assign::Args),
    Note(note::Args),
    Step(step::Args),
    Close(close::Args),
    Dismiss(dismiss::Args),
}

/// How answers are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Shape {
    /// For people
    Text,
    /// For programs, as the API tells it
    Json,
}

/// What every deed is told.
#[derive(Debug, clap::Args)]
struct Common {
    /// For people or for programs
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Shape,
    #[command(flatten)]
    server: ServerSettings,
}

impl Common {
    /// The server that is asked, and how its answers are printed.
    ///
    /// # Errors
    /// No server is named, or it cannot be used.
    fn desk(self, config: Config, printer: &Printer) -> anyhow::Result<Desk<'_>> {
        let api = self.server.over(config.server).required()?;
        Ok(Desk { api, shape: self.format, printer })
    }
}

/// Does what was typed.
///
/// # Errors
/// No server, or one that cannot be asked or refuses.
pub(crate) fn run(args: Args, config: Config, printer: &Printer) -> anyhow::Result<Status> {
    match args.deed {
        Deed::List(args) => list::run(args, config, printer),
        Deed::Show(args) => show::run(args, config, printer),
        Deed::Ack(args) => ack::run(args, config, printer),
        Deed::Assign(args) => assign::run(args, config, printer),
        Deed::Note(args) => note::run(args, config, printer),
        Deed::Step(args) => step::run(args, config, printer),
        Deed::Close(args) => close::run(args, config, printer),
        Deed::Dismiss(args) => dismiss::run(args, config, printer),
    }
}
