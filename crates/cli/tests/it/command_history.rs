//! A secret in history: what holds it, and the way out, step by step, with the real `git` and the real `git filter-repo`.

use std::{collections::BTreeSet, env, fs, os::unix::fs::PermissionsExt as _, process::Command};

use insta::assert_snapshot;
use serde_json::Value;

use crate::{Place, key, place::Outcome};

/// Where `cargo xtask test` puts git-filter-repo.
const TOOLS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/tools/bin");

/// A repository that holds a key in two branches, a tag, a file that was merged, one that was deleted, a message, a stash, a
/// linked work tree, a pull request, and a commit that only reflogs know. The remote has some of it.
const LEAK: &str = r#"
git init --quiet --bare --initial-branch=main ../origin.git
git init --quiet --initial-branch=main .
echo clean > readme; git add readme; git commit --quiet --message first
echo "key=$KEY" > old.env; git add old.env; git commit --quiet --message leak
git tag --annotate v1 --message v1
git switch --quiet --create side; echo more > side; git add side; git commit --quiet --message side
git switch --quiet main; git rm --quiet old.env; git commit --quiet --message gone
git switch --quiet --create topic; echo "merged $KEY" > merged.env; git add merged.env; git commit --quiet --message topic
git switch --quiet main; git merge --quiet --no-ff --message merge topic; git branch --quiet --delete topic
echo last > last; git add last; git commit --quiet --message "uses $KEY"
git remote add origin "$PWD/../origin.git"
git push --quiet origin main side v1 side:refs/pull/1/head
git fetch --quiet origin '+refs/pull/*:refs/pull/*'
echo "stashed $KEY" > readme; git stash --quiet
git worktree add --quiet ../tree side
echo "lost $KEY" > lost; git add lost; git commit --quiet --message "lost $KEY"; git reset --quiet --hard HEAD~1
"#;

/// Runs a script in the working folder, without regard to the settings of user and machine, and gives what it prints. All
/// commits are of one second, so that their ids are always the same.
fn sh(place: &Place, script: &str) -> String {
    let binaries = env!("CARGO_BIN_EXE_stanch");
    let binaries = binaries.rsplit_once('/').expect("a folder").0;
    let output = Command::new("sh")
        .args(["-e", "-c", script])
        .current_dir(place.path("."))
        .env("PATH", format!("{binaries}:{TOOLS}:{}", env::var("PATH").expect("a path")))
        .env("HOME", place.path("../home"))
        .env("KEY", key("m", 1))
        .env("GIT_TEMPLATE_DIR", "")
        .envs([("GIT_CONFIG_GLOBAL", "/dev/null"), ("GIT_CONFIG_NOSYSTEM", "1")])
        .envs([("GIT_AUTHOR_NAME", "Ada"), ("GIT_AUTHOR_EMAIL", "ada@example.org")])
        .envs([("GIT_COMMITTER_NAME", "Ada"), ("GIT_COMMITTER_EMAIL", "ada@example.org")])
        .envs([("GIT_AUTHOR_DATE", "1700000000 +0000"), ("GIT_COMMITTER_DATE", "1700000000 +0000")])
        .output()
        .expect("a shell");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{script}: {errors}; is it cargo xtask test that runs this?");
    assert!(!errors.contains(&key("m", 1)), "no step shows the value");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// A place with a repository that `script` makes, and a salt that is always the same.
fn repository(script: &str) -> Place {
    let place = Place::new();
    sh(&place, script);
    place.write(".stanch/salt", [7; 32]);
    place.write(".stanch/.gitignore", "*\n");
    place
}

/// The fingerprint of the master key `key`, as a scan of the history shows it.
fn fingerprint(place: &Place) -> String {
    let outcome = place.scan(&["git:."]).run();
    let lines = outcome.stdout.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON lines"));
    let mut finding = lines.filter(|line| line["type"] == "finding");
    finding.next().expect("a finding")["fingerprint"].as_str().expect("a fingerprint").to_owned()
}

fn history(place: &Place, task: &str, args: &[&str]) -> Outcome {
    let outcome = place.stanch(&["history", task, "--rules", "../acme.toml"]).args(args).run();
    let value = &key("m", 1)["acme_m_".len()..];
    assert!(!outcome.stdout.contains(value) && !outcome.stderr.contains(value), "the value is shown");
    outcome
}

fn plan(place: &Place) -> Value {
    let outcome = history(place, "plan", &[&fingerprint(place), "--format", "json"]);
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    serde_json::from_str(&outcome.stdout).expect("JSON")
}

/// The commands of each step but the last, which verifies.
fn steps(place: &Place, plan: &Value) -> Vec<Vec<String>> {
    let steps = plan["steps"].as_array().expect("steps");
    let root = place.root().display().to_string();
    let commands = |step: &Value| {
        let commands = step["commands"].as_array().expect("commands");
        commands.iter().map(|c| c.as_str().expect("text").replace("[root]", &root)).collect()
    };
    steps[..steps.len() - 1].iter().map(commands).collect()
}

/// What the last run of `git filter-repo` says: commits that it changed, all commits, and references that moved.
fn rewritten(place: &Place) -> (u64, u64, BTreeSet<String>) {
    let pairs: Vec<(String, String)> = place
        .read(".git/filter-repo/commit-map")
        .lines()
        .skip(1)
        .filter_map(|line| line.split_once(' ').map(|(old, new)| (old.to_owned(), new.trim().to_owned())))
        .collect();
    let changed = pairs.iter().filter(|(old, new)| old != new).count() as u64;
    let refs = place.read(".git/filter-repo/changed-refs").lines().map(str::to_owned).collect();
    (changed, pairs.len() as u64, refs)
}

/// What the plan says of the same.
fn planned(plan: &Value) -> (u64, u64, BTreeSet<String>) {
    let number = |name: &str| plan["rewrite"][name].as_u64().expect("a number");
    let refs = plan["rewrite"]["refs"].as_array().expect("references");
    let refs = refs.iter().map(|name| name.as_str().expect("a name").to_owned()).collect();
    (number("commits"), number("commits_all"), refs)
}

/// Compares with a snapshot, but for fingerprints, which would look like secrets there, and for the number of files of a
/// repository, which depends on the version of `git`.
#[track_caller]
fn assert_screen(name: &str, text: &str) {
    let filters =
        [(r"sf1:[a-z0-9-]+:[a-z2-7]{32}", "[fingerprint]"), (r"\d+\s+files\s+of", "[some] files of")];
    insta::with_settings!({ filters => filters }, {
        assert_snapshot!(name, text);
    });
}

#[test]
fn a_plan_is_one_screen_with_the_verdict_first() {
    let place = repository(LEAK);
    let outcome = history(&place, "plan", &[&fingerprint(&place)]);
    assert_eq!((outcome.code, outcome.stderr.as_str()), (Some(0), ""));
    assert_screen("plan", &outcome.stdout);
    let print = fingerprint(&place);
    let short = print.rsplit(':').next().expect("a digest")[..8].to_owned();
    let by_short = history(&place, "plan", &[&short]);
    assert_eq!(by_short.stdout, outcome.stdout);
}

#[test]
fn the_numbers_are_those_of_the_rewrite() {
    let place = repository(LEAK);
    let plan = plan(&place);
    assert_eq!(plan["exposure"]["verdict"], "on-remote");
    sh(&place, &steps(&place, &plan).concat().join("\n"));
    assert_eq!(planned(&plan), rewritten(&place));
    let remote = sh(&place, "git -C ../origin.git log --all --format=%H --patch --pretty=raw");
    assert!(!remote.contains(&key("m", 1)));
    assert_eq!(sh(&place, "git rev-parse main side"), sh(&place, "git rev-parse origin/main origin/side"));
}

/// A key where replacing text in files does not reach it, and commits that change for other reasons.
const AWKWARD: &str = r#"
git init --quiet --initial-branch=main .
echo clean > readme; git add readme; git commit --quiet --message first
printf '%s\n' "$KEY" > alone; printf '\0\1 %s' "$KEY" > binary; mkdir deep; echo named > "deep/$KEY.txt"
git add .; GIT_AUTHOR_NAME="Ada $KEY" git commit --quiet --message all
git tag --annotate v1 --message "v1 has $KEY"
git switch --quiet --create apart HEAD~1
echo apart > apart; git add apart; git commit --quiet --message "as in $(git rev-parse --short=10 main)"
git -c i18n.commitEncoding=ISO-8859-1 commit --quiet --allow-empty --message "$(printf 'caf\351')"
git switch --quiet main
"#;

#[test]
fn what_no_replacement_reaches_is_taken_out_too() {
    let place = repository(AWKWARD);
    let plan = plan(&place);
    assert_eq!(plan["exposure"]["verdict"], "no-remote");
    assert_eq!(plan["rewrite"]["strip"].as_array().map(Vec::len), Some(1));
    sh(&place, &steps(&place, &plan).concat().join("\n"));
    let (commits, all, refs) = planned(&plan);
    let (changed, read, moved) = rewritten(&place);
    assert_eq!((all, refs), (read, moved));
    // Where dates tell nothing git filter-repo may come to a message before the commit that it names.
    assert!(changed <= commits && commits <= changed + 2, "{changed} {commits}");
    let after = history(&place, "plan", &[plan["fingerprint"].as_str().expect("text")]);
    assert_eq!(after.code, Some(2), "{}", after.stdout);
    assert_eq!(sh(&place, "git ls-files"), "alone\ndeep/acme_m_REMOVED.txt\nreadme\n");
}

#[test]
fn a_secret_of_several_lines_is_replaced_as_one() {
    let place = Place::new();
    let rules = place
        .read("../acme.toml")
        .replace("\\bacme_m_(?P<secret>[a-z0-9]{24})\\b", "<<(?P<secret>acme_m_[^>]+)>>");
    let rules =
        rules.replace("examples = [\"acme_m_${lowernum:24}\"]", "examples = [\"<<acme_m_${lowernum:24}>>\"]");
    place.write("../acme.toml", rules);
    sh(
        &place,
        "git init --quiet --initial-branch=main .
         printf 'a (b) <<%s\n. *\n  end>> c\n' \"$KEY\" > file; git add file; git commit --quiet --message leak",
    );
    let plan = plan(&place);
    sh(&place, &steps(&place, &plan).concat().join("\n"));
    assert_eq!(place.read("file"), "a (b) <<***REMOVED***>> c\n");
}

#[test]
fn what_no_reference_holds_needs_no_rewrite() {
    let place = repository(
        "git init --quiet --initial-branch=main .
         echo clean > readme; git add readme; git commit --quiet --message first
         echo \"$KEY\" > lost; git add lost; git commit --quiet --message lost; git reset --quiet --hard HEAD~1
         echo \"$KEY\" > staged; git add staged",
    );
    let outcome = history(&place, "plan", &[&fingerprint(&place)]);
    assert_screen("plan_without_rewrite", &outcome.stdout);
}

#[test]
fn what_is_no_fingerprint_of_this_repository_is_refused() {
    let place = repository(LEAK);
    let unknown = history(&place, "plan", &["abcdefgh"]);
    assert_eq!(unknown.code, Some(2));
    assert_snapshot!(unknown.stderr, @"
    stanch: abcdefgh: nothing in . holds it
    try: stanch scan git:. shows the fingerprints of this repository
    ");
    let print = fingerprint(&place);
    fs::remove_file(place.path(".stanch/salt")).expect("a salt");
    let other = history(&place, "plan", &[&print]);
    assert_eq!(other.code, Some(2));
    assert!(other.stderr.contains("made with the key salt-"), "{}", other.stderr);
    let nonsense = history(&place, "plan", &["acme"]);
    assert_eq!(nonsense.code, Some(2));
    assert!(nonsense.stderr.contains("the 8 characters that reports show"), "{}", nonsense.stderr);
}

/// Verdict and exit code, and what is named: kinds of what keeps objects, `nothing` for objects that nothing keeps, and kinds
/// of files.
fn verified(place: &Place, args: &[&str]) -> (String, Option<i32>, BTreeSet<String>) {
    let outcome = history(place, "verify", &[args, &["--format", "json"]].concat());
    let proof: Value = serde_json::from_str(&outcome.stdout).unwrap_or_else(|_| panic!("{}", outcome.stderr));
    let texts = |list: &Value, field: &str| -> BTreeSet<String> {
        let list = list.as_array().expect("a list");
        list.iter().map(|one| one[field].as_str().expect("text").to_owned()).collect()
    };
    let mut named = texts(&proof["kept_by"], "kind");
    named.extend(texts(&proof["files"], "kind").into_iter().map(|kind| format!("file: {kind}")));
    let objects = proof["objects"].as_array().expect("a list");
    if objects.iter().any(|object| object["kept_by"].as_array().is_some_and(Vec::is_empty)) {
        named.insert("nothing".to_owned());
    }
    (proof["verdict"].as_str().expect("text").to_owned(), outcome.code, named)
}

#[track_caller]
fn assert_held(place: &Place, print: &str, by: &[&str]) {
    let (verdict, code, named) = verified(place, &[print]);
    assert_eq!((verdict.as_str(), code), ("held", Some(1)));
    assert_eq!(named.iter().map(String::as_str).collect::<Vec<_>>(), by);
}

#[test]
fn each_step_takes_away_what_is_named_before_it() {
    let place = repository(LEAK);
    let plan = plan(&place);
    let print = plan["fingerprint"].as_str().expect("text");
    let steps = steps(&place, &plan);
    let [prepare, remote, here, stash, tree, left, last] = &steps[..] else { panic!("{steps:#?}") };
    let [expire, gc, clean] = &last[..] else { panic!("{last:#?}") };
    // One shell does all of it, so the folder of the first step is given to each.
    let folder = sh(&place, "mktemp -d").trim().to_owned();
    let run = |commands: &[String]| {
        sh(
            &place,
            &commands.join("\n").replace("$(mktemp -d)", &folder).replace("\"$D", &format!("\"{folder}")),
        );
    };
    let everything = [
        "branch",
        "file: leftover",
        "file: reflog",
        "index",
        "pull-request",
        "reflog",
        "remote-branch",
        "stash",
        "tag",
    ];
    assert_held(&place, print, &everything);
    run(prepare);
    run(remote);
    assert_held(&place, print, &everything);
    run(here);
    assert_held(&place, print, &["file: leftover", "file: reflog", "index", "reflog", "stash"]);
    run(stash);
    assert_held(&place, print, &["file: leftover", "file: reflog", "index", "nothing", "reflog"]);
    run(tree);
    assert_held(&place, print, &["file: leftover", "file: reflog", "nothing", "reflog"]);
    run(left);
    assert_held(&place, print, &["file: reflog", "nothing", "reflog"]);
    run(std::slice::from_ref(expire));
    assert_held(&place, print, &["nothing"]);
    run(std::slice::from_ref(gc));
    run(std::slice::from_ref(clean));
    assert_eq!(verified(&place, &[print]), ("gone".to_owned(), Some(0), BTreeSet::new()));
    assert_screen("gone", &history(&place, "verify", &[print]).stdout);
    // The remote has new references, and what they pointed to before until it collects its garbage.
    let remote = ["--repo", "../origin.git", print];
    assert_eq!(verified(&place, &remote).2, BTreeSet::from(["nothing".to_owned()]));
    sh(&place, "git -C ../origin.git gc --quiet --prune=now");
    assert_eq!(verified(&place, &remote).1, Some(0));
}

#[test]
fn what_holds_it_is_named_with_what_lets_go_of_it() {
    let place = repository(LEAK);
    let outcome = history(&place, "verify", &[&fingerprint(&place)]);
    assert_eq!(outcome.code, Some(1));
    assert_screen("held", &outcome.stdout);
}

#[test]
fn steps_without_a_remote_prove_it_gone() {
    let place = repository(AWKWARD);
    let plan = plan(&place);
    let commands: Vec<String> = plan["steps"]
        .as_array()
        .expect("steps")
        .iter()
        .flat_map(|step| step["commands"].as_array().expect("commands"))
        .map(|command| command.as_str().expect("text").to_owned())
        .collect();
    // The last one fails unless it is proven.
    let said = sh(&place, &commands.join("\n"));
    assert!(said.contains("✓ Gone"), "{said}");
}

#[test]
fn a_value_is_searched_for_whatever_rules_say() {
    let encoded = "printf 'some text before %s and after' \"$KEY\" | base64 -w0 | sed 's/^/x/' > data";
    let place = repository(&format!(
        "git init --quiet --initial-branch=main .
         {encoded}; echo $KEY | tr a-z A-Z > upper; git add .; git commit --quiet --message first"
    ));
    let value = key("m", 1)["acme_m_".len()..].to_owned();
    let run = |args: &[&str], value: &str| {
        let stanch = place.stanch(&["history", "verify", "--stdin", "--rules", "../acme.toml"]).args(args);
        let outcome = stanch.stdin(format!("{value}\n")).run();
        assert!(!outcome.stdout.contains(value) && !outcome.stderr.contains(value), "the value is shown");
        outcome
    };
    let held = run(&[], &value);
    assert_eq!(held.code, Some(1), "{}{}", held.stdout, held.stderr);
    let print = held.stdout.lines().nth(1).expect("a fingerprint").trim().to_owned();
    let short = print.rsplit(':').next().expect("a digest")[..8].to_owned();
    assert_eq!(run(&[&short], &value).stdout.lines().next(), Some("✗ Still held"));
    let other = key("m", 2)["acme_m_".len()..].to_owned();
    assert_eq!(run(&[], &other).code, Some(0));
    let wrong = run(&[&print], &other);
    assert_eq!(wrong.code, Some(2));
    assert!(wrong.stderr.contains("has another fingerprint"), "{}", wrong.stderr);
    let few = run(&[], "abc");
    assert_eq!(few.code, Some(2));
    assert!(few.stderr.contains("4 are the least"), "{}", few.stderr);
}

#[test]
fn what_could_not_be_read_is_no_proof() {
    let place = repository(LEAK);
    let print = fingerprint(&place);
    sh(
        &place,
        "git init --quiet ../other; cd ../other; echo a > a; git add a; git commit --quiet --message a",
    );
    let other = ["--repo", "../other", &print];
    assert_eq!(verified(&place, &other).1, Some(0));
    place.write("../other/.git/objects/pack/tmp_pack_1", "half a pack");
    assert_eq!(verified(&place, &other), ("unproven".to_owned(), Some(2), BTreeSet::new()));
    assert_screen("unproven", &history(&place, "verify", &other).stdout);
    fs::remove_file(place.path("../other/.git/objects/pack/tmp_pack_1")).expect("removed");
    let blob = sh(&place, "git -C ../other rev-parse HEAD:a");
    let path = place.path(&format!("../other/.git/objects/{}/{}", &blob[..2], blob[2..].trim()));
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("permitted");
    fs::write(&path, "damaged").expect("written");
    assert_eq!(verified(&place, &other).1, Some(2));
    fs::remove_file(&path).expect("removed");
    assert_eq!(verified(&place, &other).1, Some(2));
    let short = print.rsplit(':').next().expect("a digest")[..8].to_owned();
    let refused = history(&place, "verify", &[&short, "--repo", "../other"]);
    assert_eq!((refused.code, refused.stdout.as_str()), (Some(2), ""));
    assert!(refused.stderr.contains("would prove nothing"), "{}", refused.stderr);
}

#[test]
fn what_a_repository_borrows_and_what_stands_beside_objects_is_looked_through() {
    let place = repository(LEAK);
    let print = fingerprint(&place);
    sh(&place, "git clone --quiet --shared --no-checkout --single-branch --branch main . ../borrower");
    let (_, code, named) = verified(&place, &["--repo", "../borrower", &print]);
    assert_eq!((code, named.contains("nothing")), (Some(1), true));
    sh(&place, "git init --quiet ../plain; cd ../plain; git config remote.x.url https://x:$KEY@example.org/");
    sh(&place, "cd ../plain; echo a > a; git add a; git commit --quiet --message a; git branch $KEY");
    let (_, code, named) = verified(&place, &["--repo", "../plain", &print]);
    assert_eq!(code, Some(1));
    let files = ["file: other", "file: reference", "file: reflog"].map(str::to_owned);
    assert_eq!(named, BTreeSet::from(files));
}
