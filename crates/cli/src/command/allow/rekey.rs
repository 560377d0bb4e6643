//! `stanch allow rekey`: moves allowances from a former key to the one in use.

use std::collections::HashMap;

use stanch_allow::{Allowance, Subject};
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
    let moved: Vec<(String, Allowance)> = book
        .file
        .allowances()
        .filter_map(|allowance| Some((allowance.name(), moved(allowance, &now)?)))
        .collect();
    let number = moved.len();
    book.edit(|file| {
        for (former, allowance) in moved {
            file.remove(&[former])?;
            // Both may be there: then the newer one stays.
            if file.find(&allowance.name()).is_none() {
                file.add(allowance)?;
            }
        }
        Ok::<_, stanch_allow::EditError>(())
    })?;
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

fn moved(allowance: &Allowance, now: &HashMap<Fingerprint, Fingerprint>) -> Option<Allowance> {
    let Subject::Secret(former) = &allowance.subject else { return None };
    Some(Allowance { subject: Subject::Secret(*now.get(former)?), ..allowance.clone() })
}
