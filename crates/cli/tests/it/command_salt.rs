//! The salt of fingerprints: made once, kept with the project, never shown.

use std::{fs, os::unix::fs::PermissionsExt as _, thread};

use insta::assert_snapshot;
use serde_json::Value;

use crate::{Place, key, place::Outcome};

/// A place that is a Git work tree, as far as it matters here.
fn project() -> Place {
    let place = Place::new();
    place.write(".git/HEAD", "");
    place.write("master", key("m", 1));
    place
}

fn fingerprint(outcome: &Outcome) -> String {
    assert_eq!(outcome.code, Some(1), "{}", outcome.stderr);
    let first = outcome.stdout.lines().next().expect("a finding");
    let line: Value = serde_json::from_str(first).expect("JSON lines");
    line["fingerprint"].as_str().expect("a fingerprint").to_owned()
}

#[test]
fn a_project_keeps_its_salt() {
    let place = project();
    let first = fingerprint(&place.scan(&[]).run());
    assert!(first.starts_with("sf1:salt-"));
    assert_eq!(place.list(".stanch"), [".gitignore", "salt"]);
    assert_eq!(place.read(".stanch/.gitignore"), "salt*\nbypasses.jsonl\n.gitignore\n");
    let salt = fs::metadata(place.path(".stanch/salt")).expect("a salt");
    assert_eq!((salt.len(), salt.permissions().mode() & 0o777), (32, 0o600));
    assert_eq!(fingerprint(&place.scan(&[]).run()), first);
    assert_eq!(place.list("../home"), [""; 0]);
}

#[test]
fn a_folder_of_the_project_has_the_salt_of_its_root() {
    let place = project();
    place.write("deep/acme.toml", place.read("../acme.toml"));
    place.write("deep/file", key("m", 1));
    place.stanch(&["scan"]).current_dir("deep").run();
    assert_eq!(place.list("deep"), ["acme.toml", "file"]);
    assert!(place.path(".stanch/salt").exists());
}

#[test]
fn nothing_is_made_in_another_project() {
    let place = project();
    place.write("../elsewhere/file", "");
    let first = fingerprint(
        &place
            .stanch(&["scan", "--format", "jsonl", "--rules", "../acme.toml", "../work"])
            .current_dir("../elsewhere")
            .run(),
    );
    assert!(!place.path(".stanch").exists());
    assert_eq!(place.list("../home/.local/share/stanch"), [".gitignore", "salt"]);
    place.stanch(&["scan"]).run();
    let own = fingerprint(&place.scan(&["../work"]).current_dir("../elsewhere").run());
    assert_eq!(own, fingerprint(&place.scan(&[]).run()), "a salt that is there is used");
    assert_ne!(own, first);
}

#[test]
fn without_a_project_the_user_has_a_salt() {
    let place = Place::new();
    place.write("master", key("m", 1));
    let data = place.path("../data");
    let first = fingerprint(&place.scan(&[]).env("XDG_DATA_HOME", &data).run());
    assert!(first.starts_with("sf1:salt-") && data.join("stanch/salt").exists());
    assert_eq!(fingerprint(&place.scan(&[]).env("XDG_DATA_HOME", &data).run()), first);
    assert_eq!(place.list("."), ["master"]);
}

#[test]
fn where_the_project_takes_nothing_the_user_has_a_salt() {
    let place = project();
    place.write(".stanch", "a file where the folder would be");
    let first = fingerprint(&place.scan(&[]).run());
    assert_eq!(first, fingerprint(&place.scan(&[]).run()));
    assert!(place.path("../home/.local/share/stanch/salt").exists());
}

#[test]
fn a_link_in_a_project_is_not_followed() {
    let place = project();
    fs::create_dir(place.path("../elsewhere")).expect("a folder");
    std::os::unix::fs::symlink("../elsewhere", place.path(".stanch")).expect("a link");
    place.scan(&[]).run();
    assert_eq!(place.list("../elsewhere"), [""; 0]);
}

#[test]
fn where_nothing_can_be_kept_the_salt_lives_for_one_run() {
    let place = Place::new();
    place.write("master", key("m", 1));
    let run = || place.scan(&[]).env("HOME", "/dev/null").run();
    let (first, second) = (run(), run());
    assert!(fingerprint(&first).starts_with("sf1:once-"));
    assert_ne!(fingerprint(&first), fingerprint(&second));
    assert_snapshot!(first.stderr, @"stanch: no place to keep a salt: the fingerprints of this run compare with those of no other");
}

#[test]
fn a_damaged_salt_is_named_and_not_shown() {
    let place = project();
    place.write(".stanch/salt", "saltsaltsalt");
    let outcome = place.scan(&[]).run();
    assert_eq!((outcome.code, outcome.stdout.as_str()), (Some(2), ""));
    assert_snapshot!(outcome.stderr, @"
    stanch: [root]/work/.stanch/salt: damaged salt: 12 bytes instead of 32
    try: restore the file, or remove it: fingerprints then start anew
    ");
}

#[test]
fn a_salt_that_never_ends_is_not_read() {
    let place = project();
    fs::create_dir(place.path(".stanch")).expect("a folder");
    std::os::unix::fs::symlink("/dev/zero", place.path(".stanch/salt")).expect("a link");
    let outcome = place.scan(&[]).run();
    assert_eq!((outcome.code, outcome.stdout.as_str()), (Some(2), ""));
    assert_snapshot!(outcome.stderr, @"stanch: [root]/work/.stanch/salt: is not a file");
}

#[test]
fn runs_that_start_together_agree() {
    let place = project();
    let prints: Vec<_> = thread::scope(|scope| {
        let runs: Vec<_> =
            (0..8).map(|_| scope.spawn(|| fingerprint(&place.scan(&["master"]).run()))).collect();
        runs.into_iter().map(|run| run.join().expect("no panic")).collect()
    });
    assert!(prints.iter().all(|print| *print == prints[0]), "{prints:?}");
    assert_eq!(place.list(".stanch"), [".gitignore", "salt"]);
}

#[test]
fn linked_work_trees_share_the_salt_of_the_main_one() {
    let place = Place::new();
    place.git(&["init", "-q"]);
    place.write("master", key("m", 1));
    place.git(&["add", "-A"]);
    place.git(&["commit", "-qm", "master"]);
    place.git(&["worktree", "add", "-q", "../linked"]);
    let in_linked = || place.scan(&["--rules", "../acme.toml"]).current_dir("../linked").run();
    let first = fingerprint(&in_linked());
    assert_eq!(fingerprint(&place.scan(&[]).run()), first);
    assert!(place.path(".stanch/salt").exists() && !place.path("../linked/.stanch").exists());

    // One that only claims to be linked has a salt of its own.
    place.write("../claims/.git", format!("gitdir: {}\n", place.path(".git/worktrees/linked").display()));
    place.write("../claims/master", key("m", 1));
    let claimed = fingerprint(&place.scan(&["--rules", "../acme.toml"]).current_dir("../claims").run());
    assert_ne!(claimed, first);
}
