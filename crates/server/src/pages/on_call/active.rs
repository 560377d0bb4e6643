//! Active incidents with their clocks.

use jiff::{SignedDuration, Timestamp};
use maud::{Markup, html};
use stanch_model::{IncidentStep, Liveness, Milestones, Severity};

use super::OnCallView;
use crate::pages::{
    Frame, badge, figure, form, list,
    table::{Narrow, Row, Table, words},
    time,
    view::{Clock, Reach, Role},
};

/// An incident somebody still has something to do for.
#[derive(Clone, Debug)]
pub struct ActiveIncident {
    /// Its number.
    pub number: i64,
    /// How often it was changed; sent with the acknowledgement.
    pub version: i64,
    /// Its title.
    pub title: String,
    /// How bad it is.
    pub severity: Severity,
    /// What was done.
    pub milestones: Milestones,
    /// When the first of its leaks was detected, or when it was reopened.
    pub detected: Timestamp,
    /// How long it may stay untaken.
    pub acknowledge_within: Option<SignedDuration>,
    /// How long until its secrets must be revoked.
    pub revoke_within: Option<SignedDuration>,
    /// Who commands it.
    pub commander: Option<String>,
    /// How many secrets it is about.
    pub leaks: u64,
    /// In how many places they are.
    pub exposures: u64,
    /// Who can read the widest of these places.
    pub reach: Reach,
    /// The environment that matters most of those it touches.
    pub environment: Option<String>,
    /// Whether any of its secrets still opens something.
    pub liveness: Liveness,
}

impl ActiveIncident {
    /// Whether nobody has taken it.
    pub fn is_waiting(&self) -> bool {
        self.milestones.acknowledged.is_none()
    }

    /// Whether one of its clocks is over its limit.
    pub fn is_late(&self, now: Timestamp) -> bool {
        self.clocks().iter().any(|clock| {
            clock.stopped.is_none()
                && clock.limit.is_some_and(|limit| now.duration_since(clock.since) > limit)
        })
    }

    fn clocks(&self) -> [Clock; 2] {
        let clock = |name: &str, stopped, limit| Clock {
            name: name.to_owned(),
            since: self.detected,
            stopped,
            limit,
        };
        [
            clock("acknowledge", self.milestones.acknowledged, self.acknowledge_within),
            clock("revoke", self.milestones.revoked, self.revoke_within),
        ]
    }
}

/// The incidents.
pub(super) fn list(frame: &Frame, view: &OnCallView) -> Markup {
    if view.active.is_empty() {
        return list::empty(
            "Nothing is active",
            "Every incident is closed or dismissed. New ones appear here by themselves.",
        );
    }
    let columns = [
        words("Incident"),
        words("State"),
        words("Acknowledge"),
        words("Revoke"),
        words("Commander"),
        words(""),
    ];
    let rows = view.active.iter().map(|one| row(frame, one)).collect();
    let more = view.active_count.saturating_sub(view.active.len() as u64);
    html! {
        (Table { label: "Active incidents", columns: &columns, narrow: Narrow::Stack, rows }.show())
        @if more > 0 { p.pager { a href="/incidents?state=active" { (figure::count(more)) " more" } } }
    }
}

fn row(frame: &Frame, one: &ActiveIncident) -> Row {
    let [acknowledge, revoke] = one.clocks();
    let commander = html! { @match &one.commander { Some(name) => (name), None => span.soft { "nobody" } } };
    Row {
        id: Some(format!("incident-{}", one.number)),
        cells: vec![
            what(one),
            badge::state(one.milestones.state()),
            time::timer(&acknowledge, frame.now),
            time::timer(&revoke, frame.now),
            commander,
            acknowledge_form(frame, one),
        ],
    }
}

fn what(one: &ActiveIncident) -> Markup {
    html! {
        span.tags {
            (badge::severity(one.severity))
            @if one.liveness == Liveness::Live { (badge::liveness(one.liveness)) }
            (badge::reach(one.reach))
            @if let Some(environment) = &one.environment { span.tag { (environment) } }
        }
        a.main href={ "/incidents/" (one.number) } { (one.title) }
        span.sub { "#" (one.number) " · " (figure::counted(one.leaks, "secret")) " in " (figure::counted(one.exposures, "place")) }
    }
}

fn acknowledge_form(frame: &Frame, one: &ActiveIncident) -> Markup {
    if !one.is_waiting() || !frame.may(Role::Responder) {
        return html! {};
    }
    let fields = html! {
        (form::hidden("step", IncidentStep::Acknowledge.as_str()))
        (form::hidden("version", &one.version.to_string()))
        button.primary.small type="submit" { "Acknowledge" span.quiet { " #" (one.number) } }
    };
    form::post(frame, &format!("/incidents/{}/steps", one.number), "inline", &fields)
}
