//! What pages of accounts need to know, and how they look is somebody else's.

use std::{fmt, sync::Arc};

use axum::http::HeaderMap;
use jiff::Timestamp;
use maud::{DOCTYPE, Markup, html};
use stanch_store::Session;

use super::{Identity, Reason};

/// How pages of accounts look.
pub trait AuthPages: Send + Sync {
    /// The login: posts `csrf`, `login`, `password`, `next` to `/login`; a link leads to the identity provider (a form to there would be stopped
    /// by `form-action`).
    fn login(&self, page: &PageRequest, view: &LoginView) -> Markup;

    /// The second factor: posts `csrf`, `code` or `recovery`, `next` to `/login/totp`.
    fn second_factor(&self, page: &PageRequest, view: &SecondFactorView) -> Markup;

    /// The page of a set-up link: posts `csrf`, `new`, `again` to its own address, for the first administrator also `login` and `name`.
    fn setup(&self, page: &PageRequest, view: &SetupView) -> Markup;

    /// The own account. Each form posts `csrf`: to `/account/password` `current`, `new`, `again`; to `/account/totp` `current` (offers a second
    /// factor); to `/account/totp/confirm` `code`; to `/account/totp/remove` `current`; to `/account/sessions/N/end` and
    /// `/account/sessions/end-others` nothing more.
    fn account(&self, page: &PageRequest, view: &AccountView) -> Markup;

    /// A request that is refused.
    fn refused(&self, page: &PageRequest, reason: Reason) -> Markup;
}

/// What a page needs to know of the request.
#[derive(Clone)]
pub struct PageRequest {
    /// Who looks; nobody before the login.
    pub identity: Option<Arc<Identity>>,
    /// What its forms carry in the field `csrf`.
    pub csrf: String,
    /// What the browser sent, for its preferences.
    pub headers: HeaderMap,
    /// The time.
    pub now: Timestamp,
}

/// What the login page shows.
#[derive(Clone, Debug, Default)]
pub struct LoginView {
    /// Where to go on: a path of this server.
    pub next: String,
    /// The identity provider, if there is one.
    pub provider: Option<ProviderLink>,
    /// Whether there are accounts with a password.
    pub has_passwords: bool,
    /// Why the last try failed.
    pub error: Option<String>,
}

/// The way to an identity provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderLink {
    /// What it is called.
    pub label: String,
    /// Where a link to it leads: a path of this server.
    pub path: String,
}

/// What the page of the second factor shows.
#[derive(Clone, Debug, Default)]
pub struct SecondFactorView {
    /// Where to go on: a path of this server.
    pub next: String,
    /// Why the last try failed.
    pub error: Option<String>,
}

/// What the page of a set-up link shows.
#[derive(Clone, Debug)]
pub struct SetupView {
    /// Its address: a path of this server.
    pub path: String,
    /// The login of who was invited; none: the first administrator.
    pub invited: Option<String>,
    /// Why the last try failed.
    pub error: Option<String>,
}

/// What the page of the own account shows.
#[derive(Clone, Debug)]
pub struct AccountView {
    /// The names of the teams.
    pub teams: Vec<String>,
    /// The second factor.
    pub factor: Factor,
    /// The sessions, newest first; the one that looks is that of the identity.
    pub sessions: Vec<Session>,
    /// Why the last try failed.
    pub error: Option<String>,
}

/// The second factor.
#[derive(Clone)]
pub enum Factor {
    /// It is kept by the identity provider of this name, as is the password.
    Elsewhere(String),
    /// There is none.
    Off,
    /// One is offered, and shown once.
    Offered {
        /// The QR code, an SVG of our own.
        qr: String,
        /// The same to be typed.
        text: String,
    },
    /// There is one.
    On {
        /// Since when.
        since: Timestamp,
        /// How many recovery codes are left.
        codes_left: i64,
    },
    /// There is one now; recovery codes are shown once.
    Made(RecoveryCodes),
}

impl fmt::Debug for Factor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Elsewhere(_) => "Elsewhere",
            Self::Off => "Off",
            Self::Offered { .. } => "Offered",
            Self::On { .. } => "On",
            Self::Made(_) => "Made",
        })
    }
}

/// Recovery codes that are shown once.
#[derive(Clone)]
pub struct RecoveryCodes(pub Vec<String>);

/// Pages without any look, for tests and where nothing else is at hand.
#[derive(Clone, Copy, Debug, Default)]
pub struct PlainPages;

impl AuthPages for PlainPages {
    fn login(&self, page: &PageRequest, view: &LoginView) -> Markup {
        plain(
            "Log in",
            view.error.as_deref(),
            &html! {
                @if let Some(provider) = &view.provider {
                    p { a href=(provider.path) { (provider.label) } }
                }
                @if view.has_passwords {
                    (form(page, "/login", &[("login", "text"), ("password", "password")], Some(&view.next)))
                }
            },
        )
    }

    fn second_factor(&self, page: &PageRequest, view: &SecondFactorView) -> Markup {
        let fields = [("code", "text"), ("recovery", "text")];
        plain("Second factor", view.error.as_deref(), &form(page, "/login/totp", &fields, Some(&view.next)))
    }

    fn setup(&self, page: &PageRequest, view: &SetupView) -> Markup {
        let all = [("login", "text"), ("name", "text"), ("new", "password"), ("again", "password")];
        let fields = if view.invited.is_some() { &all[2..] } else { &all[..] };
        plain("Set-up", view.error.as_deref(), &form(page, &view.path, fields, None))
    }

    fn account(&self, page: &PageRequest, view: &AccountView) -> Markup {
        plain(
            "Account",
            view.error.as_deref(),
            &html! {
                p { "teams: " (view.teams.join(", ")) }
                @match &view.factor {
                    Factor::Elsewhere(provider) => p { "kept by " (provider) },
                    Factor::Off => (form(page, "/account/totp", &[("current", "password")], None)),
                    Factor::Offered { qr, text } => {
                        (maud::PreEscaped(qr)) p id="key" { (text) }
                        (form(page, "/account/totp/confirm", &[("code", "text")], None))
                    },
                    Factor::On { codes_left, .. } => {
                        p { (codes_left) " recovery codes" }
                        (form(page, "/account/totp/remove", &[("current", "password")], None))
                    },
                    Factor::Made(codes) => ul { @for code in &codes.0 { li { (code) } } },
                }
                (form(page, "/account/password", &[("current", "password"), ("new", "password"), ("again", "password")], None))
                @for session in &view.sessions {
                    (form(page, &format!("/account/sessions/{}/end", session.id), &[], None))
                }
                (form(page, "/account/sessions/end-others", &[], None))
                (form(page, "/logout", &[], None))
            },
        )
    }

    fn refused(&self, _: &PageRequest, reason: Reason) -> Markup {
        plain("Refused", Some(&reason.to_string()), &html! {})
    }
}

fn plain(title: &str, error: Option<&str>, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head { meta charset="utf-8"; title { (title) } }
            body { h1 { (title) } @if let Some(error) = error { p role="alert" { (error) } } (body) }
        }
    }
}

fn form(page: &PageRequest, action: &str, fields: &[(&str, &str)], next: Option<&str>) -> Markup {
    html! {
        form method="post" action=(action) {
            input type="hidden" name="csrf" value=(page.csrf);
            @if let Some(next) = next { input type="hidden" name="next" value=(next); }
            @for (name, kind) in fields { label { (name) input type=(kind) name=(name); } }
            button { (action) }
        }
    }
}
