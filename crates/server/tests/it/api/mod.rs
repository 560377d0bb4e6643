//! The API, over both databases: findings come in, an incident is driven to its end.

mod accounts;
mod hooks;
mod more;
mod server;

use axum::http::Request;
use insta::assert_snapshot;
use serde_json::{Value as Json, json};
use stanch_server::openapi;
use stanch_store::Scope;

use server::{finding, on_each, printer, scan, second};

#[test]
fn the_document_is_made_from_the_code() {
    assert_snapshot!("openapi", openapi().to_pretty_json().expect("JSON"));
}

#[test]
fn an_incident_is_driven_to_its_end() {
    on_each([Scope::Ingest, Scope::Respond, Scope::Admin], &async |server, [ingest, respond, admin]| {
        let tally = server.ingest(&ingest, &[scan(), finding("a"), json!({ "type": "finding" })]).await;
        assert_eq!(
            (tally.status, &tally.body["new_leaks"], &tally.body["rejected_count"]),
            (200, &json!(1), &json!(1))
        );
        let listed = server.get(&respond, "/api/v1/incidents?active=true").await;
        let id = listed.body["items"][0]["id"].as_i64().expect("an incident");
        let path = format!("/api/v1/incidents/{id}");
        let incident = server.get(&respond, &path).await;
        assert_eq!(incident.headers["etag"], "\"v1\"");
        assert_eq!(incident.body["next"], json!(["acknowledge", "contain", "revoke", "rotate", "dismiss"]));
        let step = |step: &'static str| json!({ "step": step, "reason": "as planned", "evidence": [{ "text": "seen in the console" }] });
        let steps = format!("{path}/steps");
        assert_eq!(server.post(&respond, &steps, step("acknowledge")).await.status, 200);
        assert_eq!(server.post(&respond, &steps, step("acknowledge")).await.status, 409, "that was done");
        assert_eq!(server.post(&respond, &steps, step("prove")).await.status, 409, "not revoked yet");
        let bare = json!({ "step": "revoke" });
        assert_eq!(server.post(&respond, &steps, bare).await.body["errors"][0]["field"], "evidence");
        for name in ["revoke", "rotate", "prove"] {
            assert_eq!(server.post(&respond, &steps, step(name)).await.status, 200, "{name}");
        }
        assert_eq!(server.post(&respond, &steps, step("close")).await.status, 403, "who commands ends it");
        let closed = server.post(&admin, &steps, step("close")).await;
        assert_eq!((closed.status, &closed.body["state"]), (200, &json!("closed")));
        let leak = server.get(&respond, "/api/v1/leaks/1").await;
        assert_eq!(leak.body["state"], "closed");
        let events = server.get(&respond, &format!("{path}/events")).await;
        assert_eq!(events.body["items"].as_array().expect("events").len(), 6);
    });
}

#[test]
fn what_gates_did_is_noted_once() {
    on_each([Scope::Ingest, Scope::Read, Scope::Respond], &async |server, [ingest, ..]| {
        let event = json!({
            "id": "g1", "gate": "pre-push", "outcome": "bypassed", "repository": "git.example/acme/shop", "actor": "bob",
            "at": "2027-01-15T08:00:00Z", "reason": "a sandbox", "findings": [
                { "fingerprint": printer().seal(b"a").fingerprint(), "rule": "example-token", "severity": "high" },
            ],
        });
        let send = async |body: String| {
            let request = Request::post("/api/v1/gate-events").header("content-type", "application/x-ndjson");
            server.send(&ingest, request, body).await
        };
        assert_eq!(send(event.to_string()).await.body["new"], 1);
        assert_eq!(send(event.to_string()).await.body["new"], 0);
        assert_eq!(send("{}".to_owned()).await.status, 400);
    });
}

#[test]
fn what_is_not_allowed_or_makes_no_sense_is_refused_by_name() {
    on_each([Scope::Ingest, Scope::Read, Scope::Respond], &async |server, [ingest, read, respond]| {
        server.ingest(&ingest, &[scan(), finding("a")]).await;
        let status = async |token: &str, path: &str| server.get(token, path).await.status;
        assert_eq!(status("", "/api/v1/leaks").await, 401);
        assert_eq!(status(&ingest, "/api/v1/leaks").await, 403);
        assert_eq!(status(&read, "/api/v1/leaks").await, 200);
        assert_eq!(status(&read, "/api/v1/leaks/1").await, 403, "a leak in full is sensitive");
        assert_eq!(status(&respond, "/api/v1/leaks/9").await, 404);
        assert_eq!(status(&read, "/api/v1/leaks?limit=0").await, 422);
        assert_eq!(status(&read, "/api/v1/leaks?state=odd").await, 422);
        assert_eq!(status(&read, "/api/v1/nowhere").await, 404);
        assert_eq!(server.ingest(&read, &[scan()]).await.status, 403);
        let identity = server.get(&ingest, "/api/v1/identity").await;
        assert_eq!(identity.body["key_id"], printer().key().to_string());
        let stale = Request::post("/api/v1/incidents/1/steps")
            .header("content-type", "application/json")
            .header("if-match", "\"v7\"");
        let answer = server.send(&respond, stale, json!({ "step": "acknowledge" }).to_string()).await;
        assert_eq!((answer.status, &answer.body["type"]), (412, &json!("/problems/changed")));
        let text = Request::post("/api/v1/incidents/1/steps").header("content-type", "text/plain");
        assert_eq!(server.send(&respond, text, "acknowledge".to_owned()).await.status, 415);
        let broken = Request::post("/api/v1/incidents/1/steps").header("content-type", "application/json");
        let answer = server.send(&respond, broken, "{".to_owned()).await;
        assert_eq!(answer.headers["content-type"], "application/problem+json");
        assert_eq!(answer.status, 400);
        let large = Request::post("/api/v1/findings").header("content-type", "application/x-ndjson");
        assert_eq!(server.send(&ingest, large, " ".repeat(9 << 20)).await.status, 413);
    });
}

#[test]
fn a_secret_is_let_be_and_that_is_taken_back() {
    on_each([Scope::Ingest, Scope::Respond, Scope::Admin], &async |server, [ingest, respond, admin]| {
        server.ingest(&ingest, &[scan(), finding("a")]).await;
        let leak = server.get(&admin, "/api/v1/leaks").await.body["items"][0]["id"].as_i64().expect("a leak");
        let path = format!("/api/v1/leaks/{leak}/allowances");
        let terms = json!({ "why": "accepted-risk", "reason": "only reachable inside", "ticket": "SEC-7" });
        assert_eq!(server.post(&respond, &path, terms.clone()).await.status, 403, "who commands allows");
        let mut long = terms.clone();
        long["expires"] = json!(second(91 * 86_400));
        assert_eq!(server.post(&admin, &path, long).await.body["errors"][0]["field"], "expires");
        let granted = server.post(&admin, &path, terms).await;
        assert_eq!((granted.status, &granted.body["owner"]), (201, &json!("Admin")), "{}", granted.body);
        let incidents = server.get(&admin, "/api/v1/incidents").await;
        assert_eq!(incidents.body["items"][0]["state"], "dismissed");
        let listed = server.get(&respond, "/api/v1/allowances?counts=true&q=sec-7").await;
        assert_eq!(listed.body["items"][0]["leak"], leak);
        let end = format!("/api/v1/allowances/{}/end", granted.body["id"]);
        assert_eq!(server.post(&admin, &end, json!({ "reason": " " })).await.status, 422);
        assert_eq!(server.post(&admin, &end, json!({ "reason": "no longer true" })).await.status, 204);
        assert_eq!(server.post(&admin, &end, json!({ "reason": "again" })).await.status, 409);
        assert_eq!(
            server.post(&admin, "/api/v1/allowances/99/end", json!({ "reason": "x" })).await.status,
            404
        );
        let over = server.get(&respond, "/api/v1/allowances?counts=false").await;
        assert_eq!(over.body["items"][0]["ended_by"], "Admin");
    });
}

#[test]
fn previews_are_for_who_responds() {
    on_each([Scope::Ingest, Scope::Read, Scope::Respond], &async |server, [ingest, read, respond]| {
        server.ingest(&ingest, &[scan(), finding("a")]).await;
        let preview = async |token: &str| {
            let listed = server.get(token, "/api/v1/leaks").await;
            listed.body["items"][0]["preview"].clone()
        };
        assert_eq!((preview(&read).await, preview(&respond).await), (Json::Null, json!("ex********")));
        let name = printer().seal(b"a").fingerprint().to_string();
        let found = server.get(&read, &format!("/api/v1/fingerprints/{name}")).await;
        assert_eq!((found.status, &found.body["preview"]), (200, &Json::Null));
    });
}
