//! Sets of byte values.

use std::iter;

use serde::{Deserialize, Serialize};

/// The bit that tells an ASCII letter's cases apart; setting it folds them, and pairs other bytes harmlessly.
pub(crate) const CASE_BIT: u8 = 0x20;

/// A set of byte values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct ByteSet([u64; 4]);

impl ByteSet {
    /// Every byte.
    pub(crate) const ANY: Self = Self([u64::MAX; 4]);

    /// The set of one byte.
    pub(crate) fn of(byte: u8) -> Self {
        Self::default().with(byte, byte)
    }

    /// The set with the bytes `first..=last` added.
    pub(crate) fn with(mut self, first: u8, last: u8) -> Self {
        for byte in first..=last {
            self.0[usize::from(byte >> 6)] |= 1 << (byte & 63);
        }
        self
    }

    /// Whether `byte` is in the set.
    #[inline]
    pub(crate) fn contains(&self, byte: u8) -> bool {
        self.0[usize::from(byte >> 6)] >> (byte & 63) & 1 == 1
    }

    /// The bytes in either set.
    pub(crate) fn union(self, other: Self) -> Self {
        Self(std::array::from_fn(|word| self.0[word] | other.0[word]))
    }

    /// The members, ascending.
    pub(crate) fn iter(self) -> impl Iterator<Item = u8> {
        let without_lowest = |bits: &u64| Some(bits & bits.wrapping_sub(1));
        [0, 64, 128, 192].into_iter().zip(self.0).flat_map(move |(first, word)| {
            let lefts = iter::successors(Some(word), without_lowest).take_while(|bits| *bits != 0);
            lefts.map(move |bits| first + bits.trailing_zeros() as u8)
        })
    }

    /// The members with their case bit set.
    pub(crate) fn folded(self) -> Self {
        const FOLDED: u64 = 0xFFFF_FFFF_0000_0000;
        Self(self.0.map(|word| (word | word << CASE_BIT) & FOLDED))
    }

    /// How many members there are.
    pub(crate) fn len(self) -> u32 {
        self.0.iter().map(|word| word.count_ones()).sum()
    }

    /// The share of all bytes of ordinary text that are in this set, which is a folded one; a rough estimate.
    pub(crate) fn share(self) -> f64 {
        self.iter().map(share_of).sum()
    }
}

/// Percent of the bytes of a mix of source text and logs that fold to each letter.
const LETTER_PERCENT: [f64; 26] = [
    4.9, 1.4, 3.0, 2.8, 7.6, 1.9, 1.4, 1.6, 4.6, 0.2, 0.6, 3.0, 1.9, 4.4, 4.1, 2.1, 0.15, 4.4, 4.4, 6.0, 2.1,
    0.8, 0.7, 0.6, 0.9, 0.2,
];

fn share_of(folded: u8) -> f64 {
    let percent = match folded {
        b'a'..=b'z' => LETTER_PERCENT[usize::from(folded - b'a')],
        b' ' => 14.0,
        // Also the line feed, the tab and what shares their folded form.
        b'*' | b')' => 3.0,
        b'0'..=b'9' | b'"' | b',' | b'.' | b'-' | b'=' | b'(' | b'/' | b':' | b';' => 1.2,
        0x7f => 1.6,
        0..0x80 => 0.3,
        _ => 0.05,
    };
    percent / 100.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folding_joins_cases_only() {
        let set = ByteSet::of(b'K').with(b'k', b'k').with(b'7', b'7');
        assert_eq!((set.len(), set.folded().len()), (3, 2));
        assert!(set.contains(b'K') && !set.contains(b'j'));
    }

    #[test]
    fn shares_of_all_folded_bytes_make_about_one() {
        let total = ByteSet::ANY.folded().share();
        assert!((0.9..1.2).contains(&total), "{total}");
    }
}
