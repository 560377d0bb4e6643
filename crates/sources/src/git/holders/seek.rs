//! Searches every object for bytes. Of an object that is made out of one without them only what its delta brings along is
//! searched, and the bytes around each place where its pieces meet.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, PoisonError},
};

use gix::objs::Kind;
use stanch_model::{Fingerprint, Span};

use super::{
    Form, HeldObject, Remedy, Stand,
    needles::{Needle, Needles},
    ruled::Values,
};
use crate::{
    Crew, Worker,
    git::{
        census::{Census, Object, Visitor},
        commits,
        delta::Delta,
        inherit,
        store::{Number, Store},
    },
};

/// `git filter-repo` replaces nothing in a file with a zero among so many first bytes.
const BINARY_PREFIX: usize = 8192;

/// Which of the needles: bit by bit, by their place.
type Bits = u64;

/// An object that holds something.
pub(super) struct Held {
    pub(super) kind: Kind,
    secrets: BTreeSet<Fingerprint>,
    remedy: Remedy,
}

/// Where something begins: the object, and the offset in it.
type First = (Number, usize);

/// What was found.
#[derive(Default)]
pub(super) struct Seeking {
    pub(super) held: BTreeMap<Number, Held>,
    /// The object with the lowest number that holds each needle.
    first: BTreeMap<usize, First>,
    /// Where each needle stands.
    stands: BTreeSet<(usize, Stand)>,
}

impl Seeking {
    /// Searches all objects for all needles, and adds what rules found: a value may be encoded such that its bytes stand
    /// nowhere.
    pub(super) fn run(census: &Census<'_>, crew: &Crew<'_>, needles: &Needles, values: &Values) -> Self {
        let all = Mutex::new(Self::default());
        let kinds = [Kind::Blob, Kind::Commit, Kind::Tag, Kind::Tree];
        for kind in kinds.into_iter().filter(|_| !needles.list().is_empty()) {
            let start = || Seeker { needles, kind, regions: Vec::new(), part: Self::default() };
            census.visit(kind, crew, start, |seeker| {
                all.lock().unwrap_or_else(PoisonError::into_inner).absorb(seeker.part);
            });
        }
        let mut all = all.into_inner().unwrap_or_else(PoisonError::into_inner);
        all.add_ruled(values);
        all
    }

    fn absorb(&mut self, part: Self) {
        self.held.extend(part.held);
        self.stands.extend(part.stands);
        for (needle, first) in part.first {
            self.note_first(needle, first);
        }
    }

    fn note_first(&mut self, needle: usize, first: First) {
        let known = self.first.entry(needle).or_insert(first);
        *known = first.min(*known);
    }

    fn add_ruled(&mut self, values: &Values) {
        for (&number, (kind, secrets)) in &values.held {
            let fresh = || Held { kind: *kind, secrets: BTreeSet::new(), remedy: Remedy::Strip };
            self.held.entry(number).or_insert_with(fresh).secrets.extend(secrets);
        }
    }

    /// Whether the object holds something.
    pub(super) fn holds(&self, number: Number) -> bool {
        self.held.contains_key(&number)
    }

    /// Whether the folder holds something in a name of its own.
    pub(super) fn is_tree(&self, number: Number) -> bool {
        self.held.get(&number).is_some_and(|held| held.kind == Kind::Tree)
    }

    /// The objects by their numbers.
    pub(super) fn objects(&self, store: &Store) -> BTreeMap<Number, HeldObject> {
        let object = |(&number, held): (&Number, &Held)| {
            let held = HeldObject {
                id: store.id(number).to_string(),
                kind: name(held.kind),
                secrets: held.secrets.clone(),
                remedy: held.remedy,
                kept_by: BTreeSet::new(),
            };
            (number, held)
        };
        self.held.iter().map(object).collect()
    }

    /// The needles that were found, as forms.
    pub(super) fn forms(&self, needles: &Needles, store: &Store) -> Vec<Form> {
        let form = |(&place, &(number, start)): (&usize, &First)| {
            let needle = &needles.list()[place];
            let stands = self.stands.iter().filter(|stand| stand.0 == place);
            Some(Form {
                object: store.id(number).to_string(),
                kind: name(self.held.get(&number)?.kind),
                start,
                len: needle.len(),
                is_multiline: needle.is_multiline(),
                stands: stands.map(|stand| stand.1).collect(),
            })
        };
        self.first.iter().filter_map(form).collect()
    }
}

fn name(kind: Kind) -> &'static str {
    match kind {
        Kind::Blob => "blob",
        Kind::Tree => "tree",
        Kind::Commit => "commit",
        Kind::Tag => "tag",
    }
}

/// Searches objects of one kind.
struct Seeker<'n> {
    needles: &'n Needles,
    kind: Kind,
    regions: Vec<Span>,
    part: Seeking,
}

impl Seeker<'_> {
    fn record(&mut self, object: Object<'_>, found: &[(usize, usize)]) -> Bits {
        let bits = found.iter().fold(0, |bits, (needle, _)| bits | 1 << needle);
        let Some(number) = object.number.filter(|_| bits != 0) else { return bits };
        let needles: Vec<&Needle> = found.iter().map(|(needle, _)| &self.needles.list()[*needle]).collect();
        let is_binary = object.bytes[..object.bytes.len().min(BINARY_PREFIX)].contains(&0);
        let is_whole = || needles.iter().any(|needle| needle.is_all_of(object.bytes));
        let strip = self.kind == Kind::Blob && (is_binary || is_whole());
        let remedy = if strip { Remedy::Strip } else { Remedy::Replace };
        let secrets = needles.iter().map(|needle| needle.of).collect();
        self.part.held.insert(number, Held { kind: self.kind, secrets, remedy });
        for &(needle, at) in found {
            self.part.note_first(needle, (number, at));
            let stands = self.stands(needle, object.bytes, remedy);
            self.part.stands.extend(stands.into_iter().map(|stand| (needle, stand)));
        }
        bits
    }

    /// The parts of an object in which a needle stands that it holds.
    fn stands(&self, needle: usize, bytes: &[u8], remedy: Remedy) -> Vec<Stand> {
        let (header, message) = commits::split(bytes);
        let holds = |part| self.needles.list()[needle].find(part).is_some();
        match self.kind {
            Kind::Tree => vec![Stand::Name],
            Kind::Blob if remedy == Remedy::Strip => vec![Stand::Stripped],
            Kind::Blob => vec![Stand::File],
            Kind::Commit | Kind::Tag => {
                let parts = [(Stand::Header, header), (Stand::Message, message)];
                parts.into_iter().filter(|(_, part)| holds(part)).map(|(stand, _)| stand).collect()
            }
        }
    }

    /// Each needle in `bytes`, and where it begins.
    fn search(&self, bytes: &[u8]) -> Vec<(usize, usize)> {
        let needles = self.needles.list().iter().enumerate();
        needles.filter_map(|(place, needle)| Some((place, needle.find(bytes)?))).collect()
    }
}

impl Visitor for Seeker<'_> {
    type State = Bits;

    fn whole(&mut self, object: Object<'_>, _: &mut Worker<'_>) -> Bits {
        let found = self.search(object.bytes);
        self.record(object, &found)
    }

    fn derived(&mut self, object: Object<'_>, delta: &Delta, base: &Bits, worker: &mut Worker<'_>) -> Bits {
        if *base != 0 {
            return self.whole(object, worker);
        }
        let mut regions = std::mem::take(&mut self.regions);
        regions.clear();
        inherit::regions(delta, self.needles.len_max(), &mut regions);
        let holds = regions.iter().any(|region| !self.search(&object.bytes[region.range()]).is_empty());
        self.regions = regions;
        if holds { self.whole(object, worker) } else { 0 }
    }
}
