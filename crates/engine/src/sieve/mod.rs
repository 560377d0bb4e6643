//! Finds the windows of all rules at once: every second position of the text is looked up in a bitmap of hashed keys.
//!
//! A key is four bytes. A window has one key at an even and one at an odd offset, so wherever it stands, one of its keys
//! stands at an even position. The first bitmap holds keys with their case bits set, which keeps it small enough for the
//! nearest cache; what passes it is looked up as it stands in a second one, then in a table of the keys, then held against
//! the exact classes of the window: a hit is never wrong and never missed. Long windows without rare bytes are looked for
//! as runs, in steps of their length.

pub(crate) mod anchor;
pub(crate) mod bitmap;
pub(crate) mod blocks;
mod glance;
pub(crate) mod keys;
mod raw;
mod run;

use serde::{Deserialize, Serialize};
use stanch_model::Span;

use self::{
    bitmap::{Bitmaps, CHUNK_BYTES},
    blocks::Blocks,
    glance::Glance,
    keys::{Entry, KeyPlace, KeyTable},
    run::starts,
};
use crate::{
    analysis::{byte_set::ByteSet, window::WindowSet},
    simd::{self, Isa},
};

/// A window of one rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Target {
    /// The rule, by its place.
    pub(crate) rule: u32,
    /// The window, by its place in the rule's [`WindowSet`].
    pub(crate) window: u32,
    /// The window, by its place among those of all rules.
    pub(crate) serial: u32,
}

/// What the sieve finds.
#[derive(Clone, Copy)]
pub(crate) enum Sign<'s> {
    /// A window of a rule, or of the engine itself.
    Window(&'s Target),
    /// A long run of digits.
    Digits,
}

/// Classes that stand one after the other, and the windows of rules that look like that.
#[derive(Serialize, Deserialize)]
struct Pane {
    /// The class of each byte, by its place in [`Sieve::classes`].
    classes: Vec<u16>,
    glance: Glance,
    keys: Option<[i8; 2]>,
    targets: Vec<Target>,
}

/// The windows of all rules, ready to be found. The build script makes that of the embedded rules, a start-up decodes it.
#[derive(Serialize, Deserialize)]
pub(crate) struct Sieve {
    bitmaps: Bitmaps,
    table: KeyTable,
    panes: Vec<Pane>,
    classes: Vec<ByteSet>,
    /// The panes without keys, each with the bytes it is made of.
    runs: Vec<(usize, ByteSet)>,
}

/// The room the sieve needs to work in.
pub(crate) struct Room(Box<simd::Room>);

impl Default for Room {
    fn default() -> Self {
        Self(Box::new(simd::Room { places: [0; CHUNK_BYTES / 2 + 8], marks: simd::Marks::default() }))
    }
}

impl Sieve {
    /// Takes the windows of rules, each with the rule's place, and adds its own, in the place of [`anchor::ANCHOR`].
    pub(crate) fn new<'p>(sets: impl Iterator<Item = (u32, &'p WindowSet)>) -> Self {
        let anchors = anchor::windows();
        // Of a shorter life, so that its own can join them.
        let sets: Vec<(u32, &WindowSet)> = sets.collect();
        let (panes, classes) = gather(sets.iter().copied().chain([(anchor::ANCHOR, &anchors)]));
        let classes_of = |pane: &Pane| -> Vec<ByteSet> {
            pane.classes.iter().map(|at| classes[usize::from(*at)]).collect()
        };
        let places = key_places(&panes, classes_of);
        let table = KeyTable::new(&places);
        let values = |pane: &Pane| classes_of(pane).into_iter().fold(ByteSet::default(), ByteSet::union);
        let keyless = panes.iter().enumerate().filter(|(_, pane)| pane.keys.is_none());
        let runs = keyless.map(|(at, pane)| (at, values(pane))).collect();
        let bitmaps = Bitmaps::new(table.keys(), &places);
        Self { bitmaps, table, panes, classes, runs }
    }

    /// The same, restricted to instructions that `isa` allows.
    pub(crate) fn with_isa(mut self, isa: Isa) -> Self {
        self.bitmaps.restrict(isa);
        self
    }

    /// Calls `visit` for every window that begins within `region`, with its position. Positions ascend but for the
    /// distance between a window's keys. Calls it too with a position in every run of base64 digits that begins within
    /// `region` and is long enough, sometimes with two.
    pub(crate) fn search(
        &self,
        bytes: &[u8],
        region: Span,
        room: &mut Room,
        mut visit: impl FnMut(Sign<'_>, usize),
    ) {
        self.search_runs(bytes, region, &mut visit);
        let (before, after) = self.table.offsets();
        let first = region.start.saturating_sub(before) & !1;
        let last = region.end.saturating_add(after).min(bytes.len());
        let mut blocks = Blocks::new(first);
        for base in (first..last).step_by(CHUNK_BYTES) {
            let end = last.min(base + CHUNK_BYTES);
            for place in self.bitmaps.sift(bytes, Span::new(base, end), &mut room.0) {
                let at = base + usize::from(*place);
                for entry in self.table.get(bitmap::key_at(bytes, at)) {
                    let Some(start) = at.checked_add_signed(-isize::from(entry.offset)) else { continue };
                    let pane = &self.panes[usize::from(entry.pane)];
                    if region.range().contains(&start) && self.stands(pane, &bytes[start..]) {
                        pane.targets.iter().for_each(|target| visit(Sign::Window(target), start));
                    }
                }
            }
            let len = (end + 3).min(bytes.len()) - base;
            blocks.take(base, len, &room.0, |at| visit(Sign::Digits, at));
        }
        blocks.take_rest(bytes, region, |at| visit(Sign::Digits, at));
    }

    /// Calls `visit` for every window without keys that begins within `region`.
    fn search_runs(&self, bytes: &[u8], region: Span, mut visit: impl FnMut(Sign<'_>, usize)) {
        for (at, values) in &self.runs {
            let pane = &self.panes[*at];
            for start in starts(bytes, region, values, pane.classes.len()) {
                if self.stands(pane, &bytes[start..]) {
                    pane.targets.iter().for_each(|target| visit(Sign::Window(target), start));
                }
            }
        }
    }

    fn stands(&self, pane: &Pane, bytes: &[u8]) -> bool {
        pane.glance.test(bytes).unwrap_or_else(|| {
            let mut pairs = pane.classes.iter().zip(bytes);
            pane.classes.len() <= bytes.len()
                && pairs.all(|(class, byte)| self.classes[usize::from(*class)].contains(*byte))
        })
    }
}

/// Where the keys of all panes stand.
fn key_places(panes: &[Pane], classes_of: impl Fn(&Pane) -> Vec<ByteSet>) -> Vec<KeyPlace> {
    let places_of = |(at, pane): (usize, &Pane)| {
        let classes = classes_of(pane);
        let entry = move |offset| Entry { pane: at as u16, offset };
        let offsets = pane.keys.into_iter().flatten();
        offsets.map(move |offset| KeyPlace::new(&classes, entry(offset))).collect::<Vec<_>>()
    };
    panes.iter().enumerate().flat_map(places_of).collect()
}

/// Windows that look alike become one pane.
fn gather<'p>(sets: impl Iterator<Item = (u32, &'p WindowSet)>) -> (Vec<Pane>, Vec<ByteSet>) {
    let mut classes = Numbering::default();
    let mut shapes = Numbering::default();
    let mut panes: Vec<Pane> = Vec::new();
    let mut serial = 0;
    for (rule, set) in sets {
        let places: Vec<u16> = set.classes.iter().map(|class| classes.number(*class)).collect();
        for (index, window) in set.windows.iter().enumerate() {
            let shape: Vec<u16> = window.classes.iter().map(|at| places[usize::from(*at)]).collect();
            let at = usize::from(shapes.number((shape.clone(), window.keys)));
            if at == panes.len() {
                let sets = window.classes.iter().map(|at| set.classes[usize::from(*at)]);
                let glance = Glance::at(sets);
                panes.push(Pane { classes: shape, glance, keys: window.keys, targets: Vec::new() });
            }
            panes[at].targets.push(Target { rule, window: index as u32, serial });
            serial += 1;
        }
    }
    (panes, classes.into_items())
}

/// Gives equal things equal numbers, in the order of their first appearance.
struct Numbering<T> {
    numbers: std::collections::HashMap<T, u16>,
    items: Vec<T>,
}

impl<T> Default for Numbering<T> {
    fn default() -> Self {
        Self { numbers: std::collections::HashMap::new(), items: Vec::new() }
    }
}

impl<T: Clone + Eq + std::hash::Hash> Numbering<T> {
    fn number(&mut self, item: T) -> u16 {
        let next =
            u16::try_from(self.items.len()).expect("rules are limited so that windows number below 65,536");
        *self.numbers.entry(item).or_insert_with_key(|item| {
            self.items.push(item.clone());
            next
        })
    }

    fn into_items(self) -> Vec<T> {
        self.items
    }
}
