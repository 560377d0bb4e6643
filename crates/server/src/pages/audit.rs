//! Who did what, when and why: the chain of events.

use jiff::Timestamp;
use maud::{Markup, html};
use stanch_model::{Actor, ActorKind};

use super::{
    Frame,
    badge::Tone,
    figure,
    form::{self, Field},
    layout::{self, Room},
    list,
    table::{Narrow, Row, Table, numbers, words},
    time,
    view::{Choice, Paging},
};

/// What the page needs.
#[derive(Clone, Debug)]
pub struct AuditView {
    /// The filters.
    pub filter: AuditFilter,
    /// Every kind of event, to filter by.
    pub kinds: Vec<String>,
    /// What is known of the chain.
    pub chain: ChainState,
    /// The events of this page, newest first.
    pub events: Vec<AuditEvent>,
    /// Where in the trail they are.
    pub paging: Paging,
}

/// The filters; empty for all.
#[derive(Clone, Debug, Default)]
pub struct AuditFilter {
    /// Words of the event.
    pub q: String,
    /// The name of who did it.
    pub actor: String,
    /// A kind of event.
    pub kind: String,
    /// The number of an incident.
    pub incident: String,
    /// The first day, as `2026-11-22`.
    pub from: String,
    /// The last day.
    pub until: String,
}

impl AuditFilter {
    fn pairs(&self) -> [(&str, &str); 6] {
        [
            ("q", &self.q),
            ("actor", &self.actor),
            ("kind", &self.kind),
            ("incident", &self.incident),
            ("from", &self.from),
            ("until", &self.until),
        ]
    }
}

/// What is known of the chain of hashes.
#[derive(Clone, Debug)]
pub enum ChainState {
    /// It was verified, to this event, at that time.
    Whole {
        /// The number of the last event.
        events: u64,
        /// When that was done.
        at: Timestamp,
    },
    /// It is broken at this event.
    Broken {
        /// The number of the first event that does not fit.
        seq: i64,
    },
    /// Nobody verified it yet.
    Unverified,
}

/// One event.
#[derive(Clone, Debug)]
pub struct AuditEvent {
    /// Its number.
    pub seq: i64,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: Actor,
    /// What kind of event, such as `incident.step`.
    pub kind: String,
    /// What it was, in words.
    pub text: String,
    /// Why; empty where no reason was given.
    pub reason: String,
    /// The incident it is about.
    pub incident: Option<i64>,
    /// The leak it is about.
    pub leak: Option<i64>,
    /// The beginning of its hash.
    pub hash: String,
    /// What else it holds, as JSON; empty for nothing.
    pub detail: String,
}

/// The page.
pub fn page(frame: &Frame, view: &AuditView) -> Markup {
    let pairs = view.filter.pairs();
    let body = html! {
        (layout::head("Audit trail", "Every change and every look at details, each chained to the one before it.", &html! {}))
        (chain(frame, &view.chain))
        (filters(view))
        section.panel.flush aria-label="Events" {
            @if view.events.is_empty() {
                (list::none_of("events", &pairs, "The first event is written when the server starts."))
            } @else {
                (table(view))
                (list::pager("/audit", &pairs, &view.paging, view.events.len()))
            }
        }
    };
    frame.page(Room::Audit, "Audit trail", &body)
}

fn chain(frame: &Frame, chain: &ChainState) -> Markup {
    match chain {
        ChainState::Whole { events, at } => layout::notice(
            Tone::Good,
            &html! { "The chain is whole: " (figure::counted(*events, "event")) " verified " (time::relative(*at, frame.now)) ". Verify it offline with " code { "stanch audit verify" } "." },
        ),
        ChainState::Broken { seq } => layout::notice(
            Tone::Alarm,
            &html! { strong { "The chain is broken at event " (seq) "." } " Somebody changed the database by hand, or it is damaged. Keep a copy, then compare with the shipped trail." },
        ),
        ChainState::Unverified => layout::notice(
            Tone::Plain,
            &html! { "The chain was not verified yet. Verify it with " code { "stanch audit verify" } "." },
        ),
    }
}

fn filters(view: &AuditView) -> Markup {
    let filter = &view.filter;
    let any = Choice { value: String::new(), label: "any".to_owned() };
    let kinds: Vec<_> = [any].into_iter().chain(view.kinds.iter().map(|kind| Choice::plain(kind))).collect();
    let fields = html! {
        div.grow { (Field::new("q", "Words").filter().value(&filter.q).show()) }
        (Field::new("actor", "Who").filter().value(&filter.actor).show())
        (form::select("kind", "Kind", &kinds, &filter.kind))
        (Field::new("incident", "Incident").filter().value(&filter.incident).show())
        (Field::new("from", "From").filter().kind("date").value(&filter.from).show())
        (Field::new("until", "Until").filter().kind("date").value(&filter.until).show())
    };
    list::filters("/audit", "Filter events", &fields)
}

fn table(view: &AuditView) -> Markup {
    let columns = [numbers("No."), words("When"), words("Who"), words("What"), words("About"), words("Hash")];
    let rows = view.events.iter().map(row).collect();
    Table { label: "Events", columns: &columns, narrow: Narrow::Stack, rows }.show()
}

fn row(event: &AuditEvent) -> Row {
    let who = html! {
        (event.actor.name)
        @if event.actor.kind != ActorKind::User { span.sub { (event.actor.kind.as_str()) } }
    };
    let what = html! {
        (event.text)
        @if !event.reason.is_empty() { span.sub { "“" (event.reason) "”" } }
        @if !event.detail.is_empty() { details id={ "detail-" (event.seq) } { summary { "Detail" span.quiet { " of event " (event.seq) } } pre.message { (event.detail) } } }
    };
    let about = html! {
        span.tags {
            @if let Some(incident) = event.incident { a href={ "/incidents/" (incident) } { "#" (incident) } }
            @if let Some(leak) = event.leak { a href={ "/leaks/" (leak) } { "leak " (leak) } }
        }
    };
    Row {
        id: Some(format!("event-{}", event.seq)),
        cells: vec![
            html! { (event.seq) },
            time::absolute(event.at),
            who,
            html! { (what) span.sub { code { (event.kind) } } },
            about,
            html! { code.soft { (event.hash) } },
        ],
    }
}
