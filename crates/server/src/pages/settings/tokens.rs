//! Tokens of programs.

use jiff::Timestamp;
use maud::{Markup, html};

use crate::pages::{
    Frame,
    badge::{Tone, badge},
    form::{self, Field},
    layout, list,
    table::{Narrow, Row, Table, words},
    time,
    view::{Choice, Paging},
};

/// What the page needs.
#[derive(Clone, Debug)]
pub struct TokensView {
    /// The tokens of this page, newest first.
    pub tokens: Vec<TokenLine>,
    /// Where in the list they are.
    pub paging: Paging,
    /// The teams one may be limited to.
    pub teams: Vec<Choice>,
    /// One that was just made: shown once, and never again.
    pub made: Option<NewToken>,
}

/// A token that was just made.
#[derive(Clone)]
pub struct NewToken {
    /// Its name.
    pub name: String,
    /// Its text; it is shown to who made it and kept nowhere.
    pub text: String,
}

impl std::fmt::Debug for NewToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewToken").field("name", &self.name).finish_non_exhaustive()
    }
}

/// A token in a line.
#[derive(Clone, Debug)]
pub struct TokenLine {
    /// The id.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// Its first characters, to tell it by.
    pub head: String,
    /// What it may do: `ingest`, `read`, `respond`, `admin`.
    pub scopes: Vec<String>,
    /// The team whose origins it is limited to.
    pub team: Option<String>,
    /// Who made it.
    pub maker: String,
    /// When it was used last.
    pub last_used: Option<Timestamp>,
    /// Until when it is good.
    pub expires: Timestamp,
    /// When it was revoked.
    pub revoked: Option<Timestamp>,
}

const SCOPES: [(&str, &str); 4] = [
    ("ingest", "send findings"),
    ("read", "read leaks and incidents"),
    ("respond", "work on incidents"),
    ("admin", "change settings"),
];

/// The tokens, with forms: posts to `/settings/tokens` (`name`, `scope`…, `days`, `team`) and `/settings/tokens/N/revoke`.
pub(super) fn body(frame: &Frame, view: &TokensView) -> Markup {
    html! {
        @if let Some(made) = &view.made {
            (layout::notice(Tone::Good, &html! {
                "The token " strong { (made.name) } ". Copy it now: it is not kept and not shown again." br;
                code { (made.text) } " " button.copy type="button" data-copy=(made.text) hidden { "copy" }
            }))
        }
        (layout::flush_panel("tokens", "Tokens", "kept as hashes", &table(frame, view)))
        (layout::panel("new-token", "Make a token", "", &make(frame, view)))
    }
}

fn make(frame: &Frame, view: &TokensView) -> Markup {
    let any = Choice { value: String::new(), label: "all origins".to_owned() };
    let teams: Vec<_> = [any].into_iter().chain(view.teams.iter().cloned()).collect();
    let fields = html! {
        div.fields.wide {
            (Field::new("name", "Name").note("What uses it, such as ci of shop.").show())
            (Field::new("days", "Good for, in days").kind("number").value("90").note("365 at most.").show())
            (form::select("team", "Sees", &teams, ""))
            fieldset.all {
                legend { "May" }
                @for (scope, meaning) in SCOPES {
                    label.check { input type="checkbox" name="scope" value=(scope) checked[scope == "ingest"]; span { (scope) span.soft { ": " (meaning) } } }
                }
            }
            (form::submit("Make"))
        }
    };
    form::post(frame, "/settings/tokens", "", &fields)
}

fn table(frame: &Frame, view: &TokensView) -> Markup {
    if view.tokens.is_empty() {
        return list::empty("No tokens", "A scanner that sends findings needs one with the scope ingest.");
    }
    let columns =
        [words("Token"), words("May"), words("Made by"), words("Last used"), words("Until"), words("")];
    let row = |token: &TokenLine| Row {
        id: Some(format!("token-{}", token.id)),
        cells: vec![
            html! { strong { (token.name) } span.sub { code { (token.head) "…" } } },
            html! { span.tags { @for scope in &token.scopes { span.tag { (scope) } } } @if let Some(team) = &token.team { span.sub { "for " (team) } } },
            html! { (token.maker) },
            html! { @match token.last_used { Some(at) => (time::relative(at, frame.now)), None => span.soft { "never" } } },
            until(frame, token),
            revoke(frame, token),
        ],
    };
    let rows = view.tokens.iter().map(row).collect();
    let table = Table { label: "Tokens", columns: &columns, narrow: Narrow::Stack, rows };
    html! {
        (table.show())
        (list::pager("/settings/tokens", &[], &view.paging, view.tokens.len()))
    }
}

fn until(frame: &Frame, token: &TokenLine) -> Markup {
    match token.revoked {
        Some(at) => html! { (badge(Tone::Plain, "revoked")) span.sub { (time::relative(at, frame.now)) } },
        None if token.expires < frame.now => {
            html! { (badge(Tone::Plain, "expired")) span.sub { (time::date(token.expires)) } }
        }
        None => html! { (time::date(token.expires)) span.sub { (time::relative(token.expires, frame.now)) } },
    }
}

fn revoke(frame: &Frame, token: &TokenLine) -> Markup {
    let button = html! { button.grave.small type="submit" { "Revoke" span.quiet { " " (token.name) } } };
    html! {
        @if token.revoked.is_none() && token.expires >= frame.now {
            (form::post(frame, &format!("/settings/tokens/{}/revoke", token.id), "inline", &button))
        }
    }
}
