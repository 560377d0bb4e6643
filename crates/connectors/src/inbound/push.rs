//! Somebody pushed to a repository.

use jiff::Timestamp;
use serde::{Deserialize, Deserializer};

/// Something was pushed to a repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Push {
    /// Where to.
    pub repository: PushedRepository,
    /// The full name of the branch or tag, such as `refs/heads/main`.
    pub reference: String,
    /// The commit it pointed to before; all zeros for a new one.
    pub before: String,
    /// The commit it points to now; all zeros for one that is gone.
    pub after: String,
    /// Who pushed, as the service names them.
    pub pusher: Option<String>,
    /// The commits that the service names, oldest first; of a large push not all.
    pub commits: Vec<PushedCommit>,
}

impl Push {
    /// Whether the branch or tag is gone, so that there is nothing to scan.
    pub fn is_deletion(&self) -> bool {
        !self.after.is_empty() && self.after.bytes().all(|byte| byte == b'0')
    }
}

/// A repository as a service names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PushedRepository {
    /// Its path, such as `shop/api`.
    pub name: String,
    /// Its page.
    pub url: String,
    /// Where to clone it from, over HTTP.
    pub clone_url: Option<String>,
    /// Whether everybody can read it; none if the service does not say.
    pub public: Option<bool>,
    /// Its main branch.
    pub default_branch: Option<String>,
}

/// A commit as a service names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PushedCommit {
    /// Its id.
    pub id: String,
    /// Its page.
    pub url: Option<String>,
    /// Its author's name.
    pub author: Option<String>,
    /// When it was made, as its author's clock told.
    pub at: Option<Timestamp>,
}

/// The time of a commit, if it is one: whoever makes a commit chooses it, and a push with a strange one is a push all the same.
pub(crate) fn commit_time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    Ok(text.and_then(|text| text.parse().ok()))
}
