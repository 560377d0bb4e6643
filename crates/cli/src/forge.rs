//! What a forge tells a job of the changes it is about.
//!
//! Sources: GitHub documentation, "Variables reference" and "Webhook events and payloads" (`pull_request`, `push`,
//! `merge_group`); GitLab documentation, "Predefined CI/CD variables reference"; Bitbucket documentation, "Variables and
//! secrets".

use std::{
    env,
    fs::File,
    io::Read as _,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use serde_json::Value;

use crate::output::FormatChoice;

/// Largest description of an event, in bytes.
const EVENT_BYTES_MAX: u64 = 64 << 20;

/// A forge whose jobs we know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Forge {
    Github,
    Gitlab,
    Bitbucket,
}

/// What a forge says is new.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Changes {
    /// What was there before, as the forge says it; it may not be in a clone any more.
    pub(crate) before: Option<String>,
    /// Where else to look for what is there already.
    pub(crate) fallback: Option<String>,
    /// What is to come.
    pub(crate) head: Option<String>,
}

impl Forge {
    /// The forge that runs this job.
    pub(crate) fn here() -> Option<Self> {
        let is_set = |name: &str| env::var_os(name).is_some_and(|value| !value.is_empty());
        let known = [
            ("GITHUB_ACTIONS", Self::Github),
            ("GITLAB_CI", Self::Gitlab),
            ("BITBUCKET_BUILD_NUMBER", Self::Bitbucket),
        ];
        known.into_iter().find(|(variable, _)| is_set(variable)).map(|(_, forge)| forge)
    }

    /// What it shows beside the changes.
    pub(crate) fn formats(self) -> Vec<FormatChoice> {
        let choices: &[(&str, Option<&str>)] = match self {
            Self::Github => &[("github", None)],
            Self::Gitlab => &[
                ("text", None),
                ("gitlab", Some("gl-secret-detection-report.json")),
                ("codequality", Some("gl-code-quality-report.json")),
            ],
            Self::Bitbucket => &[("text", None), ("bitbucket", Some("stanch-bitbucket.json"))],
        };
        choices
            .iter()
            .filter_map(|(format, file)| FormatChoice::of(format, file.map(PathBuf::from)))
            .collect()
    }

    /// The file to append a summary to.
    pub(crate) fn summary_file(self) -> Option<PathBuf> {
        let file = env::var_os("GITHUB_STEP_SUMMARY").filter(|_| self == Self::Github)?;
        Some(PathBuf::from(file)).filter(|file| !file.as_os_str().is_empty())
    }

    /// Whether everybody can read the repository, where the description of the event says it.
    pub(crate) fn is_public(self) -> Option<bool> {
        let file = variable("GITHUB_EVENT_PATH").filter(|_| self == Self::Github)?;
        let event = read(Path::new(&file)).ok()?;
        event.pointer("/repository/private").and_then(Value::as_bool).map(|is_private| !is_private)
    }

    /// The commits that it says are new.
    ///
    /// # Errors
    /// The description of the event cannot be read.
    pub(crate) fn changes(self) -> anyhow::Result<Changes> {
        match self {
            Self::Github => {
                let Some(file) = variable("GITHUB_EVENT_PATH") else { return Ok(of_event(&Value::Null)) };
                let event = read(Path::new(&file)).with_context(|| format!("GITHUB_EVENT_PATH: {file}"))?;
                Ok(of_event(&event))
            }
            Self::Gitlab => Ok(Changes {
                before: variable("CI_MERGE_REQUEST_DIFF_BASE_SHA")
                    .or_else(|| variable("CI_COMMIT_BEFORE_SHA")),
                fallback: variable("CI_DEFAULT_BRANCH").map(|branch| remote(&branch)),
                head: variable("CI_COMMIT_SHA"),
            }),
            Self::Bitbucket => Ok(Changes {
                before: variable("BITBUCKET_PR_DESTINATION_COMMIT"),
                fallback: variable("BITBUCKET_PR_DESTINATION_BRANCH").map(|branch| remote(&branch)),
                head: variable("BITBUCKET_COMMIT"),
            }),
        }
    }
}

/// A branch of the remote by its whole name: a tag may be called as a short one.
fn remote(branch: &str) -> String {
    format!("refs/remotes/origin/{branch}")
}

/// A variable that says something; zeros stand for no commit.
fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| says_something(value))
}

fn says_something(value: &str) -> bool {
    value.bytes().any(|byte| byte != b'0')
}

fn read(file: &Path) -> anyhow::Result<Value> {
    let mut text = String::new();
    File::open(file)?.take(EVENT_BYTES_MAX).read_to_string(&mut text)?;
    // What the parser says may quote the text.
    serde_json::from_str(&text).map_err(|error| anyhow::anyhow!("not JSON: line {}", error.line()))
}

/// A pull request, a merge group or a push.
fn of_event(event: &Value) -> Changes {
    let text = |pointer: &str| {
        let value = event.pointer(pointer)?.as_str()?;
        says_something(value).then(|| value.to_owned())
    };
    let branch = |pointer: &str| text(pointer).map(|branch| remote(&branch));
    if let Some(before) = text("/pull_request/base/sha") {
        let (fallback, head) = (branch("/pull_request/base/ref"), text("/pull_request/head/sha"));
        return Changes { before: Some(before), fallback, head };
    }
    if let Some(before) = text("/merge_group/base_sha") {
        return Changes { before: Some(before), fallback: None, head: text("/merge_group/head_sha") };
    }
    let (before, fallback) = (text("/before"), branch("/repository/default_branch"));
    Changes { before, fallback, head: text("/after") }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn changes(event: &Value) -> [Option<String>; 3] {
        let Changes { before, fallback, head } = of_event(event);
        [before, fallback, head]
    }

    #[test]
    fn events_tell_what_is_new() {
        let told = |texts: [&str; 3]| texts.map(|text| (!text.is_empty()).then(|| text.to_owned()));
        let pull =
            json!({ "pull_request": { "base": { "sha": "b1", "ref": "main" }, "head": { "sha": "h1" } } });
        assert_eq!(changes(&pull), told(["b1", "refs/remotes/origin/main", "h1"]));
        assert_eq!(changes(&json!({ "before": "b2", "after": "h2" })), told(["b2", "", "h2"]));
        let branch = json!({ "before": "0000", "after": "h3", "repository": { "default_branch": "main" } });
        assert_eq!(changes(&branch), told(["", "refs/remotes/origin/main", "h3"]));
        let group = json!({ "merge_group": { "base_sha": "b4", "head_sha": "h4" } });
        assert_eq!(changes(&group), told(["b4", "", "h4"]));
        assert_eq!(changes(&json!({})), told(["", "", ""]));
    }
}
