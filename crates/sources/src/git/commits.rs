//! Reads every commit and tag: what people wrote into them is scanned, and how they hang together is kept for attribution.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Mutex, PoisonError},
};

use gix::{ObjectId, objs::Kind};

use super::{
    census::{self, Census, Object, Visitor},
    delta::Delta,
    store::{Number, Store},
};
use crate::{Crew, Sighting, Worker};

/// What is kept of a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Commit {
    /// The commit itself.
    pub(super) number: Number,
    /// Its folder; none where that is absent.
    pub(super) tree: Option<Number>,
    /// Those of its parents that are there, by their place in [`Commits::list`].
    pub(super) parents: Box<[u32]>,
    /// Committer time, seconds since 1970.
    pub(super) time: i64,
}

/// A part of a commit or tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// What stands before the first empty line: who made it, signatures, tags that were merged.
    Header,
    /// What stands after it.
    Message,
}

/// What was found in a part of a commit or tag.
pub(super) struct Wording {
    /// The commit or tag.
    pub(super) number: Number,
    /// Which part of it.
    pub(super) part: Part,
    /// Positions count from the start of the part.
    pub(super) sightings: Vec<Sighting>,
}

/// Every commit and tag of a repository.
#[derive(Default)]
pub(super) struct Commits {
    /// By number.
    pub(super) list: Vec<Commit>,
    /// What each tag object points to.
    pub(super) tags: HashMap<Number, Number>,
    /// Where something was found.
    pub(super) wordings: Vec<Wording>,
    /// Commits and trees that commits name and that are not there.
    pub(super) absent: BTreeSet<ObjectId>,
}

impl Commits {
    /// Reads all commits and tags, and scans them.
    pub(super) fn read(census: &Census<'_>, crew: &Crew<'_>) -> Self {
        let all = Mutex::new(Self::default());
        for kind in [Kind::Commit, Kind::Tag] {
            let start = || Texts { store: census.store, kind, part: Self::default() };
            census.visit(kind, crew, start, |texts| {
                all.lock().unwrap_or_else(PoisonError::into_inner).absorb(texts.part);
            });
        }
        Self::linked(all)
    }

    /// Reads only `some` commits and tags, each with its kind, and scans them.
    pub(super) fn read_some(store: &Store, crew: &Crew<'_>, some: &[(Number, Kind)]) -> Self {
        let all = Mutex::new(Self::default());
        let kinds: HashMap<Number, Kind> = some.iter().copied().collect();
        let numbers: Vec<Number> = some.iter().map(|known| known.0).collect();
        census::read_each(store, crew, &numbers, |object, worker| {
            let Some(&kind) = object.number.and_then(|number| kinds.get(&number)) else { return };
            let mut texts = Texts { store, kind, part: Self::default() };
            texts.whole(object, worker);
            all.lock().unwrap_or_else(PoisonError::into_inner).absorb(texts.part);
        });
        Self::linked(all)
    }

    /// Orders commits, and turns the numbers of parents into their places.
    fn linked(all: Mutex<Self>) -> Self {
        let mut all = all.into_inner().unwrap_or_else(PoisonError::into_inner);
        let mut list = std::mem::take(&mut all.list);
        list.sort_unstable_by_key(|commit| commit.number);
        let place = |number: &Number| list.binary_search_by_key(number, |c| c.number).ok().map(|p| p as u32);
        let parents: Vec<Box<[u32]>> =
            list.iter().map(|commit| commit.parents.iter().filter_map(place).collect()).collect();
        list.iter_mut().zip(parents).for_each(|(commit, parents)| commit.parents = parents);
        all.list = list;
        all
    }

    fn absorb(&mut self, mut part: Self) {
        self.list.append(&mut part.list);
        self.wordings.append(&mut part.wordings);
        self.absent.append(&mut part.absent);
        self.tags.extend(part.tags);
    }

    /// The place in `list` of the commit `number`.
    pub(super) fn place(&self, number: Number) -> Option<usize> {
        self.list.binary_search_by_key(&number, |commit| commit.number).ok()
    }

    fn add_commit(&mut self, store: &Store, number: Number, header: &[u8]) {
        let mut present = |hex: &[u8]| {
            let id = ObjectId::from_hex(hex).ok()?;
            let there = store.number(&id);
            if there.is_none() && !id.is_empty_tree() {
                self.absent.insert(id);
            }
            there
        };
        let tree = field(header, b"tree").next().and_then(&mut present);
        let parents = field(header, b"parent").filter_map(&mut present).collect();
        let time = field(header, b"committer").next().and_then(seconds).unwrap_or(0);
        self.list.push(Commit { number, tree, parents, time });
    }
}

/// The header and the message of a commit or tag.
pub(super) fn split(bytes: &[u8]) -> (&[u8], &[u8]) {
    match memchr::memmem::find(bytes, b"\n\n") {
        Some(end) => (&bytes[..end], &bytes[end + 2..]),
        None => (bytes, bytes),
    }
}

/// The values of the header lines called `name`.
pub(super) fn field<'h>(header: &'h [u8], name: &'static [u8]) -> impl Iterator<Item = &'h [u8]> {
    header.split(|&byte| byte == b'\n').filter_map(move |line| line.strip_prefix(name)?.strip_prefix(b" "))
}

/// The header with spaces in the place of the ids of objects: beside the right mail address they would look like secrets.
fn without_ids(header: &[u8]) -> Vec<u8> {
    const NAMES: [&[u8]; 4] = [b"tree ", b"parent ", b"object ", b"mergetag object "];
    let mut text = header.to_vec();
    for line in text.split_mut(|&byte| byte == b'\n') {
        let Some(name) = NAMES.into_iter().find(|name| line.starts_with(name)) else { continue };
        let id = &mut line[name.len()..];
        if ObjectId::from_hex(id).is_ok() {
            id.fill(b' ');
        }
    }
    text
}

fn lookup(store: &Store, hex: &[u8]) -> Option<Number> {
    store.number(&ObjectId::from_hex(hex).ok()?)
}

/// The time of `Name <mail> seconds zone`, seconds since 1970.
pub(super) fn seconds(signature: &[u8]) -> Option<i64> {
    let seconds = signature.rsplit(|&byte| byte == b' ').nth(1)?;
    str::from_utf8(seconds).ok()?.parse().ok()
}

/// Reads commits or tags.
struct Texts<'s> {
    store: &'s Store,
    kind: Kind,
    part: Commits,
}

impl Texts<'_> {
    fn scan(&mut self, number: Number, part: Part, text: &[u8], worker: &mut Worker<'_>) {
        let sightings = worker.sight(text);
        if !sightings.is_empty() {
            self.part.wordings.push(Wording { number, part, sightings });
        }
    }
}

impl Visitor for Texts<'_> {
    type State = ();

    fn whole(&mut self, object: Object<'_>, worker: &mut Worker<'_>) {
        let Some(number) = object.number else { return };
        let (header, message) = split(object.bytes);
        if self.kind == Kind::Commit {
            self.part.add_commit(self.store, number, header);
        } else if let Some(target) = field(header, b"object").next().and_then(|id| lookup(self.store, id)) {
            self.part.tags.insert(number, target);
        }
        self.scan(number, Part::Message, message, worker);
        if message.len() < object.bytes.len() {
            self.scan(number, Part::Header, &without_ids(header), worker);
        }
    }

    fn derived(&mut self, object: Object<'_>, _: &Delta, (): &(), worker: &mut Worker<'_>) {
        self.whole(object, worker);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_no_text() {
        let id = "0123456789abcdef0123456789abcdef01234567";
        let header = format!("tree {id}\nparent {id}0\nauthor {id}\nmergetag object {id}");
        let expected = format!("tree {0:40}\nparent {id}0\nauthor {id}\nmergetag object {0:40}", "");
        assert_eq!(String::from_utf8_lossy(&without_ids(header.as_bytes())), expected);
    }

    #[test]
    fn headers_and_messages_are_told_apart() {
        let (header, message) =
            split(b"tree 12\nparent 34\nparent 56\ncommitter A <b> 77 +0100\n\ntext\n\nmore");
        assert_eq!(message, b"text\n\nmore");
        assert_eq!(field(header, b"parent").collect::<Vec<_>>(), [b"34", b"56"]);
        assert_eq!(field(header, b"committer").next().and_then(seconds), Some(77));
        assert_eq!(split(b"no header"), (&b"no header"[..], &b"no header"[..]));
    }
}
