//! `stanch rules test`.

use insta::assert_snapshot;
use serde_json::Value;
use stanch_engine::RuleSet;

use crate::{Place, place::Outcome};

const RULE: &str = r#"
provider = "Acme"

[[rule]]
id = "acme-token"
name = "Acme token"
description = "Opens Acme."
pattern = '''\bacme_t_(?P<secret>[a-z0-9]{24})\b'''
severity = "high"
confidence = "high"
references = ["https://acme.example/tokens"]
examples = ["acme_t_${lowernum:24}"]
negatives = ["acme_t_${lowernum:23}"]
"#;

/// What comes of testing one file with `rules`.
fn test(rules: &str, args: &[&str]) -> Outcome {
    let place = Place::new();
    place.write("team.toml", rules);
    place.stanch(&["rules", "test", "team.toml"]).args(args).run()
}

fn document(outcome: &Outcome) -> Value {
    serde_json::from_str(&outcome.stdout).expect("JSON")
}

#[test]
fn sound_rules_pass_and_their_cost_is_told() {
    let outcome = test(RULE, &["--strict"]);
    assert_eq!((outcome.code, outcome.stderr.as_str()), (Some(0), ""));
    assert_snapshot!(outcome.stdout);
}

#[test]
fn a_text_that_fails_fails_the_run_and_is_not_quoted() {
    let value = ["k7qm", "zr2x", "lp9v"].concat();
    let outcome = test(&RULE.replace("acme_t_${lowernum:24}", &value), &[]);
    assert_eq!(outcome.code, Some(1));
    assert!(
        outcome.stdout.contains("failed   example 1 is not matched, with 8 of 8 seeds"),
        "{}",
        outcome.stdout
    );
    assert!(!outcome.stdout.contains(&value), "{}", outcome.stdout);
}

#[test]
fn errors_fail_and_warnings_only_when_strict() {
    let loose = RULE.replace("{24})", "{24,})").replace("acme_t_${lowernum:23}", "acme_u_${lowernum:24}");
    assert_eq!(test(&loose, &[]).code, Some(0));
    let strict = test(&loose, &["--strict"]);
    assert_eq!(strict.code, Some(1));
    assert!(strict.stdout.contains("warning  unbounded: "), "{}", strict.stdout);
    let impossible = test(&RULE.replace("severity", "entropy_min = 7.0\nseverity"), &["--format", "json"]);
    assert_eq!(impossible.code, Some(1));
    let lint = &document(&impossible)["rules"][0]["lints"][0];
    assert_eq!([&lint["name"], &lint["level"]], ["entropy-impossible", "error"]);
}

#[test]
fn ids_that_are_taken_are_told() {
    let (_, rule) = RULE.split_once("[[rule]]").expect("a rule");
    let twice = format!("{RULE}\n[[rule]]{rule}");
    let outcome = test(&twice, &["--format", "json"]);
    assert_eq!(outcome.code, Some(1));
    assert_eq!(document(&outcome)["rules"][1]["lints"][0]["name"], "duplicate-id");
    let taken = RULE.replace("acme-token", "npm-access-token");
    assert_eq!(test(&taken, &["--strict"]).code, Some(1));
    let meant = taken.replace("severity", "replaces = true\nseverity");
    assert_eq!(test(&meant, &["--strict"]).code, Some(0));
}

#[test]
fn without_a_path_every_active_rule_is_tested() {
    let place = Place::new();
    let outcome = place.stanch(&["rules", "test", "--format", "json", "--rules", "../acme.toml"]).run();
    let all = document(&outcome);
    assert_eq!(all["summary"]["rules"], RuleSet::embedded().rules().len() + 2);
    assert_eq!(all["summary"]["failures"], 2, "two parts of the tests' own rule stand in no example");
    assert_eq!((outcome.code, &all["summary"]["errors"]), (Some(1), &Value::from(0)));
}

#[test]
fn cost_is_counted_on_the_file_that_is_named() {
    let place = Place::new();
    place.write("team.toml", RULE);
    place.write("app.log", "acme_t_".repeat(100) + &"x".repeat(300));
    let args = ["--cost-on", "app.log", "--cost", "--format", "json"];
    let outcome = place.stanch(&["rules", "test", "team.toml"]).args(&args).run();
    let all = document(&outcome);
    assert_eq!((&all["cost_on"]["file"], &all["cost_on"]["bytes"]), (&"app.log".into(), &1000.into()));
    assert_eq!(all["rules"][0]["starts_per_mb"], 1000.0, "one stands before enough letters");
    assert!(all["rules"][0]["microseconds_per_mb"].is_number());
    let empty = place.stanch(&["rules", "test", "--cost-on", "none.log"]).run();
    assert_eq!((empty.code, empty.stderr.starts_with("stanch: none.log: ")), (Some(2), true));
}
