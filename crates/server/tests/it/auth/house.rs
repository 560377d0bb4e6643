//! A server in memory with a register in a file, and a clock that stands still.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use axum::{
    Router,
    extract::State,
    routing::{get, post},
};
use jiff::Timestamp;
use stanch_model::{Actor, Origin, OriginKind};
use stanch_server::auth::{
    Auth, AuthContext, AuthPages, AuthSettings, ClientSecret, Clock, Login, NewPerson, NewToken,
    OidcSettings, PasswordCost, PlainPages, Require, ServerKey, Site, need,
};
use stanch_store::{Database, Person, Role, Scope, Store, TrailFilter};

use super::browser::Browser;

/// Where people reach the server of these tests.
pub(crate) const URL: &str = "http://127.0.0.1:8787";

/// A server.
pub(crate) struct House {
    pub(crate) auth: Auth,
    pub(crate) store: Store,
    pub(crate) folder: tempfile::TempDir,
    pub(crate) router: Router,
    clock: Arc<AtomicI64>,
}

/// How a server differs from the usual.
pub(crate) struct Plan {
    pub(crate) url: &'static str,
    pub(crate) settings: AuthSettings,
    pub(crate) provider: Option<(OidcSettings, ClientSecret)>,
}

impl Default for Plan {
    fn default() -> Self {
        let cost = PasswordCost { memory_kib: 8, passes: 1 };
        Self {
            url: URL,
            settings: AuthSettings { password_cost: cost, ..AuthSettings::default() },
            provider: None,
        }
    }
}

pub(crate) fn second(n: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + n).expect("a time")
}

pub(crate) fn console() -> Actor {
    Actor { kind: stanch_model::ActorKind::Console, name: "test".to_owned() }
}

/// A password of these tests.
pub(crate) fn password(n: u32) -> String {
    ["several plain ", "words in a row ", &n.to_string()].concat()
}

impl House {
    pub(crate) fn new() -> Self {
        Self::of(Plan::default())
    }

    pub(crate) fn of(plan: Plan) -> Self {
        Self::built(plan, Arc::new(PlainPages), |auth, store, _| {
            auth.protect(auth.routes().merge(rooms(store.clone())))
        })
    }

    /// A server with these pages, and with what `build` puts behind its door.
    pub(crate) fn built(
        plan: Plan,
        pages: Arc<dyn AuthPages>,
        build: impl FnOnce(&Auth, &Store, Clock) -> Router,
    ) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let database = Database::Sqlite(folder.path().join("register.db"));
        let store = Store::open(&database).expect("a register");
        let clock = Arc::new(AtomicI64::new(0));
        let now = Arc::clone(&clock);
        let tell: Clock = Arc::new(move || second(now.load(Ordering::Relaxed)));
        let context = AuthContext {
            store: store.clone(),
            settings: plan.settings,
            site: Site::new(plan.url).expect("a site"),
            key: ServerKey::load_or_make(&folder.path().join("server.key")).expect("a key"),
            clock: Arc::clone(&tell),
            pages,
            provider: plan.provider,
        };
        let auth = Auth::new(context).expect("a door");
        let router = build(&auth, &store, tell);
        Self { auth, store, folder, router, clock }
    }

    /// Lets time pass.
    pub(crate) fn wait(&self, seconds: i64) {
        self.clock.fetch_add(seconds, Ordering::Relaxed);
    }

    pub(crate) fn now(&self) -> Timestamp {
        second(self.clock.load(Ordering::Relaxed))
    }

    pub(crate) fn browser(&self) -> Browser {
        Browser::new(self.router.clone())
    }

    /// Makes a person with the password `password(1)`.
    pub(crate) async fn person(&self, login: &str, role: Role, teams: &[i64]) -> Person {
        let new = NewPerson {
            login: login.to_owned(),
            name: login.to_uppercase(),
            role,
            all_origins: teams.is_empty(),
            teams: teams.to_vec(),
        };
        let (person, address) = self.auth.accounts().invite(&console(), &new).expect("a person");
        let path = address.strip_prefix(URL).expect("a path of this server").to_owned();
        let mut browser = self.browser();
        browser.get(&path).await;
        let set = browser.send(&path, &[("new", &password(1)), ("again", &password(1))]).await;
        assert_eq!(set.status, 303, "{}", set.body);
        person
    }

    /// Somebody who is logged in.
    pub(crate) async fn logged_in(&self, login: &str) -> Browser {
        let mut browser = self.browser();
        let answer = browser.log_in(login, &password(1)).await;
        assert_eq!(answer.status, 303, "{}", answer.body);
        browser
    }

    pub(crate) fn token(&self, scopes: &[Scope], team: Option<i64>) -> String {
        let expires_at = self.now().checked_add(jiff::SignedDuration::from_hours(24)).expect("a time");
        let new = NewToken { name: "ci".to_owned(), scopes: scopes.to_vec(), team, expires_at };
        self.auth.accounts().create_token(&console(), &new).expect("a token").1.expose().to_owned()
    }

    /// The kinds of events of the trail, oldest first, that begin so.
    pub(crate) fn events(&self, kind: &str) -> Vec<String> {
        let filter = TrailFilter { kind: Some(kind.to_owned()), ..TrailFilter::default() };
        let mut entries = self.store.read(|tx| tx.trail(&filter, 500)).expect("the trail reads");
        entries.reverse();
        let told = |entry: stanch_store::Entry| {
            format!("{} {} {}", entry.event.kind, entry.event.actor.name, entry.event.reason)
                .trim_end()
                .to_owned()
        };
        entries.into_iter().map(told).collect()
    }
}

/// What stands behind the door: a room for each permission, one that tells who somebody is, and one that tells what they see.
fn rooms(store: Store) -> Router {
    Router::new()
        .route("/leaks", get(|_: Require<need::ReadLeaks>| async { "leaks" }))
        .route("/change", post(|_: Require<need::Respond>| async { "changed" }))
        .route("/need/read-leaks", get(|_: Require<need::ReadLeaks>| async { "in" }))
        .route("/need/read-sensitive", get(|_: Require<need::ReadSensitive>| async { "in" }))
        .route("/need/read-trail", get(|_: Require<need::ReadTrail>| async { "in" }))
        .route("/need/respond", get(|_: Require<need::Respond>| async { "in" }))
        .route("/need/command", get(|_: Require<need::Command>| async { "in" }))
        .route("/need/administer", get(|_: Require<need::Administer>| async { "in" }))
        .route("/need/ingest", get(|_: Require<need::Ingest>| async { "in" }))
        .route("/api/v1/me", get(|Login(who): Login| async move { who.actor.name.clone() }))
        .route("/api/v1/origins", get(origins))
        .route("/assets/a.css", get(|| async { "p{}" }))
        .with_state(store)
}

async fn origins(State(store): State<Store>, Login(who): Login) -> String {
    let origins = store.read(|tx| tx.origins(&who.sight, None, 100)).expect("origins");
    origins.into_iter().map(|known| known.origin.name).collect::<Vec<_>>().join(" ")
}

pub(crate) fn origin(name: &str) -> Origin {
    Origin { kind: OriginKind::Repository, name: name.to_owned(), public: None, environment: None, url: None }
}
