//! Origins, the trail, measures, the inventory, messages; requests that are sent twice; teams that send findings.

use axum::http::Request;
use serde_json::{Value as Json, json};
use stanch_store::Scope;

use super::server::{Answer, Server, finding, on_each, scan};

fn items(answer: &Answer) -> &Vec<Json> {
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.body["items"].as_array().expect("a list")
}

#[test]
fn origins_and_the_trail_are_listed_page_by_page() {
    on_each([Scope::Ingest, Scope::Admin, Scope::Read], &async |server, [ingest, admin, read]| {
        for name in ["git.example/acme/shop", "git.example/acme/api", "git.example/acme/web"] {
            let mut header = scan();
            header["origin"]["name"] = json!(name);
            server.ingest(&ingest, &[header, finding(name)]).await;
        }
        let first = server.get(&read, "/api/v1/origins?limit=2").await;
        assert_eq!(items(&first).len(), 2);
        assert_eq!(first.body["next"], "repository/git.example/acme/shop");
        let rest = server.get(&read, "/api/v1/origins?limit=2&after=repository/git.example/acme/shop").await;
        assert_eq!(
            (items(&rest)[0]["name"].as_str(), &rest.body["next"]),
            (Some("git.example/acme/web"), &Json::Null)
        );
        assert_eq!(items(&server.get(&read, "/api/v1/origins?q=ACME/A&kind=repository").await).len(), 1);
        assert_eq!(server.get(&read, "/api/v1/origins?after=x").await.status, 422);
        assert_eq!(server.get(&read, "/api/v1/trail").await.status, 403);
        let leaks = server.get(&admin, "/api/v1/trail?kind=leak.opened&limit=2").await;
        assert_eq!((items(&leaks).len(), leaks.body["next"].is_string()), (2, true));
        let by = server.get(&admin, "/api/v1/trail?actor=Ingest&incident=1").await;
        assert!(items(&by).iter().all(|event| event["actor"] == "Ingest" && event["incident"] == 1));
        let later = server.get(&admin, "/api/v1/trail?from=2027-01-15T08:00:01Z").await;
        assert_eq!(items(&later).len(), 0);
        let earlier = server.get(&admin, "/api/v1/trail?until=2027-01-15T08:00:01Z&leak=1").await;
        assert!(!items(&earlier).is_empty());
        assert_eq!(server.get(&admin, "/api/v1/trail?from=soon").await.status, 422);
    });
}

#[test]
fn inventories_are_told_and_measured() {
    on_each([Scope::Ingest, Scope::Read, Scope::Admin], &async |server, [ingest, read, _]| {
        let list = json!([
            { "kind": "credential", "name": "ci", "short_lived": true, "detail": "from the cloud" },
            { "kind": "secret-store", "name": "vault", "audited": false },
        ]);
        assert_eq!(server.post(&read, "/api/v1/inventory", list.clone()).await.status, 403);
        assert_eq!(server.post(&ingest, "/api/v1/inventory", list).await.body["received"], 2);
        let line = json!({ "kind": "credential", "name": "deploy", "short_lived": false }).to_string();
        let request = Request::post("/api/v1/inventory").header("content-type", "application/x-ndjson");
        assert_eq!(server.send(&ingest, request, line).await.body["received"], 1);
        let odd = json!([{ "kind": "credential", "name": "", "short_lived": false }]);
        assert_eq!(server.post(&ingest, "/api/v1/inventory", odd).await.body["errors"][0]["field"], "name");
        let listed = server.get(&read, "/api/v1/inventory?limit=2").await;
        assert_eq!(
            (items(&listed)[0]["short_lived"].as_bool(), &listed.body["next"]),
            (Some(true), &json!("credential/deploy"))
        );
        let rest = server.get(&read, "/api/v1/inventory?after=credential/deploy").await;
        assert_eq!(items(&rest)[0]["audited"], false);
        let measures = server.get(&read, "/api/v1/measures").await;
        assert_eq!(measures.body["short_lived_credentials"], json!({ "good": 1, "all": 2 }));
        assert_eq!(measures.body["audited_stores"], json!({ "good": 0, "all": 1 }));
        assert_eq!(measures.body["objectives"][0]["name"], "detect");
    });
}

#[test]
fn messages_are_listed_and_only_dead_ones_tried_again() {
    on_each([Scope::Ingest, Scope::Respond, Scope::Read], &async |server, [ingest, respond, read]| {
        server.ingest(&ingest, &[scan(), finding("a")]).await;
        let waiting = server.get(&read, "/api/v1/messages?state=waiting").await;
        assert_eq!((items(&waiting).len(), &items(&waiting)[0]["state"]), (1, &json!("waiting")));
        assert_eq!(items(&server.get(&read, "/api/v1/messages?state=dead").await).len(), 0);
        assert_eq!(server.get(&read, "/api/v1/messages?state=odd").await.status, 422);
        assert_eq!(server.post(&read, "/api/v1/messages/1/retry", Json::Null).await.status, 403);
        assert_eq!(
            server.post(&respond, "/api/v1/messages/1/retry", Json::Null).await.status,
            404,
            "it is not dead"
        );
    });
}

async fn keyed(server: &Server, token: &str, (path, key): (&str, &str), body: &Json) -> Answer {
    let request =
        Request::post(path).header("content-type", "application/json").header("idempotency-key", key);
    server.send(token, request, body.to_string()).await
}

#[test]
fn a_request_with_a_key_has_its_effect_once() {
    on_each([Scope::Ingest, Scope::Respond, Scope::Admin], &async |server, [ingest, respond, admin]| {
        server.ingest(&ingest, &[scan(), finding("a")]).await;
        let notes = "/api/v1/incidents/1/notes";
        let note = json!({ "text": "looked at it" });
        for _ in 0..3 {
            assert_eq!(keyed(server, &respond, (notes, "k1"), &note).await.status, 204);
        }
        assert_eq!(keyed(server, &admin, (notes, "k1"), &note).await.status, 204, "a key of somebody else");
        let events = server.get(&respond, "/api/v1/incidents/1/events").await;
        let noted = items(&events).iter().filter(|event| event["kind"] == "incident.note").count();
        assert_eq!(noted, 2);
        let other = keyed(server, &respond, (notes, "k1"), &json!({ "text": "something else" })).await;
        assert_eq!((other.status, &other.body["errors"][0]["field"]), (422, &json!("Idempotency-Key")));
        let steps = "/api/v1/incidents/1/steps";
        let first = keyed(server, &respond, (steps, "k2"), &json!({ "step": "acknowledge" })).await;
        let again = keyed(server, &respond, (steps, "k2"), &json!({ "step": "acknowledge" })).await;
        assert_eq!(
            (first.status, &first.body, &first.headers["etag"]),
            (200, &again.body, &again.headers["etag"])
        );
        assert_eq!(again.headers["content-type"], "application/json");
        let bare = json!({ "step": "revoke" });
        assert_eq!(keyed(server, &respond, (steps, "k3"), &bare).await.status, 422);
        let shown = json!({ "step": "revoke", "evidence": [{ "text": "deleted" }] });
        assert_eq!(
            keyed(server, &respond, (steps, "k3"), &shown).await.status,
            200,
            "what failed keeps no key"
        );
        let token = json!({ "name": "ci", "scopes": ["read"] });
        let made = keyed(server, &admin, ("/api/v1/tokens", "k4"), &token).await;
        let told = keyed(server, &admin, ("/api/v1/tokens", "k4"), &token).await;
        assert_eq!((made.status, &made.body), (201, &told.body));
        assert_eq!(items(&server.get(&admin, "/api/v1/tokens").await).len(), 4);
        for key in ["", " ", &"k".repeat(256)] {
            assert_eq!(keyed(server, &respond, (notes, key), &note).await.status, 422);
        }
    });
}

#[test]
fn a_token_of_a_team_tells_of_its_origins_only() {
    on_each([Scope::Admin, Scope::Ingest, Scope::Read], &async |server, [admin, ..]| {
        let team = json!({ "name": "shop", "globs": ["git.example/acme/*"] });
        let team = server.post(&admin, "/api/v1/teams", team).await.body["id"].clone();
        let token = json!({ "name": "ci of the shop", "scopes": ["ingest"], "team": team });
        let token = server.post(&admin, "/api/v1/tokens", token).await.body["text"]
            .as_str()
            .expect("text")
            .to_owned();
        assert_eq!(server.ingest(&token, &[scan(), finding("a")]).await.status, 200);
        let mut foreign = scan();
        foreign["origin"]["name"] = json!("git.example/other/api");
        let refused = server.ingest(&token, &[scan(), finding("b"), foreign, finding("c")]).await;
        assert_eq!(refused.status, 403);
        assert!(refused.body["detail"].as_str().expect("a text").starts_with("line 3:"), "{}", refused.body);
        assert_eq!(items(&server.get(&admin, "/api/v1/leaks").await).len(), 1, "none of it was taken");
        let event = |repository: &str| {
            json!({
                "id": repository, "gate": "ci", "outcome": "blocked", "repository": repository, "actor": "bob",
                "at": "2027-01-15T08:00:00Z",
            })
            .to_string()
        };
        let gates = async |body: String| {
            let request = Request::post("/api/v1/gate-events").header("content-type", "application/x-ndjson");
            server.send(&token, request, body).await.status
        };
        assert_eq!(gates(event("git.example/acme/shop")).await, 200);
        assert_eq!(gates(event("git.example/other/api")).await, 403);
        assert_eq!(server.post(&token, "/api/v1/inventory", json!([])).await.status, 403, "it is of all");
    });
}

#[test]
fn what_cannot_be_read_is_a_problem_too() {
    on_each([Scope::Read, Scope::Admin, Scope::Ingest], &async |server, [_, admin, _]| {
        let answers = [
            server.get(&admin, "/api/v1/leaks/many").await,
            server.get(&admin, "/api/v1/leaks?limit=many").await,
            server.delete(&admin, "/api/v1/leaks").await,
        ];
        let told: Vec<_> = answers
            .iter()
            .map(|answer| {
                assert_eq!(answer.headers["content-type"], "application/problem+json");
                format!("{} {}", answer.status, answer.body["type"])
            })
            .collect();
        let expected = [
            "400 \"/problems/malformed\"",
            "400 \"/problems/malformed\"",
            "405 \"/problems/method-not-allowed\"",
        ];
        assert_eq!(told, expected);
        assert!(answers[2].headers.contains_key("allow"));
    });
}
