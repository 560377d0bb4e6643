//! From marked blocks to long runs of base64 digits.

use stanch_model::Span;

use crate::simd::{BLOCK, Room};

/// Shortest run that is looked for, in bytes: one that holds two whole blocks wherever it stands.
pub(crate) const RUN_MIN: usize = 3 * BLOCK - 1;

/// Marked blocks of neighbouring chunks, the first of which begins at `first`.
pub(super) struct Blocks {
    first: usize,
    /// Where the blocks end so far.
    end: usize,
    /// Whether the last block was marked.
    last: u64,
}

impl Blocks {
    pub(super) fn new(first: usize) -> Self {
        Self { first, end: first, last: 0 }
    }

    /// Calls `visit` with a position in each run that goes through a marked block of the chunk at `base`, of so many bytes,
    /// and through none before that is next to it.
    #[inline]
    pub(super) fn take(&mut self, base: usize, len: usize, room: &Room, mut visit: impl FnMut(usize)) {
        for (place, &word) in room.marks.iter().enumerate() {
            let mut starts = word & !(word << 1 | self.last);
            while starts != 0 {
                visit(base + BLOCK * (64 * place + starts.trailing_zeros() as usize));
                starts &= starts - 1;
            }
            self.last = word >> 63;
        }
        self.end = base + Room::blocks_len(len);
    }

    /// Calls `visit` with the start of each run that begins before the end of `region` and goes through fewer than two
    /// blocks: perhaps through none that is marked.
    pub(super) fn take_rest(&self, bytes: &[u8], region: Span, mut visit: impl FnMut(usize)) {
        let from = self.end.saturating_sub(RUN_MIN).max(region.start);
        let mut at = from;
        while at < region.end {
            let rest = &bytes[at..];
            let len = rest.iter().take(RUN_MIN).take_while(|byte| is_digit(**byte)).count();
            let block = self.first + at.saturating_sub(self.first).div_ceil(BLOCK) * BLOCK;
            let is_start = at == 0 || !is_digit(bytes[at - 1]);
            if len == RUN_MIN && is_start && block + 2 * BLOCK > self.end {
                visit(at);
            }
            // Within a run begins no other.
            at += len.max(1);
        }
    }
}

fn is_digit(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/')
}
