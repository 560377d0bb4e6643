//! How one got from the target to the bytes.

use serde::{Deserialize, Serialize};

/// One step from the target towards the bytes.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Step {
    /// A folder or file on disk, as the user named it.
    Directory {
        /// The path of the target.
        path: String,
    },
    /// Standard input.
    Stdin,
    /// A Git repository.
    Repository {
        /// The path of the repository.
        path: String,
    },
    /// A Git commit: the first one that holds the blob, where that is known.
    Commit {
        /// Hexadecimal object id.
        id: String,
        /// Author as `Name <mail>`.
        author: String,
        /// Author time, RFC 3339.
        time: String,
        /// Whether the content is still in the head of a branch.
        in_head: bool,
    },
    /// A Git object that no reference reaches: from a reflog, a stash, or dangling.
    Unreachable,
    /// What is staged for the next commit.
    Index,
    /// A Git object by id.
    Object {
        /// `blob`, `commit`, `tag` or `tree`.
        object: String,
        /// Hexadecimal object id.
        id: String,
    },
    /// A layer of a container image.
    Layer {
        /// Its digest: `sha256:…`.
        digest: String,
        /// Its place among the layers of the image, from 1.
        number: u32,
        /// How many layers the image has.
        of: u32,
        /// What made it, as the history of the image says.
        made_by: String,
        /// Whether a later layer deletes the file; whoever has the image has it all the same.
        deleted: bool,
    },
    /// A job of a CI system.
    Job {
        /// Its id there.
        id: String,
        /// The pipeline or workflow it belongs to.
        pipeline: String,
        /// The step that wrote what was found.
        step: String,
    },
    /// A path within what the steps before name.
    Path {
        /// With `/` between folders.
        path: String,
    },
    /// A text that belongs to an object rather than to a file: a header or message of a commit or tag, a note, the name of a file or reference.
    Text {
        /// Which: `commit-message`, `commit-header`, `tag-message`, `tag-header`, `note`, `file-name`, `reference-name`; `git-config` and
        /// `git-hook` are files of a repository that it does not hold itself.
        what: String,
    },
}

impl Step {
    /// What [`Step::Text`] calls the name of a file or folder.
    pub const FILE_NAME: &str = "file-name";
}

/// The chain of steps from the target to the bytes, outermost first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Provenance(pub Vec<Step>);

impl Provenance {
    /// This chain with one more step at its inner end.
    #[must_use]
    pub fn then(mut self, step: Step) -> Self {
        self.0.push(step);
        self
    }
}

impl FromIterator<Step> for Provenance {
    fn from_iter<I: IntoIterator<Item = Step>>(steps: I) -> Self {
        Self(steps.into_iter().collect())
    }
}
