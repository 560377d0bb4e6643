//! A server in memory, over each database, and tokens for it.

use std::{collections::HashMap, sync::Arc};

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{HeaderMap, Method, Request},
};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value as Json, json};
use stanch_connectors::{Credential, CredentialError, CredentialReader, CredentialSource};
use stanch_model::{Actor, ActorKind, Fingerprinter};
use stanch_response::{Keys, Register, Settings, catalogue::Catalogue, playbook::Playbook, policy::Policy};
use stanch_server::{
    App, Hooks, ServerSettings,
    auth::{Auth, AuthContext, AuthSettings, NewToken, PasswordCost, PlainPages, ServerKey, Site},
    router,
};
use stanch_store::{Database, Scope, Store};
use stanch_testbed::Postgres;
use tower::ServiceExt as _;

const URL: &str = "http://127.0.0.1:8787";

pub(super) fn second(n: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + n).expect("a time")
}

pub(super) fn printer() -> Fingerprinter {
    Fingerprinter::of_organisation(b"a key of thirty-two bytes or more").expect("long enough")
}

/// What every service of these tests proves itself with.
pub(super) const SHARED: &str = "shared";

/// Knows one credential.
struct Credentials;

impl CredentialReader for Credentials {
    fn read(&self, source: &CredentialSource) -> Result<Credential, CredentialError> {
        assert_eq!(source, &CredentialSource::Env("SHARED".to_owned()));
        Credential::new(SHARED)
    }
}

/// Webhooks of every service.
fn hooks() -> Hooks {
    let names = ["github", "gitlab", "pagerduty", "opsgenie", "slack"];
    let sections = names.map(|name| format!("[hooks.{name}]\nsecret_env = \"SHARED\"\n"));
    let settings = ServerSettings::parse(&sections.concat(), "server.toml").expect("settings");
    let channels = [("on-call", "pagerduty"), ("tickets", "jira")]
        .map(|(name, kind)| (name.to_owned(), kind.to_owned()))
        .into();
    settings.hooks.open(&channels, &Credentials, printer()).expect("webhooks")
}

/// A server in memory, and tokens for it.
pub(super) struct Server {
    router: Router,
    pub(super) auth: Auth,
    _folder: tempfile::TempDir,
}

pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) body: Json,
}

impl Server {
    fn over(database: impl FnOnce(&tempfile::TempDir) -> Database) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(&database(&folder)).expect("a register");
        let settings = Settings {
            policy: Policy::default(),
            playbook: Playbook::default(),
            catalogue: Catalogue::default(),
            rules: HashMap::new(),
            keys: Keys { current: printer().key(), former: None },
            url: URL.to_owned(),
        };
        let cost = PasswordCost { memory_kib: 8, passes: 1 };
        let context = AuthContext {
            store: store.clone(),
            settings: AuthSettings { password_cost: cost, ..AuthSettings::default() },
            site: Site::new(URL).expect("a site"),
            key: ServerKey::load_or_make(&folder.path().join("server.key")).expect("a key"),
            clock: Arc::new(|| second(0)),
            pages: Arc::new(PlainPages),
            provider: None,
        };
        let auth = Auth::new(context).expect("a door");
        let app = App::new(Register::new(store, settings), || second(0)).with_hooks(hooks());
        Self { router: router(app, &auth), auth, _folder: folder }
    }

    /// A token that may be used for this.
    pub(super) fn token(&self, scope: Scope) -> String {
        let new = NewToken {
            name: format!("{scope:?}"),
            scopes: vec![scope],
            team: None,
            expires_at: second(0) + SignedDuration::from_hours(1),
        };
        let console = Actor { kind: ActorKind::Console, name: "test".to_owned() };
        let (_, text) = self.auth.accounts().create_token(&console, &new).expect("a token");
        text.expose().to_owned()
    }

    pub(super) async fn send(
        &self,
        token: &str,
        request: axum::http::request::Builder,
        body: String,
    ) -> Answer {
        let request = match token {
            "" => request,
            token => request.header("authorization", format!("Bearer {token}")),
        };
        let request = request.body(Body::from(body)).expect("a request");
        let response = self.router.clone().oneshot(request).await.expect("an answer");
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, 1 << 22).await.expect("a body");
        let body = serde_json::from_slice(&bytes).unwrap_or(Json::Null);
        Answer { status: parts.status.as_u16(), headers: parts.headers, body }
    }

    pub(super) async fn get(&self, token: &str, path: &str) -> Answer {
        self.send(token, Request::get(path), String::new()).await
    }

    pub(super) async fn post(&self, token: &str, path: &str, body: Json) -> Answer {
        self.json(Method::POST, token, path, body).await
    }

    pub(super) async fn json(&self, method: Method, token: &str, path: &str, body: Json) -> Answer {
        let request = Request::builder().method(method).uri(path).header("content-type", "application/json");
        self.send(token, request, body.to_string()).await
    }

    pub(super) async fn delete(&self, token: &str, path: &str) -> Answer {
        self.send(token, Request::delete(path), String::new()).await
    }

    pub(super) async fn ingest(&self, token: &str, lines: &[Json]) -> Answer {
        let request = Request::post("/api/v1/findings").header("content-type", "application/x-ndjson");
        let lines: Vec<String> = lines.iter().map(ToString::to_string).collect();
        self.send(token, request, lines.join("\n")).await
    }
}

/// A server over each database.
fn each() -> [Server; 2] {
    [
        Server::over(|folder| Database::Sqlite(folder.path().join("register.db"))),
        Server::over(|_| Postgres::shared().database().parse().expect("a url")),
    ]
}

pub(super) fn scan() -> Json {
    json!({
        "type": "scan", "id": "s1", "tool": "stanch 0.1.0", "scope": "history", "started": "2027-01-15T08:00:00Z",
        "origin": { "kind": "repository", "name": "git.example/acme/shop" },
    })
}

pub(super) fn finding(name: &str) -> Json {
    json!({
        "type": "finding", "rule": "example-token", "severity": "critical", "confidence": "high",
        "fingerprint": printer().seal(name.as_bytes()).fingerprint(), "preview": "ex********",
        "location": {
            "path": "src/main.rs", "line": 3, "column": 1, "end_line": 3, "end_column": 9, "byte_start": 20, "byte_end": 28,
        },
        "provenance": [{ "kind": "path", "path": "src/main.rs" }],
    })
}

/// Runs a test on a server over each database. What blocks, as opening a database does, happens outside of it.
pub(super) fn on_each(scopes: [Scope; 3], test: &impl AsyncFn(&Server, [String; 3])) {
    let runtime = tokio::runtime::Runtime::new().expect("threads");
    for server in each() {
        let tokens = scopes.map(|scope| server.token(scope));
        runtime.block_on(test(&server, tokens));
    }
}
