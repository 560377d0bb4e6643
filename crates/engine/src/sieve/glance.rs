//! A test of the first bytes of a window in one word.

use serde::{Deserialize, Serialize};

use crate::analysis::byte_set::{ByteSet, CASE_BIT};

/// Bytes that are looked at.
const BYTES: usize = 8;

/// What of the first bytes of a window is one byte, or one but for its case bit.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Glance {
    /// The bits that are set before bytes are compared.
    fold: u64,
    /// The bits that are compared, and what they must be.
    compared: u64,
    value: u64,
    /// Whether there is no more to the window.
    is_all: bool,
}

impl Glance {
    /// The test of a window that consists of `classes`.
    pub(super) fn at(classes: impl Iterator<Item = ByteSet>) -> Self {
        let mut glance = Self { fold: 0, compared: 0, value: 0, is_all: true };
        for (place, class) in classes.enumerate() {
            let (fold, set) = if class.len() == 2 { (CASE_BIT, class.folded()) } else { (0, class) };
            let only = set.iter().next().filter(|_| place < BYTES && set.len() == 1);
            let Some(byte) = only else {
                glance.is_all = false;
                continue;
            };
            let put = |byte: u8| u64::from(byte) << (8 * place);
            glance.fold |= put(fold);
            glance.compared |= put(u8::MAX);
            glance.value |= put(byte);
        }
        glance
    }

    /// Whether the window stands at the start of `bytes`; none where that takes a closer look.
    #[inline]
    pub(super) fn test(&self, bytes: &[u8]) -> Option<bool> {
        let word = u64::from_le_bytes(*bytes.first_chunk::<BYTES>()?);
        let may = (word | self.fold) & self.compared == self.value;
        if may && !self.is_all { None } else { Some(may) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn test(classes: &[ByteSet], text: &[u8]) -> Option<bool> {
        Glance::at(classes.iter().copied()).test(text)
    }

    #[test]
    fn cases_and_single_bytes_are_told_at_once() {
        let classes = [ByteSet::of(b'k').with(b'K', b'K'), ByteSet::of(b'-')];
        assert_eq!(test(&classes, b"K-345678"), Some(true));
        assert_eq!(test(&classes, b"k_345678"), Some(false));
        assert_eq!(test(&classes, b"k\r345678"), Some(false));
    }

    #[test]
    fn the_rest_takes_a_closer_look() {
        let classes =
            [ByteSet::of(b'a'), ByteSet::default().with(b'0', b'9'), ByteSet::of(b'b').with(b'c', b'c')];
        assert_eq!(test(&classes, b"a1b45678"), None);
        assert_eq!(test(&classes, b"b1b45678"), Some(false));
        assert_eq!(test(&[ByteSet::of(b'x'); 9], b"xxxxxxxx"), None);
        assert_eq!(test(&[ByteSet::of(b'x')], b"x"), None);
    }
}
