//! `stanch rules import`: rule files of other scanners become ours.

use std::{
    fs::{self, File},
    io::Read as _,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, ensure};
use clap::{
    ValueEnum,
    builder::{PossibleValuesParser, TypedValueParser},
};
use stanch_import::{Fate, Format, Import, Input, Note, NoteKind, Report, RuleReport};

use crate::{advice::listed, policy::Status, printer::Printer};

/// Largest file that is read, in bytes.
const FILE_BYTES_MAX: u64 = 16 << 20;

/// Make rules of the rule files of other scanners
///
/// Reads the TOML of gitleaks and betterleaks, and the YAML of kingfisher and nosey parker. The rules go to standard output or
/// to a file, for `stanch scan --rules`; on standard error a report tells what changed, and what was left out and why.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The files, in the order in which one extends another
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Whose files they are [default: whose they look like]
    #[arg(long, value_name = "SCANNER", value_parser = scanner())]
    from: Option<Format>,
    /// Write the rules to FILE instead of standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Write the report for people or for programs
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    report: Shape,
    /// Fail if a rule cannot be expressed
    #[arg(long)]
    strict: bool,
}

/// How the report is written.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Shape {
    /// For people
    Text,
    /// For programs
    Json,
}

fn scanner() -> impl TypedValueParser<Value = Format> {
    let by_name = |name: String| Format::ALL.into_iter().find(|format| format.as_str() == name);
    PossibleValuesParser::new(Format::ALL.map(Format::as_str))
        .try_map(move |name| by_name(name).ok_or("expected the name of a scanner"))
}

/// What to import, read.
pub(crate) struct Options {
    texts: Vec<(String, String)>,
    from: Option<Format>,
    output: Option<PathBuf>,
    report: Shape,
    strict: bool,
}

impl Args {
    /// Reads the files.
    ///
    /// # Errors
    /// A file that cannot be read, by name.
    pub(super) fn resolve(self) -> anyhow::Result<Options> {
        let read = |file: &PathBuf| {
            let name = file.display().to_string();
            read(file).with_context(|| name.clone()).map(|text| (name, text))
        };
        let texts = self.files.iter().map(read).collect::<anyhow::Result<_>>()?;
        Ok(Options { texts, from: self.from, output: self.output, report: self.report, strict: self.strict })
    }
}

fn read(file: &Path) -> anyhow::Result<String> {
    ensure!(fs::metadata(file)?.is_file(), "not a file");
    let mut text = String::new();
    let read = File::open(file)?.take(FILE_BYTES_MAX + 1).read_to_string(&mut text)? as u64;
    ensure!(read <= FILE_BYTES_MAX, "is over the limit of {FILE_BYTES_MAX} bytes");
    Ok(text)
}

pub(super) fn run(options: &Options, printer: &Printer) -> anyhow::Result<Status> {
    let inputs: Vec<Input<'_>> = options.texts.iter().map(|(file, text)| Input { file, text }).collect();
    let include = |path: &str| read(Path::new(path)).ok();
    let how = stanch_import::Options { format: options.from, include: Some(&include) };
    let Import { text, report } = stanch_import::import(&inputs, &how)?;
    match &options.output {
        Some(file) => fs::write(file, &text).with_context(|| file.display().to_string())?,
        None => printer.print(|out| out.write_all(text.as_bytes())).context("standard output")?,
    }
    match options.report {
        Shape::Text => tell(&report, printer),
        Shape::Json => printer.data(&serde_json::to_string_pretty(&report)?),
    }
    let (imported, all) = report.counts();
    Ok(if options.strict && imported < all { Status::Failed } else { Status::Clean })
}

/// Says what became of the files, then of each rule that changed, then of those that are not there.
fn tell(report: &Report, printer: &Printer) {
    for (file, format) in &report.files {
        printer.note(format_args!("{file}: read as rules of {format}"));
    }
    report.notes.iter().for_each(|note| printer.note(words(note)));
    let left_out = |rule: &&RuleReport| matches!(rule.fate, Fate::LeftOut(_));
    let (gone, here): (Vec<_>, Vec<_>) = report.rules.iter().partition(left_out);
    for rule in here.into_iter().filter(|rule| !rule.notes.is_empty() || !is_same(rule)) {
        printer.note(format_args!("{}: {}", rule.source, story(rule)));
    }
    for rule in gone {
        printer.problem(format_args!("{}: {}", rule.source, story(rule)));
    }
    let (imported, all) = report.counts();
    printer.note(format_args!("{imported} of {all} rules imported"));
}

/// Whether a rule is one rule of the same id, but for what stands between its words.
fn is_same(rule: &RuleReport) -> bool {
    let id = rule.source.to_ascii_lowercase().replace(['.', '_', ' '], "-");
    matches!(&rule.fate, Fate::Rules(ids) if ids[..] == [id])
}

fn story(rule: &RuleReport) -> String {
    let fate = match &rule.fate {
        Fate::Rules(_) if is_same(rule) => None,
        Fate::Rules(ids) => Some(format!("is {}", listed(ids))),
        Fate::Part(ids) => Some(format!("is a part of {}", listed(ids))),
        Fate::LeftOut(reason) => Some(format!("left out: {reason}")),
    };
    let told: Vec<String> = fate.into_iter().chain(rule.notes.iter().map(words)).collect();
    told.join("; ")
}

fn words(note: &Note) -> String {
    match note.kind {
        NoteKind::Changed => note.text.clone(),
        NoteKind::LeftOut => format!("not taken over: {}", note.text),
    }
}
