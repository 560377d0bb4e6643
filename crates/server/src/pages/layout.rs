//! The frame around every page: navigation, search, who looks, and whether the page is kept up to date.

use jiff::Timestamp;
use maud::{DOCTYPE, Markup, html};

use super::{
    badge::Tone,
    form,
    icon::{Icon, icon},
    view::{Role, Viewer},
};

/// What every page needs.
#[derive(Clone, Debug)]
pub struct Frame {
    /// Who looks; none before login.
    pub viewer: Option<Viewer>,
    /// The token that forms of this session carry.
    pub csrf: String,
    /// Light or dark, by the cookie `stanch-theme`.
    pub theme: Theme,
    /// The moment of the page.
    pub now: Timestamp,
    /// What was just done, or why it was not.
    pub notice: Option<Notice>,
    /// How many incidents nobody has taken yet.
    pub waiting: u64,
    /// Whether it is the real thing.
    pub data: Data,
    /// The version of Stanch.
    pub version: String,
}

/// What a page is about: real data, or what `--demo` made up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Data {
    /// What was found.
    Real,
    /// What was made up.
    Demo,
}

/// Light or dark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// As the system is set.
    #[default]
    Auto,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

impl Theme {
    /// Every theme.
    pub const ALL: [Self; 3] = [Self::Auto, Self::Light, Self::Dark];

    /// The name used in the cookie and in forms.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// The theme a cookie or form names; as the system is set where it names none.
    pub fn named(text: &str) -> Self {
        Self::ALL.into_iter().find(|theme| theme.as_str() == text).unwrap_or_default()
    }
}

/// What was just done, or why it was not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// Whether it is good news.
    pub tone: Tone,
    /// What happened.
    pub text: String,
}

/// Where in the navigation a page is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Room {
    /// What executives look at.
    Executive,
    /// What who is on call looks at.
    OnCall,
    /// What engineers look at.
    Debug,
    /// All incidents.
    Incidents,
    /// All leaks.
    Leaks,
    /// What is let alone.
    Allowances,
    /// Who did what.
    Audit,
    /// Users, teams, tokens, channels, policy.
    Settings,
    /// The own account.
    Account,
    /// None of these.
    Nowhere,
}

/// A line of the navigation.
struct Door {
    room: Room,
    path: &'static str,
    name: &'static str,
    /// The key that goes there after `g`.
    key: &'static str,
    /// Who may go there.
    role: Role,
}

const fn door(room: Room, path: &'static str, name: &'static str, key: &'static str) -> Door {
    Door { room, path, name, key, role: Role::Viewer }
}

const BOARDS: [Door; 3] = [
    door(Room::OnCall, "/on-call", "On call", "o"),
    door(Room::Executive, "/executive", "Executive", "e"),
    door(Room::Debug, "/debug", "Debug", "d"),
];
const REGISTER: [Door; 4] = [
    door(Room::Incidents, "/incidents", "Incidents", "i"),
    door(Room::Leaks, "/leaks", "Leaks", "l"),
    door(Room::Allowances, "/allowances", "Allowances", "w"),
    Door { role: Role::Commander, ..door(Room::Audit, "/audit", "Audit trail", "a") },
];
const HOUSE: [Door; 1] = [Door { role: Role::Admin, ..door(Room::Settings, "/settings", "Settings", "s") }];

impl Frame {
    /// Whether who looks may do what `role` may.
    pub fn may(&self, role: Role) -> bool {
        self.viewer.as_ref().is_some_and(|viewer| viewer.role >= role)
    }

    /// A page for who is logged in.
    pub fn page(&self, room: Room, title: &str, body: &Markup) -> Markup {
        let content = html! {
            a.skip href="#content" { "Skip to content" }
            div.frame {
                (self.top())
                (self.banners())
                (self.navigation(room))
                main id="content" tabindex="-1" { (self.notice()) (body) }
                (self.foot())
            }
            (help())
        };
        self.document(title, &content)
    }

    /// A page for who is not logged in yet, or may not look at anything.
    pub fn alone(&self, title: &str, class: &str, body: &Markup) -> Markup {
        let content = html! {
            div class={ "alone " (class) } {
                header { (brand()) }
                main id="content" { (self.notice()) (body) }
            }
        };
        self.document(title, &content)
    }

    fn document(&self, title: &str, content: &Markup) -> Markup {
        let theme = (self.theme != Theme::Auto).then(|| self.theme.as_str());
        html! {
            (DOCTYPE)
            html lang="en" data-theme=[theme] data-now=(self.now.as_millisecond()) {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="robots" content="noindex";
                    title { (title) " · Stanch" }
                    link rel="icon" type="image/svg+xml" href="/assets/icon.svg";
                    link rel="stylesheet" href="/assets/stanch.css";
                    script src="/assets/stanch.js" defer {}
                }
                body { (content) }
            }
        }
    }

    fn top(&self) -> Markup {
        html! {
            header.top {
                button.bare.opener type="button" popovertarget="menu" aria-label="Menu" { (icon(Icon::Menu)) }
                (brand())
                form.search method="get" action="/search" role="search" aria-label="Everything" {
                    input id="q" type="search" name="q" aria-label="Search leaks, incidents and origins" placeholder="Search" autocomplete="off";
                    kbd aria-hidden="true" { "/" }
                }
                div.aside {
                    span.live role="status" data-live-marker="/events" data-state="none" title="When this page was made" {
                        "as of " (self.now.strftime("%H:%M")) " UTC"
                    }
                    @if let Some(viewer) = &self.viewer { (self.person(viewer)) }
                }
            }
        }
    }

    fn person(&self, viewer: &Viewer) -> Markup {
        html! {
            button.bare type="button" popovertarget="you" aria-label={ "Account of " (viewer.name) } { (icon(Icon::Person)) span aria-hidden="true" { (viewer.name) } }
            div id="you" popover {
                p { strong { (viewer.name) } br; span.soft { (viewer.role.as_str()) } }
                (form::post(self, "/theme", "", &self.theme_switch()))
                p {
                    a href="/account" { "Password, two-factor, sessions" }
                    button.bare.small type="button" popovertarget="help" { "Keyboard shortcuts" }
                }
                (form::post(self, "/logout", "", &html! { button type="submit" { "Log out" } }))
            }
        }
    }

    fn theme_switch(&self) -> Markup {
        html! {
            fieldset {
                legend { "Colours" }
                div.segments {
                    @for theme in Theme::ALL {
                        button type="submit" name="theme" value=(theme.as_str()) aria-pressed=(theme == self.theme) { (theme.as_str()) }
                    }
                }
            }
        }
    }

    fn banners(&self) -> Markup {
        html! {
            div.banners role="region" aria-label="State of this server" {
                @if self.data == Data::Demo { p.banner.plain { "Demonstration: everything here is made up." } }
                p.banner.warn.lost role="alert" { "The connection to the server is lost. What you see may be out of date; this page goes on by itself." }
            }
        }
    }

    fn navigation(&self, room: Room) -> Markup {
        html! {
            nav.side id="menu" popover aria-label="Main" {
                div.menu {
                    h2 { "Boards" }
                    @for door in &BOARDS { (self.door(door, room)) }
                    h2 { "Register" }
                    @for door in &REGISTER { (self.door(door, room)) }
                    @if self.may(Role::Admin) {
                        h2 { "House" }
                        @for door in &HOUSE { (self.door(door, room)) }
                    }
                }
            }
        }
    }

    fn door(&self, door: &Door, room: Room) -> Markup {
        let current = (door.room == room).then_some("page");
        if !self.may(door.role) {
            return html! {};
        }
        html! {
            a href=(door.path) aria-current=[current] data-key=(door.key) {
                (door.name)
                @if door.room == Room::OnCall && self.waiting > 0 {
                    span.tally { (self.waiting) span.quiet { " not acknowledged" } }
                }
            }
        }
    }

    fn notice(&self) -> Markup {
        html! { @if let Some(one) = &self.notice { (notice(one.tone, &html! { (one.text) })) } }
    }

    fn foot(&self) -> Markup {
        html! {
            footer.foot {
                span { "Stanch " (self.version) }
                span { "Times are UTC" }
                span { "Secrets are never stored or shown" }
            }
        }
    }
}

/// Something that wants to be read first.
pub fn notice(tone: Tone, text: &Markup) -> Markup {
    let sign = match tone {
        Tone::Good => Icon::Done,
        Tone::Plain => Icon::Note,
        Tone::Warn | Tone::Alarm => Icon::Warning,
    };
    html! { div class={ "notice " (tone.class()) } role="status" { (icon(sign)) div { (text) } } }
}

/// The head of a page: its title, what it is about, and what stands beside it.
pub fn head(title: &str, about: &str, beside: &Markup) -> Markup {
    html! {
        div.head {
            div {
                h1 { (title) }
                @if !about.is_empty() { p { (about) } }
            }
            (beside)
        }
    }
}

/// A part of a page with a heading. `about` stands beside it.
pub fn panel(id: &str, title: &str, about: &str, body: &Markup) -> Markup {
    html! {
        section.panel id=(id) aria-labelledby={ (id) "-title" } {
            header { h2 id={ (id) "-title" } { (title) } @if !about.is_empty() { p { (about) } } }
            (body)
        }
    }
}

/// The same for a table that reaches its edges.
pub fn flush_panel(id: &str, title: &str, about: &str, body: &Markup) -> Markup {
    html! {
        section.panel.flush id=(id) aria-labelledby={ (id) "-title" } {
            header { h2 id={ (id) "-title" } { (title) } @if !about.is_empty() { p { (about) } } }
            (body)
        }
    }
}

/// What is fetched anew when the server says that something changed.
pub fn live(id: &str, body: &Markup) -> Markup {
    html! { div id=(id) data-live { (body) } }
}

fn brand() -> Markup {
    html! { a.brand href="/" aria-label="Stanch, home" { img src="/assets/icon.svg" alt="" width="24" height="24"; span { "Stanch" } } }
}

fn help() -> Markup {
    let keys = [
        ("/", "search"),
        ("j k", "next and previous row of a list"),
        ("Enter", "open the row"),
        ("g o", "on call"),
        ("g e", "executive"),
        ("g d", "debug"),
        ("g i", "incidents"),
        ("g l", "leaks"),
        ("g w", "allowances"),
        ("g a", "audit trail"),
        ("g s", "settings"),
        ("?", "this help"),
    ];
    html! {
        div id="help" popover role="dialog" aria-labelledby="help-title" {
            h2 id="help-title" { "Keyboard shortcuts" }
            dl.keys {
                @for (key, what) in keys {
                    dt { @for one in key.split(' ') { kbd { (one) } " " } }
                    dd { (what) }
                }
            }
            div.row.ends {
                label.check hidden { input type="checkbox" id="keys-on"; span { "Shortcuts are on" } }
                button type="button" popovertarget="help" popovertargetaction="hide" { "Close" }
            }
        }
    }
}
