//! Reads every folder of a history: file names are scanned, and who holds whom is kept for attribution.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    sync::{Mutex, PoisonError},
};

use gix::{
    ObjectId,
    hash::oid,
    objs::{
        Kind,
        tree::{EntryKind, EntryMode},
    },
};
use stanch_model::SkipReason;

use super::{
    census::{Census, Object, Visitor},
    delta::Delta,
    folder::{Folder, RawEntry},
    store::{Number, Store},
};
use crate::{Crew, Sighting, Worker};

/// A name of a file or folder by its place in [`Names`]; the highest bit tells that something was found in it.
pub(super) type NameId = u32;

/// Set in the id of a name in which something was found.
pub(super) const NAME_FOUND: NameId = 1 << 31;

/// What an entry of a folder leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Target {
    /// Another folder.
    Tree(Number),
    /// A blob in which something was found.
    Blob(Number),
    /// A commit of another repository.
    Submodule,
    /// Nothing of interest.
    Plain,
}

/// An entry of a folder, of which the name has been scanned and the object looked up.
#[derive(Clone, Copy, Debug)]
pub(super) struct Held {
    pub(super) name: NameId,
    pub(super) target: Target,
}

impl Held {
    /// Whether something was found in the name.
    pub(super) fn is_named(&self) -> bool {
        self.name & NAME_FOUND != 0
    }
}

/// What was found in names.
pub(super) type InNames = HashMap<NameId, Vec<Sighting>>;

/// Every name that occurs in a history, each once.
#[derive(Default)]
pub(super) struct Names {
    ids: HashMap<Box<[u8]>, NameId>,
    /// Parts of paths that have been scanned, where names are paths.
    parts: HashSet<Box<[u8]>>,
    found: InNames,
}

impl Names {
    /// The id of `text`, which is scanned when it is seen for the first time.
    pub(super) fn id(&mut self, text: &[u8], worker: &mut Worker<'_>) -> NameId {
        if let Some(&id) = self.ids.get(text) {
            return id;
        }
        let found = worker.sight(text);
        self.add(text, found)
    }

    fn add(&mut self, text: &[u8], found: Vec<Sighting>) -> NameId {
        let mut id = self.ids.len() as NameId;
        if !found.is_empty() {
            id |= NAME_FOUND;
            self.found.insert(id, found);
        }
        self.ids.insert(text.into(), id);
        id
    }

    /// The id of the path `text`, of which each part is scanned when it is seen for the first time.
    pub(super) fn path_id(&mut self, text: &[u8], worker: &mut Worker<'_>) -> NameId {
        if let Some(&id) = self.ids.get(text) {
            return id;
        }
        let mut found = Vec::new();
        for part in text.split(|&byte| byte == b'/') {
            if self.parts.insert(part.into()) {
                found.extend(worker.sight(part));
            }
        }
        self.add(text, found)
    }

    /// The names by their ids, and what was found in them.
    pub(super) fn into_texts(self) -> (Vec<Box<[u8]>>, InNames) {
        let mut texts = vec![Box::default(); self.ids.len()];
        for (text, id) in self.ids {
            texts[(id & !NAME_FOUND) as usize] = text;
        }
        (texts, self.found)
    }
}

/// What the folders of a history hold.
#[derive(Default)]
pub(super) struct Trees {
    held: Vec<Held>,
    /// Where the part of `held` of each folder begins, and how long it is.
    rows: Vec<(Number, u32, u32)>,
    /// The same by the number of the object; empty parts for what is no folder.
    by_number: Vec<(u32, u32)>,
    /// Blobs and folders that folders name and that are not there.
    pub(super) absent: BTreeSet<ObjectId>,
    /// Whether anything but folders is held.
    pub(super) any_target: bool,
}

impl Trees {
    /// Reads all folders, scans names, and keeps what leads to the blobs for which `wanted` holds.
    pub(super) fn read(
        census: &Census<'_>,
        crew: &Crew<'_>,
        wanted: &(impl Fn(Number) -> bool + Sync),
    ) -> (Self, Names) {
        let (all, names) = (Mutex::new(Self::default()), Mutex::new(Names::default()));
        let start = || Folders { store: census.store, names: &names, wanted, part: Self::default() };
        census.visit(Kind::Tree, crew, start, |mut folders| {
            all.lock().unwrap_or_else(PoisonError::into_inner).absorb(&mut folders.part);
        });
        let mut all = all.into_inner().unwrap_or_else(PoisonError::into_inner);
        all.by_number = vec![(0, 0); census.store.len() as usize];
        for (number, at, len) in std::mem::take(&mut all.rows) {
            all.by_number[number as usize] = (at, len);
        }
        (all, names.into_inner().unwrap_or_else(PoisonError::into_inner))
    }

    fn absorb(&mut self, part: &mut Self) {
        let start = self.held.len() as u32;
        self.rows.extend(part.rows.iter().map(|&(number, at, len)| (number, at + start, len)));
        self.held.append(&mut part.held);
        self.absent.append(&mut part.absent);
        self.any_target |= part.any_target;
    }

    /// What the folder `number` holds that matters.
    pub(super) fn held(&self, number: Number) -> &[Held] {
        let (at, len) = self.by_number[number as usize];
        &self.held[at as usize..(at + len) as usize]
    }

    /// How many objects have a number.
    pub(super) fn numbers(&self) -> usize {
        self.by_number.len()
    }
}

/// Reads folders.
struct Folders<'v, W> {
    store: &'v Store,
    names: &'v Mutex<Names>,
    wanted: &'v W,
    part: Trees,
}

impl<W: Fn(Number) -> bool> Folders<'_, W> {
    fn meaning(&mut self, entry: RawEntry<'_>, worker: &mut Worker<'_>) -> Held {
        let name = self.names.lock().unwrap_or_else(PoisonError::into_inner).id(entry.name, worker);
        let kind = EntryMode::from_bytes(entry.mode).map(|mode| mode.kind());
        let target = match (kind, oid::try_from_bytes(entry.id)) {
            (Some(EntryKind::Commit), _) => Target::Submodule,
            (kind, Ok(id)) => self.target(kind, id),
            (_, Err(_)) => Target::Plain,
        };
        Held { name, target }
    }

    fn target(&mut self, kind: Option<EntryKind>, id: &oid) -> Target {
        match self.store.number(id) {
            Some(number) if kind == Some(EntryKind::Tree) => Target::Tree(number),
            Some(number) if (self.wanted)(number) => Target::Blob(number),
            Some(_) => Target::Plain,
            None => {
                if !id.is_empty_tree() {
                    self.part.absent.insert(id.to_owned());
                }
                Target::Plain
            }
        }
    }

    fn keep(
        &mut self,
        number: Option<Number>,
        folder: Folder<Held>,
        worker: &mut Worker<'_>,
    ) -> Folder<Held> {
        let Some(number) = number else { return folder };
        if !folder.is_complete() {
            worker.skip(self.store.id(number).to_string(), SkipReason::Corrupt, "tree is cut short");
        }
        let start = self.part.held.len();
        self.part
            .held
            .extend(folder.meanings().filter(|held| held.target != Target::Plain || held.is_named()));
        let held = &self.part.held[start..];
        self.part.any_target |=
            held.iter().any(|held| !matches!(held.target, Target::Tree(_)) || held.is_named());
        self.part.rows.push((number, start as u32, held.len() as u32));
        folder
    }
}

impl<W: Fn(Number) -> bool> Visitor for Folders<'_, W> {
    type State = Folder<Held>;

    fn whole(&mut self, object: Object<'_>, worker: &mut Worker<'_>) -> Folder<Held> {
        let id_len = self.store.hash().len_in_bytes();
        let folder = Folder::read(object.bytes, id_len, |entry| self.meaning(entry, worker));
        self.keep(object.number, folder, worker)
    }

    fn derived(
        &mut self,
        object: Object<'_>,
        delta: &Delta,
        base: &Folder<Held>,
        worker: &mut Worker<'_>,
    ) -> Folder<Held> {
        let id_len = self.store.hash().len_in_bytes();
        let meaning = |entry: RawEntry<'_>| self.meaning(entry, worker);
        let folder = Folder::read_changed(object.bytes, id_len, delta, base, meaning);
        self.keep(object.number, folder, worker)
    }
}
