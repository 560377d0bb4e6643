//! Exceptions from end to end: granted, heeded, counted, listed, checked, renewed, taken out.

use std::fs;

use insta::assert_snapshot;
use serde_json::Value;

use crate::{
    Place, key,
    place::{Outcome, Stanch},
};

const ORGANISATION: &str = "an organisation's key, long enough";

/// A Git work tree, as far as it matters here, with a key of the organisation and one secret.
fn project() -> Place {
    let place = Place::new();
    place.git(&["init", "-q", "-b", "main"]);
    place.write("stanch.toml", "[rules]\nfiles = ['../acme.toml']\n");
    place.write("config/app.env", format!("KEY={}\n", key("m", 1)));
    place
}

fn run<'p>(place: &'p Place, args: &[&str]) -> Stanch<'p> {
    place.stanch(args).env("STANCH_FINGERPRINT_KEY", ORGANISATION)
}

fn scan(place: &Place, args: &[&str]) -> Outcome {
    run(place, &["scan", "--format", "jsonl"]).args(args).run()
}

/// What the rule calls the secret of a key.
fn secret(number: u64) -> String {
    key("m", number).trim_start_matches("acme_m_").to_owned()
}

fn fingerprint(place: &Place, secret: &str) -> String {
    let outcome = run(place, &["fingerprint"]).stdin(format!("{secret}\n")).run();
    assert_eq!((outcome.code, outcome.stderr.as_str()), (Some(0), ""));
    outcome.stdout.trim().to_owned()
}

/// The short form of a fingerprint.
fn short(print: &str) -> &str {
    &print.rsplit(':').next().expect("a digest")[..8]
}

fn allow(place: &Place, args: &[&str]) -> Outcome {
    run(place, &["allow"]).args(args).run()
}

fn grant(place: &Place, name: &str, reason: &str) -> Outcome {
    allow(place, &["add", name, "--reason", reason, "--owner", "platform"])
}

/// The last line of a JSON lines report.
fn exempt(outcome: &Outcome) -> Value {
    let last = outcome.stdout.lines().next_back().expect("a summary");
    serde_json::from_str::<Value>(last).expect("JSON")["exempt"].clone()
}

/// Text with today and the days of an expiry neutral.
fn undated(text: &str) -> String {
    text.split_inclusive([' ', '\n'])
        .map(|word| {
            let day = word.trim_end().trim_end_matches(':');
            let is_day = day.len() == 10
                && day.bytes().enumerate().all(|(at, byte)| (byte == b'-') == (at == 4 || at == 7));
            if is_day { word.replace(day, "[day]") } else { word.to_owned() }
        })
        .collect()
}

#[test]
fn a_fingerprint_is_computed_and_the_secret_not_shown() {
    let place = project();
    let print = fingerprint(&place, &secret(1));
    assert!(print.starts_with("sf1:") && !print.contains('-'), "{print}");
    assert_eq!(print, fingerprint(&place, &format!("\"{}\"", secret(1))));
    assert_eq!(
        print,
        scan(&place, &[]).stdout.split('"').find(|text| text.starts_with("sf1:")).expect("one")
    );
    let empty = run(&place, &["fingerprint"]).stdin("\n").run();
    assert_eq!((empty.code, empty.stderr.as_str()), (Some(2), "stanch: standard input: holds no secret\n"));
}

#[test]
fn while_keys_are_rotated_both_fingerprints_count() {
    let place = project();
    let former = fingerprint(&place, &secret(1));
    assert_eq!(grant(&place, &former, "test-credential").code, Some(0));
    let rotated = |args: &[&str]| {
        place
            .stanch(args)
            .env("STANCH_FINGERPRINT_KEY", "the next key of this organisation")
            .env("STANCH_PREVIOUS_FINGERPRINT_KEY", ORGANISATION)
    };
    let both = rotated(&["fingerprint", "--former"]).stdin(secret(1)).run();
    assert_eq!(both.stdout.lines().nth(1), Some(former.as_str()));
    assert_eq!(rotated(&["scan"]).run().code, Some(0));
    let check = rotated(&["allow", "check", "--strict"]).run();
    assert_eq!(check.code, Some(1));
    assert!(check.stdout.contains("former-key"), "{}", check.stdout);
    assert_eq!(rotated(&["allow", "rekey"]).run().code, Some(0));
    assert!(!place.read(".stanch/allow.toml").contains(&former));
    assert_eq!(rotated(&["allow", "check", "--strict"]).run().code, Some(0));
    let new_only = place.stanch(&["scan"]).env("STANCH_FINGERPRINT_KEY", "the next key of this organisation");
    assert_eq!(new_only.run().code, Some(0));
}

#[test]
fn what_was_allowed_under_the_salt_stays_allowed_under_a_key() {
    let place = project();
    let salted = place.stanch(&["fingerprint"]).stdin(secret(1)).run().stdout;
    let granted =
        place.stanch(&["allow", "add", salted.trim(), "--reason", "revoked", "--owner", "me"]).run();
    assert!(granted.stderr.contains("it counts in this clone only"), "{}", granted.stderr);
    assert_eq!(scan(&place, &[]).code, Some(0));
}

#[test]
fn an_allowance_is_granted_heeded_counted_and_listed() {
    let place = project();
    let print = fingerprint(&place, &secret(1));
    let short = short(&print);
    let outcome = grant(&place, short, "test-credential");
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    assert_snapshot!("granted", undated(&outcome.stderr));
    assert_snapshot!("allow_file", undated(&place.read(".stanch/allow.toml")));
    place.write("moved/elsewhere.txt", format!("    other = '{}'\n", key("m", 1)));
    let outcome = scan(&place, &[]);
    assert_eq!((outcome.code, &exempt(&outcome)["by_allowance"]), (Some(0), &2.into()));
    let text = run(&place, &["scan", "--show-allowed"]).run().stdout;
    assert!(
        text.contains("moved/elsewhere.txt:1") && text.contains("test-credential, owner platform"),
        "{text}"
    );
    assert_snapshot!("allow_list", undated(&allow(&place, &["list"]).stdout));
    assert_snapshot!("allow_show", undated(&allow(&place, &["show", short]).stdout));
    let twice = grant(&place, short, "revoked");
    assert!(twice.code == Some(2) && twice.stderr.contains("is in the file already"), "{}", twice.stderr);
}

#[test]
fn of_two_secrets_on_a_line_the_other_is_still_reported() {
    let place = project();
    place.write("config/app.env", format!("A={} B={}\n", key("m", 1), key("m", 2)));
    grant(&place, &fingerprint(&place, &secret(1)), "test-credential");
    let outcome = scan(&place, &[]);
    assert_eq!(outcome.code, Some(1));
    let other = fingerprint(&place, &secret(2));
    assert!(outcome.found().len() == 1 && outcome.stdout.contains(&other), "{}", outcome.stdout);
    // Nor does a comment that names none of them.
    place.write("config/app.env", format!("A={} B={} # stanch:allow revoked\n", key("m", 3), key("m", 4)));
    assert_eq!(scan(&place, &[]).found().len(), 2);
    let named = fingerprint(&place, &secret(3));
    let comment =
        format!("# stanch:allow revoked {}", named.rsplit(':').next().expect("a digest")[..8].to_owned());
    place.write("config/app.env", format!("A={} B={} {comment}\n", key("m", 3), key("m", 4)));
    assert_eq!(scan(&place, &[]).found().len(), 1);
}

#[test]
fn conditions_hold_below_the_root_wherever_one_stands() {
    let place = project();
    place.write("tests/fixtures/a.env", key("m", 7));
    let condition = ["--condition", "fixtures", "--rule", "acme-master-key", "--path", "tests/fixtures/**"];
    let outcome =
        allow(&place, &[&["add", "--reason", "test-credential", "--owner", "me"][..], &condition].concat());
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    let found = |dir: &str, target: &str| {
        let scan = run(&place, &["scan", "--format", "jsonl", target]).current_dir(dir).run();
        scan.found().len()
    };
    assert_eq!(
        [found(".", "."), found(".", "tests"), found("tests", "fixtures"), found("tests", "..")],
        [1, 0, 0, 1]
    );
    assert_eq!(found(".", "tests/fixtures/a.env"), 0);
    place.git(&["add", "-A"]);
    place.git(&["commit", "-qm", "all"]);
    assert_eq!(found(".", "git:."), 1);
}

#[test]
fn comments_of_other_scanners_wait_to_be_switched_on() {
    let place = project();
    place.write("config/app.env", format!("KEY={} # gitleaks:allow\n", key("m", 1)));
    let outcome = scan(&place, &[]);
    assert_eq!((outcome.code, &exempt(&outcome)["comments_not_heeded"]), (Some(1), &1.into()));
    let honoured = scan(&place, &["--honour", "gitleaks"]);
    assert_eq!((honoured.code, &exempt(&honoured)["by_comment"]), (Some(0), &1.into()));
    place.write("stanch.toml", "[rules]\nfiles = ['../acme.toml']\n[allow]\nhonour = ['gitleaks']\n");
    assert_eq!(scan(&place, &[]).code, Some(0));
}

#[test]
fn a_baseline_knows_what_was_there_and_tells_what_was_fixed() {
    let place = project();
    let baseline = ["--baseline", "known.txt"];
    let missing = scan(&place, &baseline);
    assert!(
        missing.code == Some(2) && missing.stderr.contains("known.txt: No such file"),
        "{}",
        missing.stderr
    );
    let written = scan(&place, &["--baseline", "known.txt", "--write-baseline"]);
    assert_eq!(
        (written.code, written.stderr.as_str()),
        (Some(0), "stanch: known.txt: 1 secret, 1 of them new\n")
    );
    let text = place.read("known.txt");
    assert_eq!(scan(&place, &["--baseline", "known.txt", "--write-baseline"]).code, Some(0));
    assert_eq!(place.read("known.txt"), text);
    place.write("moved/app.env", format!("\n\n  KEY={}\n", key("m", 1)));
    assert_eq!(scan(&place, &baseline).code, Some(0));
    place.write("new.env", key("m", 2));
    assert_eq!(scan(&place, &baseline).found(), ["acme-master-key new.env"]);
    fs::remove_dir_all(place.path("config")).expect("removable");
    fs::remove_dir_all(place.path("moved")).expect("removable");
    scan(&place, &["--baseline", "known.txt", "--write-baseline"]);
    let fixed = exempt(&scan(&place, &baseline));
    assert_eq!(fixed["fixed"], Value::from(vec![fingerprint(&place, &secret(1))]));
    // What is of another key stays: this run cannot see whether it is there.
    let other = place.stanch(&["scan", "--baseline", "known.txt", "--write-baseline", "--drop-fixed"]);
    other.env("STANCH_FINGERPRINT_KEY", "another organisation, another key").run();
    assert!(place.read("known.txt").contains(&fingerprint(&place, &secret(1))));
    scan(&place, &["--baseline", "known.txt", "--write-baseline", "--drop-fixed"]);
    assert!(!place.read("known.txt").contains(&fingerprint(&place, &secret(1))));
}

#[test]
fn exceptions_are_checked() {
    let place = project();
    let entry =
        |head: &str, more: &str| format!("{head}\nreason = 'revoked'\n{more}\ncreated = 2026-01-01\n\n");
    let print = fingerprint(&place, &secret(1));
    let unused = fingerprint(&place, &secret(9));
    let text = [
        entry(&format!("[fingerprint.\"{print}\"]"), "owner = 'me'\nexpires = 2026-01-02"),
        entry(&format!("[fingerprint.\"{unused}\"]"), "expires = 'never'\nproof = 'answered 401'"),
        entry("[condition.all]\nrule = 'acme-guest-key'\npath = '**'", "owner = 'me'\nexpires = 'never'"),
    ];
    place.write(".stanch/allow.toml", text.concat());
    place.write("a.env", format!("{} # stanch:allow test-credential\n", key("g", 1)));
    place.write("b.env", "KEY= # stanch:allow test-credential\n");
    let outcome = allow(&place, &["check"]);
    let neutral = outcome.stdout.replace(&print, "[known]").replace(&unused, "[unused]");
    assert_snapshot!("allow_check", neutral);
    assert_eq!((outcome.code, allow(&place, &["check", "--strict"]).code), (Some(0), Some(1)));
    let json: Value =
        serde_json::from_str(&allow(&place, &["check", "--format", "json"]).stdout).expect("JSON");
    assert_eq!(json[0]["fault"], "expired");
    assert_eq!(allow(&place, &["prune", "--unused"]).code, Some(0));
    assert!(!place.read(".stanch/allow.toml").contains("fingerprint"));
}

#[test]
fn an_allowance_is_renewed_and_a_risk_for_no_longer_than_allowed() {
    let place = project();
    let print = fingerprint(&place, &secret(1));
    let head = format!("[fingerprint.\"{print}\"]\nreason = 'accepted-risk'\nowner = 'me'\n");
    place.write(".stanch/allow.toml", format!("{head}created = 2026-01-01\nexpires = 2026-01-02\n"));
    assert_eq!(scan(&place, &[]).code, Some(1));
    let long = allow(&place, &["renew", &print, "--expires", "91d"]);
    assert!(long.code == Some(2) && long.stderr.contains("accepted-risk ends by"), "{}", long.stderr);
    assert_eq!(allow(&place, &["renew", &print, "--expires", "90d"]).code, Some(0));
    assert_eq!(scan(&place, &[]).code, Some(0));
}

#[test]
fn mistakes_fail_with_file_line_and_field() {
    let place = project();
    let entry = "[condition.x]\nrule = 'r'\npath = 'a/**'\nreason = 'hunter2'\ncreated = 2026-01-01\n";
    place.write(".stanch/allow.toml", entry);
    let outcome = scan(&place, &[]);
    assert_eq!(outcome.code, Some(2));
    assert_snapshot!("allow_file_mistake", outcome.stderr);
    place.write(".stanch/allow.toml", "");
    let short = place.stanch(&["scan"]).env("STANCH_FINGERPRINT_KEY", "short").run();
    assert_snapshot!("key_too_short", short.stderr);
    let missing = place.stanch(&["scan", "--fingerprint-key-file", "nowhere"]).run();
    assert_snapshot!("key_file_missing", missing.stderr);
    let required = place.stanch(&["scan", "--require-fingerprint-key"]).run();
    assert_eq!(required.code, Some(2));
    assert_snapshot!("key_required", required.stderr);
}

#[test]
fn allowances_of_a_key_that_is_not_here_are_told() {
    let place = project();
    grant(&place, &fingerprint(&place, &secret(1)), "revoked");
    let other =
        place.stanch(&["scan"]).env("STANCH_FINGERPRINT_KEY", "another organisation, another key").run();
    assert_eq!(other.code, Some(1));
    assert!(other.stderr.contains("1 exception of the key"), "{}", other.stderr);
}

#[test]
fn what_other_scanners_were_told_is_carried_over() {
    let place = project();
    place.write("config/other.env", format!("A={} B={}\n", key("m", 2), key("m", 3)));
    place.write("tests/fixtures/a.env", key("g", 4));
    place.write(".gitleaksignore", "# from before\nconfig/app.env:generic-api-key:1\nconfig/other.env:generic-api-key:1\ngone.env:generic-api-key:7\nnonsense\n");
    place.write(".secretlintignore", "tests/fixtures/\n");
    let owner = ["--owner", "platform"];
    let files = [".gitleaksignore", ".secretlintignore"];
    let dry = allow(&place, &[&["import", "--dry-run"][..], &owner, &files].concat());
    assert_eq!(dry.code, Some(0), "{}", dry.stderr);
    assert!(!place.path(".stanch/allow.toml").exists());
    let outcome = allow(&place, &[&["import"][..], &owner, &files].concat());
    assert_snapshot!("imported", outcome.stdout);
    assert_eq!(outcome.stdout, dry.stdout);
    // Two secrets stand on one line of the ignore file: neither is allowed, because it does not say which it means.
    assert_eq!(scan(&place, &[]).found(), ["acme-master-key config/other.env"; 2]);
    assert_snapshot!("imported_list", undated(&allow(&place, &["list"]).stdout));
    let again = allow(&place, &[&["import", "--strict"][..], &owner, &files].concat());
    assert_eq!(again.code, Some(1));
    assert!(again.stdout.contains("0 allowances made, 2 more were there already"), "{}", again.stdout);
    let unknown = allow(&place, &["import", "config/app.env", "--owner", "me"]);
    assert!(unknown.code == Some(2) && unknown.stderr.contains("not known as one of"), "{}", unknown.stderr);
}

#[test]
fn nothing_is_lost_by_a_run_that_sees_less() {
    let place = project();
    grant(&place, &fingerprint(&place, &secret(1)), "test-credential");
    let text = place.read(".stanch/allow.toml");
    let narrow = allow(&place, &["prune", "--unused", "--in", "config"]);
    assert!(
        narrow.code == Some(2) && narrow.stderr.contains("only a scan of the whole project"),
        "{}",
        narrow.stderr
    );
    assert_eq!(place.stanch(&["allow", "prune", "--unused"]).run().code, Some(0));
    assert_eq!(place.read(".stanch/allow.toml"), text, "another key is no reason");
    let prints: Vec<String> = (10..22).map(|number| fingerprint(&place, &secret(number))).collect();
    std::thread::scope(|scope| {
        for print in &prints {
            scope.spawn(|| {
                let granted = grant(&place, print, "revoked");
                assert_eq!(granted.code, Some(0), "{}", granted.stderr);
            });
        }
    });
    assert_eq!(allow(&place, &["list"]).stdout.lines().count(), 13);
}

#[test]
fn a_comment_counts_on_either_line_of_a_key_and_not_on_lines_without_end() {
    let place = project();
    let body: String = ["QUJDREVGRw".repeat(6), "\n".to_owned()].concat().repeat(8);
    let rule = "[[rule]]\nid = 'block'\nname = 'Block'\ndescription = 'x'\npattern = '(?P<secret>\\[\\[open[^\\]]{0,2000}close\\]\\])'\nseverity = 'high'\nconfidence = 'high'\nreferences = []\nexamples = ['[[open a close]]']\nnegatives = ['[[open']\n";
    place.write("block.toml", format!("provider = 'Block'\n{rule}"));
    place.write(
        "stanch.toml",
        "[rules]\nfiles = ['block.toml', '../acme.toml']\n[sources.fs]\nexclude = ['block.toml']\n",
    );
    let comment = "# stanch:allow test-credential";
    place.write("config/app.env", format!("[[open {comment}\n{body}close]]\n"));
    assert_eq!(scan(&place, &[]).found().len(), 0);
    place.write("config/app.env", format!("[[open\n{body}close]] {comment}\n"));
    assert_eq!(scan(&place, &[]).found().len(), 0);
    let far = " ".repeat(3000);
    place.write("config/app.env", format!("A={} {comment} {far} B={}\n", key("m", 1), key("m", 2)));
    assert_eq!(scan(&place, &[]).found().len(), 2);
}
