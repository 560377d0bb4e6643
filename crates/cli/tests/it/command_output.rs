//! Where reports go.

use std::{fs, io::Read as _, os::unix::fs::PermissionsExt as _, process::Command};

use insta::assert_snapshot;

use crate::{Place, key};

fn with_key() -> Place {
    let place = Place::new();
    place.write("master", key("m", 1));
    place
}

#[test]
fn a_report_goes_to_the_file_named() {
    for args in [
        &["--format", "jsonl=out.jsonl"][..],
        &["--format", "jsonl", "-o", "out.jsonl"],
        &["-o", "out.jsonl", "--format", "jsonl"],
        &["-o", "out.jsonl"],
    ] {
        let place = with_key();
        let outcome = place.stanch(&["scan", "--rules", "../acme.toml"]).args(args).run();
        assert_eq!((outcome.code, outcome.stdout.as_str()), (Some(1), ""), "{args:?}");
        assert_eq!(outcome.stderr, "stanch: findings: 1, blobs scanned: 1; report in out.jsonl\n");
        assert!(place.read("out.jsonl").contains("acme-master-key"));
    }
}

#[test]
fn several_reports_are_written_at_once() {
    let place = with_key();
    let args =
        ["scan", "--rules", "../acme.toml", "--format", "jsonl=a", "--format", "jsonl", "--format", "jsonl"];
    let outcome = place.stanch(&args).args(&["-o", "b"]).run();
    assert_eq!(outcome.found(), ["acme-master-key master"]);
    assert_eq!([place.read("a"), place.read("b")], [outcome.stdout.clone(), outcome.stdout]);
}

#[test]
fn two_reports_for_one_place_are_refused() {
    let outcome = with_key().stanch(&["scan", "--format", "jsonl", "--format", "jsonl"]).run();
    assert_eq!(outcome.code, Some(2));
    assert_snapshot!(outcome.stderr, @"
    stanch: standard output: only one report fits there
    try: --format jsonl=FILE for all but one of them
    ");
}

#[test]
fn mistakes_are_found_before_the_scan() {
    let place = with_key();
    let failure = |file: &str| place.scan(&["-o", file]).run().stderr;
    assert_snapshot!(failure("no/where.jsonl"), @"stanch: no/where.jsonl: there is no folder no");
    assert_snapshot!(failure("."), @"stanch: .: is a folder, not a file");
    let unnamed = place.stanch(&["scan", "-o", "report.papyrus"]).run();
    assert_eq!(unnamed.code, Some(2));
    assert!(unnamed.stderr.starts_with("stanch: report.papyrus: no format is named \"papyrus\""));
}

#[test]
fn a_report_is_for_its_owner_only() {
    let place = with_key();
    place.write("out.jsonl", "an older report");
    place.scan(&["-o", "out.jsonl"]).run();
    let mode = fs::metadata(place.path("out.jsonl")).expect("a file").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(place.list("."), ["master", "out.jsonl"]);
}

#[test]
fn a_link_stays_a_link() {
    let place = with_key();
    place.write("real", "an older report");
    std::os::unix::fs::symlink("real", place.path("link")).expect("a link");
    place.scan(&["-o", "link", "master"]).run();
    assert!(fs::symlink_metadata(place.path("link")).expect("a link").is_symlink());
    assert!(place.read("real").contains("acme-master-key"));
}

#[test]
fn a_full_disk_is_named() {
    let place = with_key();
    let file = place.scan(&["-o", "/dev/full"]).run();
    assert_eq!(file.code, Some(2));
    assert!(
        file.stderr.contains("stanch: /dev/full: No space left on device (os error 28)\n"),
        "{}",
        file.stderr
    );
    let stdout = place.scan(&[]).stdout("/dev/full").run();
    assert_eq!(stdout.code, Some(2));
    assert_eq!(stdout.stderr, "stanch: standard output: No space left on device (os error 28)\n");
    let help = place.stanch(&["--help"]).stdout("/dev/full").run();
    assert_eq!(help.code, Some(2));
}

#[test]
fn a_run_that_fails_leaves_the_older_report() {
    let place = Place::new();
    let keys: String = (0..100).map(|number| key("m", number) + "\n").collect();
    place.write("keys", keys);
    place.write("out.jsonl", "an older report");
    // Files of this shell's children end after one block, as on a full disk.
    let script = "trap '' XFSZ; ulimit -f 1; exec \"$@\"";
    let run = Command::new("sh")
        .args(["-c", script, "sh", env!("CARGO_BIN_EXE_stanch"), "scan", "keys", "--rules", "../acme.toml"])
        .args(["-o", "out.jsonl"])
        .env("HOME", place.path("../home"))
        .current_dir(place.path("."))
        .output()
        .expect("a shell");
    assert_eq!(run.status.code(), Some(2));
    let said = String::from_utf8_lossy(&run.stderr);
    assert!(said.contains("stanch: out.jsonl: File too large (os error 27)\n"), "{said}");
    assert_eq!((place.read("out.jsonl").as_str(), place.list(".").len()), ("an older report", 2));
}

#[test]
fn a_reader_that_leaves_is_no_error() {
    let place = Place::new();
    let mut child = place.scan(&["-"]).spawn();
    drop(child.stdout.take());
    let mut stdin = child.stdin.take().expect("a pipe");
    std::io::Write::write_all(&mut stdin, key("m", 1).as_bytes()).expect("an open pipe");
    drop(stdin);
    let mut said = String::new();
    child.stderr.take().expect("a pipe").read_to_string(&mut said).expect("text");
    assert_eq!((child.wait().expect("an end").code(), said.as_str()), (Some(1), ""));
}

#[test]
fn pipes_get_no_colours_unless_asked() {
    let place = with_key();
    let escapes = |args: &[&str]| {
        let outcome = place.stanch(args).run();
        [outcome.stdout.contains('\x1b'), outcome.stderr.contains('\x1b')]
    };
    assert_eq!(escapes(&["rules", "list"]), [false, false]);
    assert_eq!(escapes(&["scan", "nowhere"]), [false, false]);
    assert_eq!(escapes(&["rules", "list", "--color", "always"]), [true, false]);
    assert_eq!(escapes(&["scan", "nowhere", "--color", "always"]), [false, true]);
}

#[test]
fn quiet_runs_say_nothing_but_errors() {
    let place = with_key();
    let quiet = place.scan(&["-q", "-o", "out.jsonl"]).run();
    assert_eq!((quiet.code, quiet.stdout.as_str(), quiet.stderr.as_str()), (Some(1), "", ""));
    assert!(place.scan(&["-q", "nowhere"]).run().stderr.starts_with("stanch: nowhere"));
}
