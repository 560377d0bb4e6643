//! Believable views for tests; every text goes through [`Words`], which can make all of them hostile.

mod account;
mod boards;
mod house;
mod incident;
mod register;

use jiff::{SignedDuration, Timestamp};
use maud::Markup;
use stanch_model::{Liveness, OriginKind, Severity, State};

use super::{
    Frame, allowances, audit, debug, executive,
    failure::{self, Failure},
    incidents,
    layout::{Data, Theme},
    leak, leaks, login, on_call, search, settings,
    view::{IncidentRef, LeakRef, OriginRef, PersonRef, Reach, Role, Viewer},
};

/// What hostile texts begin with.
pub(crate) const HOSTILE: &str = "\"><script>alert(1)</script><img src=x onerror='alert(2)'>";
/// What hostile addresses are.
pub(crate) const HOSTILE_URL: &str = "javascript:alert(document.domain)";

/// What texts are like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Words {
    /// As people write.
    Plain,
    /// As an attacker would, in every field.
    Hostile,
}

impl Words {
    /// A text.
    fn say(self, text: &str) -> String {
        if self == Self::Hostile { format!("{HOSTILE}{text}") } else { text.to_owned() }
    }

    /// An address.
    fn url(self, path: &str) -> String {
        if self == Self::Hostile {
            HOSTILE_URL.to_owned()
        } else {
            format!("https://git.acme.example/{path}")
        }
    }

    fn origin(self, kind: OriginKind, name: &str, reach: Reach, environment: Option<&str>) -> OriginRef {
        let environment = environment.map(|text| self.say(text));
        OriginRef { kind, name: self.say(name), reach, environment, url: Some(self.url(name)) }
    }

    fn leak(self, id: i64, name: &str, preview: &str, severity: Severity) -> LeakRef {
        let liveness = [Liveness::Live, Liveness::Unknown, Liveness::Dead][id.unsigned_abs() as usize % 3];
        LeakRef { id, name: self.say(name), preview: self.say(preview), severity, liveness }
    }

    fn incident(self, number: i64, title: &str, severity: Severity, state: State) -> IncidentRef {
        IncidentRef { number, title: self.say(title), severity, state }
    }

    fn person(self, id: i64) -> PersonRef {
        let names = ["Ada Brandt", "Femi Okafor", "Mirja Salo", "Tomás Rey", "Wen Li"];
        PersonRef { id, name: self.say(names[id.unsigned_abs() as usize % names.len()]) }
    }

    /// What every page needs, seen by an admin.
    pub(crate) fn frame(self) -> Frame {
        Frame {
            viewer: Some(Viewer { id: 2, name: self.say("Mirja Salo"), role: Role::Admin }),
            csrf: self.say("csrf-of-tests"),
            theme: Theme::Auto,
            now: now(),
            notice: None,
            waiting: 2,
            data: Data::Demo,
            version: "0.1.0".to_owned(),
        }
    }

    /// Every page, by name.
    pub(crate) fn pages(self, frame: &Frame) -> Vec<(&'static str, Markup)> {
        let nobody = Frame { viewer: None, ..frame.clone() };
        let mut pages = vec![
            ("executive", executive::page(frame, &self.executive())),
            ("on-call", on_call::page(frame, &self.on_call())),
            ("debug", debug::page(frame, &self.debug())),
            ("incidents", incidents::page(frame, &self.incidents())),
            ("incident", super::incident::page(frame, &self.active_incident())),
            ("incident-closed", super::incident::page(frame, &self.closed_incident())),
            ("leaks", leaks::page(frame, &self.leaks())),
            ("leak", leak::page(frame, &self.one_leak())),
            ("search", search::page(frame, &self.search())),
            ("allowances", allowances::page(frame, &self.allowances())),
            ("audit", audit::page(frame, &self.audit())),
            ("login", login::page(&nobody, &self.login())),
            ("login-totp", login::second_factor(&nobody, &self.say("/incidents/118"))),
            ("setup", login::setup(&nobody, &self.say("/setup/one-time"), &login::Setup::First)),
            (
                "setup-invited",
                login::setup(&nobody, "/setup/one-time", &login::Setup::Invited(self.say("Wen"))),
            ),
        ];
        pages.extend(self.accounts().map(|(name, view)| (name, super::account::page(frame, &view))));
        pages.extend(self.settings().map(|(name, view)| (name, settings::page(frame, &view))));
        pages.extend(self.failures().map(|(name, failure)| (name, failure::page(frame, &failure))));
        pages.extend(self.empty_pages(frame));
        pages
    }

    fn failures(self) -> [(&'static str, Failure); 4] {
        [
            ("403", Failure::Forbidden),
            ("404", Failure::Missing),
            ("409", Failure::Changed),
            ("500", Failure::Internal(self.say("01JDA7"))),
        ]
    }

    /// Pages of a server that has just been set up.
    fn empty_pages(self, frame: &Frame) -> [(&'static str, Markup); 5] {
        let filter = leaks::LeakFilter { q: self.say("nothing like it"), ..leaks::LeakFilter::default() };
        [
            ("executive-empty", executive::page(frame, &self.executive_empty())),
            ("on-call-empty", on_call::page(frame, &Self::on_call_empty())),
            (
                "debug-empty",
                debug::page(
                    frame,
                    &debug::DebugView { commits: vec![], masking: vec![], images: vec![], ..self.debug() },
                ),
            ),
            (
                "leaks-empty",
                leaks::page(
                    frame,
                    &leaks::LeaksView { filter, leaks: vec![], paging: super::view::Paging::default() },
                ),
            ),
            (
                "search-empty",
                search::page(
                    frame,
                    &search::SearchView { q: self.say("nothing"), incidents: vec![], leaks: vec![] },
                ),
            ),
        ]
    }
}

/// The moment of all pages.
pub(crate) fn now() -> Timestamp {
    "2026-11-22T14:02:11Z".parse().expect("a time")
}

/// So many minutes before that moment.
fn minutes_ago(minutes: i64) -> Timestamp {
    now() - minutes_long(minutes)
}

fn hours_ago(hours: i64) -> Timestamp {
    minutes_ago(hours * 60)
}

fn days_ago(days: i64) -> Timestamp {
    hours_ago(days * 24)
}

fn minutes_long(minutes: i64) -> SignedDuration {
    SignedDuration::from_mins(minutes)
}
