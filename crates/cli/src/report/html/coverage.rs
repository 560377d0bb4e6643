//! What was scanned and what was not, on the page.

use std::io::{self, Write};

use stanch_model::TargetCoverage;

use super::escape::Escaped;
use crate::report::{
    Report, TOOL_VERSION,
    place::Place,
    summary::{Bytes, Grouped, count},
};

/// Writes the coverage section.
pub(super) fn write(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let coverage = report.coverage;
    write_allowed(report, out)?;
    write!(
        out,
        "<div class=\"scroll\" tabindex=\"0\"><table><thead><tr><th scope=\"col\">Target</th>\
         <th scope=\"col\">Files</th><th scope=\"col\">Size</th><th scope=\"col\">Not scanned</th></tr></thead><tbody>"
    )?;
    for target in &coverage.targets {
        write!(
            out,
            "<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td><td>{}</td></tr>",
            Escaped(&target.target),
            Grouped(target.blobs),
            Bytes(target.bytes),
            Grouped(target.gaps)
        )?;
    }
    write!(out, "</tbody></table></div>")?;
    for target in &coverage.targets {
        write_skips(target, out)?;
    }
    if coverage.cancelled {
        write!(out, "<p class=\"warning\">The run was stopped before it was through.</p>")?;
    }
    write!(
        out,
        "<p class=\"remark\">{}, digest <code>{}</code> · Stanch {TOOL_VERSION}</p>",
        count(coverage.rules as u64, "rule"),
        Escaped(&coverage.rules_digest)
    )
}

/// What may stay, where it is to be listed.
fn write_allowed(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let allowed = report.listed_exempt();
    if allowed.is_empty() {
        return Ok(());
    }
    write!(out, "<details open><summary>{}</summary><ul>", count(allowed.len() as u64, "allowed finding"))?;
    for one in allowed {
        let (place, finding) = (Place::of(&one.finding), &one.finding);
        write!(
            out,
            "<li><code>{}:{}</code> {} <code>{}</code>: {}</li>",
            Escaped(&place.path),
            finding.location.line,
            Escaped(&finding.rule.name),
            Escaped(&finding.preview().to_string()),
            Escaped(&one.grounds())
        )?;
    }
    write!(out, "</ul></details>")
}

fn write_skips(target: &TargetCoverage, out: &mut dyn Write) -> io::Result<()> {
    if let Some(error) = &target.error {
        let (name, error) = (Escaped(&target.target), Escaped(error));
        write!(out, "<p class=\"warning\">{name} was not scanned to its end: {error}</p>")?;
    }
    if target.skips.is_empty() {
        return Ok(());
    }
    let title = count(target.skipped, "thing");
    write!(
        out,
        "<details><summary>{title} skipped in {}</summary><ul class=\"skips\">",
        Escaped(&target.target)
    )?;
    for skip in &target.skips {
        let class = if skip.reason.is_gap() { " class=\"gap\"" } else { "" };
        write!(
            out,
            "<li{class}><span class=\"path\">{}</span> <b>{}</b> {}</li>",
            Escaped(&skip.item),
            skip.reason,
            Escaped(&skip.detail)
        )?;
    }
    if let more @ 1.. = target.skipped.saturating_sub(target.skips.len() as u64) {
        write!(out, "<li>and {more} more</li>")?;
    }
    write!(out, "</ul></details>")
}
