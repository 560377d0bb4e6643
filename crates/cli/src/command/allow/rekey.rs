//! `stanch allow rekey`: moves allowances from a former key to the one in use.

use std::collections::HashMap;

use jiff::civil::Date;
use stanch_allow::{AllowFile, Allowance, EditError, Subject};
use stanch_model::{Finding, Fingerprint};

use super::{Book, Place, search::Search};
use crate::{config::Config, policy::Status, printer::Printer, report::summary::count};

/// Write the fingerprints of allowances anew, under the key in use
///
/// While keys are rotated both are known: the project is scanned, and each allowance of the former key whose secret is
/// found gets the fingerprint that this secret has now.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    search: Search,
}

/// Writes them anew.
pub(super) fn run(args: Args, mut config: Config, printer: &Printer) -> anyhow::Result<Status> {
    let mut book = Book::open(args.place, &config)?;
    let swept = args.search.run(&mut config, printer)?;
    let pair = |finding: &Finding| Some((*finding.secret.previous()?, *finding.fingerprint()));
    let now: HashMap<Fingerprint, Fingerprint> = swept.findings.iter().filter_map(pair).collect();
    let moved: Vec<(Fingerprint, Fingerprint)> =
        book.file.allowances().filter_map(|one| moved(one, &now)).collect();
    let number = moved.len();
    book.edit(|file| moved.iter().try_for_each(|(former, print)| move_one(file, former, print)))?;
    let key = swept.fingerprinter.previous_key();
    let left = book
        .file
        .allowances()
        .filter(|one| matches!(&one.subject, Subject::Secret(print) if Some(print.key()) == key));
    let left = left.count();
    printer.note(format_args!(
        "{} moved to the key {}",
        count(number as u64, "allowance"),
        swept.fingerprinter.key()
    ));
    if left > 0 {
        printer.note(format_args!(
            "{} of the former key: their secrets were not found",
            count(left as u64, "allowance")
        ));
    }
    Ok(Status::Clean)
}

fn moved(
    allowance: &Allowance,
    now: &HashMap<Fingerprint, Fingerprint>,
) -> Option<(Fingerprint, Fingerprint)> {
    let Subject::Secret(former) = &allowance.subject else { return None };
    Some((*former, *now.get(former)?))
}

/// Where both are there, the one that lasts longer stays.
fn move_one(file: &mut AllowFile, former: &Fingerprint, now: &Fingerprint) -> Result<(), EditError> {
    let lasts = |file: &AllowFile, print: &Fingerprint| {
        let found = file.find(&print.to_string());
        found.map(|allowance| allowance.end().unwrap_or(Date::MAX))
    };
    match (lasts(file, former), lasts(file, now)) {
        (Some(end), Some(other)) if other >= end => file.remove(&[former.to_string()]),
        (_, other) => {
            if other.is_some() {
                file.remove(&[now.to_string()])?;
            }
            file.rekey(former, *now)
        }
    }
}
