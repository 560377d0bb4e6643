//! Where findings are said to be.

use super::repo::{Repo, door, git_at, masked, places, scan_all, skips, token, try_scan};

#[test]
fn a_secret_is_reported_once_a_path_at_the_commit_that_brought_it() {
    let repo = Repo::init(&[]);
    repo.commit("none", &[("a.txt", "nothing\n")]);
    let first = repo.commit("one", &[("dir/a.txt", &format!("key = {}\n", token(1)))]);
    repo.commit("two", &[("dir/a.txt", &format!("moved\nkey = {}\n", token(1)))]);
    let second = repo.commit("three", &[("b.txt", &token(1)), ("dir/a.txt", "gone\n")]);
    let (findings, coverage) = scan_all(repo.path());
    let short = |id: &str| id[..7].to_owned();
    assert_eq!(
        places(&findings),
        [
            ("b.txt".to_owned(), format!("commit {}+", short(&second))),
            ("dir/a.txt".to_owned(), format!("commit {}-", short(&first))),
        ]
    );
    assert!(coverage.is_complete(), "{coverage:?}");
    assert_eq!((findings[1].location.line, findings[1].location.column), (1, 7));
    let commit = serde_json::to_value(&findings[1].provenance.0[1]).expect("a step");
    assert_eq!(commit["author"], "Ada <ada@example.org>");
    assert_eq!(commit["time"], "2023-11-14T23:13:20+01:00");
}

#[test]
fn unreachable_objects_are_scanned_and_named_so() {
    let repo = Repo::init(&[]);
    let base = repo.commit("base", &[("a.txt", "a\n")]);
    let dropped = repo.commit("dropped", &[("a.txt", &token(1))]);
    repo.git(&["reset", "--quiet", "--hard", &base]);
    let dangling = repo.git_fed(&["hash-object", "-w", "--stdin"], token(2).as_bytes());
    repo.write("a.txt", &token(3));
    repo.git(&["stash", "--quiet"]);
    let stash = repo.git(&["rev-parse", "refs/stash"]);
    let (findings, _) = scan_all(repo.path());
    let mut expected = vec![
        (dangling, "unreachable blob".to_owned()),
        ("a.txt".to_owned(), format!("unreachable commit {}-", &dropped[..7])),
        ("a.txt".to_owned(), format!("commit {}-", &stash[..7])),
    ];
    let mut found = places(&findings);
    // The stash is two commits with one tree each; either may be first, they are equally old.
    let index = repo.git(&["rev-parse", "refs/stash^2"]);
    for (_, place) in &mut found {
        *place = place.replace(&index[..7], &stash[..7]);
    }
    expected.sort();
    found.sort();
    assert_eq!(found, expected);
}

#[test]
fn a_folder_that_no_commit_holds_gives_its_files_their_paths() {
    let repo = Repo::init(&[]);
    repo.commit("one", &[("a.txt", "plain\n")]);
    let plain = repo.git(&["rev-parse", "HEAD:a.txt"]);
    let keyed = repo.git_fed(&["hash-object", "-w", "--stdin"], token(1).as_bytes());
    let name = format!("{}.txt", token(2));
    let files = format!("100644 blob {plain}\t{name}\n100644 blob {keyed}\tkey\n");
    let inner = repo.git_fed(&["mktree"], files.as_bytes());
    let outer = repo.git_fed(&["mktree"], format!("040000 tree {inner}\tdir\n").as_bytes());
    let expected = |steps: &str| {
        [
            (masked(&format!("dir/{name}")), format!("{steps} file-name")),
            ("dir/key".to_owned(), steps.to_owned()),
        ]
    };
    let found = |repo: &Repo| {
        let mut found = places(&scan_all(repo.path()).0);
        found.sort_by_key(|(path, _)| path.len() < 10);
        found
    };
    assert_eq!(found(&repo), expected("unreachable tree"));
    repo.git(&["tag", "folder", &outer]);
    assert_eq!(found(&repo), expected("tree"));
}

#[test]
fn messages_tags_notes_and_names_are_scanned() {
    let repo = Repo::init(&[]);
    let name = format!("{}.txt", token(1));
    let commit = repo.commit(&format!("subject\n\nkey {}", token(2)), &[(&format!("dir/{name}"), "plain\n")]);
    repo.git(&["tag", "--annotate", "--message", &token(3), "v1"]);
    let tag = repo.git(&["rev-parse", "refs/tags/v1"]);
    repo.git(&["notes", "add", "--message", &token(4), "HEAD"]);
    let notes = repo.git(&["rev-parse", "refs/notes/commits"]);
    let (findings, coverage) = scan_all(repo.path());
    let short = &commit[..7];
    let mut expected = vec![
        (commit.clone(), format!("commit {}- note", &notes[..7])),
        (commit.clone(), format!("commit {short}+ commit-message")),
        (tag, "tag tag-message".to_owned()),
        (masked(&format!("dir/{name}")), format!("commit {short}+ file-name")),
    ];
    let mut found = places(&findings);
    expected.sort();
    found.sort();
    assert_eq!(found, expected);
    assert_eq!(coverage.blobs(), 3, "two files and the configuration");
    let message = findings.iter().find(|finding| finding.location.line == 3).expect("the commit message");
    assert_eq!(message.location.column, 5);
}

#[test]
fn headers_of_commits_and_tags_are_scanned() {
    let repo = Repo::init(&[]);
    let tree = repo.git_fed(&["mktree"], b"");
    let by = |seed| format!("Eve <{}@example.org> 1700000000 +0000", token(seed));
    let text = format!(
        "tree {tree}\nauthor {}\ncommitter {}\nencoding {}\ngpgsig begin\n {}\n end\n\nplain\n",
        by(1),
        by(2),
        token(3),
        token(4)
    );
    let commit =
        repo.git_fed(&["hash-object", "-t", "commit", "-w", "--stdin", "--literally"], text.as_bytes());
    repo.git(&["update-ref", "refs/heads/main", &commit]);
    let text = format!("object {commit}\ntype commit\ntag v1\ntagger {}\n\n{}\n", by(5), token(6));
    let tag = repo.git_fed(&["hash-object", "-t", "tag", "-w", "--stdin"], text.as_bytes());
    let told = |unreachable: &str| {
        let in_commit = (commit.clone(), format!("commit {}+ commit-header", &commit[..7]));
        let in_tag = |part: &str| (tag.clone(), format!("{unreachable}tag tag-{part}"));
        let mut told = vec![in_commit.clone(), in_commit.clone(), in_commit.clone(), in_commit];
        told.extend([in_tag("header"), in_tag("message")]);
        told.sort();
        told
    };
    let found = || {
        let (findings, _) = scan_all(repo.path());
        let mut found = places(&findings);
        found.sort();
        (found, findings)
    };
    let (found_first, findings) = found();
    assert_eq!(found_first, told("unreachable "));
    let lines = |what: &str| {
        let there = |finding: &&stanch_model::Finding| {
            finding
                .provenance
                .0
                .iter()
                .any(|step| matches!(step, stanch_model::Step::Text { what: text } if text == what))
        };
        findings.iter().filter(there).map(|finding| finding.location.line).collect::<Vec<_>>()
    };
    assert_eq!(lines("commit-header"), [2, 3, 4, 6]);
    assert_eq!((lines("tag-header"), lines("tag-message")), (vec![4], vec![1]));
    repo.git(&["update-ref", "refs/tags/v1", &tag]);
    assert_eq!(found().0, told(""));
    let (some, _) = try_scan(repo.path(), "branch = 'main'").expect("a branch");
    assert_eq!(some.len(), 4, "{some:?}");
}

#[test]
fn the_settings_of_a_repository_are_scanned() {
    let repo = Repo::init(&[]);
    repo.commit("one", &[("a.txt", "plain\n")]);
    let header = format!("Authorization: bearer {}", token(1));
    repo.git(&["config", "http.https://example.org/.extraheader", &header]);
    repo.git(&["remote", "add", "origin", &format!("https://x:{}@example.org/x", token(2))]);
    repo.write(".git/config.worktree", &token(3));
    repo.write(".git/hooks/pre-push", &token(4));
    repo.write(".git/hooks/pre-push.sample", &token(5));
    let found = |path: &std::path::Path| {
        let mut found = places(&scan_all(path).0);
        found.sort();
        found
    };
    let told = |folder: &str| {
        [
            ("config", "git-config"),
            ("config", "git-config"),
            ("config.worktree", "git-config"),
            ("hooks/pre-push", "git-hook"),
        ]
        .map(|(path, what)| (format!("{folder}{path}"), what.to_owned()))
    };
    assert_eq!(found(repo.path()), told(".git/"));
    assert_eq!(found(&repo.path().join(".git")), told(""));
    let directory = stanch_model::Step::Directory { path: repo.path().display().to_string() };
    assert_eq!(scan_all(repo.path()).0[0].provenance.0[0], directory);
    repo.git(&["worktree", "add", "--quiet", "../linked"]);
    let linked = found(&repo.around().join("linked"));
    let names: Vec<&str> = linked.iter().map(|(path, _)| path.as_str()).collect();
    assert_eq!(names, ["config", "config", "config.worktree", "pre-push"]);
    assert_eq!(
        try_scan(repo.path(), "branch = 'main'").expect("a branch").0.len(),
        0,
        "a part of the history"
    );
}

#[test]
fn every_way_to_name_a_repository_leads_to_it() {
    let repo = Repo::init(&[]);
    repo.commit("one", &[("dir/a.txt", &token(1))]);
    let around = repo.around();
    git_at(around, &["clone", "--quiet", "--bare", "repo", "bare.git"], b"");
    git_at(around, &["clone", "--quiet", "--shared", "repo", "shared"], b"");
    repo.git(&["worktree", "add", "--quiet", "../linked"]);
    for path in ["repo", "repo/.git", "repo/dir", "bare.git", "shared", "linked", "linked/.git"] {
        let (findings, coverage) = scan_all(&around.join(path));
        assert_eq!(findings.len(), 1, "{path}");
        assert_eq!(findings[0].location.path, "dir/a.txt", "{path}");
        assert!(coverage.is_complete(), "{path}: {coverage:?}");
    }
}

#[test]
fn a_submodule_is_named_and_left_to_a_scan_of_its_own() {
    let inner = Repo::init(&[]);
    inner.commit("inner", &[("a.txt", &token(1))]);
    let outer = Repo::init(&[]);
    outer.git(&["submodule", "--quiet", "add", inner.path().to_str().expect("UTF-8"), "libs/inner"]);
    outer.commit("outer", &[]);
    let (findings, coverage) = scan_all(outer.path());
    assert_eq!(findings.len(), 0);
    assert_eq!(skips(&coverage), [("libs/inner", "submodule")]);
    assert!(coverage.is_complete());
    assert_eq!(scan_all(&outer.path().join("libs/inner")).0.len(), 1);
}

#[test]
fn what_a_shallow_or_partial_clone_left_out_is_counted() {
    let repo = Repo::init(&[]);
    let old = repo.commit("one", &[("a.txt", &token(1))]);
    let blob = repo.git(&["rev-parse", "HEAD:a.txt"]);
    repo.commit("two", &[("a.txt", "nothing\n"), ("b.txt", &token(2))]);
    repo.git(&["config", "uploadpack.allowFilter", "true"]);
    let around = repo.around();
    let url = format!("file://{}", repo.path().display());
    git_at(around, &["clone", "--quiet", "--depth=1", &url, "shallow"], b"");
    git_at(around, &["clone", "--quiet", "--filter=blob:none", &url, "partial"], b"");
    let (findings, coverage) = scan_all(&around.join("shallow"));
    assert_eq!((findings.len(), skips(&coverage)), (1, vec![(&*old, "absent")]));
    let (findings, coverage) = scan_all(&around.join("partial"));
    assert_eq!((findings.len(), skips(&coverage)), (1, vec![(&*blob, "absent")]));
    assert!(!coverage.is_complete());
}

#[test]
fn grafts_and_replacements_hide_nothing() {
    let repo = Repo::init(&[]);
    let first = repo.commit("one", &[("a.txt", &token(1))]);
    let second = repo.commit("two", &[("a.txt", "nothing\n")]);
    repo.git(&["replace", "--graft", &second]);
    let (findings, _) = scan_all(repo.path());
    assert_eq!(places(&findings), [("a.txt".to_owned(), format!("commit {}-", &first[..7]))]);
}

#[test]
fn what_is_no_repository_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let error = try_scan(folder.path(), "").expect_err("nothing there").to_string();
    assert!(error.contains("expected a git repository"), "{error}");
    let error = try_scan(&folder.path().join("missing"), "").expect_err("nothing there").to_string();
    assert!(error.contains("missing"), "{error}");
    let repo = Repo::init(&[]);
    assert!(scan_all(repo.path()).1.is_complete(), "an empty repository");
    let error = try_scan(repo.path(), "delta = 'none'").expect_err("no such value").to_string();
    assert!(error.contains("delta") || error.contains("none"), "{error}");
}

#[test]
fn a_rule_counts_where_its_paths_say_and_hides_nothing_elsewhere() {
    let repo = Repo::init(&[]);
    let text = format!("open {}\n", door(1));
    repo.commit("one", &[("a.conf", &text), ("b.txt", &text), ("c.conf", &format!("{text}\n"))]);
    for options in ["", "delta = 'whole'"] {
        let (findings, _) = try_scan(repo.path(), options).expect("valid settings");
        let rules: Vec<_> =
            findings.iter().map(|found| (found.location.path.as_str(), found.rule.id.as_str())).collect();
        let expected = [("a.conf", "test-door"), ("b.txt", "test-opening"), ("c.conf", "test-door")];
        assert_eq!(rules, expected, "{options}");
    }
}
