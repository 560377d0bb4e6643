//! `stanch policy check`: whether a file can be used, and what in it is hardly meant.

use std::{fmt::Display, path::PathBuf};

use anyhow::{Context as _, anyhow};
use clap::ValueEnum;
use stanch_response::{
    catalogue::Catalogue,
    playbook::Playbook,
    policy::{Counts, Policy, Remark},
    template::Template,
};

use super::read;
use crate::{
    advice::listed,
    policy::Status,
    printer::Printer,
    report::{printable::Printable, summary::count},
};

/// Check a policy, a playbook, a template or a catalogue
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The file
    file: PathBuf,
    /// What the file is
    #[arg(long = "as", value_name = "KIND", default_value = "policy")]
    kind: Kind,
    /// Fail with exit code 1 if there is anything to remark: for CI
    #[arg(long)]
    strict: bool,
}

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// Severity and routing
    Policy,
    /// Checklists by kind of credential
    Playbook,
    /// A message with facts
    Template,
    /// A service catalogue
    Catalogue,
    /// Backstage's catalog-info.yaml
    Backstage,
}

/// Reads the file and tells what is in it.
pub(super) fn run(args: &Args, printer: &Printer) -> anyhow::Result<Status> {
    let text = read(&args.file)?;
    let shown = Printable(&args.file.display().to_string()).to_string();
    let (summary, remarks) = summary(args.kind, &text).map_err(|error| anyhow!("{shown}:{error}"))?;
    printer
        .print(|out| {
            for remark in &remarks {
                writeln!(out, "{}", Printable(&told(&shown, remark)))?;
            }
            let mark = if remarks.is_empty() { '✓' } else { '!' };
            let more = match remarks.len() {
                0 => String::new(),
                some => format!(", {}", count(some as u64, "remark")),
            };
            writeln!(out, "{mark} {shown}: {}{more}", Printable(&summary))
        })
        .context("standard output")?;
    Ok(if args.strict && !remarks.is_empty() { Status::Found } else { Status::Clean })
}

fn told(file: &str, remark: &Remark) -> String {
    match remark.line() {
        0 => format!("{file}: {remark}"),
        line => format!("{file}:{line}: {remark}"),
    }
}

/// What is in a file, in a line, and what is hardly meant.
fn summary(kind: Kind, text: &str) -> Result<(String, Vec<Remark>), Box<dyn Display>> {
    /// The error of any kind of file.
    fn boxed<E: Display + 'static>(error: E) -> Box<dyn Display> {
        Box::new(error)
    }
    let plain = |summary: String| (summary, Vec::new());
    Ok(match kind {
        Kind::Policy => {
            let policy = Policy::parse(text).map_err(boxed)?;
            (of_policy(&policy), policy.remarks())
        }
        Kind::Playbook => {
            let playbook = Playbook::parse(text).map_err(boxed)?;
            let names = playbook.checklists().map(|checklist| checklist.name.as_str());
            plain(format!("{}: {}", count(playbook.checklists().count() as u64, "checklist"), listed(names)))
        }
        Kind::Template => Template::parse(text).map(|_| plain("a template".to_owned())).map_err(boxed)?,
        Kind::Catalogue => plain(of_catalogue(&Catalogue::parse(text).map_err(boxed)?)),
        Kind::Backstage => plain(of_catalogue(&Catalogue::parse_backstage(text).map_err(boxed)?)),
    })
}

fn of_policy(policy: &Policy) -> String {
    let Counts { severities, routes, .. } = policy.counts();
    let rules = count(severities as u64, "severity rule");
    let channels = policy.channels();
    let channels = if channels.is_empty() { "none".to_owned() } else { listed(channels) };
    format!("{rules}, {}, channels: {channels}", count(routes as u64, "route"))
}

fn of_catalogue(catalogue: &Catalogue) -> String {
    format!("{} with an owner and a place", count(catalogue.len() as u64, "service"))
}
