//! Setting up hooks, and taking them away: what is changed, what is refused, and that nothing is left behind.

use std::{
    fs,
    os::unix::fs::{PermissionsExt as _, symlink},
    path::Path,
    process::Command,
};

use insta::assert_snapshot;

use crate::{
    Place,
    repo::{git, tree},
};

/// A repository in the working folder.
pub(crate) fn repository() -> Place {
    let place = Place::new();
    git(&place.path("."), &["init", "--quiet"]);
    place
}

/// Writes a file that may be run.
pub(crate) fn script(path: &Path, text: impl AsRef<[u8]>) {
    fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    fs::write(path, text).expect("a writable file");
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("a mode");
}

/// What a run that must succeed says, on both streams.
#[track_caller]
fn says(place: &Place, args: &[&str]) -> String {
    let outcome = place.stanch(&["guard"]).args(args).run();
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    outcome.stdout + &outcome.stderr
}

/// What a run says that must fail and change nothing.
#[track_caller]
fn refuses(place: &Place, args: &[&str]) -> String {
    let before = tree(place.root());
    let outcome = place.stanch(&["guard"]).args(args).run();
    assert_eq!(outcome.code, Some(2), "{}", outcome.stdout);
    assert_eq!(tree(place.root()), before, "something changed");
    outcome.stdout + &outcome.stderr
}

/// Installs and uninstalls, and wants everything to be as before.
#[track_caller]
fn leaves_no_trace(place: &Place, folder: &str) {
    let before = tree(place.root());
    for _ in 0..2 {
        let outcome = place.stanch(&["guard", "install"]).current_dir(folder).run();
        assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
        assert_ne!(tree(place.root()), before, "nothing was set up: {}", outcome.stdout);
    }
    let outcome = place.stanch(&["guard", "uninstall"]).current_dir(folder).run();
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    assert_eq!(tree(place.root()), before, "{}", outcome.stdout);
}

#[test]
fn a_work_tree_gets_three_hooks() {
    let place = repository();
    assert_snapshot!(says(&place, &["install"]), @r"
    pre-commit   .git/hooks/pre-commit: set up
    pre-push     .git/hooks/pre-push: set up
    commit-msg   .git/hooks/commit-msg: set up
    ");
    for hook in ["pre-commit", "pre-push", "commit-msg"] {
        let mode = fs::metadata(place.path(".git/hooks").join(hook)).expect("a hook").permissions().mode();
        assert_eq!(mode & 0o777, 0o755);
    }
    assert_snapshot!(says(&place, &["install"]), @r"
    pre-commit   .git/hooks/pre-commit: is set up already
    pre-push     .git/hooks/pre-push: is set up already
    commit-msg   .git/hooks/commit-msg: is set up already
    ");
    assert_snapshot!(says(&place, &["uninstall"]), @r"
    pre-commit   .git/hooks/pre-commit: removed
    pre-push     .git/hooks/pre-push: removed
    commit-msg   .git/hooks/commit-msg: removed
    ");
    assert_snapshot!(says(&place, &["uninstall"]), @"stanch: nothing to remove: pre-commit, pre-push, commit-msg, pre-receive not set up");
}

#[test]
fn a_bare_repository_gets_one() {
    let place = Place::new();
    git(&place.path("."), &["init", "--quiet", "--bare", "team.git"]);
    assert_snapshot!(says(&place, &["install", "--repo", "team.git"]), @"pre-receive  team.git/hooks/pre-receive: set up");
    assert_snapshot!(says(&place, &["uninstall", "--repo", "team.git"]), @"pre-receive  team.git/hooks/pre-receive: removed");
}

#[test]
fn hooks_are_chosen() {
    let place = repository();
    assert_snapshot!(says(&place, &["install", "--hook", "commit-msg,pre-commit", "--hook", "pre-receive"]), @r"
    pre-commit   .git/hooks/pre-commit: set up
    commit-msg   .git/hooks/commit-msg: set up
    pre-receive  .git/hooks/pre-receive: set up
    ");
    assert_snapshot!(says(&place, &["uninstall", "--hook", "pre-receive"]), @"pre-receive  .git/hooks/pre-receive: removed");
    assert!(place.path(".git/hooks/pre-commit").exists() && !place.path(".git/hooks/pre-receive").exists());
}

#[test]
fn hooks_that_are_there_are_kept() {
    let place = repository();
    script(&place.path(".git/hooks/pre-commit"), "#!/bin/sh\nnpm test\n");
    place.write(".git/hooks/pre-push", "#!/bin/sh\nexit 1\n");
    symlink("/nowhere", place.path(".git/hooks/commit-msg")).expect("a link");
    assert_snapshot!(says(&place, &["install"]), @r"
    pre-commit   .git/hooks/pre-commit: set up, runs .git/hooks/pre-commit.before-stanch first
    pre-push     .git/hooks/pre-push: set up, keeps .git/hooks/pre-push.before-stanch, which does not run: it is not executable
    commit-msg   .git/hooks/commit-msg: set up, keeps .git/hooks/commit-msg.before-stanch, which does not run: it is not executable
    ");
    assert_snapshot!(says(&place, &["uninstall"]), @r"
    pre-commit   .git/hooks/pre-commit: removed, .git/hooks/pre-commit.before-stanch put back
    pre-push     .git/hooks/pre-push: removed, .git/hooks/pre-push.before-stanch put back
    commit-msg   .git/hooks/commit-msg: removed, .git/hooks/commit-msg.before-stanch put back
    ");
}

#[test]
fn nothing_is_left_of_hooks_that_were_there() {
    let place = repository();
    script(&place.path(".git/hooks/pre-commit"), "#!/bin/sh\nnpm test");
    place.write(".git/hooks/pre-push", "not executable");
    place.write("hooks/shared", "#!/bin/sh\n");
    symlink("../../hooks/shared", place.path(".git/hooks/commit-msg")).expect("a link");
    leaves_no_trace(&place, ".");
    script(&place.path(".git/hooks/pre-push"), b"\x7fELF\0\xff");
    leaves_no_trace(&place, "hooks");
}

#[test]
fn nothing_is_left_of_folders_that_were_not_there() {
    let place = repository();
    fs::remove_dir_all(place.path(".git/hooks")).expect("a folder");
    leaves_no_trace(&place, ".");
    git(&place.path("."), &["config", "core.hooksPath", ".githooks"]);
    leaves_no_trace(&place, ".");
    fs::create_dir(place.path(".githooks")).expect("a folder");
    leaves_no_trace(&place, ".");
}

#[test]
fn a_folder_stays_until_the_last_hook_goes() {
    let place = repository();
    fs::remove_dir_all(place.path(".git/hooks")).expect("a folder");
    let before = tree(place.root());
    says(&place, &["install", "--hook", "pre-commit"]);
    says(&place, &["install", "--hook", "pre-push"]);
    says(&place, &["uninstall", "--hook", "pre-commit"]);
    says(&place, &["uninstall", "--hook", "pre-push"]);
    assert_eq!(tree(place.root()), before);
}

#[test]
fn linked_work_trees_share_their_hooks() {
    let place = repository();
    let here = place.path(".");
    git(&here, &["commit", "--quiet", "--allow-empty", "--message", "first"]);
    git(&here, &["worktree", "add", "--quiet", "../linked"]);
    let outcome = place.stanch(&["guard", "install"]).current_dir("../linked").run();
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    assert!(place.path(".git/hooks/pre-commit").exists());
    says(&place, &["uninstall"]);
    leaves_no_trace(&place, "../linked");
}

#[test]
fn a_folder_of_the_project_is_committed() {
    let place = repository();
    git(&place.path("."), &["config", "core.hooksPath", ".githooks"]);
    script(&place.path(".githooks/pre-commit"), "#!/bin/sh\nnpm test\n");
    assert_snapshot!(says(&place, &["install"]), @r"
    pre-commit   .githooks/pre-commit: set up, runs .githooks/pre-commit.before-stanch first
    pre-push     .githooks/pre-push: set up
    commit-msg   .githooks/commit-msg: set up
    stanch: these files are committed: everybody who works here gets them, and needs stanch
    ");
}

#[test]
fn hooks_of_other_repositories_are_left_alone() {
    let place = repository();
    git(&place.path("."), &["config", "core.hooksPath", "~/hooks"]);
    assert_snapshot!(refuses(&place, &["install"]), @r"
    stanch: [root]/home/hooks: lies outside this repository, and others may have their hooks there too
    try: stanch guard install --shared, for all of them; or git config --local core.hooksPath [root]/work/.git/hooks, for hooks of its own
    ");
    place.write("../home/hooks/readme", "");
    assert_snapshot!(says(&place, &["install", "--shared"]), @r"
    pre-commit   [root]/home/hooks/pre-commit: set up
    pre-push     [root]/home/hooks/pre-push: set up
    commit-msg   [root]/home/hooks/commit-msg: set up
    ");
    assert_snapshot!(refuses(&place, &["uninstall"]), @r"
    stanch: [root]/home/hooks: lies outside this repository, and others may have their hooks there too
    try: stanch guard uninstall --shared, for all of them; or git config --local core.hooksPath [root]/work/.git/hooks, for hooks of its own
    ");
    assert_snapshot!(says(&place, &["uninstall", "--shared"]), @r"
    pre-commit   [root]/home/hooks/pre-commit: removed
    pre-push     [root]/home/hooks/pre-push: removed
    commit-msg   [root]/home/hooks/commit-msg: removed
    ");
    assert_eq!(place.list("../home/hooks"), ["readme"]);
}

#[test]
fn a_link_does_not_lead_out_of_the_repository() {
    let place = repository();
    fs::remove_dir_all(place.path(".git/hooks")).expect("a folder");
    fs::create_dir(place.path("../shared")).expect("a folder");
    symlink("../../shared", place.path(".git/hooks")).expect("a link");
    assert!(refuses(&place, &["install"]).contains("lies outside this repository"));
    fs::create_dir(place.path("../husky")).expect("a folder");
    symlink("../husky", place.path(".husky")).expect("a link");
    assert!(refuses(&place, &["install"]).contains(".husky: lies outside this repository"));
}

#[test]
fn a_relative_path_of_the_user_is_a_folder_of_this_repository() {
    let place = repository();
    place.write("../home/.gitconfig", "[core]\n\thooksPath = .githooks\n");
    leaves_no_trace(&place, ".");
}

#[test]
fn hooks_come_away_after_the_folder_changed() {
    let place = repository();
    let before = tree(&place.path(".git/hooks"));
    says(&place, &["install"]);
    git(&place.path("."), &["config", "core.hooksPath", ".githooks"]);
    says(&place, &["uninstall"]);
    assert_eq!(tree(&place.path(".git/hooks")), before);
}

#[test]
fn a_hook_that_somebody_changed_stays() {
    let place = repository();
    script(&place.path(".git/hooks/pre-commit"), "#!/bin/sh\nnpm test\n");
    says(&place, &["install"]);
    let changed = place.read(".git/hooks/pre-commit") + "echo done\n";
    place.write(".git/hooks/pre-commit", &changed);
    assert_snapshot!(refuses(&place, &["install"]), @r"
    stanch: .git/hooks/pre-commit: somebody changed it since stanch guard install wrote it
    try: stanch guard uninstall --force, which keeps a copy
    ");
    assert_snapshot!(refuses(&place, &["uninstall"]), @r"
    stanch: .git/hooks/pre-commit: somebody changed it since stanch guard install wrote it
    try: stanch guard uninstall --force, which keeps a copy
    ");
    assert_snapshot!(says(&place, &["uninstall", "--force"]), @r"
    pre-commit   .git/hooks/pre-commit: removed, what it was changed to kept as .git/hooks/pre-commit.changed, .git/hooks/pre-commit.before-stanch put back
    pre-push     .git/hooks/pre-push: removed
    commit-msg   .git/hooks/commit-msg: removed
    ");
    assert_eq!(place.read(".git/hooks/pre-commit"), "#!/bin/sh\nnpm test\n");
    assert_eq!(place.read(".git/hooks/pre-commit.changed"), changed);
}

#[test]
fn a_hook_that_another_program_moved_is_left_to_it() {
    let place = repository();
    says(&place, &["install", "--hook", "pre-commit"]);
    let moved = place.path(".git/hooks/pre-commit.legacy");
    fs::rename(place.path(".git/hooks/pre-commit"), moved).expect("a hook");
    script(&place.path(".git/hooks/pre-commit"), "#!/bin/sh\n# File generated by pre-commit\n");
    assert_snapshot!(says(&place, &["install", "--hook", "pre-commit"]), @"pre-commit   .git/hooks/pre-commit: is set up already, as .git/hooks/pre-commit.legacy, which another hook calls");
    assert_snapshot!(refuses(&place, &["uninstall"]), @r"
    stanch: .git/hooks/pre-commit: another program put its hook there and calls ours, which is now .git/hooks/pre-commit.legacy
    try: first uninstall the hook of that program
    ");
}

#[test]
fn an_interrupted_run_is_made_good() {
    let place = repository();
    let before = tree(place.root());
    script(&place.path(".git/hooks/pre-commit.before-stanch"), "#!/bin/sh\nnpm test\n");
    assert_snapshot!(says(&place, &["install", "--hook", "pre-commit"]), @"pre-commit   .git/hooks/pre-commit: set up, runs .git/hooks/pre-commit.before-stanch first");
    fs::remove_file(place.path(".git/hooks/pre-commit")).expect("a hook");
    assert_snapshot!(says(&place, &["uninstall"]), @"pre-commit   .git/hooks/pre-commit: removed, .git/hooks/pre-commit.before-stanch put back");
    fs::remove_file(place.path(".git/hooks/pre-commit")).expect("a hook");
    assert_eq!(tree(place.root()), before);
}

#[test]
fn a_name_that_is_taken_stops_all() {
    let place = repository();
    script(&place.path(".git/hooks/commit-msg"), "#!/bin/sh\n");
    place.write(".git/hooks/commit-msg.before-stanch", "somebody's");
    assert_snapshot!(refuses(&place, &["install"]), @r"
    stanch: .git/hooks/commit-msg: cannot become .git/hooks/commit-msg.before-stanch, which is there already
    try: remove or rename .git/hooks/commit-msg.before-stanch, if it is no longer needed
    ");
    fs::create_dir(place.path(".git/hooks/pre-push")).expect("a folder");
    assert_snapshot!(refuses(&place, &["install"]), @"stanch: .git/hooks/pre-push: is not a file");
}

#[test]
fn a_folder_that_takes_nothing_stays_as_it_is() {
    let place = repository();
    script(&place.path(".git/hooks/pre-commit"), "#!/bin/sh\n");
    fs::set_permissions(place.path(".git/hooks"), fs::Permissions::from_mode(0o555)).expect("a mode");
    let before = tree(place.root());
    // Nobody is who may not write there, also where the tests run as root.
    let root = place.root().display();
    let script = format!(
        "[ $(id -u) -ne 0 ] || {{ chmod 755 {root}; drop='setpriv --reuid 65534 --clear-groups --'; }}\n\
         exec ${{drop-}} \"$0\" guard install --repo {root}/work"
    );
    let output = Command::new("sh")
        .args(["-c", &script, env!("CARGO_BIN_EXE_stanch")])
        .env_clear()
        .envs([
            ("GIT_CONFIG_COUNT", "1"),
            ("GIT_CONFIG_KEY_0", "safe.directory"),
            ("GIT_CONFIG_VALUE_0", "*"),
        ])
        .env("HOME", "/nonexistent")
        .output()
        .expect("a shell");
    let said = String::from_utf8_lossy(&output.stderr).replace(&root.to_string(), "[root]");
    assert_snapshot!(said, @"stanch: [root]/work/.git/hooks: cannot be changed: permission denied");
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(tree(place.root()), before);
}

#[test]
fn hooks_that_bear_no_other_name_are_left_to_their_keepers() {
    let place = repository();
    script(&place.path(".git/hooks/pre-commit"), "#!/usr/bin/env ruby\nOvercommit::HookRunner\n");
    assert_snapshot!(refuses(&place, &["install"]), @r"
    stanch: .git/hooks/pre-commit: overcommit keeps this hook, and it runs only under its own name
    try: add `stanch guard pre-commit` to .overcommit.yml
    ");
}

#[test]
fn lefthook_is_told_in_its_settings() {
    let place = repository();
    place.write("lefthook.yml", "pre-commit:\n  jobs: []\n");
    let said = refuses(&place, &["install"]);
    assert_snapshot!(said, @r"
    pre-commit:
      commands:
        stanch:
          run: stanch guard pre-commit
    pre-push:
      commands:
        stanch:
          run: stanch guard pre-push {0} && true {files}
          use_stdin: true
          # Any file: without one, lefthook skips some pushes.
          files: echo lefthook.yml
    commit-msg:
      commands:
        stanch:
          run: stanch guard commit-msg {1}
    stanch: nothing set up: lefthook keeps the hooks here; add to lefthook.yml:
    ");
    place.write("lefthook.yml", said);
    assert_snapshot!(says(&place, &["install"]), @"stanch: lefthook.yml: calls pre-commit, pre-push, commit-msg already");
}

#[test]
fn who_uses_pre_commit_is_told_what_to_add() {
    let place = repository();
    place.write(".pre-commit-config.yaml", "repos: []\n");
    assert_snapshot!(says(&place, &["install"]), @r"
    pre-commit   .git/hooks/pre-commit: set up
    pre-push     .git/hooks/pre-push: set up
    commit-msg   .git/hooks/commit-msg: set up
      - repo: https://github.com/stanch/stanch
        rev: v0.1.0
        hooks:
          - id: stanch
          - id: stanch-pre-push
          - id: stanch-commit-msg
    stanch: for all who use pre-commit here, instead of these hooks, add to .pre-commit-config.yaml:
    ");
}

#[test]
fn no_repository_and_no_git() {
    let place = Place::new();
    assert_snapshot!(refuses(&place, &["install"]), @"stanch: git: not a git repository (or any of the parent directories): .git");
    let outcome = place.stanch(&["guard", "install"]).env("PATH", "/nonexistent").run();
    assert_snapshot!(outcome.stderr, @r"
    stanch: git, which hooks are for, cannot be run: entity not found
    try: install git
    ");
}

#[test]
fn help() {
    assert_snapshot!("help_guard", says(&Place::new(), &["--help"]));
    assert_snapshot!("help_guard_install", says(&Place::new(), &["install", "--help"]));
    assert_snapshot!("help_guard_uninstall", says(&Place::new(), &["uninstall", "--help"]));
}
