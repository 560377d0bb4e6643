//! What a server tells of incidents, as far as people are shown it.

use jiff::Timestamp;
use serde::Deserialize;

/// An incident.
#[derive(Debug, Deserialize)]
pub(super) struct Told {
    pub(super) id: i64,
    pub(super) title: String,
    pub(super) state: String,
    pub(super) severity: String,
    pub(super) urgency: String,
    #[serde(default)]
    pub(super) channels: Vec<String>,
    pub(super) commander: Option<String>,
    pub(super) ops_lead: Option<String>,
    pub(super) liaison: Option<String>,
    pub(super) clocks: Clocks,
    #[serde(default)]
    pub(super) next: Vec<String>,
    #[serde(default)]
    pub(super) reopens: i64,
}

/// Its clocks.
#[derive(Debug, Deserialize)]
pub(super) struct Clocks {
    pub(super) leaked: Option<Timestamp>,
    pub(super) detected: Timestamp,
    pub(super) acknowledged: Option<Timestamp>,
    pub(super) contained: Option<Timestamp>,
    pub(super) revoked: Option<Timestamp>,
    pub(super) rotated: Option<Timestamp>,
    pub(super) proven: Option<Timestamp>,
    pub(super) closed: Option<Timestamp>,
    pub(super) dismissed: Option<Timestamp>,
}

/// A leak of it.
#[derive(Debug, Deserialize)]
pub(super) struct Leak {
    pub(super) id: i64,
    pub(super) title: String,
    pub(super) severity: String,
    pub(super) liveness: String,
    pub(super) state: String,
    pub(super) preview: String,
    pub(super) exposures: u64,
    pub(super) origins: u64,
    pub(super) owner: Option<Owner>,
}

/// Who is likely to answer for a leak.
#[derive(Debug, Deserialize)]
pub(super) struct Owner {
    pub(super) name: String,
}

/// An item of its checklist.
#[derive(Debug, Deserialize)]
pub(super) struct Task {
    pub(super) id: i64,
    pub(super) text: String,
    pub(super) done_at: Option<Timestamp>,
    pub(super) done_by: Option<String>,
}

/// Something that happened.
#[derive(Debug, Deserialize)]
pub(super) struct Event {
    pub(super) at: Timestamp,
    pub(super) actor: String,
    pub(super) kind: String,
    pub(super) reason: String,
}

/// All that is shown of one incident.
#[derive(Debug, Deserialize)]
pub(super) struct Case {
    pub(super) incident: Told,
    pub(super) leaks: Vec<Leak>,
    pub(super) tasks: Vec<Task>,
    pub(super) events: Vec<Event>,
}
