//! `stanch allow prune`: takes out what is of no use any more.

use anyhow::ensure;
use stanch_allow::{Allowance, Fault, SawAll, Source};

use super::{
    Book, Place,
    search::{Search, tell_gaps},
};
use crate::{
    advice::advise,
    config::Config,
    exempt::{Grants, today},
    policy::Status,
    printer::Printer,
    project::Project,
    report::summary::count,
};

/// Take out allowances that are expired, and with --unused those that nothing needs
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Scan the project, and take out what nothing in it needs
    #[arg(long)]
    unused: bool,
    /// Tell what would be taken out, and leave the file alone
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    search: Search,
}

/// Takes them out.
pub(super) fn run(args: Args, mut config: Config, printer: &Printer) -> anyhow::Result<Status> {
    let mut book = Book::open(args.place, &config)?;
    let today = today();
    let mut names: Vec<String> =
        book.file.allowances().filter(|one| !one.is_good_on(today)).map(Allowance::name).collect();
    if args.unused {
        let narrow = "--unused: only a scan of the whole project with all rules can tell what nothing needs";
        ensure!(args.search.sees_all(), advise(narrow, "leave out --in and --disable"));
        names.extend(unused(&book, args.search, &mut config, printer)?);
        names.sort_unstable();
        names.dedup();
    }
    for name in &names {
        printer
            .note(format_args!("{name}: {}", if args.dry_run { "would be taken out" } else { "taken out" }));
    }
    if !args.dry_run && !names.is_empty() {
        book.edit(|file| file.remove(&names))?;
    }
    printer.note(format_args!(
        "{} of {}",
        names.len(),
        count((book.file.allowances().count() + names.len()) as u64, "allowance")
    ));
    Ok(Status::Clean)
}

/// The names of those that no finding of a whole scan needs. Where a part could not be scanned there are none: it may need them.
fn unused(
    book: &Book,
    search: Search,
    config: &mut Config,
    printer: &Printer,
) -> anyhow::Result<Vec<String>> {
    let swept = search.run(config, printer)?;
    if !swept.coverage.is_complete() {
        tell_gaps(&swept.coverage, printer);
        return Ok(Vec::new());
    }
    let grants = Grants::of(book.file.clone(), Some(book.path.clone()), Project::here());
    let placed = grants.placed(&swept.findings);
    let rulings = grants.rule(&placed);
    // What is of another key is not called unused: this run could not see what it is about.
    let remarks = grants.audit(&placed, &rulings, &swept.fingerprinter, SawAll::Yes);
    let unused = remarks.into_iter().filter(|remark| remark.fault == Fault::Unused);
    Ok(unused
        .filter_map(|remark| match remark.source {
            Source::Entry { name, .. } => Some(name),
            Source::Comment { .. } => None,
        })
        .collect())
}
