//! What is staged for the next commit: the files of the index that differ from those of HEAD.

use std::{collections::HashMap, ops::Range, path::Path};

use gix::{
    ObjectId, Repository,
    bstr::{BStr, BString, ByteSlice},
    index::{Entry, File, State, decode, entry::Flags, extension},
    objs::tree::EntryKind,
};

use super::{changes, site};

/// A file whose content differs from that of HEAD.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Staged {
    pub(super) blob: ObjectId,
    pub(super) path: BString,
    /// Whether it is a commit of another repository rather than a file.
    pub(super) is_submodule: bool,
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

/// The staged files of `repository` by path, as its own index has them or the file `index`.
///
/// # Errors
/// The index or HEAD cannot be read.
pub(super) fn staged(repository: &Repository, index: Option<&Path>) -> Result<Vec<Staged>, String> {
    let staged = match index {
        Some(file) => read_index(file, repository).map(|index| differing_from_head(&index, repository))?,
        None => repository.index_or_empty().and_then(|index| differing_from_head(&index, repository)),
    };
    staged.map_err(|error| error.to_string())
}

/// A file that is not there is an empty index, as it is to Git.
fn read_index(file: &Path, repository: &Repository) -> Result<File, String> {
    site::look_at(file).map_err(|error| error.to_string())?;
    File::at_or_default(file, repository.object_hash(), false, decode::Options::default())
        .map_err(|error| error.to_string())
}

fn differing_from_head(index: &State, repository: &Repository) -> gix::Result<Vec<Staged>> {
    let head = repository.head_tree_id_or_empty()?;
    let all = 0..index.entries().len();
    let root = Folder { entries: all, prefix_len: 0, tree: Some(head.detach()), cached: index.tree() };
    let mut staged = Vec::new();
    let mut pending = vec![root];
    while let Some(folder) = pending.pop() {
        if !folder.is_unchanged() {
            compare(index, repository, &folder, &mut pending, &mut staged);
        }
    }
    staged.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(staged)
}

impl Folder<'_> {
    /// Whether the index itself says that nothing below differs.
    fn is_unchanged(&self) -> bool {
        let valid = self.cached.filter(|cached| cached.num_entries.is_some());
        valid.is_some_and(|cached| Some(cached.id) == self.tree)
    }
}

fn compare<'i>(
    index: &'i State,
    repository: &Repository,
    folder: &Folder<'i>,
    pending: &mut Vec<Folder<'i>>,
    staged: &mut Vec<Staged>,
) {
    let known: HashMap<BString, (EntryKind, ObjectId)> =
        folder.tree.and_then(|tree| changes::entries(repository, tree)).into_iter().flatten().collect();
    let mut at = folder.entries.start;
    while at < folder.entries.end {
        let entry = &index.entries()[at];
        let path = entry.path(index);
        let rest = &path[folder.prefix_len.min(path.len())..];
        let Some(slash) = rest.find_byte(b'/') else {
            staged.extend(differing(entry, path, known.get(rest)));
            at += 1;
            continue;
        };
        let name = BStr::new(&rest[..slash]);
        let prefix = &path[..=folder.prefix_len + slash];
        let below = &index.entries()[at..folder.entries.end];
        let end = at + below.partition_point(|entry| entry.path(index).starts_with(prefix));
        let tree = known.get(name).filter(|entry| entry.0 == EntryKind::Tree).map(|entry| entry.1);
        let children = folder.cached.map_or(&[][..], |cached| &cached.children[..]);
        let cached = children.iter().find(|child| child.name[..] == name[..]);
        let unchanged_sparse = entry.mode.is_sparse() && Some(entry.id) == tree;
        if !unchanged_sparse {
            pending.push(Folder { entries: at..end, prefix_len: prefix.len(), tree, cached });
        }
        at = end;
    }
}

fn differing(entry: &Entry, path: &BStr, known: Option<&(EntryKind, ObjectId)>) -> Option<Staged> {
    let same = known.is_some_and(|known| known.1 == entry.id);
    let no_content = entry.mode.is_sparse() || entry.flags.contains(Flags::INTENT_TO_ADD);
    let is_submodule = entry.mode.is_submodule();
    (!same && !no_content).then(|| Staged { blob: entry.id, path: path.to_owned(), is_submodule })
}
