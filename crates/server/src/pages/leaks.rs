//! The list of leaks.

use jiff::Timestamp;
use maud::{Markup, html};
use stanch_model::{Liveness, OriginKind};

use super::{
    Frame, badge, figure,
    form::{self, Field},
    incidents,
    layout::{self, Room},
    list,
    table::{Narrow, Row, Table, numbers, words},
    time,
    view::{Choice, IncidentRef, LeakRef, Paging, Reach},
};

/// What the list needs.
#[derive(Clone, Debug)]
pub struct LeaksView {
    /// The filters.
    pub filter: LeakFilter,
    /// The leaks of this page.
    pub leaks: Vec<LeakLine>,
    /// Where in the list they are.
    pub paging: Paging,
}

/// The filters; empty for all.
#[derive(Clone, Debug, Default)]
pub struct LeakFilter {
    /// Part of a fingerprint, a rule, an owner, an account, the name of an origin.
    pub q: String,
    /// A severity.
    pub severity: String,
    /// A liveness.
    pub liveness: String,
    /// A kind of origin.
    pub kind: String,
    /// `public` for what everybody can read.
    pub reach: String,
    /// `there` or `gone`.
    pub presence: String,
}

impl LeakFilter {
    /// The filters as parameters of the address.
    pub fn pairs(&self) -> [(&str, &str); 6] {
        [
            ("q", &self.q),
            ("severity", &self.severity),
            ("liveness", &self.liveness),
            ("kind", &self.kind),
            ("reach", &self.reach),
            ("presence", &self.presence),
        ]
    }
}

/// A leak in a line.
#[derive(Clone, Debug)]
pub struct LeakLine {
    /// The leak.
    pub leak: LeakRef,
    /// The beginning of its fingerprint.
    pub fingerprint: String,
    /// The name of the origin that matters most.
    pub origin: String,
    /// Who can read the widest of its places.
    pub reach: Reach,
    /// In how many places it was seen.
    pub places: u64,
    /// Its incident.
    pub incident: Option<IncidentRef>,
    /// When it was seen first.
    pub first_seen: Timestamp,
    /// When it was seen last.
    pub last_seen: Timestamp,
}

/// The list.
pub fn page(frame: &Frame, view: &LeaksView) -> Markup {
    let pairs = view.filter.pairs();
    let body = html! {
        (layout::head("Leaks", "One leak is one secret, however often it is found.", &html! {}))
        (filters(&view.filter))
        (layout::live("leaks", &html! {
            section.panel.flush aria-label="Leaks" {
                @if view.leaks.is_empty() {
                    (list::none_of("leaks", &pairs, "Send findings with: stanch scan . --server URL"))
                } @else {
                    (table(frame, &view.leaks))
                    (list::pager("/leaks", &pairs, &view.paging, view.leaks.len()))
                }
            }
        }))
    };
    frame.page(Room::Leaks, "Leaks", &body)
}

fn filters(filter: &LeakFilter) -> Markup {
    let any = || Choice { value: String::new(), label: "any".to_owned() };
    let with_any = |names: &[&str]| {
        [any()].into_iter().chain(names.iter().map(|name| Choice::plain(name))).collect::<Vec<_>>()
    };
    let fields = html! {
        div.grow { (Field::new("q", "Fingerprint, rule, owner, account or origin").filter().value(&filter.q).show()) }
        (form::select("severity", "Severity", &incidents::severities(), &filter.severity))
        (form::select("liveness", "Liveness", &with_any(&Liveness::ALL.map(Liveness::as_str)), &filter.liveness))
        (form::select("kind", "In", &with_any(&OriginKind::ALL.map(OriginKind::as_str)), &filter.kind))
        (form::select("reach", "Readable by", &with_any(&["public", "internal"]), &filter.reach))
        (form::select("presence", "Still there", &with_any(&["there", "gone"]), &filter.presence))
    };
    list::filters("/leaks", "Filter leaks", &fields)
}

/// Leaks as a table.
pub(super) fn table(frame: &Frame, leaks: &[LeakLine]) -> Markup {
    let columns = [
        words("Leak"),
        words("Severity"),
        words("Liveness"),
        words("Worst place"),
        numbers("Places"),
        words("Incident"),
        words("Last seen"),
    ];
    let rows = leaks.iter().map(|one| row(frame, one)).collect();
    Table { label: "Leaks", columns: &columns, narrow: Narrow::Stack, rows }.show()
}

fn row(frame: &Frame, one: &LeakLine) -> Row {
    let incident = html! {
        @if let Some(incident) = &one.incident {
            a href={ "/incidents/" (incident.number) } title=(incident.title) { "#" (incident.number) } " " (badge::state(incident.state))
        }
    };
    Row {
        id: Some(format!("leak-{}", one.leak.id)),
        cells: vec![
            html! {
                a.main href={ "/leaks/" (one.leak.id) } { (one.leak.name) }
                span.sub { code { (one.leak.preview) } " · " code { (one.fingerprint) } }
            },
            badge::severity(one.leak.severity),
            badge::liveness(one.leak.liveness),
            html! { (one.origin) " " (badge::reach(one.reach)) },
            html! { (figure::count(one.places)) },
            incident,
            html! { (time::relative(one.last_seen, frame.now)) span.sub { "first " (time::relative(one.first_seen, frame.now)) } },
        ],
    }
}
