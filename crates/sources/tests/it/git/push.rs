//! Scans of what a push brings.

use std::{fmt::Write as _, fs};

use super::repo::{Repo, git_at, places, skips, token, try_scan};

/// Path and place of each finding.
type Found = Vec<(String, String)>;

#[track_caller]
fn found_at(path: &std::path::Path, config: &str) -> Found {
    let (findings, coverage) = try_scan(path, config).expect("valid settings");
    assert!(coverage.is_complete(), "{config}: {coverage:?}");
    let mut found = places(&findings);
    found.sort();
    found
}

#[track_caller]
fn found(repo: &Repo, config: &str) -> Found {
    found_at(repo.path(), config)
}

fn at(path: &str, commit: &str, mark: &str) -> (String, String) {
    (path.to_owned(), format!("commit {}{mark}", &commit[..7]))
}

/// Four commits on main, each with a file of its own; one on a branch that left after the second.
fn history() -> (Repo, Vec<String>) {
    let repo = Repo::init(&[]);
    let commit = |seed: u64| repo.commit("more", &[(&format!("dir/{seed}.txt"), &token(seed))]);
    let mut commits = vec![commit(0), commit(1), commit(2), commit(3)];
    repo.git(&["switch", "--quiet", "--create", "side", &commits[1]]);
    commits.push(commit(4));
    (repo, commits)
}

#[test]
fn what_is_new_is_what_known_revisions_do_not_reach() {
    let (repo, commits) = history();
    let file = |commit: usize| at(&format!("dir/{commit}.txt"), &commits[commit], "+");
    let all = [file(0), file(1), file(2), file(3)];
    let one_more = |known: &str| found(&repo, &format!("new = ['refs/heads/main']\nknown = {known}"));
    assert_eq!(one_more("[]"), all);
    assert_eq!(one_more(&format!("['{}']", commits[2])), all[3..]);
    assert_eq!(one_more(&format!("['{}', '{}']", "1".repeat(40), "0".repeat(40))), all);
    assert_eq!(one_more("['refs/heads/side', 'refs/heads/missing', 'refs/remotes/origin/']"), all[2..]);
    assert_eq!(one_more("['refs/']"), []);
    let side = |known: &str| found(&repo, &format!("new = ['{}', 'HEAD']\nknown = ['{known}']", commits[4]));
    assert_eq!(side("refs/heads/main"), [file(4)]);
    assert_eq!(side("refs/heads/"), []);
    repo.git(&["repack", "-adq"]);
    repo.git(&["pack-refs", "--all"]);
    assert_eq!(one_more("['refs/heads/side']"), all[2..]);
    assert_eq!(one_more("['refs/heads/']"), []);
    let both = "new = ['refs/heads/main', 'refs/heads/side']\nknown = ['refs/tags/']";
    assert_eq!(found(&repo, both).len(), 5);
    let nothing = format!("new = ['{}']", "0".repeat(40));
    assert_eq!((found(&repo, &nothing), found(&repo, "new = []")), (vec![], vec![]));
}

#[test]
fn a_secret_that_a_later_commit_of_the_push_removes_is_found() {
    let repo = Repo::init(&[]);
    let base = repo.commit("base", &[("a.txt", "plain\n")]);
    let bad = repo.commit("bad", &[("a.txt", &token(1))]);
    repo.commit("mended", &[("a.txt", "plain\n")]);
    let config = format!("new = ['HEAD']\nknown = ['{base}']");
    assert_eq!(found(&repo, &config), [at("a.txt", &bad, "-")]);
}

#[test]
fn a_branch_of_known_commits_brings_nothing() {
    let (repo, commits) = history();
    for commit in &commits[..4] {
        let config = format!("new = ['{commit}']\nknown = ['refs/heads/main']");
        assert_eq!(found(&repo, &config), []);
    }
}

#[test]
fn of_a_merge_counts_what_no_parent_has() {
    let repo = Repo::init(&[]);
    repo.commit("base", &[("both.txt", "base\n")]);
    repo.git(&["switch", "--quiet", "--create", "side"]);
    let side = repo.commit("side", &[("side.txt", &token(1)), ("both.txt", "side\n")]);
    repo.git(&["switch", "--quiet", "main"]);
    let main = repo.commit("main", &[("main.txt", &token(2)), ("both.txt", "main\n")]);
    repo.git(&["merge", "--quiet", "--no-commit", "--strategy=ours", "side"]);
    repo.git(&["checkout", "side", "--", "side.txt"]);
    let merge = repo.commit("merge", &[("both.txt", &token(3))]);
    let merge = at("both.txt", &merge, "+");
    let of = |known: &str| found(&repo, &format!("new = ['HEAD']\nknown = [{known}]"));
    assert_eq!(of(&format!("'{main}', '{side}'")), std::slice::from_ref(&merge));
    assert_eq!(of(&format!("'{main}'")), [merge.clone(), at("side.txt", &side, "+")]);
    assert_eq!(of(&format!("'{side}'")), [merge, at("main.txt", &main, "+")]);
}

#[test]
fn tags_are_scanned_and_followed() {
    let (repo, commits) = history();
    let tag = |name: &str, text: &str, target: &str| {
        repo.git(&["tag", "--annotate", "--message", text, name, target]);
        repo.git(&["rev-parse", &format!("refs/tags/{name}")])
    };
    let inner = tag("inner", &token(10), &commits[3]);
    let outer = tag("outer", &format!("about a tag\n{}\n", token(11)), "inner");
    let message = |tag: &str| (tag.to_owned(), "tag tag-message".to_owned());
    let mut expected = vec![at("dir/3.txt", &commits[3], "+"), message(&inner), message(&outer)];
    expected.sort();
    let of = |new: &str, known: &str| found(&repo, &format!("new = ['{new}']\nknown = ['{known}']"));
    assert_eq!(of("refs/tags/outer", &commits[2]), expected);
    assert_eq!(of(&outer, "refs/tags/inner"), [message(&outer)]);
    assert_eq!(of(&inner, &outer), []);
    let folder = tag("folder", "plain", "main^{tree}");
    let tree = repo.git(&["rev-parse", "main^{tree}"]);
    let files = (0..4).map(|seed| (format!("dir/{seed}.txt"), "tree".to_owned()));
    assert_eq!(of(&folder, "refs/heads/"), files.collect::<Vec<_>>());
    assert_eq!(of(&folder, &tree), []);
    assert_eq!(of(&tree, &folder), []);
    let blob = repo.git(&["rev-parse", "main:dir/2.txt"]);
    let file = tag("file", "plain", &blob);
    assert_eq!(of(&file, "refs/heads/"), [(blob.clone(), "blob".to_owned())]);
    assert_eq!(of(&file, &blob), []);
}

#[test]
fn the_end_of_a_shallow_clone_is_new_as_a_whole() {
    let (repo, commits) = history();
    let url = format!("file://{}", repo.path().display());
    git_at(repo.around(), &["clone", "--quiet", "--depth=2", "--branch=main", &url, "shallow"], b"");
    let shallow = repo.around().join("shallow");
    let whole = |commit: usize| (0..=commit).map(move |seed| format!("dir/{seed}.txt"));
    let end = whole(2).map(|path| at(&path, &commits[2], "+"));
    let last = at("dir/3.txt", &commits[3], "+");
    let config = format!("new = ['HEAD']\nknown = ['{}']", commits[1]);
    assert_eq!(found_at(&shallow, &config), end.chain([last.clone()]).collect::<Vec<_>>());
    let config = format!("new = ['HEAD']\nknown = ['{}']", commits[2]);
    assert_eq!(found_at(&shallow, &config), [last]);
    assert_eq!(found_at(&shallow, "new = ['HEAD']\nknown = ['refs/remotes/origin/']"), []);
}

/// A commit by its time; `from` is that of its parent.
fn commit(stream: &mut String, branch: &str, (mark, from): (usize, usize), time: u64) {
    let text = token(mark as u64);
    let _ = write!(
        stream,
        "commit refs/heads/{branch}\nmark :{mark}\ncommitter Bo <bo@example.org> {time} +0000\n"
    );
    stream.push_str("data 4\nmore\n");
    if from > 0 {
        let _ = writeln!(stream, "from :{from}");
    }
    let _ = write!(stream, "M 100644 inline {mark}.txt\ndata {}\n{text}\n\n", text.len());
}

#[test]
fn clocks_that_went_wrong_hide_nothing() {
    let repo = Repo::init(&[]);
    let mut stream = String::new();
    // Main is made of commits older than their parents; the branch leaves in the middle, and says it is newest.
    for mark in 1..=20 {
        commit(&mut stream, "main", (mark, mark - 1), 1_700_000_000 - 1000 * mark as u64);
    }
    commit(&mut stream, "side", (21, 10), 1_800_000_000);
    commit(&mut stream, "old", (22, 10), 1_000_000_000);
    repo.git_fed(&["fast-import", "--quiet"], stream.as_bytes());
    let of = |new: &str, known: &str| {
        let config = format!("new = ['refs/heads/{new}']\nknown = ['refs/heads/{known}']");
        found(&repo, &config).into_iter().map(|(path, _)| path).collect::<Vec<_>>()
    };
    assert_eq!(of("side", "main"), ["21.txt"]);
    assert_eq!(of("old", "main"), ["22.txt"]);
    assert_eq!(of("main", "side").len(), 10);
    assert_eq!(of("main", "old").len(), 10);
}

#[test]
fn ten_thousand_references_may_be_known() {
    let (repo, commits) = history();
    let mut text = String::from("# pack-refs with: peeled fully-peeled sorted \n");
    for at in 0..10_000 {
        let _ = writeln!(text, "{} refs/heads/all/{at:05}", commits[at % 3]);
    }
    fs::write(repo.path().join(".git/packed-refs"), text).expect("written");
    let config = "new = ['refs/heads/main']\nknown = ['refs/heads/all/']";
    assert_eq!(found(&repo, config), [at("dir/3.txt", &commits[3], "+")]);
}

#[test]
fn what_is_named_and_not_there_is_told() {
    let (repo, commits) = history();
    let missing = "1".repeat(40);
    for (config, told) in [
        (format!("new = ['{missing}']"), format!("new: object {missing} is not in this repository")),
        (
            "new = ['HEAD', 'refs/heads/none']".to_owned(),
            "new: no reference has the name at place 2".to_owned(),
        ),
        (
            "new = ['main']".to_owned(),
            "new: expected full object ids, HEAD, or names that begin with".to_owned(),
        ),
        ("new = ['refs/heads/']".to_owned(), "new: expected full object ids".to_owned()),
        (format!("new = ['{}']", &commits[0][..39]), "new: expected full object ids".to_owned()),
        ("new = []\nknown = ['main']".to_owned(), "known: expected full object ids".to_owned()),
        ("known = ['refs/']".to_owned(), "known: cannot be set without new".to_owned()),
        ("new = []\nstaged = true".to_owned(), "new: cannot be set together with staged".to_owned()),
        ("new = []\nrange = 'HEAD'".to_owned(), "new: cannot be set together with range".to_owned()),
        ("new = []\nbranch = 'main'".to_owned(), "new: cannot be set together with branch".to_owned()),
        ("new = []\nsince = '2020-01-01'".to_owned(), "new: cannot be set together with since".to_owned()),
    ] {
        let error = try_scan(repo.path(), &config).expect_err("a wrong setting").to_string();
        assert!(error.contains("[sources.git]") && error.contains(&told), "{config}: {error}");
    }
    let tag = format!(
        "object {missing}\ntype commit\ntag lost\ntagger Bo <bo@example.org> 1700000000 +0000\n\nlost\n"
    );
    let tag = repo.git_fed(&["hash-object", "-t", "tag", "-w", "--stdin"], tag.as_bytes());
    let (_, coverage) = try_scan(repo.path(), &format!("new = ['{tag}']")).expect("a tag");
    assert_eq!(skips(&coverage), [(missing.as_str(), "absent")]);
}
