//! Tokens, people and teams over the API.

use axum::http::Method;
use serde_json::json;
use stanch_store::Scope;

use super::server::{finding, on_each, scan};

#[test]
fn tokens_are_made_listed_and_revoked_and_told_once() {
    on_each([Scope::Admin, Scope::Respond, Scope::Ingest], &async |server, [admin, respond, _]| {
        let body = json!({ "name": "ci", "scopes": ["read"] });
        assert_eq!(server.post(&respond, "/api/v1/tokens", body.clone()).await.status, 403);
        let made = server.post(&admin, "/api/v1/tokens", body).await;
        assert_eq!((made.status, &made.body["token"]["scopes"]), (201, &json!(["read"])));
        let text = made.body["text"].as_str().expect("its text").to_owned();
        assert_eq!(server.get(&text, "/api/v1/leaks").await.status, 200);
        let listed = server.get(&admin, "/api/v1/tokens?limit=2").await.body;
        assert_eq!((&listed["items"][0]["name"], &listed["next"]), (&json!("ci"), &json!("3")));
        assert!(!listed.to_string().contains(&text));
        let path = format!("/api/v1/tokens/{}", made.body["token"]["id"]);
        assert_eq!(server.delete(&admin, &path).await.status, 204);
        assert_eq!(server.delete(&admin, &path).await.status, 404);
        assert_eq!(server.get(&text, "/api/v1/leaks").await.status, 401, "at once");
        let odd = json!({ "name": "ci", "scopes": [] });
        assert_eq!(server.post(&admin, "/api/v1/tokens", odd).await.body["errors"][0]["field"], "scopes");
    });
}

#[test]
fn people_are_invited_and_changed() {
    on_each([Scope::Admin, Scope::Read, Scope::Ingest], &async |server, [admin, read, _]| {
        let team = json!({ "name": "shop", "globs": ["git.example/acme/*"] });
        let team = server.post(&admin, "/api/v1/teams", team).await.body["id"].clone();
        let ada = json!({ "login": "Ada@example.org", "name": "Ada", "role": "responder", "teams": [team] });
        assert_eq!(server.post(&read, "/api/v1/people", ada.clone()).await.status, 403);
        let invited = server.post(&admin, "/api/v1/people", ada.clone()).await;
        assert_eq!((invited.status, &invited.body["person"]["login"]), (201, &json!("ada@example.org")));
        let link = invited.body["setup_link"].as_str().expect("a link").to_owned();
        let path = link.strip_prefix("http://127.0.0.1:8787").expect("an address of this server");
        assert_eq!(server.get("", path).await.status, 200);
        assert_eq!(server.post(&admin, "/api/v1/people", ada).await.status, 409, "the login is taken");
        let person = format!("/api/v1/people/{}", invited.body["person"]["id"]);
        let change = json!({ "role": "commander", "may_log_in": false, "teams": [] });
        let changed = server.json(Method::PATCH, &admin, &person, change).await.body;
        assert_eq!(
            (&changed["role"], &changed["teams"], &changed["name"]),
            (&json!("commander"), &json!([]), &json!("Ada"))
        );
        assert!(changed["disabled_at"].is_string());
        let people = server.get(&admin, "/api/v1/people").await.body;
        assert_eq!(people["items"].as_array().expect("people").len(), 1);
        assert!(!people.to_string().contains("/setup/"));
        let nobody = server.json(Method::PATCH, &admin, "/api/v1/people/99", json!({})).await;
        assert_eq!(nobody.status, 404);
    });
}

#[test]
fn teams_are_made_changed_and_removed() {
    on_each([Scope::Admin, Scope::Ingest, Scope::Respond], &async |server, [admin, ingest, respond]| {
        server.ingest(&ingest, &[scan(), finding("a")]).await;
        let shop = json!({ "name": "shop", "globs": ["git.example/acme/*"] });
        assert_eq!(server.post(&respond, "/api/v1/teams", shop.clone()).await.status, 403);
        let made = server.post(&admin, "/api/v1/teams", shop.clone()).await;
        assert_eq!((made.status, &made.body["globs"]), (201, &json!(["git.example/acme/*"])));
        assert_eq!(server.post(&admin, "/api/v1/teams", shop).await.status, 409);
        let id = made.body["id"].as_i64().expect("a number");
        let own = json!({ "name": "shop", "scopes": ["read"], "team": id });
        let own =
            server.post(&admin, "/api/v1/tokens", own).await.body["text"].as_str().expect("text").to_owned();
        let seen =
            async || server.get(&own, "/api/v1/leaks").await.body["items"].as_array().expect("leaks").len();
        assert_eq!(seen().await, 1);
        let path = format!("/api/v1/teams/{id}");
        let other = json!({ "name": "shop", "globs": ["git.example/other/*"] });
        assert_eq!(server.json(Method::PUT, &admin, &path, other).await.status, 200);
        assert_eq!(seen().await, 0);
        assert_eq!(server.get(&admin, "/api/v1/teams").await.body["items"][0]["name"], "shop");
        assert_eq!(server.delete(&admin, &path).await.status, 204);
        assert_eq!(server.delete(&admin, &path).await.status, 404);
    });
}
