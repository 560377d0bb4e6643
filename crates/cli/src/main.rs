//! `stanch`: finds leaked secrets and drives each one until it is proven dead.

mod advice;
mod args;
mod client;
mod command;
mod config;
mod exempt;
mod forge;
mod gate;
mod identity;
mod interrupt;
mod output;
mod policy;
mod printer;
mod progress;
mod project;
mod report;
mod rulebook;
mod salt;
mod settings;
mod source_flags;
mod sweep;

use std::{panic, process::ExitCode};

use clap::Parser;

use crate::{args::Cli, policy::Status, printer::Printer};

fn main() -> ExitCode {
    panic::set_hook(Box::new(|panic| Printer::default().defect(panic.location())));
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return Printer::default().usage(error),
    };
    let printer = Printer::new(cli.console);
    let status = cli.run().unwrap_or_else(|error| {
        printer.error(&error);
        Status::Failed
    });
    status.into()
}
