//! The vocabulary of these tests.

use jiff::Timestamp;
use stanch_model::{Actor, Milestones, Origin, OriginKind, ScanHeader, Severity, State};
use stanch_store::{Database, Holders, Incident, Leak, LeakState, Store};
use stanch_testbed::Postgres;

/// Runs a test on a new SQLite file and on a new PostgreSQL database.
pub(crate) fn on_each(test: impl Fn(&Store)) {
    let folder = tempfile::tempdir().expect("a folder");
    let file = Database::Sqlite(folder.path().join("register.db"));
    test(&Store::open(&file).expect("SQLite opens"));
    let url = Postgres::shared().database().parse().expect("a url");
    test(&Store::open(&url).expect("PostgreSQL opens"));
}

/// The second `n` of the tests' time.
pub(crate) fn second(n: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + n).expect("a time")
}

pub(crate) fn actor() -> Actor {
    Actor::stanch("test")
}

pub(crate) fn origin(name: &str) -> Origin {
    Origin { kind: OriginKind::Repository, name: name.to_owned(), public: None, environment: None, url: None }
}

pub(crate) fn header(id: &str, name: &str) -> ScanHeader {
    ScanHeader {
        id: id.to_owned(),
        tool: "stanch 0.1.0".to_owned(),
        origin: origin(name),
        scope: "history".to_owned(),
        started: second(0),
    }
}

pub(crate) fn leak(fingerprint: &str) -> Leak {
    Leak {
        id: 0,
        fingerprint: fingerprint.to_owned(),
        rule: "example-token".to_owned(),
        severity: Severity::High,
        severity_because: "as its rule says".to_owned(),
        reported_severity: Severity::High,
        confidence: stanch_model::Confidence::High,
        class: None,
        preview: "ex********".to_owned(),
        account: None,
        details: serde_json::json!({}),
        liveness: stanch_model::Liveness::Unknown,
        verified_at: None,
        state: LeakState::Open,
        public: false,
        environment: None,
        owner: None,
        leaked_at: None,
        detected_at: second(0),
        last_seen: second(0),
        exposures: 0,
        origins: 0,
        regressions: 0,
        incident: None,
    }
}

pub(crate) fn incident(title: &str) -> Incident {
    Incident {
        id: 0,
        title: title.to_owned(),
        state: State::Open,
        severity: Severity::High,
        urgency: stanch_model::Urgency::Page,
        channels: vec!["pager".to_owned()],
        holders: Holders::default(),
        leaked_at: None,
        detected_at: second(0),
        milestones: Milestones::default(),
        reopens: 0,
        leaks: 1,
        version: 1,
        updated_at: second(0),
    }
}
