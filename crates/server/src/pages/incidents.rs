//! The list of incidents.

use jiff::Timestamp;
use maud::{Markup, html};
use stanch_model::{Severity, State};

use super::{
    Frame, badge, figure,
    form::{self, Field},
    layout::{self, Room},
    list,
    table::{Narrow, Row, Table, numbers, words},
    time,
    view::{Choice, Paging},
};

/// What the list needs.
#[derive(Clone, Debug)]
pub struct IncidentsView {
    /// The filters.
    pub filter: IncidentFilter,
    /// The people and teams that may be filtered by.
    pub people: Vec<Choice>,
    /// The incidents of this page.
    pub incidents: Vec<IncidentLine>,
    /// Where in the list they are.
    pub paging: Paging,
}

/// The filters; empty for all.
#[derive(Clone, Debug, Default)]
pub struct IncidentFilter {
    /// Words of the title, a fingerprint, the name of an origin.
    pub q: String,
    /// A state, or `active` for all that are not over.
    pub state: String,
    /// A severity.
    pub severity: String,
    /// The id of who holds a duty, or `nobody`.
    pub holder: String,
    /// `new`, `old` or `severity`.
    pub sort: String,
}

impl IncidentFilter {
    /// The filters as parameters of the address.
    pub fn pairs(&self) -> [(&str, &str); 5] {
        [
            ("q", &self.q),
            ("state", &self.state),
            ("severity", &self.severity),
            ("holder", &self.holder),
            ("sort", &self.sort),
        ]
    }
}

/// An incident in a line.
#[derive(Clone, Debug)]
pub struct IncidentLine {
    /// Its number.
    pub number: i64,
    /// Its title.
    pub title: String,
    /// How bad it is.
    pub severity: Severity,
    /// Where it stands.
    pub state: State,
    /// Who commands it.
    pub commander: Option<String>,
    /// How many secrets it is about.
    pub leaks: u64,
    /// In how many places they are.
    pub exposures: u64,
    /// When the first of its leaks was detected.
    pub detected: Timestamp,
    /// When something was changed last.
    pub changed: Timestamp,
}

/// The list.
pub fn page(frame: &Frame, view: &IncidentsView) -> Markup {
    let pairs = view.filter.pairs();
    let body = html! {
        (layout::head("Incidents", "", &html! {}))
        (filters(view))
        (layout::live("incidents", &html! {
            section.panel.flush aria-label="Incidents" {
                @if view.incidents.is_empty() {
                    (list::none_of("incidents", &pairs, "An incident opens by itself when a leak is confirmed."))
                } @else {
                    (table(frame, view))
                    (list::pager("/incidents", &pairs, &view.paging, view.incidents.len()))
                }
            }
        }))
    };
    frame.page(Room::Incidents, "Incidents", &body)
}

fn filters(view: &IncidentsView) -> Markup {
    let filter = &view.filter;
    let labelled = |value: &str, label: &str| Choice { value: value.to_owned(), label: label.to_owned() };
    let states: Vec<_> = [labelled("", "any"), labelled("active", "active")]
        .into_iter()
        .chain(State::ALL.map(|state| Choice::plain(state.as_str())))
        .collect();
    let holders: Vec<_> = [labelled("", "anybody"), labelled("nobody", "nobody")]
        .into_iter()
        .chain(view.people.iter().cloned())
        .collect();
    let sorts =
        [labelled("", "newest first"), labelled("old", "oldest first"), labelled("severity", "worst first")];
    let fields = html! {
        div.grow { (Field::new("q", "Title, fingerprint or origin").filter().value(&filter.q).show()) }
        (form::select("state", "State", &states, &filter.state))
        (form::select("severity", "Severity", &severities(), &filter.severity))
        (form::select("holder", "Held by", &holders, &filter.holder))
        (form::select("sort", "Order", &sorts, &filter.sort))
    };
    list::filters("/incidents", "Filter incidents", &fields)
}

/// The severities to filter by, the worst first.
pub(super) fn severities() -> Vec<Choice> {
    let any = Choice { value: String::new(), label: "any".to_owned() };
    [any]
        .into_iter()
        .chain(Severity::ALL.iter().rev().map(|severity| Choice::plain(severity.as_str())))
        .collect()
}

fn table(frame: &Frame, view: &IncidentsView) -> Markup {
    let columns = [
        words("Incident"),
        words("Severity"),
        words("State"),
        words("Commander"),
        numbers("Places"),
        words("Detected"),
        words("Changed"),
    ];
    let row = |one: &IncidentLine| Row {
        id: Some(format!("incident-{}", one.number)),
        cells: vec![
            html! { a.main href={ "/incidents/" (one.number) } { (one.title) } span.sub { "#" (one.number) " · " (figure::counted(one.leaks, "secret")) } },
            badge::severity(one.severity),
            badge::state(one.state),
            html! { @match &one.commander { Some(name) => (name), None => span.soft { "nobody" } } },
            html! { (figure::count(one.exposures)) },
            time::relative(one.detected, frame.now),
            time::relative(one.changed, frame.now),
        ],
    };
    let rows = view.incidents.iter().map(row).collect();
    Table { label: "Incidents", columns: &columns, narrow: Narrow::Stack, rows }.show()
}
