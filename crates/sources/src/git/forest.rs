//! Which entry of a pack is a delta to which: families of objects that are read from their root down.

use std::{collections::HashMap, ops::Range};

use gix::{ObjectId, hash::oid, objs::Kind};

use super::{
    damage::Damage,
    pack::{Content, Pack},
    store::CHAIN_MAX,
};

/// An entry of a pack by its place in the order of offsets.
pub(super) type Slot = u32;

/// No slot.
const NONE: Slot = Slot::MAX;

/// One entry.
struct Node {
    offset: u64,
    /// Its place in the index.
    position: u32,
    parent: Slot,
    /// How many entries derive from it, itself included.
    weight: u32,
    /// None while unknown, or where the root of its family cannot be read.
    kind: Option<Kind>,
}

/// The families of one pack.
pub(super) struct Forest {
    nodes: Vec<Node>,
    /// Where the children of each slot begin in `children`; one more than there are nodes.
    child_starts: Vec<u32>,
    /// Grouped by parent, lightest first.
    children: Vec<Slot>,
    /// Roots that are a delta to an object outside of the pack.
    outside: HashMap<Slot, ObjectId>,
    /// Entries whose header cannot be read.
    damaged: HashMap<Slot, Damage>,
}

impl Forest {
    /// Reads the header of every entry of `pack`; `kind_outside` tells the kind of an object that another pack may hold.
    pub(super) fn plant(pack: &Pack, kind_outside: impl Fn(&oid) -> Option<Kind>) -> Self {
        let mut nodes: Vec<Node> = (0..pack.len())
            .map(|position| Node {
                offset: pack.offset(position),
                position,
                parent: NONE,
                weight: 1,
                kind: None,
            })
            .collect();
        nodes.sort_unstable_by_key(|node| node.offset);
        let mut forest = Self {
            nodes,
            child_starts: Vec::new(),
            children: Vec::new(),
            outside: HashMap::new(),
            damaged: HashMap::new(),
        };
        forest.find_parents(pack);
        for (&root, id) in &forest.outside {
            forest.nodes[root as usize].kind = kind_outside(id);
        }
        forest.find_children();
        forest.weigh();
        forest
    }

    fn find_parents(&mut self, pack: &Pack) {
        for slot in 0..self.len() {
            let content = pack.entry(self.offset(slot), self.end(slot)).map(|entry| entry.content);
            let base = match content {
                Ok(Content::Whole(kind)) => {
                    self.node_mut(slot).kind = Some(kind);
                    continue;
                }
                Ok(Content::DeltaToOffset(offset)) => self.slot_at(offset).ok_or(None),
                Ok(Content::DeltaToId(id)) => pack
                    .position(&id)
                    .and_then(|position| self.slot_at(pack.offset(position)))
                    .ok_or(Some(id)),
                Err(damage) => {
                    self.damaged.insert(slot, damage);
                    continue;
                }
            };
            match base {
                Ok(parent) => self.node_mut(slot).parent = parent,
                Err(Some(id)) => drop(self.outside.insert(slot, id)),
                Err(None) => {
                    let damage = Damage::Header { pack: pack.name().to_owned(), offset: self.offset(slot) };
                    self.damaged.insert(slot, damage);
                }
            }
        }
    }

    fn find_children(&mut self) {
        let mut starts = vec![0u32; self.nodes.len() + 1];
        for node in self.nodes.iter().filter(|node| node.parent != NONE) {
            starts[node.parent as usize + 1] += 1;
        }
        for slot in 0..self.nodes.len() {
            starts[slot + 1] += starts[slot];
        }
        let mut next = starts.clone();
        self.children = vec![0; *starts.last().expect("one more than there are nodes") as usize];
        for (slot, node) in self.nodes.iter().enumerate().filter(|(_, node)| node.parent != NONE) {
            let place = &mut next[node.parent as usize];
            self.children[*place as usize] = slot as Slot;
            *place += 1;
        }
        self.child_starts = starts;
    }

    /// Orders children by the number of their descendants, so that a reader that lets go of a parent with its last child
    /// never holds more than log2 of a family at once; and hands down the kind of each root.
    fn weigh(&mut self) {
        let mut order: Vec<Slot> = self.roots().collect();
        let mut at = 0;
        while let Some(&slot) = order.get(at) {
            at += 1;
            let kind = self.kind(slot);
            for child in self.child_range(slot) {
                let child = self.children[child];
                self.node_mut(child).kind = kind;
                order.push(child);
            }
        }
        for &slot in order.iter().rev() {
            let parent = self.nodes[slot as usize].parent;
            if parent != NONE {
                self.node_mut(parent).weight += self.nodes[slot as usize].weight;
            }
            let range = self.child_range(slot);
            self.children[range].sort_unstable_by_key(|&child| self.nodes[child as usize].weight);
        }
    }

    /// How many entries there are.
    pub(super) fn len(&self) -> Slot {
        self.nodes.len() as Slot
    }

    /// Entries that are no delta to another entry of the pack.
    pub(super) fn roots(&self) -> impl Iterator<Item = Slot> + '_ {
        (0..self.len()).filter(|&slot| self.nodes[slot as usize].parent == NONE)
    }

    /// Why the kind of an entry cannot be told.
    pub(super) fn why_unknown(&self, slot: Slot) -> Damage {
        let mut root = slot;
        for _ in 0..CHAIN_MAX {
            let parent = self.nodes[root as usize].parent;
            if parent == NONE {
                let outside = self.outside.get(&root).map(|id| Damage::NoBase(*id));
                let damage = self.damaged.get(&root).cloned().or(outside).unwrap_or(Damage::Endless);
                return if root == slot { damage } else { damage.of_base() };
            }
            root = parent;
        }
        Damage::Endless
    }

    /// The entry at `offset`.
    fn slot_at(&self, offset: u64) -> Option<Slot> {
        self.nodes.binary_search_by_key(&offset, |node| node.offset).ok().map(|slot| slot as Slot)
    }

    /// Where the entry begins.
    pub(super) fn offset(&self, slot: Slot) -> u64 {
        self.nodes[slot as usize].offset
    }

    /// Where the next entry begins; none for the last one.
    pub(super) fn end(&self, slot: Slot) -> Option<u64> {
        self.nodes.get(slot as usize + 1).map(|node| node.offset)
    }

    /// Its place in the index.
    pub(super) fn position(&self, slot: Slot) -> u32 {
        self.nodes[slot as usize].position
    }

    /// What kind of object it is; none where the root of its family cannot be told.
    pub(super) fn kind(&self, slot: Slot) -> Option<Kind> {
        self.nodes[slot as usize].kind
    }

    /// The entries that are a delta to it, the one with most descendants last.
    pub(super) fn children(&self, slot: Slot) -> &[Slot] {
        &self.children[self.child_range(slot)]
    }

    fn child_range(&self, slot: Slot) -> Range<usize> {
        self.child_starts[slot as usize] as usize..self.child_starts[slot as usize + 1] as usize
    }

    fn node_mut(&mut self, slot: Slot) -> &mut Node {
        &mut self.nodes[slot as usize]
    }
}
