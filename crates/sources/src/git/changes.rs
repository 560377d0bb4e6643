//! What commits bring that their parents do not have.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    rc::Rc,
};

use gix::{
    ObjectId,
    bstr::{BStr, BString, ByteSlice},
    objs::tree::EntryKind,
};

use super::lookup::{Entry, Listing, Lookup};

/// What holds a file at the top.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bringer {
    /// A commit, by its place in the list.
    Commit(usize),
    /// A folder by itself, which a tag leads to.
    Folder(ObjectId),
}

/// A file that a commit, or a folder by itself, brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Change {
    /// Its content.
    pub(super) blob: ObjectId,
    pub(super) by: Bringer,
    pub(super) path: BString,
}

/// What a list of commits brings.
#[derive(Default)]
pub(super) struct Changes {
    /// Each content and path once, with the first that brings it.
    pub(super) files: Vec<Change>,
    /// Paths of submodules.
    pub(super) submodules: BTreeSet<BString>,
    /// Commits and folders that cannot be read to their end.
    pub(super) unreadable: BTreeSet<ObjectId>,
    seen: HashSet<(ObjectId, BString)>,
    /// Folders that have been compared, with what they were compared with. One that stands again elsewhere brings nothing
    /// new, and a folder that holds itself many times over, many levels deep, would take forever.
    compared: HashSet<(ObjectId, Vec<ObjectId>)>,
}

/// A folder that differs from those at the same path in all parents.
struct Differing {
    folder: ObjectId,
    parents: Vec<ObjectId>,
    path: BString,
}

/// The entries of a folder by their names.
type ByName<'l> = HashMap<&'l BStr, &'l Entry>;

impl Changes {
    /// Compares each of `commits`, oldest first, with its parents. A parent that is not there holds nothing.
    pub(super) fn of(commits: &[ObjectId], lookup: &mut Lookup<'_>) -> Self {
        let mut changes = Self::default();
        for (place, id) in commits.iter().enumerate() {
            let Some(commit) = lookup.commit(id) else {
                changes.unreadable.insert(*id);
                continue;
            };
            let parents = commit.parents.iter().filter_map(|parent| Some(lookup.commit(parent)?.tree));
            let parents = parents.collect();
            changes.add(Bringer::Commit(place), commit.tree, parents, lookup);
        }
        changes
    }

    /// Adds all that the folder `id` holds, which no commit need hold.
    pub(super) fn add_folder(&mut self, id: ObjectId, lookup: &mut Lookup<'_>) {
        self.add(Bringer::Folder(id), id, Vec::new(), lookup);
    }

    fn add(&mut self, by: Bringer, top: ObjectId, parents: Vec<ObjectId>, lookup: &mut Lookup<'_>) {
        let mut pending = vec![Differing { folder: top, parents, path: BString::default() }];
        while let Some(differing) = pending.pop() {
            let Differing { folder, parents, path } = &differing;
            if parents.contains(folder) || !self.compared.insert((*folder, parents.clone())) {
                continue;
            }
            let Some(listing) = lookup.folder(folder) else {
                self.unreadable.insert(*folder);
                continue;
            };
            if !listing.complete {
                self.unreadable.insert(*folder);
            }
            let before: Vec<Rc<Listing>> =
                parents.iter().filter_map(|parent| lookup.folder(parent)).collect();
            let before: Vec<ByName<'_>> = before.iter().map(|listing| by_name(listing)).collect();
            for entry in &listing.entries {
                let same_path = before.iter().filter_map(|parent| parent.get(entry.name.as_bstr()).copied());
                if same_path.clone().any(|known| known == entry) {
                    continue;
                }
                let path = join(path, &entry.name);
                match entry.kind {
                    EntryKind::Tree => {
                        let folders = same_path.filter(|known| known.kind == EntryKind::Tree);
                        let parents = folders.map(|known| known.id).collect();
                        pending.push(Differing { folder: entry.id, parents, path });
                    }
                    EntryKind::Commit => drop(self.submodules.insert(path)),
                    _ => self.add_file(by, entry.id, path),
                }
            }
        }
    }

    /// The folders that were read.
    pub(super) fn folders(&self) -> impl Iterator<Item = &ObjectId> {
        self.compared.iter().map(|(folder, _)| folder)
    }

    fn add_file(&mut self, by: Bringer, blob: ObjectId, path: BString) {
        if self.seen.insert((blob, path.clone())) {
            self.files.push(Change { blob, by, path });
        }
    }
}

fn by_name(listing: &Listing) -> ByName<'_> {
    listing.entries.iter().map(|entry| (entry.name.as_bstr(), entry)).collect()
}

fn join(folder: &BString, name: &BString) -> BString {
    if folder.is_empty() { name.clone() } else { [folder.as_bytes(), name.as_bytes()].join(&b'/').into() }
}
