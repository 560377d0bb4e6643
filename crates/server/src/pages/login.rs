//! Logging in, the second factor, and the first account of a new server.

use maud::{Markup, html};

use super::{
    Frame, account,
    form::{self, Field},
};

/// What the login page needs.
#[derive(Clone, Debug)]
pub struct LoginView {
    /// Where to go afterwards: a path of this server.
    pub next: String,
    /// The identity provider people may log in at, by name.
    pub provider: Option<String>,
    /// Whether there are accounts with a password.
    pub passwords: Passwords,
}

/// Whether people may log in with a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Passwords {
    /// They may.
    Accepted,
    /// Only at the identity provider.
    Refused,
}

/// Login: posts to `/login` with `login`, `password`, `next`, and to `/login/oidc` with `next`.
pub fn page(frame: &Frame, view: &LoginView) -> Markup {
    let next = form::hidden("next", &view.next);
    let password = html! {
        (next)
        div.fields {
            (Field::new("login", "Login or mail address").autocomplete("username").show())
            (Field::new("password", "Password").kind("password").autocomplete("current-password").show())
            (form::submit("Log in"))
        }
    };
    let has_both = view.provider.is_some() && view.passwords == Passwords::Accepted;
    let body = html! {
        section.panel aria-labelledby="login-title" {
            h1 id="login-title" { "Log in" }
            @if let Some(provider) = &view.provider {
                (form::post(frame, "/login/oidc", "", &html! { (next) button.primary type="submit" { "Continue with " (provider) } }))
            }
            @if has_both { p.or { "or" } }
            @if view.passwords == Passwords::Accepted { (form::post(frame, "/login", "", &password)) }
        }
    };
    frame.alone("Log in", "", &body)
}

/// The second factor: a post to `/login/totp` with `code` and `next`; a recovery code is taken as well.
pub fn second_factor(frame: &Frame, next: &str) -> Markup {
    let code =
        html! { (form::hidden("next", next)) div.fields { (account::code_field()) (form::submit("Go on")) } };
    let recovery = html! {
        (form::hidden("next", next))
        div.fields { (Field::new("recovery", "Recovery code").show()) (form::submit("Use it")) }
    };
    let body = html! {
        section.panel aria-labelledby="factor-title" {
            h1 id="factor-title" { "Two-factor" }
            (form::post(frame, "/login/totp", "", &code))
            details.act id="recovery" { summary { "The authenticator is not at hand" } (form::post(frame, "/login/totp", "", &recovery)) }
            p.note { a href="/login" { "Log in as somebody else" } }
        }
    };
    frame.alone("Two-factor", "", &body)
}

/// What a one-time link is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Setup {
    /// The first account of a new server, an admin: asks for `name` and `login` too.
    First,
    /// Somebody who was invited, by name.
    Invited(String),
}

/// The page of a one-time link: a post to its own address `path` with `new` and `again`, and for the first account `name` and `login`.
pub fn setup(frame: &Frame, path: &str, setup: &Setup) -> Markup {
    let fields = html! {
        div.fields {
            @if *setup == Setup::First {
                (Field::new("name", "Your name").autocomplete("name").show())
                (Field::new("login", "Login or mail address").autocomplete("username").show())
            }
            (account::new_password())
            (form::submit("Make the account"))
        }
    };
    let body = html! {
        section.panel aria-labelledby="setup-title" {
            h1 id="setup-title" { @match setup { Setup::First => "Set up this server", Setup::Invited(name) => { "Welcome, " (name) } } }
            p.soft { @match setup { Setup::First => "This makes the first account, an admin. The link works once.", Setup::Invited(_) => "Choose a password. The link works once." } }
            (form::post(frame, path, "", &fields))
        }
    };
    frame.alone("Set-up", "", &body)
}
