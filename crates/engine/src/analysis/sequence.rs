//! The byte classes with which every match of a pattern begins.

use regex_syntax::hir::{Class, Hir, HirKind, Repetition};

use super::byte_set::ByteSet;

/// Most alternatives a pattern is expanded to.
const ALTERNATIVES_MAX: usize = 128;
/// Longest sequence worth having: it is also the exact check before the pattern itself is tried.
pub(super) const CLASSES_MAX: usize = 40;

/// One class per byte from some place on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sequence {
    /// The class of each byte.
    pub(crate) classes: Vec<ByteSet>,
    /// Whether the text so described ends where the sequence ends; otherwise anything may follow.
    pub(crate) exact: bool,
    /// Where other parts than these classes go on.
    pub(crate) rest: Rest,
}

/// Where in a sequence of parts, and in the classes with which it begins, something goes on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Rest {
    /// The first part of which the classes do not hold all, by its place.
    pub(crate) part: usize,
    /// The classes before that part.
    pub(crate) classes: usize,
}

impl Sequence {
    pub(super) fn empty(exact: bool) -> Self {
        Self { classes: Vec::new(), exact, rest: Rest::default() }
    }
}

/// Sequences of which one begins every text that the parts match one after the other.
pub(crate) fn expand(parts: &[Hir]) -> Vec<Sequence> {
    let mut all = vec![Sequence::empty(true)];
    for (place, part) in parts.iter().enumerate() {
        if all.iter().all(|sequence| !sequence.exact) {
            break;
        }
        go_on_at(place, &mut all);
        all = append(all, &expand_one(part));
    }
    go_on_at(parts.len(), &mut all);
    all
}

fn go_on_at(part: usize, all: &mut [Sequence]) {
    for sequence in all.iter_mut().filter(|sequence| sequence.exact) {
        sequence.rest = Rest { part, classes: sequence.classes.len() };
    }
}

fn expand_one(hir: &Hir) -> Vec<Sequence> {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => vec![Sequence::empty(true)],
        HirKind::Literal(literal) => {
            let classes = literal.0.iter().map(|byte| ByteSet::of(*byte)).collect();
            vec![cut(Sequence { classes, ..Sequence::empty(true) })]
        }
        HirKind::Class(class) => match single_bytes(class) {
            Some(set) => vec![Sequence { classes: vec![set], ..Sequence::empty(true) }],
            None => vec![Sequence::empty(false)],
        },
        HirKind::Repetition(repetition) => expand_repetition(repetition),
        HirKind::Capture(capture) => expand_one(&capture.sub),
        HirKind::Concat(parts) => expand(parts),
        HirKind::Alternation(branches) => {
            let all: Vec<_> = branches.iter().flat_map(expand_one).collect();
            if all.len() > ALTERNATIVES_MAX { vec![Sequence::empty(false)] } else { all }
        }
    }
}

fn expand_repetition(repetition: &Repetition) -> Vec<Sequence> {
    let mut all = vec![Sequence::empty(true)];
    let once = if repetition.min == 0 { Vec::new() } else { expand_one(&repetition.sub) };
    for _ in 0..repetition.min {
        if all.iter().all(|sequence| !sequence.exact) {
            return all;
        }
        all = append(all, &once);
    }
    if repetition.max != Some(repetition.min) {
        for sequence in &mut all {
            sequence.exact = false;
        }
    }
    all
}

/// Each exact sequence followed by each of `next`; where that would be too many, they end here.
fn append(all: Vec<Sequence>, next: &[Sequence]) -> Vec<Sequence> {
    let exact = all.iter().filter(|sequence| sequence.exact).count();
    let too_many = all.len() - exact + exact * next.len() > ALTERNATIVES_MAX;
    let extend = |head: Sequence| -> Vec<Sequence> {
        if !head.exact {
            return vec![head];
        }
        if too_many {
            return vec![Sequence { exact: false, ..head }];
        }
        let joined = |tail: &Sequence| {
            let classes = [&head.classes[..], &tail.classes].concat();
            cut(Sequence { classes, exact: tail.exact, rest: head.rest })
        };
        next.iter().map(joined).collect()
    };
    all.into_iter().flat_map(extend).collect()
}

fn cut(mut sequence: Sequence) -> Sequence {
    if sequence.classes.len() > CLASSES_MAX {
        sequence.classes.truncate(CLASSES_MAX);
        sequence.exact = false;
    }
    sequence
}

/// The class as a set of bytes, unless it holds characters that take several.
pub(crate) fn single_bytes(class: &Class) -> Option<ByteSet> {
    match class {
        Class::Bytes(class) => Some(
            class.ranges().iter().fold(ByteSet::default(), |set, range| set.with(range.start(), range.end())),
        ),
        Class::Unicode(class) => class.to_byte_class().map(|bytes| {
            bytes.ranges().iter().fold(ByteSet::default(), |set, range| set.with(range.start(), range.end()))
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sequences(pattern: &str) -> Vec<(usize, bool)> {
        let hir = regex_syntax::ParserBuilder::new().unicode(false).utf8(false).build().parse(pattern);
        expand(&[hir.expect("valid")]).iter().map(|s| (s.classes.len(), s.exact)).collect()
    }

    #[test]
    fn repetitions_end_a_sequence_unless_counted() {
        assert_eq!(sequences("ab[0-9]{3}x"), [(6, true)]);
        assert_eq!(sequences("ab[0-9]{3,}x"), [(5, false)]);
        assert_eq!(sequences("ab?c"), [(1, false)]);
    }

    #[test]
    fn alternatives_multiply_up_to_a_limit() {
        assert_eq!(sequences("(?:ab|cde)(?:f|gh)").len(), 4);
        assert!(sequences("(?:ab|cd|ef|gh){9}").len() <= ALTERNATIVES_MAX);
    }
}
