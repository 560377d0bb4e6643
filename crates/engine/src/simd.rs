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

/// Bytes of a block that is marked where all of it are digits of base64.
pub(crate) const BLOCK: usize = 16;

/// Marks of blocks: a bit for each block of a chunk, the lowest for the first.
pub(crate) type Marks = [u64; CHUNK_BYTES / BLOCK / 64];

/// Room for what is found in one chunk.
pub(crate) struct Room {
    /// Positions that are left over. Some to spare: a store may write beyond the last.
    pub(crate) places: [u16; CHUNK_BYTES / 2 + 8],
    /// Blocks of digits: of two or more in a row all but perhaps the first and the last, and at least one.
    pub(crate) marks: Marks,
}

impl Room {
    /// How many bytes of a chunk of this length, with what completes its keys, are blocks.
    pub(crate) fn blocks_len(chunk: usize) -> usize {
        chunk.min(CHUNK_BYTES) / BLOCK * BLOCK
    }
}

/// The least digit of base64: white space, quotes and brackets are less.
const DIGIT_LEAST: u8 = b'+';

/// Whether all bytes of a block are digits of base64.
#[cold]
fn are_digits(block: &[u8; BLOCK]) -> bool {
    // Without an early end, so that it becomes a few vector instructions.
    block.iter().fold(true, |all, byte| all & (byte.is_ascii_alphanumeric() | matches!(byte, b'+' | b'/')))
}

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
        Self { run: portable }
    }

    #[inline]
    pub(crate) fn run(self, words: &Words, chunk: &[u8], room: &mut Room) -> usize {
        (self.run)(words, chunk, room)
    }
}

fn portable(words: &Words, chunk: &[u8], room: &mut Room) -> usize {
    room.marks = Marks::default();
    let (blocks, _) = chunk[..Room::blocks_len(chunk.len())].as_chunks::<BLOCK>();
    let (pairs, _) = blocks.as_chunks::<2>();
    for (pair, [_, block]) in pairs.iter().enumerate() {
        // Without an early end, so that it becomes a few vector instructions.
        let least = block.iter().fold(u8::MAX, |least, byte| least.min(*byte));
        if least >= DIGIT_LEAST && are_digits(block) {
            mark_around(2 * pair + 1, blocks, &mut room.marks);
        }
    }
    sift_from(0, 0, words, chunk, room)
}

/// Marks a block and its neighbours, so that the marks of a run have no gaps.
#[cold]
fn mark_around(place: usize, blocks: &[[u8; BLOCK]], marks: &mut Marks) {
    for near in place - 1..blocks.len().min(place + 2) {
        marks[near / 64] |= u64::from(are_digits(&blocks[near])) << (near % 64);
    }
}

/// Keys of one turn of the portable loop.
const TURN: usize = 16;

/// Goes on at `at`, where `count` positions were found before.
#[inline]
fn sift_from(mut at: usize, mut count: usize, words: &Words, chunk: &[u8], room: &mut Room) -> usize {
    let mut keep = |place: usize, four: [u8; 4]| {
        if let Some(slot) = room.places.get_mut(count) {
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
        _mm256_castsi256_ps, _mm256_cmpeq_epi8, _mm256_cmpgt_epi8, _mm256_i32gather_epi32,
        _mm256_loadu_si256, _mm256_movemask_epi8, _mm256_movemask_ps, _mm256_mullo_epi32, _mm256_or_si256,
        _mm256_packs_epi16, _mm256_permute4x64_epi64, _mm256_set1_epi8, _mm256_set1_epi32,
        _mm256_setzero_si256, _mm256_sllv_epi32, _mm256_srli_epi32, _mm256_srli_si256, _mm256_sub_epi32,
        _mm256_unpacklo_epi8,
    };

    use super::{BLOCK, CHUNK_BYTES, DIGIT_LEAST, Marks, Room, Words, are_digits, sift_from};
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
                    _mm_storeu_si128(room.places.as_mut_ptr().add(count).cast(), places);
                }
                count += mask.count_ones() as usize;
            }
            at += 32;
        }
        room.marks = marks(&chunk[..chunk.len().min(CHUNK_BYTES)]);
        sift_from(at, count, words, chunk, room)
    }

    /// Bytes of 32 blocks.
    const STRETCH: usize = 32 * BLOCK;

    /// The marks of a chunk that is in the nearest cache by now.
    #[target_feature(enable = "avx2")]
    #[inline]
    fn marks(chunk: &[u8]) -> Marks {
        let (stretches, rest) = chunk.as_chunks::<STRETCH>();
        let mut marks = Marks::default();
        // What is before the chunk is not known, and may be digits.
        let mut before = 1;
        let mut mark = |place: usize, stretch: &[u8; STRETCH]| {
            let maybe = maybe_digits(stretch);
            let seconds = maybe & (maybe << 1 | before);
            before = maybe >> 31;
            if seconds != 0 {
                marks[place / 2] |= u64::from(checked(seconds, stretch)) << (place % 2 * 32);
            }
        };
        for (place, stretch) in stretches.iter().enumerate() {
            mark(place, stretch);
        }
        if rest.len() >= BLOCK {
            let mut padded = [0; STRETCH];
            padded[..rest.len()].copy_from_slice(rest);
            mark(stretches.len(), &padded);
        }
        marks
    }

    /// Of 32 blocks, which may be digits: a bit each. Half of the work of one comparison for each vector is to bring its
    /// outcome down to a byte a block, sixteen vectors at a time.
    #[target_feature(enable = "avx2")]
    #[inline]
    fn maybe_digits(stretch: &[u8; STRETCH]) -> u32 {
        let (vectors, _) = stretch.as_chunks::<32>();
        let eight =
            |at: usize| _mm256_packs_epi16(others_in_four(vectors, at), others_in_four(vectors, at + 4));
        // A byte for each even block in the low half, for each odd one in the high half.
        let halves = _mm256_packs_epi16(eight(0), eight(8));
        let mixed = _mm256_permute4x64_epi64::<0b11_01_10_00>(halves);
        let others = _mm256_unpacklo_epi8(mixed, _mm256_srli_si256::<8>(mixed));
        _mm256_movemask_epi8(_mm256_cmpeq_epi8(others, _mm256_setzero_si256())).cast_unsigned()
    }

    /// Four bytes for each of eight blocks, all zero where the block may be digits.
    #[target_feature(enable = "avx2")]
    #[inline]
    fn others_in_four(vectors: &[[u8; 32]], at: usize) -> __m256i {
        let two = |at: usize| _mm256_packs_epi16(others_in(&vectors[at]), others_in(&vectors[at + 1]));
        _mm256_packs_epi16(two(at), two(at + 2))
    }

    /// Which bytes are certainly no digits of base64; as signed bytes those beyond ASCII are less, too. To pack two such bytes never makes them zero.
    #[target_feature(enable = "avx2")]
    #[inline]
    fn others_in(bytes: &[u8; 32]) -> __m256i {
        // SAFETY: 32 bytes are loaded.
        let bytes = unsafe { _mm256_loadu_si256(bytes.as_ptr().cast()) };
        _mm256_cmpgt_epi8(_mm256_set1_epi8(DIGIT_LEAST.cast_signed()), bytes)
    }

    /// Of the blocks that may be digits, those that are.
    #[cold]
    fn checked(mut maybe: u32, stretch: &[u8; STRETCH]) -> u32 {
        let (blocks, _) = stretch.as_chunks::<BLOCK>();
        let mut digits = 0;
        while maybe != 0 {
            let place = maybe.trailing_zeros();
            digits |= u32::from(blocks.get(place as usize).is_some_and(are_digits)) << place;
            maybe &= maybe - 1;
        }
        digits
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
