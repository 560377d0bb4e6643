//! Policies from end to end: shown, checked, and tried on a report.

use insta::assert_snapshot;
use serde_json::{Value, json};
use stanch_model::{Fingerprinter, KeyKind};

use crate::{Place, key, place::Outcome};

const NIGHT: &str = "2026-11-27T01:00:00Z";

/// A finding as a report tells it; the same secret has the same number.
fn finding(secret: u8, rule: &str, path: &str) -> Value {
    let print = Fingerprinter::new(KeyKind::Organisation, &[5; 32]);
    json!({
        "type": "finding",
        "rule": rule,
        "severity": "high",
        "confidence": "high",
        "fingerprint": print.seal(&[b'a' + secret; 8]).fingerprint().to_string(),
        "preview": "ac********",
        "location": {"path": path, "line": 1, "column": 1, "end_line": 1, "end_column": 9, "byte_start": 0, "byte_end": 8},
        "provenance": [{"kind": "repository", "path": "."}],
    })
}

fn with(mut finding: Value, more: Value) -> Value {
    let Value::Object(more) = more else { return finding };
    for (name, value) in more {
        finding[name] = value;
    }
    finding
}

fn scan(name: &str, more: Value) -> Value {
    let origin = with(json!({"kind": "repository", "name": name}), more);
    json!({"type": "scan", "id": name, "tool": "stanch 0.1.0", "origin": origin, "scope": "tree", "started": NIGHT})
}

/// Findings of five repositories: what pages, what waits, what is silent.
fn report() -> String {
    let mut lines = vec![
        scan("github.com/acme/shop", json!({})),
        finding(1, "aws-secret-access-key", "deploy/prod/app.yaml"),
        finding(1, "aws-secret-access-key", "src/app.py"),
        with(finding(2, "database-url", "deploy/prod/db.yaml"), json!({"liveness": "live"})),
        scan("github.com/acme/site", json!({"public": true})),
        with(finding(3, "stripe-test-key", "pay.js"), json!({"class": "test", "severity": "medium"})),
        scan("github.com/acme/tools", json!({})),
        with(finding(4, "generic-assignment", "a.py"), json!({"confidence": "low"})),
        scan("github.com/acme/old", json!({})),
        with(finding(5, "github-pat-classic", "b.sh"), json!({"liveness": "dead", "severity": "critical"})),
        scan("github.com/acme/web", json!({"public": true})),
    ];
    lines.extend((6..14).map(|secret| finding(secret, "slack-webhook", &format!("hooks/{secret}.env"))));
    lines.push(json!({"type": "summary", "findings": 15}));
    lines.push(json!({"type": "of-a-later-version"}));
    lines.iter().map(Value::to_string).collect::<Vec<_>>().join("\n")
}

fn place() -> Place {
    let place = Place::new();
    place.write("findings.jsonl", report());
    place
}

fn try_out(place: &Place, args: &[&str]) -> Outcome {
    place.stanch(&["policy", "test", "--findings", "findings.jsonl", "--at", NIGHT]).args(args).run()
}

#[track_caller]
fn answer(outcome: &Outcome) -> &str {
    assert_eq!((outcome.code, outcome.stderr.as_str()), (Some(0), ""));
    &outcome.stdout
}

#[test]
fn a_report_is_replayed() {
    let place = place();
    assert_snapshot!("policy_test", answer(&try_out(&place, &[])));
    let json = try_out(&place, &["--format", "json"]);
    assert_snapshot!("policy_test_json", answer(&json));
    let json: Value = serde_json::from_str(&json.stdout).expect("JSON");
    assert_eq!(json["incidents"].as_array().map(Vec::len), Some(5));
}

#[test]
fn a_policy_of_ones_own_is_tried() {
    let place = place();
    place.write(
        "policy.toml",
        "[[severity]]\nname = \"hooks only post\"\nwhen.rule = \"*-webhook\"\nthen = \"low\"\n\n\
         [quiet]\ntime_zone = \"Europe/Berlin\"\nhours = \"20:00-08:00\"\n\n\
         [grouping]\nsame = [\"account\", \"commit\"]\nwindow = \"1h\"\nleaks_max = 10\n",
    );
    assert_snapshot!("policy_test_own", answer(&try_out(&place, &["--policy", "policy.toml"])));
}

#[test]
fn a_report_of_a_scan_is_replayed_from_standard_input() {
    let place = Place::new();
    place.write("config/prod/app.env", format!("KEY={}\n", key("m", 1)));
    place.write("lobby.env", format!("KEY={}\n", key("g", 2)));
    let report = place.scan(&["."]).env("STANCH_FINGERPRINT_KEY", "an organisation's key, long enough").run();
    assert_eq!(report.code, Some(1));
    let tried =
        place.stanch(&["policy", "test", "--findings", "-", "--at", NIGHT]).stdin(report.stdout).run();
    assert_snapshot!("policy_test_scan", answer(&tried));
    assert!(!tried.stdout.contains(key("m", 1).trim_start_matches("acme_m_")));
}

#[test]
fn nothing_found_pages_nobody() {
    let place = Place::new();
    place.write("findings.jsonl", "{\"type\":\"summary\",\"findings\":0}\n");
    assert_eq!(
        answer(&try_out(&place, &[])),
        "By the default policy, at 2026-11-27 01:00 UTC\n\n0 findings, 0 secrets, 0 incidents: 0 page, 0 ticket, 0 silent\n"
    );
}

#[test]
fn what_comes_with_stanch_is_shown_and_checks_clean() {
    let place = Place::new();
    for (what, kind) in [
        ("policy", "policy"),
        ("playbook", "playbook"),
        ("internal", "template"),
        ("customer", "template"),
        ("executive", "template"),
    ] {
        let shown = place.stanch(&["policy", "show", what]).run();
        place.write(what, answer(&shown));
        let checked = place.stanch(&["policy", "check", what, "--as", kind, "--strict"]).run();
        assert_snapshot!(format!("policy_check_{what}"), answer(&checked));
    }
    assert_eq!(place.stanch(&["policy", "show"]).run().stdout, place.read("policy"));
}

#[test]
fn what_is_hardly_meant_is_remarked() {
    let place = Place::new();
    place.write(
        "policy.toml",
        "[[route]]\nname = \"all\"\nurgency = \"ticket\"\n\n[[route]]\nname = \"never\"\nurgency = \"none\"\nwhen.class = \"test\"\n",
    );
    let lenient = place.stanch(&["policy", "check", "policy.toml"]).run();
    assert_snapshot!("policy_check_remarks", answer(&lenient));
    assert_eq!(place.stanch(&["policy", "check", "policy.toml", "--strict"]).run().code, Some(1));
}

#[test]
fn mistakes_are_told_with_file_line_and_field() {
    let place = Place::new();
    for (name, text) in [
        ("policy.toml", "[[severity]]\nname = \"x\"\nwhen.clas = \"test\"\nthen = \"low\"\n"),
        ("playbook.toml", "[[checklist]]\nname = \"x\"\ntitle = \"X\"\nstep = []\n"),
        ("template.txt", "Subject: x\n\nhello {{incident.secret}}\n"),
        ("catalogue.toml", "[[service]]\nname = \"x\"\nowner = 7\norigin = \"a\"\n"),
        ("backstage.yaml", "a: &x 1\nb: *x\n"),
        ("findings.jsonl", "{\"type\":\"finding\",\"rule\":7}\n"),
    ] {
        place.write(name, text);
    }
    let stanch = |args: &[&str]| {
        let outcome = place.stanch(args).run();
        assert_eq!((outcome.code, outcome.stdout.as_str()), (Some(2), ""));
        outcome.stderr
    };
    let told = [
        stanch(&["policy", "check", "policy.toml"]),
        stanch(&["policy", "check", "playbook.toml", "--as", "playbook"]),
        stanch(&["policy", "check", "template.txt", "--as", "template"]),
        stanch(&["policy", "check", "catalogue.toml", "--as", "catalogue"]),
        stanch(&["policy", "check", "backstage.yaml", "--as", "backstage"]),
        stanch(&["policy", "check", "missing.toml"]),
        stanch(&["policy", "test", "--findings", "findings.jsonl"]),
        stanch(&["policy", "test", "--findings", "missing.jsonl"]),
        stanch(&["policy", "test", "--findings", "findings.jsonl", "--policy", "policy.toml"]),
    ];
    assert_snapshot!("policy_mistakes", told.concat());
}

#[test]
fn help_says_what_it_does() {
    let place = Place::new();
    for command in ["show", "check", "test"] {
        let help = place.stanch(&["policy", command, "--help"]).run();
        assert_snapshot!(format!("help_policy_{command}"), answer(&help));
    }
}
