//! What is to happen to an incident at a time, unless it changes before.

use jiff::Timestamp;
use serde_json::Value as Json;

use crate::{Row, StoreError, Tx, rows::Where};

/// Something that is to happen.
#[derive(Clone, Debug, PartialEq)]
pub struct Timer {
    /// Its number; that of a new one does not count.
    pub id: i64,
    /// The incident.
    pub incident: i64,
    /// What kind: `escalate`.
    pub kind: String,
    /// What belongs to it.
    pub detail: Json,
    /// When.
    pub due_at: Timestamp,
}

fn timer(row: &Row) -> Result<Timer, StoreError> {
    Ok(Timer {
        id: row.get(0)?,
        incident: row.get(1)?,
        kind: row.get(2)?,
        detail: row.json(3)?,
        due_at: row.get(4)?,
    })
}

impl Tx<'_> {
    /// Sets a timer.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn set_timer(&mut self, timer: &Timer) -> Result<(), StoreError> {
        self.execute(
            "INSERT INTO timers (incident_id, kind, detail, due_at) VALUES ($1, $2, $3, $4)",
            &[
                timer.incident.into(),
                timer.kind.as_str().into(),
                timer.detail.to_string().into(),
                timer.due_at.into(),
            ],
        )?;
        Ok(())
    }

    /// Takes timers that are due. They are done with this transaction: if it fails, they are due again.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn take_timers(&mut self, now: Timestamp, limit: usize) -> Result<Vec<Timer>, StoreError> {
        let skip = self.for_update_skip();
        let sql = format!(
            "UPDATE timers SET done_at = $1 WHERE id IN (SELECT id FROM timers WHERE done_at IS NULL AND due_at <= $1 \
             ORDER BY due_at LIMIT {limit}{skip}) RETURNING id, incident_id, kind, detail, due_at"
        );
        self.query(&sql, &[now.into()], timer)
    }

    /// When incidents are escalated that nobody takes, or were: pairs of an incident and a time, the earliest first.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn escalations_of(&mut self, incidents: &[i64]) -> Result<Vec<(i64, Timestamp)>, StoreError> {
        if incidents.is_empty() {
            return Ok(Vec::new());
        }
        let mut wanted = Where::default();
        wanted.and_in("incident_id IN ({})", incidents.iter().map(|&id| id.into()).collect());
        wanted.and_plain("kind = 'escalate'");
        let sql = format!("SELECT incident_id, due_at FROM timers {wanted} ORDER BY due_at");
        self.query(&sql, wanted.values(), |row| Ok((row.get(0)?, row.get(1)?)))
    }

    /// Ends the timers of an incident.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn end_timers(&mut self, incident: i64, now: Timestamp) -> Result<(), StoreError> {
        self.execute(
            "UPDATE timers SET done_at = $2 WHERE incident_id = $1 AND done_at IS NULL",
            &[incident.into(), now.into()],
        )?;
        Ok(())
    }
}
