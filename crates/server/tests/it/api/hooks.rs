//! Webhooks of other services, over both databases.

use axum::http::Request;
use data_encoding::HEXLOWER;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value as Json, json};
use sha2::Sha256;
use stanch_store::Scope;

use super::server::{Answer, SHARED, Server, finding, on_each, printer, scan, second};

fn hmac(message: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(SHARED.as_bytes()).expect("a key");
    mac.update(message);
    HEXLOWER.encode(&mac.finalize().into_bytes())
}

async fn send(server: &Server, service: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    let mut request = Request::post(format!("/hooks/{service}")).header("content-type", "application/json");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    server.send("", request, body.to_owned()).await
}

fn pagerduty_event(id: &str, kind: &str, incident: &str) -> String {
    json!({ "event": {
        "id": id, "event_type": kind, "occurred_at": "2027-01-15T08:00:10Z", "agent": { "summary": "Ada" },
        "data": { "incident_key": incident },
    } })
    .to_string()
}

async fn pagerduty(server: &Server, body: &str) -> Answer {
    let signature = format!("v1={}", hmac(body.as_bytes()));
    send(server, "pagerduty", &[("x-pagerduty-signature", &signature)], body).await
}

async fn github(server: &Server, (event, delivery): (&str, &str), body: &str) -> Answer {
    let signature = format!("sha256={}", hmac(body.as_bytes()));
    let headers = [
        ("x-hub-signature-256", signature.as_str()),
        ("x-github-event", event),
        ("x-github-delivery", delivery),
    ];
    send(server, "github", &headers, body).await
}

/// Kinds, actors and reasons of the events of an incident, oldest first.
async fn timeline(server: &Server, token: &str, incident: i64) -> Vec<String> {
    let events = server.get(token, &format!("/api/v1/incidents/{incident}/events")).await.body;
    let told = |event: &Json| {
        let text = |field: &str| event[field].as_str().unwrap_or_default().to_owned();
        format!("{} {} {}", text("kind"), text("actor"), text("reason")).trim_end().to_owned()
    };
    events["items"].as_array().expect("events").iter().rev().map(told).collect()
}

async fn messages(server: &Server, token: &str) -> Vec<String> {
    let messages = server.get(token, "/api/v1/messages").await.body;
    let told = |message: &Json| format!("{} to {}", message["kind"], message["channel"]).replace('"', "");
    messages["items"].as_array().expect("messages").iter().rev().map(told).collect()
}

#[test]
fn an_acknowledgement_in_pagerduty_counts_once_and_is_not_sent_back() {
    on_each([Scope::Ingest, Scope::Admin, Scope::Read], &async |server, [ingest, admin, _]| {
        server.ingest(&ingest, &[scan(), finding("a")]).await;
        let body = pagerduty_event("e1", "incident.acknowledged", "stanch-incident-1");
        let effect =
            async |body: &str| pagerduty(server, body).await.body["effect"].as_str().map(str::to_owned);
        assert_eq!(effect(&body).await.as_deref(), Some("done"));
        assert_eq!(effect(&body).await.as_deref(), Some("repeated"));
        let again = pagerduty_event("e2", "incident.acknowledged", "stanch-incident-1");
        assert_eq!(effect(&again).await.as_deref(), Some("nothing"), "it was acknowledged already");
        let unknown = pagerduty_event("e3", "incident.acknowledged", "stanch-incident-9");
        assert_eq!(effect(&unknown).await.as_deref(), Some("nothing"));
        let former = pagerduty_event("e4", "incident.acknowledged", "stanch-incident-1-3");
        assert_eq!(effect(&former).await.as_deref(), Some("nothing"), "another opening of it");
        let over = pagerduty_event("e5", "incident.resolved", "stanch-incident-1");
        assert_eq!(effect(&over).await.as_deref(), Some("done"));
        let incident = server.get(&admin, "/api/v1/incidents/1").await.body;
        assert_eq!(incident["state"], "acknowledged", "only proof closes an incident");
        let expected = [
            "incident.opened",
            "incident.acknowledge Ada (pagerduty)",
            "incident.note Ada (pagerduty) declared over there by Ada (pagerduty); here it goes on",
        ];
        let told = timeline(server, &admin, 1).await;
        assert_eq!(told.len(), expected.len(), "{told:?}");
        assert!(told.iter().zip(expected).all(|(told, expected)| told.starts_with(expected)), "{told:?}");
        assert_eq!(messages(server, &admin).await, ["trigger to on-call"], "not sent back");
    });
}

#[test]
fn an_acknowledgement_elsewhere_is_told_to_the_other_channels() {
    on_each([Scope::Ingest, Scope::Admin, Scope::Read], &async |server, [ingest, admin, _]| {
        server.ingest(&ingest, &[scan(), finding("a")]).await;
        let alert = json!({ "alias": "stanch-incident-1", "username": "ada@example.org" });
        let body = json!({ "action": "Acknowledge", "alert": alert }).to_string();
        let wrong = send(server, "opsgenie", &[("x-stanch-token", "other")], &body).await;
        assert_eq!((wrong.status, &wrong.body["type"]), (401, &json!("/problems/unproven")));
        let done = send(server, "opsgenie", &[("x-stanch-token", SHARED)], &body).await;
        assert_eq!(done.body["effect"], "done");
        assert_eq!(messages(server, &admin).await, ["trigger to on-call", "acknowledge to on-call"]);
        let payload = json!({
            "type": "block_actions", "user": { "id": "U1", "username": "bob" },
            "actions": [{ "action_id": "stanch_acknowledge", "value": "1", "action_ts": "1.5" }],
        });
        let body: String = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("payload", &payload.to_string())
            .finish();
        let seconds = second(0).as_second().to_string();
        let signature = format!("v0={}", hmac(format!("v0:{seconds}:{body}").as_bytes()));
        let headers = [("x-slack-signature", signature.as_str()), ("x-slack-request-timestamp", &seconds)];
        assert_eq!(send(server, "slack", &headers, &body).await.body["effect"], "nothing", "it was taken");
        let late = (second(0).as_second() - 600).to_string();
        let headers = [("x-slack-signature", signature.as_str()), ("x-slack-request-timestamp", &late)];
        assert_eq!(send(server, "slack", &headers, &body).await.status, 401);
    });
}

fn push(public: bool, head: char) -> String {
    json!({
        "ref": "refs/heads/main", "before": "b".repeat(40), "after": head.to_string().repeat(40),
        "repository": {
            "full_name": "Acme/Shop", "html_url": "https://git.example/Acme/Shop", "private": !public, "default_branch": "main",
        },
        "pusher": { "name": "ada" }, "commits": [],
    })
    .to_string()
}

#[test]
fn a_push_makes_an_origin_stale_until_it_is_scanned() {
    on_each([Scope::Ingest, Scope::Read, Scope::Admin], &async |server, [ingest, read, _]| {
        let stale = async || {
            let listed = server.get(&read, "/api/v1/origins?stale=true").await.body;
            listed["items"].as_array().expect("origins").clone()
        };
        assert_eq!(github(server, ("push", "d1"), &push(false, 'a')).await.body["effect"], "done");
        let origins = stale().await;
        assert_eq!(
            (&origins[0]["name"], &origins[0]["pushed_ref"]),
            (&json!("git.example/acme/shop"), &json!("refs/heads/main"))
        );
        assert_eq!((&origins[0]["default_branch"], &origins[0]["public"]), (&json!("main"), &json!(false)));
        let mut header = scan();
        header["started"] = json!(second(1));
        let end = json!({ "type": "summary", "findings": 1, "complete": true });
        let taken = server.ingest(&ingest, &[header, finding("a"), end]).await;
        assert_eq!((taken.status, &taken.body["rejected_count"]), (200, &json!(0)));
        assert_eq!(stale().await.len(), 0, "it was scanned since");
        let repeated = github(server, ("push", "d2"), &push(false, 'a')).await;
        assert_eq!(repeated.body["effect"], "repeated", "the same body with another name of the delivery");
        let deleted = github(server, ("push", "d3"), &push(false, '0')).await;
        assert_eq!(
            (deleted.status, stale().await.len()),
            (200, 0),
            "of what is gone there is nothing to scan"
        );
    });
}

#[test]
fn what_is_made_public_is_judged_again() {
    on_each([Scope::Ingest, Scope::Respond, Scope::Admin], &async |server, [ingest, respond, _]| {
        let mut quiet = finding("a");
        quiet["severity"] = json!("high");
        server.ingest(&ingest, &[scan(), quiet]).await;
        let severity = async || {
            let incident = server.get(&respond, "/api/v1/incidents/1").await.body;
            format!("{} {}", incident["severity"], incident["urgency"]).replace('"', "")
        };
        github(server, ("push", "d1"), &push(false, 'a')).await;
        assert_eq!(severity().await, "high ticket");
        github(server, ("push", "d2"), &push(true, 'c')).await;
        assert_eq!(severity().await, "critical page");
        let leak = server.get(&respond, "/api/v1/leaks/1").await.body;
        assert_eq!((&leak["severity"], &leak["public"]), (&json!("critical"), &json!(true)));
        assert_eq!(messages(server, &respond).await, ["trigger to tickets", "trigger to on-call"]);
    });
}

fn alert(action: &str, more: &Json) -> String {
    let mut alert = json!({
        "number": 7, "html_url": "https://git.example/Acme/Shop/security/secret-scanning/7",
        "secret_type": "example_token", "created_at": "2027-01-15T08:00:00Z",
    });
    let (Some(all), Some(more)) = (alert.as_object_mut(), more.as_object()) else { panic!("objects") };
    all.extend(more.clone());
    json!({
        "action": action, "alert": alert, "sender": { "login": "ada" },
        "repository": { "full_name": "Acme/Shop", "html_url": "https://git.example/Acme/Shop", "private": true },
    })
    .to_string()
}

#[test]
fn an_alert_of_github_becomes_a_finding_and_its_secret_goes_no_further() {
    on_each([Scope::Ingest, Scope::Respond, Scope::Admin], &async |server, [_, respond, admin]| {
        let secret = ["made-up-", "for-this-", "test-only"].concat();
        let body = alert("created", &json!({ "secret": secret, "validity": "active" }));
        assert_eq!(github(server, ("secret_scanning_alert", "d1"), &body).await.body["effect"], "done");
        let fingerprint = printer().seal(secret.as_bytes()).fingerprint().to_string();
        let leak = server.get(&respond, &format!("/api/v1/fingerprints/{fingerprint}")).await.body;
        assert_eq!((&leak["liveness"], &leak["rule"]), (&json!("live"), &json!("github-secret-scanning")));
        let exposures = server.get(&respond, "/api/v1/leaks/1/exposures").await.body;
        let place = &exposures["items"][0];
        assert_eq!(place["url"], "https://git.example/Acme/Shop/security/secret-scanning/7");
        assert_eq!(place["origin"], "git.example/acme/shop");
        let public = alert("publicly_leaked", &json!({ "secret": secret, "publicly_leaked": true }));
        github(server, ("secret_scanning_alert", "d2"), &public).await;
        let leak = server.get(&respond, "/api/v1/leaks/1").await.body;
        assert_eq!((&leak["public"], &leak["severity"]), (&json!(true), &json!("critical")));
        let over =
            json!({ "secret": secret, "resolution": "false_positive", "resolved_by": { "login": "bob" } });
        let over = github(server, ("secret_scanning_alert", "d3"), &alert("resolved", &over)).await;
        assert_eq!(over.body["effect"], "done");
        let told = timeline(server, &respond, 1).await;
        let noted =
            "incident.link ada (github) GitHub's secret scanning alert 7: false positive, says bob there";
        assert!(told.iter().any(|event| event == noted), "{told:?}");
        let everything = server.get(&admin, "/api/v1/trail?limit=500").await.body.to_string();
        assert!(!everything.contains(&secret));
    });
}

#[test]
fn an_alert_without_its_secret_asks_for_a_scan() {
    on_each([Scope::Ingest, Scope::Read, Scope::Admin], &async |server, [_, read, _]| {
        let sent = github(server, ("secret_scanning_alert", "d1"), &alert("created", &json!({}))).await;
        assert_eq!(sent.body["effect"], "done");
        let stale = server.get(&read, "/api/v1/origins?stale=true").await.body;
        assert_eq!(stale["items"][0]["pushed_ref"], "secret scanning alert 7");
        assert_eq!(server.get(&read, "/api/v1/leaks").await.body["items"], json!([]));
    });
}

#[test]
fn gitlab_tells_of_pushes_and_who_is_not_proven_is_refused() {
    on_each([Scope::Ingest, Scope::Read, Scope::Admin], &async |server, [_, read, _]| {
        let body = json!({
            "object_kind": "push", "ref": "refs/heads/main", "before": "b".repeat(40), "after": "a".repeat(40), "user_username": "ada",
            "project": { "path_with_namespace": "shop/api", "web_url": "https://gitlab.test/shop/api", "visibility_level": 20 },
            "commits": [],
        })
        .to_string();
        let headers = [("x-gitlab-token", SHARED), ("idempotency-key", "k1")];
        assert_eq!(send(server, "gitlab", &headers, &body).await.body["effect"], "done");
        assert_eq!(send(server, "gitlab", &headers, &body).await.body["effect"], "repeated");
        let origins = server.get(&read, "/api/v1/origins?kind=repository&public=true").await.body;
        assert_eq!(
            (&origins["items"][0]["name"], &origins["items"][0]["stale"]),
            (&json!("gitlab.test/shop/api"), &json!(true))
        );
        for (headers, status) in [
            (vec![], 401),
            (vec![("x-gitlab-token", "other")], 401),
            (vec![("x-gitlab-token", SHARED), ("authorization", "Bearer x")], 401),
        ] {
            assert_eq!(send(server, "gitlab", &headers, &body).await.status, status);
        }
        let broken = send(server, "gitlab", &[("x-gitlab-token", SHARED)], "{").await;
        assert_eq!((broken.status, &broken.body["type"]), (400, &json!("/problems/malformed")));
        let large = send(server, "gitlab", &[("x-gitlab-token", SHARED)], &" ".repeat(5 << 20)).await;
        assert_eq!(large.status, 413);
    });
}
