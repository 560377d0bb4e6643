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
pub(super) enum Forge {
    Github,
    Gitlab,
    Bitbucket,
}

/// The commits that are new: what `head` reaches and `base` does not.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Changes {
    pub(super) base: String,
    pub(super) head: String,
}

impl Forge {
    /// The forge that runs this job.
    pub(super) fn here() -> Option<Self> {
        let is_set = |name: &str| env::var_os(name).is_some_and(|value| !value.is_empty());
        let known = [
            ("GITHUB_ACTIONS", Self::Github),
            ("GITLAB_CI", Self::Gitlab),
            ("BITBUCKET_BUILD_NUMBER", Self::Bitbucket),
        ];
        known.into_iter().find(|(variable, _)| is_set(variable)).map(|(_, forge)| forge)
    }

    /// What it shows beside the changes.
    pub(super) fn formats(self) -> Vec<FormatChoice> {
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
    pub(super) fn summary_file(self) -> Option<PathBuf> {
        let file = env::var_os("GITHUB_STEP_SUMMARY").filter(|_| self == Self::Github)?;
        Some(PathBuf::from(file)).filter(|file| !file.as_os_str().is_empty())
    }

    /// The commits that it says are new; none where it says nothing of them.
    ///
    /// # Errors
    /// The description of the event cannot be read.
    pub(super) fn changes(self) -> anyhow::Result<Option<Changes>> {
        match self {
            Self::Github => {
                let Some(file) = variable("GITHUB_EVENT_PATH") else { return Ok(None) };
                let event = read(Path::new(&file)).with_context(|| format!("GITHUB_EVENT_PATH: {file}"))?;
                Ok(of_event(&event))
            }
            Self::Gitlab => {
                let base = variable("CI_MERGE_REQUEST_DIFF_BASE_SHA")
                    .or_else(|| variable("CI_COMMIT_BEFORE_SHA"))
                    .or_else(|| variable("CI_DEFAULT_BRANCH").map(|branch| format!("origin/{branch}")));
                Ok(of(base, variable("CI_COMMIT_SHA")))
            }
            Self::Bitbucket => {
                let base = variable("BITBUCKET_PR_DESTINATION_COMMIT").or_else(|| {
                    variable("BITBUCKET_PR_DESTINATION_BRANCH").map(|branch| format!("origin/{branch}"))
                });
                Ok(of(base, variable("BITBUCKET_COMMIT")))
            }
        }
    }
}

fn of(base: Option<String>, head: Option<String>) -> Option<Changes> {
    Some(Changes { base: base?, head: head.unwrap_or_else(|| "HEAD".to_owned()) })
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

/// A pull request, a merge group or a push. A push of a new branch is compared with the default branch.
fn of_event(event: &Value) -> Option<Changes> {
    let text = |pointer: &str| {
        let value = event.pointer(pointer)?.as_str()?;
        says_something(value).then(|| value.to_owned())
    };
    let default = || text("/repository/default_branch").map(|branch| format!("origin/{branch}"));
    if let Some(base) = text("/pull_request/base/sha") {
        return of(Some(base), text("/pull_request/head/sha"));
    }
    if let Some(base) = text("/merge_group/base_sha") {
        return of(Some(base), text("/merge_group/head_sha"));
    }
    of(text("/before").or_else(default), text("/after"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn changes(event: &Value) -> Option<(String, String)> {
        of_event(event).map(|changes| (changes.base, changes.head))
    }

    #[test]
    fn events_tell_what_is_new() {
        let pair = |base: &str, head: &str| Some((base.to_owned(), head.to_owned()));
        let pull = json!({ "pull_request": { "base": { "sha": "b1" }, "head": { "sha": "h1" } } });
        assert_eq!(changes(&pull), pair("b1", "h1"));
        assert_eq!(changes(&json!({ "before": "b2", "after": "h2" })), pair("b2", "h2"));
        let branch = json!({ "before": "0000", "after": "h3", "repository": { "default_branch": "main" } });
        assert_eq!(changes(&branch), pair("origin/main", "h3"));
        let group = json!({ "merge_group": { "base_sha": "b4", "head_sha": "h4" } });
        assert_eq!(changes(&group), pair("b4", "h4"));
        assert_eq!(changes(&json!({})), None);
    }
}
