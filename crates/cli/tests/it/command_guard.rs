//! Gates from end to end: what stops, what passes, on record or not, and what happens when a gate cannot judge.

use std::{fs, os::unix::fs::PermissionsExt as _};

use insta::assert_snapshot;
use serde_json::Value;

use crate::{Place, key, place::Outcome};

/// A work tree with one harmless commit.
fn project() -> Place {
    let place = Place::new();
    place.git(&["init", "-q"]);
    place.write("stanch.toml", "[rules]\nfiles = ['../acme.toml']\n");
    place.write("first", "harmless");
    place.git(&["add", "-A"]);
    place.git(&["commit", "-qm", "first"]);
    place
}

fn stage(place: &Place, file: &str, content: String) {
    place.write(file, content);
    place.git(&["add", file]);
}

fn guard(place: &Place, args: &[&str]) -> Outcome {
    place.stanch(&["guard"]).args(args).env("PATH", "/usr/local/bin:/usr/bin:/bin").run()
}

/// What `git push` would tell the hook of the commit HEAD.
fn pre_push(place: &Place, old: &str) -> Outcome {
    let head = place.git(&["rev-parse", "HEAD"]);
    let line = format!("refs/heads/main {} refs/heads/main {old}\n", head.trim());
    place.stanch(&["guard", "pre-push", "origin", "https://example.com/x.git"]).stdin(line).run()
}

/// Text without what differs from run to run.
fn neutral(text: &str) -> String {
    let words = text.split_inclusive([' ', '\n']).map(|word| {
        let bare = word.trim_end();
        let is_commit = bare.len() == 10 && bare.bytes().all(|byte| byte.is_ascii_hexdigit());
        match bare {
            print if print.starts_with("sf1:") => word.replace(print, "[fingerprint]"),
            commit if is_commit => word.replace(commit, "[commit]"),
            _ => word.to_owned(),
        }
    });
    words.collect()
}

#[test]
fn what_is_staged_is_judged_and_not_the_work_tree() {
    let place = project();
    assert_eq!(guard(&place, &["pre-commit"]).code, Some(0));
    stage(&place, "config/app.env", format!("KEY={}\n", key("m", 1)));
    place.write("config/app.env", "KEY=\n");
    let stopped = guard(&place, &["pre-commit"]);
    assert_eq!((stopped.code, stopped.stdout.as_str()), (Some(1), ""));
    assert_snapshot!("pre_commit", neutral(&stopped.stderr));
    place.git(&["add", "-A"]);
    place.write("config/app.env", format!("KEY={}\n", key("m", 1)));
    let passed = guard(&place, &["pre-commit"]);
    assert_eq!((passed.code, passed.stdout.as_str(), passed.stderr.as_str()), (Some(0), "", ""));
}

#[test]
fn many_secrets_still_are_one_screen() {
    let place = project();
    for number in 0..9 {
        let text = format!("{}\n\n{0}\n\n{0}\n", key("m", number));
        stage(&place, &format!("file{number}"), text);
    }
    let stopped = guard(&place, &["pre-commit"]);
    assert!(stopped.stderr.lines().count() <= 36, "{}", stopped.stderr);
    assert_snapshot!("many_secrets", neutral(&stopped.stderr));
}

#[test]
fn the_message_is_judged() {
    let place = project();
    place.write(".git/COMMIT_EDITMSG", format!("title\n\ntry {}\n# {}\n", key("m", 1), key("m", 2)));
    let stopped = guard(&place, &["commit-msg", ".git/COMMIT_EDITMSG"]);
    assert_eq!(stopped.code, Some(1));
    assert_snapshot!("commit_msg", neutral(&stopped.stderr));
    // Git keeps such a line where the message was typed as an argument.
    place.write(".git/COMMIT_EDITMSG", format!("#42 {}\n", key("m", 2)));
    assert_eq!(guard(&place, &["commit-msg", ".git/COMMIT_EDITMSG"]).code, Some(1));
    place.write(".git/COMMIT_EDITMSG", "title\n# a comment\n");
    assert_eq!(guard(&place, &["commit-msg", ".git/COMMIT_EDITMSG"]).code, Some(0));
}

#[test]
fn only_commits_that_the_remote_lacks_are_judged() {
    let place = project();
    let none = "0".repeat(40);
    place.write("old.env", key("m", 1));
    place.git(&["add", "-A"]);
    place.git(&["commit", "-qm", "old"]);
    let stopped = pre_push(&place, &none);
    assert_eq!(stopped.code, Some(1));
    assert_snapshot!("pre_push", neutral(&stopped.stderr));
    let old = place.git(&["rev-parse", "HEAD"]);
    place.git(&["update-ref", "refs/remotes/origin/main", "HEAD"]);
    place.write("new", "harmless");
    place.git(&["add", "-A"]);
    place.git(&["commit", "-qm", "new"]);
    assert_eq!([pre_push(&place, &none).code, pre_push(&place, old.trim()).code], [Some(0); 2]);
    place.write("new.env", key("m", 2));
    place.git(&["add", "-A"]);
    place.git(&["commit", "-qm", "newer"]);
    assert!(pre_push(&place, old.trim()).stderr.contains("1 secret in the commits that would leave"));
    let deletes = format!("(delete) {none} refs/heads/main {}\n", old.trim());
    assert_eq!(place.stanch(&["guard", "pre-push", "origin"]).stdin(deletes).run().code, Some(0));
    assert_eq!(place.stanch(&["guard", "pre-push", "origin"]).stdin("").run().code, Some(0));
    let nonsense = place.stanch(&["guard", "pre-push", "origin"]).stdin("one two\n").run();
    assert_snapshot!("pre_push_nonsense", nonsense.stderr);
}

#[test]
fn a_bypass_passes_and_is_on_record() {
    let place = project();
    stage(&place, "app.env", key("m", 1));
    let bypass = |reason: &str, args: &[&str]| {
        let run = place.stanch(&["guard"]).args(args).env("PATH", "/usr/local/bin:/usr/bin:/bin");
        run.env("GIT_COMMITTER_NAME", "Ada")
            .env("GIT_COMMITTER_EMAIL", "ada@shop.example")
            .env("STANCH_BYPASS", reason)
            .run()
    };
    let reasonless = bypass("  ", &["pre-commit", "--fail-open"]);
    assert_eq!(reasonless.code, Some(1));
    assert!(reasonless.stderr.contains("STANCH_BYPASS: expected a reason"), "{}", reasonless.stderr);
    let telling = bypass(&format!("{} must go", key("m", 7)), &["pre-commit"]);
    assert_eq!(telling.code, Some(1));
    assert!(
        telling.stderr.contains("STANCH_BYPASS: holds a secret")
            && !place.path(".stanch/bypasses.jsonl").exists()
    );
    let passed = bypass("the shop is down", &["pre-commit"]);
    assert_eq!(passed.code, Some(0));
    assert_snapshot!("bypassed", passed.stderr);
    let record: Value =
        serde_json::from_str(place.read(".stanch/bypasses.jsonl").trim()).expect("one line of JSON");
    assert_eq!(
        (&record["who"], &record["gate"], &record["reason"]),
        (&"Ada <ada@shop.example>".into(), &"pre-commit".into(), &"the shop is down".into())
    );
    assert!(record["fingerprints"][0].as_str().expect("a fingerprint").starts_with("sf1:salt-"));
    assert!(
        !place.git(&["status", "--porcelain", "-uall"]).contains("bypasses"),
        "the record is not for commits"
    );

    // It is forbidden where the configuration says so.
    place.write(
        "stanch.toml",
        "[rules]\nfiles = ['../acme.toml']\n[guard]\nforbid_bypass = true\nfail_open = true\n",
    );
    let forbidden = bypass("again", &["pre-commit"]);
    assert_eq!(forbidden.code, Some(1));
    assert_snapshot!("bypass_forbidden", neutral(&forbidden.stderr));
    // And nothing is recorded where nothing was stopped.
    place.write("stanch.toml", "[rules]\nfiles = ['../acme.toml']\n");
    place.git(&["rm", "-q", "--cached", "app.env"]);
    assert_eq!(bypass("no need", &["pre-commit"]).code, Some(0));
    assert_eq!(place.read(".stanch/bypasses.jsonl").lines().count(), 1);
}

#[test]
fn an_allowance_lets_pass_and_an_expired_one_does_not() {
    let place = project();
    stage(&place, "app.env", key("m", 1));
    let print = place.stanch(&["fingerprint"]).stdin(key("m", 1).trim_start_matches("acme_m_")).run().stdout;
    let entry = |expires: &str| {
        let head = format!("[fingerprint.\"{}\"]\nreason = 'test-credential'\nowner = 'me'\n", print.trim());
        format!("{head}created = 2026-01-01\nexpires = {expires}\n")
    };
    place.write(".stanch/allow.toml", entry("2026-12-31"));
    assert_eq!(guard(&place, &["pre-commit"]).code, Some(0));
    place.write(".stanch/allow.toml", entry("2026-01-02"));
    let stopped = guard(&place, &["pre-commit"]);
    assert_eq!(stopped.code, Some(1));
    assert_snapshot!("expired", neutral(&stopped.stderr));
}

#[test]
fn a_gate_that_cannot_judge_lets_nothing_pass_unless_told_to() {
    let place = project();
    let both = |args: &[&str]| {
        let closed = guard(&place, &[&["pre-commit"], args].concat());
        let open = guard(&place, &[&["pre-commit", "--fail-open"], args].concat());
        assert_eq!((closed.code, open.code), (Some(2), Some(0)), "{} {}", closed.stderr, open.stderr);
        format!("{}{}", closed.stderr, open.stderr)
    };
    place.write(".stanch/allow.toml", "[condition.x]\nrule = 'r'\n");
    assert_snapshot!("cannot_judge_allow_file", both(&[]));
    fs::remove_file(place.path(".stanch/allow.toml")).expect("removable");
    assert_snapshot!("cannot_judge_key", both(&["--require-fingerprint-key"]));
    place.write("stanch.toml", "[guard]\nfail_opne = true\n");
    assert_snapshot!("cannot_judge_settings", both(&[]));
    place.write("stanch.toml", "[rules]\nfiles = ['../acme.toml']\n");
    stage(&place, "file", "harmless".repeat(100));
    let blob = place.git(&["rev-parse", ":file"]);
    let (folder, name) = blob.trim().split_at(2);
    let object = format!(".git/objects/{folder}/{name}");
    fs::set_permissions(place.path(&object), fs::Permissions::from_mode(0o644)).expect("ours");
    place.write(&object, "damaged");
    assert_snapshot!("cannot_judge_object", both(&[]).replace(blob.trim(), "[blob]"));
}

/// For root nothing is read-only, so the folder is a file here: nothing can be made in it.
#[test]
fn where_nothing_can_be_written_a_bypass_does_not_pass_and_a_gate_still_judges() {
    let place = project();
    place.write(".stanch", "");
    stage(&place, "app.env", key("m", 1));
    let stopped = guard(&place, &["pre-commit"]);
    assert_eq!(stopped.code, Some(1), "{}", stopped.stderr);
    let bypass = place.stanch(&["guard", "pre-commit"]).env("STANCH_BYPASS", "now").run();
    assert_eq!(bypass.code, Some(1));
    assert_snapshot!("read_only", neutral(&bypass.stderr));
}

#[test]
fn ci_judges_the_commits_of_a_change_and_tells_the_forge() {
    let place = project();
    let base = place.git(&["rev-parse", "HEAD"]);
    place.write("app.env", format!("KEY={}\n", key("m", 1)));
    place.git(&["add", "-A"]);
    place.git(&["commit", "-qm", "secret"]);
    let head = place.git(&["rev-parse", "HEAD"]);
    let (base, head) = (base.trim(), head.trim());
    let ci = |variables: &[(&str, &str)]| {
        let run = place.stanch(&["guard", "ci"]).env("PATH", "/usr/local/bin:/usr/bin:/bin");
        variables.iter().fold(run, |run, (name, value)| run.env(name, value)).run()
    };
    let event =
        format!("{{\"pull_request\":{{\"base\":{{\"sha\":\"{base}\"}},\"head\":{{\"sha\":\"{head}\"}}}}}}");
    place.write("../event.json", event);
    let (event, summary) = (place.path("../event.json"), place.path("../summary.md"));
    place.write("../summary.md", "before\n");
    let (event, summary) = (event.display().to_string(), summary.display().to_string());
    let github =
        [("GITHUB_ACTIONS", "true"), ("GITHUB_EVENT_PATH", &event), ("GITHUB_STEP_SUMMARY", &summary)];
    let outcome = ci(&github);
    assert_eq!(outcome.code, Some(1), "{}", outcome.stderr);
    assert!(outcome.stdout.starts_with("::error file=app.env,line=1"), "{}", outcome.stdout);
    let summary = place.read("../summary.md");
    assert!(summary.starts_with("before\n### Stanch: ✗ 1 secret in 1 place"), "{summary}");

    let gitlab = [("GITLAB_CI", "true"), ("CI_MERGE_REQUEST_DIFF_BASE_SHA", base), ("CI_COMMIT_SHA", head)];
    assert_eq!(ci(&gitlab).code, Some(1));
    for file in ["gl-secret-detection-report.json", "gl-code-quality-report.json"] {
        assert!(place.read(file).contains("app.env"), "{file}");
    }
    let bitbucket = [
        ("BITBUCKET_BUILD_NUMBER", "7"),
        ("BITBUCKET_PR_DESTINATION_COMMIT", base),
        ("BITBUCKET_COMMIT", head),
    ];
    assert_eq!(ci(&bitbucket).code, Some(1));
    assert!(place.read("stanch-bitbucket.json").contains("app.env"));

    // A later change that does not touch it passes.
    let later = [("GITLAB_CI", "true"), ("CI_MERGE_REQUEST_DIFF_BASE_SHA", head), ("CI_COMMIT_SHA", head)];
    assert_eq!(ci(&later).code, Some(0));
    assert_eq!(guard(&place, &["ci", "--base", "HEAD~1"]).code, Some(1));
    let unknown = guard(&place, &["ci", "--base", "origin/main"]);
    assert_eq!(unknown.code, Some(2));
    assert_snapshot!("ci_not_in_clone", unknown.stderr);
    assert_snapshot!("ci_no_base", guard(&place, &["ci"]).stderr);
}

#[test]
fn ci_is_not_misled_by_tags_or_lost_commits() {
    let place = project();
    let base = place.git(&["rev-parse", "HEAD"]);
    place.write("app.env", format!("KEY={}\n", key("m", 1)));
    place.git(&["add", "-A"]);
    place.git(&["commit", "-qm", "secret"]);
    place.git(&["update-ref", "refs/remotes/origin/main", base.trim()]);
    // A tag that is called like the branch, where the secret already is.
    place.git(&["tag", "origin/main", "HEAD"]);
    let gitlab = |before: &str| {
        let run = place
            .stanch(&["guard", "ci"])
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .env("GITLAB_CI", "true");
        run.env("CI_COMMIT_BEFORE_SHA", before).env("CI_DEFAULT_BRANCH", "main").run()
    };
    let (none, lost) = ("0".repeat(40), "1".repeat(40));
    assert_eq!([gitlab(&none).code, gitlab(&lost).code], [Some(1); 2]);
    assert_eq!(guard(&place, &["ci", "--base", "origin/main"]).code, Some(1));
    // The default branch itself, pushed for the first time: all of it is new.
    place.git(&["update-ref", "refs/remotes/origin/main", "HEAD"]);
    assert_eq!(gitlab(&none).code, Some(1));
}

#[test]
fn ci_fails_on_exceptions_that_are_nobodys_where_it_is_strict() {
    let place = project();
    let entry =
        "[condition.all]\nrule = 'acme-guest-key'\npath = '**'\nreason = 'revoked'\ncreated = 2026-01-01\n";
    place.write(".stanch/allow.toml", entry);
    let told = guard(&place, &["ci", "--base", "HEAD"]);
    assert_eq!(told.code, Some(0));
    assert_snapshot!("ci_remarks", told.stderr);
    assert_eq!(guard(&place, &["ci", "--base", "HEAD", "--strict"]).code, Some(1));
}
