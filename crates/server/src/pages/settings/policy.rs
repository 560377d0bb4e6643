//! The policy in force; it is changed in its file, not here.

use jiff::Timestamp;
use maud::{Markup, html};

use crate::pages::{
    Frame, figure, layout, list,
    table::{Narrow, Row, Table, numbers, words},
    time,
};

/// What the page needs.
#[derive(Clone, Debug)]
pub struct PolicyView {
    /// The path of the file.
    pub path: String,
    /// The beginning of its digest.
    pub digest: String,
    /// When it was loaded.
    pub loaded: Timestamp,
    /// Its rules, in the order they are asked.
    pub rules: Vec<PolicyRule>,
    /// The whole file.
    pub text: String,
}

/// A rule of the policy.
#[derive(Clone, Debug)]
pub struct PolicyRule {
    /// Its name.
    pub name: String,
    /// When it holds, in words.
    pub when: String,
    /// What follows, in words.
    pub then: String,
    /// How many active incidents it decided.
    pub incidents: u64,
}

/// The policy.
pub(super) fn body(frame: &Frame, view: &PolicyView) -> Markup {
    let columns = [words("Rule"), words("When"), words("Then"), numbers("Active incidents")];
    let row = |rule: &PolicyRule| {
        Row::from(vec![
            html! { strong { (rule.name) } },
            html! { (rule.when) },
            html! { (rule.then) },
            html! { (figure::count(rule.incidents)) },
        ])
    };
    let table = Table {
        label: "Rules of the policy",
        columns: &columns,
        narrow: Narrow::Stack,
        rows: view.rules.iter().map(row).collect(),
    };
    let file = html! {
        p.note { "Change it in its repository, try it with " code { "stanch policy test" } ", then restart or send SIGHUP." }
        pre.message role="region" aria-label="Policy file" tabindex="0" { (view.text) }
    };
    html! {
        (layout::flush_panel("rules", "Rules", "the first that holds decides", &if view.rules.is_empty() { list::empty("No rules", "The defaults apply.") } else { table.show() }))
        section.panel aria-labelledby="file-title" {
            header { h2 id="file-title" { "File" } p { code { (view.path) } " " code { (view.digest) } ", loaded " (time::relative(view.loaded, frame.now)) } }
            (file)
        }
    }
}
