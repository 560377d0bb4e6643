//! `stanch allow renew`: grants an exception once more.

use stanch_allow::Allowance;

use super::{Book, Place, term::Term};
use crate::{config::Config, exempt::today, policy::Status, printer::Printer};

/// Grant an allowance once more, from today
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Its fingerprint, the short form of that, or the name of its condition
    name: String,
    /// The last day it is good for: 2027-01-31, 30d, or never for what is proven dead [default: 90d]
    #[arg(long, value_name = "DAY")]
    expires: Option<Term>,
    /// Who answers for it from now on
    #[arg(long, value_name = "NAME")]
    owner: Option<String>,
    /// Who agreed
    #[arg(long, value_name = "NAME")]
    approver: Option<String>,
    #[command(flatten)]
    place: Place,
}

/// Writes it anew.
pub(super) fn run(args: Args, config: &Config, printer: &Printer) -> anyhow::Result<Status> {
    let mut book = Book::open(args.place, config)?;
    let before = book.find(&args.name)?.clone();
    let created = today();
    let expires = Term::end(args.expires, before.reason, created, before.proof.as_deref())?;
    let allowance = Allowance {
        created,
        expires: Some(expires),
        owner: args.owner.clone().or(before.owner),
        approver: args.approver.clone().or(before.approver),
        ..before
    };
    let name = allowance.name();
    book.edit(|file| file.replace(allowance))?;
    printer.note(format_args!("{name}: renewed, ends {expires}"));
    Ok(Status::Clean)
}
