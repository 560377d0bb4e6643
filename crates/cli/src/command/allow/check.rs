//! `stanch allow check`: what is wrong with the exceptions.

use std::{
    collections::{BTreeSet, HashSet},
    io::{self, Write},
    mem,
};

use anyhow::Context as _;
use serde::Serialize;
use stanch_allow::{Fault, Placed, Remark, SawAll, Source};
use stanch_engine::parse_rules;
use stanch_model::{Dialect, Step};

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

/// The rule that finds our comments.
const COMMENT_RULE: &str = "stanch-allow-comment";
/// That rule: comments on a line without a secret are found no other way.
const COMMENTS: &str = r##"
provider = "Stanch"

[[rule]]
id = "stanch-allow-comment"
name = "Comment that lets a secret stay"
description = "Is good for nothing where there is no secret."
pattern = '\bstanch:allow[ \t]{1,8}(?P<secret>false-positive|test-credential|revoked|rotated-in-history|accepted-risk)\b'
severity = "low"
confidence = "certain"
references = ["https://github.com/stanch/stanch"]
examples = ["# stanch:allow revoked", "// stanch:allow accepted-risk"]
negatives = ["stanch:allow", "stanch:allow because"]
"##;

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
    let comments = parse_rules("comments", COMMENTS)?;
    let swept = args.search.run_with(comments, &mut config, printer)?;
    tell_gaps(&swept.coverage, printer);
    let (comments, findings): (Vec<_>, Vec<_>) =
        swept.findings.into_iter().partition(|finding| finding.rule.id == COMMENT_RULE);
    let placed = grants.placed(&findings);
    let rulings = grants.rule(&placed);
    let saw_all = if swept.coverage.is_complete() { SawAll::Yes } else { SawAll::No };
    let mut remarks = grants.audit(&placed, &rulings, &swept.fingerprinter, saw_all);
    remarks.extend(idle_comments(&grants.placed(&comments), &placed));
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

/// Comments in today's files on whose line nothing is found.
fn idle_comments(comments: &[Placed<'_>], placed: &[Placed<'_>]) -> Vec<Remark> {
    let ends = |one: &Placed<'_>| [one.finding.location.line, one.finding.location.end_line];
    let needed: HashSet<(&str, usize)> =
        placed.iter().flat_map(|one| ends(one).map(|line| (one.path.as_str(), line))).collect();
    let is_file = |one: &&Placed<'_>| {
        one.finding.provenance.0.iter().any(|step| matches!(step, Step::Directory { .. }))
    };
    let idle = comments.iter().filter(is_file).map(|one| (one.path.as_str(), one.finding.location.line));
    let idle: BTreeSet<_> = idle.filter(|place| !needed.contains(place)).collect();
    let remark = |(path, line): (&str, usize)| Remark {
        source: Source::Comment { path: path.to_owned(), line, dialect: Dialect::Stanch },
        fault: Fault::Unused,
    };
    idle.into_iter().map(remark).collect()
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
