//! Scans of a part of a history.

use super::repo::{Repo, masked, places, skips, token, try_scan};

/// Three commits on main, one more on a branch that left after the second.
fn history() -> (Repo, Vec<String>) {
    let repo = Repo::init(&[]);
    let mut commits = vec![
        repo.commit("one", &[("a.txt", &token(1)), ("dir/same.txt", "same\n")]),
        repo.commit("two", &[("dir/b.txt", &token(2))]),
    ];
    repo.git(&["switch", "--quiet", "--create", "side"]);
    commits.push(repo.commit("side", &[("c.txt", &token(3))]));
    repo.git(&["switch", "--quiet", "main"]);
    commits.push(repo.commit(&format!("three {}", token(5)), &[("a.txt", "gone\n"), ("d.txt", &token(4))]));
    (repo, commits)
}

#[track_caller]
fn assert_finds(repo: &Repo, config: &str, expected: &[(&str, String)]) {
    let (findings, coverage) = try_scan(repo.path(), config).expect("valid settings");
    let found = places(&findings);
    let found: Vec<_> = found.iter().map(|(path, place)| (path.as_str(), place.clone())).collect();
    assert_eq!(found, expected, "{config}");
    assert!(coverage.is_complete(), "{config}: {coverage:?}");
}

#[test]
fn a_range_holds_what_its_commits_bring() {
    let (repo, commits) = history();
    let at = |commit: usize, mark: &str| format!("commit {}{mark}", &commits[commit][..7]);
    let message = (commits[3].as_str(), at(3, "+ commit-message"));
    let mut third = vec![("d.txt", at(3, "+")), message];
    third.sort();
    assert_finds(&repo, "range = 'HEAD~1..HEAD'", &third);
    assert_finds(&repo, "range = 'main..side'", &[("c.txt", at(2, "+"))]);
    let mut both = [third.clone(), vec![("c.txt", at(2, "+"))]].concat();
    both.sort();
    assert_finds(&repo, "range = 'main...side'", &both);
    assert_finds(&repo, "range = 'HEAD..HEAD'", &[]);
    let first = format!("range = '{}'", commits[0]);
    assert_finds(&repo, &first, &[("a.txt", at(0, "+"))]);
    let since = format!("since = '{}'\nbranch = 'side'", commits[1]);
    assert_finds(&repo, &since, &[("c.txt", at(2, "+"))]);
}

#[test]
fn a_branch_holds_its_history_and_no_other() {
    let (repo, commits) = history();
    let at = |commit: usize, mark: &str| format!("commit {}{mark}", &commits[commit][..7]);
    let side = [("a.txt", at(0, "+")), ("c.txt", at(2, "+")), ("dir/b.txt", at(1, "+"))];
    assert_finds(&repo, "branch = 'side'", &side);
    repo.git(&["repack", "-adq"]);
    assert_finds(&repo, "branch = 'refs/heads/side'", &side);
}

#[test]
fn since_leaves_out_what_is_older() {
    let (repo, commits) = history();
    assert_finds(&repo, "since = '2024-01-01'", &[]);
    let (findings, _) = try_scan(repo.path(), "since = '2023-01-01'").expect("a date");
    assert_eq!(findings.len(), 5, "{commits:?}");
    let (findings, _) = try_scan(repo.path(), "since = '2023-01-01'\nbranch = 'side'").expect("a date");
    assert_eq!(findings.len(), 3);
}

#[test]
fn what_is_staged_is_what_differs_from_head() {
    let (repo, _) = history();
    assert_finds(&repo, "staged = true", &[]);
    repo.write("deep/er/new.txt", &token(6));
    repo.write("dir/b.txt", &format!("{}\n{}\n", token(2), token(7)));
    repo.write("dir/unstaged.txt", &token(8));
    repo.git(&["add", "deep", "dir/b.txt"]);
    let index = "index".to_owned();
    let staged =
        [("deep/er/new.txt", index.clone()), ("dir/b.txt", index.clone()), ("dir/b.txt", index.clone())];
    assert_finds(&repo, "staged = true", &staged);
    let name = format!("{}.txt", token(9));
    repo.write(&name, "plain\n");
    repo.git(&["add", &name]);
    let (findings, _) = try_scan(repo.path(), "staged = true").expect("an index");
    assert!(places(&findings).contains(&(masked(&name), "index file-name".to_owned())));
}

#[test]
fn the_index_of_a_new_repository_is_all_staged() {
    let repo = Repo::init(&[]);
    assert_finds(&repo, "staged = true", &[]);
    repo.write("a.txt", &token(1));
    repo.git(&["add", "a.txt"]);
    assert_finds(&repo, "staged = true", &[("a.txt", "index".to_owned())]);
}

#[test]
fn a_submodule_in_a_range_or_the_index_is_named() {
    let inner = Repo::init(&[]);
    inner.commit("inner", &[("a.txt", &token(1))]);
    let outer = Repo::init(&[]);
    outer.commit("first", &[("a.txt", "a\n")]);
    outer.git(&["submodule", "--quiet", "add", inner.path().to_str().expect("UTF-8"), "libs/inner"]);
    let (_, coverage) = try_scan(outer.path(), "staged = true").expect("an index");
    assert_eq!(skips(&coverage), [("libs/inner", "submodule")]);
    outer.commit("second", &[]);
    let (_, coverage) = try_scan(outer.path(), "range = 'HEAD~1..HEAD'").expect("a range");
    assert_eq!(skips(&coverage), [("libs/inner", "submodule")]);
}

#[test]
fn folders_that_hold_themselves_many_times_over_are_entered_once() {
    let repo = Repo::init(&[]);
    let blob = repo.git_fed(&["hash-object", "-w", "--stdin"], token(1).as_bytes());
    let mut tree = repo.git_fed(&["mktree"], format!("100644 blob {}\tsecret\n", blob.trim()).as_bytes());
    for _ in 0..30 {
        let entry = |name: &str| format!("040000 tree {}\t{name}\n", tree.trim());
        tree = repo.git_fed(&["mktree"], (entry("a") + &entry("b") + &entry("c")).as_bytes());
    }
    let commit = repo.git(&["commit-tree", "-m", "deep", tree.trim()]);
    repo.git(&["update-ref", "refs/heads/main", commit.trim()]);
    let (findings, coverage) = try_scan(repo.path(), "branch = 'main'").expect("a branch");
    assert_eq!((findings.len(), coverage.is_complete()), (1, true));
    assert!(findings[0].location.path.ends_with("/secret"));
}

#[test]
fn wrong_settings_are_named() {
    let (repo, _) = history();
    for (config, field) in [
        ("since = 'the day of days'", "since: neither a date"),
        ("branch = 'missing'", "branch: no reference"),
        ("range = 'missing..HEAD'", "range: names something that is not in this repository"),
        ("range = '^HEAD'", "range: expected A..B"),
        ("range = 'HEAD'\nbranch = 'main'", "branch: cannot be set together with range"),
        ("staged = true\nsince = '2024-01-01'", "staged: cannot be set together with since"),
        ("stagged = true", "stagged"),
    ] {
        let error = try_scan(repo.path(), config).expect_err("a wrong setting").to_string();
        assert!(error.contains("[sources.git]") && error.contains(field), "{config}: {error}");
    }
}
