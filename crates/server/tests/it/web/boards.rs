//! Boards, lists with filters, and allowances.

use serde_json::json;
use stanch_model::{Actor, OriginKind};
use stanch_response::Batch;
use stanch_store::Role;

use super::{HOSTILE, house, printer, register};
use crate::auth::house::{House, second};

/// The same house with a second secret, in a commit, in the log of a job and in an image.
fn furnished() -> House {
    let house = house();
    let fingerprint = printer().seal(b"another secret of these tests").fingerprint().to_string();
    let scan = |id: &str, kind: OriginKind, name: &str| {
        json!({
            "type": "scan", "id": id, "tool": "stanch 0.1.0", "scope": "all", "started": "2027-01-15T08:00:00Z",
            "origin": { "kind": kind, "name": name, "public": false },
        })
    };
    let finding = |path: &str, steps: serde_json::Value| {
        json!({
            "type": "finding", "rule": "other-token", "severity": "high", "confidence": "high",
            "fingerprint": fingerprint, "preview": "ot********",
            "location": { "path": path, "line": 12, "column": 1, "end_line": 12, "end_column": 9, "byte_start": 20, "byte_end": 28 },
            "provenance": steps,
            "facts": [{ "kind": "account", "value": "acme-prod" }, { "kind": "issuer", "value": "acme.example" }],
            "url": "https://git.example/look",
        })
    };
    let commit = json!([
        { "kind": "commit", "id": "9b1c55e0d7a94f2f8a6c", "author": "Bob <bob@acme.example>", "time": "2027-01-14T08:00:00Z", "in_head": true },
        { "kind": "path", "path": "deploy/env" },
    ]);
    let lines = [
        scan("c", OriginKind::Repository, "github.com/acme/ledger"),
        finding("deploy/env", commit),
        scan("l", OriginKind::CiLog, "ci/ledger/build"),
        finding("88213", json!([{ "kind": "path", "path": "88213" }])),
        scan("i", OriginKind::Image, "registry.example/ledger:1.4"),
        finding("srv/app/.env", json!([{ "kind": "path", "path": "srv/app/.env" }])),
    ];
    let text: Vec<String> = lines.iter().map(ToString::to_string).collect();
    let batch = Batch::parse(text.join("\n").as_bytes()).expect("a batch");
    let tally = register(&house.store).ingest(batch, &Actor::stanch("test"), second(0)).expect("taken in");
    assert_eq!((tally.new_leaks, tally.new_exposures), (1, 3));
    house
}

#[tokio::test]
async fn the_board_of_engineers_says_where_exactly() {
    let house = furnished();
    house.person("rob", Role::Responder, &[]).await;
    let mut browser = house.logged_in("rob").await;
    let page = browser.get("/debug").await;
    assert_eq!(page.status, 200, "{}", page.body);
    for told in [
        "9b1c55e0d7</a>",
        "Bob &lt;bob@acme.example&gt;",
        "deploy/env",
        "in a branch head",
        "ci/ledger/build",
        "88213",
        "<strong>registry.example/ledger</strong><span class=\"tags\"><span class=\"tag\">1.4</span>",
        "ot********",
    ] {
        assert!(page.body.contains(told), "{told}: {}", page.body);
    }
    assert!(!page.body.contains("github.com/acme/shop"), "that one is in no commit");
    for (query, is_shown) in [
        ("origin=LEDGER", true),
        ("origin=shop", false),
        ("rule=other", true),
        ("rule=script", false),
        ("days=1", true),
    ] {
        let page = browser.get(&format!("/debug?{query}")).await.body;
        assert_eq!(page.contains("9b1c55e0d7"), is_shown, "{query}");
    }
    assert!(browser.get("/debug?origin=shop").await.body.contains("No flagged commits fit these filters"));
    assert_eq!(browser.get("/debug?days=x").await.status, 422);
}

#[tokio::test]
async fn leaks_are_filtered_by_what_the_form_offers() {
    let house = furnished();
    house.person("rob", Role::Responder, &[]).await;
    let mut browser = house.logged_in("rob").await;
    for (query, rows) in [
        ("", vec![2, 1]),
        ("kind=image", vec![2]),
        ("kind=repository", vec![2, 1]),
        ("kind=cluster", vec![]),
        ("reach=public", vec![1]),
        ("reach=internal", vec![2]),
        ("presence=there", vec![2, 1]),
        ("presence=gone", vec![]),
        ("q=ledger", vec![2]),
        ("q=ACME-PROD", vec![2]),
    ] {
        let page = browser.get(&format!("/leaks?{query}")).await.body;
        let shown: Vec<i64> =
            [2, 1].into_iter().filter(|id| page.contains(&format!("id=\"leak-{id}\""))).collect();
        assert_eq!(shown, rows, "{query}");
    }
    for query in ["kind=x", "reach=x", "presence=x"] {
        assert_eq!(browser.get(&format!("/leaks?{query}")).await.status, 422, "{query}");
    }
    let leak = browser.get("/leaks/2").await.body;
    for told in ["acme-prod", "acme.example", "1 repository", "1 ci-log", "Blast radius"] {
        assert!(leak.contains(told), "{told}: {leak}");
    }
}

#[tokio::test]
async fn a_secret_is_let_be_and_that_is_taken_back() {
    let house = furnished();
    house.person("cleo", Role::Commander, &[]).await;
    house.person("rob", Role::Responder, &[]).await;
    let mut browser = house.logged_in("rob").await;
    assert!(!browser.get("/leaks/1").await.body.contains("/leaks/1/allowances"), "not offered");
    let terms = [("reason", "accepted-risk"), ("note", HOSTILE), ("ticket", "SEC-7"), ("owner", "")];
    assert_eq!(browser.send("/leaks/1/allowances", &terms).await.status, 403);

    let mut browser = house.logged_in("cleo").await;
    browser.get("/leaks/1").await;
    let with = |day: &'static str| [&terms[..], &[("expires", day)]].concat();
    for (day, why) in [
        ("2027-06-30", "expires: a risk is accepted for 90 days at most"),
        ("2027-01-01", "expires: is in the past"),
        ("soon", "expires: is not what the form offers"),
    ] {
        let refused = browser.send("/leaks/1/allowances", &with(day)).await;
        assert_eq!(refused.status, 422, "{day}");
        assert!(refused.body.contains(why), "{day}: {}", refused.body);
    }
    // The last day that is allowed is: second 0 of these tests is in the morning of 2027-01-15.
    let granted = browser.send("/leaks/1/allowances", &with("2027-04-15")).await;
    assert_eq!((granted.status, granted.location()), (303, "/leaks/1"), "{}", granted.body);
    assert!(browser.get("/incidents/1").await.body.contains("dismissed"), "it was the only one");
    let list = browser.get("/allowances?state=good&reason=accepted-risk&q=sec-7").await.body;
    for told in ["SEC-7", "2027-04-15", "href=\"/leaks/1\"", "by cleo", "/allowances/1/end"] {
        assert!(list.contains(told), "{told}: {list}");
    }
    assert!(!list.contains(HOSTILE));
    assert!(browser.get("/allowances?state=over").await.body.contains("No allowances fit these filters"));

    let refused = browser.send("/allowances/1/end", &[("reason", "")]).await;
    assert!(refused.status == 422 && refused.body.contains("reason: is empty"), "{}", refused.body);
    assert_eq!(browser.send("/allowances/1/end", &[("reason", "no longer true")]).await.status, 303);
    assert_eq!(browser.send("/allowances/1/end", &[("reason", "again")]).await.status, 409);
    assert_eq!(browser.send("/allowances/9/end", &[("reason", "again")]).await.status, 404);
    assert!(browser.get("/allowances?state=over").await.body.contains("by cleo"));
    assert_eq!(
        house.events("allowance."),
        [format!("allowance.granted cleo {HOSTILE}"), "allowance.ended cleo no longer true".to_owned()]
    );
}

#[tokio::test]
async fn the_trail_is_searched_by_words_and_days() {
    let house = furnished();
    house.person("cleo", Role::Commander, &[]).await;
    let mut browser = house.logged_in("cleo").await;
    let count = |page: &str| page.matches("data-row").count();
    let all = count(&browser.get("/audit").await.body);
    let words = count(&browser.get("/audit?q=LEDGER").await.body);
    assert!(words > 0 && words < all, "{words} of {all}");
    assert_eq!(count(&browser.get("/audit?from=2027-01-15&until=2027-01-15").await.body), all);
    assert_eq!(count(&browser.get("/audit?from=2027-01-16").await.body), 0);
    assert_eq!(count(&browser.get("/audit?until=2027-01-14").await.body), 0);
    assert_eq!(browser.get("/audit?from=x").await.status, 422);
}

#[tokio::test]
async fn who_only_looks_sees_no_previews_anywhere() {
    let house = furnished();
    house.person("vic", Role::Viewer, &[]).await;
    let mut browser = house.logged_in("vic").await;
    for path in
        ["/on-call", "/debug", "/incidents/1", "/incidents/2", "/leaks", "/search?q=token", "/allowances"]
    {
        let page = browser.get(path).await;
        assert_eq!(page.status, 200, "{path}");
        assert!(!page.body.contains("ex********") && !page.body.contains("ot********"), "{path}");
    }
    assert!(
        !browser.get("/incidents/2").await.body.contains("acme.example"),
        "nor what whoever has it can reach"
    );
}

#[tokio::test]
async fn the_choice_of_colours_leads_back() {
    let house = house();
    house.person("vic", Role::Viewer, &[]).await;
    let mut browser = house.logged_in("vic").await;
    let page = browser.get("/leaks?q=a").await;
    assert_eq!(page.header("referrer-policy"), "same-origin");
    let mut there = browser.with("referer", Some("http://127.0.0.1:8787/leaks?q=a"));
    assert_eq!(there.send("/theme", &[("theme", "dark")]).await.location(), "/leaks?q=a");
    let mut there = browser.with("referer", Some("https://evil.example//evil.example/"));
    assert_eq!(there.send("/theme", &[("theme", "dark")]).await.location(), "/");
}
