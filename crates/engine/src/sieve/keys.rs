//! Which windows may stand where a key was found.

use crate::analysis::byte_set::ByteSet;

/// A window, and how far into it a key stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// The window.
    pub(crate) pane: u16,
    /// Offset of the key from the window's start.
    pub(crate) offset: i8,
}

/// Of the hash of a key.
const MULTIPLIER: u32 = 0xC2B2_AE35;

/// A key, and its first entry: 0 for none, otherwise one more than its place.
#[derive(Clone, Copy, Default)]
struct Slot {
    key: u32,
    first: u32,
}

/// Entries by key: an open hash table of lists.
pub(crate) struct KeyTable {
    slots: Vec<Slot>,
    /// How far a hash is shifted to be a place in `slots`: only its upper bits depend on all of the key.
    shift: u32,
    /// Each entry, and the next one of the same key in the way of [`Slot::first`].
    entries: Vec<(Entry, u32)>,
    /// How far before and after a window's start its keys stand, at most.
    offsets: (usize, usize),
}

impl KeyTable {
    /// The table of windows, each as its classes and the offsets of its keys.
    pub(crate) fn new(panes: &[(Vec<ByteSet>, Option<[i8; 2]>)]) -> Self {
        let count: usize = panes
            .iter()
            .flat_map(|(classes, keys)| keys.iter().flatten().map(|key| count_keys(classes, *key)))
            .sum();
        let slots = (count * 3 / 2).next_power_of_two().max(2);
        let mut table = Self {
            slots: vec![Slot::default(); slots],
            shift: u32::BITS - slots.ilog2(),
            entries: Vec::with_capacity(count),
            offsets: (0, 0),
        };
        for (pane, (classes, offsets)) in panes.iter().enumerate() {
            for offset in offsets.iter().flatten().copied() {
                let entry = Entry { pane: pane as u16, offset };
                each_key(classes, offset, |key| table.insert(key, entry));
                table.offsets.0 = table.offsets.0.max(offset.min(0).unsigned_abs().into());
                table.offsets.1 = table.offsets.1.max(offset.max(0).unsigned_abs().into());
            }
        }
        table
    }

    fn insert(&mut self, key: u32, entry: Entry) {
        let at = self.slot_of(key);
        let next = self.slots[at].first;
        self.entries.push((entry, next));
        self.slots[at] = Slot { key, first: self.entries.len() as u32 };
    }

    /// The slot of a key, or the empty one where it would be.
    #[inline]
    fn slot_of(&self, key: u32) -> usize {
        let mask = self.slots.len() - 1;
        let mut at = (key.wrapping_mul(MULTIPLIER) >> self.shift) as usize;
        while self.slots[at].first != 0 && self.slots[at].key != key {
            at = (at + 1) & mask;
        }
        at
    }

    /// The entries of a folded key.
    #[inline]
    pub(crate) fn get(&self, key: u32) -> impl Iterator<Item = Entry> {
        let mut next = self.slots[self.slot_of(key)].first;
        std::iter::from_fn(move || {
            let (entry, after) = *self.entries.get((next as usize).checked_sub(1)?)?;
            next = after;
            Some(entry)
        })
    }

    /// The keys, in no order.
    pub(crate) fn keys(&self) -> impl Iterator<Item = u32> {
        self.slots.iter().filter(|slot| slot.first != 0).map(|slot| slot.key)
    }

    /// How far before and after the start of a window its keys stand, at most, in bytes.
    pub(crate) fn offsets(&self) -> (usize, usize) {
        self.offsets
    }
}

/// What may stand at each byte of the key at `offset` of a window; bytes outside of it may be any.
fn key_classes(classes: &[ByteSet], offset: i8) -> [ByteSet; 4] {
    std::array::from_fn(|index| {
        let at = index.checked_add_signed(offset.into());
        at.and_then(|at| classes.get(at)).copied().unwrap_or(ByteSet::ANY).folded()
    })
}

fn count_keys(classes: &[ByteSet], offset: i8) -> usize {
    key_classes(classes, offset).iter().map(|class| class.len() as usize).product()
}

/// Calls `take` with every folded key that can stand at `offset` of a window.
fn each_key(classes: &[ByteSet], offset: i8, mut take: impl FnMut(u32)) {
    let sets = key_classes(classes, offset).map(|class| class.iter().collect::<Vec<u8>>());
    for a in &sets[0] {
        for b in &sets[1] {
            for c in &sets[2] {
                for d in &sets[3] {
                    take(u32::from_le_bytes([*a, *b, *c, *d]));
                }
            }
        }
    }
}
