//! Work on a register without its server: its trail is checked, it is backed up and restored.

use std::fs;

use insta::assert_snapshot;
use jiff::Timestamp;
use stanch_model::Actor;
use stanch_store::{Database, Event, Store, StoreError};

use crate::{Place, place::Outcome};

/// A register in the folder `data` with three entries in its trail.
fn place() -> Place {
    let place = Place::new();
    fs::create_dir(place.path("data")).expect("a folder");
    let store = open(&place, "data");
    for n in 1..=3 {
        let at = Timestamp::from_second(1_800_000_000 + n).expect("a time");
        let event = Event::new(at, &Actor::stanch("test"), "test").reason(format!("no. {n}"));
        let done = store.write(|tx| {
            tx.record(event.clone());
            Ok::<_, StoreError>(())
        });
        done.expect("recorded");
    }
    place
}

fn open(place: &Place, folder: &str) -> Store {
    Store::open(&Database::Sqlite(place.path(folder).join("register.db"))).expect("a register")
}

fn spoil(place: &Place, sql: &str) {
    open(place, "data").write(|tx| tx.execute(sql, &[])).expect("spoilt");
}

#[track_caller]
fn verify(place: &Place, more: &[&str]) -> Outcome {
    let args = [&["audit", "verify", "--data", "data"], more].concat();
    place.stanch(&args).run()
}

/// The head as a run told it.
fn head(outcome: &Outcome) -> String {
    let line = outcome.stdout.lines().find_map(|line| line.strip_prefix("head ")).expect("a head");
    line.to_owned()
}

#[test]
fn help() {
    let output = |args: &[&str]| Place::new().stanch(args).run().stdout;
    assert_snapshot!("help_audit_verify", output(&["audit", "verify", "--help"]));
    assert_snapshot!("help_register_backup", output(&["register", "backup", "--help"]));
    assert_snapshot!("help_register_restore", output(&["register", "restore", "--help"]));
}

#[test]
fn a_whole_trail_is_said_to_be_whole() {
    let place = place();
    let outcome = verify(&place, &[]);
    assert_eq!(outcome.code, Some(0));
    assert_snapshot!("trail_whole", outcome.stdout);
    let anchor = head(&outcome);
    assert_eq!(verify(&place, &["--expect-head", &anchor]).code, Some(0));
    let other = anchor.replace("3:", "2:");
    let outcome = verify(&place, &["--expect-head", &other]);
    assert_eq!(outcome.code, Some(1));
    assert!(
        outcome.stdout.ends_with("✗ entry 2 of the audit trail is not the one that was expected\n"),
        "{}",
        outcome.stdout
    );
    assert_eq!(verify(&place, &["--expect-head", "3:abc"]).code, Some(2));
}

#[test]
fn the_first_entry_that_does_not_fit_is_named() {
    let spoilt = |sql: &str, more: &[&str]| {
        let place = place();
        spoil(&place, sql);
        let outcome = verify(&place, more);
        assert_eq!(outcome.code, Some(1), "{sql}");
        outcome.stdout
    };
    let all = [
        spoilt("UPDATE events SET reason = 'other' WHERE seq = 2", &[]),
        spoilt("DELETE FROM events WHERE seq = 2", &[]),
        spoilt("DELETE FROM events WHERE seq = 3", &[]),
    ];
    assert_snapshot!("trail_broken", all.join("\n"));
    // Whoever changes the head, too, is found by one who kept it.
    let place = place();
    let anchor = head(&verify(&place, &[]));
    let hash = open(&place, "data").read(|tx| tx.trail_from(2, 1)).expect("an entry").remove(0).hash;
    spoil(&place, "DELETE FROM events WHERE seq = 3");
    spoil(&place, &format!("UPDATE trail_head SET seq = 2, hash = '{hash}'"));
    assert_eq!(verify(&place, &[]).code, Some(0), "nothing in it tells");
    let outcome = verify(&place, &["--expect-head", &anchor]);
    assert!(
        outcome.stdout.ends_with("✗ the audit trail ends at entry 2, and entry 3 was expected\n"),
        "{}",
        outcome.stdout
    );
}

#[test]
fn what_is_not_there_is_not_made() {
    let place = Place::new();
    let outcome = verify(&place, &[]);
    assert_eq!(outcome.code, Some(2));
    assert_eq!(outcome.stderr, "stanch: data: there is no such folder\n");
    fs::create_dir(place.path("data")).expect("a folder");
    let outcome = verify(&place, &[]);
    assert_eq!(outcome.stderr, "stanch: data/register.db: there is no such database\n");
    assert!(place.list("data").is_empty());
}

#[test]
fn a_register_is_backed_up_and_restored() {
    let place = place();
    place.write("data/server.key", "a key\n");
    place.write("data/fingerprint.key", "another\n");
    let run = |args: &[&str]| {
        let outcome = place.stanch(args).run();
        (outcome.code, outcome.stdout, outcome.stderr)
    };
    let (code, stdout, stderr) = run(&["register", "backup", "one.jsonl", "--data", "data"]);
    assert_eq!(code, Some(0), "{stderr}");
    assert_snapshot!("backup", format!("{stdout}{stderr}"));
    let (code, _, stderr) = run(&["register", "backup", "one.jsonl", "--data", "data"]);
    assert_eq!((code, stderr.as_str()), (Some(2), "stanch: one.jsonl: there is such a file already\n"));
    let (code, stdout, stderr) = run(&["register", "restore", "one.jsonl", "--data", "new"]);
    assert_eq!(code, Some(0), "{stderr}");
    assert!(
        stdout.starts_with(
            "new/register.db: 0 leaks, 0 incidents, 3 entries of the audit trail, whole up to 3:"
        ),
        "{stdout}"
    );
    assert!(stderr.contains("there are no keys in it"), "{stderr}");
    assert_eq!(place.list("new"), ["register.db"]);
    let (code, _, stderr) = run(&["register", "restore", "one.jsonl", "--data", "new"]);
    assert_eq!(code, Some(2));
    assert!(stderr.contains("there is a register already"), "{stderr}");
    let whole = place.stanch(&["audit", "verify", "--data", "new"]).run();
    assert_eq!(head(&whole), head(&verify(&place, &[])));

    assert_eq!(run(&["register", "backup", "two.jsonl", "--data", "data", "--with-keys"]).0, Some(0));
    assert_eq!(run(&["register", "restore", "two.jsonl", "--data", "other"]).0, Some(0));
    assert_eq!(place.list("other"), ["fingerprint.key", "register.db", "server.key"]);
    assert_eq!(place.read("other/server.key"), "a key\n");
    let cut = place.read("two.jsonl").replacen("no. 2", "no. 5", 1);
    place.write("three.jsonl", cut);
    let (code, _, stderr) = run(&["register", "restore", "three.jsonl", "--data", "third"]);
    assert_eq!(code, Some(2));
    assert!(stderr.contains("entry 2 of the audit trail was changed"), "{stderr}");
    assert!(place.list("third").is_empty());
}
