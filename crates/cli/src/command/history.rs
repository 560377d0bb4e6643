//! `stanch history`: what a secret in the history of a repository takes to get rid of, and whether that is done.

mod exposure;
mod plan;
mod proof;
mod screen;
mod search;
mod steps;
mod verify;

use std::io::{self, Write};

use clap::{Subcommand, ValueEnum};
use serde_json::Value;

use crate::{config::Config, policy::Status, printer::Printer};

/// Get a secret out of a repository's history, or leave it there, rotated
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    task: Task,
}

/// What to do.
#[derive(Debug, Subcommand)]
enum Task {
    Plan(plan::Args),
    Verify(verify::Args),
}

/// How it is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Shape {
    /// For people
    #[default]
    Text,
    /// For programs
    Json,
}

/// What to do, with the rules at hand.
pub(crate) enum Options {
    /// Tell what holds a secret, and the ways out.
    Plan(plan::Options),
    /// Prove that nothing holds some secrets any more.
    Verify(verify::Options),
}

impl Args {
    /// Loads the rules.
    ///
    /// # Errors
    /// A rule file that cannot be used.
    pub(crate) fn resolve(self, config: Config) -> anyhow::Result<Options> {
        Ok(match self.task {
            Task::Plan(args) => Options::Plan(args.resolve(config)?),
            Task::Verify(args) => Options::Verify(args.resolve(config)?),
        })
    }
}

/// Does it.
pub(crate) fn run(options: &Options, printer: &Printer) -> anyhow::Result<Status> {
    match options {
        Options::Plan(options) => plan::run(options, printer),
        Options::Verify(options) => verify::run(options, printer),
    }
}

fn json(value: &Value, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, value)?;
    writeln!(out)
}
