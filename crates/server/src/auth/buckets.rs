//! How many requests somebody may make.

use std::{collections::HashMap, hash::Hash, sync::Mutex};

use jiff::Timestamp;
use serde::Deserialize;

/// Whom is counted at once; beyond that, newcomers share one bucket.
const BUCKETS_MAX: usize = 50_000;

/// How many requests somebody may make.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rate {
    /// Lasting, a second.
    pub per_second: f64,
    /// At once, after a while without any.
    pub burst: f64,
}

#[derive(Clone, Copy)]
struct Bucket {
    tokens: f64,
    at_ms: i64,
}

impl Bucket {
    fn refill(&mut self, rate: Rate, now_ms: i64) {
        let passed = (now_ms - self.at_ms).max(0) as f64 / 1000.0;
        self.tokens = (self.tokens + passed * rate.per_second).min(rate.burst);
        self.at_ms = now_ms;
    }

    /// Takes a token; or gives the seconds until there is one.
    fn take(&mut self, rate: Rate, now_ms: i64) -> Result<(), u64> {
        self.refill(rate, now_ms);
        if self.tokens >= 1.0 {
            self.tokens -= 1.0;
            return Ok(());
        }
        let wait_ms = ((1.0 - self.tokens) / rate.per_second * 1000.0).clamp(1.0, 3_600_000.0) as i64;
        Err(wait_ms.unsigned_abs().div_ceil(1000))
    }
}

/// A token bucket for each key.
pub(crate) struct Buckets<K> {
    rate: Rate,
    kept: Mutex<Kept<K>>,
}

struct Kept<K> {
    buckets: HashMap<K, Bucket>,
    shared: Bucket,
}

impl<K: Hash + Eq> Buckets<K> {
    pub(crate) fn new(rate: Rate) -> Self {
        let shared = Bucket { tokens: rate.burst, at_ms: 0 };
        Self { rate, kept: Mutex::new(Kept { buckets: HashMap::new(), shared }) }
    }

    /// Counts a request.
    ///
    /// # Errors
    ///
    /// The seconds until the next is allowed, if this one is too many.
    pub(crate) fn take(&self, key: K, now: Timestamp) -> Result<(), u64> {
        let now_ms = now.as_millisecond();
        let rate = self.rate;
        let mut kept = self.kept.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(bucket) = kept.buckets.get_mut(&key) {
            return bucket.take(rate, now_ms);
        }
        if kept.buckets.len() >= BUCKETS_MAX {
            // A full bucket says what none says.
            kept.buckets.retain(|_, bucket| {
                bucket.refill(rate, now_ms);
                bucket.tokens < rate.burst
            });
        }
        if kept.buckets.len() >= BUCKETS_MAX {
            return kept.shared.take(rate, now_ms);
        }
        let bucket = Bucket { tokens: rate.burst, at_ms: now_ms };
        kept.buckets.entry(key).or_insert(bucket).take(rate, now_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millisecond(1_800_000_000_000 + ms).expect("a time")
    }

    #[test]
    fn a_burst_is_allowed_and_then_the_rate() {
        let buckets = Buckets::new(Rate { per_second: 2.0, burst: 3.0 });
        let go = |ms| buckets.take("a", at(ms));
        assert_eq!([0, 0, 0, 0].map(go), [Ok(()), Ok(()), Ok(()), Err(1)]);
        assert_eq!([499, 500, 501].map(go), [Err(1), Ok(()), Err(1)]);
        assert_eq!(buckets.take("b", at(501)), Ok(()));
        let slow = Buckets::new(Rate { per_second: 0.1, burst: 1.0 });
        assert_eq!([slow.take(1, at(0)), slow.take(1, at(0))], [Ok(()), Err(10)]);
    }

    #[test]
    fn memory_has_a_limit_and_what_is_full_is_forgotten() {
        let buckets = Buckets::new(Rate { per_second: 1.0, burst: 2.0 });
        let first = (0..BUCKETS_MAX).all(|key| buckets.take(key, at(0)).is_ok());
        let shared = [1, 2, 3].map(|key| buckets.take(BUCKETS_MAX + key, at(1)));
        assert_eq!((first, shared), (true, [Ok(()), Ok(()), Err(1)]));
        assert_eq!(buckets.take(BUCKETS_MAX + 3, at(2_000)), Ok(()), "those that are full made room");
        let kept = buckets.kept.lock().expect("not poisoned").buckets.len();
        assert_eq!(kept, 1);
    }
}
