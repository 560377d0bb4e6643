//! Exceptions the server knows of: why a secret may stay where it is.

use jiff::Timestamp;
use serde::Serialize;
use stanch_model::Reason;

use crate::{Row, StoreError, Tx, rows::Where};

/// A governed exception for one secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Grant {
    /// Its number; that of a new one does not count.
    pub id: i64,
    /// The secret.
    pub fingerprint: String,
    /// Why it may stay.
    pub reason: Reason,
    /// The same in words.
    pub words: String,
    /// Who answers for it.
    pub owner: String,
    /// Who approved it.
    pub approver: Option<String>,
    /// Where it was discussed.
    pub ticket: Option<String>,
    /// Since when it counts.
    pub created_at: Timestamp,
    /// Until when; none for ever.
    pub expires_at: Option<Timestamp>,
    /// When it ended before its time.
    pub ended_at: Option<Timestamp>,
}

const GRANT: &str =
    "id, fingerprint, reason, words, owner, approver, ticket, created_at, expires_at, ended_at";

fn grant(row: &Row) -> Result<Grant, StoreError> {
    Ok(Grant {
        id: row.get(0)?,
        fingerprint: row.get(1)?,
        reason: row.parse(2)?,
        words: row.get(3)?,
        owner: row.get(4)?,
        approver: row.get(5)?,
        ticket: row.get(6)?,
        created_at: row.get(7)?,
        expires_at: row.get(8)?,
        ended_at: row.get(9)?,
    })
}

impl Tx<'_> {
    /// Grants an exception; gives its number.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn insert_grant(&mut self, grant: &Grant) -> Result<i64, StoreError> {
        let id = self.one(
            "INSERT INTO allowances (fingerprint, reason, words, owner, approver, ticket, created_at, expires_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id",
            &[
                grant.fingerprint.as_str().into(),
                grant.reason.as_str().into(),
                grant.words.as_str().into(),
                grant.owner.as_str().into(),
                grant.approver.as_deref().into(),
                grant.ticket.as_deref().into(),
                grant.created_at.into(),
                grant.expires_at.into(),
            ],
            |row| row.get(0),
        )?;
        id.ok_or(StoreError::Field { position: 0, expected: "a number" })
    }

    /// Exceptions that count at this time for these secrets.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn grants_for(&mut self, fingerprints: &[String], now: Timestamp) -> Result<Vec<Grant>, StoreError> {
        if fingerprints.is_empty() {
            return Ok(Vec::new());
        }
        let mut wanted = Where::default();
        wanted.and_in("fingerprint IN ({})", fingerprints.iter().map(Into::into).collect());
        wanted.and_each("ended_at IS NULL AND (expires_at IS NULL OR expires_at > {})", now);
        self.query(&format!("SELECT {GRANT} FROM allowances {wanted}"), wanted.values(), grant)
    }

    /// Exceptions, newest first, before this number.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn grants(&mut self, before: Option<i64>, limit: usize) -> Result<Vec<Grant>, StoreError> {
        let mut wanted = Where::default();
        wanted.and_if("id < ", before);
        let sql = format!("SELECT {GRANT} FROM allowances {wanted} ORDER BY id DESC LIMIT {limit}");
        self.query(&sql, wanted.values(), grant)
    }

    /// Ends the exceptions of a secret before their time.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn end_grants(&mut self, fingerprint: &str, now: Timestamp) -> Result<u64, StoreError> {
        self.execute(
            "UPDATE allowances SET ended_at = $2 WHERE fingerprint = $1 AND ended_at IS NULL",
            &[fingerprint.into(), now.into()],
        )
    }
}
