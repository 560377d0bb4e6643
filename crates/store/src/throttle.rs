//! Who fails often waits, the longer the more often.

use jiff::{SignedDuration, Timestamp};

use crate::{StoreError, Tx};

/// How long who fails waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ThrottleRule {
    /// Failures that cost nothing.
    pub free: i64,
    /// The wait after the first failure that does; each further one doubles it.
    pub first: SignedDuration,
    /// The longest wait.
    pub longest: SignedDuration,
    /// Failures are forgotten after this time without one.
    pub forgotten_after: SignedDuration,
}

impl ThrottleRule {
    /// The wait after this many failures.
    fn wait(&self, failures: i64) -> SignedDuration {
        let beyond = failures - self.free;
        if beyond <= 0 {
            return SignedDuration::ZERO;
        }
        let doublings = u32::try_from(beyond - 1).unwrap_or(u32::MAX).min(30);
        self.first.checked_mul(1 << doublings).map_or(self.longest, |wait| wait.min(self.longest))
    }
}

/// What is said to who wants to try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Throttled {
    /// Go ahead. It counts as failed until [`Tx::throttle_forgive`].
    Try,
    /// Not before this time.
    Until(Timestamp),
}

struct Count {
    failures: i64,
    last: Timestamp,
    until: Timestamp,
}

impl Tx<'_> {
    /// Asks to try something under a key. A try is counted before its outcome is known, so that many at once gain nothing.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn throttle(
        &mut self,
        key: &str,
        rule: &ThrottleRule,
        now: Timestamp,
    ) -> Result<Throttled, StoreError> {
        let count = self.throttle_count(key, now)?;
        if count.until > now {
            return Ok(Throttled::Until(count.until));
        }
        let is_forgotten = now.duration_since(count.last) > rule.forgotten_after;
        let failures = if is_forgotten { 1 } else { count.failures.saturating_add(1) };
        let until = now.checked_add(rule.wait(failures)).unwrap_or(Timestamp::MAX);
        self.set_throttle(key, &Count { failures, last: now, until })?;
        Ok(Throttled::Try)
    }

    /// Takes failures under a key back: all of them, or the last one.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn throttle_forgive(&mut self, key: &str, what: Forgiven) -> Result<(), StoreError> {
        let sql = match what {
            Forgiven::All => "DELETE FROM throttles WHERE key = $1",
            Forgiven::Last => {
                "UPDATE throttles SET failures = failures - 1, until_at = last_at WHERE key = $1 AND failures > 0"
            }
        };
        self.execute(sql, &[key.into()])?;
        Ok(())
    }

    /// Counts something that is told of at most once in a period: gives how often it happened since it was told last, or none if it is not to be
    /// told now.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn tell_once(
        &mut self,
        key: &str,
        period: SignedDuration,
        now: Timestamp,
    ) -> Result<Option<i64>, StoreError> {
        let count = self.throttle_count(key, now)?;
        let happened = count.failures.saturating_add(1);
        if count.until > now {
            self.set_throttle(key, &Count { failures: happened, last: now, ..count })?;
            return Ok(None);
        }
        let until = now.checked_add(period).unwrap_or(Timestamp::MAX);
        self.set_throttle(key, &Count { failures: 0, last: now, until })?;
        Ok(Some(happened))
    }

    /// What was counted under a key, which stays locked until the commit.
    fn throttle_count(&mut self, key: &str, now: Timestamp) -> Result<Count, StoreError> {
        let count = self.one(
            "INSERT INTO throttles (key, failures, last_at, until_at) VALUES ($1, 0, $2, $3) \
             ON CONFLICT (key) DO UPDATE SET failures = throttles.failures RETURNING failures, last_at, until_at",
            &[key.into(), now.into(), 0_i64.into()],
            |row| Ok(Count { failures: row.get(0)?, last: row.get(1)?, until: row.get(2)? }),
        )?;
        count.ok_or(StoreError::Field { position: 0, expected: "a count" })
    }

    fn set_throttle(&mut self, key: &str, count: &Count) -> Result<(), StoreError> {
        self.execute(
            "UPDATE throttles SET failures = $2, last_at = $3, until_at = $4 WHERE key = $1",
            &[key.into(), count.failures.into(), count.last.into(), count.until.into()],
        )?;
        Ok(())
    }
}

/// Which failures are taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Forgiven {
    /// All: who tried has shown to be the one.
    All,
    /// The last: this try did not fail, but others from the same place may have.
    Last,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_doubles_up_to_the_longest() {
        let rule = ThrottleRule {
            free: 2,
            first: SignedDuration::from_secs(1),
            longest: SignedDuration::from_secs(60),
            forgotten_after: SignedDuration::from_hours(1),
        };
        let waits = [1, 2, 3, 4, 5, 8, 9, 1000, i64::MAX].map(|failures| rule.wait(failures).as_secs());
        assert_eq!(waits, [0, 0, 1, 2, 4, 32, 60, 60, 60]);
    }
}
