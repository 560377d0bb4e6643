//! All objects of a store by their kind, each read once, on all threads.

use std::collections::HashSet;

use gix::objs::Kind;
use stanch_model::SkipReason;

use super::{
    damage::Damage,
    delta::Delta,
    family::Family,
    forest::{Forest, Slot},
    pool::Pool,
    store::{Number, Packed, Reader, Store},
};
use crate::{Crew, Worker};

/// An object as a visitor is shown it.
#[derive(Clone, Copy)]
pub(super) struct Object<'b> {
    /// Its number; none for one that was or will be shown elsewhere, and is shown only for what is made out of it.
    pub(super) number: Option<Number>,
    /// All its bytes.
    pub(super) bytes: &'b [u8],
}

/// What is done with the objects of one kind.
pub(super) trait Visitor {
    /// What is kept of an object for those that are made out of it.
    type State;

    /// An object that is not made out of another one.
    fn whole(&mut self, object: Object<'_>, worker: &mut Worker<'_>) -> Self::State;

    /// An object that `delta` makes out of the one with the state `base`.
    fn derived(
        &mut self,
        object: Object<'_>,
        delta: &Delta,
        base: &Self::State,
        worker: &mut Worker<'_>,
    ) -> Self::State;
}

/// One pack and its families.
pub(super) struct Grove<'s> {
    pub(super) packed: &'s Packed,
    pub(super) forest: Forest,
    /// Positions in the index of objects that an earlier pack holds too.
    repeated: HashSet<u32>,
}

impl Grove<'_> {
    /// The number of the entry at `slot`; none if an earlier pack holds the object too.
    pub(super) fn number(&self, slot: Slot) -> Option<Number> {
        let position = self.forest.position(slot);
        (!self.repeated.contains(&position)).then_some(self.packed.first + position)
    }
}

/// All objects of a store.
pub(super) struct Census<'s> {
    pub(super) store: &'s Store,
    groves: Vec<Grove<'s>>,
    /// Objects that are read one by one.
    single: Vec<(Number, Kind)>,
}

/// What one thread does at a time.
enum Task<'c> {
    Family(Family<'c>),
    Single(Number),
}

impl<'s> Census<'s> {
    /// Reads the header of every object; of those for which `wanted` holds the ones without a usable one are counted.
    pub(super) fn take(store: &'s Store, crew: &Crew<'_>, wanted: &impl Fn(Number) -> bool) -> Self {
        let grove = |(place, packed): (usize, &'s Packed)| {
            let forest = Forest::plant(&packed.pack, |id| store.kind(id).ok());
            Grove { packed, forest, repeated: repeated(store, &store.packs[..place], packed) }
        };
        let groves: Vec<Grove<'_>> = store.packs.iter().enumerate().map(grove).collect();
        let mut single = Vec::new();
        for number in store.loose_numbers() {
            match store.loose_header(number) {
                Ok((kind, _)) => single.push((number, kind)),
                Err(damage) if wanted(number) => {
                    skip(store, number, &damage, |item, reason, why| crew.skip(item, reason, why));
                }
                Err(_) => {}
            }
        }
        let census = Self { store, groves, single };
        for (number, damage) in census.unreadable().filter(|unreadable| wanted(unreadable.0)) {
            skip(store, number, &damage, |item, reason, why| crew.skip(item, reason, why));
        }
        census
    }

    /// Takes only `some` objects of `store`, each with its kind; each is read by itself.
    pub(super) fn of(store: &'s Store, some: Vec<(Number, Kind)>) -> Self {
        Self { store, groves: Vec::new(), single: some }
    }

    fn unreadable(&self) -> impl Iterator<Item = (Number, Damage)> {
        self.groves.iter().flat_map(|grove| {
            let unknown = (0..grove.forest.len()).filter(|&slot| grove.forest.kind(slot).is_none());
            unknown.filter_map(|slot| Some((grove.number(slot)?, grove.forest.why_unknown(slot))))
        })
    }

    /// Shows every object of `kind` to a visitor: one made by `start` for each family, and given to `finish` with it.
    pub(super) fn visit<V: Visitor>(
        &self,
        kind: Kind,
        crew: &Crew<'_>,
        start: impl Fn() -> V + Sync,
        finish: impl Fn(V) + Sync,
    ) {
        let families = self.groves.iter().flat_map(|grove| {
            let roots = grove.forest.roots().filter(|&root| grove.forest.kind(root) == Some(kind));
            roots.map(|root| Task::Family(Family { store: self.store, grove, root }))
        });
        let single = self.single.iter().filter(|single| single.1 == kind);
        let single = single.map(|single| Task::Single(single.0));
        let readers = Pool::<Reader>::default();
        crew.run(families.chain(single), |task, worker| {
            let mut visitor = start();
            readers.with(|reader| match task {
                Task::Family(family) => family.visit(reader, &mut visitor, worker),
                Task::Single(number) => read_one(self.store, number, reader, worker, |object, worker| {
                    visitor.whole(object, worker);
                }),
            });
            finish(visitor);
        });
    }
}

/// Shows each of the objects `numbers` to `show`, on all threads.
pub(super) fn read_each(
    store: &Store,
    crew: &Crew<'_>,
    numbers: &[Number],
    show: impl Fn(Object<'_>, &mut Worker<'_>) + Sync,
) {
    let readers = Pool::<Reader>::default();
    crew.run(numbers.iter(), |&number, worker| {
        readers.with(|reader| read_one(store, number, reader, worker, &show));
    });
}

fn read_one(
    store: &Store,
    number: Number,
    reader: &mut Reader,
    worker: &mut Worker<'_>,
    show: impl FnOnce(Object<'_>, &mut Worker<'_>),
) {
    let mut bytes = std::mem::take(&mut worker.buffer);
    match store.read(number, reader, &mut bytes) {
        Ok(_) => show(Object { number: Some(number), bytes: &bytes }, worker),
        Err(damage) => skip(store, number, &damage, |item, reason, why| worker.skip(item, reason, why)),
    }
    worker.buffer = bytes;
}

/// Counts an object that cannot be read.
pub(super) fn skip(
    store: &Store,
    number: Number,
    damage: &Damage,
    count: impl FnOnce(String, SkipReason, String),
) {
    count(store.id(number).to_string(), damage.reason(), damage.to_string());
}

/// Positions of the objects of `packed` that one of the packs before it holds too.
fn repeated(store: &Store, before: &[Packed], packed: &Packed) -> HashSet<u32> {
    let repeats = |position: &u32| store.number(packed.pack.id(*position)) != Some(packed.first + position);
    (0..packed.pack.len()).filter(|position| !before.is_empty() && repeats(position)).collect()
}
