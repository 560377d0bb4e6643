//! A server over either database, and a clock that stands still until it is told.

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::ConnectInfo,
    http::{HeaderMap, Request},
};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value as Json, json};
use stanch_model::{Actor, ActorKind, Fingerprinter};
use stanch_response::{
    Batch, Keys, Register, Settings, catalogue::Catalogue, playbook::Playbook, policy::Policy,
};
use stanch_server::{
    App, Operations,
    auth::{Auth, AuthContext, AuthSettings, NewToken, PasswordCost, ServerKey, Site},
    router,
};
use stanch_store::{Database, Scope, Store};
use stanch_testbed::Postgres;
use tower::ServiceExt as _;

pub(crate) const URL: &str = "http://127.0.0.1:8787";
/// Where requests of these tests come from: neither this machine nor a proxy.
pub(crate) const FAR: &str = "192.0.2.7:40000";

/// The second `n` of the tests' time.
pub(crate) fn second(n: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + n).expect("a time")
}

pub(crate) fn printer() -> Fingerprinter {
    Fingerprinter::of_organisation(b"a key of thirty-two bytes or more").expect("long enough")
}

pub(crate) fn console() -> Actor {
    Actor { kind: ActorKind::Console, name: "test".to_owned() }
}

/// A server in memory.
pub(crate) struct Watched {
    pub(crate) store: Store,
    pub(crate) register: Register,
    pub(crate) auth: Auth,
    pub(crate) app: App,
    pub(crate) folder: tempfile::TempDir,
    clock: Arc<AtomicI64>,
    router: Router,
    runtime: tokio::runtime::Runtime,
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

/// How a server differs from the usual.
#[derive(Clone, Default)]
pub(crate) struct Plan {
    pub(crate) policy: &'static str,
    pub(crate) operations: Operations,
}

/// Both kinds of database.
pub(crate) fn databases() -> [fn(&tempfile::TempDir) -> Database; 2] {
    [
        |folder| Database::Sqlite(folder.path().join("register.db")),
        |_| Postgres::shared().database().parse().expect("a url"),
    ]
}

/// Runs a test on a server over each database.
pub(crate) fn on_each(plan: &Plan, test: impl Fn(&Watched)) {
    for database in databases() {
        test(&Watched::over(database, plan));
    }
}

impl Watched {
    pub(crate) fn over(database: fn(&tempfile::TempDir) -> Database, plan: &Plan) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let database = database(&folder);
        Self::built(folder, &database, plan)
    }

    /// Another server of the same house, over a database that is there already.
    pub(crate) fn again_over(database: &Database) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        Self::built(folder, database, &Plan::default())
    }

    fn built(folder: tempfile::TempDir, database: &Database, plan: &Plan) -> Self {
        let store = Store::open(database).expect("a register");
        let settings = Settings {
            policy: Policy::parse(plan.policy).expect("a policy"),
            playbook: Playbook::default(),
            catalogue: Catalogue::default(),
            rules: HashMap::new(),
            keys: Keys { current: printer().key(), former: None },
            url: URL.to_owned(),
        };
        let clock = Arc::new(AtomicI64::new(0));
        let tell = {
            let clock = Arc::clone(&clock);
            move || second(clock.load(Ordering::Relaxed))
        };
        let context = AuthContext {
            store: store.clone(),
            settings: AuthSettings {
                password_cost: PasswordCost { memory_kib: 8, passes: 1 },
                ..AuthSettings::default()
            },
            site: Site::new(URL).expect("a site"),
            key: ServerKey::load_or_make(&folder.path().join("server.key")).expect("a key"),
            clock: Arc::new(tell.clone()),
            pages: Arc::new(stanch_server::WebPages),
            provider: None,
        };
        let auth = Auth::new(context).expect("a door");
        let register = Register::new(store.clone(), settings);
        let app = App::new(register.clone(), tell).operated(plan.operations.clone());
        let router = router(app.clone(), &auth);
        let runtime = tokio::runtime::Runtime::new().expect("threads");
        Self { store, register, auth, app, folder, clock, router, runtime }
    }

    /// Lets time pass.
    pub(crate) fn wait(&self, seconds: i64) {
        self.clock.fetch_add(seconds, Ordering::Relaxed);
    }

    pub(crate) fn now(&self) -> Timestamp {
        second(self.clock.load(Ordering::Relaxed))
    }

    pub(crate) fn token(&self, scope: Scope, team: Option<i64>) -> String {
        let expires_at = self.now() + SignedDuration::from_hours(1000);
        let new = NewToken { name: "ci".to_owned(), scopes: vec![scope], team, expires_at };
        self.auth.accounts().create_token(&console(), &new).expect("a token").1.expose().to_owned()
    }

    /// A request from this address.
    pub(crate) fn ask(&self, from: &str, mut request: Request<Body>) -> Answer {
        let from: SocketAddr = from.parse().expect("an address");
        request.extensions_mut().insert(ConnectInfo(from));
        let (parts, bytes) = self.runtime.block_on(async {
            let response = self.router.clone().oneshot(request).await.expect("an answer");
            let (parts, body) = response.into_parts();
            (parts, to_bytes(body, 1 << 22).await.expect("a body"))
        });
        let body = String::from_utf8(bytes.to_vec()).expect("UTF-8");
        Answer { status: parts.status.as_u16(), headers: parts.headers, body }
    }

    /// A page, for whoever has this token, from afar.
    pub(crate) fn get(&self, path: &str, token: Option<&str>) -> Answer {
        let mut request = Request::get(path);
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        self.ask(FAR, request.body(Body::empty()).expect("a request"))
    }

    /// Findings of one scan of an origin come in; each is of one secret.
    pub(crate) fn ingest(&self, origin: (&str, &str), scan: &str, secrets: &[&str]) {
        let mut lines = vec![json!({
            "type": "scan", "id": scan, "tool": "stanch 0.1.0", "scope": "history", "started": self.now(),
            "origin": { "kind": origin.0, "name": origin.1 },
        })];
        lines.extend(secrets.iter().map(|secret| finding(secret)));
        let text: Vec<String> = lines.iter().map(Json::to_string).collect();
        let batch = Batch::parse(text.join("\n").as_bytes()).expect("a batch");
        let tally = self.register.ingest(batch, &Actor::stanch("test"), self.now()).expect("taken in");
        assert_eq!(tally.rejected_count, 0, "{tally:?}");
    }
}

pub(crate) fn finding(secret: &str) -> Json {
    json!({
        "type": "finding", "rule": "example-token", "severity": "critical", "confidence": "high",
        "fingerprint": printer().seal(secret.as_bytes()).fingerprint(), "preview": "ex********",
        "location": {
            "path": format!("src/{secret}.rs"), "line": 3, "column": 1, "end_line": 3, "end_column": 9, "byte_start": 20, "byte_end": 28,
        },
        "provenance": [{ "kind": "path", "path": format!("src/{secret}.rs") }],
    })
}
