//! What is staged for the next commit: the files of the index that differ from those of HEAD.

use std::{
    collections::HashMap,
    ops::Range,
    path::{Path, PathBuf},
};

use gix::{
    ObjectId, Repository,
    bstr::{BStr, BString, ByteSlice},
    hash,
    index::{Entry, File, State, decode, entry::Flags, extension},
    objs::tree::EntryKind,
};

use super::{
    lookup::{self, Lookup, Met},
    refs, site,
};

/// A file whose content differs from that of HEAD.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Staged {
    pub(super) blob: ObjectId,
    pub(super) path: BString,
    /// Whether it is a commit of another repository rather than a file.
    pub(super) is_submodule: bool,
}

/// What the index and HEAD differ in.
#[derive(Debug, Default)]
pub(super) struct Difference {
    /// By path.
    pub(super) files: Vec<Staged>,
    /// Trees of HEAD that cannot be read; all that the index has in their place counts as staged.
    pub(super) unreadable: Vec<ObjectId>,
}

/// A folder of the index beside the tree of HEAD at the same path.
struct Folder<'i> {
    /// Which entries of the index are below it.
    entries: Range<usize>,
    /// Length of its path with the `/` at the end.
    prefix_len: usize,
    tree: Option<ObjectId>,
    /// The tree that the index itself knows for it.
    cached: Option<&'i extension::Tree>,
}

/// Where to look for what is staged.
pub(super) struct Stage {
    /// The commit of HEAD; none before the first.
    head: Option<ObjectId>,
    /// The file of the index.
    index: PathBuf,
}

impl Stage {
    /// The stage of `repository`, as its own index has it or the file `index`.
    pub(super) fn of(repository: &Repository, index: Option<&Path>) -> Self {
        let index = index.map_or_else(|| repository.index_path(), Path::to_owned);
        Self { head: refs::head(repository), index }
    }
}

/// What is staged.
///
/// # Errors
/// The index or the commit of HEAD cannot be read.
pub(super) fn staged(stage: &Stage, hash: hash::Kind, lookup: &mut Lookup<'_>) -> Result<Difference, String> {
    let tree = match stage.head {
        None => None,
        Some(head) => match lookup.object(&head).map_err(|damage| format!("{head}: {damage}"))? {
            Some(Met::Commit(links)) => Some(links.tree),
            _ => return Err(format!("{head}: HEAD leads to it, and it is no commit that is there")),
        },
    };
    let index = read_index(&stage.index, hash)?;
    Ok(from_head(&index, tree, lookup))
}

/// A file that is not there is an empty index, as it is to Git; and like Git we take it as it is, without adding it up.
fn read_index(file: &Path, hash: hash::Kind) -> Result<File, String> {
    /// Whether the sum at the end of the file is left alone.
    const SKIP_SUM: bool = true;
    site::look_at(file).map_err(|error| error.to_string())?;
    File::at_or_default(file, hash, SKIP_SUM, decode::Options::default()).map_err(|error| error.to_string())
}

fn from_head(index: &State, tree: Option<ObjectId>, lookup: &mut Lookup<'_>) -> Difference {
    let mut difference = Difference::default();
    let mut pending =
        vec![Folder { entries: 0..index.entries().len(), prefix_len: 0, tree, cached: index.tree() }];
    while let Some(folder) = pending.pop() {
        if !folder.is_unchanged() {
            difference.compare(index, lookup, &folder, &mut pending);
        }
    }
    difference.files.sort_by(|a, b| a.path.cmp(&b.path));
    difference
}

impl Folder<'_> {
    /// Whether the index itself says that nothing below differs.
    fn is_unchanged(&self) -> bool {
        let valid = self.cached.filter(|cached| cached.num_entries.is_some());
        valid.is_some_and(|cached| Some(cached.id) == self.tree)
    }
}

impl Difference {
    fn compare<'i>(
        &mut self,
        index: &'i State,
        lookup: &mut Lookup<'_>,
        folder: &Folder<'i>,
        pending: &mut Vec<Folder<'i>>,
    ) {
        let listing = folder.tree.map(|tree| lookup.folder(&tree).ok_or(tree)).transpose();
        let listing = listing.unwrap_or_else(|unreadable| {
            self.unreadable.push(unreadable);
            None
        });
        let entries = listing.iter().flat_map(|listing| &listing.entries);
        let known: HashMap<&BStr, &lookup::Entry> =
            entries.map(|entry| (entry.name.as_bstr(), entry)).collect();
        let mut at = folder.entries.start;
        while at < folder.entries.end {
            let entry = &index.entries()[at];
            let path = entry.path(index);
            let rest = &path[folder.prefix_len.min(path.len())..];
            let Some(slash) = rest.find_byte(b'/') else {
                self.files.extend(differing(entry, path, known.get(rest).map(|known| known.id)));
                at += 1;
                continue;
            };
            let name = BStr::new(&rest[..slash]);
            let prefix = &path[..=folder.prefix_len + slash];
            let below = &index.entries()[at..folder.entries.end];
            let end = at + below.partition_point(|entry| entry.path(index).starts_with(prefix));
            let tree = known.get(name).filter(|entry| entry.kind == EntryKind::Tree).map(|entry| entry.id);
            let children = folder.cached.map_or(&[][..], |cached| &cached.children[..]);
            let cached = children.iter().find(|child| child.name[..] == name[..]);
            let unchanged_sparse = entry.mode.is_sparse() && Some(entry.id) == tree;
            if !unchanged_sparse {
                pending.push(Folder { entries: at..end, prefix_len: prefix.len(), tree, cached });
            }
            at = end;
        }
    }
}

fn differing(entry: &Entry, path: &BStr, known: Option<ObjectId>) -> Option<Staged> {
    let same = known == Some(entry.id);
    let no_content = entry.mode.is_sparse() || entry.flags.contains(Flags::INTENT_TO_ADD);
    let is_submodule = entry.mode.is_submodule();
    (!same && !no_content).then(|| Staged { blob: entry.id, path: path.to_owned(), is_submodule })
}
