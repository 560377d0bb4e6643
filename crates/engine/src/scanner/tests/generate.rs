//! Texts made from the patterns themselves: what they match, what they nearly match, and floods of how they begin.

use regex_syntax::hir::{Class, Hir, HirKind};

/// `SplitMix64`: <https://prng.di.unimi.it/splitmix64.c> (public domain).
pub(super) struct Random(pub(super) u64);

impl Random {
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub(super) fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit.max(1) as u64) as usize
    }

    pub(super) fn pick<'t, T>(&mut self, items: &'t [T]) -> &'t T {
        &items[self.below(items.len())]
    }
}

/// How many times more than it must something unbounded is repeated, at most.
const EXTRA_MAX: usize = 40;

/// Appends a text that `hir` matches but for its look-around.
pub(super) fn matching(hir: &Hir, random: &mut Random, out: &mut Vec<u8>) {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => {}
        HirKind::Literal(literal) => out.extend_from_slice(&literal.0),
        HirKind::Class(class) => member(class, random, out),
        HirKind::Repetition(repetition) => {
            let min = repetition.min as usize;
            let room = repetition.max.map_or(EXTRA_MAX, |max| (max as usize - min).min(EXTRA_MAX));
            for _ in 0..min + random.below(room + 1) {
                matching(&repetition.sub, random, out);
            }
        }
        HirKind::Capture(capture) => matching(&capture.sub, random, out),
        HirKind::Concat(parts) => parts.iter().for_each(|part| matching(part, random, out)),
        HirKind::Alternation(branches) => matching(random.pick(branches), random, out),
    }
}

fn member(class: &Class, random: &mut Random, out: &mut Vec<u8>) {
    match class {
        Class::Bytes(class) => {
            let range = random.pick(class.ranges());
            out.push(range.start() + random.below(usize::from(range.end() - range.start()) + 1) as u8);
        }
        Class::Unicode(class) => {
            let mut utf8 = [0; 4];
            out.extend_from_slice(random.pick(class.ranges()).start().encode_utf8(&mut utf8).as_bytes());
        }
    }
}

/// What stands between the pieces of a text.
const JOINTS: &[&[u8]] =
    &[b"", b" ", b"\n", b"=", b"\"", b"_", b"-", b"x", b".", b"\r\n", b"\xff", b": '", b"a7"];

/// A text around `hir`: matches, matches with a byte changed, floods of their beginnings, noise, some of `words`.
pub(super) fn text(hir: &Hir, words: &[String], random: &mut Random) -> Vec<u8> {
    let mut out = Vec::new();
    for _ in 0..4 + random.below(8) {
        let mut piece = Vec::new();
        matching(hir, random, &mut piece);
        match random.below(6) {
            0 => spoil(&mut piece, random),
            1 => flood(&mut piece, random),
            2 => noise(&mut piece, random),
            3 if !words.is_empty() => piece = random.pick(words).to_ascii_uppercase().into_bytes(),
            _ => {}
        }
        out.extend_from_slice(&piece);
        out.extend_from_slice(random.pick::<&[u8]>(JOINTS));
    }
    out
}

fn spoil(piece: &mut Vec<u8>, random: &mut Random) {
    let at = random.below(piece.len());
    match random.below(3) {
        0 => drop(piece.remove(at)),
        1 => piece.insert(at, random.next() as u8),
        _ => piece[at] = random.next() as u8,
    }
}

fn flood(piece: &mut Vec<u8>, random: &mut Random) {
    let whole = std::mem::take(piece);
    let head = &whole[..whole.len().min(1 + random.below(12))];
    for _ in 0..random.below(60) {
        piece.extend_from_slice(head);
    }
    piece.extend_from_slice(&whole);
}

fn noise(piece: &mut Vec<u8>, random: &mut Random) {
    let is_text = random.below(2) == 0;
    for _ in 0..random.below(200) {
        let byte = random.next() as u8;
        piece.push(if is_text { b' ' + byte % 95 } else { byte });
    }
}
