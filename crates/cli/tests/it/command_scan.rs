//! What is scanned, and what the exit code says of it.

use std::os::unix::fs::symlink;

use insta::assert_snapshot;
use serde_json::Value;

use crate::{Place, key};

#[test]
fn a_key_and_its_id_are_one_finding() {
    let place = Place::new();
    let (id, session) = ("acme_i_k3w9x5rt", key("s", 2));
    place.write("master", format!("id = {id}\nkey = {}\nsession = {session}\n", key("m", 1)));
    let outcome = place.stanch(&["scan", "--rules", "../acme.toml", "--format", "jsonl"]).run();
    assert_eq!(outcome.found(), ["acme-master-key master"]);
    let finding: Value =
        serde_json::from_str(outcome.stdout.lines().next().expect("a finding")).expect("JSON");
    let part = |number: usize, fields: &[&str]| {
        fields.iter().map(|field| finding["parts"][number][field].to_string()).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(
        part(0, &["name", "value", "secret", "fingerprint", "line", "column"]),
        format!("\"key-id\" \"{id}\" false null 1 6")
    );
    assert_eq!(part(1, &["name", "value", "secret", "line"]), "\"session\" \"acme_s_********\" true 3");
    let told = place.stanch(&["scan", "--rules", "../acme.toml"]).run().stdout;
    assert!(told.contains(&format!("with key-id={id}, session=acme_s_********")), "{told}");
}

#[test]
fn an_empty_folder_is_clean() {
    let outcome = Place::new().scan(&[]).run();
    assert_eq!((outcome.code, outcome.found().len(), outcome.stderr.as_str()), (Some(0), 0, ""));
}

#[test]
fn findings_fail_the_run_at_and_above_the_failing_severity() {
    let place = Place::new();
    place.write("guest", key("g", 1));
    let code = |args: &[&str]| place.scan(args).run().code;
    assert_eq!(code(&[]), Some(1));
    assert_eq!(code(&["--fail-on", "low"]), Some(1));
    assert_eq!(code(&["--fail-on", "medium"]), Some(0));
    place.write("master", key("m", 1));
    assert_eq!(code(&["--fail-on", "critical"]), Some(1));
    assert_eq!(code(&["--fail-on", "never"]), Some(0));
    assert_eq!(code(&["--exit-zero"]), Some(0));
}

#[test]
fn a_test_key_is_told_and_never_grave() {
    let place = Place::new();
    let marks = "class_marks = { test = [\"acme_m_t\"] }\nseverity = \"critical\"";
    place.write("../classes.toml", place.read("../acme.toml").replace("severity = \"critical\"", marks));
    place.write("live", &key("m", 1).replacen("acme_m_", "acme_m_l", 1)[..31]);
    place.write("test", &key("m", 1).replacen("acme_m_", "acme_m_t", 1)[..31]);
    let outcome = place.stanch(&["scan", "--format", "jsonl", "--rules", "../classes.toml"]).run();
    let told: Vec<_> = outcome
        .stdout
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).expect("JSON"))
        .filter(|line| line["type"] == "finding")
        .map(|line| (line["severity"].clone(), line["class"].clone()))
        .collect();
    assert_eq!(told, [("critical".into(), Value::Null), ("medium".into(), "test".into())]);
}

#[test]
fn what_we_are_not_sure_of_is_left_out_on_request() {
    let place = Place::new();
    place.write("guest", key("g", 1));
    let outcome = place.scan(&["--min-confidence", "medium"]).run();
    assert_eq!((outcome.code, outcome.found().len()), (Some(0), 0));
}

#[test]
fn gaps_fail_only_strict_runs() {
    let place = Place::new();
    // It can be opened, and reading it fails for every user.
    let unreadable = "/proc/self/mem";
    let lenient = place.scan(&[unreadable]).run();
    assert_eq!((lenient.code, lenient.stderr.as_str()), (Some(0), ""));
    assert!(lenient.stdout.contains(r#""reason":"unreadable""#), "{}", lenient.stdout);
    let strict = place.scan(&["--strict", "-v", unreadable]).run();
    assert_eq!(strict.code, Some(2));
    assert!(strict.stderr.contains("stanch: /proc/self/mem: skipped mem: unreadable: "), "{}", strict.stderr);
}

#[test]
fn standard_input_is_a_target() {
    let outcome = Place::new().scan(&["-"]).stdin(key("m", 1)).run();
    assert_eq!((outcome.code, outcome.found()), (Some(1), vec!["acme-master-key -".to_owned()]));
}

#[test]
fn several_targets_are_reported_in_the_order_given() {
    let place = Place::new();
    place.write("b/one", key("m", 1));
    place.write("a/two", key("m", 2));
    let outcome = place.scan(&["b", "-", "fs:a"]).stdin(key("g", 1)).run();
    assert_eq!(outcome.found(), ["acme-master-key one", "acme-guest-key -", "acme-master-key two"]);
}

#[test]
fn ignored_files_are_scanned_on_request() {
    let place = Place::new();
    place.write(".git/HEAD", "");
    place.write(".gitignore", "built\n");
    place.write("built", key("m", 1));
    assert!(place.scan(&[]).run().found().is_empty());
    assert_eq!(place.scan(&["--no-ignore"]).run().found(), ["acme-master-key built"]);
}

#[test]
fn files_are_left_out_by_name_and_size() {
    let place = Place::new();
    place.write("small", key("m", 1));
    place.write("large", key("m", 2) + &" ".repeat(2000));
    assert_eq!(place.scan(&["--max-file-size", "1K"]).run().found(), ["acme-master-key small"]);
    assert_eq!(place.scan(&["--exclude", "sm*"]).run().found(), ["acme-master-key large"]);
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let place = Place::new();
    for number in 0..200 {
        place.write(
            &format!("{}/{number}", number % 7),
            format!("{}\n{}", key("m", number), key("g", number / 2)),
        );
    }
    let report = |threads: &str| {
        let outcome = place.scan(&["--threads", threads]).run();
        assert_eq!((outcome.code, outcome.found().len()), (Some(1), 400));
        let untimed = |line: &str| {
            let mut line: Value = serde_json::from_str(line).expect("JSON lines");
            line.pointer_mut("/coverage/duration_ms").map(Value::take);
            line
        };
        outcome.stdout.lines().map(untimed).collect::<Vec<_>>()
    };
    assert_eq!(report("1"), report("7"));
}

#[test]
fn a_disabled_rule_finds_nothing() {
    let place = Place::new();
    place.write("keys", format!("{}\n{}", key("m", 1), key("g", 1)));
    assert_eq!(place.scan(&["--disable", "acme-master-key"]).run().found(), ["acme-guest-key keys"]);
}

#[test]
fn threads_have_a_limit() {
    let outcome = Place::new().scan(&["-j", "100000"]).run();
    assert_eq!(outcome.code, Some(2));
    assert_snapshot!(outcome.stderr, @"stanch: threads: 100000 are more than the limit of 256");
}

#[test]
fn the_name_of_a_file_commands_no_terminal() {
    let place = Place::new();
    symlink("nowhere", place.path("a\u{1b}[2Jb\nc")).expect("a link");
    let outcome = place.stanch(&["scan", "--verbose"]).run();
    assert!(outcome.stdout.contains("no gaps, 1 item not followed"), "{}", outcome.stdout);
    assert!(outcome.stderr.contains(r"skipped a\u{1b}[2Jb\nc: symlink"), "{}", outcome.stderr);
}
