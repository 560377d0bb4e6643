//! What gates did: hooks and CI jobs that blocked, or were bypassed.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value as Json;

use crate::{Row, Sight, StoreError, Tx, rows::Where};

/// Something a gate did.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GateEvent {
    /// Chosen by the client: the same event sent again has the same.
    pub client_id: String,
    /// When.
    pub at: Timestamp,
    /// `pre-commit`, `pre-push`, `pre-receive`, `commit-msg`, `ci`.
    pub gate: String,
    /// `blocked`, `bypassed` or `passed-open`.
    pub outcome: String,
    /// The name of the origin.
    pub origin: String,
    /// Who was stopped or went by.
    pub actor: String,
    /// Why, where somebody went by.
    pub reason: String,
    /// Rules and fingerprints of what was found.
    pub findings: Json,
}

fn gate_event(row: &Row) -> Result<GateEvent, StoreError> {
    Ok(GateEvent {
        client_id: row.get(0)?,
        at: row.get(1)?,
        gate: row.get(2)?,
        outcome: row.get(3)?,
        origin: row.get(4)?,
        actor: row.get(5)?,
        reason: row.get(6)?,
        findings: row.json(7)?,
    })
}

impl Tx<'_> {
    /// Notes what a gate did in this origin; tells whether it was not known before.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn gate_told(&mut self, event: &GateEvent, origin: i64) -> Result<bool, StoreError> {
        let changed = self.execute(
            "INSERT INTO gate_events (client_id, at, gate, outcome, origin_id, actor, reason, findings) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (client_id) DO NOTHING",
            &[
                event.client_id.as_str().into(),
                event.at.into(),
                event.gate.as_str().into(),
                event.outcome.as_str().into(),
                origin.into(),
                event.actor.as_str().into(),
                event.reason.as_str().into(),
                event.findings.to_string().into(),
            ],
        )?;
        Ok(changed > 0)
    }

    /// What gates did since then, newest first.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn gate_events(
        &mut self,
        sight: &Sight,
        since: Timestamp,
        limit: usize,
    ) -> Result<Vec<GateEvent>, StoreError> {
        let mut wanted = Where::default();
        wanted.and("g.at >= ", since);
        sight.of_origins(&mut wanted, "g.origin_id");
        let sql = format!(
            "SELECT g.client_id, g.at, g.gate, g.outcome, o.name, g.actor, g.reason, g.findings FROM gate_events g \
             JOIN origins o ON o.id = g.origin_id {wanted} ORDER BY g.at DESC, g.id DESC LIMIT {limit}"
        );
        self.query(&sql, wanted.values(), gate_event)
    }
}
