//! What foreign hashes of a secret of ours are.

use std::{cell::OnceCell, collections::HashSet, iter, ops::Range};

use sha1::{Digest, Sha1};
use sha2::Sha256;
use stanch_model::{Finding, normal_form};
use twox_hash::XxHash3_64;
use zeroize::Zeroizing;

use super::Evidence;

/// Fewest bytes of a secret that tell it.
const PART_BYTES_MIN: usize = 16;
/// The longest secret whose beginnings and ends are hashed.
const PARTS_BYTES_MAX: usize = 512;
/// The kinds of source that kingfisher hashes.
const ORIGINS: [&str; 3] = ["file", "git", "ext"];

/// A finding, with the hashes of its value that were needed so far.
pub(super) struct Known<'f> {
    pub(super) finding: &'f Finding,
    sha1: OnceCell<HashSet<[u8; 20]>>,
    sha256: OnceCell<[u8; 32]>,
    xxh3: OnceCell<[u64; ORIGINS.len()]>,
}

impl<'f> Known<'f> {
    pub(super) fn new(finding: &'f Finding) -> Self {
        Self { finding, sha1: OnceCell::new(), sha256: OnceCell::new(), xxh3: OnceCell::new() }
    }

    /// Whether the value is what the evidence says; none without evidence.
    pub(super) fn is(&self, evidence: &Evidence) -> Option<bool> {
        match evidence {
            Evidence::None => None,
            Evidence::Sha1(hash) => Some(self.sha1().contains(hash)),
            Evidence::Sha256(hash) => Some(self.sha256() == hash),
            Evidence::Xxh3(hash) => Some(self.xxh3().contains(hash)),
            Evidence::Raw(value) => Some(is_same(value, self.value())),
        }
    }

    fn value(&self) -> &[u8] {
        self.finding.secret.expose()
    }

    /// Of the value, and of its long beginnings and ends: rules do not agree on where a secret ends.
    fn sha1(&self) -> &HashSet<[u8; 20]> {
        self.sha1.get_or_init(|| {
            parts(self.value().len()).map(|part| Sha1::digest(&self.value()[part]).into()).collect()
        })
    }

    /// Of the value as a whole.
    pub(super) fn sha256(&self) -> &[u8; 32] {
        self.sha256.get_or_init(|| Sha256::digest(self.value()).into())
    }

    /// Of value, kind of source, and where it begins and ends.
    fn xxh3(&self) -> &[u64; ORIGINS.len()] {
        let place = &self.finding.location;
        let offsets = [place.byte_start as u64, place.byte_end as u64].map(u64::to_le_bytes).concat();
        self.xxh3.get_or_init(|| {
            ORIGINS.map(|origin| {
                let hashed = Zeroizing::new([self.value(), origin.as_bytes(), &offsets].concat());
                XxHash3_64::oneshot(&hashed)
            })
        })
    }
}

/// All of something so long, then its beginnings and ends down to its half.
fn parts(length: usize) -> impl Iterator<Item = Range<usize>> {
    let shortest = if length > PARTS_BYTES_MAX { length } else { shortest(length) };
    let shorter = shortest.min(length)..length;
    let ends = shorter.clone().map(move |count| length - count..length);
    iter::once(0..length).chain(shorter.map(|count| 0..count)).chain(ends)
}

/// How long a part of a value must be to tell it.
fn shortest(length: usize) -> usize {
    PART_BYTES_MIN.max(length.div_ceil(2))
}

/// Whether two values are one: in another form, or one with more around it than the other.
fn is_same(one: &[u8], other: &[u8]) -> bool {
    let (short, long) = if one.len() < other.len() { (one, other) } else { (other, one) };
    let is_part = !short.is_empty()
        && short.len() >= shortest(long.len())
        && long.windows(short.len()).any(|part| part == short);
    one == other || is_part || normal_form(one) == normal_form(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_has_parts_down_to_its_half() {
        assert!(parts(10).eq(iter::once(0..10)));
        assert_eq!(parts(18).collect::<Vec<_>>(), [0..18, 0..16, 0..17, 2..18, 1..18]);
        assert_eq!(parts(PARTS_BYTES_MAX).count(), 1 + PARTS_BYTES_MAX);
        assert_eq!(parts(PARTS_BYTES_MAX + 1).count(), 1);
        assert!(parts(0).eq(iter::once(0..0)));
    }

    #[test]
    fn values_may_end_elsewhere() {
        let value = b"qwzxcvmnbkjhqwzxcvmnbkjh";
        assert!(is_same(value, value) && is_same(b"short", b"short") && !is_same(b"", value));
        assert!(is_same(value, b"user:qwzxcvmnbkjhqwzxcvmnbkjh") && is_same(b"\"short\"", b"short"));
        assert!(!is_same(&value[..15], value) && !is_same(b"shorter", b"short"));
    }
}
