//! For a person at a terminal: one block a secret, the verdict last.

mod excerpt;
mod palette;

use std::io::{self, Write};

use stanch_model::{Finding, SecretGroup};

use self::{
    excerpt::Excerpt,
    palette::{BOLD, DIM, GOOD, PATH, badge, paint},
};
use super::{
    Format, Report, encodings,
    facts::facts,
    gaps::Gaps,
    part,
    place::{self, Place},
    printable::Printable,
    situation::Situation,
    summary::{Summary, count},
};

/// Text for people.
pub(crate) struct Text;

/// Places listed a secret; the rest are counted.
const PLACES_MAX: usize = 5;
/// Things that were not scanned and are listed; the rest are counted.
const GAPS_MAX: usize = 5;
/// Lines longer than this tire the eye, however wide the screen.
const PROSE_WIDTH_MAX: usize = 100;
/// Columns before a source line: the line number and the bar.
const GUTTER_WIDTH: usize = 9;

impl Format for Text {
    fn name(&self) -> &'static str {
        "text"
    }

    fn doc(&self) -> &'static str {
        "grouped by secret, with source lines and what to do next: for people"
    }

    fn write(&self, report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
        let mut page = Page { out, width: report.width };
        for secret in report.secrets() {
            page.secret(&secret)?;
        }
        page.allowed(report)?;
        page.gaps(report)?;
        page.verdict(&Summary::of(report))
    }
}

/// Where the text goes and what it may use there.
struct Page<'w> {
    out: &'w mut dyn Write,
    width: usize,
}

impl Page<'_> {
    fn secret(&mut self, secret: &SecretGroup<'_>) -> io::Result<()> {
        let (rule, places) = (secret.rule(), place::distinct(secret));
        let badge =
            paint(badge(secret.severity()), format!(" {:<8} ", secret.severity().as_str().to_uppercase()));
        writeln!(self.out, "{badge} {}  {}", paint(BOLD, Printable(&rule.name)), paint(DIM, &rule.id))?;
        let facts = format!(
            "· confidence {} · fingerprint {} · {}{}",
            secret.confidence(),
            secret.fingerprint().short(),
            count(places.len() as u64, "place"),
            facts(secret.lead())
        );
        writeln!(self.out, "           {} {}", paint(BOLD, secret.preview()), paint(DIM, facts))?;
        for finding in places.iter().take(PLACES_MAX) {
            self.place(finding)?;
        }
        if let more @ 1.. = places.len().saturating_sub(PLACES_MAX) {
            writeln!(self.out, "\n  {}", paint(DIM, format_args!("+ {}", count(more as u64, "more place"))))?;
        }
        writeln!(self.out)?;
        self.prose("Risk", &Printable(&rule.description).to_string())?;
        self.prose("Next", Situation::of_all(secret).advice())?;
        writeln!(self.out)
    }

    fn place(&mut self, finding: &Finding) -> io::Result<()> {
        let (place, at) = (Place::of(finding), &finding.location);
        let position = format!("{}:{}:{}", Printable(place.shown_path()), at.line, at.column);
        write!(self.out, "\n  {}", paint(PATH, position))?;
        if at.end_line > at.line {
            write!(self.out, " {}", paint(DIM, format_args!("to line {}", at.end_line)))?;
        }
        writeln!(self.out)?;
        if let Some(remark) = place.remark() {
            writeln!(self.out, "  {}", paint(DIM, remark))?;
        }
        if let Some(encodings) = encodings::listed(finding) {
            writeln!(self.out, "  {} {encodings}", paint(DIM, "in"))?;
        }
        if let Some(parts) = part::listed(finding) {
            writeln!(self.out, "  {} {parts}", paint(DIM, "with"))?;
        }
        let Some(snippet) = &finding.snippet else { return Ok(()) };
        let excerpt = Excerpt::fit(snippet, self.width.saturating_sub(GUTTER_WIDTH));
        writeln!(self.out, "  {} {}", paint(DIM, format_args!("{:>4} │", at.line)), excerpt.text)?;
        let carets = paint(palette::text(finding.severity), "^".repeat(excerpt.carets));
        writeln!(self.out, "  {} {:pad$}{carets}", paint(DIM, "     │"), "", pad = excerpt.indent)
    }

    /// A labelled paragraph, wrapped, its lines flush.
    fn prose(&mut self, label: &str, text: &str) -> io::Result<()> {
        let width = self.width.min(PROSE_WIDTH_MAX).saturating_sub(8);
        for (at, line) in wrap(text, width).iter().enumerate() {
            let label = if at == 0 { label } else { "" };
            writeln!(self.out, "  {}  {line}", paint(DIM, format_args!("{label:<4}")))?;
        }
        Ok(())
    }

    /// What may stay, where it is to be listed: one line a place and one for who says so.
    fn allowed(&mut self, report: &Report<'_>) -> io::Result<()> {
        let allowed = report.listed_exempt();
        if allowed.is_empty() {
            return Ok(());
        }
        writeln!(self.out, "{}", paint(BOLD, "Allowed"))?;
        for one in allowed {
            let (finding, place) = (&one.finding, Place::of(&one.finding));
            let position = format!("{}:{}", Printable(&place.path), finding.location.line);
            let what = format!("{}  {}", finding.preview(), Printable(&finding.rule.name));
            writeln!(self.out, "  {}  {what}", paint(PATH, position))?;
            let grounds = Printable(&one.grounds()).to_string();
            let short = finding.fingerprint().short();
            writeln!(self.out, "    {}", paint(DIM, format_args!("fingerprint {short} · {grounds}")))?;
        }
        writeln!(self.out)
    }

    fn gaps(&mut self, report: &Report<'_>) -> io::Result<()> {
        let gaps = Gaps::of(report.coverage);
        if gaps.is_empty() {
            return Ok(());
        }
        writeln!(self.out, "{}", paint(BOLD, "Not scanned"))?;
        for error in &gaps.errors {
            writeln!(self.out, "  {}", Printable(error))?;
        }
        for skip in gaps.skips.iter().take(GAPS_MAX) {
            let why = format!("{}: {}", skip.reason, Printable(&skip.detail));
            writeln!(self.out, "  {}  {}", Printable(&skip.item), paint(DIM, why))?;
        }
        if let more @ 1.. = gaps.items.saturating_sub(gaps.skips.len().min(GAPS_MAX) as u64) {
            writeln!(self.out, "  {}", paint(DIM, format_args!("+ {more} more")))?;
        }
        writeln!(self.out)
    }

    /// The last lines: readable in three seconds.
    fn verdict(&mut self, summary: &Summary<'_>) -> io::Result<()> {
        let worst = summary.by_severity().first().map(|(severity, _)| *severity);
        let style = match worst {
            Some(severity) => palette::text(severity),
            None if summary.is_complete() => GOOD,
            None => palette::WARNING,
        };
        let found = format!("{} {}", summary.mark(), summary.found());
        let rest = format!("{}; {}", summary.scanned(), summary.completeness());
        let is_one_line = found.chars().count() + rest.chars().count() + 3 <= self.width;
        let link = if is_one_line { " — " } else { "\n  " };
        writeln!(self.out, "{}{link}{rest}", paint(style, found))?;
        match summary.exempted() {
            Some(tally) => writeln!(self.out, "  {tally}"),
            None => Ok(()),
        }
    }
}

/// Breaks `text` between words into lines of at most `width` characters; a longer word has a line of its own.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}
