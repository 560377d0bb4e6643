//! `.pre-commit-hooks.yaml`, through which the pre-commit framework runs our hooks.

use std::{collections::BTreeMap, process::Command};

use insta::assert_snapshot;

use crate::{
    Place,
    guard_install::{repository, script},
    repo::git,
};

/// The file at the root of this repository.
const HOOKS: &str = include_str!("../../../../.pre-commit-hooks.yaml");

/// The fields of each hook by its id; a field of several lines is one line, as `>-` makes it.
fn hooks() -> BTreeMap<&'static str, BTreeMap<&'static str, String>> {
    let mut hooks = BTreeMap::new();
    for hook in HOOKS.split("- id: ").skip(1) {
        let (id, lines) = hook.split_once('\n').expect("a hook has fields");
        let mut fields: BTreeMap<&str, String> = BTreeMap::new();
        let mut last = "";
        for line in lines.lines().filter(|line| !line.trim_start().starts_with('#') && !line.is_empty()) {
            if let Some(more) = line.strip_prefix("    ") {
                let text = fields.get_mut(last).expect("a field before its lines");
                *text = format!("{text} {more}").replace(">- ", "");
            } else {
                let (name, value) = line.trim_start().split_once(':').expect("a field");
                fields.insert(name, value.trim().to_owned());
                last = name;
            }
        }
        hooks.insert(id, fields);
    }
    hooks
}

#[test]
fn every_hook_of_a_work_tree_has_an_id() {
    let hooks = hooks();
    let place = repository();
    place.write(".pre-commit-config.yaml", "repos: []\n");
    let told = place.stanch(&["guard", "install"]).run().stdout;
    for (id, stage) in
        [("stanch", "pre-commit"), ("stanch-pre-push", "pre-push"), ("stanch-commit-msg", "commit-msg")]
    {
        let hook = &hooks[id];
        assert_eq!(hook["stages"], format!("[{stage}]"));
        assert!(hook["entry"].contains(&format!("stanch guard {stage}")), "{id}");
        assert_eq!((&*hook["language"], &*hook["always_run"]), ("system", "true"));
        assert!(told.contains(&format!("- id: {id}\n")), "{told}");
    }
    assert_eq!(hooks.len(), 3);
}

/// What `stanch` is called with and told where pre-commit runs the hook of a push with these variables.
fn push(place: &Place, variables: &[(&str, &str)]) -> String {
    let entry = hooks()["stanch-pre-push"]["entry"].clone();
    let run = entry.strip_prefix("sh -c '").and_then(|rest| rest.strip_suffix('\'')).expect("a shell");
    script(&place.path("../bin/stanch"), "#!/bin/sh\necho \"stanch $*\"; cat\n");
    let path = format!("{}:/usr/bin:/bin", place.path("../bin").display());
    let mut command = Command::new("sh");
    command.args(["-c", run]).current_dir(place.path(".")).env_clear().env("PATH", path);
    command.env("PRE_COMMIT_REMOTE_NAME", "origin").env("PRE_COMMIT_REMOTE_URL", "ssh://host/a b.git");
    command.env("PRE_COMMIT_LOCAL_BRANCH", "refs/heads/main").env("PRE_COMMIT_REMOTE_BRANCH", "refs/heads/x");
    let output = command.envs(variables.iter().copied()).output().expect("a shell");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    String::from_utf8(output.stdout).expect("text")
}

#[test]
fn a_push_is_told_as_git_tells_it() {
    let place = repository();
    let variables = [("PRE_COMMIT_FROM_REF", "f00d"), ("PRE_COMMIT_TO_REF", "beef")];
    assert_snapshot!(push(&place, &variables), @r"
    stanch guard pre-push origin ssh://host/a b.git
    refs/heads/main beef refs/heads/x f00d
    ");
    let here = place.path(".");
    git(&here, &["commit", "--quiet", "--allow-empty", "--message", "first"]);
    let id = git(&here, &["rev-parse", "HEAD"]);
    assert_snapshot!(push(&place, &[]).replace(id.trim(), "[id]"), @r"
    stanch guard pre-push origin ssh://host/a b.git
    refs/heads/main [id] refs/heads/x 0000000000000000000000000000000000000000
    ");
}
