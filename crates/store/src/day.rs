//! How many places a day brought, counted as they come: charts must not count a million rows.

use jiff::Timestamp;

use crate::{Sight, StoreError, Tx, rows::Where};

/// Milliseconds of a day.
const DAY_MS: i64 = 86_400_000;

/// The days since 1970 UTC at this time.
pub fn day_of(at: Timestamp) -> i64 {
    at.as_millisecond().div_euclid(DAY_MS)
}

impl Tx<'_> {
    /// Counts new places of an origin.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn count_day(&mut self, origin: i64, exposures: i64, now: Timestamp) -> Result<(), StoreError> {
        self.execute(
            "INSERT INTO daily_counts (day, origin_id, exposures) VALUES ($1, $2, $3) ON CONFLICT (day, origin_id) \
             DO UPDATE SET exposures = daily_counts.exposures + excluded.exposures",
            &[day_of(now).into(), origin.into(), exposures.into()],
        )?;
        Ok(())
    }

    /// How many new places each day brought, from this day on: pairs of a day and a count.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn exposures_by_day(&mut self, sight: &Sight, from: i64) -> Result<Vec<(i64, i64)>, StoreError> {
        let mut wanted = Where::default();
        wanted.and("day >= ", from);
        sight.of_origins(&mut wanted, "origin_id");
        let sql = format!(
            "SELECT day, CAST(SUM(exposures) AS BIGINT) FROM daily_counts {wanted} GROUP BY day ORDER BY day"
        );
        self.query(&sql, wanted.values(), |row| Ok((row.get(0)?, row.get(1)?)))
    }
}
