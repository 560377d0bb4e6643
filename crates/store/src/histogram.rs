//! How long something took, counted without locks.

use std::{
    array,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

/// The upper bounds of the buckets, in microseconds.
const BOUNDS_US: [u64; 13] = [
    1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000, 5_000_000,
    10_000_000,
];

/// Durations in buckets from a millisecond to ten seconds.
#[derive(Debug)]
pub struct Histogram {
    /// How many fell into each bucket, and those above all bounds.
    buckets: [AtomicU64; BOUNDS_US.len() + 1],
    sum_us: AtomicU64,
}

impl Default for Histogram {
    fn default() -> Self {
        Self { buckets: array::from_fn(|_| AtomicU64::new(0)), sum_us: AtomicU64::new(0) }
    }
}

/// What a histogram says at one moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reading {
    /// Upper bounds in seconds, and how many did not exceed them.
    pub buckets: Vec<(f64, u64)>,
    /// How many there are.
    pub count: u64,
    /// What they took together, in seconds.
    pub sum: f64,
}

impl Histogram {
    /// Counts one.
    pub fn observe(&self, took: Duration) {
        let us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let bucket = BOUNDS_US.partition_point(|&bound| bound < us);
        self.buckets[bucket].fetch_add(1, Ordering::Relaxed);
        self.sum_us.fetch_add(us, Ordering::Relaxed);
    }

    /// What it says now.
    pub fn read(&self) -> Reading {
        let mut count = 0;
        let mut buckets = Vec::with_capacity(BOUNDS_US.len());
        for (bucket, bound) in self.buckets.iter().zip(BOUNDS_US) {
            count += bucket.load(Ordering::Relaxed);
            buckets.push((bound as f64 / 1e6, count));
        }
        count += self.buckets[BOUNDS_US.len()].load(Ordering::Relaxed);
        Reading { buckets, count, sum: self.sum_us.load(Ordering::Relaxed) as f64 / 1e6 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_belongs_to_its_bucket() {
        let histogram = Histogram::default();
        for ms in [1, 2, 11_000] {
            histogram.observe(Duration::from_millis(ms));
        }
        let reading = histogram.read();
        assert_eq!(reading.buckets[..2], [(0.001, 1), (0.0025, 2)]);
        assert_eq!((reading.buckets[12], reading.count), ((10.0, 2), 3));
        assert!((reading.sum - 11.003).abs() < 1e-9);
    }
}
