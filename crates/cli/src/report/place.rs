//! Where a finding stands, in the words of whoever has to go there.

use std::{collections::HashSet, fmt};

use stanch_model::{Finding, SecretGroup, Step};

use super::{printable::Printable, situation::Situation};

/// Characters of a commit id that people are shown.
const COMMIT_SHORT: usize = 10;

/// The findings of a secret that differ in their place; where several rules see it in one place, the first is kept.
pub(crate) fn distinct<'r>(secret: &SecretGroup<'r>) -> Vec<&'r Finding> {
    let mut seen = HashSet::new();
    let findings = secret.findings.iter().copied();
    findings.filter(|&finding| seen.insert((&finding.location, &finding.provenance))).collect()
}

/// The place of one finding, as a person or a forge addresses it.
pub(crate) struct Place<'r> {
    /// The path from where the user stood, so that an editor opens it; within a repository the path from its root.
    pub(crate) path: String,
    /// The commit that holds it.
    pub(crate) commit: Option<Commit<'r>>,
    /// Which text of an object it is, where it is not the content of a file: `commit-message`.
    pub(crate) text: Option<&'r str>,
    /// The repository as the user named it, where that is not the one they stood in.
    repository: Option<&'r str>,
    /// What its place means for what to do.
    pub(crate) situation: Situation,
}

/// What is known of a commit.
#[derive(Clone, Copy)]
pub(crate) struct Commit<'r> {
    /// Hexadecimal object id.
    pub(crate) id: &'r str,
    /// Author as `Name <mail>`.
    pub(crate) author: &'r str,
    /// Author time, RFC 3339.
    pub(crate) time: &'r str,
    /// Whether the content is still in the head of a branch.
    pub(crate) in_head: bool,
}

impl Commit<'_> {
    /// The id cut to what people are shown.
    pub(crate) fn short(&self) -> &str {
        self.id.get(..COMMIT_SHORT).unwrap_or(self.id)
    }

    /// The day of the author time.
    fn date(&self) -> &str {
        self.time.split('T').next().unwrap_or(self.time)
    }

    /// Whether its content is still current, in words.
    fn standing(&self) -> &'static str {
        if self.in_head { "still in a branch head" } else { "in history only" }
    }
}

impl<'r> Place<'r> {
    /// The place of `finding`.
    pub(crate) fn of(finding: &'r Finding) -> Self {
        let steps = &finding.provenance.0;
        let commit = steps.iter().find_map(|step| match step {
            Step::Commit { id, author, time, in_head } => {
                Some(Commit { id, author, time, in_head: *in_head })
            }
            _ => None,
        });
        let text = steps.iter().find_map(|step| match step {
            Step::Text { what } => Some(what.as_str()),
            _ => None,
        });
        let folder = steps.iter().find_map(|step| match step {
            Step::Directory { path } => Some(path.as_str()),
            _ => None,
        });
        let repository = steps.iter().find_map(|step| match step {
            Step::Repository { path } if path != "." => Some(path.as_str()),
            _ => None,
        });
        let inner = &finding.location.path;
        let path = match folder {
            Some(folder) if steps.iter().any(|step| matches!(step, Step::Path { .. })) => join(folder, inner),
            Some(file) => file.strip_prefix("./").unwrap_or(file).to_owned(),
            None => inner.clone(),
        };
        Self { path, commit, text, repository, situation: Situation::of(&finding.provenance) }
    }

    /// The path as people are shown it, not yet printable.
    pub(crate) fn shown_path(&self) -> &str {
        if self.path == "-" { "stdin" } else { &self.path }
    }

    /// The path of a file as a forge addresses it: from the root of its tree, without a step that goes nowhere. None where
    /// it is in no file below the folder the user stood in: standard input, a message, an absolute target.
    pub(crate) fn in_tree(&self) -> Option<String> {
        let is_outside = self.path == "-" || self.path.starts_with('/') || self.text.is_some();
        let steps: Vec<_> = self.path.split('/').filter(|step| !matches!(*step, "" | ".")).collect();
        (!is_outside && !steps.is_empty() && !steps.contains(&"..")).then(|| steps.join("/"))
    }

    /// What is there beyond the path: the commit and whether its content is still current. Nothing for a plain file.
    pub(crate) fn remark(&self) -> Option<String> {
        self.remark_with(Commit::to_string)
    }

    /// The same without who made the commit and when.
    pub(crate) fn brief(&self) -> Option<String> {
        self.remark_with(|commit| format!("{}, {}", commit.short(), commit.standing()))
    }

    fn remark_with(&self, commit: impl Fn(&Commit<'r>) -> String) -> Option<String> {
        let text = self.text.map(|text| text.replace('-', " "));
        let remark = match (text, self.commit.as_ref().map(commit)) {
            (Some(text), Some(commit)) => Some(format!("{text} in commit {commit}")),
            (None, Some(commit)) => Some(format!("commit {commit}")),
            (Some(text), None) => Some(text),
            (None, None) => self.situation.remark().map(str::to_owned),
        };
        let repository = self.repository.map(|path| format!("repository {}", Printable(path)));
        let parts: Vec<_> = remark.into_iter().chain(repository).collect();
        (!parts.is_empty()).then(|| parts.join(", "))
    }
}

impl fmt::Display for Commit<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (author, date) = (Printable(self.author), Printable(self.date()));
        write!(f, "{} by {author} on {date}, {}", self.short(), self.standing())
    }
}

/// `path` under `root`, without a leading `./`.
fn join(root: &str, path: &str) -> String {
    match root.strip_prefix("./").unwrap_or(root) {
        "" | "." => path.to_owned(),
        root if root.ends_with('/') => format!("{root}{path}"),
        root => format!("{root}/{path}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_opens_from_where_the_user_stood() {
        for (root, path, opened) in [
            (".", "src/a.rs", "src/a.rs"),
            ("./", "src/a.rs", "src/a.rs"),
            ("./services/api/", "a.env", "services/api/a.env"),
            ("../other", "a.env", "../other/a.env"),
            ("/srv/app", "a.env", "/srv/app/a.env"),
            ("src", "src", "src/src"),
            ("/", "etc/a.env", "/etc/a.env"),
        ] {
            assert_eq!(join(root, path), opened);
        }
    }

    #[test]
    fn a_forge_is_told_paths_of_its_tree_only() {
        for (path, told) in [
            ("src/a.rs", Some("src/a.rs")),
            ("src/./b//a.rs", Some("src/b/a.rs")),
            ("../other/a.env", None),
            ("/srv/app/a.env", None),
            ("-", None),
        ] {
            let place = Place {
                path: path.to_owned(),
                commit: None,
                text: None,
                repository: None,
                situation: Situation::File,
            };
            assert_eq!(place.in_tree().as_deref(), told);
        }
    }
}
