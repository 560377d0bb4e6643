//! The own account: password, second factor, sessions.

use jiff::Timestamp;
use maud::{Markup, PreEscaped, html};

use super::{
    Frame,
    badge::{Tone, badge},
    form::{self, Field},
    layout::{self, Room},
    table::{Narrow, Row, Table, words},
    time,
};

/// What the page needs.
#[derive(Clone, Debug)]
pub struct AccountView {
    /// The mail address.
    pub email: String,
    /// The names of the teams.
    pub teams: Vec<String>,
    /// How one logs in.
    pub login: AccountLogin,
    /// The sessions that are open.
    pub sessions: Vec<SessionLine>,
}

/// How one logs in.
#[derive(Clone, Debug)]
pub enum AccountLogin {
    /// At the identity provider of this name; password and second factor are kept there.
    Provider(String),
    /// Here, with a password.
    Local(TwoFactor),
}

/// The second factor.
#[derive(Clone, Debug)]
pub enum TwoFactor {
    /// There is none.
    Off,
    /// It is being set up.
    Offered(TotpOffer),
    /// It is on, since then; so many recovery codes are left.
    On {
        /// Since when.
        since: Timestamp,
        /// How many recovery codes are left.
        codes_left: u64,
    },
    /// It was just turned on; the recovery codes are shown once.
    Made {
        /// The codes.
        codes: RecoveryCodes,
    },
}

/// Recovery codes that are shown once; they do not appear in debug output.
#[derive(Clone)]
pub struct RecoveryCodes(pub Vec<String>);

impl std::fmt::Debug for RecoveryCodes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "RecoveryCodes({})", self.0.len())
    }
}

/// What an authenticator needs; it does not appear in debug output.
#[derive(Clone)]
pub struct TotpOffer {
    /// The QR code as SVG that the server made itself; it is written out as it is.
    pub qr_svg: String,
    /// The same key as text, in groups of four.
    pub key: String,
}

impl std::fmt::Debug for TotpOffer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TotpOffer").finish_non_exhaustive()
    }
}

/// A session.
#[derive(Clone, Debug)]
pub struct SessionLine {
    /// Its id; not its token.
    pub id: i64,
    /// The browser, in words.
    pub browser: String,
    /// The address it came from.
    pub address: String,
    /// When it began.
    pub since: Timestamp,
    /// When it was used last.
    pub last_used: Timestamp,
    /// Whether it is the one that looks.
    pub whose: Whose,
}

/// Whether a session is the one that looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// It is.
    This,
    /// It is another.
    Other,
}

/// The page.
pub fn page(frame: &Frame, view: &AccountView) -> Markup {
    let name = frame.viewer.as_ref().map_or("", |viewer| viewer.name.as_str());
    let teams = if view.teams.is_empty() { "all origins".to_owned() } else { view.teams.join(", ") };
    let about = format!("{name}, {}. Sees: {teams}.", view.email);
    let body = html! {
        (layout::head("Account", &about, &html! {}))
        @match &view.login {
            AccountLogin::Provider(provider) => (layout::panel("login", "Login", "", &html! { p { "Password and second factor are kept by " strong { (provider) } "." } })),
            AccountLogin::Local(factor) => div.panels {
                (layout::panel("password", "Password", "", &password(frame)))
                (layout::panel("totp", "Two-factor", "", &totp(frame, factor)))
            },
        }
        (layout::flush_panel("sessions", "Sessions", "", &sessions(frame, &view.sessions)))
    };
    frame.page(Room::Account, "Account", &body)
}

/// A post to `/account/password` with `current`, `new`, `again`.
fn password(frame: &Frame) -> Markup {
    let fields = html! {
        div.fields {
            (Field::new("current", "Current password").kind("password").autocomplete("current-password").show())
            (new_password())
            (form::submit("Change"))
        }
    };
    form::post(frame, "/account/password", "", &fields)
}

/// The fields `new` and `again`.
pub(super) fn new_password() -> Markup {
    html! {
        (Field::new("new", "New password").kind("password").autocomplete("new-password").note("12 characters or more. Other sessions end.").show())
        (Field::new("again", "New password again").kind("password").autocomplete("new-password").show())
    }
}

/// Posts to `/account/totp` (`current`: offer one), `/account/totp/confirm` (`code`) and `/account/totp/remove` (`current`).
fn totp(frame: &Frame, factor: &TwoFactor) -> Markup {
    match factor {
        TwoFactor::Off => html! {
            p { (badge(Tone::Warn, "off")) " A password alone lets whoever has it in." }
            (form::post(frame, "/account/totp", "", &html! {
                div.fields {
                    (Field::new("current", "Current password").kind("password").autocomplete("current-password").show())
                    (form::submit("Set it up"))
                }
            }))
        },
        TwoFactor::Offered(offer) => offered(frame, offer),
        TwoFactor::On { since, codes_left } => html! {
            p { (badge(Tone::Good, "on")) " since " (time::date(*since)) "; " (codes_left) " recovery codes are left." }
            details.act id="totp-remove" {
                summary { "Turn it off" }
                (form::post(frame, "/account/totp/remove", "", &html! {
                    div.fields {
                        (Field::new("current", "Current password").kind("password").autocomplete("current-password").show())
                        div { button.grave type="submit" { "Turn it off" } }
                    }
                }))
            }
        },
        TwoFactor::Made { codes } => html! {
            p { (badge(Tone::Good, "on")) " Keep these recovery codes where your authenticator is not. Each works once. They are not shown again." }
            ul.codes id="codes" { @for code in &codes.0 { li { (code) "\n" } } }
            p { button.copy type="button" data-copy="" data-copy-from="codes" hidden { "copy" span.quiet { " the recovery codes" } } }
        },
    }
}

fn offered(frame: &Frame, offer: &TotpOffer) -> Markup {
    let fields = html! { div.fields { (code_field()) (form::submit("Confirm")) } };
    html! {
        ol.items {
            li { p { "Scan this with an authenticator." } div.qr role="img" aria-label="QR code of the key that is written below it" { (PreEscaped(&offer.qr_svg)) } }
            li { p { "Or type this key into it:" } code { (offer.key) } }
            li { (form::post(frame, "/account/totp/confirm", "", &fields)) }
        }
    }
}

/// The field `code` of six digits.
pub(super) fn code_field() -> Markup {
    html! {
        label.field {
            span { "Code of six digits" }
            input.code-input type="text" name="code" inputmode="numeric" pattern="[0-9 ]{6,7}" maxlength="7" required autocomplete="one-time-code";
        }
    }
}

/// The sessions, with forms: posts to `/account/sessions/N/end` and `/account/sessions/end-others`.
fn sessions(frame: &Frame, sessions: &[SessionLine]) -> Markup {
    let columns = [words("Browser"), words("Address"), words("Since"), words("Last used"), words("")];
    let row = |session: &SessionLine| Row {
        id: Some(format!("session-{}", session.id)),
        cells: vec![
            html! { strong { (session.browser) } @if session.whose == Whose::This { " " (badge(Tone::Good, "this one")) } },
            html! { (session.address) },
            time::relative(session.since, frame.now),
            time::relative(session.last_used, frame.now),
            html! {
                @if session.whose == Whose::Other {
                    (form::post(frame, &format!("/account/sessions/{}/end", session.id), "inline", &html! { button.small type="submit" { "End" span.quiet { " the session of " (session.browser) } } }))
                }
            },
        ],
    };
    let rows = sessions.iter().map(row).collect();
    html! {
        (Table { label: "Sessions", columns: &columns, narrow: Narrow::Stack, rows }.show())
        @if sessions.len() > 1 {
            div.pager { (form::post(frame, "/account/sessions/end-others", "inline", &html! { button type="submit" { "End all others" } })) }
        }
    }
}
