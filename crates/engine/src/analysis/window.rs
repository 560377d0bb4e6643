//! Choosing where to look for a rule: the rarest stretch of bytes that every one of its matches holds.

use regex_syntax::hir::{Hir, HirKind};
use serde::{Deserialize, Serialize};

use super::{
    byte_set::ByteSet,
    frequent,
    sequence::{CLASSES_MAX, Sequence, expand, single_bytes},
};

/// Bytes of a key: what the sieve looks up at every second position.
pub(crate) const KEY_BYTES: usize = 4;
/// Most keys one window may put into the sieve for either parity of its position.
const KEYS_MAX: u32 = 4500;
/// Most starts worth trying for one window.
const SPREAD_MAX: i32 = 1024;
/// With so few starts to try, testing first what follows the window does not pay.
const UNTESTED_SPREAD_MAX: i32 = 2;
/// Bytes of a repeated class that are taken along before what follows it.
const RUN_BYTES: u32 = 8;
/// What a key costs by being there, in units of one more hit a byte of text: it fills the sieve's bitmap.
const KEY_COST: f64 = 4e-6;
/// What a window that stands in the text costs, in the same unit.
const HIT_COST: f64 = 10.0;
/// How often any window stands in text, at least: words come more often than the shares of their letters say.
const WINDOW_SHARE_MIN: f64 = 3e-8;
/// What looking for a run costs, in the same unit.
const RUN_COST: f64 = 0.02;
/// Shortest window that can be looked for as a run, and most byte values it may be made of.
const RUN_BYTES_MIN: usize = 24;
const RUN_VALUES_MAX: u32 = 96;
/// A rule whose windows cost more is looked for by itself.
const COST_MAX: f64 = 0.1;

/// A stretch of byte classes at a known distance from the start of a match.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Window {
    /// The class of each byte, by its place in [`WindowSet::classes`].
    pub(crate) classes: Vec<u8>,
    /// How far before the window the match may start, in bytes: least and most. Negative: after it.
    pub(crate) before: (i32, i32),
    /// Offsets from the window's start of the keys to look up, an even and an odd one: whatever the parity of the
    /// window's position, one of them stands at an even position. None where no key is rare enough: the window is then
    /// looked for as a run of bytes of any of its classes.
    pub(crate) keys: Option<[i8; 2]>,
    /// The pattern of what a match holds from the window on, by its place in [`WindowSet::tails`]; none where there
    /// are few starts to try, or nothing is known of what follows.
    pub(crate) tail: Option<u8>,
    /// What must follow the window, or some of its classes; none where nothing needs to.
    pub(crate) rest: Option<Rest>,
}

/// What a match holds after some bytes of a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Rest {
    /// How many bytes.
    pub(crate) after: u8,
    /// The pattern of it, by its place in [`WindowSet::rests`].
    pub(crate) pattern: u8,
}

/// Windows of which every match of a rule holds at least one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct WindowSet {
    /// The windows.
    pub(crate) windows: Vec<Window>,
    /// The classes they are made of.
    pub(crate) classes: Vec<ByteSet>,
    /// The patterns of [`Window::tail`].
    pub(crate) tails: Vec<String>,
    /// The patterns of [`Window::rest`].
    pub(crate) rests: Vec<String>,
}

/// How far after the start of the match something stands, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Gap {
    least: i32,
    most: i32,
}

/// Larger than any distance of interest, small enough to be added to.
const FAR: i32 = 1 << 24;

impl Gap {
    fn after(self, hir: &Hir) -> Self {
        let far = |len: Option<usize>| len.map_or(FAR, |len| i32::try_from(len).unwrap_or(FAR).min(FAR));
        let properties = hir.properties();
        Self {
            least: (self.least + far(properties.minimum_len())).min(FAR),
            most: (self.most + far(properties.maximum_len())).min(FAR),
        }
    }

    fn spread(self) -> i32 {
        self.most - self.least
    }
}

/// A window that is not packed yet.
#[derive(Clone)]
struct Draft {
    classes: Vec<ByteSet>,
    gap: Gap,
    keys: Option<[i8; 2]>,
    tail: Option<String>,
    /// How many classes there are before what follows, and the pattern of that.
    rest: Option<(usize, String)>,
}

/// Windows and what they are estimated to cost, in hits a byte of text.
pub(super) struct Choice {
    drafts: Vec<Draft>,
    cost: f64,
}

impl Choice {
    /// The cheapest windows of a pattern, if any are cheap enough.
    pub(super) fn of(hir: &Hir) -> Option<Self> {
        let choice = best(std::slice::from_ref(hir), Gap { least: 0, most: 0 })?;
        (choice.cost <= COST_MAX).then_some(choice)
    }

    /// The windows of context words, for patterns that have none of their own: a match of at most `len_max` bytes starts
    /// within `within` bytes of one.
    pub(super) fn of_words(words: &[String], within: i32, len_max: i32) -> Option<Self> {
        let mut total = Self { drafts: Vec::new(), cost: 0.0 };
        for word in words {
            let either = |byte: u8| {
                ByteSet::of(byte.to_ascii_lowercase()).union(ByteSet::of(byte.to_ascii_uppercase()))
            };
            let classes: Vec<_> = word.bytes().map(either).take(CLASSES_MAX).collect();
            let len = i32::try_from(word.len()).ok()?;
            let gap = Gap { least: -within, most: (len_max + within - len).max(-within) };
            total.add(Self::of_sequence(Sequence { classes, ..Sequence::empty(false) }, gap)?);
        }
        (total.cost <= COST_MAX).then_some(total)
    }

    fn of_sequence(sequence: Sequence, gap: Gap) -> Option<Self> {
        let shares: Vec<f64> = sequence.classes.iter().map(|set| set.folded().share()).collect();
        let pair =
            cheapest_key(&sequence.classes, &shares, 0).zip(cheapest_key(&sequence.classes, &shares, 1));
        let (keys, found_cost) = match pair {
            Some(((even, even_cost), (odd, odd_cost))) => {
                (Some([even, odd]), f64::midpoint(even_cost, odd_cost))
            }
            None if is_run(&sequence.classes) => (None, RUN_COST),
            None => return None,
        };
        let effort = HIT_COST * (1.0 + 0.1 * f64::from(gap.spread()));
        let cost = found_cost + effort * shares.iter().product::<f64>().max(WINDOW_SHARE_MIN);
        let draft = Draft { classes: sequence.classes, gap, keys, tail: None, rest: None };
        Some(Self { drafts: vec![draft], cost })
    }

    fn add(&mut self, other: Self) {
        self.drafts.extend(other.drafts);
        self.cost += other.cost;
    }

    /// What it is estimated to cost.
    pub(super) fn cost(&self) -> f64 {
        self.cost
    }

    /// The windows in the form that is kept.
    pub(super) fn pack(self) -> WindowSet {
        let mut set = WindowSet::default();
        for draft in self.drafts {
            let classes = draft.classes.iter().map(|class| place(&mut set.classes, *class)).collect();
            let tail = draft.tail.map(|tail| place(&mut set.tails, tail));
            let rest = draft
                .rest
                .map(|(after, pattern)| Rest { after: after as u8, pattern: place(&mut set.rests, pattern) });
            let before = (draft.gap.least, draft.gap.most);
            let window = Window { classes, before, keys: draft.keys, tail, rest };
            if !set.windows.contains(&window) {
                set.windows.push(window);
            }
        }
        set
    }
}

/// The place of `item` in `all`, where it is added if it is new.
fn place<T: PartialEq>(all: &mut Vec<T>, item: T) -> u8 {
    let at = all.iter().position(|known| *known == item).unwrap_or_else(|| {
        all.push(item);
        all.len() - 1
    });
    u8::try_from(at).expect("at most 128 alternatives of 40 classes, most of them alike")
}

/// The cheapest windows of what `parts` match one after the other, `gap` after the start of the match.
fn best(parts: &[Hir], gap: Gap) -> Option<Choice> {
    let parts: Vec<Hir> = parts.iter().flat_map(flatten).collect();
    let mut cheapest: Option<Choice> = None;
    let mut gap = gap;
    for at in 0..parts.len() {
        let rest = &parts[at..];
        let direct = from(rest, gap);
        let run = from_run(rest, gap);
        let nested = inside(rest, gap);
        for choice in [direct, run, nested].into_iter().flatten() {
            if cheapest.as_ref().is_none_or(|known| choice.cost < known.cost) {
                cheapest = Some(choice);
            }
        }
        gap = gap.after(&parts[at]);
    }
    cheapest
}

fn flatten(hir: &Hir) -> Vec<Hir> {
    match hir.kind() {
        HirKind::Capture(capture) => flatten(&capture.sub),
        HirKind::Concat(parts) => parts.iter().flat_map(flatten).collect(),
        _ => vec![hir.clone()],
    }
}

/// Windows that begin where `parts` do.
fn from(parts: &[Hir], gap: Gap) -> Option<Choice> {
    if gap.spread() > SPREAD_MAX {
        return None;
    }
    let tail = (gap.spread() > UNTESTED_SPREAD_MAX).then(|| Hir::concat(parts.to_vec()).to_string());
    let mut total = Choice { drafts: Vec::new(), cost: 0.0 };
    for sequence in expand(parts) {
        let rest = sequence.rest;
        let mut choice = Choice::of_sequence(sequence, gap)?;
        for draft in &mut choice.drafts {
            draft.tail.clone_from(&tail);
            draft.rest = (rest.part < parts.len())
                .then(|| (rest.classes, Hir::concat(parts[rest.part..].to_vec()).to_string()));
        }
        total.add(choice);
    }
    Some(total)
}

/// Windows that begin within a repeated class, a few bytes before what follows it.
fn from_run(parts: &[Hir], gap: Gap) -> Option<Choice> {
    let HirKind::Repetition(repetition) = parts[0].kind() else { return None };
    let HirKind::Class(class) = repetition.sub.kind() else { return None };
    single_bytes(class)?;
    let bytes = repetition.min.min(RUN_BYTES);
    if bytes == 0 || Some(bytes) == repetition.max {
        return None;
    }
    let run = Hir::concat(vec![(*repetition.sub).clone(); bytes as usize]);
    let whole = gap.after(&parts[0]);
    let gap = Gap { least: whole.least - bytes.cast_signed(), most: whole.most - bytes.cast_signed() };
    from(&[&[run], &parts[1..]].concat(), gap)
}

/// Windows within the first part: one choice for each branch of an alternation, the first turn of a repetition.
fn inside(parts: &[Hir], gap: Gap) -> Option<Choice> {
    match parts[0].kind() {
        HirKind::Alternation(branches) => {
            let mut total = Choice { drafts: Vec::new(), cost: 0.0 };
            for branch in branches {
                let path = [std::slice::from_ref(branch), &parts[1..]].concat();
                total.add(best(&path, gap)?);
            }
            Some(total)
        }
        HirKind::Repetition(repetition) if repetition.min > 0 => match repetition.sub.kind() {
            HirKind::Literal(_) | HirKind::Class(_) => None,
            _ => best(std::slice::from_ref(&repetition.sub), gap),
        },
        _ => None,
    }
}

/// Whether a window is so long, and of so few byte values, that looking at one byte in many finds it.
fn is_run(classes: &[ByteSet]) -> bool {
    let values = classes.iter().fold(ByteSet::default(), |all, class| all.union(*class));
    classes.len() >= RUN_BYTES_MIN && values.len() <= RUN_VALUES_MAX
}

/// A key of a window.
struct Key {
    /// From the window's start.
    offset: i8,
    /// Its classes, folded; bytes outside of the window may be any.
    classes: [ByteSet; KEY_BYTES],
    /// The share of positions where it stands, by its letters.
    letters: f64,
    /// What its being there costs.
    presence: f64,
}

impl Key {
    /// The key at an offset, if it stands for few enough.
    fn at(offset: i8, classes: &[ByteSet], shares: &[f64]) -> Option<Self> {
        let mut key = [ByteSet::ANY.folded(); KEY_BYTES];
        let mut letters = 1.0;
        for (index, class) in (0..).zip(&mut key) {
            if let Some(place) = usize::try_from(offset + index).ok().filter(|at| *at < classes.len()) {
                *class = classes[place].folded();
                letters *= shares[place];
            }
        }
        let count = key.iter().map(|class| class.len()).try_fold(1u32, u32::checked_mul);
        let presence = f64::from(count.filter(|count| *count <= KEYS_MAX)?) * KEY_COST;
        Some(Self { offset, classes: key, letters, presence })
    }

    /// What it costs at least.
    fn cost_min(&self) -> f64 {
        self.letters + self.presence
    }

    fn cost(&self) -> f64 {
        self.letters.max(frequent::share(self.classes)) + self.presence
    }
}

/// The offset of the cheapest key whose parity is `odd`, and its cost.
fn cheapest_key(classes: &[ByteSet], shares: &[f64], odd: usize) -> Option<(i8, f64)> {
    let first = if odd == 1 { -1 } else { 0 };
    let offsets = (first..classes.len() as i8).step_by(2);
    let mut keys: Vec<Key> = offsets.filter_map(|offset| Key::at(offset, classes, shares)).collect();
    keys.sort_by(|a, b| a.cost_min().total_cmp(&b.cost_min()));
    let mut cheapest: Option<(i8, f64)> = None;
    for key in keys {
        // How frequent a key is takes a while to tell, and no later one can be cheaper.
        if cheapest.is_some_and(|(_, cost)| cost < key.cost_min()) {
            break;
        }
        let cost = key.cost();
        if cheapest.is_none_or(|known| cost < known.1 || (cost <= known.1 && key.offset < known.0)) {
            cheapest = Some((key.offset, cost));
        }
    }
    cheapest
}
