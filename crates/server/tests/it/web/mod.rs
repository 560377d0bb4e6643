//! The pages over a register: an incident is driven to its end by forms.

mod boards;
mod settings;

use std::{
    collections::{BTreeMap, HashMap},
    fmt::Write as _,
    sync::Arc,
};

use serde_json::json;
use stanch_connectors::{Alert, Channel, DeliveryError, Receipt};
use stanch_model::{Actor, Fingerprinter};
use stanch_response::{
    Batch, Channels, Keys, Register, RuleFacts, Settings, catalogue::Catalogue, playbook::Playbook,
    policy::Policy,
};
use stanch_server::{App, Shown, WebPages, router};
use stanch_store::{Role, Store};

use crate::auth::{
    browser::Browser,
    house::{House, Plan, URL, console, second},
};

const KEY: &[u8] = b"a key of thirty-two bytes or more";
/// What an attacker would call a rule.
const HOSTILE: &str = "<script>alert(1)</script>";

fn printer() -> Fingerprinter {
    Fingerprinter::of_organisation(KEY).expect("the key is long enough")
}

fn register(store: &Store) -> Register {
    let title = RuleFacts { title: HOSTILE.to_owned(), connector: None };
    let settings = Settings {
        policy: Policy::default(),
        playbook: Playbook::default(),
        catalogue: Catalogue::default(),
        rules: HashMap::from([("example-token".to_owned(), title)]),
        keys: Keys { current: printer().key(), former: None },
        url: URL.to_owned(),
    };
    Register::new(store.clone(), settings)
}

/// A channel that takes everything, or nothing.
struct Fake(Result<(), &'static str>);

impl Channel for Fake {
    fn deliver(&self, _: &Alert) -> Result<Receipt, DeliveryError> {
        let refused = |reason: &str| DeliveryError::Refused { reason: reason.to_owned() };
        self.0.map(|()| Receipt::default()).map_err(refused)
    }
}

fn shown() -> Shown {
    let fakes = [("pager", Ok(())), ("broken", Err("it is broken"))];
    let channels: Channels = fakes
        .into_iter()
        .map(|(name, answer)| (name.to_owned(), Box::new(Fake(answer)) as Box<dyn Channel>))
        .collect();
    let kinds: BTreeMap<String, String> =
        channels.keys().map(|name| (name.clone(), "webhook".to_owned())).collect();
    Shown { channels: Arc::new(channels), kinds, ..Shown::default() }
}

/// A server with its pages, and one incident in `github.com/acme/shop`.
fn house() -> House {
    let house = House::built(Plan::default(), Arc::new(WebPages), |auth, store, clock| {
        router(App::new(register(store), move || clock()).showing(shown()), auth)
    });
    let fingerprint = printer().seal(b"a secret of these tests").fingerprint().to_string();
    let lines = [
        json!({
            "type": "scan", "id": "scan-1", "tool": "stanch 0.1.0", "scope": "history", "started": "2027-01-15T08:00:00Z",
            "origin": { "kind": "repository", "name": "github.com/acme/shop", "public": true },
        }),
        json!({
            "type": "finding", "rule": "example-token", "severity": "critical", "confidence": "high",
            "fingerprint": fingerprint, "preview": "ex********",
            "location": { "path": "a.env", "line": 3, "column": 1, "end_line": 3, "end_column": 9, "byte_start": 20, "byte_end": 28 },
            "provenance": [{ "kind": "repository", "path": "." }, { "kind": "path", "path": "a.env" }],
        }),
    ];
    let mut text = String::new();
    for line in lines {
        let _ = writeln!(text, "{line}");
    }
    let batch = Batch::parse(text.as_bytes()).expect("a batch");
    let tally = register(&house.store).ingest(batch, &Actor::stanch("test"), second(0)).expect("taken in");
    assert_eq!(tally.new_incidents, 1);
    house
}

/// The version that the forms of the page carry.
fn version(page: &str) -> String {
    let (_, rest) = page.split_once("name=\"version\" value=\"").expect("a form with a version");
    rest.split('"').next().unwrap_or_default().to_owned()
}

/// Looks at the incident, sends one of its forms, and expects to be sent back.
async fn drive(browser: &mut Browser, form: &str, fields: &[(&str, &str)]) {
    let page = browser.get("/incidents/1").await;
    let version = version(&page.body);
    let mut all = vec![("version", version.as_str())];
    all.extend(fields);
    let answer = browser.send(&format!("/incidents/1/{form}"), &all).await;
    assert_eq!((answer.status, answer.location()), (303, "/incidents/1"), "{fields:?}: {}", answer.body);
}

#[tokio::test]
async fn an_incident_is_driven_to_its_end_and_seen_on_the_boards() {
    let house = house();
    let ada = house.person("ada", Role::Commander, &[]).await;
    let mut browser = house.logged_in("ada").await;
    let board = browser.get("/on-call").await;
    assert_eq!(board.status, 200, "{}", board.body);
    assert!(board.body.contains("href=\"/incidents/1\""));
    let list = browser.get("/incidents?state=active&sort=severity").await;
    assert!(list.body.contains("&lt;script&gt;alert(1)&lt;/script&gt; in github.com/acme/shop"));
    assert!(!list.body.contains(HOSTILE), "titles are escaped");

    let proof = [("evidence_kind", "link"), ("evidence_text", "seen in the console")];
    let with = |step: &'static str| [&[("step", step)], &proof[..]].concat();
    drive(&mut browser, "steps", &[("step", "acknowledge")]).await;
    drive(&mut browser, "duties", &[("duty", "commander"), ("person", &ada.id.to_string())]).await;
    drive(&mut browser, "notes", &[("text", "the shop is told")]).await;
    house.wait(600);
    drive(&mut browser, "steps", &with("revoke")).await;
    let early = browser.send("/incidents/1/steps", &[("step", "close")]).await;
    assert_eq!(early.status, 409);
    assert!(early.body.contains("cannot close before"), "{}", early.body);
    drive(&mut browser, "steps", &with("rotate")).await;
    drive(&mut browser, "steps", &with("prove")).await;
    drive(&mut browser, "steps", &[("step", "close")]).await;

    let page = browser.get("/incidents/1").await.body;
    for told in
        ["revoked the secret", "handed commander over from nobody to ada", "the shop is told", "closed it"]
    {
        assert!(page.contains(told), "{told}");
    }
    assert!(!page.contains(HOSTILE));
    let board = browser.get("/executive").await;
    assert_eq!(board.status, 200, "{}", board.body);
    assert!(board.body.contains("10 min"), "the time to revoke");
    for path in ["/leaks", "/leaks/1", "/search?q=acme", "/audit"] {
        let page = browser.get(path).await;
        assert_eq!(page.status, 200, "{path}: {}", page.body);
        assert!(!page.body.contains(HOSTILE), "{path}");
    }
    assert_eq!(house.events("leak.read"), ["leak.read ada"]);
}

#[tokio::test]
async fn a_form_of_an_old_page_changes_nothing() {
    let house = house();
    house.person("ada", Role::Commander, &[]).await;
    let mut browser = house.logged_in("ada").await;
    let old = version(&browser.get("/incidents/1").await.body);
    drive(&mut browser, "steps", &[("step", "acknowledge")]).await;
    let late = browser.send("/incidents/1/steps", &[("step", "contain"), ("version", &old)]).await;
    assert_eq!(late.status, 412);
    assert!(late.body.contains("look at it again"), "{}", late.body);
}

#[tokio::test]
async fn another_team_is_told_that_there_is_nothing() {
    let house = house();
    let team = house
        .auth
        .accounts()
        .create_team(&console(), "other", &["github.com/other/**".to_owned()])
        .expect("a team");
    house.person("eve", Role::Commander, &[team.id]).await;
    let mut browser = house.logged_in("eve").await;
    for path in ["/incidents/1", "/leaks/1", "/no-such-page"] {
        let page = browser.get(path).await;
        assert_eq!(page.status, 404, "{path}");
        assert!(page.header("content-type").starts_with("text/html"), "{path}");
    }
    browser.get("/incidents").await;
    assert_eq!(browser.send("/incidents/1/steps", &[("step", "acknowledge")]).await.status, 404);
    assert_eq!(browser.get("/audit").await.status, 403, "the trail knows no teams");
}

#[tokio::test]
async fn a_viewer_looks_and_changes_nothing() {
    let house = house();
    house.person("vic", Role::Viewer, &[]).await;
    house.person("rob", Role::Responder, &[]).await;
    let mut browser = house.logged_in("vic").await;
    let page = browser.get("/incidents/1").await;
    assert_eq!(page.status, 200);
    assert!(!page.body.contains("ex********"), "previews are not for viewers");
    for form in ["steps", "duties", "checklist", "notes", "links", "split", "merge"] {
        let refused = browser.send(&format!("/incidents/1/{form}"), &[("step", "acknowledge")]).await;
        assert_eq!(refused.status, 403, "{form}");
    }
    let mut browser = house.logged_in("rob").await;
    browser.get("/incidents/1").await;
    assert_eq!(browser.send("/incidents/1/steps", &[("step", "close")]).await.status, 403);
}
