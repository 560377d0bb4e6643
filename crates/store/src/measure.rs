//! What is counted over the whole register.

use jiff::Timestamp;
use serde::Serialize;
use stanch_model::{Milestones, Severity};

use crate::{
    Exposure, Row, Sight, StoreError, Tx, exposure,
    rows::Where,
    week::{week_in_sql, week_of, week_start},
};

/// The clocks of one incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clocks {
    /// How bad it is.
    pub severity: Severity,
    /// When its secret leaked.
    pub leaked: Option<Timestamp>,
    /// When it was found.
    pub detected: Timestamp,
    /// What was reached since.
    pub milestones: Milestones,
}

fn clocks(row: &Row) -> Result<Clocks, StoreError> {
    let milestones = Milestones {
        acknowledged: row.get(3)?,
        contained: row.get(4)?,
        revoked: row.get(5)?,
        rotated: row.get(6)?,
        proven: row.get(7)?,
        closed: row.get(8)?,
        dismissed: row.get(9)?,
        reopened: row.get(10)?,
    };
    Ok(Clocks { severity: row.parse(0)?, leaked: row.get(1)?, detected: row.get(2)?, milestones })
}

/// How many there are of something with a name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Named {
    /// Its name.
    pub name: String,
    /// How many.
    pub count: i64,
}

fn named(row: &Row) -> Result<Named, StoreError> {
    Ok(Named { name: row.get(0)?, count: row.get(1)? })
}

/// Secrets found in one origin in one week.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OriginWeek {
    /// The name of the origin.
    pub origin: String,
    /// Its week: see [`week_start`].
    pub week: i64,
    /// How many secrets.
    pub secrets: i64,
}

/// How many of all are as they should be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Share {
    /// How many are.
    pub good: i64,
    /// How many there are.
    pub all: i64,
}

/// Something another system tells of: a credential and whether it is short-lived, a secret store and whether it has an audit log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct InventoryItem {
    /// `credential` or `secret-store`.
    pub kind: String,
    /// Its name, unique in its kind.
    pub name: String,
    /// Whether it is as it should be: short-lived, audited.
    pub good: bool,
    /// Where this is from, in words.
    pub detail: String,
}

/// An item of the inventory, and when it was told of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ToldItem {
    /// The item.
    pub item: InventoryItem,
    /// When it was told of last.
    pub told_at: Timestamp,
}

impl Tx<'_> {
    /// The clocks of incidents found since then, dismissed ones too.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn clocks_since(&mut self, sight: &Sight, since: Timestamp) -> Result<Vec<Clocks>, StoreError> {
        let mut wanted = Where::default();
        wanted.and("incidents.detected_at >= ", since);
        sight.of_incidents(&mut wanted, "incidents.id");
        let sql = format!(
            "SELECT severity, leaked_at, detected_at, acknowledged_at, contained_at, revoked_at, rotated_at, proven_at, closed_at, \
             dismissed_at, reopened_at FROM incidents {wanted}"
        );
        self.query(&sql, wanted.values(), clocks)
    }

    /// How many incidents are not over, by severity.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn active_by_severity(&mut self, sight: &Sight) -> Result<Vec<(Severity, i64)>, StoreError> {
        let mut wanted = Where::default();
        wanted.and("active = ", true);
        sight.of_incidents(&mut wanted, "incidents.id");
        let sql = format!("SELECT severity, COUNT(*) FROM incidents {wanted} GROUP BY severity");
        self.query(&sql, wanted.values(), |row| Ok((row.parse(0)?, row.get(1)?)))
    }

    /// How many leaks are open, by severity.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn open_leaks_by_severity(&mut self, sight: &Sight) -> Result<Vec<(Severity, i64)>, StoreError> {
        let mut wanted = Where::default();
        wanted.and("state = ", "open");
        sight.of_leaks(&mut wanted, "leaks.id");
        let sql = format!("SELECT severity, COUNT(*) FROM leaks {wanted} GROUP BY severity");
        self.query(&sql, wanted.values(), |row| Ok((row.parse(0)?, row.get(1)?)))
    }

    /// How many leaks were found from `from` on and before `until`, dismissed ones left out.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn confirmed_leaks(
        &mut self,
        sight: &Sight,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<i64, StoreError> {
        let mut wanted = Where::default();
        wanted.and("detected_at >= ", from);
        wanted.and("detected_at < ", until);
        wanted.and_plain("state <> 'dismissed'");
        sight.of_leaks(&mut wanted, "leaks.id");
        let sql = format!("SELECT COUNT(*) FROM leaks {wanted}");
        Ok(self.one(&sql, wanted.values(), |row| row.get(0))?.unwrap_or_default())
    }

    /// How many leaks each week from `since` to `until` brought, dismissed ones left out: weeks, and counts in the order of [`Severity::ALL`].
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn leaks_by_week(
        &mut self,
        sight: &Sight,
        since: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<(i64, [i64; 4])>, StoreError> {
        let sums = Severity::ALL.iter().map(|severity| {
            format!("CAST(COALESCE(SUM(CASE WHEN severity = '{severity}' THEN 1 ELSE 0 END), 0) AS BIGINT)")
        });
        let sums = sums.collect::<Vec<_>>().join(", ");
        let mut weeks = Vec::new();
        // Week by week, because each is a piece of the index; to group all by weeks would sort them.
        for week in week_of(since)..=week_of(until) {
            let mut wanted = Where::default();
            wanted.and("detected_at >= ", week_start(week).max(since));
            wanted.and("detected_at < ", week_start(week + 1));
            wanted.and_plain("state <> 'dismissed'");
            sight.of_leaks(&mut wanted, "leaks.id");
            let sql = format!("SELECT {sums} FROM leaks {wanted}");
            let read = |row: &Row| Ok([row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?]);
            let counts = self.one(&sql, wanted.values(), read)?.unwrap_or_default();
            weeks.push((week, counts));
        }
        Ok(weeks)
    }

    /// Of the leaks that are open, by severity: how many are alive, and how many everybody can read.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn open_risk_by_severity(&mut self, sight: &Sight) -> Result<Vec<(Severity, i64, i64)>, StoreError> {
        let mut wanted = Where::default();
        wanted.and("state = ", "open");
        sight.of_leaks(&mut wanted, "leaks.id");
        let sql = format!(
            "SELECT severity, CAST(SUM(CASE WHEN liveness = 'live' THEN 1 ELSE 0 END) AS BIGINT), CAST(SUM(public) AS BIGINT) \
             FROM leaks {wanted} GROUP BY severity"
        );
        self.query(&sql, wanted.values(), |row| Ok((row.parse(0)?, row.get(1)?, row.get(2)?)))
    }

    /// When the oldest of the incidents that are not over was found, by severity.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn oldest_active_by_severity(
        &mut self,
        sight: &Sight,
    ) -> Result<Vec<(Severity, Timestamp)>, StoreError> {
        let mut wanted = Where::default();
        wanted.and("active = ", true);
        sight.of_incidents(&mut wanted, "incidents.id");
        let sql = format!("SELECT severity, MIN(detected_at) FROM incidents {wanted} GROUP BY severity");
        self.query(&sql, wanted.values(), |row| Ok((row.parse(0)?, row.get(1)?)))
    }

    /// How many secrets each repository brought in each week since then, the most first.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn secrets_by_origin_week(
        &mut self,
        sight: &Sight,
        since: Timestamp,
        limit: usize,
    ) -> Result<Vec<OriginWeek>, StoreError> {
        let mut wanted = Where::default();
        wanted.and("lo.first_seen >= ", since);
        sight.of_origins(&mut wanted, "o.id");
        let week = week_in_sql("lo.first_seen");
        let sql = format!(
            "SELECT o.name, {week} AS week, COUNT(*) AS secrets FROM leak_origins lo JOIN origins o ON o.id = lo.origin_id \
             {wanted} GROUP BY o.name, {week} ORDER BY secrets DESC, o.name LIMIT {limit}"
        );
        self.query(&sql, wanted.values(), |row| {
            Ok(OriginWeek { origin: row.get(0)?, week: row.get(1)?, secrets: row.get(2)? })
        })
    }

    /// Of the leaks found since then whose time of leaking is known: how many were found within `within_ms`.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn detected_in_time(
        &mut self,
        sight: &Sight,
        since: Timestamp,
        within_ms: i64,
    ) -> Result<Share, StoreError> {
        let mut wanted = Where::default();
        wanted.and("detected_at >= ", since);
        wanted.and_plain("leaked_at IS NOT NULL AND state <> 'dismissed'");
        sight.of_leaks(&mut wanted, "leaks.id");
        let sql = format!(
            "SELECT COUNT(*), CAST(COALESCE(SUM(CASE WHEN detected_at - leaked_at <= {within_ms} THEN 1 ELSE 0 END), 0) AS BIGINT) \
             FROM leaks {wanted}"
        );
        let share =
            self.one(&sql, wanted.values(), |row| Ok(Share { all: row.get(0)?, good: row.get(1)? }))?;
        Ok(share.unwrap_or_default())
    }

    /// Places in origins of these kinds that were seen first since then, newest first.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn exposures_in(
        &mut self,
        kinds: &[&str],
        sight: &Sight,
        since: Timestamp,
        limit: usize,
    ) -> Result<Vec<Exposure>, StoreError> {
        let mut wanted = Where::default();
        wanted.and("e.first_seen >= ", since);
        wanted.and_in("o.kind IN ({})", kinds.iter().map(|&kind| kind.into()).collect());
        sight.of_origins(&mut wanted, "e.origin_id");
        let columns = exposure::COLUMNS;
        let sql = format!(
            "SELECT {columns} FROM exposures e JOIN origins o ON o.id = e.origin_id {wanted} ORDER BY e.first_seen DESC, e.id DESC LIMIT {limit}"
        );
        self.query(&sql, wanted.values(), exposure::read)
    }

    /// How many places in origins of these kinds were seen first since then.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn count_exposures_in(
        &mut self,
        kinds: &[&str],
        sight: &Sight,
        since: Timestamp,
    ) -> Result<i64, StoreError> {
        let mut wanted = Where::default();
        wanted.and("e.first_seen >= ", since);
        wanted.and_in("o.kind IN ({})", kinds.iter().map(|&kind| kind.into()).collect());
        sight.of_origins(&mut wanted, "e.origin_id");
        let sql = format!("SELECT COUNT(*) FROM exposures e JOIN origins o ON o.id = e.origin_id {wanted}");
        Ok(self.one(&sql, wanted.values(), |row| row.get(0))?.unwrap_or_default())
    }

    /// Images with secrets that are open, the most first.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn images_with_secrets(&mut self, sight: &Sight, limit: usize) -> Result<Vec<Named>, StoreError> {
        let mut wanted = Where::default();
        wanted.and_plain("o.kind = 'image' AND l.state = 'open'");
        sight.of_origins(&mut wanted, "o.id");
        let sql = format!(
            "SELECT o.name, COUNT(*) AS secrets FROM leak_origins lo JOIN origins o ON o.id = lo.origin_id JOIN leaks l ON l.id = lo.leak_id \
             {wanted} GROUP BY o.name ORDER BY secrets DESC, o.name LIMIT {limit}"
        );
        self.query(&sql, wanted.values(), named)
    }

    /// Notes what another system tells; what it told of the same thing before is replaced.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn inventory_told(&mut self, items: &[InventoryItem], now: Timestamp) -> Result<(), StoreError> {
        for item in items {
            self.execute(
                "INSERT INTO inventory (kind, name, good, detail, told_at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (kind, name) \
                 DO UPDATE SET good = excluded.good, detail = excluded.detail, told_at = excluded.told_at",
                &[
                    item.kind.as_str().into(),
                    item.name.as_str().into(),
                    item.good.into(),
                    item.detail.as_str().into(),
                    now.into(),
                ],
            )?;
        }
        Ok(())
    }

    /// The inventory by kind and name, after this kind and name.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn inventory(
        &mut self,
        after: Option<&(String, String)>,
        limit: usize,
    ) -> Result<Vec<ToldItem>, StoreError> {
        let mut wanted = Where::default();
        if let Some((kind, name)) = after {
            wanted.and_pair("(kind > {0} OR (kind = {0} AND name > {1}))", kind.as_str(), name.as_str());
        }
        let sql = format!(
            "SELECT kind, name, good, detail, told_at FROM inventory {wanted} ORDER BY kind, name LIMIT {limit}"
        );
        self.query(&sql, wanted.values(), |row| {
            let item = InventoryItem {
                kind: row.get(0)?,
                name: row.get(1)?,
                good: row.get(2)?,
                detail: row.get(3)?,
            };
            Ok(ToldItem { item, told_at: row.get(4)? })
        })
    }

    /// How many things of a kind are as they should be.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn inventory_share(&mut self, kind: &str) -> Result<Share, StoreError> {
        let share = self.one(
            "SELECT COUNT(*), CAST(COALESCE(SUM(good), 0) AS BIGINT) FROM inventory WHERE kind = $1",
            &[kind.into()],
            |row| Ok(Share { all: row.get(0)?, good: row.get(1)? }),
        )?;
        Ok(share.unwrap_or_default())
    }

    /// How many messages wait, and how many were given up.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn outbox_depth(&mut self) -> Result<(i64, i64), StoreError> {
        let depth = self.one(
            "SELECT CAST(COALESCE(SUM(CASE WHEN dead_at IS NULL THEN 1 ELSE 0 END), 0) AS BIGINT), \
             CAST(COALESCE(SUM(CASE WHEN dead_at IS NULL THEN 0 ELSE 1 END), 0) AS BIGINT) FROM outbox WHERE delivered_at IS NULL",
            &[],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
        Ok(depth.unwrap_or_default())
    }
}
