//! What the API tells of leaks, places and incidents. Fields are only ever added.

use jiff::Timestamp;
use serde::Serialize;
use stanch_model::{Duty, Milestones};
use stanch_store::{Entry, Exposure, Incident, Leak, Task};
use utoipa::ToSchema;

use crate::auth::{Identity, Permission};

/// One secret that leaked.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct LeakView {
    /// Its number.
    id: i64,
    /// Its identity.
    fingerprint: String,
    /// The rule that found it first.
    rule: String,
    /// What that rule finds, in words.
    title: String,
    /// `low`, `medium`, `high` or `critical`, by the policy.
    severity: &'static str,
    /// Why it is that severe.
    severity_because: String,
    /// How sure the scanner is: `low`, `medium`, `high` or `certain`.
    confidence: &'static str,
    /// `test` or `live`, where its format tells.
    class: Option<&'static str>,
    /// A masked glimpse of it; only for who may see what is sensitive: responders, tokens to respond.
    preview: Option<String>,
    /// The account it belongs to.
    account: Option<String>,
    /// What its form says of itself and what belongs to it.
    #[schema(value_type = Object)]
    details: serde_json::Value,
    /// Whether it still opens something: `unknown`, `dead` or `live`.
    liveness: &'static str,
    /// `open`, `closed` or `dismissed`.
    state: &'static str,
    /// Whether one of its places can be read by everybody.
    public: bool,
    /// The environment of its worst place.
    environment: Option<String>,
    /// Who is likely to answer for it.
    owner: Option<OwnerView>,
    /// When it leaked, as far as known.
    #[schema(value_type = Option<String>, format = DateTime)]
    leaked_at: Option<Timestamp>,
    /// When it was found.
    #[schema(value_type = String, format = DateTime)]
    detected_at: Timestamp,
    /// When it was seen last.
    #[schema(value_type = String, format = DateTime)]
    last_seen: Timestamp,
    /// In how many places it was seen.
    exposures: i64,
    /// In how many repositories and other origins.
    origins: i64,
    /// How often it was seen alive after it had been closed.
    regressions: i64,
    /// The incident it belongs to.
    incident: Option<i64>,
}

/// Who is likely to answer for a leak.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct OwnerView {
    /// A person, a team or a service.
    name: String,
    /// How likely, from 0 to 100.
    score: f64,
    /// Why.
    because: String,
}

impl LeakView {
    /// The leak, with what its rule finds, as this one may see it.
    pub(crate) fn of(leak: Leak, title: String, who: &Identity) -> Self {
        Self {
            id: leak.id,
            fingerprint: leak.fingerprint,
            rule: leak.rule,
            title,
            severity: leak.severity.as_str(),
            severity_because: leak.severity_because,
            confidence: leak.confidence.as_str(),
            class: leak.class.map(stanch_model::Class::as_str),
            preview: who.may(Permission::ReadSensitive).then_some(leak.preview),
            account: leak.account,
            details: leak.details,
            liveness: leak.liveness.as_str(),
            state: leak.state.as_str(),
            public: leak.public,
            environment: leak.environment,
            owner: leak.owner.map(|owner| OwnerView {
                name: owner.name,
                score: owner.score,
                because: owner.because,
            }),
            leaked_at: leak.leaked_at,
            detected_at: leak.detected_at,
            last_seen: leak.last_seen,
            exposures: leak.exposures,
            origins: leak.origins,
            regressions: leak.regressions,
            incident: leak.incident,
        }
    }
}

/// One secret in one place.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct ExposureView {
    /// Its number.
    id: i64,
    /// The leak.
    leak: i64,
    /// The kind of the origin.
    origin_kind: String,
    /// The name of the origin.
    origin: String,
    /// Whether everybody can read the origin.
    public: Option<bool>,
    /// What the origin serves.
    environment: Option<String>,
    /// Which part of the origin was scanned.
    scope: String,
    /// The path within the origin.
    path: String,
    /// The line where it was seen last.
    line: i64,
    /// The commit that brought it.
    commit: Option<String>,
    /// Who made that commit.
    author: Option<String>,
    /// When it was exposed.
    #[schema(value_type = Option<String>, format = DateTime)]
    exposed_at: Option<Timestamp>,
    /// The steps from the target to the bytes.
    #[schema(value_type = Vec<Object>)]
    provenance: serde_json::Value,
    /// Where a person can look at it.
    url: Option<String>,
    /// When it was seen first.
    #[schema(value_type = String, format = DateTime)]
    first_seen: Timestamp,
    /// When it was seen last.
    #[schema(value_type = String, format = DateTime)]
    last_seen: Timestamp,
    /// When a scan of the same scope did not find it any more.
    #[schema(value_type = Option<String>, format = DateTime)]
    gone_at: Option<Timestamp>,
}

impl From<Exposure> for ExposureView {
    fn from(exposure: Exposure) -> Self {
        Self {
            id: exposure.id,
            leak: exposure.leak,
            origin_kind: exposure.origin_kind,
            origin: exposure.origin,
            public: exposure.public,
            environment: exposure.environment,
            scope: exposure.scope,
            path: exposure.path,
            line: exposure.line,
            commit: exposure.commit,
            author: exposure.author,
            exposed_at: exposure.exposed_at,
            provenance: exposure.provenance,
            url: exposure.url,
            first_seen: exposure.first_seen,
            last_seen: exposure.last_seen,
            gone_at: exposure.gone_at,
        }
    }
}

/// The response to one leak, or to several that are one case.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct IncidentView {
    /// Its number.
    id: i64,
    /// What it is about.
    title: String,
    /// `open`, `reopened`, `acknowledged`, `contained`, `revoked`, `rotated`, `proven`, `closed` or `dismissed`.
    state: &'static str,
    /// `low`, `medium`, `high` or `critical`.
    severity: &'static str,
    /// `ticket` or `page`.
    urgency: &'static str,
    /// The channels that were told.
    channels: Vec<String>,
    /// Who decides.
    commander: Option<String>,
    /// Who carries out.
    ops_lead: Option<String>,
    /// Who keeps evidence and tells others.
    liaison: Option<String>,
    /// Its clocks.
    clocks: ClocksView,
    /// What may be done next.
    next: Vec<&'static str>,
    /// How often it was reopened.
    reopens: i64,
    /// How many leaks it has.
    leaks: i64,
    /// Counts its changes; the `ETag` of the incident.
    version: i64,
    /// When it was changed last.
    #[schema(value_type = String, format = DateTime)]
    updated_at: Timestamp,
}

/// When each milestone was reached.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct ClocksView {
    /// When its secret leaked, as far as known.
    #[schema(value_type = Option<String>, format = DateTime)]
    leaked: Option<Timestamp>,
    /// When it was found.
    #[schema(value_type = String, format = DateTime)]
    detected: Timestamp,
    /// When somebody took it.
    #[schema(value_type = Option<String>, format = DateTime)]
    acknowledged: Option<Timestamp>,
    /// When harm was stopped.
    #[schema(value_type = Option<String>, format = DateTime)]
    contained: Option<Timestamp>,
    /// When the secret was ended.
    #[schema(value_type = Option<String>, format = DateTime)]
    revoked: Option<Timestamp>,
    /// When whatever used it had another.
    #[schema(value_type = Option<String>, format = DateTime)]
    rotated: Option<Timestamp>,
    /// When it was shown to be dead and unused.
    #[schema(value_type = Option<String>, format = DateTime)]
    proven: Option<Timestamp>,
    /// When it was closed.
    #[schema(value_type = Option<String>, format = DateTime)]
    closed: Option<Timestamp>,
    /// When it was dismissed.
    #[schema(value_type = Option<String>, format = DateTime)]
    dismissed: Option<Timestamp>,
    /// When it was reopened last.
    #[schema(value_type = Option<String>, format = DateTime)]
    reopened: Option<Timestamp>,
}

impl From<Incident> for IncidentView {
    fn from(incident: Incident) -> Self {
        let milestones: Milestones = incident.milestones;
        let clocks = ClocksView {
            leaked: incident.leaked_at,
            detected: incident.detected_at,
            acknowledged: milestones.acknowledged,
            contained: milestones.contained,
            revoked: milestones.revoked,
            rotated: milestones.rotated,
            proven: milestones.proven,
            closed: milestones.closed,
            dismissed: milestones.dismissed,
            reopened: milestones.reopened,
        };
        let holder = |duty| incident.holders.of(duty).map(str::to_owned);
        Self {
            id: incident.id,
            commander: holder(Duty::Commander),
            ops_lead: holder(Duty::OpsLead),
            liaison: holder(Duty::Liaison),
            title: incident.title,
            state: incident.state.as_str(),
            severity: incident.severity.as_str(),
            urgency: incident.urgency.as_str(),
            channels: incident.channels,
            clocks,
            next: milestones.next().into_iter().map(stanch_model::IncidentStep::as_str).collect(),
            reopens: incident.reopens,
            leaks: incident.leaks,
            version: incident.version,
            updated_at: incident.updated_at,
        }
    }
}

/// Something that happened.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct EventView {
    /// Its number in the audit trail.
    seq: i64,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// `user`, `token`, `service`, `stanch` or `console`.
    actor_kind: &'static str,
    /// Who did it.
    actor: String,
    /// What.
    kind: String,
    /// In which incident.
    incident: Option<i64>,
    /// Of which leak.
    leak: Option<i64>,
    /// Why.
    reason: String,
    /// What belongs to it: evidence, old and new values.
    #[schema(value_type = Object)]
    detail: serde_json::Value,
    /// SHA-256 over the entry before and this one.
    hash: String,
}

impl From<Entry> for EventView {
    fn from(entry: Entry) -> Self {
        Self {
            seq: entry.seq,
            at: entry.event.at,
            actor_kind: entry.event.actor.kind.as_str(),
            actor: entry.event.actor.name,
            kind: entry.event.kind,
            incident: entry.event.incident,
            leak: entry.event.leak,
            reason: entry.event.reason,
            detail: entry.event.detail,
            hash: entry.hash,
        }
    }
}

/// An item of a checklist.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct TaskView {
    /// Its number.
    id: i64,
    /// What is to be done.
    text: String,
    /// When it was done.
    #[schema(value_type = Option<String>, format = DateTime)]
    done_at: Option<Timestamp>,
    /// Who did it.
    done_by: Option<String>,
}

impl From<Task> for TaskView {
    fn from(task: Task) -> Self {
        Self { id: task.id, text: task.text, done_at: task.done_at, done_by: task.done_by }
    }
}
