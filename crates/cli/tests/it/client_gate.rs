//! What gates tell a server, which they neither wait for nor depend on.

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::{
    Place, key,
    place::Stanch,
    register::{Conduct, Register, organisation_key, server_token},
};

/// A repository with a secret that is staged.
fn project() -> Place {
    let place = Place::new();
    place.git(&["init", "--quiet"]);
    place.git(&["remote", "add", "origin", "https://ada@github.com/acme/shop"]);
    place.write("app.env", key("m", 1));
    place.git(&["add", "--all"]);
    place
}

fn guard<'p>(place: &'p Place, url: &str, args: &[&str]) -> Stanch<'p> {
    place
        .stanch(&["guard"])
        .args(args)
        .args(&["--rules", "../acme.toml"])
        .env("PATH", "/usr/local/bin:/usr/bin:/bin")
        .env("GIT_COMMITTER_NAME", "Ada")
        .env("GIT_COMMITTER_EMAIL", "ada@example.org")
        .env("STANCH_SERVER", url)
        .env("STANCH_TOKEN", server_token())
        .env("STANCH_FINGERPRINT_KEY", organisation_key())
}

/// The events that were sent, without what differs from run to run.
fn events(server: &Register) -> Vec<Value> {
    let neutral = |mut event: Value| {
        event["id"] = json!("[id]");
        event["at"] = json!("[time]");
        event
    };
    let sent = server.sent();
    assert!(sent.iter().all(|request| request.line == "POST /api/v1/gate-events HTTP/1.1\r\n"));
    for request in &sent {
        assert_eq!(request.lines()[0]["id"], request.key(), "the id is the key");
    }
    sent.iter().flat_map(|request| request.lines()).map(neutral).collect()
}

fn shown(events: &[Value]) -> String {
    let lines = events.iter().map(|event| serde_json::to_string_pretty(event).expect("JSON"));
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn a_gate_tells_what_it_stopped_and_nothing_of_what_passes() {
    let (place, server) = (project(), Register::new());
    let stopped = guard(&place, &server.url, &["pre-commit"]).run();
    assert_eq!(stopped.code, Some(1), "{}", stopped.stderr);
    assert_snapshot!("blocked_event", shown(&events(&server)));
    place.git(&["rm", "--cached", "--quiet", "app.env"]);
    let passed = guard(&place, &server.url, &["pre-commit"]).run();
    assert_eq!((passed.code, passed.stderr.as_str()), (Some(0), ""));
    assert_eq!(events(&server).len(), 1);
}

#[test]
fn a_bypass_on_record_is_told_once() {
    let (place, server) = (project(), Register::new());
    let bypass =
        |url: &str| guard(&place, url, &["pre-commit"]).env("STANCH_BYPASS", "the key is revoked").run();
    // Nobody is told yet.
    assert_eq!(bypass("").code, Some(0));
    assert_eq!(place.read(".stanch/bypasses.jsonl").lines().count(), 1);
    let outcome = bypass(&server.url);
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    let told = events(&server);
    assert_eq!(told.len(), 2, "the one before, too");
    assert_snapshot!("bypassed_event", shown(&told[1..]));
    place.git(&["rm", "--cached", "--quiet", "app.env"]);
    guard(&place, &server.url, &["pre-commit"]).run();
    assert_eq!(events(&server).len(), 2, "none is told twice");
}

#[test]
fn what_passes_unjudged_is_told() {
    let (place, server) = (project(), Register::new());
    place.write(".stanch/allow.toml", "no = toml = here\n");
    let outcome = guard(&place, &server.url, &["pre-commit", "--fail-open"]).run();
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    let [event] = &events(&server)[..] else { panic!("one event") };
    assert_eq!((event["outcome"].as_str(), event["findings"].clone()), (Some("passed-open"), json!([])));
    assert!(event["reason"].as_str().expect("a reason").contains("allow.toml:1"));
}

/// It would wait forever for an answer.
#[test]
fn a_gate_does_not_wait_for_a_server_and_its_event_is_sent_later() {
    let (place, server) = (project(), Register::new());
    for conduct in [Conduct::Hangs, Conduct::Answers(500), Conduct::DiesAfter] {
        server.conduct(conduct);
        let outcome = guard(&place, &server.url, &["pre-commit"]).run();
        assert_eq!(outcome.code, Some(1), "{}", outcome.stderr);
    }
    let outcome = guard(&place, &Register::nobody(), &["pre-commit"]).run();
    assert_eq!(outcome.code, Some(1), "{}", outcome.stderr);
    let before: Vec<_> = server.sent().iter().map(|request| request.key().to_owned()).collect();
    server.conduct(Conduct::Takes);
    let sent =
        place.stanch(&["send"]).env("STANCH_SERVER", &server.url).env("STANCH_TOKEN", server_token()).run();
    assert_eq!(sent.code, Some(0), "{}", sent.stderr);
    let all: Vec<_> = server.sent().iter().map(|request| request.key().to_owned()).collect();
    assert_eq!(all, [&before[..], &before[..]].concat(), "the same keys again");
}

#[test]
fn whatever_is_wrong_with_the_server_a_gate_ends_as_it_would() {
    let (place, server) = (project(), Register::new());
    place.git(&["remote", "remove", "origin"]);
    let mut told = Vec::new();
    for (variable, value) in [
        ("STANCH_TOKEN", ""),
        ("STANCH_SERVER", "http://stanch.example.org"),
        ("STANCH_ENVIRONMENT", "prod"),
        ("STANCH_CA_FILE", "nowhere"),
    ] {
        let outcome = guard(&place, &server.url, &["pre-commit"]).env(variable, value).run();
        assert_eq!(outcome.code, Some(1), "{}", outcome.stderr);
        let told_of =
            outcome.stderr.lines().find(|line| line.contains("server")).unwrap_or("nothing").to_owned();
        told.push(told_of);
    }
    assert_snapshot!("gate_without_server", told.join("\n"));
    assert!(server.sent().is_empty());
    place.git(&["remote", "add", "origin", "git@github.com:acme/shop"]);
    let salted = guard(&place, &server.url, &["pre-commit"]).env("STANCH_FINGERPRINT_KEY", "").run();
    assert_eq!(salted.code, Some(1));
    assert_eq!(events(&server)[0]["findings"], json!([]), "a salt means nothing to a server");
}

#[test]
fn a_job_tells_who_had_it_run() {
    let (place, server) = (project(), Register::new());
    place.git(&["commit", "--quiet", "--message", "one"]);
    let outcome = guard(&place, &server.url, &["ci", "--base", "HEAD", "--head", "HEAD"]).run();
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    place.write("new.env", key("m", 2));
    place.git(&["add", "--all"]);
    place.git(&["commit", "--quiet", "--message", "two"]);
    let outcome = guard(&place, &server.url, &["ci", "--base", "HEAD~1"])
        .env("GITHUB_ACTIONS", "true")
        .env("GITHUB_ACTOR", "grace")
        .run();
    assert_eq!(outcome.code, Some(1), "{}", outcome.stderr);
    let [event] = &events(&server)[..] else { panic!("one event") };
    assert_eq!((event["gate"].as_str(), event["actor"].as_str()), (Some("ci"), Some("grace")));
    assert_eq!(event["findings"].as_array().map(Vec::len), Some(1));
}
