//! One screen of Markdown, for a comment on a pull request or the summary of a CI job.
//!
//! Source: GitHub Flavored Markdown 0.29, sections "Tables" and "Code spans". What others have written stands in code
//! spans, where nothing is markup and forges look for no mentions, references or addresses. What could end a span or a
//! cell is escaped in it. GitHub takes 65,536 characters a comment, so names are shortened.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    io::{self, Write},
};

use stanch_model::SecretGroup;

use super::{
    Format, Report,
    gaps::Gaps,
    place::{self, Place},
    printable::{Printable, ending, shortened},
    situation::Situation,
    summary::{Summary, count},
};

/// Markdown.
pub(crate) struct Markdown;

/// Secrets in the table; the rest are counted.
const ROWS_MAX: usize = 20;
/// Things that were not scanned and are listed; the rest are counted.
const GAPS_MAX: usize = 5;
/// Characters of a name, before some of them are escaped.
const NAME_MAX: usize = 100;

impl Format for Markdown {
    fn name(&self) -> &'static str {
        "markdown"
    }

    fn doc(&self) -> &'static str {
        "one screen of Markdown: for pull requests and job summaries"
    }

    fn write(&self, report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
        let summary = Summary::of(report);
        writeln!(out, "### Stanch: {} {}\n", summary.mark(), summary.found())?;
        writeln!(out, "{}; {}.", summary.scanned(), summary.completeness())?;
        if !summary.is_clean() {
            table(&summary.secrets, out)?;
            advice(&summary.secrets, out)?;
        }
        allowed(report, out)?;
        gaps(&Gaps::of(report.coverage), out)
    }
}

/// How many may stay, and which where that is asked for.
fn allowed(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let Some(tally) = report.exempt.tally() else { return Ok(()) };
    writeln!(out, "\n{tally}.")?;
    let listed = report.listed_exempt();
    if !listed.is_empty() {
        writeln!(out)?;
    }
    for one in listed.iter().take(ROWS_MAX) {
        let place = Place::of(&one.finding);
        let position = format!("{}:{}", ending(place.shown_path(), NAME_MAX), one.finding.location.line);
        writeln!(out, "- {} {}", code(&position), code(&shortened(&one.grounds(), NAME_MAX)))?;
    }
    match listed.len().saturating_sub(ROWS_MAX) {
        0 => Ok(()),
        more => writeln!(out, "- and {more} more"),
    }
}

fn table(secrets: &[SecretGroup<'_>], out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "\n| Severity | What | Where | Preview | Fingerprint |\n|---|---|---|---|---|")?;
    for secret in secrets.iter().take(ROWS_MAX) {
        writeln!(
            out,
            "| {} | {} | {} | {} | {} |",
            secret.severity(),
            words(&secret.rule().name),
            whereabouts(secret),
            code(secret.preview().as_str()),
            code(&secret.fingerprint().short())
        )?;
    }
    if let more @ 1.. = secrets.len().saturating_sub(ROWS_MAX) {
        writeln!(out, "\nand {}", count(more as u64, "more secret"))?;
    }
    Ok(())
}

/// The first place, and how many there are besides.
fn whereabouts(secret: &SecretGroup<'_>) -> String {
    let places = place::distinct(secret);
    let Some(first) = places.first() else { return String::new() };
    let place = Place::of(first);
    let mut text = code(&format!("{}:{}", ending(place.shown_path(), NAME_MAX), first.location.line));
    if let Some(remark) = place.brief() {
        let _ = write!(text, ", {}", words(&remark));
    }
    if let more @ 1.. = places.len() - 1 {
        let _ = write!(text, ", and {}", count(more as u64, "more place"));
    }
    // Where it stands first may not be where it is worst.
    let worst = Situation::of_all(secret);
    if worst > place.situation {
        let _ = write!(text, ", also {}", worst.label());
    }
    text
}

/// What to do, a line for each kind of place, what is hardest to clean up first.
fn advice(secrets: &[SecretGroup<'_>], out: &mut dyn Write) -> io::Result<()> {
    let mut situations: BTreeMap<Situation, u64> = BTreeMap::new();
    for secret in secrets {
        *situations.entry(Situation::of_all(secret)).or_default() += 1;
    }
    writeln!(out, "\n**Next**\n")?;
    for (situation, number) in situations.into_iter().rev() {
        let each = if number == 1 { "." } else { ", for each:" };
        let (secrets, place) = (count(number, "secret"), situation.label());
        writeln!(out, "- {secrets} {place}{each} {}", situation.advice())?;
    }
    Ok(())
}

fn gaps(gaps: &Gaps<'_>, out: &mut dyn Write) -> io::Result<()> {
    if gaps.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n**Not scanned**\n")?;
    let errors = gaps.errors.iter().map(|error| code(&shortened(error, NAME_MAX)));
    let skips = gaps.skips.iter().map(|skip| {
        let (item, detail) = (ending(&skip.item, NAME_MAX), shortened(&skip.detail, NAME_MAX));
        format!("{}: {}: {}", code(&item), skip.reason, code(&detail))
    });
    let lines: Vec<_> = errors.chain(skips).take(GAPS_MAX).collect();
    for line in &lines {
        writeln!(out, "- {line}")?;
    }
    let all = gaps.errors.len() as u64 + gaps.items;
    if let more @ 1.. = all.saturating_sub(lines.len() as u64) {
        writeln!(out, "- and {more} more")?;
    }
    Ok(())
}

/// A phrase as it is where it is nothing but words, and as code where it could be anything else.
fn words(text: &str) -> String {
    let text = shortened(text, NAME_MAX);
    let plain = |c: char| c.is_alphanumeric() || matches!(c, ' ' | ',' | '(' | ')' | '-' | '\'');
    if text.chars().all(plain) { text } else { code(&text) }
}

/// A code span. It holds no backtick, which would end it, no bar, which would end the cell, and no `<`, in case a reader
/// looks for HTML first.
fn code(text: &str) -> String {
    let mut span = String::from("`");
    for c in Printable(text).to_string().chars() {
        match c {
            '`' | '|' | '<' => span.extend(c.escape_unicode()),
            c => span.push(c),
        }
    }
    // Two backticks in a row would begin another kind of span.
    if text.is_empty() {
        span.push(' ');
    }
    span.push('`');
    span
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    /// What of `line` stands outside its code spans.
    fn outside(line: &str) -> String {
        assert_eq!(line.matches('`').count() % 2, 0, "a code span is open: {line}");
        line.split('`').step_by(2).collect()
    }

    #[test]
    fn what_ends_a_span_or_a_cell_is_escaped() {
        assert_eq!(code("a|b`c<d\ne\\"), r"`a\u{7c}b\u{60}c\u{3c}d\ne\`");
        assert_eq!(code(""), "` `");
        assert_eq!(words("Chat hook (v2)"), "Chat hook (v2)");
        assert_eq!(words("@org www.example.com"), "`@org www.example.com`");
    }

    #[test]
    fn hostile_names_stay_in_their_cells() {
        let sample = sample::hostile();
        let text = sample.render(&Markdown);
        let rows: Vec<_> = text.lines().filter(|line| line.starts_with('|')).collect();
        assert_eq!(rows.len(), 2 + sample.findings.len(), "{text}");
        for row in rows {
            assert_eq!(row.matches('|').count(), 6, "{row}");
        }
        for line in text.lines() {
            let ours = outside(line);
            assert!(!ours.contains(['<', '@', '[', ']', '\\', '&', '$']), "{line}");
            assert!(!ours.contains("://"), "{line}");
        }
        assert!(!text.contains('<'), "{text}");
    }

    #[test]
    fn many_secrets_with_long_names_fit_into_a_comment() {
        let text = sample::many(ROWS_MAX + 7).render(&Markdown);
        assert_eq!(text.lines().filter(|line| line.starts_with("| ")).count(), 1 + ROWS_MAX);
        assert!(text.contains("\nand 7 more secrets\n"), "{text}");
        assert!(text.chars().count() < 65_536, "{} characters", text.chars().count());
    }
}
