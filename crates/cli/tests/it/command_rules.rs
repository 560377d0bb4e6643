//! `stanch rules`.

use data_encoding::BASE64;
use insta::assert_snapshot;
use serde_json::Value;
use stanch_engine::RuleSet;

use crate::{Place, key};

fn rules(args: &[&str]) -> String {
    let place = Place::new();
    let outcome = place.stanch(&["rules"]).args(args).args(&["--rules", "../acme.toml"]).run();
    assert_eq!((outcome.code, outcome.stderr.as_str()), (Some(0), ""));
    outcome.stdout
}

#[test]
fn the_list_has_a_line_a_rule() {
    let list = rules(&["list"]);
    assert_eq!(list.lines().count(), 1 + RuleSet::embedded().rules().len() + 2);
    let ours: Vec<_> = list.lines().filter(|line| line.starts_with("acme-")).collect();
    let fields = |line: &str| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(fields(ours[0]), ["acme-master-key", "critical", "high", "Acme", "acme_m_[0-9a-z]{24}"]);
    assert_eq!(fields(ours[1]), ["acme-guest-key", "low", "low", "Acme", "acme_g_[0-9a-z]{24}"]);
}

#[test]
fn the_list_leaves_out_what_is_disabled() {
    assert!(!rules(&["list", "--disable", "acme-guest-key"]).contains("acme-guest-key"));
}

#[test]
fn programs_get_everything() {
    let list: Value = serde_json::from_str(&rules(&["list", "--format", "json"])).expect("JSON");
    let ids: Vec<_> = list.as_array().expect("a list").iter().map(|rule| rule["id"].clone()).collect();
    assert!(ids.contains(&"acme-guest-key".into()) && ids.contains(&"github-pat-classic".into()));
    let one: Value =
        serde_json::from_str(&rules(&["show", "acme-guest-key", "--format", "json"])).expect("JSON");
    assert_eq!(one["severity"], "low");
    assert_eq!(one["references"][0], "https://acme.example/keys");
    assert_eq!(one["keywords"][0], "acme_g_[0-9a-z]{24}");
    let stripe: Value =
        serde_json::from_str(&rules(&["show", "stripe-test-key", "--format", "json"])).expect("JSON");
    assert_eq!([&stripe["class"], &stripe["connector"]], ["test", "stripe"]);
}

#[test]
fn one_rule_is_shown_whole() {
    assert_snapshot!(rules(&["show", "acme-master-key"]), @r"
    acme-master-key
    Acme master key

    Opens everything at Acme.

    provider    Acme
    severity    critical
    confidence  high
    parts       key-id, session
    pattern     \bacme_m_(?P<secret>[a-z0-9]{24})\b
    keywords    acme_m_[0-9a-z]{24}

    matches
      acme_m_${lowernum:24}

    does not match
      acme_m_${lowernum:23}

    references
      https://acme.example/keys
    ");
}

#[test]
fn an_unknown_rule_brings_near_ones() {
    let place = Place::new();
    let outcome = place.stanch(&["rules", "show", "acme-gest-key", "--rules", "../acme.toml"]).run();
    assert_eq!(outcome.code, Some(2));
    assert_snapshot!(outcome.stderr, @r#"
    stanch: unknown rule "acme-gest-key"
    try: acme-guest-key
    "#);
    let far = place.stanch(&["rules", "show", "qqq"]).run();
    assert_snapshot!(far.stderr, @r#"
    stanch: unknown rule "qqq"
    try: stanch rules list
    "#);
}

#[test]
fn a_line_is_explained_without_its_value() {
    let place = Place::new();
    let value = ["k7Qm", "Zr2x", "Lp9v"].concat();
    place.write("app.env", format!("MODE=test\nDB_PASSWORD={value}\n"));
    let told = place.stanch(&["rules", "explain", "app.env:2:13"]).run();
    assert_eq!(told.code, Some(0), "{}", told.stderr);
    assert!(
        told.stdout.contains("generic-assignment") && told.stdout.contains("probability"),
        "{}",
        told.stdout
    );
    assert!(told.stdout.contains("language: ") && !told.stdout.contains(&value), "{}", told.stdout);
    let clean = place.stanch(&["rules", "explain", "app.env:1"]).run();
    assert_eq!(clean.stdout, "no rule matches on this line\n");
    let beyond = place.stanch(&["rules", "explain", "app.env:9"]).run();
    assert_eq!((beyond.code, beyond.stderr.contains("no line 9")), (Some(2), true));
}

#[test]
fn an_encoded_line_is_explained_by_what_it_stands_for() {
    let place = Place::new();
    let value = ["k7Qm", "Zr2x", "Lp9v"].concat();
    let config = format!("# the database of staging\nMODE=test\nDB_PASSWORD={value}\n");
    place.write("app.env", format!("CONFIG={}\n", BASE64.encode(config.as_bytes())));
    let told = place.stanch(&["rules", "explain", "app.env:1"]).run();
    assert_eq!(told.code, Some(0), "{}", told.stderr);
    assert!(told.stdout.contains("  stands in   base64\n"), "{}", told.stdout);
    assert!(told.stdout.contains("language: ") && !told.stdout.contains(&value), "{}", told.stdout);
}

#[test]
fn of_a_line_that_holds_very_many_some_are_explained() {
    let place = Place::new();
    let lines: Vec<_> = (0..60).map(|at| format!("K{at}_PASSWORD=k7Qm{}Zr2x{at}\n", at * 7919)).collect();
    let config = lines.concat();
    place.write("app.env", format!("CONFIG={}\n", BASE64.encode(config.as_bytes())));
    let told = place.stanch(&["rules", "explain", "app.env:1"]).run();
    assert_eq!(told.stdout.matches("  stands in   base64\n").count(), 50, "{}", told.stdout);
    assert!(told.stdout.ends_with("more on this line\n"), "{}", told.stdout);
}

const FOREIGN: &str = "[[rules]]\nid = 'acme-key'\nregex = '''acme_f_([a-z0-9]{24,})'''\n\
                       [[rules]]\nid = 'acme-file'\npath = '''\\.acme$'''\n";

#[test]
fn imported_rules_are_found_with_and_changes_told() {
    let place = Place::new();
    place.write("foreign.toml", FOREIGN);
    let outcome = place.stanch(&["rules", "import", "foreign.toml", "-o", "ours.toml"]).run();
    assert_eq!((outcome.code, outcome.stdout.as_str()), (Some(0), ""));
    assert_snapshot!(outcome.stderr, @r"
    stanch: foreign.toml: read as rules of gitleaks
    stanch: acme-key: repeats without a bound end after 1024
    stanch: acme-file: left out: it looks at names of files only, and a rule needs a pattern
    stanch: 1 of 2 rules imported
    ");
    place.write("a.txt", key("f", 1));
    let scan = place.stanch(&["scan", "--format", "jsonl", "--rules", "ours.toml", "a.txt"]).run();
    assert_eq!(scan.found(), ["acme-key a.txt"]);
    let printed = place.stanch(&["rules", "import", "--quiet", "foreign.toml"]).run();
    assert_eq!(printed.stdout, place.read("ours.toml"));
}

#[test]
fn a_strict_import_fails_for_what_is_left_out() {
    let place = Place::new();
    place.write("foreign.toml", FOREIGN);
    let import = |args: &[&str]| place.stanch(&["rules", "import", "foreign.toml"]).args(args).run();
    assert_eq!(import(&["--strict"]).code, Some(2));
    let report = import(&["--report", "json", "--from", "gitleaks"]);
    let told: Value = serde_json::from_str(&report.stderr).expect("JSON");
    assert_eq!((report.code, &told["rules"][0]["fate"]["rules"][0]), (Some(0), &"acme-key".into()));
    let wrong = import(&["--from", "kingfisher"]);
    assert_eq!(wrong.code, Some(2));
    assert!(wrong.stderr.contains("foreign.toml:"), "{}", wrong.stderr);
    place.write("none.txt", "nothing");
    let none = place.stanch(&["rules", "import", "none.txt"]).run();
    assert!(none.stderr.contains("not known as rules of gitleaks"), "{}", none.stderr);
}
