//! `stanch scan --server`: what a server is sent, and what becomes of it while the server is away.

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path};

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::{
    Place, key,
    place::{Outcome, Stanch},
    register::{Conduct, Register, Request, key_id, organisation_key, server_token},
};

/// A repository with one secret, whose remote is on GitHub.
fn project() -> Place {
    let place = Place::new();
    place.git(&["init", "--quiet"]);
    place.git(&["remote", "add", "origin", "git@github.com:Acme/Shop.git"]);
    place.write("src/app.env", format!("# settings\nKEY={}\n", key("m", 1)));
    place.write(".github/CODEOWNERS", "* @acme/all\n/src/ @acme/payments ada@example.org\n");
    place.git(&["add", "--all"]);
    place.git(&["commit", "--quiet", "--message", "add it"]);
    place
}

/// A scan that tells `url`, with the token and the key of the organisation.
fn scan<'p>(place: &'p Place, url: &str, args: &[&str]) -> Stanch<'p> {
    let scan = place.stanch(&["scan", "--format", "junit=report.xml", "--rules", "../acme.toml"]).args(args);
    told(scan, url)
}

fn told<'p>(stanch: Stanch<'p>, url: &str) -> Stanch<'p> {
    stanch
        .env("PATH", "/usr/local/bin:/usr/bin:/bin")
        .env("STANCH_SERVER", url)
        .env("STANCH_TOKEN", server_token())
        .env("STANCH_FINGERPRINT_KEY", organisation_key())
}

/// Text in which what differs from run to run has a name.
fn neutral(outcome: &Outcome, url: &str) -> String {
    outcome.stderr.replace(url, "[server]").replace(&key_id(), "[key]")
}

/// The lines of a request, likewise.
fn lines(request: &Request) -> String {
    let neutral = |mut line: Value| {
        for (pointer, name) in [("/id", "[id]"), ("/started", "[time]"), ("/tool", "[tool]")] {
            if let Some(value) = line.pointer_mut(pointer) {
                *value = json!(name);
            }
        }
        for step in line.pointer_mut("/provenance").and_then(Value::as_array_mut).into_iter().flatten() {
            for name in ["id", "time"] {
                if step.get(name).is_some() {
                    step[name] = json!(format!("[{name}]"));
                }
            }
        }
        if let Some(url) = line.pointer_mut("/url") {
            let text = url.as_str().expect("a text").to_owned();
            let hash = text.split('/').find(|part| part.len() == 40).expect("a commit");
            *url = json!(text.replace(hash, "[id]"));
        }
        serde_json::to_string_pretty(&line).expect("JSON")
    };
    request.lines().into_iter().map(neutral).collect::<Vec<_>>().join("\n")
}

const SPOOL: &str = "../home/.local/state/stanch/spool";

/// What waits in the spool, and in its folder of what was refused.
fn spooled(place: &Place) -> (Vec<String>, Vec<String>) {
    let of = |folder: &str| {
        let there = place.path(folder).exists();
        let names = if there { place.list(folder) } else { Vec::new() };
        names.into_iter().filter(|name| name.contains(".ndjson")).collect()
    };
    (of(SPOOL), of(&format!("{SPOOL}/refused")))
}

#[test]
fn a_server_is_sent_what_was_found() {
    let (place, server) = (project(), Register::new());
    let outcome = scan(&place, &server.url, &[]).run();
    assert_eq!(outcome.code, Some(1), "{}", outcome.stderr);
    assert_snapshot!("sent_stderr", neutral(&outcome, &server.url));
    let [request] = &server.sent()[..] else { panic!("one request") };
    assert_eq!(request.line, "POST /api/v1/findings HTTP/1.1\r\n");
    assert_eq!(request.headers["content-type"], "application/x-ndjson");
    assert_snapshot!("sent_tree", lines(request));
    assert_eq!(spooled(&place), (vec![], vec![]));
}

#[test]
fn a_history_is_sent_with_addresses_in_its_forge() {
    let (place, server) = (project(), Register::new());
    let outcome = scan(&place, &server.url, &["git:.", "--environment", "prod", "--public"]).run();
    assert_eq!(outcome.code, Some(1), "{}", outcome.stderr);
    assert_snapshot!("sent_history", lines(&server.sent()[0]));
    let batch = server.sent()[0].batch();
    assert_eq!((batch.len(), batch.sections[0].findings.len()), (1, 1));
}

/// Scope and completeness of each scan that was sent.
fn scopes(server: &Register) -> Vec<(String, bool)> {
    let text = |line: &Value, name: &str| line[name].as_str().unwrap_or_default().to_owned();
    let of = |request: Request| {
        let lines = request.lines();
        let last = lines.last().expect("a summary");
        assert_eq!((text(&lines[0], "type"), text(last, "type")), ("scan".to_owned(), "summary".to_owned()));
        (text(&lines[0], "scope"), last["complete"].as_bool().expect("a boolean"))
    };
    server.sent().into_iter().map(of).collect()
}

#[test]
fn only_a_whole_scan_is_complete() {
    let (place, server) = (project(), Register::new());
    for args in [
        &["."][..],
        &["src"],
        &["git:."],
        &["git:.", "--branch", "main"],
        &["git:.", "--staged"],
        &[".", "--exclude", "vendor"],
        &[".", "--disable", "acme-guest-key"],
        &[".", "--min-confidence", "high"],
        &[".", "--max-file-size", "10"],
        &["-", "--origin", "ci/shop/build", "--origin-kind", "ci-log"],
        &[".", "git:."],
    ] {
        scan(&place, &server.url, args).stdin("nothing").run();
    }
    let expected = [
        ("tree", true),
        ("tree", false),
        ("history", true),
        ("history", false),
        ("staged", false),
        ("tree", false),
        ("tree", false),
        ("tree", false),
        ("tree", false),
        ("stream", false),
        ("tree", true),
        ("history", true),
    ];
    assert_eq!(scopes(&server), expected.map(|(scope, complete)| (scope.to_owned(), complete)));
}

#[test]
fn what_may_stay_is_told_as_such() {
    let (place, server) = (project(), Register::new());
    place.write("src/other.env", format!("{} # stanch:allow test-credential owner=ada\n", key("m", 2)));
    let outcome = scan(&place, &server.url, &[]).run();
    assert!(outcome.stderr.contains("1 allowed"), "{}", outcome.stderr);
    let lines = server.sent()[0].lines();
    let kinds: Vec<_> = lines.iter().map(|line| line["type"].as_str().expect("a text")).collect();
    assert_eq!(kinds, ["scan", "finding", "allowed", "summary"]);
    let place = (&lines[2]["location"]["path"], &lines[2]["fingerprint"]);
    assert_eq!(place.0, "src/other.env");
    assert!(place.1.is_string() && place.1 != &lines[1]["fingerprint"]);
    assert_eq!(lines[3]["findings"], 1);
}

#[test]
fn while_the_server_is_away_findings_wait_and_are_sent_once() {
    let (place, server) = (project(), Register::new());
    let alone = place.stanch(&["scan", "--rules", "../acme.toml"]).run();
    let outcome = scan(&place, &server.url, &[]).env("STANCH_SERVER", Register::nobody()).run();
    assert_eq!(outcome.code, alone.code, "{}", outcome.stderr);
    server.conduct(Conduct::Answers(503));
    let outcome = scan(&place, &server.url, &[]).run();
    assert_eq!(outcome.code, alone.code);
    assert_snapshot!("away_stderr", neutral(&outcome, &server.url));
    let (waiting, refused) = spooled(&place);
    assert_eq!((waiting.len(), refused.len()), (2, 0));
    // What is for another server stays.
    server.conduct(Conduct::Takes);
    let before = server.sent().len();
    let sent = told(place.stanch(&["send"]), &server.url).run();
    assert_eq!(sent.code, Some(0), "{}", sent.stderr);
    assert_snapshot!("send_stderr", neutral(&sent, &server.url));
    let (first, again) = (&server.sent()[before - 1], &server.sent()[before]);
    assert_eq!((first.key(), &first.body), (again.key(), &again.body), "the same under the same key");
    assert_eq!(spooled(&place).0.len(), 1);
    let nothing = told(place.stanch(&["send"]), &server.url).run();
    assert_eq!((nothing.code, server.sent().len()), (Some(0), before + 1));
}

/// Taken, but the answer never came: what is sent again is the same.
#[test]
fn a_server_that_dies_before_it_answers_gets_the_same_again() {
    let (place, server) = (project(), Register::new());
    server.conduct(Conduct::DiesAfter);
    scan(&place, &server.url, &[]).run();
    assert_eq!(spooled(&place).0.len(), 1);
    server.conduct(Conduct::Takes);
    place.write("src/new.env", key("m", 3));
    scan(&place, &server.url, &[]).run();
    let sent = server.sent();
    let keys: Vec<_> = sent.iter().map(Request::key).collect();
    assert_eq!(keys.len(), 3, "the old one before the new one");
    assert!(keys[0] == keys[1] && keys[1] != keys[2], "{keys:?}");
    assert_eq!(sent[0].body, sent[1].body);
    assert_eq!(spooled(&place), (vec![], vec![]));
}

#[test]
fn what_a_server_is_busy_for_waits_and_what_it_refuses_is_put_aside() {
    for (status, expected) in
        [(429, (1, 0)), (500, (1, 0)), (403, (1, 0)), (422, (0, 2)), (413, (0, 2)), (302, (0, 2))]
    {
        let (place, server) = (project(), Register::new());
        server.conduct(Conduct::Answers(status));
        let outcome = scan(&place, &server.url, &[]).run();
        assert_eq!(outcome.code, Some(1), "{status}: {}", outcome.stderr);
        let (waiting, refused) = spooled(&place);
        assert_eq!((waiting.len(), refused.len()), expected, "{status}: {}", outcome.stderr);
        if status == 422 {
            assert_snapshot!("refused_stderr", neutral(&outcome, &server.url));
            assert_snapshot!("refused_reason", place.read(&format!("{SPOOL}/refused/{}", refused[1])));
        }
    }
}

#[test]
fn what_waits_and_is_refused_makes_way_for_what_comes_after() {
    let (place, server) = (project(), Register::new());
    server.conduct(Conduct::Answers(503));
    scan(&place, &server.url, &[]).run();
    server.conduct(Conduct::Answers(422));
    let outcome = told(place.stanch(&["send"]), &server.url).run();
    assert_eq!(outcome.code, Some(2));
    let (waiting, refused) = spooled(&place);
    assert_eq!((waiting.len(), refused.len()), (0, 2), "the batch and its reason");
}

fn files_below(folder: &Path, visit: &mut dyn FnMut(&Path)) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() { files_below(&path, visit) } else { visit(&path) }
    }
}

#[test]
fn neither_spool_nor_server_nor_screen_holds_a_secret_or_the_token() {
    let (place, server) = (project(), Register::new());
    let secrets = [key("m", 1), key("s", 2), key("m", 3)];
    place.write("src/app.env", format!("KEY={} {}\n", secrets[0], secrets[1]));
    place.write(&format!("dump/{}.txt", secrets[2]), &secrets[2]);
    let tells = |text: &str| {
        let values = secrets.iter().map(|secret| &secret[secret.len() - 24..]);
        values.clone().any(|value| text.contains(value)) || text.contains(&server_token())
    };
    for conduct in [Conduct::Answers(503), Conduct::Answers(422), Conduct::Takes] {
        server.conduct(conduct);
        let outcome = scan(&place, &server.url, &[".", "git:.", "-v"]).run();
        assert!(!tells(&outcome.stdout) && !tells(&outcome.stderr), "{}", outcome.stderr);
    }
    let mut seen = 0;
    files_below(&place.path("../home"), &mut |path| {
        let mode = fs::metadata(path).expect("there").permissions().mode() & 0o777;
        assert_eq!(mode & 0o077, if path.ends_with("lock") { mode & 0o077 } else { 0 }, "{}", path.display());
        assert!(!tells(&fs::read_to_string(path).expect("UTF-8")), "{}", path.display());
        seen += 1;
    });
    assert!(seen > 2, "something was spooled");
    assert!(server.sent().iter().all(|request| !tells(&request.body)));
    assert!(server.sent().iter().any(|request| request.body.contains("\"finding\"")));
}

#[test]
fn a_large_scan_is_sent_in_batches() {
    let (place, server) = (project(), Register::new());
    let many: Vec<String> = (0..2100).map(|number| key("m", number)).collect();
    place.write("many.txt", many.join("\n"));
    scan(&place, &server.url, &["."]).run();
    let sent = server.sent();
    let read = sent.iter().map(|request| request.batch().len());
    assert_eq!(read.sum::<usize>(), 2101);
    let lines: Vec<_> = sent.iter().map(Request::lines).collect();
    assert_eq!(lines.iter().map(Vec::len).collect::<Vec<_>>(), [1000, 1000, 105]);
    let ids: Vec<_> = lines.iter().map(|lines| lines[0]["id"].clone()).collect();
    assert!(ids.iter().all(|id| *id == ids[0]), "one scan");
    let mut keys: Vec<_> = sent.iter().map(Request::key).collect();
    keys.dedup();
    assert_eq!(keys.len(), 3);
    let summaries = lines.iter().flatten().filter(|line| line["type"] == "summary").collect::<Vec<_>>();
    assert_eq!(summaries, [&json!({ "type": "summary", "findings": 2101, "complete": true })]);
}

#[test]
fn a_salt_is_no_key_and_another_key_is_named() {
    let (place, server) = (project(), Register::new());
    let salted = scan(&place, &server.url, &[]).env("STANCH_FINGERPRINT_KEY", "").run();
    assert_eq!(salted.code, Some(2));
    let id =
        salted.stderr.split('(').nth(1).and_then(|rest| rest.split(')').next()).expect("an id").to_owned();
    assert_snapshot!("salt_stderr", neutral(&salted, &server.url).replace(&id, "[salt]"));
    server.identity(json!({ "key_id": "aaaaaaaa", "former_key_id": null }));
    let other = scan(&place, &server.url, &[]).run();
    assert_eq!(other.code, Some(2));
    assert_snapshot!("other_key_stderr", neutral(&other, &server.url));
    server.identity(json!({ "key_id": "aaaaaaaa", "former_key_id": key_id() }));
    let former = scan(&place, &server.url, &[]).run();
    assert_eq!(former.code, Some(1));
    assert_snapshot!("former_key_stderr", neutral(&former, &server.url));
    let stranger = scan(&place, &server.url, &[]).env("STANCH_TOKEN", "another").run();
    assert_eq!(stranger.code, Some(2));
    assert_snapshot!("unknown_token_stderr", neutral(&stranger, &server.url));
    assert_eq!(server.sent().len(), 1);
}

#[test]
fn a_server_that_cannot_be_used_is_refused_before_the_scan() {
    let (place, server) = (project(), Register::new());
    let mut told = Vec::new();
    let mut refused = |stanch: Stanch<'_>| {
        let outcome = stanch.run();
        assert_eq!(outcome.code, Some(2), "{}", outcome.stderr);
        assert!(!place.path("report.xml").exists());
        told.push(outcome.stderr.replace(&server.url, "[server]"));
    };
    refused(scan(&place, "http://stanch.example.org", &[]));
    refused(scan(&place, "https://ada:pass@stanch.example.org", &[]));
    refused(scan(&place, "stanch.example.org", &[]));
    refused(scan(&place, &server.url, &[]).env("STANCH_TOKEN", ""));
    refused(scan(&place, &server.url, &[]).env("STANCH_TOKEN", "two words"));
    refused(scan(&place, &server.url, &["--token-file", "nowhere"]).env("STANCH_TOKEN", ""));
    place.write("../not.pem", "no certificate");
    refused(scan(&place, &server.url, &["--ca-file", "../not.pem"]));
    refused(scan(&place, &server.url, &["-"]));
    place.git(&["remote", "remove", "origin"]);
    refused(scan(&place, &server.url, &["git:."]));
    refused(scan(&place, &server.url, &["--origin", "two\nlines"]));
    assert_snapshot!("server_mistakes", told.join("\n"));
}

#[test]
fn a_token_may_be_in_a_file() {
    let (place, server) = (project(), Register::new());
    place.write("../token", format!("{}\n", server_token()));
    let outcome = scan(&place, &server.url, &["--token-file", "../token"]).env("STANCH_TOKEN", "").run();
    assert_eq!((outcome.code, server.sent().len()), (Some(1), 1), "{}", outcome.stderr);
}

#[test]
fn a_private_authority_vouches_where_it_is_named() {
    let place = project();
    for folder in ["../tls", "../other"] {
        fs::create_dir(place.path(folder)).expect("a folder");
    }
    let server = Register::with_tls(&place.path("../tls"));
    let other = Register::with_tls(&place.path("../other"));
    for args in [&[][..], &["--ca-file", "../other/ca.pem"]] {
        let outcome = scan(&place, &server.url, args).run();
        assert_eq!(outcome.code, Some(1), "{}", outcome.stderr);
        assert!(outcome.stderr.contains("certificate"), "{}", outcome.stderr);
    }
    assert_eq!((server.sent().len(), other.sent().len(), spooled(&place).0.len()), (0, 0, 2));
    let outcome = scan(&place, &server.url, &["--ca-file", "../tls/ca.pem"]).run();
    assert_eq!((outcome.code, server.sent().len()), (Some(1), 3), "{}", outcome.stderr);
}

/// A file that comes with a project could send the token to anybody.
#[test]
fn only_a_file_that_is_named_names_a_server() {
    let (place, server) = (project(), Register::new());
    let file = format!(
        "[server]\nurl = \"{}\"\n\n[origin]\nname = \"acme/tree\"\nenvironment = \"prod\"\n",
        server.url
    );
    place.write("stanch.toml", file);
    let found = scan(&place, "", &[]).run();
    assert_eq!((found.code, server.sent().len()), (Some(1), 0), "{}", found.stderr);
    assert_snapshot!("unheeded_stderr", neutral(&found, &server.url));
    let named = scan(&place, "", &["--config", "stanch.toml"]).run();
    assert_eq!((named.code, server.sent().len()), (Some(1), 1), "{}", named.stderr);
    let origin = server.sent()[0].lines()[0]["origin"].clone();
    assert_eq!(origin, json!({ "kind": "repository", "name": "acme/tree", "environment": "prod" }));
}

/// The variables of a job, the name they give, and whether everybody can read what has it.
type Job<'j> = (&'j [(&'j str, &'j str)], &'j str, bool);

#[test]
fn a_job_is_told_by_its_forge_what_it_scans() {
    let (place, server) = (project(), Register::new());
    let jobs: [Job<'_>; 3] = [
        (
            &[
                ("GITHUB_ACTIONS", "true"),
                ("GITHUB_SERVER_URL", "https://github.acme.net"),
                ("GITHUB_REPOSITORY", "Acme/Till"),
                ("GITHUB_SHA", "1111111111111111111111111111111111111111"),
                ("GITHUB_EVENT_PATH", "../event.json"),
            ],
            "github.acme.net/acme/till",
            false,
        ),
        (
            &[
                ("GITLAB_CI", "true"),
                ("CI_SERVER_HOST", "code.acme.net"),
                ("CI_PROJECT_PATH", "group/sub/till"),
                ("CI_PROJECT_VISIBILITY", "public"),
                ("CI_COMMIT_SHA", "2222222222222222222222222222222222222222"),
            ],
            "code.acme.net/group/sub/till",
            true,
        ),
        (
            &[
                ("BITBUCKET_BUILD_NUMBER", "7"),
                ("BITBUCKET_REPO_FULL_NAME", "acme/till"),
                ("BITBUCKET_REPO_IS_PRIVATE", "true"),
                ("BITBUCKET_COMMIT", "3333333333333333333333333333333333333333"),
            ],
            "bitbucket.org/acme/till",
            false,
        ),
    ];
    place.write("../event.json", json!({ "repository": { "private": true } }).to_string());
    let mut urls = Vec::new();
    for (variables, name, is_public) in jobs {
        let mut stanch = scan(&place, &server.url, &[]);
        for (variable, value) in variables {
            stanch = stanch.env(variable, value);
        }
        let outcome = stanch.run();
        let lines = server.sent().last().expect("a request").lines();
        assert_eq!(lines[0]["origin"]["name"], name, "{}", outcome.stderr);
        assert_eq!(lines[0]["origin"]["public"], is_public);
        urls.push(lines[1]["url"].as_str().expect("an address").to_owned());
    }
    assert_snapshot!("job_urls", urls.join("\n"));
}
