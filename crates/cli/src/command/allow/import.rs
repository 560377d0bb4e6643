//! `stanch allow import`: carries over what other scanners were told to let alone.

use std::{
    collections::BTreeMap,
    io::{self, Write},
    path::PathBuf,
};

use anyhow::Context as _;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use jiff::{ToSpan as _, civil::Date};
use serde::Serialize;
use stanch_allow::{Allowance, Condition, Expiry, PathGlob, Subject};
use stanch_import::{
    Claim, Entry, EntryFate, IgnoreFormat, Ignores, Outcome, PathPattern, outcomes, read_ignores,
};
use stanch_model::{Finding, Reason};

use super::{Book, Place, Shape, reason, search::Search};
use crate::{
    config::Config,
    exempt::{self, Absence, today},
    policy::Status,
    printer::Printer,
    project::Project,
    report::{printable::Printable, summary::count},
};

/// Longest note that is carried over, in bytes.
const NOTE_BYTES_MAX: usize = 400;

/// Carry over ignore files and baselines of other scanners
///
/// Reads those of gitleaks, betterleaks, detect-secrets, kingfisher, trivy and secretlint, scans the project, and makes an
/// allowance of each entry whose secret is found: by its fingerprint, or by rule and path where the entry is about paths.
/// What cannot be carried over is named. docs/import-ignores.md has the formats.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The files
    #[arg(required = true, value_name = "FILE")]
    foreign: Vec<PathBuf>,
    /// Whose files they are [default: whose they look like]
    #[arg(long, value_name = "FORMAT", value_parser = format())]
    from: Option<IgnoreFormat>,
    /// Who answers for what is carried over: a person or a team
    #[arg(long, value_name = "NAME")]
    owner: String,
    /// Why it may stay, where the file does not say
    #[arg(long, value_parser = reason(), default_value = "accepted-risk")]
    reason: Reason,
    /// Tell what would be carried over, and leave the file alone
    #[arg(long)]
    dry_run: bool,
    /// Fail with exit code 1 if something cannot be carried over
    #[arg(long)]
    strict: bool,
    /// For people or for programs
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Shape,
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    search: Search,
}

fn format() -> impl TypedValueParser<Value = IgnoreFormat> {
    let by_name = |name: String| IgnoreFormat::ALL.into_iter().find(|format| format.as_str() == name);
    PossibleValuesParser::new(IgnoreFormat::ALL.map(IgnoreFormat::as_str))
        .try_map(move |name| by_name(name).ok_or("expected the name of a format"))
}

/// What became of all files.
#[derive(Debug, Default, Serialize)]
struct Account {
    /// Entries that were read.
    entries: usize,
    /// Those of them that were carried over.
    carried: usize,
    /// Names of allowances that were made.
    allowances: Vec<String>,
    /// Names of allowances that were there already.
    known: Vec<String>,
    /// What was not carried over.
    left_out: Vec<LeftOut>,
}

#[derive(Debug, Serialize)]
struct LeftOut {
    file: String,
    line: usize,
    why: String,
}

/// Carries them over.
pub(super) fn run(args: Args, mut config: Config, printer: &Printer) -> anyhow::Result<Status> {
    let mut book = Book::open(args.place, &config)?;
    let read = |file: &PathBuf| -> anyhow::Result<(String, Ignores)> {
        let (name, text) =
            (file.display().to_string(), exempt::read(file, Absence::Error)?.unwrap_or_default());
        let ignores = read_ignores(&name, &text, args.from)?;
        Ok((name, ignores))
    };
    let files = args.foreign.iter().map(read).collect::<anyhow::Result<Vec<_>>>()?;
    let swept = args.search.run(&mut config, printer)?;
    let root = Project::here().map(|project| project.root().display().to_string()).unwrap_or_default();
    let grant = Grant { owner: args.owner, reason: args.reason, today: today() };
    let mut account = Account::default();
    let mut allowances = BTreeMap::new();
    for (file, ignores) in &files {
        account.leave_out(file, ignores.left_out.iter().map(|left| (left.line, left.why.to_string())));
        let fates = outcomes(&ignores.entries, &swept.findings, &root);
        for (entry, outcome) in ignores.entries.iter().zip(fates) {
            account.entries += 1;
            match grant.allowances(entry, &outcome, &swept.findings, file) {
                Ok(granted) => {
                    account.carried += 1;
                    allowances.extend(granted.into_iter().map(|allowance| (allowance.name(), allowance)));
                }
                Err(why) => account.leave_out(file, [(entry.line, why)].into_iter()),
            }
        }
    }
    let (known, new): (Vec<_>, Vec<_>) =
        allowances.into_values().partition(|one| book.file.find(&one.name()).is_some());
    account.known = known.iter().map(Allowance::name).collect();
    account.allowances = new.iter().map(Allowance::name).collect();
    if !args.dry_run && !new.is_empty() {
        book.edit(|file| file.add_all(new))?;
    }
    printer
        .print(|out| match args.format {
            Shape::Text => account.write(out),
            Shape::Json => {
                serde_json::to_writer_pretty(&mut *out, &account)?;
                out.write_all(b"\n")
            }
        })
        .context("standard output")?;
    let failed = args.strict && !account.left_out.is_empty();
    Ok(if failed { Status::Found } else { Status::Clean })
}

impl Account {
    fn leave_out(&mut self, file: &str, items: impl Iterator<Item = (usize, String)>) {
        let left_out = items.map(|(line, why)| LeftOut { file: file.to_owned(), line, why });
        self.left_out.extend(left_out);
    }

    fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        for LeftOut { file, line, why } in &self.left_out {
            writeln!(out, "{}:{line}: not carried over: {}", Printable(file), Printable(why))?;
        }
        let known = match self.known.len() {
            0 => String::new(),
            known => format!(", {known} more were there already"),
        };
        let made = count(self.allowances.len() as u64, "allowance");
        writeln!(out, "{} of {} carried over: {made} made{known}", self.carried, entries(self.entries))
    }
}

fn entries(number: usize) -> String {
    if number == 1 { "1 entry".to_owned() } else { format!("{number} entries") }
}

/// What every allowance that is made has in common.
struct Grant {
    owner: String,
    reason: Reason,
    today: Date,
}

impl Grant {
    /// The allowances for what an entry means; why there are none.
    fn allowances(
        &self,
        entry: &Entry,
        outcome: &Outcome,
        findings: &[Finding],
        file: &str,
    ) -> Result<Vec<Allowance>, String> {
        if outcome.fate != EntryFate::Carried {
            return Err(outcome.fate.to_string());
        }
        let expires = self.end(entry)?;
        let meant = outcome.findings.iter().map(|at| &findings[*at]);
        let subjects: Vec<Subject> = match glob(entry) {
            Some((written, path)) => {
                meant.map(|finding| condition(entry, finding, (written, &path))).collect()
            }
            None => meant.map(|finding| Subject::Secret(*finding.fingerprint())).collect(),
        };
        let named: BTreeMap<String, Allowance> = subjects
            .into_iter()
            .map(|subject| self.grant(subject, entry, expires, file))
            .map(|allowance| (allowance.name(), allowance))
            .collect();
        Ok(named.into_values().collect())
    }

    fn grant(&self, subject: Subject, entry: &Entry, expires: Expiry, file: &str) -> Allowance {
        let from = format!("from {}:{}", file.rsplit('/').next().unwrap_or(file), entry.line);
        let note = entry.note.as_deref().map(|note| format!("{from}: {}", one_line(note)));
        Allowance {
            subject,
            reason: self.reason_of(entry),
            owner: Some(self.owner.clone()),
            approver: None,
            ticket: None,
            note: Some(note.unwrap_or(from)),
            created: self.today,
            expires: Some(expires),
            proof: None,
        }
    }

    fn reason_of(&self, entry: &Entry) -> Reason {
        if entry.claim == Claim::FalsePositive { Reason::FalsePositive } else { self.reason }
    }

    /// The last day of it: the default, or what the entry says if that is earlier.
    fn end(&self, entry: &Entry) -> Result<Expiry, String> {
        let default = Allowance::default_end(self.today);
        let told = entry.expires.map(|day| day.saturating_sub(1.day()));
        match told {
            Some(last) if last < self.today => Err("expired".to_owned()),
            Some(last) => Ok(Expiry::On(last.min(default))),
            None => Ok(Expiry::On(default)),
        }
    }
}

/// The pattern of paths of an entry that is about paths rather than about one secret.
fn glob(entry: &Entry) -> Option<(&str, PathGlob)> {
    match &entry.place.path {
        PathPattern::Glob(glob) => Some((glob.as_str(), PathGlob::new(glob.as_str()).ok()?)),
        _ => None,
    }
}

fn condition(entry: &Entry, finding: &Finding, (written, path): (&str, &PathGlob)) -> Subject {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
    let words: String = written.chars().map(plain).take(40).collect();
    let name = format!("{}-{}-{}", finding.rule.id, words.trim_matches('-'), entry.line);
    Subject::Condition(Condition { name, rule: finding.rule.id.clone(), path: path.clone(), value: None })
}

/// A text as a field of an allow file takes it.
fn one_line(text: &str) -> String {
    let plain = |c: char| if c.is_control() { ' ' } else { c };
    text[..text.floor_char_boundary(NOTE_BYTES_MAX)].chars().map(plain).collect()
}
