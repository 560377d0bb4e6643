//! The people who may log in.

use jiff::Timestamp;
use maud::{Markup, html};

use crate::pages::{
    Frame,
    badge::{Tone, badge},
    form::{self, Field},
    layout, list,
    table::{Narrow, Row, Table, words},
    time,
    view::{Choice, Role},
};

/// What the page needs.
#[derive(Clone, Debug)]
pub struct UsersView {
    /// The people.
    pub users: Vec<UserLine>,
    /// The teams somebody may be put in.
    pub teams: Vec<Choice>,
    /// A one-time link for somebody who was just added, shown once.
    pub invitation: Option<String>,
}

/// A person in a line.
#[derive(Clone, Debug)]
pub struct UserLine {
    /// The id.
    pub id: i64,
    /// The name.
    pub name: String,
    /// The mail address.
    pub email: String,
    /// What they may do.
    pub role: Role,
    /// The names of their teams.
    pub teams: Vec<String>,
    /// How they log in.
    pub login: LoginKind,
    /// When they last did.
    pub last_login: Option<Timestamp>,
    /// Whether they may log in.
    pub access: Access,
}

/// How a person logs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoginKind {
    /// With a password alone.
    Password,
    /// With a password and a code.
    TwoFactor,
    /// At the identity provider.
    Provider,
}

/// Whether a person may log in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// They may.
    Open,
    /// They may not any more.
    Closed,
}

/// The people, with forms: posts to `/settings/users` (`name`, `email`, `role`, `team`…) and `/settings/users/N` (`role`, `access`).
pub(super) fn body(frame: &Frame, view: &UsersView) -> Markup {
    html! {
        @if let Some(link) = &view.invitation {
            (layout::notice(Tone::Good, &html! {
                "Give them this link. It is good once, for 24 hours, and is not shown again." br;
                code id="invitation" { (link) } " " button.copy type="button" data-copy=(link) hidden { "copy" }
            }))
        }
        (layout::flush_panel("users", "Users", "", &table(frame, view)))
        (layout::panel("new-user", "Add somebody", "", &add(frame, view)))
    }
}

fn table(frame: &Frame, view: &UsersView) -> Markup {
    if view.users.is_empty() {
        return list::empty("Nobody yet", "Add the first one below.");
    }
    let columns =
        [words("Name"), words("Role"), words("Teams"), words("Login"), words("Last login"), words("")];
    let rows = view.users.iter().map(|user| row(frame, user)).collect();
    Table { label: "Users", columns: &columns, narrow: Narrow::Stack, rows }.show()
}

fn row(frame: &Frame, user: &UserLine) -> Row {
    let login = match user.login {
        LoginKind::Password => badge(Tone::Warn, "password only"),
        LoginKind::TwoFactor => html! { "two-factor" },
        LoginKind::Provider => html! { "provider" },
    };
    let teams = if user.teams.is_empty() {
        html! { span.soft { "all origins" } }
    } else {
        html! { (user.teams.join(", ")) }
    };
    let last = html! { @match user.last_login { Some(at) => (time::relative(at, frame.now)), None => span.soft { "never" } } };
    Row {
        id: Some(format!("user-{}", user.id)),
        cells: vec![
            html! { strong { (user.name) } @if user.access == Access::Closed { " " (badge(Tone::Plain, "closed")) } span.sub { (user.email) } },
            html! { span.word { (user.role.as_str()) } },
            teams,
            login,
            last,
            change(frame, user),
        ],
    }
}

fn change(frame: &Frame, user: &UserLine) -> Markup {
    let access = [("open", "may log in"), ("closed", "may not log in")]
        .map(|(value, label)| Choice { value: value.to_owned(), label: label.to_owned() });
    let chosen = if user.access == Access::Open { "open" } else { "closed" };
    let fields = html! {
        div.fields {
            (form::select("role", "Role", &roles(), user.role.as_str()))
            (form::select("access", "Access", &access, chosen))
            button.small type="submit" { "Save" }
        }
    };
    html! {
        details id={ "change-user-" (user.id) } {
            summary { "Change" span.quiet { " " (user.name) } }
            (form::post(frame, &format!("/settings/users/{}", user.id), "", &fields))
        }
    }
}

fn add(frame: &Frame, view: &UsersView) -> Markup {
    let fields = html! {
        div.fields.wide {
            (Field::new("name", "Name").show())
            (Field::new("email", "Mail address").kind("email").show())
            (form::select("role", "Role", &roles(), Role::Viewer.as_str()))
            @if !view.teams.is_empty() {
                fieldset.all {
                    legend { "Teams" }
                    div.row { @for team in &view.teams { label.check { input type="checkbox" name="team" value=(team.value); span { (team.label) } } } }
                }
            }
            (form::submit("Add"))
        }
    };
    form::post(frame, "/settings/users", "", &fields)
}

fn roles() -> Vec<Choice> {
    Role::ALL.map(|role| Choice::plain(role.as_str())).into()
}
