//! Help, completions and manual pages: all from the same definitions.

use insta::assert_snapshot;

use crate::Place;

fn output(args: &[&str]) -> String {
    let outcome = Place::new().stanch(args).run();
    assert_eq!((outcome.code, outcome.stderr.as_str()), (Some(0), ""));
    outcome.stdout
}

#[test]
fn help() {
    assert_snapshot!("help", output(&["--help"]));
    assert_snapshot!("help_scan_short", output(&["scan", "-h"]));
    assert_snapshot!("help_scan", output(&["scan", "--help"]));
    assert_snapshot!("help_history_plan", output(&["history", "plan", "--help"]));
    assert_snapshot!("help_history_verify", output(&["history", "verify", "--help"]));
    assert_snapshot!("help_rules", output(&["rules", "--help"]));
}

#[test]
fn nothing_typed_gets_help_and_fails() {
    let outcome = Place::new().stanch(&[]).run();
    assert_eq!(outcome.code, Some(2));
    assert!(outcome.stderr.contains("Usage: stanch [OPTIONS] <COMMAND>"));
}

#[test]
fn version() {
    assert_eq!(output(&["--version"]), format!("stanch {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn every_shell_gets_completions() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = output(&["completions", shell]);
        assert!(script.contains("fail-on"), "{shell}");
    }
    assert!(output(&["completions", "zsh"]).contains("jsonl"), "names of formats are completed");
}

#[test]
fn every_command_has_a_manual_page() {
    for command in
        ["scan", "guard", "history", "rules", "policy", "incident", "serve", "register", "completions", "man"]
    {
        let page = output(&["man", command]);
        assert!(page.contains(&format!(".TH stanch-{command} 1")), "{page}");
    }
    assert!(output(&["man"]).contains(".TH stanch 1"));
    assert!(output(&["man", "scan"]).contains("Exit codes:"));
}
