//! Pipes in the place of files, and links in circles: nothing makes a scan wait.

use std::{
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::Command,
    sync::mpsc,
    thread,
    time::Duration,
};

use super::repo::{Repo, git_at, token, try_scan};

/// Far longer than any scan here takes: a scan that waits for a pipe never ends.
const PATIENCE: Duration = Duration::from_mins(2);

/// What a scan amounts to: the number of findings, and each skip; or the error.
type Told = Result<(usize, Vec<String>), String>;

/// Scans on a thread of its own, so that one that waits fails the test instead of holding it up.
#[track_caller]
fn scan(path: &Path, config: &str) -> Told {
    let (sender, receiver) = mpsc::channel();
    let (path, config) = (path.to_owned(), config.to_owned());
    thread::spawn(move || {
        let told = try_scan(&path, &config).map(|(findings, coverage)| {
            let target = &coverage.targets[0];
            let skips = target.skips.iter().map(|skip| format!("{}: {}", skip.item, skip.detail));
            (findings.len(), skips.chain(target.error.clone()).collect())
        });
        sender.send(told.map_err(|error| error.to_string()))
    });
    receiver.recv_timeout(PATIENCE).expect("the scan ends")
}

/// Puts a pipe in the place of whatever is at `path`.
fn pipe(path: &Path) {
    drop(fs::remove_file(path));
    fs::create_dir_all(path.parent().expect("a folder")).expect("created");
    assert!(Command::new("mkfifo").arg(path).status().expect("mkfifo runs").success());
}

#[track_caller]
fn assert_refused(told: Told, name: &str) {
    let error = told.expect_err(name);
    let named = format!("{name}: a pipe or device in the place of a file");
    assert!(error.contains("expected a git repository") && error.ends_with(&named), "{error}");
}

/// One commit with a secret, as loose objects.
fn repo() -> Repo {
    let repo = Repo::init(&[]);
    repo.commit("one", &[("a.txt", &token(1))]);
    repo
}

/// The same in a pack, and the path of the pack without extension.
fn packed() -> (Repo, PathBuf) {
    let repo = repo();
    repo.git(&["repack", "-adq"]);
    let entries = fs::read_dir(repo.path().join(".git/objects/pack")).expect("a folder");
    let mut paths = entries.map(|entry| entry.expect("an entry").path());
    let pack = paths.find(|path| path.extension().is_some_and(|e| e == "pack")).expect("a pack");
    (repo, pack.with_extension(""))
}

#[test]
fn a_repository_with_a_pipe_among_its_files_is_refused_by_name() {
    for name in [
        "HEAD",
        "config",
        "config.worktree",
        "packed-refs",
        "refs/heads/main",
        "refs/tags/a/b",
        "shallow",
        "commondir",
        "gitdir",
        "index",
        "objects/info/alternates",
    ] {
        let repo = repo();
        let path = repo.path().join(".git").join(name);
        pipe(&path);
        assert_refused(scan(repo.path(), ""), name);
        assert_refused(scan(&repo.path().join(".git"), "staged = true"), name);
        fs::remove_file(&path).expect("removed");
        symlink("/dev/zero", &path).expect("linked");
        assert_refused(scan(repo.path(), ""), name);
    }
}

#[test]
fn where_objects_are_found_by_others_none_may_be_a_pipe() {
    let object = |repo: &Repo, name: &str| {
        let id = repo.git(&["rev-parse", name]);
        format!("objects/{}/{}", &id[..2], &id[2..])
    };
    for name in ["HEAD", "HEAD:", "HEAD:a.txt"] {
        let repo = repo();
        let object = object(&repo, name);
        pipe(&repo.path().join(".git").join(&object));
        for config in ["branch = 'main'", "range = 'HEAD'", "since = '2020-01-01'"] {
            assert_refused(scan(repo.path(), config), &object);
        }
        for config in ["staged = true", "new = ['refs/heads/main']"] {
            let (findings, skips) = scan(repo.path(), config).expect("a repository");
            let is_needed = if config == "staged = true" { name == "HEAD" } else { true };
            assert_eq!((findings, skips.len()), (0, usize::from(is_needed)), "{config} {name}: {skips:?}");
        }
        let (findings, skips) = scan(repo.path(), "").expect("a repository");
        assert_eq!(findings, usize::from(name != "HEAD:a.txt"), "{skips:?}");
        assert!(skips.iter().any(|skip| skip.ends_with("loose object: not a regular file")), "{skips:?}");
    }
    let repo = repo();
    let graph = repo.path().join(".git/objects/info/commit-graph");
    pipe(&graph);
    assert_refused(scan(repo.path(), "branch = 'main'"), "objects/info/commit-graph");
    assert_eq!(scan(repo.path(), ""), Ok((1, Vec::new())));
}

#[test]
fn what_nobody_opens_may_be_a_pipe() {
    let repo = repo();
    for name in ["logs/HEAD", "lfs/objects/large", "modules/inner/HEAD"] {
        pipe(&repo.path().join(".git").join(name));
    }
    let findings = |config: &str| scan(repo.path(), config).map(|(findings, skips)| (findings, skips.len()));
    assert_eq!(findings(""), Ok((1, 0)));
    assert_eq!(findings("staged = true"), Ok((0, 0)));
    assert_eq!(findings("new = ['HEAD']\nknown = ['refs/tags/']"), Ok((1, 0)));
    assert!(scan(repo.path(), "branch = 'main'").is_err(), "revisions may name entries of a reflog");
}

#[test]
fn a_pack_that_is_a_pipe_is_named_and_the_rest_is_scanned() {
    for extension in ["pack", "idx"] {
        let (repo, pack) = packed();
        repo.commit("two", &[("b.txt", &token(2))]);
        pipe(&pack.with_extension(extension));
        let (findings, skips) = scan(repo.path(), "").expect("a repository");
        let named = format!(".{extension}: a pipe or device in the place of a file");
        assert!(findings == 1 && skips.iter().any(|skip| skip.ends_with(&named)), "{findings} {skips:?}");
        let name = pack.with_extension(extension).file_name().expect("a name").to_string_lossy().into_owned();
        assert_refused(scan(repo.path(), "branch = 'main'"), &name);
    }
}

#[test]
fn a_reference_cannot_lead_to_a_pipe() {
    let repo = repo();
    fs::write(repo.path().join(".git/HEAD"), "ref: objects/heads/main\n").expect("written");
    pipe(&repo.path().join(".git/objects/heads/main"));
    assert_refused(scan(repo.path(), ""), "objects/heads/main");
}

#[test]
fn pipes_of_another_work_tree_or_repository_are_found() {
    let lender = repo();
    let around = lender.around();
    lender.git(&["worktree", "add", "--quiet", "../linked"]);
    git_at(around, &["clone", "--quiet", "--shared", "repo", "shared"], b"");
    pipe(&lender.path().join(".git/objects/info/alternates"));
    for path in ["linked", "shared"] {
        assert_refused(scan(&around.join(path), ""), "objects/info/alternates");
    }
    fs::remove_file(lender.path().join(".git/objects/info/alternates")).expect("removed");
    pipe(&lender.path().join(".git/worktrees/linked/HEAD"));
    for path in ["repo", "linked"] {
        assert_refused(scan(&around.join(path), ""), "worktrees/linked/HEAD");
    }
    let folder = tempfile::tempdir().expect("a folder");
    pipe(&folder.path().join(".git"));
    assert!(scan(folder.path(), "").expect_err("none").contains("hold none"));
}

#[test]
fn who_borrows_from_itself_is_refused_by_name() {
    let repo = repo();
    let other = Repo::init(&[]);
    other.commit("other", &[("b.txt", &token(2))]);
    let objects = |repo: &Repo| repo.path().join(".git/objects");
    let lend = |to: &Repo, from: &[&Repo]| {
        let lines: Vec<String> = from.iter().map(|from| objects(from).display().to_string()).collect();
        fs::write(objects(to).join("info/alternates"), lines.join("\n")).expect("written");
    };
    lend(&repo, &[&other, &other]);
    assert_eq!(scan(repo.path(), ""), Ok((2, Vec::new())));
    for (to, from) in [(&repo, &repo), (&other, &repo)] {
        lend(to, &[from]);
        let error = scan(to.path(), "").expect_err("a circle");
        assert!(error.contains("Alternates form a cycle"), "{error}");
    }
}

#[test]
fn links_in_a_circle_are_followed_once() {
    let repo = repo();
    for (link, target) in [("refs/heads/self", "self"), ("refs/heads/up", ".."), ("up", "..")] {
        symlink(target, repo.path().join(".git").join(link)).expect("linked");
    }
    for config in ["", "branch = 'main'", "staged = true"] {
        let (findings, _) = scan(repo.path(), config).expect("a repository");
        assert_eq!(findings, usize::from(config != "staged = true"), "{config}");
    }
}
