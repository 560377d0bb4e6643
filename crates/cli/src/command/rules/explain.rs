//! `stanch rules explain`: why something is a finding, or is none.

use std::{
    fs::File,
    io::{self, Read, Write},
    path::PathBuf,
    str::FromStr,
};

use anyhow::{Context as _, ensure};
use stanch_engine::{
    Cursor, Match, Rule, RuleSet, Scanner, ScannerOptions,
    generic::{Reason, tells_bytes},
};
use stanch_model::{Fingerprinter, KeyKind, Preview, Probability, Span};

use super::HEADING;
use crate::{
    advice::listed, config::Config, policy::Status, printer::Printer, rulebook, settings::RuleSettings,
};

/// Largest file that is explained, in bytes.
const FILE_BYTES_MAX: u64 = 64 << 20;
/// Most matches of a line that are told: a compressed file is one line, and may hold any number.
const MATCHES_MAX: usize = 50;
/// Features told of each judged value: those that moved it most.
const REASONS_MAX: usize = 12;

/// Tell why a line is a finding: the rule, its check, and what the learned judge went by
///
/// Values that were judged and found unlikely are told too.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// A line of a file, as reports write it; a column after it is passed over
    #[arg(value_name = "FILE:LINE")]
    place: Place,
    #[command(flatten)]
    rules: RuleSettings,
}

/// A line of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Place {
    file: PathBuf,
    line: usize,
}

impl FromStr for Place {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut parts: Vec<&str> = text.rsplitn(3, ':').collect();
        parts.reverse();
        let numbers = parts.iter().rev().take_while(|part| part.parse::<usize>().is_ok()).count();
        let line_at = parts.len() - numbers.min(parts.len() - 1);
        let line = parts.get(line_at).and_then(|part| part.parse().ok());
        let line = line.filter(|line| *line > 0).ok_or("expected FILE:LINE")?;
        Ok(Self { file: parts[..line_at].join(":").into(), line })
    }
}

/// What to explain, with the rules at hand.
pub(crate) struct Options {
    place: Place,
    rules: RuleSet,
}

impl Args {
    pub(super) fn resolve(self, config: Config) -> anyhow::Result<Options> {
        let rules = rulebook::load(&self.rules.over(config.rules))?;
        Ok(Options { place: self.place, rules })
    }
}

pub(super) fn run(options: &Options, printer: &Printer) -> anyhow::Result<Status> {
    let Options { place, rules } = options;
    let everything = ScannerOptions { floor: Probability::thousandths(0), ..ScannerOptions::default() };
    let scanner = Scanner::with_options(rules.clone(), everything);
    let bytes = read(place).with_context(|| place.file.display().to_string())?;
    let line = line(&bytes, place.line)
        .with_context(|| format!("{}: no line {}", place.file.display(), place.line))?;
    let mut found: Vec<Match> = Vec::new();
    scanner.scan(&mut scanner.scratch(), &bytes, &mut found);
    scanner.settle_in(&mut found, &place.file.to_string_lossy());
    found.retain(|found| found.secret.start < line.end && found.secret.end > line.start);
    let text = Text { place, scanner: &scanner, bytes: &bytes };
    printer
        .print(|out| {
            if found.is_empty() {
                writeln!(out, "no rule matches on this line")?;
            }
            found.iter().take(MATCHES_MAX).try_for_each(|found| text.tell(found, out))?;
            match found.len().saturating_sub(MATCHES_MAX) {
                0 => Ok(()),
                more => writeln!(out, "and {more} more on this line"),
            }
        })
        .context("standard output")?;
    Ok(Status::Clean)
}

fn read(place: &Place) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let read = File::open(&place.file)?.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes)? as u64;
    ensure!(read <= FILE_BYTES_MAX, "is over the limit of {FILE_BYTES_MAX} bytes");
    Ok(bytes)
}

/// The bytes of a line, from 1.
fn line(bytes: &[u8], number: usize) -> Option<Span> {
    let mut start = 0;
    let mut lines = bytes.split_inclusive(|byte| *byte == b'\n').map(|line| {
        let span = Span::new(start, start + line.len());
        start = span.end;
        span
    });
    lines.nth(number - 1)
}

/// A file and who reads it.
struct Text<'t> {
    place: &'t Place,
    scanner: &'t Scanner,
    bytes: &'t [u8],
}

impl Text<'_> {
    fn tell(&self, found: &Match, out: &mut dyn Write) -> io::Result<()> {
        let Self { place, scanner, .. } = self;
        let rule = &scanner.rules().rules()[found.rule.0 as usize];
        let at = Cursor::starting(self.bytes).after(&self.bytes[..found.secret.start]);
        let value = scanner.values(self.bytes, &[*found]).remove(0);
        let secret = Fingerprinter::new(KeyKind::Once, &[0; 32]).seal(&value.bytes);
        let (file, line, column) = (place.file.display(), at.line(), at.column());
        writeln!(out, "{HEADING}{file}:{line}:{column}{HEADING:#}  {}", Preview::of(&secret))?;
        writeln!(out, "  rule        {}: {}", rule.info.id, rule.info.name)?;
        if !value.encodings.is_empty() {
            writeln!(out, "  stands in   {}", listed(&value.encodings))?;
        }
        if let Some(check) = rule.check {
            writeln!(out, "  check       {}: {}", check.name(), check.doc())?;
        }
        let Some(odds) = found.odds else {
            return writeln!(out, "  confidence  {}: {}", found.confidence, trust(rule, found));
        };
        let path = place.file.to_string_lossy();
        let probability = scanner.judge().probability(odds, Some(&path));
        writeln!(out, "  probability {probability}, judged by what stands in and around it:")?;
        let reasons = scanner.explain(self.bytes, found, Some(&path));
        reasons.iter().take(REASONS_MAX).try_for_each(|reason| tell_reason(reason, out))
    }
}

/// Where the confidence of a match that no judge saw comes from.
fn trust(rule: &Rule, found: &Match) -> &'static str {
    if found.confidence > rule.info.confidence { "its check passed" } else { "that of the rule" }
}

fn tell_reason(reason: &Reason, out: &mut dyn Write) -> io::Result<()> {
    let Reason { feature, value, share } = reason;
    let shown = if tells_bytes(feature) { String::new() } else { format!(" = {value}") };
    writeln!(out, "    {share:+6.2}  {feature}{shown}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_read_as_reports_write_them() {
        let place = |file: &str, line| Ok(Place { file: file.into(), line });
        assert_eq!("a/b.env:3".parse(), place("a/b.env", 3));
        assert_eq!("a/b.env:3:14".parse(), place("a/b.env", 3));
        assert_eq!("C:\\a:3".parse(), place("C:\\a", 3));
        for wrong in ["a", "a:x", "3", "a:0"] {
            assert!(wrong.parse::<Place>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn lines_are_counted_from_one() {
        assert_eq!(line(b"ab\ncd", 2), Some(Span::new(3, 5)));
        assert_eq!(line(b"ab\ncd", 3), None);
    }
}
