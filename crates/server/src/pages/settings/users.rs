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
    view::{Choice, Paging, Role},
};

/// What the page needs.
#[derive(Clone, Debug)]
pub struct UsersView {
    /// The people of this page.
    pub users: Vec<UserLine>,
    /// Where in the list they are.
    pub paging: Paging,
    /// The teams somebody may be put in.
    pub teams: Vec<Choice>,
    /// A one-time link for somebody, shown once.
    pub invitation: Option<Invitation>,
}

/// A one-time link by which somebody sets a password.
#[derive(Clone)]
pub struct Invitation {
    /// Whose it is.
    pub login: String,
    /// The link; it is shown to who made it and kept nowhere.
    pub link: String,
}

impl std::fmt::Debug for Invitation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Invitation").field("login", &self.login).finish_non_exhaustive()
    }
}

/// A person in a line.
#[derive(Clone, Debug)]
pub struct UserLine {
    /// The id.
    pub id: i64,
    /// The name.
    pub name: String,
    /// The name of the account.
    pub login: String,
    /// What they may do.
    pub role: Role,
    /// Which origins they see.
    pub scope: Scope,
    /// The teams they are in, by their value in [`UsersView::teams`].
    pub teams: Vec<String>,
    /// How they log in.
    pub kind: LoginKind,
    /// When they last did.
    pub last_login: Option<Timestamp>,
    /// Whether they may log in.
    pub access: Access,
}

/// Which origins somebody sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// All of them.
    All,
    /// Those of their teams.
    Teams,
}

/// How a person logs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoginKind {
    /// They were invited and have not set a password yet.
    Invited,
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

/// The people, with forms: posts to `/settings/users` (`name`, `login`, `role`, `all_origins`, `team`…), `/settings/users/N` (`role`,
/// `access`, `all_origins`, `team`…), `/settings/users/N/invite` and `/settings/users/N/second-factor`.
pub(super) fn body(frame: &Frame, view: &UsersView) -> Markup {
    html! {
        @if let Some(invitation) = &view.invitation {
            (layout::notice(Tone::Good, &html! {
                "Give this link to " strong { (invitation.login) } ". It is good once, for 24 hours, and is not shown again." br;
                code id="invitation" { (invitation.link) } " " button.copy type="button" data-copy=(invitation.link) hidden { "copy" }
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
        [words("Name"), words("Role"), words("Sees"), words("Login"), words("Last login"), words("")];
    let rows = view.users.iter().map(|user| row(frame, view, user)).collect();
    let table = Table { label: "Users", columns: &columns, narrow: Narrow::Stack, rows };
    html! {
        (table.show())
        (list::pager("/settings/users", &[], &view.paging, view.users.len()))
    }
}

fn row(frame: &Frame, view: &UsersView, user: &UserLine) -> Row {
    let login = match user.kind {
        LoginKind::Invited => badge(Tone::Plain, "invited"),
        LoginKind::Password => badge(Tone::Warn, "password only"),
        LoginKind::TwoFactor => html! { "two-factor" },
        LoginKind::Provider => html! { "provider" },
    };
    let last = html! { @match user.last_login { Some(at) => (time::relative(at, frame.now)), None => span.soft { "never" } } };
    Row {
        id: Some(format!("user-{}", user.id)),
        cells: vec![
            html! { strong { (user.name) } @if user.access == Access::Closed { " " (badge(Tone::Plain, "closed")) } span.sub { (user.login) } },
            html! { span.word { (user.role.as_str()) } },
            sees(view, user),
            login,
            last,
            change(frame, view, user),
        ],
    }
}

fn sees(view: &UsersView, user: &UserLine) -> Markup {
    let named = |team: &&Choice| user.teams.contains(&team.value);
    let names: Vec<&str> = view.teams.iter().filter(named).map(|team| team.label.as_str()).collect();
    match user.scope {
        Scope::All => html! { "all origins" @if !names.is_empty() { span.sub { (names.join(", ")) } } },
        Scope::Teams if names.is_empty() => badge(Tone::Plain, "nothing"),
        Scope::Teams => html! { (names.join(", ")) },
    }
}

fn change(frame: &Frame, view: &UsersView, user: &UserLine) -> Markup {
    let access = [("open", "may log in"), ("closed", "may not log in")]
        .map(|(value, label)| Choice { value: value.to_owned(), label: label.to_owned() });
    let chosen = if user.access == Access::Open { "open" } else { "closed" };
    let path = format!("/settings/users/{}", user.id);
    let fields = html! {
        div.fields {
            (form::select("role", "Role", &roles(), user.role.as_str()))
            (form::select("access", "Access", &access, chosen))
            (origins(view, user.scope, &user.teams))
            button.small type="submit" { "Save" }
        }
    };
    let invite =
        html! { button.small type="submit" { "New set-up link" span.quiet { " for " (user.name) } } };
    let remove = html! { button.grave.small type="submit" { "Remove the second factor" span.quiet { " of " (user.name) } } };
    html! {
        details id={ "change-user-" (user.id) } {
            summary { "Change" span.quiet { " " (user.name) } }
            (form::post(frame, &path, "", &fields))
            @if user.kind != LoginKind::Provider { (form::post(frame, &format!("{path}/invite"), "", &invite)) }
            @if user.kind == LoginKind::TwoFactor { (form::post(frame, &format!("{path}/second-factor"), "", &remove)) }
        }
    }
}

/// Which origins somebody sees, as fields of a form.
fn origins(view: &UsersView, scope: Scope, teams: &[String]) -> Markup {
    html! {
        fieldset.all {
            legend { "Sees" }
            label.check { input type="checkbox" name="all_origins" value="yes" checked[scope == Scope::All]; span { "all origins" } }
            @for team in &view.teams {
                label.check { input type="checkbox" name="team" value=(team.value) checked[teams.contains(&team.value)]; span { "those of " (team.label) } }
            }
        }
    }
}

fn add(frame: &Frame, view: &UsersView) -> Markup {
    let fields = html! {
        div.fields.wide {
            (Field::new("name", "Name").show())
            (Field::new("login", "Login").note("A mail address or a short name: letters, digits and ._@+-").show())
            (form::select("role", "Role", &roles(), Role::Viewer.as_str()))
            (origins(view, Scope::Teams, &[]))
            (form::submit("Add"))
        }
    };
    form::post(frame, "/settings/users", "", &fields)
}

fn roles() -> Vec<Choice> {
    Role::ALL.map(|role| Choice::plain(role.as_str())).into()
}
