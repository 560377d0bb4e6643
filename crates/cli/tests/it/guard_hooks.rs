//! The hooks that were set up, as Git runs them: before ours runs what was there, with the same arguments and input.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use insta::assert_snapshot;

use crate::{
    Place,
    guard_install::{repository, script},
    repo::{git, git_command, tree, try_git},
};

/// Writes down what it is called with, says so, and fails if a file tells it to.
const STAND_IN: &str = r#"#!/bin/sh
{ echo "NAME $*"; case "$*" in *pre-push* | *origin* | *pre-receive*) cat ;; esac; } >>"$HOME/log"
if [ -e "$HOME/NAME fails" ]; then exit 7; fi
"#;

/// A script of that kind which calls itself `name`.
fn stand_in(name: &str) -> String {
    STAND_IN.replace("NAME", name)
}

/// Sets up hooks with a binary in a folder of its own, and puts in its place what writes down how it is called.
fn install(place: &Place, args: &[&str]) -> PathBuf {
    let program = place.path("../Ada's tools/stanch");
    fs::create_dir_all(program.parent().expect("a folder")).expect("a folder");
    let _ = fs::remove_file(&program);
    let built = Path::new(env!("CARGO_BIN_EXE_stanch"));
    fs::hard_link(built, &program).or_else(|_| fs::copy(built, &program).map(drop)).expect("a copy");
    let mut command = Command::new(&program);
    command.args(["guard", "install"]).args(args).env_clear().env("HOME", place.path("."));
    let output = command.current_dir(place.path(".")).output().expect("the binary starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    fs::remove_file(&program).expect("a binary");
    script(&program, stand_in("stanch"));
    program
}

/// What was written down since this was last asked.
fn log(place: &Place) -> String {
    let log = fs::read_to_string(place.path("log")).unwrap_or_default();
    let _ = fs::remove_file(place.path("log"));
    log
}

fn commit(place: &Place) -> Output {
    try_git(&place.path("."), &["commit", "--quiet", "--allow-empty", "--message", "a message"])
}

#[track_caller]
fn assert_stops(output: &Output, message: &str) {
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && said.contains(message), "{said}");
}

#[test]
fn a_commit_passes_both_hooks() {
    let place = repository();
    script(&place.path(".git/hooks/commit-msg"), stand_in("earlier"));
    install(&place, &[]);
    assert!(commit(&place).status.success());
    assert_snapshot!(log(&place), @r"
    stanch guard pre-commit
    earlier .git/COMMIT_EDITMSG
    stanch guard commit-msg .git/COMMIT_EDITMSG
    ");
}

#[test]
fn either_hook_stops_a_commit() {
    let place = repository();
    script(&place.path(".git/hooks/pre-commit"), stand_in("earlier"));
    install(&place, &[]);
    place.write("earlier fails", "");
    assert_stops(&commit(&place), "");
    assert_snapshot!(log(&place), @"earlier");
    fs::remove_file(place.path("earlier fails")).expect("a file");
    place.write("stanch fails", "");
    assert_stops(&commit(&place), "");
    assert_snapshot!(log(&place), @r"
    earlier 
    stanch guard pre-commit
    ");
}

#[test]
fn the_exit_code_is_that_of_the_hook_that_failed() {
    let place = repository();
    script(&place.path(".git/hooks/pre-commit"), "#!/bin/sh\nexit 42\n");
    install(&place, &[]);
    // The shell of Debian, and that of Git for Windows.
    for shell in ["dash", "bash"] {
        let mut command = Command::new(shell);
        let status = command.arg(place.path(".git/hooks/pre-commit")).status().expect("a shell");
        assert_eq!(status.code(), Some(42));
    }
}

#[test]
fn a_push_is_read_by_both_hooks() {
    let place = repository();
    script(&place.path(".git/hooks/pre-push"), stand_in("earlier"));
    install(&place, &["--hook", "pre-push"]);
    let here = place.path(".");
    git(&here, &["init", "--quiet", "--bare", "../origin.git"]);
    git(&here, &["remote", "add", "origin", "../origin.git"]);
    commit(&place);
    git(&here, &["push", "--quiet", "origin", "HEAD"]);
    let id = git(&here, &["rev-parse", "HEAD"]);
    assert_snapshot!(log(&place).replace(id.trim(), "[id]"), @r"
    earlier origin ../origin.git
    HEAD [id] refs/heads/main 0000000000000000000000000000000000000000
    stanch guard pre-push origin ../origin.git
    HEAD [id] refs/heads/main 0000000000000000000000000000000000000000
    ");
    git(&here, &["push", "--quiet", "origin", "HEAD"]);
    assert_snapshot!(log(&place), @r"
    earlier origin ../origin.git
    stanch guard pre-push origin ../origin.git
    ");
}

#[test]
fn a_hook_that_reads_nothing_does_not_disturb() {
    let place = repository();
    script(&place.path(".git/hooks/pre-push"), "#!/bin/sh\nexit 0\n");
    install(&place, &["--hook", "pre-push"]);
    // More than a pipe holds.
    let lines = (0..4_000).map(|number| format!("refs/heads/{number} {number:040} x y\n"));
    let input = lines.collect::<Vec<_>>().concat();
    place.write("input", &input);
    let mut command = Command::new(place.path(".git/hooks/pre-push"));
    command.args(["origin", "url"]).env("HOME", place.path("."));
    command.stdin(File::open(place.path("input")).expect("a file"));
    let output = command.output().expect("git is installed");
    assert!(
        output.status.success() && output.stderr.is_empty(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert_eq!(log(&place), format!("stanch guard pre-push origin url\n{input}"));
}

#[test]
fn what_a_server_receives_is_read_by_both_hooks() {
    let place = Place::new();
    let here = place.path(".");
    git(&here, &["init", "--quiet", "--bare", "."]);
    script(&place.path("hooks/pre-receive"), stand_in("earlier").replace("$*", "$* pre-receive"));
    install(&place, &[]);
    git(&here, &["init", "--quiet", "client"]);
    let client = place.path("client");
    git(&client, &["commit", "--quiet", "--allow-empty", "--message", "first"]);
    let id = git(&client, &["rev-parse", "HEAD"]);
    let push = git_command(&client).env("HOME", &here).args(["push", "..", "HEAD"]).output().expect("git");
    assert!(push.status.success(), "{}", String::from_utf8_lossy(&push.stderr));
    assert_snapshot!(log(&place).replace(id.trim(), "[id]"), @r"
    earlier  pre-receive
    0000000000000000000000000000000000000000 [id] refs/heads/main
    stanch guard pre-receive
    0000000000000000000000000000000000000000 [id] refs/heads/main
    ");
}

#[test]
fn without_the_binary_the_one_on_the_path_is_run() {
    let place = repository();
    let program = install(&place, &["--hook", "pre-commit"]);
    fs::rename(&program, place.path("stanch")).expect("a program");
    let mut command = git_command(&place.path("."));
    command.env("PATH", format!("{}:/usr/bin:/bin", place.path(".").display()));
    let output = command.args(["commit", "--allow-empty", "--message", "first"]).output().expect("git");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_snapshot!(log(&place), @"stanch guard pre-commit");
}

#[test]
fn without_any_binary_nothing_passes() {
    let place = repository();
    let program = install(&place, &[]);
    fs::remove_file(program).expect("a program");
    let output = commit(&place);
    assert_stops(&output, "");
    assert_snapshot!(String::from_utf8_lossy(&output.stderr), @"stanch: not found, so this commit is not checked and stops here; install it: https://github.com/stanch/stanch");
}

#[test]
fn a_hook_that_is_not_executable_does_not_run() {
    let place = repository();
    place.write(".git/hooks/pre-commit", "#!/bin/sh\nexit 1\n");
    install(&place, &["--hook", "pre-commit"]);
    assert!(commit(&place).status.success());
}

#[test]
fn a_link_and_a_script_without_a_shebang_run() {
    let place = repository();
    script(&place.path("linked"), stand_in("earlier"));
    symlink("../../linked", place.path(".git/hooks/pre-commit")).expect("a link");
    script(&place.path(".git/hooks/commit-msg"), "echo plain $# >>\"$HOME/log\"\n");
    install(&place, &["--hook", "pre-commit,commit-msg"]);
    assert!(commit(&place).status.success());
    assert_snapshot!(log(&place), @r"
    earlier 
    stanch guard pre-commit
    plain 1
    stanch guard commit-msg .git/COMMIT_EDITMSG
    ");
}

#[test]
fn a_newer_binary_is_written_into_old_hooks() {
    let place = repository();
    install(&place, &["--hook", "pre-commit"]);
    let old = place.read(".git/hooks/pre-commit");
    let outcome = place.stanch(&["guard", "install", "--hook", "pre-commit"]).run();
    assert_snapshot!(outcome.stdout, @"pre-commit   .git/hooks/pre-commit: written anew");
    assert_ne!(place.read(".git/hooks/pre-commit"), old);
}

/// What husky 9 generates: a file for each hook, which reads the script of the project in a shell that stops at
/// mistakes.
fn husky(place: &Place) {
    let run = "#!/usr/bin/env sh\nscript=\"$(dirname \"$0\")/../$(basename \"$0\")\"\n[ ! -f \"$script\" ] || exec sh -e \"$script\" \"$@\"\n";
    for hook in ["pre-commit", "pre-push", "commit-msg"] {
        script(&place.path(&format!(".husky/_/{hook}")), run);
    }
    git(&place.path("."), &["config", "core.hooksPath", ".husky/_"]);
}

/// A folder in which `stanch` is a stand-in, as a value of PATH.
fn path(place: &Place) -> String {
    script(&place.path("../bin/stanch"), stand_in("stanch"));
    format!("{}:/usr/bin:/bin", place.path("../bin").display())
}

#[test]
fn husky_runs_our_lines_in_its_scripts() {
    let place = repository();
    husky(&place);
    place.write(".husky/pre-commit", "echo lint-staged >>\"$HOME/log\"");
    let before = tree(place.root());
    let outcome = place.stanch(&["guard", "install"]).run();
    assert_snapshot!(outcome.stdout + &outcome.stderr, @r"
    pre-commit   .husky/pre-commit: set up
    pre-push     .husky/pre-push: set up
    commit-msg   .husky/commit-msg: set up
    stanch: these files are committed: everybody who works here gets them, and needs stanch
    ");
    let path = path(&place);
    let commit = |path: &str| {
        let mut command = git_command(&place.path("."));
        command
            .env("PATH", path)
            .args(["commit", "--quiet", "--allow-empty", "--message", "m"])
            .output()
            .expect("git")
    };
    assert!(commit(&path).status.success());
    assert_snapshot!(log(&place), @r"
    lint-staged
    stanch guard pre-commit
    stanch guard commit-msg .git/COMMIT_EDITMSG
    ");
    assert_stops(&commit("/usr/bin:/bin"), "stanch: not found");
    log(&place);
    place.write("stanch fails", "");
    assert_stops(&commit(&path), "");
    assert_snapshot!(log(&place), @r"
    lint-staged
    stanch guard pre-commit
    ");
    fs::remove_file(place.path("stanch fails")).expect("a file");
    assert_snapshot!(place.stanch(&["guard", "install"]).run().stdout, @r"
    pre-commit   .husky/pre-commit: is set up already
    pre-push     .husky/pre-push: is set up already
    commit-msg   .husky/commit-msg: is set up already
    ");
    assert_snapshot!(place.stanch(&["guard", "uninstall"]).run().stdout, @r"
    pre-commit   .husky/pre-commit: removed
    pre-push     .husky/pre-push: removed
    commit-msg   .husky/commit-msg: removed
    ");
    fs::remove_dir_all(place.path("../bin")).expect("a folder");
    let kept = |tree: BTreeMap<String, (u32, Vec<u8>)>| -> Vec<_> {
        tree.into_iter().filter(|(name, _)| !name.contains(".git/")).collect()
    };
    assert_eq!(kept(tree(place.root())), kept(before));
}

#[test]
fn husky_scripts_read_the_same_push() {
    let place = repository();
    husky(&place);
    place.write(".husky/pre-push", "#!/bin/sh\n{ echo lfs \"$@\"; cat; } >>\"$HOME/log\"\n");
    place.stanch(&["guard", "install"]).run();
    let here = place.path(".");
    git(&here, &["init", "--quiet", "--bare", "../origin.git"]);
    git(&here, &["-c", "core.hooksPath=", "commit", "--quiet", "--allow-empty", "--message", "first"]);
    let id = git(&here, &["rev-parse", "HEAD"]);
    for _ in 0..2 {
        let mut command = git_command(&here);
        let push =
            command.env("PATH", path(&place)).args(["push", "../origin.git", "HEAD"]).output().expect("git");
        assert!(push.status.success(), "{}", String::from_utf8_lossy(&push.stderr));
    }
    assert_snapshot!(log(&place).replace(id.trim(), "[id]"), @r"
    stanch guard pre-push ../origin.git ../origin.git
    HEAD [id] refs/heads/main 0000000000000000000000000000000000000000
    lfs ../origin.git ../origin.git
    HEAD [id] refs/heads/main 0000000000000000000000000000000000000000
    stanch guard pre-push ../origin.git ../origin.git
    lfs ../origin.git ../origin.git
    ");
}

#[test]
fn older_husky_runs_scripts_itself() {
    let place = repository();
    let here = place.path(".");
    script(&place.path(".husky/_/husky.sh"), "");
    script(
        &place.path(".husky/pre-commit"),
        "#!/usr/bin/env sh\n. \"$(dirname -- \"$0\")/_/husky.sh\"\n\ntrue\n",
    );
    git(&here, &["config", "core.hooksPath", ".husky"]);
    let before = tree(&here);
    assert_eq!(place.stanch(&["guard", "install"]).run().code, Some(0));
    let mut command = git_command(&here);
    command.env("PATH", path(&place)).args(["commit", "--quiet", "--allow-empty", "--message", "m"]);
    assert!(command.status().expect("git").success());
    assert_snapshot!(log(&place), @r"
    stanch guard pre-commit
    stanch guard commit-msg .git/COMMIT_EDITMSG
    ");
    assert_eq!(place.stanch(&["guard", "uninstall"]).run().code, Some(0));
    let same = |name: &&String| name.starts_with(".husky");
    let names = |tree: &BTreeMap<String, _>| tree.keys().filter(same).cloned().collect::<Vec<_>>();
    let after = tree(&here);
    assert_eq!(names(&after), names(&before));
    assert_eq!(after[".husky/pre-commit"], before[".husky/pre-commit"]);
}

#[test]
fn husky_that_waits_to_be_set_up_is_told() {
    let place = repository();
    place.write(".husky/pre-commit", "npm test\n");
    let outcome = place.stanch(&["guard", "install", "--hook", "pre-commit"]).run();
    assert_snapshot!(outcome.stdout + &outcome.stderr, @r"
    pre-commit   .husky/pre-commit: set up
    stanch: these files are committed: everybody who works here gets them, and needs stanch
    stanch: husky itself is not set up in this clone yet: until then Git runs none of its hooks
    ");
}
