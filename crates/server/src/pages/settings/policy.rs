//! The policy in force; it is changed in its file, not here.

use jiff::Timestamp;
use maud::{Markup, html};

use crate::pages::{
    Frame, layout, list,
    table::{Narrow, Row, Table, words},
    time,
};

/// What the page needs.
#[derive(Clone, Debug)]
pub struct PolicyView {
    /// The path of the file; none of the one that comes with Stanch.
    pub path: Option<String>,
    /// The beginning of its digest.
    pub digest: String,
    /// When it was loaded.
    pub loaded: Timestamp,
    /// How bad a leak is: its rules in the order they are asked.
    pub severities: Vec<PolicyRule>,
    /// Who is told: its routes in the order they are asked.
    pub routes: Vec<PolicyRule>,
    /// The whole file.
    pub text: String,
}

/// A rule of the policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyRule {
    /// Its name.
    pub name: String,
    /// When it holds, in words.
    pub when: String,
    /// What follows, in words.
    pub then: String,
}

/// The policy.
pub(super) fn body(frame: &Frame, view: &PolicyView) -> Markup {
    let about = html! {
        @match &view.path { Some(path) => code { (path) }, None => "the one that comes with Stanch" }
        " " code { (view.digest) } ", loaded " (time::relative(view.loaded, frame.now))
    };
    html! {
        (layout::flush_panel("severities", "How bad it is", "the first that holds decides", &table("Rules of severity", &view.severities)))
        (layout::flush_panel("routes", "Who is told", "the first that holds decides", &table("Routes", &view.routes)))
        section.panel aria-labelledby="file-title" {
            header { h2 id="file-title" { "File" } p { (about) } }
            p.note { "Change it in its repository, try it with " code { "stanch policy test" } ", then restart the server." }
            pre.message role="region" aria-label="Policy file" tabindex="0" { (view.text) }
        }
    }
}

fn table(label: &str, rules: &[PolicyRule]) -> Markup {
    if rules.is_empty() {
        return list::empty("No rules", "What the scanner says stands, and it becomes a ticket.");
    }
    let columns = [words("Rule"), words("When"), words("Then")];
    let row = |rule: &PolicyRule| {
        Row::from(vec![html! { strong { (rule.name) } }, html! { (rule.when) }, html! { (rule.then) }])
    };
    Table { label, columns: &columns, narrow: Narrow::Stack, rows: rules.iter().map(row).collect() }.show()
}
