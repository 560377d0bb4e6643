//! The innermost loop, once for every instruction set: which even positions of a chunk may hold a key.
//!
//! The only module with `unsafe`: it picks instructions that were detected, and loads from pointers that a slice bounds.

use crate::sieve::bitmap::{CHUNK_BYTES, Words, holds};

/// The instructions a scanner may use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Isa {
    /// Whatever this processor offers.
    #[default]
    Auto,
    /// Portable code only.
    Scalar,
}

impl Isa {
    /// Every member.
    pub const ALL: &'static [Self] = &[Self::Auto, Self::Scalar];
}

/// Room for the positions within one chunk that are left over. Some to spare: a store may write beyond the last.
pub(crate) type Room = [u16; CHUNK_BYTES / 2 + 8];

/// The loop for one instruction set.
///
/// It writes the even offsets of a chunk whose key is in the bitmap, in no strict order, and returns how many there are.
/// The last three bytes only complete keys; a chunk has at most [`CHUNK_BYTES`] + 3.
#[derive(Clone, Copy)]
pub(crate) struct Sift {
    run: fn(&Words, &[u8], &mut Room) -> usize,
}

impl Default for Sift {
    fn default() -> Self {
        Self::new(Isa::default())
    }
}

impl Sift {
    /// The fastest that `isa` allows.
    pub(crate) fn new(isa: Isa) -> Self {
        #[cfg(target_arch = "x86_64")]
        if isa == Isa::Auto && is_x86_feature_detected!("avx2") && is_x86_feature_detected!("popcnt") {
            return Self { run: x86::run };
        }
        let _ = isa;
        Self { run: |words, chunk, room| sift_from(0, 0, words, chunk, room) }
    }

    #[inline]
    pub(crate) fn run(self, words: &Words, chunk: &[u8], room: &mut Room) -> usize {
        (self.run)(words, chunk, room)
    }
}

/// Keys of one turn of the portable loop.
const TURN: usize = 16;

/// Goes on at `at`, where `count` positions were found before.
#[inline]
fn sift_from(mut at: usize, mut count: usize, words: &Words, chunk: &[u8], room: &mut Room) -> usize {
    let mut keep = |place: usize, four: [u8; 4]| {
        if let Some(slot) = room.get_mut(count) {
            *slot = place as u16;
            count += usize::from(holds(words, u32::from_le_bytes(four)));
        }
    };
    while let Some(turn) = chunk[at..].first_chunk::<{ 2 * TURN + 2 }>() {
        for place in (0..2 * TURN).step_by(2) {
            keep(at + place, [turn[place], turn[place + 1], turn[place + 2], turn[place + 3]]);
        }
        at += 2 * TURN;
    }
    while let Some(four) = chunk[at..].first_chunk::<4>() {
        keep(at, *four);
        at += 2;
    }
    count
}

#[cfg(target_arch = "x86_64")]
#[allow(unsafe_code, reason = "gathers and vector loads take pointers")]
mod x86 {
    use std::arch::x86_64::{
        __m256i, _mm_add_epi16, _mm_loadu_si128, _mm_set1_epi16, _mm_storeu_si128, _mm256_and_si256,
        _mm256_castsi256_ps, _mm256_i32gather_epi32, _mm256_loadu_si256, _mm256_movemask_ps,
        _mm256_mullo_epi32, _mm256_or_si256, _mm256_set1_epi32, _mm256_sllv_epi32, _mm256_srli_epi32,
        _mm256_sub_epi32,
    };

    use super::{CHUNK_BYTES, Room, Words, sift_from};
    use crate::sieve::{
        bitmap::{INDEX_BITS, MULTIPLIER},
        keys::FOLD,
    };

    pub(super) fn run(words: &Words, chunk: &[u8], room: &mut Room) -> usize {
        // SAFETY: `Sift::new` takes this function only where these features were detected.
        unsafe { avx2(words, chunk, room) }
    }

    /// For each set of eight lanes, the offsets of those that are set: lanes are four bytes apart.
    const LANES: [[u16; 8]; 256] = {
        let mut table = [[0; 8]; 256];
        let mut mask = 0;
        while mask < 256 {
            let (mut lane, mut count) = (0u16, 0);
            while lane < 8 {
                if mask >> lane & 1 == 1 {
                    table[mask][count] = 4 * lane;
                    count += 1;
                }
                lane += 1;
            }
            mask += 1;
        }
        table
    };

    #[target_feature(enable = "avx2,popcnt")]
    fn avx2(words: &Words, chunk: &[u8], room: &mut Room) -> usize {
        assert!(chunk.len() <= CHUNK_BYTES + 3);
        let mut count = 0;
        let mut at = 0;
        while at + 34 <= chunk.len() {
            for phase in [0, 2] {
                // SAFETY: 34 bytes are left at `at`.
                let keys = unsafe { _mm256_loadu_si256(chunk.as_ptr().add(at + phase).cast()) };
                let mask = probe(words, keys);
                // SAFETY: at most one position for every two bytes before, of which there are fewer than CHUNK_BYTES.
                unsafe {
                    let lanes = _mm_loadu_si128(LANES[mask as usize].as_ptr().cast());
                    let places = _mm_add_epi16(lanes, _mm_set1_epi16(((at + phase) as u16).cast_signed()));
                    _mm_storeu_si128(room.as_mut_ptr().add(count).cast(), places);
                }
                count += mask.count_ones() as usize;
            }
            at += 32;
        }
        sift_from(at, count, words, chunk, room)
    }

    /// How far a hash is shifted to be the index of a bit.
    const SHIFT: i32 = 32 - INDEX_BITS.cast_signed();

    /// Which of eight keys the bitmap holds.
    #[target_feature(enable = "avx2")]
    #[inline]
    fn probe(words: &Words, keys: __m256i) -> u8 {
        let folded = _mm256_or_si256(keys, _mm256_set1_epi32(FOLD.cast_signed()));
        let hash = _mm256_mullo_epi32(folded, _mm256_set1_epi32(MULTIPLIER.cast_signed()));
        let word = _mm256_srli_epi32::<{ SHIFT + 5 }>(hash);
        // SAFETY: a hash shifted so far is an index of `words`.
        let found = unsafe { _mm256_i32gather_epi32::<4>(words.as_ptr().cast(), word) };
        let bit = _mm256_and_si256(_mm256_srli_epi32::<SHIFT>(hash), _mm256_set1_epi32(31));
        let top = _mm256_sllv_epi32(found, _mm256_sub_epi32(_mm256_set1_epi32(31), bit));
        _mm256_movemask_ps(_mm256_castsi256_ps(top)).cast_unsigned() as u8
    }
}
