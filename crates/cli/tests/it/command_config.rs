//! `stanch.toml` and the environment.

use insta::assert_snapshot;

use crate::{Place, key};

fn failure(config: &str) -> String {
    let place = Place::new();
    place.write("stanch.toml", config);
    let outcome = place.stanch(&["scan"]).run();
    assert_eq!((outcome.code, outcome.stdout.as_str()), (Some(2), ""));
    outcome.stderr
}

#[test]
fn mistakes_name_file_line_and_field() {
    assert_snapshot!(failure("[scan]\nstrict = true\nfail-on = \"low\"\n"), @r#"stanch: stanch.toml:3: fail-on: unknown field `fail-on`, expected one of `format`, `output`, `fail_on`, `fail_on_confidence`, `min_confidence`, `exit_zero`, `strict`, `threads`, `simd`"#);
    assert_snapshot!(failure("[scan]\nfail_on = \"dire\"\n"), @r#"stanch: stanch.toml:2: fail_on: unknown severity: expected one of low, medium, high, critical, never"#);
    assert_snapshot!(failure("[scan]\nthreads = 0\n"), @r#"stanch: stanch.toml:2: threads: invalid value: integer, expected a nonzero usize"#);
    let format = failure("[scan]\nformat = [\"jsonl\", \"papyrus\"]\n");
    assert!(format.starts_with("stanch: stanch.toml:2: format: unknown format: expected one of "));
    assert_snapshot!(failure("[sacn]\n"), @r#"stanch: stanch.toml:1: unknown field `sacn`, expected one of `console`, `scan`, `rules`, `identity`, `allow`, `guard`, `server`, `origin`, `sources`"#);
    assert_snapshot!(failure("scan\n"), @r#"stanch: stanch.toml:1: key with no value, expected `=`"#);
    assert_snapshot!(failure("[sources.fs]\nno_ingore = true\n"), @r#"stanch: stanch.toml: [sources.fs]: unknown field `no_ingore`, expected one of `no_ignore`, `max_file_bytes`, `exclude`"#);
    assert_snapshot!(failure("[sources.gti]\nsince = \"2026-01-01\"\n"), @r#"stanch: stanch.toml: [sources.gti]: unknown source: expected one of fs, git, stdin"#);
}

#[test]
fn the_nearest_file_upward_counts() {
    let place = Place::new();
    place.write("deep/er/guest", key("g", 1));
    place.write("acme.toml", place.read("../acme.toml"));
    place.write(
        "stanch.toml",
        "[scan]\nexit_zero = true\nformat = [\"jsonl\"]\n[rules]\nfiles = [\"acme.toml\"]\n",
    );
    let outcome = place.stanch(&["scan"]).current_dir("deep/er").run();
    assert_eq!((outcome.code, outcome.found()), (Some(0), vec!["acme-guest-key guest".to_owned()]));
    let without = place.stanch(&["scan", "--no-config", "--format", "jsonl"]).current_dir("deep/er").run();
    assert!(without.found().is_empty());
}

#[test]
fn what_is_typed_goes_before_the_variable_and_that_before_the_file() {
    let place = Place::new();
    place.write("guest", key("g", 1));
    place.write("stanch.toml", "[scan]\nfail_on = \"high\"\n");
    assert_eq!(place.scan(&[]).run().code, Some(0));
    assert_eq!(place.scan(&[]).env("STANCH_FAIL_ON", "low").run().code, Some(1));
    assert_eq!(place.scan(&["--fail-on", "never"]).env("STANCH_FAIL_ON", "low").run().code, Some(0));
}

#[test]
fn a_run_fails_on_what_is_grave_and_sure_enough() {
    let place = Place::new();
    place.write("guest", key("g", 1));
    let code = |args: &[&str]| place.scan(args).run().code;
    assert_eq!(code(&["--fail-on-confidence", "low"]), Some(1));
    assert_eq!(code(&["--fail-on-confidence", "medium"]), Some(0));
    assert_eq!(code(&["--fail-on-confidence", "0.6"]), Some(0));
    place.write("master", key("m", 1));
    assert_eq!(code(&["--fail-on-confidence", "high"]), Some(1));
    assert_eq!(code(&["--fail-on-confidence", "certain"]), Some(0));
    place.write("stanch.toml", "[scan]\nfail_on_confidence = \"certain\"\n");
    assert_eq!(place.scan(&[]).run().code, Some(0));
    assert_eq!(place.scan(&["--fail-on-confidence", "0.9"]).run().code, Some(1));
    assert_eq!(place.scan(&[]).run().found().len(), 2, "both are reported");
}

#[test]
fn switches_can_be_set_from_the_environment() {
    let place = Place::new();
    place.write("guest", key("g", 1));
    for (value, code) in [("1", 0), ("true", 0), ("no", 1)] {
        assert_eq!(place.scan(&[]).env("STANCH_EXIT_ZERO", value).run().code, Some(code), "{value}");
    }
}

#[test]
fn settings_of_a_source_reach_it_and_flags_go_before_them() {
    let place = Place::new();
    place.write("small", key("m", 1));
    place.write("large", key("m", 2) + &" ".repeat(2000));
    place.write("stanch.toml", "[sources.fs]\nmax_file_bytes = 1024\n");
    assert_eq!(place.scan(&[]).run().found(), ["acme-master-key small"]);
    assert_eq!(place.scan(&["--max-file-size", "1M"]).run().found().len(), 2);
}

#[test]
fn a_file_that_was_found_may_not_write_outside_its_folder() {
    let place = Place::new();
    let config = "[scan]\nformat = [\"jsonl=../report.jsonl\"]\n";
    place.write("stanch.toml", config);
    let outcome = place.stanch(&["scan"]).run();
    assert_eq!(outcome.code, Some(2));
    assert_snapshot!(outcome.stderr, @r#"
    stanch: stanch.toml: scan: ../report.jsonl is outside the folder of this file
    try: --config stanch.toml, which says that you trust it
    "#);
    assert!(!place.path("../report.jsonl").exists());
    assert_eq!(place.stanch(&["scan", "--config", "stanch.toml"]).run().code, Some(0));
    assert!(place.path("../report.jsonl").exists());
}

#[test]
fn a_link_does_not_lead_a_found_file_outside() {
    let place = Place::new();
    place.write("../precious", "kept");
    std::os::unix::fs::symlink("../precious", place.path("report.jsonl")).expect("a link");
    std::os::unix::fs::symlink("..", place.path("up")).expect("a link");
    for file in ["report.jsonl", "up/precious", "up/new"] {
        place.write("stanch.toml", format!("[scan]\nformat = [\"jsonl={file}\"]\n"));
        let outcome = place.stanch(&["scan"]).run();
        assert_eq!(outcome.code, Some(2), "{file}");
        assert!(outcome.stderr.contains("is outside the folder of this file"), "{}", outcome.stderr);
    }
    assert_eq!(place.read("../precious"), "kept");
    assert!(!place.path("../new").exists());
}

#[test]
fn a_named_file_must_be_there() {
    let outcome = Place::new().stanch(&["scan", "--config", "other.toml"]).run();
    assert_eq!(outcome.code, Some(2));
    assert_snapshot!(outcome.stderr, @"stanch: other.toml: No such file or directory (os error 2)");
}

#[test]
fn overrides_change_what_rules_say_of_themselves() {
    let place = Place::new();
    place.write("guest", key("g", 1));
    let scan = |table: &str| {
        place.write("stanch.toml", format!("[rules.override.acme-guest-key]\n{table}\n"));
        place.scan(&["guest"]).run()
    };
    let changed = scan("severity = \"critical\"\nconfidence = \"high\"").stdout;
    assert!(changed.contains("\"severity\":\"critical\",\"confidence\":\"high\""), "{changed}");
    assert!(scan("entropy_min = 7.9").found().is_empty());
}

#[test]
fn overrides_that_mean_nothing_are_named() {
    let failing = |text: &str| {
        let place = Place::new();
        place.write("stanch.toml", text);
        let outcome = place.scan(&["stanch.toml"]).run();
        assert_eq!(outcome.code, Some(2));
        outcome.stderr
    };
    assert_snapshot!(failing("[rules.override.acme-gest-key]\nseverity = \"low\"\n"), @r#"
    stanch: [rules.override]: unknown rule "acme-gest-key"
    try: acme-guest-key
    "#);
    let misspelt = failing("[rules.override.acme-guest-key]\nseverty = \"low\"\n");
    assert!(
        misspelt.contains("stanch.toml:2: severty: unknown field `severty`, expected one of"),
        "{misspelt}"
    );
    assert_snapshot!(failing("[rules.override.acme-guest-key]\nentropy_min = 9.0\n"), @r"
    stanch: [rules.override.acme-guest-key]: entropy_min is not between 0 and 8 bits per byte
    ");
    assert_snapshot!(failing("[rules.override.generic-assignment]\nconfidence = \"low\"\n"), @r"
    stanch: [rules.override.generic-assignment]: confidence: the learned judge decides for this rule
    ");
}
