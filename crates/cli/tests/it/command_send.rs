//! `stanch send`: reports of other scanners on their way to a server.

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::{
    Place,
    place::Stanch,
    register::{Conduct, Register, organisation_key, server_token},
};

fn value(number: u8) -> String {
    format!("value-of-no-kind-{number:04}-abcdefgh")
}

/// A report of gitleaks with two entries, one of them redacted.
fn report() -> String {
    let entry = |value: String| {
        json!({ "RuleID": "acme-key", "File": "src/a.env", "StartLine": 2, "EndLine": 2, "StartColumn": 6,
            "EndColumn": 30, "Secret": value, "Match": value, "Commit": "ab".repeat(20), "Author": "Ada",
            "Email": "ada@example.org", "Date": "2026-01-02T03:04:05Z", "Message": "add" })
    };
    json!([entry(value(1)), entry("REDACTED".to_owned())]).to_string()
}

fn send<'p>(place: &'p Place, url: &str, args: &[&str]) -> Stanch<'p> {
    place
        .stanch(&["send"])
        .args(args)
        .env("PATH", "/usr/local/bin:/usr/bin:/bin")
        .env("STANCH_SERVER", url)
        .env("STANCH_TOKEN", server_token())
        .env("STANCH_FINGERPRINT_KEY", organisation_key())
        .env("STANCH_ORIGIN", "github.com/acme/shop")
}

/// The lines without what differs from run to run.
fn neutral(lines: Vec<Value>) -> String {
    let of = |mut line: Value| {
        if line["type"] == "scan" {
            line["id"] = json!("[id]");
            line["started"] = json!("[time]");
        }
        serde_json::to_string_pretty(&line).expect("JSON")
    };
    lines.into_iter().map(of).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_foreign_report_is_sent_as_findings() {
    let (place, server) = (Place::new(), Register::new());
    place.write("leaks.json", report());
    let outcome = send(&place, &server.url, &["leaks.json"]).run();
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    assert_snapshot!("send_report_stderr", outcome.stderr.replace(&server.url, "[server]"));
    let [request] = &server.sent()[..] else { panic!("one request") };
    assert!(!request.body.contains(&value(1)) && !outcome.stderr.contains(&value(1)));
    assert_snapshot!("send_report", neutral(request.lines()));
    assert_eq!(request.batch().len(), 1);
}

#[test]
fn a_foreign_report_becomes_lines_without_a_server() {
    let place = Place::new();
    place.write("leaks.json", report());
    let piped = send(&place, "", &["-", "--from", "gitleaks", "--output", "-"]).stdin(report()).run();
    assert_eq!(piped.code, Some(0), "{}", piped.stderr);
    let written = send(&place, "", &["leaks.json", "--output", "findings.jsonl"]).run();
    assert_eq!(written.code, Some(0), "{}", written.stderr);
    let lines = |text: &str| {
        neutral(text.lines().map(|line| serde_json::from_str(line).expect("JSON lines")).collect())
    };
    assert_eq!(lines(&piped.stdout), lines(&place.read("findings.jsonl")));
    assert!(!piped.stdout.contains(&value(1)));
}

#[test]
fn a_foreign_report_waits_while_the_server_is_away() {
    let (place, server) = (Place::new(), Register::new());
    place.write("leaks.json", report());
    server.conduct(Conduct::Answers(503));
    let args = ["leaks.json", "--spool", "spool"];
    assert_eq!(send(&place, &server.url, &args).run().code, Some(0));
    assert!(!place.read(&format!("spool/{}", batch(&place))).contains(&value(1)));
    let away = send(&place, &server.url, &["--spool", "spool"]).run();
    assert_eq!(away.code, Some(2));
    assert_snapshot!("send_away_stderr", away.stderr.replace(&server.url, "[server]"));
    server.conduct(Conduct::Takes);
    assert_eq!(send(&place, &server.url, &["--spool", "spool"]).run().code, Some(0));
    let keys: Vec<_> = server.sent().iter().map(|request| request.key().to_owned()).collect();
    assert!(keys.len() == 3 && keys.iter().all(|key| *key == keys[0]), "{keys:?}");
}

fn batch(place: &Place) -> String {
    place.list("spool").into_iter().find(|name| name.contains(".ndjson")).expect("a batch")
}

#[test]
fn what_is_no_report_is_refused_and_nothing_of_it_shown() {
    let (place, server) = (Place::new(), Register::new());
    place.write("words.txt", value(1));
    place.write("broken.json", format!("[{{\"RuleID\": \"a\"}},\n{}", value(1)));
    let mut told = Vec::new();
    for args in [&["words.txt"][..], &["broken.json"], &["nowhere.json"], &["words.txt", "--from", "sarif"]] {
        let outcome = send(&place, &server.url, args).run();
        assert_eq!(outcome.code, Some(2));
        told.push(outcome.stderr);
    }
    assert_snapshot!("send_mistakes", told.join(""));
    assert!(server.sent().is_empty());
    let nowhere = send(&place, "", &[]).run();
    assert_eq!(nowhere.code, Some(2));
    assert_snapshot!("send_without_server", nowhere.stderr);
}

#[test]
fn what_cannot_be_carried_over_is_counted_beyond_some() {
    let (place, server) = (Place::new(), Register::new());
    let entry = json!({ "RuleID": "a", "File": "f", "StartLine": 1, "Secret": "REDACTED" });
    place.write("leaks.json", json!(vec![entry; 30]).to_string());
    let outcome = send(&place, &server.url, &["leaks.json"]).run();
    assert_eq!(outcome.code, Some(0));
    assert!(outcome.stderr.contains("leaks.json: 10 more not carried over"), "{}", outcome.stderr);
}
