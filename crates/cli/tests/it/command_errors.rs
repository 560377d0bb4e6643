//! Mistakes: one line of what and why, what to try, and exit code 2.

use insta::assert_snapshot;

use crate::Place;

/// What a failing run says; it must fail with 2 and report nothing.
fn failure(place: &Place, args: &[&str]) -> String {
    let outcome = place.stanch(args).run();
    assert_eq!((outcome.code, outcome.stdout.as_str()), (Some(2), ""), "{}", outcome.stderr);
    outcome.stderr
}

#[test]
fn a_target_that_is_not_there() {
    assert_snapshot!(failure(&Place::new(), &["scan", "nowhere"]), @"stanch: nowhere: No such file or directory (os error 2)");
}

#[test]
fn a_scheme_nobody_knows() {
    assert_snapshot!(failure(&Place::new(), &["scan", "gopher:x"]), @r#"stanch: unknown scheme "gopher": expected one of fs, git, stdin, a path, or - for standard input"#);
}

#[test]
fn a_flag_that_would_do_nothing() {
    assert_snapshot!(failure(&Place::new(), &["scan", ".", "--since", "2026-01-01"]), @r"
    stanch: --since: does nothing for these targets, it is about git: targets
    try: stanch scan --since … git:PATH
    ");
}

#[test]
fn a_flag_nobody_knows() {
    assert_snapshot!(failure(&Place::new(), &["scan", "--formt", "json"]), @r"
    stanch: unexpected argument '--formt' found

      tip: a similar argument exists: '--format'

    Usage: stanch scan --format <FORMAT[=FILE]> [TARGET]...

    For more information, try '--help'.
    ");
}

#[test]
fn a_severity_nobody_knows() {
    assert_snapshot!(failure(&Place::new(), &["scan", "--fail-on", "dire"]), @r"
    stanch: invalid value 'dire' for '--fail-on <SEVERITY>'
      [possible values: low, medium, high, critical, never]

    For more information, try '--help'.
    ");
}

#[test]
fn no_threads() {
    assert_snapshot!(failure(&Place::new(), &["scan", "-j", "0"]), @r"
    stanch: invalid value '0' for '--threads <N>': number would be zero for non-zero type

    For more information, try '--help'.
    ");
}

#[test]
fn a_rule_file_that_is_wrong() {
    let place = Place::new();
    place.write("rules/broken.toml", "provider = \"Acme\"\n\n[[rule]]\nid = \"acme\"\nsevrity = \"low\"\n");
    assert_snapshot!(failure(&place, &["scan", "--rules", "rules"]), @"stanch: rules/broken.toml:5: unknown field `sevrity`, expected one of `id`, `name`, `description`, `pattern`, `finder`, `severity`, `confidence`, `class`, `class_marks`, `connector`, `replaces`, `entropy_min`, `check`, `context`, `part`, `paths`, `allow`, `tags`, `references`, `examples`, `negatives`");
}

#[test]
fn a_rule_file_that_is_not_there() {
    let place = Place::new();
    assert_snapshot!(failure(&place, &["scan", "--rules", "nowhere"]), @"stanch: nowhere: No such file or directory (os error 2)");
    place.write("empty/readme", "");
    assert_snapshot!(failure(&place, &["scan", "--rules", "empty"]), @"stanch: empty: holds no .toml file");
}

#[test]
fn a_rule_to_disable_that_is_not_there() {
    assert_snapshot!(failure(&Place::new(), &["scan", "--disable", "github-pat-clasic"]), @r#"
    stanch: unknown rule "github-pat-clasic"
    try: github-pat-classic
    "#);
}

#[test]
fn a_manual_page_that_is_not_there() {
    assert_snapshot!(failure(&Place::new(), &["man", "scam"]), @r#"
    stanch: unknown command "scam"
    try: scan, send, allow, fingerprint, history, rules, policy, incident, serve, audit, register, completions, man, guard
    "#);
}
