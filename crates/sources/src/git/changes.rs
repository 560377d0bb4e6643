//! What commits bring that their parents do not have.

use std::collections::{BTreeSet, HashMap, HashSet};

use gix::{
    ObjectId, Repository,
    bstr::{BString, ByteSlice},
    objs::tree::{EntryKind, EntryMode},
};

/// Room for the trees that neighbouring commits share.
const CACHE_BYTES: usize = 32 << 20;

/// A file that a commit brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Change {
    /// Its content.
    pub(super) blob: ObjectId,
    /// The commit, by its place in the list.
    pub(super) commit: usize,
    pub(super) path: BString,
}

/// What a list of commits brings.
#[derive(Default)]
pub(super) struct Changes {
    /// Each content and path once, with the first commit that brings it.
    pub(super) files: Vec<Change>,
    /// Paths of submodules.
    pub(super) submodules: BTreeSet<BString>,
    /// Commits and trees that cannot be read.
    pub(super) unreadable: BTreeSet<ObjectId>,
    seen: HashSet<(ObjectId, BString)>,
    /// Trees that have been compared, with what they were compared with. One that stands again elsewhere brings nothing
    /// new, and a tree that holds itself many times over, many levels deep, would take forever.
    compared: HashSet<(ObjectId, Vec<ObjectId>)>,
}

/// The entries of a tree by their names.
type Entries = HashMap<BString, (EntryKind, ObjectId)>;

/// A tree that differs from those at the same path in all parents.
struct Differing {
    tree: ObjectId,
    parents: Vec<ObjectId>,
    path: BString,
}

impl Changes {
    /// Compares each of `commits`, oldest first, with its parents.
    pub(super) fn of(commits: &[ObjectId], repository: &mut Repository) -> Self {
        repository.object_cache_size_if_unset(CACHE_BYTES);
        let mut changes = Self::default();
        for (place, id) in commits.iter().enumerate() {
            match trees(repository, *id) {
                Some((tree, parents)) => changes.add_commit(repository, place, tree, parents),
                None => drop(changes.unreadable.insert(*id)),
            }
        }
        changes
    }

    fn add_commit(&mut self, repository: &Repository, commit: usize, tree: ObjectId, parents: Vec<ObjectId>) {
        let mut pending = vec![Differing { tree, parents, path: BString::default() }];
        while let Some(differing) = pending.pop() {
            let Differing { tree, parents, .. } = &differing;
            if parents.contains(tree) || !self.compared.insert((*tree, parents.clone())) {
                continue;
            }
            let Some(entries) = entries(repository, differing.tree) else {
                self.unreadable.insert(differing.tree);
                continue;
            };
            let before: Vec<Entries> =
                differing.parents.iter().filter_map(|&parent| entries_of(repository, parent)).collect();
            for (name, (kind, id)) in entries {
                if before.iter().any(|parent| parent.get(&name).is_some_and(|known| *known == (kind, id))) {
                    continue;
                }
                let path =
                    if differing.path.is_empty() { name.clone() } else { join(&differing.path, &name) };
                match kind {
                    EntryKind::Tree => {
                        let same_path = before.iter().filter_map(|parent| parent.get(&name));
                        let parents =
                            same_path.filter(|entry| entry.0 == EntryKind::Tree).map(|entry| entry.1);
                        pending.push(Differing { tree: id, parents: parents.collect(), path });
                    }
                    EntryKind::Commit => drop(self.submodules.insert(path)),
                    _ => self.add_file(commit, id, path),
                }
            }
        }
    }

    fn add_file(&mut self, commit: usize, blob: ObjectId, path: BString) {
        if self.seen.insert((blob, path.clone())) {
            self.files.push(Change { blob, commit, path });
        }
    }
}

fn join(folder: &BString, name: &BString) -> BString {
    [folder.as_bytes(), name.as_bytes()].join(&b'/').into()
}

/// The tree of a commit and those of its parents that are there.
fn trees(repository: &Repository, id: ObjectId) -> Option<(ObjectId, Vec<ObjectId>)> {
    let commit = repository.find_commit(id).ok()?;
    let tree = commit.tree_id().ok()?.detach();
    let of_parent = |parent: gix::Id<'_>| Some(repository.find_commit(parent).ok()?.tree_id().ok()?.detach());
    Some((tree, commit.parent_ids().filter_map(of_parent).collect()))
}

fn entries_of(repository: &Repository, id: ObjectId) -> Option<Entries> {
    entries(repository, id).map(|entries| entries.into_iter().collect())
}

/// The entries of a tree in their order.
pub(super) fn entries(
    repository: &Repository,
    id: ObjectId,
) -> Option<Vec<(BString, (EntryKind, ObjectId))>> {
    let tree = repository.find_tree(id).ok()?;
    let entry = |entry: gix::Result<gix::object::tree::EntryRef<'_, '_>>| {
        let entry = entry.ok()?;
        Some((entry.filename().to_owned(), (EntryMode::kind(&entry.mode()), entry.object_id())))
    };
    tree.iter().map(entry).collect()
}
