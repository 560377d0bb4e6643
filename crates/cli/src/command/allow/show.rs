//! `stanch allow show`: all that an exception says.

use std::io::{self, Write};

use anyhow::Context as _;
use serde::Serialize;
use stanch_allow::{Allowance, Subject, ValuePattern};
use stanch_model::Reason;

use super::{Book, Place, Shape};
use crate::{config::Config, policy::Status, printer::Printer, report::printable::Printable};

/// Show one allowance
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Its fingerprint, the short form of that, or the name of its condition
    name: String,
    /// For people or for programs
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Shape,
    #[command(flatten)]
    place: Place,
}

/// An allowance for programs.
#[derive(Serialize)]
pub(super) struct Entry<'a> {
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<&'a str>,
    reason: Reason,
    owner: Option<&'a str>,
    approver: Option<&'a str>,
    ticket: Option<&'a str>,
    note: Option<&'a str>,
    created: String,
    /// None where it has no end.
    until: Option<String>,
    proof: Option<&'a str>,
}

impl<'a> Entry<'a> {
    /// That of `allowance`.
    pub(super) fn of(allowance: &'a Allowance) -> Self {
        let condition = match &allowance.subject {
            Subject::Condition(condition) => Some(condition),
            Subject::Secret(_) => None,
        };
        Self {
            name: allowance.name(),
            rule: condition.map(|condition| condition.rule.as_str()),
            path: condition.map(|condition| condition.path.as_str()),
            value: condition.and_then(|condition| condition.value.as_ref()).map(ValuePattern::as_str),
            reason: allowance.reason,
            owner: allowance.owner.as_deref(),
            approver: allowance.approver.as_deref(),
            ticket: allowance.ticket.as_deref(),
            note: allowance.note.as_deref(),
            created: allowance.created.to_string(),
            until: allowance.end().map(|end| end.to_string()),
            proof: allowance.proof.as_deref(),
        }
    }

    fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let end = self.until.as_deref().unwrap_or("never");
        let lines = [
            ("rule", self.rule),
            ("path", self.path),
            ("value", self.value),
            ("reason", Some(self.reason.as_str())),
            ("owner", self.owner.or(Some("nobody"))),
            ("approver", self.approver),
            ("ticket", self.ticket),
            ("note", self.note),
            ("created", Some(&self.created)),
            ("ends", Some(end)),
            ("proof", self.proof),
        ];
        writeln!(out, "{}", self.name)?;
        for (label, text) in lines {
            if let Some(text) = text {
                writeln!(out, "  {label:<9} {}", Printable(text))?;
            }
        }
        Ok(())
    }
}

/// Prints it.
pub(super) fn run(args: Args, config: &Config, printer: &Printer) -> anyhow::Result<Status> {
    let book = Book::open(args.place, config)?;
    let entry = Entry::of(book.find(&args.name)?);
    printer
        .print(|out| match args.format {
            Shape::Text => entry.write(out),
            Shape::Json => {
                serde_json::to_writer_pretty(&mut *out, &entry)?;
                out.write_all(b"\n")
            }
        })
        .context("standard output")?;
    Ok(Status::Clean)
}
