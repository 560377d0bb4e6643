//! Users, teams, tokens, channels, and the policy as it is in force.

mod channels;
mod policy;
mod teams;
mod tokens;
mod users;

use maud::{Markup, html};

pub use channels::{ChannelLine, ChannelsView, DeadMessage};
pub use policy::{PolicyRule, PolicyView};
pub use teams::{TeamLine, TeamsView};
pub use tokens::{NewToken, TokenLine, TokensView};
pub use users::{Access, Invitation, LoginKind, Scope, UserLine, UsersView};

use super::{
    Frame,
    layout::{self, Room},
};

/// What a page of settings is about, with what it needs. All of them are for admins.
#[derive(Clone, Debug)]
pub enum SettingsView {
    /// `/settings/users`.
    Users(UsersView),
    /// `/settings/teams`.
    Teams(TeamsView),
    /// `/settings/tokens`.
    Tokens(TokensView),
    /// `/settings/channels`.
    Channels(ChannelsView),
    /// `/settings/policy`.
    Policy(PolicyView),
}

impl SettingsView {
    fn name(&self) -> &'static str {
        match self {
            Self::Users(_) => "Users",
            Self::Teams(_) => "Teams",
            Self::Tokens(_) => "Tokens",
            Self::Channels(_) => "Channels",
            Self::Policy(_) => "Policy",
        }
    }
}

const TABS: [(&str, &str); 5] = [
    ("Users", "/settings/users"),
    ("Teams", "/settings/teams"),
    ("Tokens", "/settings/tokens"),
    ("Channels", "/settings/channels"),
    ("Policy", "/settings/policy"),
];

/// The page.
pub fn page(frame: &Frame, view: &SettingsView) -> Markup {
    let name = view.name();
    let body = html! {
        (layout::head("Settings", "", &html! {}))
        nav.tabs aria-label="Settings" {
            @for (tab, path) in TABS { a href=(path) aria-current=[(tab == name).then_some("page")] { (tab) } }
        }
        @match view {
            SettingsView::Users(view) => (users::body(frame, view)),
            SettingsView::Teams(view) => (teams::body(frame, view)),
            SettingsView::Tokens(view) => (tokens::body(frame, view)),
            SettingsView::Channels(view) => (channels::body(frame, view)),
            SettingsView::Policy(view) => (policy::body(frame, view)),
        }
    };
    frame.page(Room::Settings, &format!("{name} · Settings"), &body)
}
