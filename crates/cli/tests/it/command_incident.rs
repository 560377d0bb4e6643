//! `stanch incident` against the real server.

use insta::assert_snapshot;
use serde_json::Value;

use crate::{Place, key, place::Outcome, served::Served};

/// The text with each `2026-11-27 03:10 UTC` as `[time]`, and what of the time's digits differs from run to run.
fn timeless(text: &str) -> String {
    const FORM: &str = "0000-00-00 00:00 UTC";
    let is_time = |at: usize| {
        text.as_bytes().get(at..at + FORM.len()).is_some_and(|bytes| {
            let fits =
                |(byte, form): (&u8, u8)| if form == b'0' { byte.is_ascii_digit() } else { *byte == form };
            bytes.iter().zip(FORM.bytes()).all(fits)
        })
    };
    let mut out = String::new();
    let mut skip = 0;
    for (at, c) in text.char_indices() {
        if skip > 0 {
            skip -= 1;
        } else if is_time(at) {
            out.push_str("[time]");
            skip = FORM.len() - 1;
        } else {
            out.push(c);
        }
    }
    out
}

/// A server with one incident, and a token that may do everything but send.
fn served(place: &Place) -> (Served<'_>, String) {
    let served = Served::start(place);
    let (ingest, admin) = (served.token("ingest"), served.token("admin"));
    place.write("project/app.env", format!("KEY={}\n", key("m", 1)));
    let scan = ["scan", "--rules", "../acme.toml", "--origin", "git.example/acme/shop", "project"];
    let scanned = served.stanch(&scan, &ingest).run();
    assert_eq!(scanned.code, Some(1), "{}", scanned.stderr);
    (served, admin)
}

fn incident(served: &Served<'_>, token: &str, args: &[&str]) -> Outcome {
    served.stanch(&[&["incident"], args].concat(), token).run()
}

#[track_caller]
fn told(outcome: &Outcome) -> String {
    assert_eq!((outcome.code, outcome.stderr.as_str()), (Some(0), ""));
    timeless(&outcome.stdout)
}

#[test]
fn an_incident_is_driven_to_its_end() {
    let place = Place::new();
    let (served, admin) = served(&place);
    let run = |args: &[&str]| told(&incident(&served, &admin, args));
    let mut said = vec![
        run(&["list"]),
        run(&["ack", "1", "--reason", "on it"]),
        run(&["assign", "1", "ada"]),
        run(&["assign", "1", "bob", "--duty", "ops-lead"]),
        run(&["note", "1", "the vendor is told", "--url", "https://tickets.example/S-3"]),
        run(&["step", "1", "contain"]),
        run(&["step", "1", "revoke", "--evidence", "deleted in the console https://console.example/keys"]),
    ];
    said.push(run(&["close", "1", "--no-rotation", "nothing used it", "--proven", "answers 401"]));
    said.push(run(&["list"]));
    said.push(run(&["list", "--all", "--severity", "critical", "--holder", "ada"]));
    assert_snapshot!("incident_driven", said.concat());
    let shown = run(&["show", "1"]);
    // Whether what cannot be delivered was given up by now depends on who is faster.
    let shown: Vec<_> = shown.lines().filter(|line| !line.contains("message.dead")).collect();
    assert_snapshot!("incident_show", shown.join("\n"));
    let shown = incident(&served, &admin, &["show", "1", "--format", "json"]);
    let case: Value = serde_json::from_str(&shown.stdout).expect("JSON");
    assert_eq!(
        (&case["incident"]["state"], &case["leaks"][0]["state"]),
        (&"closed".into(), &"closed".into())
    );
    let listed = incident(&served, &admin, &["list", "--state", "closed", "--format", "json"]);
    let listed: Value = serde_json::from_str(&listed.stdout).expect("JSON");
    assert_eq!(listed[0]["commander"], "ada");
}

#[test]
fn what_is_refused_is_said() {
    let place = Place::new();
    let (served, admin) = served(&place);
    let read = served.token("read");
    let refused = |token: &str, args: &[&str]| {
        let outcome = incident(&served, token, args);
        assert_eq!((outcome.code, outcome.stdout.as_str()), (Some(2), ""), "{args:?}");
        outcome.stderr.replace(&served.url, "[server]")
    };
    let said = [
        refused(&admin, &["show", "7"]),
        refused(&read, &["ack", "1"]),
        refused(&admin, &["step", "1", "revoke"]),
        refused(&admin, &["step", "1", "prove", "--evidence", "answers 401"]),
        refused(&admin, &["close", "1", "--revoked", "deleted"]),
        refused(&admin, &["dismiss", "1", "--why", "test-credential", "--reason", ""]),
        refused(&admin, &["assign", "1"]),
    ];
    assert_snapshot!("incident_refused", said.join("\n"));
    let dismissed = ["dismiss", "1", "--why", "test-credential", "--reason", "only opens the sandbox"];
    assert_eq!(told(&incident(&served, &admin, &dismissed)), "incident 1 is dismissed; next: reopen\n");
}

#[test]
fn without_a_server_nothing_is_asked() {
    let outcome = Place::new().stanch(&["incident", "list"]).run();
    assert_eq!(outcome.code, Some(2));
    assert!(outcome.stderr.starts_with("stanch: no server is named\ntry: --server"), "{}", outcome.stderr);
}

#[test]
fn help() {
    assert_snapshot!("help_incident", Place::new().stanch(&["incident", "--help"]).run().stdout);
    assert_snapshot!("help_incident_step", Place::new().stanch(&["incident", "step", "-h"]).run().stdout);
}
