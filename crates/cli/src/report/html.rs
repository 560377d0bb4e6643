//! One self-contained page with search and filters: for a team that has no server.
//!
//! Everything is written as escaped HTML here; the script only hides what a filter leaves out, so the page can be read
//! and printed without it. It loads nothing, and its content security policy lets nothing in.

mod card;
mod coverage;
mod escape;

use std::io::{self, Write};

use data_encoding::BASE64;
use sha2::{Digest, Sha256};

use self::escape::Escaped;
use super::{Format, Report, summary::Summary};

/// An HTML page.
pub(crate) struct Html;

/// The page; `{{name}}` stands for a part.
const TEMPLATE: &str = include_str!("html/page.html");
const STYLE: &str = include_str!("html/page.css");
const SCRIPT: &str = include_str!("html/page.js");

impl Format for Html {
    fn name(&self) -> &'static str {
        "html"
    }

    fn doc(&self) -> &'static str {
        "one self-contained page with search and filters: to pass on"
    }

    fn write(&self, report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
        let page = Page { report, summary: Summary::of(report) };
        let mut pieces = TEMPLATE.split("{{");
        out.write_all(pieces.next().unwrap_or_default().as_bytes())?;
        for piece in pieces {
            let (part, rest) = piece.split_once("}}").expect("the template is closed, which tests see");
            page.part(part, out)?;
            out.write_all(rest.as_bytes())?;
        }
        Ok(())
    }
}

/// What the parts are made of.
struct Page<'r> {
    report: &'r Report<'r>,
    summary: Summary<'r>,
}

impl Page<'_> {
    fn part(&self, name: &str, out: &mut dyn Write) -> io::Result<()> {
        match name {
            "policy" => write!(out, "{}", policy()),
            "style" => out.write_all(STYLE.as_bytes()),
            "script" => out.write_all(SCRIPT.as_bytes()),
            "title" => write!(out, "{} · Stanch", self.title()),
            "verdict" => self.verdict(out),
            "filters" => self.filters(out),
            "secrets" => self.secrets(out),
            "coverage" => coverage::write(self.report, out),
            other => unreachable!("the template has a part {other:?} that nothing writes"),
        }
    }

    fn title(&self) -> String {
        if self.summary.is_clean() { "No secrets found".to_owned() } else { self.summary.tally() }
    }

    fn verdict(&self, out: &mut dyn Write) -> io::Result<()> {
        let summary = &self.summary;
        let is_complete = self.report.coverage.is_complete();
        let mood = match (summary.is_clean(), is_complete) {
            (false, _) => "bad",
            (true, true) => "good",
            (true, false) => "unsure",
        };
        let (mark, title) = (summary.mark(), self.title());
        write!(out, "<h1 class=\"{mood}\"><span aria-hidden=\"true\">{mark}</span> {title}</h1>")?;
        write!(out, "<ul class=\"counts\">")?;
        for (severity, count) in summary.by_severity() {
            write!(out, "<li class=\"{severity}\"><b>{count}</b> {severity}</li>")?;
        }
        let warning = if is_complete { "" } else { " class=\"warning\"" };
        let exempted = summary.exempted().map(|tally| format!("; {tally}")).unwrap_or_default();
        let time = self.report.started.strftime("%Y-%m-%d %H:%M UTC");
        write!(
            out,
            "</ul><p>{}; <span{warning}>{}</span>{exempted} · {time}</p>",
            summary.scanned(),
            summary.completeness(),
        )
    }

    /// The controls, hidden until the script can serve them.
    fn filters(&self, out: &mut dyn Write) -> io::Result<()> {
        if self.summary.is_clean() {
            return Ok(());
        }
        write!(
            out,
            "<form id=\"filters\" class=\"filters\" role=\"search\" hidden>\
             <label class=\"wide\"><span>Search</span><input id=\"search\" type=\"search\" \
             placeholder=\"rule, file, author, commit …\" autocomplete=\"off\"></label>\
             <label><span>Path</span><input id=\"path\" type=\"search\" placeholder=\"src/\" autocomplete=\"off\">\
             </label><label><span>Rule</span><select id=\"rule\"><option value=\"\">All rules</option>"
        )?;
        let mut rules: Vec<&str> =
            self.report.findings.iter().map(|finding| finding.rule.id.as_str()).collect();
        rules.sort_unstable();
        rules.dedup();
        for rule in rules.into_iter().map(Escaped) {
            write!(out, "<option value=\"{rule}\">{rule}</option>")?;
        }
        write!(out, "</select></label><div class=\"row\"><fieldset><legend>Severity</legend>")?;
        for (severity, count) in self.summary.by_severity() {
            write!(
                out,
                "<label class=\"toggle {severity}\"><input type=\"checkbox\" name=\"severity\" value=\"{severity}\" \
                 checked><span>{severity} {count}</span></label>"
            )?;
        }
        let total = self.summary.secrets.len();
        write!(
            out,
            "</fieldset><p id=\"shown\" role=\"status\" data-total=\"{total}\"></p>\
             <button id=\"reset\" type=\"reset\">Show all</button></div></form>"
        )
    }

    fn secrets(&self, out: &mut dyn Write) -> io::Result<()> {
        if self.summary.is_clean() {
            let note = if self.report.coverage.is_complete() {
                "Everything the targets hold was scanned, and nothing in it looks like a secret."
            } else {
                "Nothing that was scanned looks like a secret, but not everything was scanned: see below."
            };
            return write!(out, "<p class=\"empty\">{note}</p>");
        }
        self.summary.secrets.iter().try_for_each(|secret| card::write(secret, out))
    }
}

/// Lets in this page's own style and script, by their hashes, and nothing else.
fn policy() -> String {
    let hash = |text: &str| BASE64.encode(&Sha256::digest(text.as_bytes()));
    format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; base-uri 'none'; form-action 'none'",
        hash(STYLE),
        hash(SCRIPT)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    /// The names of all elements of `html`, and whatever follows them up to the next `>`.
    fn tags(html: &str) -> Vec<&str> {
        html.split('<').skip(1).map(|tag| tag.split('>').next().unwrap_or_default()).collect()
    }

    fn body(sample: &sample::Sample) -> String {
        let page = sample.render(&Html);
        page.replace(STYLE, "").replace(SCRIPT, "")
    }

    #[test]
    fn hostile_text_adds_no_element_and_no_attribute() {
        let page = body(&sample::hostile());
        for name in ["img", "blink", "i", "u", "script "] {
            assert!(!tags(&page).contains(&name), "<{name}> got through");
        }
        assert_eq!(tags(&page).iter().filter(|tag| tag.starts_with("script")).count(), 1, "only our own");
        assert!(page.contains("&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;"));
        assert!(!tags(&page).iter().any(|tag| tag.contains("onerror")));
    }

    #[test]
    fn loads_nothing() {
        let page = sample::findings().render(&Html);
        assert!(!STYLE.contains("url(") && !STYLE.contains("@import"));
        for (name, tag) in
            tags(&body(&sample::findings())).into_iter().map(|tag| (tag.split(' ').next(), tag))
        {
            assert!(!matches!(name, Some("link" | "img" | "iframe" | "object" | "embed")), "<{tag}>");
            assert!(!tag.contains(" src="), "<{tag}>");
            assert!(!tag.contains(" style=") && !tag.contains(" on"), "the policy forbids <{tag}>");
        }
        assert!(page.contains("default-src 'none'"));
    }

    #[test]
    fn style_and_script_stand_in_the_page_as_they_were_hashed() {
        assert!(!STYLE.contains("</") && !SCRIPT.contains("</"));
        let page = sample::empty().render(&Html);
        assert!(page.contains(&format!("<style>{STYLE}</style>")));
        assert!(page.contains(&format!("<script>{SCRIPT}</script>")));
    }
}
