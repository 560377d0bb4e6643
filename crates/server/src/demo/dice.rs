//! Chance that falls the same each time, so that a demonstration can be told about.

use std::fmt::Write as _;

use jiff::SignedDuration;

/// Chance with a seed: `SplitMix64` (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014). For made-up data only.
#[derive(Clone, Debug)]
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`, which is not 0.
    pub(super) fn below(&mut self, bound: usize) -> usize {
        let bound = bound as u64;
        usize::try_from(self.next() % bound).unwrap_or_default()
    }

    /// A number of something below `bound`, which is not 0.
    pub(super) fn count(&mut self, bound: usize) -> i64 {
        i64::try_from(self.below(bound)).unwrap_or_default()
    }

    /// Whether something happens that happens `percent` times in a hundred.
    pub(super) fn happens(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    /// One of these.
    pub(super) fn pick<'t, T>(&mut self, of: &'t [T]) -> &'t T {
        &of[self.below(of.len())]
    }

    /// A time that is most often near `usual` and now and then much longer: from a quarter of it to eight times it.
    pub(super) fn about(&mut self, usual: SignedDuration) -> SignedDuration {
        let eighths = match self.below(10) {
            0..=2 => 2 + self.below(4),
            3..=7 => 6 + self.below(6),
            8 => 12 + self.below(12),
            _ => 24 + self.below(40),
        };
        let millis = usual.as_millis() * i128::try_from(eighths).unwrap_or(8) / 8;
        SignedDuration::from_millis(i64::try_from(millis).unwrap_or(i64::MAX))
    }

    /// A name of hexadecimal digits.
    pub(super) fn hex(&mut self, digits: usize) -> String {
        let mut text = String::new();
        while text.len() < digits {
            let _ = write!(text, "{:016x}", self.next());
        }
        text.truncate(digits);
        text
    }
}
