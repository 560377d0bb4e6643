//! What is forgotten after its time, in small batches. Nothing of the audit trail is ever forgotten, and no leak, incident or origin.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::{StoreError, Tx, rows::list};

/// What may be forgotten.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Forgettable {
    /// Places that are gone, of leaks that are not open.
    GoneExposures,
    /// What gates did.
    GateEvents,
    /// Messages that were delivered.
    DeliveredMessages,
    /// Messages that were given up.
    DeadMessages,
    /// Checklists, timers and keys of grouping of incidents that are over; the incidents themselves stay, with their clocks.
    IncidentDetails,
}

impl Forgettable {
    /// All of it.
    pub const ALL: [Self; 5] = [
        Self::GoneExposures,
        Self::GateEvents,
        Self::DeliveredMessages,
        Self::DeadMessages,
        Self::IncidentDetails,
    ];

    /// The name used in events.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::GoneExposures => "exposures_gone",
            Self::GateEvents => "gate_events",
            Self::DeliveredMessages => "delivered_messages",
            Self::DeadMessages => "dead_messages",
            Self::IncidentDetails => "closed_incidents",
        }
    }
}

impl Tx<'_> {
    /// Forgets at most `limit` things of this kind that ended before this time; gives how many.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn forget(&mut self, what: Forgettable, before: Timestamp, limit: usize) -> Result<u64, StoreError> {
        let table = |table: &str, condition: &str| {
            format!(
                "DELETE FROM {table} WHERE id IN (SELECT id FROM {table} WHERE {condition} ORDER BY id LIMIT {limit})"
            )
        };
        let sql = match what {
            Forgettable::GoneExposures => return self.forget_gone(before, limit),
            Forgettable::IncidentDetails => return self.forget_details(before, limit),
            Forgettable::GateEvents => table("gate_events", "at < $1"),
            Forgettable::DeliveredMessages => table("outbox", "delivered_at < $1"),
            Forgettable::DeadMessages => table("outbox", "dead_at < $1 AND delivered_at IS NULL"),
        };
        self.execute(&sql, &[before.into()])
    }

    /// The numbers of places of leaks and origins are those of places that are known.
    fn forget_gone(&mut self, before: Timestamp, limit: usize) -> Result<u64, StoreError> {
        let sql = format!(
            "SELECT e.id, e.leak_id, e.origin_id FROM exposures e JOIN leaks l ON l.id = e.leak_id \
             WHERE e.gone_at < $1 AND l.state <> 'open' ORDER BY e.leak_id, e.id LIMIT {limit}"
        );
        let places: Vec<(i64, i64, i64)> =
            self.query(&sql, &[before.into()], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        let (mut leaks, mut origins) = (BTreeMap::new(), BTreeMap::new());
        for (_, leak, origin) in &places {
            *leaks.entry(*leak).or_insert(0_i64) += 1;
            *origins.entry((*leak, *origin)).or_insert(0_i64) += 1;
        }
        for (leak, count) in leaks {
            let sql = "UPDATE leaks SET exposures = exposures - $2 WHERE id = $1";
            self.execute(sql, &[leak.into(), count.into()])?;
        }
        for ((leak, origin), count) in origins {
            let sql =
                "UPDATE leak_origins SET exposures = exposures - $3 WHERE leak_id = $1 AND origin_id = $2";
            self.execute(sql, &[leak.into(), origin.into(), count.into()])?;
        }
        let ids: Vec<_> = places.iter().map(|(id, ..)| (*id).into()).collect();
        if ids.is_empty() {
            return Ok(0);
        }
        self.execute(&format!("DELETE FROM exposures WHERE id IN ({})", list(1, ids.len())), &ids)
    }

    fn forget_details(&mut self, before: Timestamp, limit: usize) -> Result<u64, StoreError> {
        let mut forgotten = 0;
        for (table, key) in [("tasks", "id"), ("timers", "id"), ("incident_groups", "key")] {
            // A key of grouping is that of one incident or of few; all of them that are over go.
            let over = "incident_id IN (SELECT id FROM incidents WHERE closed_at < $1 AND active = 0)";
            let sql = format!(
                "DELETE FROM {table} WHERE {over} AND {key} IN (SELECT {key} FROM {table} WHERE {over} ORDER BY {key} LIMIT {limit})"
            );
            forgotten += self.execute(&sql, &[before.into()])?;
        }
        Ok(forgotten)
    }
}
