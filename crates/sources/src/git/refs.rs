//! What references point to, told apart by what they are for.

use std::collections::{BTreeSet, HashMap, HashSet};

use gix::{ObjectId, Repository};

use super::store::{Number, Store};

/// The commits that references point to.
#[derive(Debug, Default)]
pub(super) struct Refs {
    /// Heads of branches, local or remote, and of every work tree.
    pub(super) heads: Vec<Number>,
    /// What any reference but notes points to.
    pub(super) tips: Vec<Number>,
    /// Tag objects that any reference leads to.
    pub(super) tags: HashSet<Number>,
    /// What references under `refs/notes/` point to.
    pub(super) notes: Vec<Number>,
}

impl Refs {
    /// Reads all references; `tags` tells what each tag object points to.
    pub(super) fn read(repository: &Repository, store: &Store, tags: &HashMap<Number, Number>) -> Self {
        let mut refs = Self::default();
        let mut peeled = HashSet::new();
        let mut peel = |id: ObjectId| {
            let mut number = store.number(&id)?;
            for _ in 0..tags.len() {
                match tags.get(&number) {
                    Some(&target) => {
                        peeled.insert(number);
                        number = target;
                    }
                    None => break,
                }
            }
            Some(number)
        };
        let platform = repository.references().ok();
        let all = platform.as_ref().and_then(|platform| platform.all().ok());
        for reference in all.into_iter().flatten().flatten() {
            let Some(number) = reference.target().try_id().and_then(|id| peel(id.to_owned())) else {
                continue;
            };
            let name = reference.name().as_bstr();
            if name.starts_with(b"refs/notes/") {
                refs.notes.push(number);
                continue;
            }
            refs.tips.push(number);
            if name.starts_with(b"refs/heads/") || name.starts_with(b"refs/remotes/") {
                refs.heads.push(number);
            }
        }
        let trees = repository.worktrees().unwrap_or_default();
        let linked =
            trees.into_iter().filter_map(|tree| tree.into_repo_with_possibly_inaccessible_worktree().ok());
        let detached = linked.filter_map(|linked| head(&linked));
        for number in detached.chain(head(repository)).filter_map(peel) {
            refs.tips.push(number);
            refs.heads.push(number);
        }
        refs.tags = peeled;
        refs
    }
}

/// What HEAD leads to, without a look at the object: there may be a pipe in its place.
pub(super) fn head(repository: &Repository) -> Option<ObjectId> {
    /// Git itself follows at most so many: <https://git-scm.com/docs/git-symbolic-ref>.
    const SYMBOLIC_MAX: usize = 5;
    let mut reference = repository.find_reference("HEAD").ok()?;
    for _ in 0..=SYMBOLIC_MAX {
        if let Some(id) = reference.try_id() {
            return Some(id.detach());
        }
        reference = reference.follow()?.ok()?;
    }
    None
}

/// The commits at the heads of branches, local and remote, and at HEAD.
pub(super) fn heads(repository: &Repository) -> BTreeSet<ObjectId> {
    let platform = repository.references().ok();
    let branches = platform.as_ref().map(|platform| [platform.local_branches(), platform.remote_branches()]);
    let references = branches.into_iter().flatten().flatten().flatten().flatten();
    let targets = references.filter_map(|reference| Some(reference.try_id()?.detach()));
    targets.chain(repository.head_id().ok().map(gix::Id::detach)).collect()
}
