//! No secret is left anywhere: all that takes one is used, and then all that is kept, said or answered is searched.

use std::{fmt::Write as _, fs, path::Path};

use data_encoding::{BASE64, HEXLOWER, HEXUPPER};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::json;
use sha2::Sha256;

use crate::{Place, key, register::Register, served::Served};

/// What GitHub signs with.
const HOOK: &str = "what github knows";
/// What the settings of the server say of it.
const SETTINGS: &str = "[hooks.github]\nsecret_env = \"GITHUB_HOOK\"\n[trail]\nfile = \"trail.jsonl\"\n";

/// The forms in which a secret may be left: as it is, in base64 however it is aligned, in hexadecimal, as URLs have it. The first characters
/// are left out: a preview may show some of them.
fn needles(secret: &str) -> Vec<Vec<u8>> {
    const SHOWN_MAX: usize = 8;
    let middle = &secret[SHOWN_MAX..secret.len() - 2];
    let mut needles = vec![middle.as_bytes().to_vec()];
    for shift in 0..3 {
        // What is before or after it in the same group of three bytes is not known.
        let encoded = BASE64.encode(&[&b"###"[..shift], middle.as_bytes()].concat());
        let (from, until) = ((shift * 8).div_ceil(6), (shift + middle.len()) / 3 * 4);
        needles.push(encoded.as_bytes()[from..until].to_vec());
    }
    needles.push(HEXLOWER.encode(middle.as_bytes()).into_bytes());
    needles.push(HEXUPPER.encode(middle.as_bytes()).into_bytes());
    needles.push(percent(middle).into_bytes());
    needles.push(percent(middle).to_lowercase().into_bytes());
    needles
}

/// Every byte as URLs write it.
fn percent(text: &str) -> String {
    text.bytes().fold(String::new(), |mut all, byte| {
        let _ = write!(all, "%{byte:02X}");
        all
    })
}

/// How many of the needles are in it.
fn hits(hay: &[u8], needles: &[Vec<u8>]) -> usize {
    let is_in = |needle: &&Vec<u8>| hay.windows(needle.len()).any(|window| window == needle.as_slice());
    needles.iter().filter(is_in).count()
}

/// All files below a folder.
fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry")) {
        if entry.file_type().expect("a type").is_dir() {
            found.extend(files(&entry.path()));
        } else {
            found
                .push((entry.path().display().to_string(), fs::read(entry.path()).expect("a readable file")));
        }
    }
    found
}

fn alert(secret: &str, action: &str) -> String {
    json!({
        "action": action,
        "alert": {
            "number": 7, "html_url": "https://git.example/acme/shop/security/secret-scanning/7", "secret_type": "acme",
            "secret": secret, "validity": "active", "publicly_leaked": true, "resolution": "revoked",
        },
        "repository": { "full_name": "acme/shop", "html_url": "https://git.example/acme/shop", "private": true },
        "sender": { "login": "ada" },
    })
    .to_string()
}

/// Sends what GitHub would; gives the answer.
fn hook(served: &Served<'_>, body: &str, key: &str) -> (u16, String) {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).expect("a key");
    mac.update(body.as_bytes());
    let signature = format!("sha256={}", HEXLOWER.encode(&mac.finalize().into_bytes()));
    let request = ureq::post(format!("{}/hooks/github", served.url))
        .config()
        .http_status_as_error(false)
        .build()
        .header("content-type", "application/json")
        .header("x-github-event", "secret_scanning_alert")
        .header("x-hub-signature-256", &signature);
    let mut answer = request.send(body).expect("an answer");
    (answer.status().as_u16(), answer.body_mut().read_to_string().expect("a body"))
}

fn get(served: &Served<'_>, token: &str, path: &str) -> String {
    let request = ureq::get(format!("{}{path}", served.url)).config().http_status_as_error(false).build();
    let mut answer = request.header("authorization", &format!("Bearer {token}")).call().expect("an answer");
    answer.body_mut().read_to_string().expect("a body")
}

/// What the API tells, and what it answers to what is wrong.
const PATHS: [&str; 18] = [
    "/api/v1/leaks",
    "/api/v1/leaks/1",
    "/api/v1/leaks/2",
    "/api/v1/leaks/1/exposures",
    "/api/v1/leaks/2/exposures",
    "/api/v1/leaks?q=acme",
    "/api/v1/incidents",
    "/api/v1/incidents/1",
    "/api/v1/incidents/1/events",
    "/api/v1/incidents/1/tasks",
    "/api/v1/origins",
    "/api/v1/messages",
    "/api/v1/measures",
    "/api/v1/trail?limit=500",
    "/api/v1/tokens",
    "/api/v1/allowances",
    "/api/v1/openapi.json",
    "/metrics",
];

#[test]
fn no_secret_is_left_anywhere() {
    let place = Place::new();
    let served = Served::with(&place, SETTINGS, &[("GITHUB_HOOK", HOOK), ("STANCH_LOG", "trace")]);
    let (scanned, reported, alerted) = (key("m", 1), key("m", 2), key("g", 3));
    let needles: Vec<_> = [&scanned, &reported, &alerted]
        .iter()
        .flat_map(|secret| needles(&secret["acme_m_".len()..]))
        .collect();
    let (ingest, admin) = (served.token("ingest"), served.token("admin"));
    let mut said: Vec<(String, Vec<u8>)> = Vec::new();
    let mut say = |what: &str, text: String| said.push((what.to_owned(), text.into_bytes()));

    place.write("project/app.env", format!("KEY={scanned}\n"));
    let scan = ["scan", "--rules", "../acme.toml", "--origin", "git.example/acme/shop", "-v", "project"];
    let outcome = served.stanch(&scan, &ingest).run();
    assert_eq!(outcome.code, Some(1), "{}", outcome.stderr);
    say("what a scan prints", outcome.stdout + &outcome.stderr);
    // With the server away, what would be sent waits in the spool.
    let away = served.stanch(&scan, &ingest).env("STANCH_SERVER", Register::nobody());
    let away = away.env("STANCH_SPOOL", place.path("../spool")).run();
    say("what a scan prints while the server is away", away.stdout + &away.stderr);
    let report = json!([{
        "RuleID": "acme-master-key", "Description": "a key", "Match": reported, "Secret": reported, "File": "a.env", "StartLine": 1,
        "EndLine": 1, "StartColumn": 1, "EndColumn": 9, "Commit": "", "Author": "", "Email": "", "Date": "", "Message": "", "Tags": [],
        "Fingerprint": "a.env:acme-master-key:1",
    }]);
    let send = ["send", "-", "--from", "gitleaks", "--origin", "git.example/acme/api"];
    let sent = served.stanch(&send, &ingest).stdin(report.to_string()).run();
    assert_eq!(sent.code, Some(0), "{}", sent.stderr);
    say("what send prints", sent.stdout + &sent.stderr);
    for (action, key, status) in [
        ("created", HOOK, 200),
        ("publicly_leaked", HOOK, 200),
        ("resolved", HOOK, 200),
        ("created", "wrong", 401),
    ] {
        let (answered, body) = hook(&served, &alert(&alerted, action), key);
        assert_eq!(answered, status, "{body}");
        say("what a webhook is answered", body);
    }
    let broken = hook(&served, &alert(&alerted, "created").replace("\"sender\"", "sender"), HOOK);
    assert_eq!(broken.0, 400);
    say("what a broken webhook is answered", broken.1);

    let token = place.read(&admin);
    for path in PATHS {
        say(path, get(&served, token.trim_end(), path));
    }
    let leaks = get(&served, token.trim_end(), "/api/v1/leaks");
    assert_eq!(leaks.matches("\"fingerprint\"").count(), 3, "all three are there: {leaks}");
    for args in [&["incident", "list", "--all"][..], &["incident", "show", "1", "--format", "json"]] {
        let outcome = served.stanch(args, &admin).run();
        say("what incident prints", outcome.stdout + &outcome.stderr);
    }
    let backup = ["register", "backup", "../backup.jsonl", "--data", Served::DATA, "--with-keys"];
    let outcome = place.stanch(&backup).run();
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    said.push(("a backup".to_owned(), place.read("../backup.jsonl").into_bytes()));
    // The database while the server has it open, with what is written ahead.
    said.extend(files(&place.path(Served::DATA)));
    said.extend(files(&place.path("../spool")));
    let log = served.stop();
    said.push(("the log of the server".to_owned(), log.into_bytes()));
    said.extend(files(&place.path(Served::DATA)));

    for file in ["register.db-wal", "trail.jsonl", "/metrics"] {
        assert!(said.iter().any(|(what, _)| what.ends_with(file)), "{file} is searched as well");
    }
    let found: Vec<_> =
        said.iter().filter(|(_, text)| hits(text, &needles) > 0).map(|(what, _)| what.as_str()).collect();
    assert!(found.is_empty(), "a secret is left in {found:?}");
}

#[test]
fn the_search_finds_what_is_planted() {
    let secret = &key("m", 1)["acme_m_".len()..];
    let needles = needles(secret);
    for (before, after) in [("", ""), ("k", "x"), ("ke", ""), ("key", "=1")] {
        let text = [before, secret, after].concat();
        let url = percent(&text);
        let planted = [
            text.clone().into_bytes(),
            BASE64.encode(text.as_bytes()).into_bytes(),
            HEXLOWER.encode(text.as_bytes()).into_bytes(),
            HEXUPPER.encode(text.as_bytes()).into_bytes(),
            url.to_lowercase().into_bytes(),
            url.into_bytes(),
        ];
        for planted in planted {
            let hay = [&b"\x00SQLite "[..], &planted, b"\xff"].concat();
            assert!(hits(&hay, &needles) > 0, "{}", String::from_utf8_lossy(&planted));
        }
    }
    assert_eq!(hits(b"acme_m_ and its preview", &needles), 0);
}
