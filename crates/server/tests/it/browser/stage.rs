//! A real server with incidents of which every text is what an attacker would write.

use std::{collections::HashMap, fmt::Write as _, sync::Arc, thread};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value as Json, json};
use stanch_model::{Actor, ActorKind, Fingerprinter};
use stanch_response::{
    Batch, Keys, Postman, Register, RuleFacts, Settings, catalogue::Catalogue, playbook::Playbook,
    policy::Policy,
};
use stanch_server::{
    App, Listener, WebPages,
    auth::{Auth, AuthContext, AuthSettings, NewPerson, PasswordCost, ServerKey, Site},
    serve,
};
use stanch_store::{Database, GateEvent, Role, Store};
use tokio::sync::oneshot;

const KEY: &[u8] = b"a key of thirty-two bytes or more";
/// What runs if a page does not escape it.
const MARKUP: &str = "<script>window.__pwned=1</script><img src=x onerror=\"window.__pwned=2\">\"'><svg onload=window.__pwned=3>";
/// An address that runs if a page links it.
const ADDRESS: &str = "javascript:window.__pwned=4";

/// A server at work; it stops with this.
pub(crate) struct Stage {
    url: String,
    setup: String,
    stop: Option<oneshot::Sender<()>>,
    server: Option<thread::JoinHandle<()>>,
    _folder: tempfile::TempDir,
}

impl Stage {
    /// Starts it.
    pub(crate) fn open() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let listener = Listener::bind("127.0.0.1:0".parse().expect("an address"), None).expect("a free port");
        let url = format!("http://{}", listener.address());
        let store = Store::open(&Database::Sqlite(folder.path().join("register.db"))).expect("a register");
        let auth = auth(&store, &url, &folder);
        let (_, setup) = auth.accounts().invite(&console(), &admin()).expect("an administrator");
        let register = Register::new(store.clone(), settings(&url));
        fill(&register);
        let app = App::new(register, Timestamp::now);
        let postman = Postman::new(store, stanch_response::Channels::new(), "test".to_owned());
        let (stop, stopped) = oneshot::channel();
        let server = thread::spawn(move || {
            let runtime = tokio::runtime::Runtime::new().expect("threads");
            let ended = async {
                let _ = stopped.await;
            };
            runtime.block_on(serve(app, auth, postman, listener, ended)).expect("served");
        });
        Self { url, setup, stop: Some(stop), server: Some(server), _folder: folder }
    }

    /// Where it is.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Where its administrator sets a password, once.
    pub(crate) fn setup(&self) -> &str {
        &self.setup
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(server) = self.server.take() {
            let _ = server.join();
        }
    }
}

fn console() -> Actor {
    Actor { kind: ActorKind::Console, name: "test".to_owned() }
}

fn admin() -> NewPerson {
    NewPerson {
        login: "ada@acme.example".to_owned(),
        name: format!("Ada {MARKUP}").chars().take(110).collect(),
        role: Role::Admin,
        all_origins: true,
        teams: Vec::new(),
    }
}

fn auth(store: &Store, url: &str, folder: &tempfile::TempDir) -> Auth {
    let cost = PasswordCost { memory_kib: 8, passes: 1 };
    let context = AuthContext {
        store: store.clone(),
        settings: AuthSettings { password_cost: cost, ..AuthSettings::default() },
        site: Site::new(url).expect("a site"),
        key: ServerKey::load_or_make(&folder.path().join("server.key")).expect("a key"),
        clock: Arc::new(Timestamp::now),
        pages: Arc::new(WebPages),
        provider: None,
    };
    Auth::new(context).expect("a door")
}

fn printer() -> Fingerprinter {
    Fingerprinter::of_organisation(KEY).expect("the key is long enough")
}

fn settings(url: &str) -> Settings {
    let title = RuleFacts { title: format!("Token {MARKUP}"), connector: None };
    Settings {
        policy: Policy::default(),
        playbook: Playbook::default(),
        catalogue: Catalogue::default(),
        rules: HashMap::from([("example-token".to_owned(), title)]),
        keys: Keys { current: printer().key(), former: None },
        url: url.to_owned(),
    }
}

/// Incidents of an hour ago, in a repository, a log and an image, and a gate that somebody went by.
fn fill(register: &Register) {
    let now = Timestamp::now() - SignedDuration::from_hours(1);
    let lines = [
        scan("s1", "repository", &format!("git.example/acme/shop{MARKUP}")),
        finding("one", "critical"),
        finding("two", "high"),
        scan("s2", "ci-log", &format!("ci/shop/{MARKUP}")),
        finding("three", "medium"),
        scan("s3", "image", "registry.example/shop:1.4"),
        finding("four", "low"),
    ];
    let mut text = String::new();
    for line in lines {
        let _ = writeln!(text, "{line}");
    }
    let batch = Batch::parse(text.as_bytes()).expect("a batch");
    let tally = register.ingest(batch, &Actor::stanch("test"), now).expect("taken in");
    assert_eq!(
        (tally.new_leaks, tally.new_incidents, tally.rejected.len()),
        (4, 3, 0),
        "{:?}",
        tally.rejected
    );
    let gate = GateEvent {
        client_id: "g1".to_owned(),
        at: now,
        gate: format!("pre-push {MARKUP}"),
        outcome: "bypassed".to_owned(),
        origin: format!("git.example/acme/shop{MARKUP}"),
        actor: format!("bob {MARKUP}"),
        reason: MARKUP.to_owned(),
        findings: json!([{ "rule": MARKUP, "fingerprint": fingerprint("one") }]),
    };
    register.note_gates(&[gate], &console(), now).expect("noted");
}

fn fingerprint(name: &str) -> String {
    printer().seal(format!("a secret called {name}").as_bytes()).fingerprint().to_string()
}

fn scan(id: &str, kind: &str, name: &str) -> Json {
    json!({
        "type": "scan", "id": id, "tool": MARKUP, "scope": MARKUP, "started": "2026-11-01T08:00:00Z",
        "origin": { "kind": kind, "name": name, "public": true, "environment": MARKUP, "url": ADDRESS },
    })
}

fn finding(name: &str, severity: &str) -> Json {
    let path = format!("deploy/{name}/{MARKUP}.env");
    json!({
        "type": "finding", "rule": "example-token", "severity": severity, "confidence": "high",
        "fingerprint": fingerprint(name), "preview": "<b>'\"/********",
        "location": {
            "path": path, "line": 3, "column": 1, "end_line": 3, "end_column": 9, "byte_start": 20, "byte_end": 28,
        },
        "provenance": [
            { "kind": "repository", "path": MARKUP },
            { "kind": "commit", "id": format!("9b1c-{name}{MARKUP}"), "author": format!("Bob {MARKUP}"), "time": "2026-11-01T08:00:00Z", "in_head": true },
            { "kind": "text", "what": MARKUP },
            { "kind": "path", "path": path },
        ],
        "facts": [{ "kind": "issuer", "value": MARKUP }, { "kind": "account", "value": format!("{name} {MARKUP}") }, { "kind": "expires", "value": "2027-01-01" }],
        "parts": [{ "name": MARKUP, "value": MARKUP }],
        "code_owners": [MARKUP],
        "url": ADDRESS,
    })
}
