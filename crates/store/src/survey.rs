//! What a register looks like from outside: numbers for whoever watches it. All of it is counted over the whole register, so it is for those only
//! who may see everything.

use jiff::Timestamp;
use stanch_model::{Milestones, Severity};

use crate::{Clocks, Row, StoreError, Tx};

/// Durations of one severity, counted into buckets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spread {
    /// Of which severity.
    pub severity: Severity,
    /// How many did not exceed each bound.
    pub buckets: Vec<i64>,
    /// How many there are.
    pub count: i64,
    /// What they took together, in milliseconds.
    pub sum_ms: i64,
}

/// How often a promise was kept since the register began. Neither number ever falls, unless incidents are forgotten.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Promised {
    /// How many cases were decided: kept, or over their time.
    pub decided: i64,
    /// How many of them were not kept.
    pub failed: i64,
}

/// Secrets found in one origin in two weeks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OriginSecrets {
    /// The kind of the origin.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// How many this week.
    pub current: i64,
    /// How many in the week before.
    pub previous: i64,
}

/// When an origin was scanned last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastScan {
    /// The kind of the origin.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// When its newest scan came in.
    pub at: Timestamp,
}

/// What waits for a channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Queue {
    /// The channel.
    pub channel: String,
    /// How many messages wait.
    pub waiting: i64,
    /// How many were given up.
    pub dead: i64,
    /// Since when the oldest waits that may go out.
    pub oldest: Option<Timestamp>,
}

impl Tx<'_> {
    /// How long revocations took, of all incidents that were not dismissed, by severity.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn spread_to_revoke(&mut self, bounds_ms: &[i64]) -> Result<Vec<Spread>, StoreError> {
        let took = "(revoked_at - detected_at)";
        self.spread("incidents", took, "revoked_at IS NOT NULL AND dismissed_at IS NULL", bounds_ms)
    }

    /// How long it took until leaks were found, by severity; dismissed ones are left out.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn spread_to_detect(&mut self, bounds_ms: &[i64]) -> Result<Vec<Spread>, StoreError> {
        let took = "(CASE WHEN detected_at > leaked_at THEN detected_at - leaked_at ELSE 0 END)";
        self.spread("leaks", took, "leaked_at IS NOT NULL AND state <> 'dismissed'", bounds_ms)
    }

    fn spread(
        &mut self,
        table: &str,
        took: &str,
        condition: &str,
        bounds_ms: &[i64],
    ) -> Result<Vec<Spread>, StoreError> {
        let bucket = |bound: &i64| format!(", {}", sum_where(&format!("{took} <= {bound}")));
        let buckets: String = bounds_ms.iter().map(bucket).collect();
        let sql = format!(
            "SELECT severity, COUNT(*), CAST(SUM({took}) AS BIGINT){buckets} FROM {table} WHERE {condition} GROUP BY severity"
        );
        self.query(&sql, &[], |row| {
            let buckets = (0..bounds_ms.len()).map(|n| row.get(n + 3)).collect::<Result<_, _>>()?;
            Ok(Spread { severity: row.parse(0)?, count: row.get(1)?, sum_ms: row.get(2)?, buckets })
        })
    }

    /// How often incidents were revoked in time, by severity. An incident that was dismissed counts if it was decided before.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn revoked_in_time(
        &mut self,
        within_ms: impl Fn(Severity) -> i64,
        now: Timestamp,
    ) -> Result<Vec<(Severity, Promised)>, StoreError> {
        let case = |severity: &Severity| format!("WHEN '{severity}' THEN {} ", within_ms(*severity));
        let cases: String = Severity::ALL.iter().map(case).collect();
        let within = format!("(CASE severity {cases}ELSE 0 END)");
        let kept = format!(
            "revoked_at IS NOT NULL AND revoked_at - detected_at <= {within} AND (dismissed_at IS NULL OR dismissed_at >= revoked_at)"
        );
        let failed = format!(
            "(revoked_at IS NULL OR revoked_at - detected_at > {within}) AND detected_at + {within} < $1 \
             AND (dismissed_at IS NULL OR dismissed_at >= detected_at + {within})"
        );
        let sql = format!(
            "SELECT severity, {}, {} FROM incidents GROUP BY severity",
            sum_where(&kept),
            sum_where(&failed)
        );
        self.query(&sql, &[now.into()], |row| {
            let (kept, failed): (i64, i64) = (row.get(1)?, row.get(2)?);
            Ok((row.parse(0)?, Promised { decided: kept + failed, failed }))
        })
    }

    /// How often incidents were found in time after their secret had leaked, where that is known.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn found_in_time(&mut self, within_ms: i64) -> Result<Promised, StoreError> {
        let late = sum_where(&format!("detected_at - leaked_at > {within_ms}"));
        let sql = format!("SELECT COUNT(*), {late} FROM incidents WHERE leaked_at IS NOT NULL");
        let promised =
            self.one(&sql, &[], |row| Ok(Promised { decided: row.get(0)?, failed: row.get(1)? }))?;
        Ok(promised.unwrap_or_default())
    }

    /// The clocks of incidents that are not over, by their number, the newest first.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn active_clocks(&mut self, limit: usize) -> Result<Vec<(i64, Clocks)>, StoreError> {
        let sql = format!(
            "SELECT id, severity, leaked_at, detected_at, acknowledged_at, contained_at, revoked_at, rotated_at, proven_at, closed_at, \
             dismissed_at, reopened_at FROM incidents WHERE active = 1 ORDER BY id DESC LIMIT {limit}"
        );
        self.query(&sql, &[], active_clocks)
    }

    /// How many places in logs were found since the register began, by kind of origin: each is a failure of redaction.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn redaction_failures(&mut self, kinds: &[&str]) -> Result<Vec<(String, i64)>, StoreError> {
        let numbers = crate::rows::list(1, kinds.len());
        let sql = format!(
            "SELECT o.kind, CAST(SUM(d.exposures) AS BIGINT) FROM daily_counts d JOIN origins o ON o.id = d.origin_id \
             WHERE o.kind IN ({numbers}) GROUP BY o.kind ORDER BY o.kind"
        );
        let kinds: Vec<_> = kinds.iter().map(|&kind| kind.into()).collect();
        self.query(&sql, &kinds, |row| Ok((row.get(0)?, row.get(1)?)))
    }

    /// Secrets found in each origin since `week`, and in the week before from `before` on; the most first.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn secrets_of_weeks(
        &mut self,
        before: Timestamp,
        week: Timestamp,
        limit: usize,
    ) -> Result<Vec<OriginSecrets>, StoreError> {
        let (current, previous) = (sum_where("lo.first_seen >= $2"), sum_where("lo.first_seen < $2"));
        let sql = format!(
            "SELECT o.kind, o.name, {current}, {previous} FROM leak_origins lo JOIN origins o ON o.id = lo.origin_id \
             WHERE lo.first_seen >= $1 GROUP BY o.kind, o.name ORDER BY COUNT(*) DESC, o.kind, o.name LIMIT {limit}"
        );
        self.query(&sql, &[before.into(), week.into()], |row| {
            Ok(OriginSecrets {
                kind: row.get(0)?,
                name: row.get(1)?,
                current: row.get(2)?,
                previous: row.get(3)?,
            })
        })
    }

    /// The origins whose newest scan is the oldest.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn oldest_scans(&mut self, limit: usize) -> Result<Vec<LastScan>, StoreError> {
        let sql = format!(
            "SELECT kind, name, at FROM (SELECT o.kind, o.name, (SELECT MAX(received) FROM scans s WHERE s.origin_id = o.id) AS at \
             FROM origins o) told WHERE at IS NOT NULL ORDER BY at, kind, name LIMIT {limit}"
        );
        self.query(&sql, &[], |row| Ok(LastScan { kind: row.get(0)?, name: row.get(1)?, at: row.get(2)? }))
    }

    /// What waits for each channel, or was given up.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn queues(&mut self, now: Timestamp) -> Result<Vec<Queue>, StoreError> {
        let (waiting, dead) = (sum_where("dead_at IS NULL"), sum_where("dead_at IS NOT NULL"));
        let sql = format!(
            "SELECT channel, {waiting}, {dead}, MIN(CASE WHEN dead_at IS NULL AND (due_at <= $1 OR attempts > 0) THEN created_at END) \
             FROM outbox WHERE delivered_at IS NULL GROUP BY channel ORDER BY channel"
        );
        self.query(&sql, &[now.into()], |row| {
            Ok(Queue { channel: row.get(0)?, waiting: row.get(1)?, dead: row.get(2)?, oldest: row.get(3)? })
        })
    }
}

/// How many rows hold a condition.
fn sum_where(condition: &str) -> String {
    format!("CAST(COALESCE(SUM(CASE WHEN {condition} THEN 1 ELSE 0 END), 0) AS BIGINT)")
}

fn active_clocks(row: &Row) -> Result<(i64, Clocks), StoreError> {
    let milestones = Milestones {
        acknowledged: row.get(4)?,
        contained: row.get(5)?,
        revoked: row.get(6)?,
        rotated: row.get(7)?,
        proven: row.get(8)?,
        closed: row.get(9)?,
        dismissed: row.get(10)?,
        reopened: row.get(11)?,
    };
    let clocks = Clocks { severity: row.parse(1)?, leaked: row.get(2)?, detected: row.get(3)?, milestones };
    Ok((row.get(0)?, clocks))
}
