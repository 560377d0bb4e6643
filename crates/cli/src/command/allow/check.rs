//! `stanch allow check`: what is wrong with the exceptions.

use std::{
    io::{self, Write},
    mem,
};

use anyhow::Context as _;
use serde::Serialize;
use stanch_allow::{Remark, SawAll};

use super::{
    Shape,
    search::{Search, tell_gaps},
};
use crate::{
    config::Config,
    exempt::{Absence, AllowSettings, Grants},
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
    let saw_all = if swept.coverage.is_complete() { SawAll::Yes } else { SawAll::No };
    let remarks = grants.audit(&placed, &rulings, &swept.fingerprinter, saw_all);
    printer
        .print(|out| match args.format {
            Shape::Text => text(&remarks, &grants, out),
            Shape::Json => {
                let records: Vec<Record<'_>> =
                    remarks.iter().map(|remark| Record::of(remark, &grants)).collect();
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
    file: String,
    line: usize,
    name: Option<&'r str>,
    message: String,
}

impl<'r> Record<'r> {
    fn of(remark: &'r Remark, grants: &Grants) -> Self {
        let (file, line, name) = grants.whereabouts(remark);
        Self { fault: remark.fault.as_str(), file, line, name, message: remark.fault.to_string() }
    }
}

fn text(remarks: &[Remark], grants: &Grants, out: &mut dyn Write) -> io::Result<()> {
    for remark in remarks {
        writeln!(out, "{}", Printable(&grants.line(remark)))?;
    }
    let allowances = count(grants.file.allowances().count() as u64, "allowance");
    match remarks.len() {
        0 => writeln!(out, "✓ {allowances}, nothing to remark"),
        remarks => writeln!(out, "! {allowances}, {}", count(remarks as u64, "remark")),
    }
}
