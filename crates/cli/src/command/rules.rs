//! `stanch rules`: what is looked for, whether that holds what it promises, and why something is found.

mod entry;
mod explain;
mod import;
mod list;
mod show;
mod test;

use std::io::{self, Write};

use anstyle::Style;
use clap::{Subcommand, ValueEnum};
use serde::Serialize;

use crate::{config::Config, policy::Status, printer::Printer};

const HEADING: Style = Style::new().bold();

/// Show and test what is looked for
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    question: Question,
}

/// What to show.
#[derive(Debug, Subcommand)]
enum Question {
    List(list::Args),
    Show(show::Args),
    Test(test::Args),
    Explain(explain::Args),
    Import(import::Args),
}

/// How rules are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Shape {
    /// For people
    Table,
    /// For programs
    Json,
}

/// What to do, with the rules at hand.
pub(crate) enum Options {
    /// Print all rules.
    List(list::Options),
    /// Print one rule.
    Show(show::Options),
    /// Try rules on their own texts.
    Test(test::Options),
    /// Tell why a line is a finding.
    Explain(explain::Options),
    /// Make rules of those of another scanner.
    Import(import::Options),
}

impl Args {
    /// Loads the rules.
    ///
    /// # Errors
    /// A rule file that cannot be used; an unknown id.
    pub(crate) fn resolve(self, config: Config) -> anyhow::Result<Options> {
        Ok(match self.question {
            Question::List(args) => Options::List(args.resolve(config)?),
            Question::Show(args) => Options::Show(args.resolve(config)?),
            Question::Test(args) => Options::Test(args.resolve(config)?),
            Question::Explain(args) => Options::Explain(args.resolve(config)?),
            Question::Import(args) => Options::Import(args.resolve()?),
        })
    }
}

/// Answers the question.
pub(crate) fn run(options: &Options, printer: &Printer) -> anyhow::Result<Status> {
    match options {
        Options::List(options) => list::run(options, printer),
        Options::Show(options) => show::run(options, printer),
        Options::Test(options) => test::run(options, printer),
        Options::Explain(options) => explain::run(options, printer),
        Options::Import(options) => import::run(options, printer),
    }
}

fn json(value: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, value)?;
    writeln!(out)
}
