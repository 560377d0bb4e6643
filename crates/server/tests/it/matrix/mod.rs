//! Every route × everybody: who gets in, and that what is of another team is seen by nobody else.

mod routes;

use std::{collections::BTreeMap, fmt::Write as _, sync::Arc};

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Request, header},
};
use serde_json::{Value as Json, json};
use stanch_model::{Actor, Fingerprinter};
use stanch_response::{
    Batch, Keys, Register, Settings, catalogue::Catalogue, playbook::Playbook, policy::Policy,
};
use stanch_server::{
    App, WebPages,
    auth::{AuthSettings, PasswordCost, Rate},
    router,
};
use stanch_store::{Role, Scope, Store};
use tower::ServiceExt as _;

use crate::auth::house::{House, Plan, URL, console, second};
use routes::{Kind, Route, routes};

/// What stands in the origin of the one team, and must never be told to another.
const MARKS: [&str; 4] = ["git.example/acme", "ex********", "a-path-of-acme", "example-token"];

fn printer() -> Fingerprinter {
    Fingerprinter::of_organisation(b"a key of thirty-two bytes or more").expect("long enough")
}

fn register(store: &Store) -> Register {
    let settings = Settings {
        policy: Policy::default(),
        playbook: Playbook::default(),
        catalogue: Catalogue::default(),
        rules: std::collections::HashMap::new(),
        keys: Keys { current: printer().key(), former: None },
        url: URL.to_owned(),
    };
    Register::new(store.clone(), settings)
}

/// A server with two incidents of the team `acme`, and another team that answers for nothing of it.
fn house() -> House {
    let cost = PasswordCost { memory_kib: 8, passes: 1 };
    let rate = Rate { per_second: 1e6, burst: 1e6 };
    let settings = AuthSettings {
        password_cost: cost,
        address_rate: rate,
        identity_rate: rate,
        ..AuthSettings::default()
    };
    let plan = Plan { settings, ..Plan::default() };
    let house = House::built(plan, Arc::new(WebPages), |auth, store, clock| {
        router(App::new(register(store), move || clock()), auth)
    });
    let accounts = house.auth.accounts();
    accounts.create_team(&console(), "acme", &["git.example/acme/*".to_owned()]).expect("a team");
    accounts.create_team(&console(), "other", &["git.example/other/*".to_owned()]).expect("a team");
    let mut text = String::new();
    for name in ["shop", "api"] {
        let lines = [
            json!({
                "type": "scan", "id": name, "tool": "stanch 0.1.0", "scope": "history", "started": "2027-01-15T08:00:00Z",
                "origin": { "kind": "repository", "name": format!("git.example/acme/{name}") },
            }),
            json!({
                "type": "finding", "rule": "example-token", "severity": "critical", "confidence": "high",
                "fingerprint": printer().seal(name.as_bytes()).fingerprint(), "preview": "ex********",
                "location": {
                    "path": "a-path-of-acme", "line": 3, "column": 1, "end_line": 3, "end_column": 9, "byte_start": 20, "byte_end": 28,
                },
                "provenance": [{ "kind": "path", "path": "a-path-of-acme" }],
            }),
        ];
        for line in lines {
            let _ = writeln!(text, "{line}");
        }
    }
    let batch = Batch::parse(text.as_bytes()).expect("a batch");
    register(&house.store).ingest(batch, &Actor::stanch("test"), second(0)).expect("taken in");
    house
}

/// Somebody who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Who {
    Nobody,
    Person(Role),
    Token(Scope),
    /// A commander of a team that answers for nothing here.
    Foreign,
    /// A token that may work on incidents of that team.
    ForeignToken,
}

const ALL: [Who; 11] = [
    Who::Nobody,
    Who::Person(Role::Viewer),
    Who::Person(Role::Responder),
    Who::Person(Role::Commander),
    Who::Person(Role::Admin),
    Who::Token(Scope::Ingest),
    Who::Token(Scope::Read),
    Who::Token(Scope::Respond),
    Who::Token(Scope::Admin),
    Who::Foreign,
    Who::ForeignToken,
];
const HEADS: [&str; 11] =
    ["nobody", "view", "resp", "comm", "admin", "t:ing", "t:read", "t:resp", "t:adm", "f:comm", "f:resp"];
/// The number of the other team.
const OTHER: i64 = 2;

/// The headers by which a server knows who asks: of a person those of a new session.
async fn headers(house: &House, who: Who, token: Option<&str>) -> Vec<(&'static str, String)> {
    if let Some(token) = token {
        return vec![("authorization", format!("Bearer {token}"))];
    }
    let mut headers = vec![("origin", URL.to_owned()), ("sec-fetch-site", "same-origin".to_owned())];
    if who != Who::Nobody {
        let mut browser = house.logged_in("ada").await;
        browser.get("/account").await;
        headers.push(("cookie", format!("stanch={}", browser.cookies["stanch"])));
        headers.push(("x-csrf-token", browser.csrf));
    }
    headers
}

struct Answer {
    status: u16,
    location: String,
    body: String,
}

async fn ask(router: &Router, route: &Route, headers: &[(&str, String)]) -> Answer {
    let mut request = Request::builder().method(route.method.as_str()).uri(route.target(&printer()));
    for (name, value) in headers {
        request = request.header(*name, value);
    }
    if route.kind == Kind::Page {
        request = request.header("accept", "text/html");
    }
    let (media_type, body) = route.body();
    let request = request.header("content-type", media_type).body(Body::from(body)).expect("a request");
    let response = router.clone().oneshot(request).await.expect("an answer");
    let (parts, body) = response.into_parts();
    let text = |name| parts.headers.get(name).map_or("", |value| value.to_str().expect("a text")).to_owned();
    // A stream of events never ends.
    let is_stream = text(header::CONTENT_TYPE).starts_with("text/event-stream");
    let body = if is_stream { String::new() } else { body_text(body).await };
    Answer { status: parts.status.as_u16(), location: text(header::LOCATION), body }
}

async fn body_text(body: Body) -> String {
    let bytes = to_bytes(body, 1 << 22).await.expect("a body");
    String::from_utf8(bytes.to_vec()).expect("a text")
}

/// What one gets of every route, each in turn on one server.
async fn answers(who: Who, routes: &[Route]) -> Vec<Answer> {
    let house = house();
    let token = match who {
        Who::Token(scope) => Some(house.token(&[scope], None)),
        Who::ForeignToken => Some(house.token(&[Scope::Respond], Some(OTHER))),
        _ => None,
    };
    match who {
        Who::Person(role) => drop(house.person("ada", role, &[]).await),
        Who::Foreign => drop(house.person("ada", Role::Commander, &[OTHER]).await),
        _ => {}
    }
    let mut answers = Vec::new();
    for route in routes {
        let headers = headers(&house, who, token.as_deref()).await;
        answers.push(ask(&house.router, route, &headers).await);
    }
    answers
}

/// Every route in a fixed order: what only looks first.
fn in_order() -> Vec<Route> {
    let mut all = routes();
    all.sort_by_key(|route| (route.method != "GET", route.kind == Kind::Page, route.path.clone()));
    all
}

#[tokio::test]
async fn every_route_for_everybody() {
    let routes = in_order();
    let mut table: BTreeMap<usize, Vec<u16>> = BTreeMap::new();
    for who in ALL {
        for (number, answer) in answers(who, &routes).await.into_iter().enumerate() {
            let route = &routes[number];
            let name = format!("{} {} for {who:?}", route.method, route.path);
            assert!(answer.status < 500, "{name}: {}", answer.body);
            check(who, route, &answer, &name);
            table.entry(number).or_default().push(answer.status);
        }
    }
    let mut text = format!("{:<58}{}\n", "", HEADS.map(|head| format!("{head:>7}")).concat());
    for (number, statuses) in table {
        let route = &routes[number];
        let _ = write!(text, "{:<58}", format!("{} {}", route.method, route.path));
        for status in statuses {
            let _ = write!(text, "{status:>7}");
        }
        text.push('\n');
    }
    insta::assert_snapshot!(text);
}

fn check(who: Who, route: &Route, answer: &Answer, name: &str) {
    if who == Who::Nobody && !route.is_open() {
        let is_sent_to_login = answer.status == 303 && answer.location.starts_with("/login");
        assert!(
            answer.status == 401 || (route.kind == Kind::Page && is_sent_to_login),
            "{name}: {}",
            answer.status
        );
    }
    if !matches!(who, Who::Foreign | Who::ForeignToken) {
        return;
    }
    let told: Vec<_> = MARKS.iter().filter(|mark| answer.body.contains(**mark)).collect();
    assert!(told.is_empty(), "{name}: tells {told:?}");
    if route.is_of_one_thing() {
        // Who may not do such a thing at all is told that, before anything is looked up.
        assert!(matches!(answer.status, 401 | 403 | 404 | 422), "{name}: {}", answer.status);
        assert!(
            answer.status == 404 || route.kind == Kind::Page || answer.status == 403,
            "{name}: {}",
            answer.status
        );
    } else if route.kind == Kind::Api && route.method == "GET" && answer.status == 200 {
        let body: Json = serde_json::from_str(&answer.body).expect("JSON");
        if let Some(items) = body.get("items") {
            assert_eq!(items, &json!([]), "{name}");
        }
    }
}
