//! `stanch allow check`: what is wrong with the exceptions.

use std::{
    io::{self, Write},
    mem,
};

use anyhow::Context as _;
use serde::Serialize;
use stanch_allow::{Auditing, Remark, SawAll, Source, audit};

use super::{
    Shape,
    search::{Search, tell_gaps},
};
use crate::{
    config::Config,
    exempt::{Absence, AllowSettings, Grants, today},
    policy::Status,
    printer::Printer,
    project::Project,
    report::{printable::Printable, summary::count},
};

/// Report allowances and comments that are expired, unused, over-broad or nobody's
///
/// Scans the project to see what they are about.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Fail with exit code 1 if there is anything to report: for CI
    #[arg(long)]
    strict: bool,
    /// For people or for programs
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Shape,
    #[command(flatten)]
    allow: AllowSettings,
    #[command(flatten)]
    search: Search,
}

/// Checks them.
pub(super) fn run(args: Args, mut config: Config, printer: &Printer) -> anyhow::Result<Status> {
    let settings = args.allow.over(mem::take(&mut config.allow));
    let grants = Grants::load(&settings, Project::here(), Absence::Error)?;
    let swept = args.search.run(&mut config, printer)?;
    tell_gaps(&swept.coverage, printer);
    let placed = grants.placed(&swept.findings);
    let rulings = grants.rule(&placed);
    let auditing = Auditing {
        today: today(),
        keys: [Some(swept.fingerprinter.key()), swept.fingerprinter.previous_key()],
        placed: &placed,
        saw_all: if swept.coverage.is_complete() { SawAll::Yes } else { SawAll::No },
    };
    let lines: Vec<_> = grants.file.lines().collect();
    let remarks = audit(&lines, &rulings, &auditing);
    let file = grants.path.as_ref().map(|path| path.display().to_string()).unwrap_or_default();
    printer
        .print(|out| match args.format {
            Shape::Text => text(&remarks, &file, lines.len(), out),
            Shape::Json => {
                let records: Vec<Record<'_>> =
                    remarks.iter().map(|remark| Record::of(remark, &file)).collect();
                serde_json::to_writer_pretty(&mut *out, &records)?;
                out.write_all(b"\n")
            }
        })
        .context("standard output")?;
    let failed = args.strict && !(remarks.is_empty() && swept.coverage.is_complete());
    Ok(if failed { Status::Found } else { Status::Clean })
}

/// A remark for programs.
#[derive(Serialize)]
struct Record<'r> {
    fault: &'static str,
    file: &'r str,
    line: usize,
    name: Option<&'r str>,
    message: String,
}

impl<'r> Record<'r> {
    fn of(remark: &'r Remark, file: &'r str) -> Self {
        let (file, line, name) = match &remark.source {
            Source::Entry { line, name } => (file, *line, Some(name.as_str())),
            Source::Comment { path, line, .. } => (path.as_str(), *line, None),
        };
        Self { fault: remark.fault.as_str(), file, line, name, message: remark.fault.to_string() }
    }
}

fn text(remarks: &[Remark], file: &str, allowances: usize, out: &mut dyn Write) -> io::Result<()> {
    for remark in remarks {
        let Record { file, line, name, message, fault } = Record::of(remark, file);
        let name = name.map(|name| format!(" {name}")).unwrap_or_default();
        writeln!(out, "{}:{line}: {fault}{name}: {message}", Printable(file))?;
    }
    let allowances = count(allowances as u64, "allowance");
    match remarks.len() {
        0 => writeln!(out, "✓ {allowances}, nothing to remark"),
        remarks => writeln!(out, "! {allowances}, {}", count(remarks as u64, "remark")),
    }
}
