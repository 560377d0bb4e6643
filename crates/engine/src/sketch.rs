//! A cheap look at how a text goes on, before a rule's own automaton looks at all of it.

use regex_syntax::hir::{Hir, HirKind, Repetition};

use crate::analysis::{byte_set::ByteSet, sequence::single_bytes};

/// Most positions of a pattern that are kept apart: one bit each.
const POSITIONS_MAX: usize = u64::BITS as usize;
/// A repetition of more than so many turns is believed when so many were seen.
const TURNS_MAX: u32 = 8;
/// Most states of a sketch; one that would be more is believed.
const STATES_MAX: usize = 64;

/// The beginning of a pattern as a small automaton, looser than the pattern: it ignores look-around and upper bounds, and
/// what is beyond its size counts as matched.
#[derive(Debug)]
pub(crate) struct Sketch {
    /// By byte, its column in the rows of `next`.
    columns: Box<[u8; 256]>,
    /// A row for each state: what follows, as the place of that state's row.
    next: Vec<u16>,
    /// The row of the state before any byte.
    start: u16,
    /// The row of [`BELIEVED`].
    believed: u16,
}

/// The states after which nothing is looked at.
const DENIED: usize = 0;
const BELIEVED: usize = 1;

impl Sketch {
    /// The sketch of a pattern.
    pub(crate) fn new(hir: &Hir) -> Self {
        let positions = Positions::of(hir);
        let mut kinds: Vec<u64> = Vec::new();
        let columns = positions.standing.map(|standing| {
            let known = kinds.iter().position(|kind| *kind == standing);
            known.unwrap_or_else(|| {
                kinds.push(standing);
                kinds.len() - 1
            }) as u8
        });
        let mut states = vec![0, positions.last];
        let row = |state: usize| (state * kinds.len()) as u16;
        let start = row(positions.state(1, &mut states));
        let mut next = vec![0; 2 * kinds.len()];
        let mut state = 2;
        while let Some(&now) = states.get(state) {
            let after = bits(now).fold(0, |all, at| all | positions.follow[at]);
            next.extend(kinds.iter().map(|kind| row(positions.state(after & kind, &mut states))));
            state += 1;
        }
        Self { columns: Box::new(columns), next, start, believed: row(BELIEVED) }
    }

    /// Whether the pattern may match at the start of `bytes`. A pattern that does match is never denied.
    #[inline]
    pub(crate) fn may_match(&self, bytes: &[u8]) -> bool {
        let mut state = self.start;
        for byte in bytes {
            if state <= self.believed {
                break;
            }
            state = self.next[usize::from(state) + usize::from(self.columns[usize::from(*byte)])];
        }
        state == self.believed
    }
}

/// The positions of a pattern where a byte may stand (Glushkov 1961), in one word of bits.
struct Positions {
    /// By position, those that may come next; position 0 is the start.
    follow: Vec<u64>,
    /// By byte, the positions at which it may stand.
    standing: [u64; 256],
    /// The positions from which on nothing more is asked.
    last: u64,
}

impl Positions {
    fn of(hir: &Hir) -> Self {
        let mut positions = Self { follow: vec![0], standing: [0; 256], last: 0 };
        positions.last |= positions.add(hir, 1);
        positions
    }

    /// The state of being at any of the positions `at`: one of `states`, to which it is added if it is new.
    fn state(&self, at: u64, states: &mut Vec<u64>) -> usize {
        if at == 0 {
            return DENIED;
        }
        if at & self.last != 0 {
            return BELIEVED;
        }
        states.iter().position(|known| *known == at).unwrap_or_else(|| {
            if states.len() == STATES_MAX {
                return BELIEVED;
            }
            states.push(at);
            states.len() - 1
        })
    }

    /// Adds what comes after the positions `before`; returns where it may end.
    fn add(&mut self, hir: &Hir, before: u64) -> u64 {
        if before == 0 {
            return 0;
        }
        match hir.kind() {
            HirKind::Empty | HirKind::Look(_) => before,
            HirKind::Literal(literal) => {
                literal.0.iter().fold(before, |before, byte| self.step(ByteSet::of(*byte), before))
            }
            HirKind::Class(class) => match single_bytes(class) {
                Some(set) => self.step(set, before),
                None => self.believe(before),
            },
            HirKind::Repetition(repetition) => self.repeat(repetition, before),
            HirKind::Capture(capture) => self.add(&capture.sub, before),
            HirKind::Concat(parts) => parts.iter().fold(before, |before, part| self.add(part, before)),
            HirKind::Alternation(branches) => {
                branches.iter().fold(0, |ends, branch| ends | self.add(branch, before))
            }
        }
    }

    fn repeat(&mut self, repetition: &Repetition, before: u64) -> u64 {
        let turns = repetition.min.min(TURNS_MAX);
        let ends = (0..turns).fold(before, |before, _| self.add(&repetition.sub, before));
        if repetition.min > TURNS_MAX {
            return self.believe(ends);
        }
        match repetition.max.map(|max| max - repetition.min) {
            Some(0) => ends,
            Some(1) => ends | self.add(&repetition.sub, ends),
            _ => ends | self.again_and_again(&repetition.sub, ends),
        }
    }

    fn again_and_again(&mut self, hir: &Hir, before: u64) -> u64 {
        let Some(one) = bits(before).next() else { return 0 };
        let known = self.follow.len();
        let ends = self.add(hir, before);
        let first = bits(self.follow[one]).filter(|at| *at >= known).fold(0, |all, at| all | 1u64 << at);
        bits(ends).for_each(|end| self.follow[end] |= first);
        ends
    }

    fn step(&mut self, set: ByteSet, before: u64) -> u64 {
        let at = self.follow.len();
        if at == POSITIONS_MAX {
            return self.believe(before);
        }
        self.follow.push(0);
        bits(before).for_each(|earlier| self.follow[earlier] |= 1 << at);
        set.iter().for_each(|byte| self.standing[usize::from(byte)] |= 1 << at);
        1 << at
    }

    /// Asks nothing more after the positions `before`.
    fn believe(&mut self, before: u64) -> u64 {
        self.last |= before;
        0
    }
}

fn bits(mut left: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let at = (left != 0).then(|| left.trailing_zeros() as usize)?;
        left &= left - 1;
        Some(at)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule_text::parse_pattern;

    fn may_match(pattern: &str, text: &str) -> bool {
        Sketch::new(&parse_pattern(pattern).expect("valid")).may_match(text.as_bytes())
    }

    #[test]
    fn what_cannot_go_on_is_denied() {
        let pattern =
            r#"(?:[0-9]|key)?["']{0,2}[ \t]{0,8}(?:=>|[:=])[ \t]*["'](?P<secret>[a-z0-9]{6,9})["']"#;
        for text in ["", "s are", "key => none", " =", "1 := 'abcdef'", "= 'abc'", "=> 'abcdef"] {
            assert!(!may_match(pattern, text), "{text}");
        }
        for text in ["='abcdef'", "key\" => 'abcdef12'", "7: \"abcdefgh\" # more"] {
            assert!(may_match(pattern, text), "{text}");
        }
    }

    #[test]
    fn what_is_beyond_its_size_is_believed() {
        assert!(may_match("[a-z]{20}-", "abcdefgh"));
        assert!(!may_match("[a-z]{20}-", "abcdefg"));
        let long = "(?:ab|cd){6}".repeat(4);
        assert!(may_match(&long, &"abcd".repeat(12)) && !may_match(&long, "abcx"));
    }

    #[test]
    fn repeated_groups_start_over() {
        assert!(may_match("(?:ab?c){2,}!", "abcacabc!") && !may_match("(?:ab?c){2,}!", "abcab!"));
        assert!(may_match("(?:a*b*)*c", "baabac") && !may_match("(?:a*b*)*c", "baad"));
    }
}
