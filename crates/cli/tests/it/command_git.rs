//! Scans of a repository, whole and in parts.

use std::process::{Command, Stdio};

use crate::{Place, key};

/// Runs `git` in the working folder, without regard to the settings of user and machine.
fn git(place: &Place, args: &[&str], index: Option<&str>) {
    let mut command = Command::new("git");
    command
        .current_dir(place.path("."))
        .args(["-c", "user.name=Ada", "-c", "user.email=ada@example.org"])
        .args(args)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .stdout(Stdio::null());
    index.map(|index| command.env("GIT_INDEX_FILE", index));
    assert!(command.status().expect("git is installed").success(), "git {args:?}");
}

fn commit(place: &Place, file: &str, content: String) {
    place.write(file, content);
    git(place, &["add", file], None);
    git(place, &["commit", "--quiet", "--message", file], None);
}

/// Two commits on main, the second of which takes a key away, and one on a branch that left after the first.
fn history() -> Place {
    let place = Place::new();
    git(&place, &["init", "--quiet", "--initial-branch=main"], None);
    commit(&place, "old", key("m", 1));
    git(&place, &["switch", "--quiet", "--create", "side"], None);
    commit(&place, "side", key("m", 2));
    git(&place, &["switch", "--quiet", "main"], None);
    place.write("old", "gone");
    git(&place, &["add", "old"], None);
    commit(&place, "new", key("g", 3));
    place
}

#[track_caller]
fn assert_finds(place: &Place, args: &[&str], expected: &[&str]) {
    let outcome = place.scan(args).run();
    assert_eq!(outcome.found(), expected, "{args:?}: {}", outcome.stderr);
    assert_eq!(outcome.code, Some(i32::from(!expected.is_empty())), "{args:?}: {}", outcome.stderr);
}

#[test]
fn history_holds_what_the_files_no_longer_do() {
    let place = history();
    assert_finds(&place, &["."], &["acme-guest-key new"]);
    assert_finds(&place, &["git:."], &["acme-guest-key new", "acme-master-key old", "acme-master-key side"]);
}

#[test]
fn parts_of_a_history_are_scanned_on_request() {
    let place = history();
    assert_finds(&place, &["--branch", "side"], &["acme-master-key old", "acme-master-key side"]);
    assert_finds(&place, &["--range", "main~1..main"], &["acme-guest-key new"]);
    assert_finds(&place, &["--range", "main..side"], &["acme-master-key side"]);
    assert_finds(&place, &["--since", "main~1", "--branch", "main"], &["acme-guest-key new"]);
    assert_finds(
        &place,
        &["--since", "2000-01-01", "--branch", "main"],
        &["acme-guest-key new", "acme-master-key old"],
    );
    assert_finds(&place, &["--since", "2099-01-01"], &[]);
}

#[test]
fn what_is_staged_is_scanned_and_nothing_else() {
    let place = history();
    place.write("staged", key("m", 4));
    place.write("loose", key("m", 5));
    assert_finds(&place, &["--staged"], &[]);
    git(&place, &["add", "staged"], None);
    assert_finds(&place, &["--staged"], &["acme-master-key staged"]);
}

#[test]
fn a_hook_is_told_the_index_of_the_commit() {
    let place = history();
    place.write("staged", key("m", 4));
    place.write("committed", key("m", 5));
    git(&place, &["add", "staged"], None);
    git(&place, &["read-tree", "HEAD"], Some(".git/next-index"));
    git(&place, &["add", "committed"], Some(".git/next-index"));
    let outcome = place.scan(&["--staged"]).env("GIT_INDEX_FILE", ".git/next-index").run();
    assert_eq!(outcome.found(), ["acme-master-key committed"], "{}", outcome.stderr);
}

#[test]
fn wrong_parts_are_refused_before_the_scan() {
    let place = history();
    for (flag, value) in [("--since", "the day of days"), ("--branch", "nope"), ("--range", "nope..main")] {
        let outcome = place.scan(&[flag, value]).run();
        assert_eq!((outcome.code, outcome.stdout.as_str()), (Some(2), ""));
        assert!(outcome.stderr.contains(&flag[2..]) && !outcome.stderr.contains(value), "{}", outcome.stderr);
    }
}
