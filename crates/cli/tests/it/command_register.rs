//! `stanch register`: work on a register where it lies.

use insta::assert_snapshot;

use crate::{Place, key, served::Served};

const DATA: [&str; 2] = ["--data", "../data"];

fn token(place: &Place, args: &[&str]) -> crate::place::Outcome {
    place.stanch(&["register", "token"]).args(args).args(&DATA).run()
}

#[test]
fn a_token_is_made_without_a_server_and_shown_once() {
    let place = Place::new();
    let made = token(&place, &["--name", "ci", "--scope", "ingest,read", "--days", "7"]);
    assert_eq!(made.code, Some(0), "{}", made.stderr);
    let text = made.stdout.trim_end();
    assert!(text.starts_with("stn_") && text.len() == 62, "the token alone");
    assert!(made.stderr.starts_with("stanch: token 1 for ci: ingest, read, until 20"), "{}", made.stderr);
    assert!(!made.stderr.contains(text));
}

#[test]
fn what_makes_no_sense_is_refused() {
    let place = Place::new();
    let refused = [
        token(&place, &["--name", " ", "--scope", "ingest"]),
        token(&place, &["--name", "ci", "--scope", "ingest", "--team", "shop"]),
        token(&place, &["--name", "ci", "--scope", "everything"]),
        token(&place, &["--name", "ci", "--scope", "read", "--days", "400"]),
        token(&place, &["--name", "ci", "--scope", "read", "--database", "mysql://db"]),
    ];
    assert!(refused.iter().all(|outcome| outcome.code == Some(2) && outcome.stdout.is_empty()));
    let told: Vec<_> = refused.iter().map(|outcome| outcome.stderr.as_str()).collect();
    assert_snapshot!("register_token_refused", told.join("\n"));
}

#[test]
fn help() {
    assert_snapshot!("help_register", Place::new().stanch(&["register", "--help"]).run().stdout);
    assert_snapshot!(
        "help_register_token",
        Place::new().stanch(&["register", "token", "--help"]).run().stdout
    );
}

#[test]
fn a_leak_is_scanned_sent_and_listed_by_the_real_server() {
    let place = Place::new();
    let served = Served::start(&place);
    let (ingest, respond) = (served.token("ingest"), served.token("respond"));
    place.write("project/app.env", format!("KEY={}\n", key("m", 1)));
    let scan = ["scan", "--rules", "../acme.toml", "--origin", "git.example/acme/shop", "project"];
    let scanned = served.stanch(&scan, &ingest).run();
    assert_eq!(scanned.code, Some(1), "{}", scanned.stderr);
    let again = served.stanch(&scan, &ingest).run();
    assert_eq!(again.code, Some(1), "{}", again.stderr);
    let listed = served.stanch(&["incident", "list"], &respond).run();
    assert_eq!(listed.code, Some(0), "{}", listed.stderr);
    assert_eq!(listed.stdout.lines().count(), 1, "one leak, one incident: {}", listed.stdout);
    assert!(listed.stdout.contains("acme-master-key"), "{}", listed.stdout);
    let log = served.stop();
    assert!(!log.contains(&key("m", 1)[7..]), "the server never sees the secret");
}
