//! Commits, tags and folders by their ids, for walks that visit few of all objects.

use std::{collections::HashMap, rc::Rc};

use gix::{
    ObjectId,
    bstr::BString,
    hash::oid,
    objs::{
        Kind,
        tree::{EntryKind, EntryMode},
    },
};

use super::{
    commits::{self, field},
    damage::Damage,
    folder::{Folder, RawEntry},
    store::{Reader, Store},
};

/// Most entries of folders that are kept, for neighbouring commits share most of theirs.
const ENTRIES_KEPT_MAX: usize = 500_000;

/// How a commit hangs together with others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Links {
    /// Its folder.
    pub(super) tree: ObjectId,
    /// Its parents, whether they are there or not.
    pub(super) parents: Vec<ObjectId>,
    /// Committer time, seconds since 1970.
    pub(super) time: i64,
}

/// An object, as far as a walk asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Met {
    Commit(Links),
    /// A tag, and what it points to.
    Tag(ObjectId),
    Tree,
    Blob,
}

/// An entry of a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) name: BString,
    pub(super) kind: EntryKind,
    pub(super) id: ObjectId,
}

/// The entries of a folder.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Listing {
    pub(super) entries: Vec<Entry>,
    /// Whether the folder was read to its end.
    pub(super) complete: bool,
}

/// Reads single objects of a store.
pub(super) struct Lookup<'s> {
    store: &'s Store,
    reader: Reader,
    bytes: Vec<u8>,
    folders: HashMap<ObjectId, Rc<Listing>>,
    entries_kept: usize,
}

impl<'s> Lookup<'s> {
    /// Reads from `store`.
    pub(super) fn new(store: &'s Store) -> Self {
        Self { store, reader: Reader::default(), bytes: Vec::new(), folders: HashMap::new(), entries_kept: 0 }
    }

    /// What the object `id` is; none where it is nowhere.
    ///
    /// # Errors
    /// It cannot be read.
    pub(super) fn object(&mut self, id: &oid) -> Result<Option<Met>, Damage> {
        let Some(kind) = self.store.read_id(id, &mut self.reader, &mut self.bytes)? else { return Ok(None) };
        let header = commits::split(&self.bytes).0;
        let target = |name| field(header, name).next().and_then(|hex| ObjectId::from_hex(hex).ok());
        let met = match kind {
            Kind::Blob => Some(Met::Blob),
            Kind::Tree => Some(Met::Tree),
            Kind::Tag => target(b"object").map(Met::Tag),
            Kind::Commit => target(b"tree").map(|tree| Met::Commit(links(header, tree))),
        };
        met.map(Some).ok_or(Damage::Meaningless)
    }

    /// How the commit `id` hangs together with others; none where it is nowhere, cannot be read, or is no commit.
    pub(super) fn commit(&mut self, id: &oid) -> Option<Links> {
        match self.object(id) {
            Ok(Some(Met::Commit(links))) => Some(links),
            _ => None,
        }
    }

    /// The entries of the folder `id`; none where it is nowhere, cannot be read, or is no folder.
    pub(super) fn folder(&mut self, id: &oid) -> Option<Rc<Listing>> {
        if let Some(listing) = self.folders.get(id) {
            return Some(Rc::clone(listing));
        }
        if id.is_empty_tree() {
            return Some(Rc::new(Listing { entries: Vec::new(), complete: true }));
        }
        let kind = self.store.read_id(id, &mut self.reader, &mut self.bytes).ok()??;
        if kind != Kind::Tree {
            return None;
        }
        let listing = Rc::new(self.listing());
        if self.entries_kept > ENTRIES_KEPT_MAX {
            self.folders.clear();
            self.entries_kept = 0;
        }
        self.entries_kept += listing.entries.len();
        self.folders.insert(id.to_owned(), Rc::clone(&listing));
        Some(listing)
    }

    fn listing(&self) -> Listing {
        let mut entries = Vec::new();
        let folder = Folder::read(&self.bytes, self.store.hash().len_in_bytes(), |entry: RawEntry<'_>| {
            let kind = EntryMode::from_bytes(entry.mode).map_or(EntryKind::Blob, |mode| mode.kind());
            let id = oid::try_from_bytes(entry.id).map(oid::to_owned);
            entries.extend(id.map(|id| Entry { name: entry.name.into(), kind, id }));
        });
        Listing { entries, complete: folder.is_complete() }
    }

    /// What stands at `path` below the folder `root`.
    pub(super) fn at_path(&mut self, root: &oid, path: &[u8]) -> Option<ObjectId> {
        let mut id = root.to_owned();
        for part in path.split(|&byte| byte == b'/') {
            let folder = self.folder(&id)?;
            id = folder.entries.iter().find(|entry| entry.name == part)?.id;
        }
        Some(id)
    }
}

fn links(header: &[u8], tree: ObjectId) -> Links {
    let parents = field(header, b"parent").filter_map(|hex| ObjectId::from_hex(hex).ok()).collect();
    let time = field(header, b"committer").next().and_then(commits::seconds).unwrap_or(0);
    Links { tree, parents, time }
}
