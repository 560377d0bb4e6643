//! The vocabulary of these tests: a register, and findings that come in.

use std::{collections::HashMap, fmt::Write as _};

use jiff::Timestamp;
use serde_json::{Value as Json, json};
use stanch_model::{Actor, ActorKind, Evidence, Fingerprinter, KeyKind};
use stanch_response::{
    Batch, Keys, Register, Request, RuleFacts, Settings, Tally, catalogue::Catalogue, playbook::Playbook,
    policy::Policy,
};
use stanch_store::{Database, Entry, Incident, IncidentFilter, Sight, Store, TrailFilter};
use stanch_testbed::Postgres;

const KEY: &[u8] = b"a key of thirty-two bytes or more";

/// Pages for what is critical, writes tickets for the rest, and escalates.
const POLICY: &str = r#"
    [[severity]]
    name = "alive and public"
    when.liveness = "live"
    when.public = true
    then = "critical"

    [[route]]
    name = "page"
    when.severity = ["critical", "high"]
    urgency = "page"
    channels = ["pager"]
    escalate = [{ after = "15m", channels = ["boss"] }]

    [[route]]
    name = "rest"
    urgency = "ticket"
    channels = ["tracker"]

    [grouping]
    same = ["account", "commit"]
    window = "1h"
    leaks_max = 50
"#;

/// Runs a test on a register over a new SQLite file, and on one over a new PostgreSQL database.
pub(crate) fn on_each(test: impl Fn(&Desk)) {
    let folder = tempfile::tempdir().expect("a folder");
    test(&Desk::over(&Database::Sqlite(folder.path().join("register.db"))));
    test(&Desk::over(&Postgres::shared().database().parse().expect("a url")));
}

/// A register and who works with it.
pub(crate) struct Desk {
    pub(crate) register: Register,
    pub(crate) ada: Actor,
}

/// The second `n` of the tests' time.
pub(crate) fn second(n: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + n).expect("a time")
}

pub(crate) fn evidence(text: &str) -> Vec<Evidence> {
    vec![Evidence::note(text)]
}

impl Desk {
    fn over(database: &Database) -> Self {
        let title = |title: &str, connector: Option<&str>| RuleFacts {
            title: title.to_owned(),
            connector: connector.map(str::to_owned),
        };
        let settings = Settings {
            policy: Policy::parse(POLICY).expect("the policy is well-formed"),
            playbook: Playbook::default(),
            catalogue: Catalogue::default(),
            rules: HashMap::from([("example-token".to_owned(), title("Example token", None))]),
            keys: Keys { current: printer().key(), former: None },
            url: "https://stanch.example".to_owned(),
        };
        let register = Register::new(Store::open(database).expect("the database opens"), settings);
        Self { register, ada: Actor { kind: ActorKind::User, name: "ada".to_owned() } }
    }

    /// Takes in these lines at this second.
    pub(crate) fn ingest(&self, lines: &[Json], at: i64) -> Tally {
        let mut text = String::new();
        for line in lines {
            let _ = writeln!(text, "{line}");
        }
        let batch = Batch::parse(text.as_bytes()).expect("a batch");
        self.register.ingest(batch, &Actor::stanch("test"), second(at)).expect("taken in")
    }

    pub(crate) fn request(&self, incident: i64, at: i64) -> Request<'_> {
        Request { incident, actor: &self.ada, sight: &Sight::All, version: None, now: second(at) }
    }

    pub(crate) fn incidents(&self) -> Vec<Incident> {
        let store = self.register.store();
        store.read(|tx| tx.incidents(&IncidentFilter::default(), &Sight::All, 1000)).expect("incidents")
    }

    /// The only incident there is.
    pub(crate) fn incident(&self) -> Incident {
        let mut incidents = self.incidents();
        assert_eq!(incidents.len(), 1, "one incident: {incidents:?}");
        incidents.remove(0)
    }

    /// What was told to channels about an incident, oldest first: channel, kind and summary.
    pub(crate) fn told(&self, incident: i64) -> Vec<String> {
        let mut messages = self.register.store().read(|tx| tx.messages_of(incident, 1000)).expect("messages");
        messages.reverse();
        let line = |message: &stanch_store::Outgoing| {
            let summary = message.alert["summary"].as_str().unwrap_or_default();
            format!("{} {}: {summary}", message.channel, message.kind)
        };
        messages.iter().map(line).collect()
    }

    /// Kinds of events of an incident, oldest first.
    pub(crate) fn events(&self, incident: i64) -> Vec<Entry> {
        let filter = TrailFilter { incident: Some(incident), ..TrailFilter::default() };
        let mut entries = self.register.store().read(|tx| tx.trail(&filter, 1000)).expect("the trail reads");
        entries.reverse();
        entries
    }
}

fn printer() -> Fingerprinter {
    Fingerprinter::of_organisation(KEY).expect("the key is long enough")
}

/// The first line of a scan of this repository.
pub(crate) fn scan(id: &str, repository: &str) -> Json {
    json!({
        "type": "scan", "id": id, "tool": "stanch 0.1.0", "scope": "history", "started": "2027-01-15T08:00:00Z",
        "origin": { "kind": "repository", "name": repository },
    })
}

/// The same of one that everybody can read.
pub(crate) fn public_scan(id: &str, repository: &str) -> Json {
    let mut scan = scan(id, repository);
    scan["origin"]["public"] = true.into();
    scan
}

/// The last line of a scan that looked everywhere.
pub(crate) fn complete() -> Json {
    json!({ "type": "summary", "findings": 0, "complete": true })
}

/// The secret called `name`, found in this file in this commit.
pub(crate) fn finding(name: &str, path: &str, commit: &str) -> Json {
    let fingerprint = printer().seal(format!("a secret called {name}").as_bytes()).fingerprint().to_string();
    json!({
        "type": "finding", "rule": "example-token", "severity": "high", "confidence": "high",
        "fingerprint": fingerprint, "preview": "ex********",
        "location": {
            "path": path, "line": 3, "column": 1, "end_line": 3, "end_column": 9, "byte_start": 20, "byte_end": 28,
        },
        "provenance": [
            { "kind": "repository", "path": "." },
            { "kind": "commit", "id": commit, "author": "Bob <bob@acme.example>", "time": "2027-01-14T08:00:00Z", "in_head": true },
            { "kind": "path", "path": path },
        ],
    })
}

/// The same with another value in one field.
pub(crate) fn with(mut finding: Json, field: &str, value: impl Into<Json>) -> Json {
    finding[field] = value.into();
    finding
}

/// The same under a key that nobody has here.
pub(crate) fn foreign(mut finding: Json) -> Json {
    let other = Fingerprinter::new(KeyKind::Salt, &[1; 32]);
    finding["fingerprint"] = other.seal(b"whatever").fingerprint().to_string().into();
    finding
}
