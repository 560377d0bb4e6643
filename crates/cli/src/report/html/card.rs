//! One secret on the page: what it is, where it stands, what to do.

use std::io::{self, Write};

use stanch_model::{Finding, SecretGroup, Snippet};

use super::escape::Escaped;
use crate::report::{
    facts::facts,
    part,
    place::{self, Place},
    situation::Situation,
    summary::count,
};

/// Places shown at once; the others unfold.
const PLACES_OPEN_MAX: usize = 5;

/// What a tab in a source line becomes.
const TAB: &str = "    ";

/// Writes the card of `secret`.
pub(super) fn write(secret: &SecretGroup<'_>, out: &mut dyn Write) -> io::Result<()> {
    let (rule, severity) = (secret.rule(), secret.severity());
    let places = place::distinct(secret);
    let mut rules: Vec<&str> = secret.findings.iter().map(|finding| finding.rule.id.as_str()).collect();
    rules.sort_unstable();
    rules.dedup();
    write!(
        out,
        "<article class=\"secret {severity}\" data-severity=\"{severity}\" data-rules=\"{}\">\
         <header><h2><span class=\"badge\">{severity}</span> {}</h2><p><code class=\"preview\">{}</code>\
         <code>{}</code></p></header>",
        Escaped(&rules.join(" ")),
        Escaped(&rule.name),
        Escaped(secret.preview().as_str()),
        Escaped(&rule.id),
    )?;
    write!(
        out,
        "<dl class=\"advice\"><dt>Risk</dt><dd>{}</dd><dt>Next</dt><dd>{}</dd></dl>",
        Escaped(&rule.description),
        Situation::of_all(secret).advice()
    )?;
    let (open, folded) = places.split_at(places.len().min(PLACES_OPEN_MAX));
    write_places(open, out)?;
    if !folded.is_empty() {
        let more = count(folded.len() as u64, "more place");
        write!(out, "<details><summary>{more}</summary>")?;
        write_places(folded, out)?;
        write!(out, "</details>")?;
    }
    write!(
        out,
        "<footer>confidence {} · <code class=\"print\">{}</code>{}</footer></article>",
        secret.confidence(),
        secret.fingerprint(),
        Escaped(&facts(secret.lead()))
    )
}

fn write_places(places: &[&Finding], out: &mut dyn Write) -> io::Result<()> {
    write!(out, "<ol class=\"places\">")?;
    places.iter().try_for_each(|finding| write_place(finding, out))?;
    write!(out, "</ol>")
}

fn write_place(finding: &Finding, out: &mut dyn Write) -> io::Result<()> {
    let (place, at) = (Place::of(finding), &finding.location);
    let path = if place.path == "-" { "standard input" } else { &place.path };
    write!(
        out,
        "<li><p class=\"where\"><span class=\"path\">{}</span>:{}:{}</p>",
        Escaped(path),
        at.line,
        at.column
    )?;
    if let Some(remark) = place.remark() {
        write!(out, "<p class=\"remark\">{}</p>", Escaped(&remark))?;
    }
    if let Some(parts) = part::listed(finding) {
        write!(out, "<p class=\"remark\">with {}</p>", Escaped(&parts))?;
    }
    if let Some(snippet) = &finding.snippet {
        write_source(snippet, at.line, out)?;
    }
    write!(out, "</li>")
}

/// The source line, which scrolls sideways and so must be reachable by keyboard.
fn write_source(snippet: &Snippet, line: usize, out: &mut dyn Write) -> io::Result<()> {
    let part = |from: usize, to: usize| -> String {
        let chars = snippet.text.chars().skip(from).take(to.saturating_sub(from));
        chars.collect::<String>().replace('\t', TAB)
    };
    write!(
        out,
        "<pre tabindex=\"0\"><span class=\"number\">{line}</span>{}<mark>{}</mark>{}</pre>",
        Escaped(&part(0, snippet.caret_start)),
        Escaped(&part(snippet.caret_start, snippet.caret_end)),
        Escaped(&part(snippet.caret_end, usize::MAX))
    )
}
