//! Compressed streams.

use zlib_rs::{Inflate, InflateFlush, Status};

use super::Budget;

/// Bytes that are made at a time.
const STEP: usize = 64 << 10;
/// A stream may become so many times its size; what becomes more is a bomb, or holds nothing but repetition.
const RATIO_MAX: u64 = 64;
/// Window sizes for streams with a header: of gzip, and of zlib. Source: zlib's `inflateInit2`.
pub(super) const GZIP: u8 = 16 + 15;
pub(super) const ZLIB: u8 = 15;

/// What the stream at the start of `bytes` holds, as far as it is intact, and its length.
pub(super) fn inflate(bytes: &[u8], window_bits: u8, budget: &mut Budget) -> Option<(Vec<u8>, usize)> {
    let mut stream = Inflate::new(true, window_bits);
    let mut text = Vec::new();
    loop {
        let made = text.len();
        text.resize(made + STEP.min(budget.left()), 0);
        let read = stream.total_in() as usize;
        let status = stream.decompress(&bytes[read..], &mut text[made..], InflateFlush::NoFlush);
        text.truncate(stream.total_out() as usize);
        budget.spend(text.len() - made);
        let stays = stream.total_out() as usize == made && stream.total_in() as usize == read;
        match status {
            Ok(Status::Ok) if !stays => {}
            _ => break,
        }
        if stream.total_out() > STEP as u64 + RATIO_MAX * stream.total_in() || budget.left() == 0 {
            budget.exceed();
            break;
        }
    }
    (!text.is_empty()).then(|| (text, stream.total_in() as usize))
}
