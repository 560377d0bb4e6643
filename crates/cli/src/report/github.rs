//! Workflow commands of GitHub Actions: annotations on the changed files, the rest in the log.
//!
//! Source: GitHub documentation, "Workflow commands for GitHub Actions"; the escapes are those of the `core` package of
//! its Actions toolkit. GitHub shows ten annotations a level and step and drops others without a word, so the tenth
//! says how many more there are and the log lists them.

use std::io::{self, Write};

use stanch_model::{Finding, Severity};

use super::{
    Format, Report, part,
    place::{self, Place},
    printable::Printable,
    summary::{Summary, count},
};
use crate::exempt::Allowed;

/// Annotations for GitHub Actions.
pub(crate) struct Github;

/// Annotations of one level that GitHub shows a step.
const ANNOTATIONS_MAX: usize = 10;

/// The levels of annotations, worst first.
const LEVELS: [&str; 3] = ["error", "warning", "notice"];

impl Format for Github {
    fn name(&self) -> &'static str {
        "github"
    }

    fn doc(&self) -> &'static str {
        "annotations for GitHub Actions"
    }

    fn write(&self, report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
        let secrets = report.secrets();
        let findings: Vec<&Finding> = secrets.iter().flat_map(place::distinct).collect();
        for name in LEVELS {
            let of_level: Vec<_> = findings.iter().copied().filter(|f| level(f.severity) == name).collect();
            write_level(name, &of_level, out)?;
        }
        write_allowed(report.listed_exempt(), out)?;
        writeln!(out, "stanch: {}", Summary::of(report))
    }
}

fn write_level(level: &str, findings: &[&Finding], out: &mut dyn Write) -> io::Result<()> {
    let shown = if findings.len() > ANNOTATIONS_MAX { ANNOTATIONS_MAX - 1 } else { findings.len() };
    let (annotated, listed) = findings.split_at(shown);
    for finding in annotated {
        annotation(level, finding, out)?;
    }
    if listed.is_empty() {
        return Ok(());
    }
    let more = count(listed.len() as u64, "more place");
    writeln!(out, "::{level} title=Stanch::{more} at this level: the log of this step lists them")?;
    writeln!(out, "::group::{more} at level {level}")?;
    for finding in listed {
        write_line(finding, &headline(finding), out)?;
    }
    writeln!(out, "::endgroup::")
}

/// What may stay, in the log only.
fn write_allowed(allowed: &[Allowed], out: &mut dyn Write) -> io::Result<()> {
    if allowed.is_empty() {
        return Ok(());
    }
    writeln!(out, "::group::{} allowed", count(allowed.len() as u64, "finding"))?;
    for one in allowed {
        let grounds = one.grounds();
        write_line(&one.finding, &format!("{}: {}", headline(&one.finding), Printable(&grounds)), out)?;
    }
    writeln!(out, "::endgroup::")
}

/// One place in the log.
fn write_line(finding: &Finding, what: &str, out: &mut dyn Write) -> io::Result<()> {
    let (place, at) = (Place::of(finding), &finding.location);
    let line = format!("- {}:{}:{} {what}", Printable(&place.path), at.line, at.column);
    // The runner also reads commands of an older form anywhere in a line: they begin with `##[`.
    writeln!(out, "{}", line.replace("##[", "## ["))
}

fn annotation(level: &str, finding: &Finding, out: &mut dyn Write) -> io::Result<()> {
    let (place, at) = (Place::of(finding), &finding.location);
    write!(out, "::{level} file={},line={},endLine={}", property(&place.path), at.line, at.end_line)?;
    // Columns count only within one line.
    if at.line == at.end_line {
        write!(out, ",col={},endColumn={}", at.column, at.end_column)?;
    }
    let remark = place.remark().map(|remark| format!(" ({remark})")).unwrap_or_default();
    let message = format!("{}{remark}. {}", headline(finding), place.situation.advice());
    writeln!(out, ",title={}::{}", property(&finding.rule.name), data(&message))
}

fn headline(finding: &Finding) -> String {
    let parts = part::listed(finding).map(|parts| format!(" with {parts}")).unwrap_or_default();
    format!("{} {}: {}{parts}", finding.severity, Printable(&finding.rule.name), finding.preview())
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => LEVELS[0],
        Severity::Medium => LEVELS[1],
        Severity::Low => LEVELS[2],
    }
}

/// Escapes the message of a command.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Escapes the value of a property.
fn property(text: &str) -> String {
    data(&Printable(text).to_string()).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn what_separates_is_escaped() {
        assert_eq!(property("a,b:c%d\ne"), r"a%2Cb%3Ac%25d\ne");
        assert_eq!(data("50% of:\r\nthis"), "50%25 of:%0D%0Athis");
    }

    #[test]
    fn hostile_names_add_no_commands() {
        let text = sample::hostile().render(&Github);
        let (commands, listed): (Vec<_>, Vec<_>) =
            text.lines().partition(|line| line.trim_start().starts_with("::"));
        let names: Vec<_> =
            commands.iter().map(|line| line.split([' ', ':']).nth(2).unwrap_or_default()).collect();
        assert_eq!(names, [["error"; ANNOTATIONS_MAX].as_slice(), &["group", "endgroup"]].concat());
        assert!(listed.iter().any(|line| line.contains("## [error]old")), "{text}");
        assert!(!listed.iter().any(|line| line.contains("##[")), "{text}");
    }

    #[test]
    fn the_tenth_annotation_of_many_counts_the_rest() {
        let sample = sample::repeated(25);
        let text = sample.render(&Github);
        let errors: Vec<_> = text.lines().filter(|line| line.starts_with("::error ")).collect();
        assert_eq!(errors.len(), ANNOTATIONS_MAX);
        assert!(errors[9].contains("16 more places"), "{}", errors[9]);
        assert_eq!(text.lines().filter(|line| line.starts_with("- ")).count(), 16);
    }
}
