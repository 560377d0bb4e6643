//! Which windows may stand where a key was found.

use serde::{Deserialize, Serialize};

use super::raw;
use crate::analysis::byte_set::ByteSet;

/// The case bits of a key.
pub(crate) const FOLD: u32 = 0x2020_2020;

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

/// A folded key, and its first entry: 0 for none, otherwise one more than its place.
#[derive(Clone, Copy, Default)]
struct Slot {
    key: u32,
    first: u32,
}

/// An entry, and the next one of the same key in the way of [`Slot::first`].
#[derive(Clone, Copy)]
struct Link {
    entry: Entry,
    next: u32,
}

impl raw::Row for Link {
    fn to_word(self) -> u64 {
        let Entry { pane, offset } = self.entry;
        u64::from(self.next) << 32 | u64::from(pane) << 8 | u64::from(offset.cast_unsigned())
    }

    fn from_word(word: u64) -> Self {
        let entry = Entry { pane: (word >> 8) as u16, offset: (word as u8).cast_signed() };
        Self { entry, next: (word >> 32) as u32 }
    }
}

impl raw::Row for Slot {
    fn to_word(self) -> u64 {
        u64::from(self.first) << 32 | u64::from(self.key)
    }

    fn from_word(word: u64) -> Self {
        Self { key: word as u32, first: (word >> 32) as u32 }
    }
}

/// Entries by key: an open hash table of lists.
#[derive(Serialize, Deserialize)]
pub(crate) struct KeyTable {
    #[serde(with = "raw")]
    slots: Vec<Slot>,
    /// How far a hash is shifted to be a place in `slots`: only its upper bits depend on all of the key.
    shift: u32,
    #[serde(with = "raw")]
    entries: Vec<Link>,
    /// How far before and after a window's start its keys stand, at most.
    offsets: (usize, usize),
}

impl KeyTable {
    /// The table of keys and where they stand.
    pub(crate) fn new(places: &[KeyPlace]) -> Self {
        let count = places.iter().map(|place| count_keys(place.classes.map(ByteSet::folded))).sum::<usize>();
        let slots = (count * 5 / 4).next_power_of_two().max(2);
        let mut table = Self {
            slots: vec![Slot::default(); slots],
            shift: u32::BITS - slots.ilog2(),
            entries: Vec::with_capacity(count),
            offsets: (0, 0),
        };
        for KeyPlace { classes, entry } in places {
            each_key(classes.map(ByteSet::folded), |key| table.insert(key, *entry));
            table.offsets.0 = table.offsets.0.max(entry.offset.min(0).unsigned_abs().into());
            table.offsets.1 = table.offsets.1.max(entry.offset.max(0).unsigned_abs().into());
        }
        table
    }

    fn insert(&mut self, key: u32, entry: Entry) {
        let at = self.slot_of(key);
        let next = self.slots[at].first;
        self.entries.push(Link { entry, next });
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

    /// The entries of a key, whatever its case bits.
    #[inline]
    pub(crate) fn get(&self, key: u32) -> impl Iterator<Item = Entry> {
        let mut next = self.slots[self.slot_of(key | FOLD)].first;
        std::iter::from_fn(move || {
            let Link { entry, next: after } = *self.entries.get((next as usize).checked_sub(1)?)?;
            next = after;
            Some(entry)
        })
    }

    /// The folded keys, in no order.
    pub(crate) fn keys(&self) -> impl Iterator<Item = u32> {
        self.slots.iter().filter(|slot| slot.first != 0).map(|slot| slot.key)
    }

    /// How far before and after the start of a window its keys stand, at most, in bytes.
    pub(crate) fn offsets(&self) -> (usize, usize) {
        self.offsets
    }
}

/// Where keys stand: what may be at each of their bytes, and which window that speaks for.
pub(crate) struct KeyPlace {
    pub(crate) classes: [ByteSet; 4],
    pub(crate) entry: Entry,
}

impl KeyPlace {
    /// The key at `entry.offset` of a window that consists of `classes`; bytes outside of it may be any.
    pub(crate) fn new(classes: &[ByteSet], entry: Entry) -> Self {
        let class_of = |index: usize| {
            let at = index.checked_add_signed(entry.offset.into());
            at.and_then(|at| classes.get(at)).copied().unwrap_or(ByteSet::ANY)
        };
        Self { classes: std::array::from_fn(class_of), entry }
    }

    /// Calls `take` with every key as it may stand in a text.
    pub(crate) fn each_key(&self, take: impl FnMut(u32)) {
        each_key(self.classes, take);
    }
}

fn count_keys(classes: [ByteSet; 4]) -> usize {
    classes.iter().map(|class| class.len() as usize).product()
}

fn each_key(classes: [ByteSet; 4], mut take: impl FnMut(u32)) {
    let [first, second, third, fourth] = classes.map(|class| class.iter().collect::<Vec<u8>>());
    for a in &first {
        for b in &second {
            for c in &third {
                for d in &fourth {
                    take(u32::from_le_bytes([*a, *b, *c, *d]));
                }
            }
        }
    }
}
