//! `stanch allow list`: every exception in a line.

use std::io::{self, Write};

use anyhow::Context as _;
use jiff::civil::Date;
use stanch_allow::{Allowance, Subject};

use super::{Book, Place, Shape, show::Entry};
use crate::{config::Config, exempt::today, policy::Status, printer::Printer, report::printable::Printable};

/// List the allowances, those that end first first
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// For people or for programs
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Shape,
    #[command(flatten)]
    place: Place,
}

/// Prints them.
pub(super) fn run(args: Args, config: &Config, printer: &Printer) -> anyhow::Result<Status> {
    let book = Book::open(args.place, config)?;
    let mut allowances: Vec<&Allowance> = book.file.allowances().collect();
    allowances.sort_by_key(|allowance| allowance.end().unwrap_or(Date::MAX));
    printer
        .print(|out| match args.format {
            Shape::Text => table(&allowances, out),
            Shape::Json => {
                let entries: Vec<Entry<'_>> =
                    allowances.iter().map(|allowance| Entry::of(allowance)).collect();
                serde_json::to_writer_pretty(&mut *out, &entries)?;
                out.write_all(b"\n")
            }
        })
        .context("standard output")?;
    Ok(Status::Clean)
}

fn table(allowances: &[&Allowance], out: &mut dyn Write) -> io::Result<()> {
    if allowances.is_empty() {
        return writeln!(out, "no allowances");
    }
    let today = today();
    for allowance in allowances {
        let name = match &allowance.subject {
            Subject::Secret(fingerprint) => fingerprint.short(),
            Subject::Condition(condition) => condition.name.clone(),
        };
        let end = match allowance.end() {
            None => "for ever".to_owned(),
            Some(end) if end < today => format!("expired {end}"),
            Some(end) => format!("until {end}"),
        };
        let owner = allowance.owner.as_deref().unwrap_or("nobody");
        writeln!(out, "{name:<24} {:<19} {end:<18} {}", allowance.reason, Printable(owner))?;
    }
    Ok(())
}
