//! Reads the objects of one family of a pack, each out of the one it is a delta to.

use super::{
    census::{Grove, Object, Visitor, skip},
    damage::Damage,
    forest::Slot,
    store::{Reader, Store},
};
use crate::Worker;

/// One family, by its root.
pub(super) struct Family<'s> {
    pub(super) store: &'s Store,
    pub(super) grove: &'s Grove<'s>,
    pub(super) root: Slot,
}

/// An object whose descendants are still to be read.
struct Link<'s, S> {
    bytes: Vec<u8>,
    state: S,
    children: &'s [Slot],
}

impl Family<'_> {
    /// Reads every object, parents before children, depth first. An object is let go before its last child, the one with
    /// most descendants, is followed; so at most log2 of the family is in memory at once.
    pub(super) fn visit<V: Visitor>(&self, reader: &mut Reader, visitor: &mut V, worker: &mut Worker<'_>) {
        let mut bytes = Vec::new();
        if let Err(damage) = self.read_root(reader, &mut bytes) {
            return self.give_up(self.root, damage, worker);
        }
        let state = visitor.whole(self.object(self.root, &bytes), worker);
        let mut links = vec![Link { bytes, state, children: self.grove.forest.children(self.root) }];
        let mut spare = Vec::new();
        while let Some(link) = links.last_mut() {
            let Some((&child, rest)) = link.children.split_first() else {
                links.pop();
                continue;
            };
            link.children = rest;
            if let Err(damage) = self.derive(child, reader, &link.bytes, &mut spare) {
                self.give_up(child, damage, worker);
                continue;
            }
            let state = visitor.derived(self.object(child, &spare), &reader.delta, &link.state, worker);
            let children = self.grove.forest.children(child);
            if children.is_empty() {
                continue;
            }
            let bytes = std::mem::take(&mut spare);
            if rest.is_empty() {
                spare = links.pop().map(|link| link.bytes).unwrap_or_default();
            }
            links.push(Link { bytes, state, children });
        }
    }

    fn object<'b>(&self, slot: Slot, bytes: &'b [u8]) -> Object<'b> {
        Object { number: self.grove.number(slot), bytes }
    }

    fn read_root(&self, reader: &mut Reader, bytes: &mut Vec<u8>) -> Result<(), Damage> {
        let number = self.grove.packed.first + self.grove.forest.position(self.root);
        self.store.read(number, reader, bytes).map(drop)
    }

    fn derive(&self, slot: Slot, reader: &mut Reader, base: &[u8], out: &mut Vec<u8>) -> Result<(), Damage> {
        let (limit, forest) = (self.store.limit(), &self.grove.forest);
        let entry = self.grove.packed.pack.entry(forest.offset(slot), forest.end(slot))?;
        reader.inflater.inflate(&entry, limit, &mut reader.delta.instructions)?;
        reader.delta.parse_within(limit)?;
        Ok(reader.delta.apply(base, out)?)
    }

    /// Counts an object that cannot be read, and all that would be made out of it.
    fn give_up(&self, slot: Slot, damage: Damage, worker: &mut Worker<'_>) {
        let mut count = |slot: Slot, damage: &Damage| {
            if let Some(number) = self.grove.number(slot) {
                skip(self.store, number, damage, |item, reason, why| worker.skip(item, reason, why));
            }
        };
        count(slot, &damage);
        let of_base = damage.of_base();
        let mut pending = self.grove.forest.children(slot).to_vec();
        while let Some(slot) = pending.pop() {
            count(slot, &of_base);
            pending.extend_from_slice(self.grove.forest.children(slot));
        }
    }
}
