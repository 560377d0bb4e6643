//! What several pages need: people, references to things that have a page of their own, and what was said of them.

use jiff::{SignedDuration, Timestamp};
use stanch_model::{Liveness, OriginKind, Severity, State};

/// What a person may do; each may do what those before it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    /// Looks.
    Viewer,
    /// Works on incidents.
    Responder,
    /// Decides in incidents: dismisses, splits, merges.
    Commander,
    /// Changes settings.
    Admin,
}

impl Role {
    /// Every role, the least first.
    pub const ALL: [Self; 4] = [Self::Viewer, Self::Responder, Self::Commander, Self::Admin];

    /// The name used in forms and the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Responder => "responder",
            Self::Commander => "commander",
            Self::Admin => "admin",
        }
    }
}

/// Who looks at a page.
#[derive(Clone, Debug)]
pub struct Viewer {
    /// The id of the account.
    pub id: i64,
    /// What others call them.
    pub name: String,
    /// What they may do.
    pub role: Role,
}

/// A person, where a name and an id are enough.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonRef {
    /// The id of the account.
    pub id: i64,
    /// What others call them.
    pub name: String,
}

/// Whether everybody can read a thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Everybody can.
    Public,
    /// Only who is let in.
    Internal,
    /// That is not known.
    Unknown,
}

impl From<Option<bool>> for Reach {
    fn from(public: Option<bool>) -> Self {
        match public {
            Some(true) => Self::Public,
            Some(false) => Self::Internal,
            None => Self::Unknown,
        }
    }
}

/// What was scanned, as a list names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OriginRef {
    /// What kind of thing.
    pub kind: OriginKind,
    /// Its name, such as `github.com/acme/shop`.
    pub name: String,
    /// Who can read it.
    pub reach: Reach,
    /// What it serves: `prod`, `staging`, `test`.
    pub environment: Option<String>,
    /// Where a person can look at it.
    pub url: Option<String>,
}

/// An incident, where its number and title are enough.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IncidentRef {
    /// Its number.
    pub number: i64,
    /// Its title.
    pub title: String,
    /// How bad it is.
    pub severity: Severity,
    /// Where it stands.
    pub state: State,
}

/// A leak, where a line is enough.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeakRef {
    /// Its id.
    pub id: i64,
    /// What its rule finds, such as `AWS access key`.
    pub name: String,
    /// A masked glimpse of the secret.
    pub preview: String,
    /// How bad it is.
    pub severity: Severity,
    /// Whether it still opens something.
    pub liveness: Liveness,
}

/// A clock of an incident: it ticks until it is stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clock {
    /// What is waited for, such as `revoke`.
    pub name: String,
    /// When it began.
    pub since: Timestamp,
    /// When it was stopped.
    pub stopped: Option<Timestamp>,
    /// How long it may take.
    pub limit: Option<SignedDuration>,
}

/// One secret in one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExposureView {
    /// Its id.
    pub id: i64,
    /// The leak it belongs to.
    pub leak: i64,
    /// In what.
    pub origin: OriginRef,
    /// Where in it: path and line, layer, job, as one text.
    pub place: String,
    /// Where a person can look at the place.
    pub url: Option<String>,
    /// The steps from what was scanned to the place, outermost first.
    pub provenance: Vec<String>,
    /// When it was seen first.
    pub first_seen: Timestamp,
    /// When it was seen last.
    pub last_seen: Timestamp,
    /// When a scan saw that it is gone.
    pub gone: Option<Timestamp>,
}

/// One line of source around a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContextLine {
    /// Its number, counted from 1.
    pub number: u64,
    /// Its text, masked where a secret stands.
    pub text: String,
    /// Whether a secret stands in it.
    pub holds: Holds,
}

/// Whether a line of source holds a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    /// It does.
    Secret,
    /// It only stands near one.
    Nothing,
}

/// How many of a list there are, and how to get at the others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Paging {
    /// How many fit the filters; none where counting would take too long.
    pub total: Option<u64>,
    /// The cursor of this page; none on the first.
    pub after: Option<String>,
    /// The cursor of the next page; none on the last.
    pub next: Option<String>,
}

/// A thing people may choose in a form: its value and what it is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// What is sent.
    pub value: String,
    /// What is shown.
    pub label: String,
}

impl Choice {
    /// A choice that is shown as it is sent.
    pub fn plain(value: &str) -> Self {
        Self { value: value.to_owned(), label: value.to_owned() }
    }
}
