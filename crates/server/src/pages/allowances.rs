//! What is let alone, until when, and who answers for it.

use jiff::Timestamp;
use maud::{Markup, html};
use stanch_model::Reason;

use super::{
    Frame, badge,
    badge::Tone,
    figure,
    form::{self, Field, Need},
    layout::{self, Room},
    list,
    table::{Narrow, Row, Table, numbers, words},
    time,
    view::{Choice, Paging, Role},
};

/// What the list needs.
#[derive(Clone, Debug)]
pub struct AllowancesView {
    /// The filters.
    pub filter: AllowanceFilter,
    /// The allowances of this page.
    pub allowances: Vec<AllowanceLine>,
    /// Where in the list they are.
    pub paging: Paging,
    /// How many end within 14 days.
    pub ending: u64,
}

/// The filters; empty for all.
#[derive(Clone, Debug, Default)]
pub struct AllowanceFilter {
    /// A fingerprint, a name, an owner, a ticket.
    pub q: String,
    /// `good`, `ending` or `over`.
    pub state: String,
    /// A reason.
    pub reason: String,
}

impl AllowanceFilter {
    fn pairs(&self) -> [(&str, &str); 3] {
        [("q", &self.q), ("state", &self.state), ("reason", &self.reason)]
    }
}

/// An allowance in a line.
#[derive(Clone, Debug)]
pub struct AllowanceLine {
    /// Its id.
    pub id: i64,
    /// What it lets be: a fingerprint, or the name of a condition.
    pub subject: String,
    /// The leak, where it is about one that is known.
    pub leak: Option<i64>,
    /// Why.
    pub reason: Reason,
    /// The reason in words.
    pub note: String,
    /// Who answers for it.
    pub owner: Option<String>,
    /// Who granted it.
    pub approver: String,
    /// Its ticket.
    pub ticket: Option<String>,
    /// When it was granted.
    pub created: Timestamp,
    /// Until when it is good; none where it has no end.
    pub expires: Option<Timestamp>,
    /// Who ended it early, and when.
    pub ended: Option<(String, Timestamp)>,
    /// In how many places its secret was seen.
    pub findings: u64,
}

/// The list.
pub fn page(frame: &Frame, view: &AllowancesView) -> Markup {
    let pairs = view.filter.pairs();
    let body = html! {
        (layout::head("Allowances", "Each says why, who answers for it, and when it ends. What is let be neither pages nor counts.", &html! {}))
        @if view.ending > 0 {
            (layout::notice(Tone::Warn, &html! { (figure::counted(view.ending, "allowance")) " will end within 14 days. " a href="/allowances?state=ending" { "Look at them" } }))
        }
        (filters(&view.filter))
        (layout::live("allowances", &html! {
            section.panel.flush aria-label="Allowances" {
                @if view.allowances.is_empty() {
                    (list::none_of("allowances", &pairs, "They are granted on the page of a leak, or when an incident is dismissed."))
                } @else {
                    (table(frame, view))
                    (list::pager("/allowances", &pairs, &view.paging, view.allowances.len()))
                }
            }
        }))
    };
    frame.page(Room::Allowances, "Allowances", &body)
}

fn filters(filter: &AllowanceFilter) -> Markup {
    let any = || Choice { value: String::new(), label: "any".to_owned() };
    let states = [("", "any"), ("good", "good"), ("ending", "ending within 14 days"), ("over", "over")]
        .map(|(value, label)| Choice { value: value.to_owned(), label: label.to_owned() });
    let reasons: Vec<_> = [any()].into_iter().chain(reasons()).collect();
    let fields = html! {
        div.grow { (Field::new("q", "Fingerprint, name, owner or ticket").filter().value(&filter.q).show()) }
        (form::select("state", "State", &states, &filter.state))
        (form::select("reason", "Reason", &reasons, &filter.reason))
    };
    list::filters("/allowances", "Filter allowances", &fields)
}

fn reasons() -> impl Iterator<Item = Choice> {
    Reason::ALL
        .into_iter()
        .map(|reason| Choice { value: reason.as_str().to_owned(), label: reason.as_str().replace('-', " ") })
}

/// The fields of a form that grants one: `reason`, `note`, `owner`, `ticket`, `expires`.
pub(super) fn fields() -> Markup {
    html! {
        div.fields {
            (form::select("reason", "Reason", &reasons().collect::<Vec<_>>(), ""))
            (form::area("note", "In words", Need::Required, ""))
            (Field::new("owner", "Who answers for it").optional().note("You, if it is left empty.").show())
            (Field::new("ticket", "Ticket").optional().show())
            (Field::new("expires", "Last day").kind("date").note("An accepted risk ends after 90 days at the latest, anything else after a year.").show())
            (form::submit("Grant"))
        }
    }
}

fn table(frame: &Frame, view: &AllowancesView) -> Markup {
    let columns = [
        words("Lets be"),
        words("Reason"),
        words("Owner"),
        numbers("Places"),
        words("Granted"),
        words("Until"),
        words(""),
    ];
    let rows = view.allowances.iter().map(|one| row(frame, one)).collect();
    Table { label: "Allowances", columns: &columns, narrow: Narrow::Stack, rows }.show()
}

fn row(frame: &Frame, one: &AllowanceLine) -> Row {
    let subject = html! {
        @match one.leak {
            Some(leak) => a.main href={ "/leaks/" (leak) } { code { (one.subject) } },
            None => strong { (one.subject) },
        }
        @if let Some(ticket) = &one.ticket { span.sub { (ticket) } }
    };
    Row {
        id: Some(format!("allowance-{}", one.id)),
        cells: vec![
            subject,
            html! { span.word { (one.reason.as_str().replace('-', " ")) } @if !one.note.is_empty() { span.sub { (one.note) } } },
            html! { @match &one.owner { Some(owner) => (owner), None => span.trend.warn { "nobody" } } },
            html! { (figure::count(one.findings)) },
            html! { (time::date(one.created)) @if !one.approver.is_empty() { span.sub { "by " (one.approver) } } },
            until(frame, one),
            end_form(frame, one),
        ],
    }
}

fn until(frame: &Frame, one: &AllowanceLine) -> Markup {
    match (&one.ended, one.expires) {
        (Some((who, at)), _) => {
            html! { (badge::badge(Tone::Plain, "ended")) span.sub { @if !who.is_empty() { "by " (who) ", " } (time::relative(*at, frame.now)) } }
        }
        (None, None) => html! { "no end" span.sub { "proven dead" } },
        (None, Some(end)) if end < frame.now => {
            html! { (badge::badge(Tone::Alarm, "over")) span.sub { (time::date(end)) } }
        }
        (None, Some(end)) => html! { (time::date(end)) span.sub { (time::relative(end, frame.now)) } },
    }
}

/// The form that ends one early: a post to `/allowances/N/end` with `reason`.
fn end_form(frame: &Frame, one: &AllowanceLine) -> Markup {
    let is_good = one.ended.is_none() && one.expires.is_none_or(|end| end >= frame.now);
    if !is_good || !frame.may(Role::Commander) {
        return html! {};
    }
    let fields = html! { div.fields { (Field::new("reason", "Reason").show()) button.grave.small type="submit" { "End it" } } };
    html! {
        details id={ "end-" (one.id) } {
            summary { "End" span.quiet { ": " (one.subject) } }
            (form::post(frame, &format!("/allowances/{}/end", one.id), "", &fields))
        }
    }
}
