//! `stanch policy show`: the files that come with Stanch, to begin one's own with.

use anyhow::Context as _;
use clap::ValueEnum;
use stanch_response::{
    playbook::Playbook,
    policy::Policy,
    template::{Audience, Template},
};

use crate::{policy::Status, printer::Printer};

/// Print the default policy, or another file that a team can replace
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// What to print
    #[arg(value_name = "WHAT", default_value = "policy")]
    what: What,
}

/// A file that comes with Stanch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum What {
    /// Severity and routing
    Policy,
    /// Checklists by kind of credential
    Playbook,
    /// The message to those who work on an incident
    Internal,
    /// The message to customers
    Customer,
    /// The message to who leads the organisation
    Executive,
}

/// Prints it.
pub(super) fn run(args: &Args, printer: &Printer) -> anyhow::Result<Status> {
    let text = match args.what {
        What::Policy => Policy::DEFAULT,
        What::Playbook => Playbook::DEFAULT,
        What::Internal => Template::default_text(Audience::Internal),
        What::Customer => Template::default_text(Audience::Customer),
        What::Executive => Template::default_text(Audience::Executive),
    };
    printer.print(|out| out.write_all(text.as_bytes())).context("standard output")?;
    Ok(Status::Clean)
}
