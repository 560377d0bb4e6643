//! The bitmaps through which most positions fall.

use serde::{Deserialize, Serialize};
use stanch_model::Span;

use super::{
    keys::{FOLD, KeyPlace},
    raw,
};
use crate::simd::{Isa, Room, Sift};

/// Bytes that are sifted before anything is done with what is left.
pub(crate) const CHUNK_BYTES: usize = 4096;
/// Odd multipliers of the two hashes; any good ones do.
pub(crate) const MULTIPLIER: u32 = 0x9E37_79B1;
const MULTIPLIER_SECOND: u32 = 0x85EB_CA6B;
/// Bits of the index of a bit within the first bitmap, 32 KiB: it has to stay in the nearest cache.
pub(crate) const INDEX_BITS: u32 = 18;
const INDEX_BITS_SECOND: u32 = 19;
/// 32-bit words of the bitmaps.
pub(crate) const WORDS: usize = 1 << (INDEX_BITS - 5);
const WORDS_SECOND: usize = 1 << (INDEX_BITS_SECOND - 5);

/// The first bitmap.
pub(crate) type Words = [u32; WORDS];

/// The hashed keys: in the first bitmap with their case bits set, in the second as they stand in the text.
#[derive(Serialize, Deserialize)]
pub(crate) struct Bitmaps {
    #[serde(with = "raw")]
    first: Box<Words>,
    #[serde(with = "raw")]
    second: Box<[u32; WORDS_SECOND]>,
    #[serde(skip)]
    sift: Sift,
}

/// The four bytes at `at`; what lies beyond the end counts as zeros.
#[inline]
pub(crate) fn key_at(bytes: &[u8], at: usize) -> u32 {
    let rest = &bytes[at..];
    let four = rest.first_chunk().copied().unwrap_or_else(|| {
        let mut padded = [0; 4];
        padded[..rest.len()].copy_from_slice(rest);
        padded
    });
    u32::from_le_bytes(four)
}

/// Whether the first bitmap holds a key.
#[inline]
pub(crate) fn holds(words: &Words, key: u32) -> bool {
    let hash = (key | FOLD).wrapping_mul(MULTIPLIER);
    words[(hash >> (32 - INDEX_BITS + 5)) as usize] >> (hash >> (32 - INDEX_BITS) & 31) & 1 == 1
}

impl Bitmaps {
    /// The bitmaps of the keys at `places`, of which `folded` are all with their case bits set.
    pub(crate) fn new(folded: impl Iterator<Item = u32>, places: &[KeyPlace]) -> Self {
        let sized = "as long as it was made";
        let first = vec![0; WORDS].try_into().expect(sized);
        let second = vec![0; WORDS_SECOND].try_into().expect(sized);
        let mut maps = Self { first, second, sift: Sift::default() };
        for key in folded {
            let hash = key.wrapping_mul(MULTIPLIER);
            maps.first[(hash >> (32 - INDEX_BITS + 5)) as usize] |= 1 << (hash >> (32 - INDEX_BITS) & 31);
        }
        for place in places {
            place.each_key(|key| {
                let (word, bit) = second_place(key);
                maps.second[word] |= bit;
            });
        }
        maps
    }

    /// Allows no other instructions than `isa` does.
    pub(crate) fn restrict(&mut self, isa: Isa) {
        self.sift = Sift::new(isa);
    }

    /// The even positions within `chunk` (of at most [`CHUNK_BYTES`], beginning at an even one) where a key may stand.
    /// The blocks of the chunk are marked in `room`.
    pub(crate) fn sift<'r>(&self, bytes: &[u8], chunk: Span, room: &'r mut Room) -> &'r [u16] {
        let whole = bytes.len().saturating_sub(3).min(chunk.end).max(chunk.start);
        let complete = &bytes[chunk.start..bytes.len().min(whole + 3)];
        let mut left = self.sift.run(&self.first, complete, room);
        // The last positions of the text, whose keys reach beyond it.
        for at in (whole..chunk.end).filter(|at| at % 2 == 0) {
            room.places[left] = (at - chunk.start) as u16;
            left += usize::from(holds(&self.first, key_at(bytes, at)));
        }
        let rest = &bytes[chunk.start..];
        let mut kept = 0;
        for index in 0..left {
            let place = room.places[index];
            let (word, bit) = second_place(key_at(rest, usize::from(place)));
            room.places[kept] = place;
            kept += usize::from(self.second[word] & bit != 0);
        }
        &room.places[..kept]
    }
}

#[inline]
fn second_place(key: u32) -> (usize, u32) {
    let hash = key.wrapping_mul(MULTIPLIER_SECOND);
    ((hash >> (32 - INDEX_BITS_SECOND + 5)) as usize, 1 << (hash >> (32 - INDEX_BITS_SECOND) & 31))
}
