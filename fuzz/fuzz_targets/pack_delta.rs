//! Any bytes as a delta to any other bytes: reading it never panics, and a tree made by it reads the same in parts as whole.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    // The first two bytes say how long the delta is; the rest is its base.
    let Some((len, bytes)) = input.split_first_chunk() else { return };
    let (instructions, base) = bytes.split_at(usize::from(u16::from_le_bytes(*len)).min(bytes.len()));
    stanch_sources::fuzz_pack_delta(instructions, base);
});
