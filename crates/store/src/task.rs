//! The checklist of an incident.

use jiff::Timestamp;
use serde::Serialize;

use crate::{Row, StoreError, Tx, rows::insert};

/// An item of a checklist.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Task {
    /// Its number.
    pub id: i64,
    /// What is to be done.
    pub text: String,
    /// When it was done.
    pub done_at: Option<Timestamp>,
    /// Who did it.
    pub done_by: Option<String>,
}

fn task(row: &Row) -> Result<Task, StoreError> {
    Ok(Task { id: row.get(0)?, text: row.get(1)?, done_at: row.get(2)?, done_by: row.get(3)? })
}

impl Tx<'_> {
    /// Writes the checklist of a new incident.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn insert_tasks(&mut self, incident: i64, texts: &[String]) -> Result<(), StoreError> {
        let row = |(position, text): (usize, &String)| vec![incident.into(), position.into(), text.into()];
        insert(self, "tasks", "incident_id, position, text", texts.iter().enumerate().map(row).collect())
    }

    /// The checklist of an incident.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn tasks(&mut self, incident: i64) -> Result<Vec<Task>, StoreError> {
        self.query(
            "SELECT id, text, done_at, done_by FROM tasks WHERE incident_id = $1 ORDER BY position, id",
            &[incident.into()],
            task,
        )
    }

    /// Ticks an item off, or takes that back; tells whether the incident has such an item.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn tick_task(
        &mut self,
        incident: i64,
        id: i64,
        done: Option<(Timestamp, &str)>,
    ) -> Result<bool, StoreError> {
        let changed = self.execute(
            "UPDATE tasks SET done_at = $3, done_by = $4 WHERE id = $1 AND incident_id = $2",
            &[id.into(), incident.into(), done.map(|(at, _)| at).into(), done.map(|(_, by)| by).into()],
        )?;
        Ok(changed > 0)
    }
}
