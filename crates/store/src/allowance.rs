//! Exceptions the server knows of: why a secret may stay where it is.

use jiff::Timestamp;
use serde::Serialize;
use stanch_model::Reason;

use crate::{Row, Sight, StoreError, Tx, leak::like, rows::Where};

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
    /// Who ended it.
    pub ended_by: Option<String>,
}

impl Grant {
    /// Whether it counts at this time.
    pub fn counts_at(&self, now: Timestamp) -> bool {
        self.ended_at.is_none() && self.expires_at.is_none_or(|end| now < end)
    }
}

/// An exception with what the register knows of its secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct KnownGrant {
    /// The exception.
    #[serde(flatten)]
    pub grant: Grant,
    /// The leak, if there is one of this secret.
    pub leak: Option<i64>,
    /// In how many places it was seen.
    pub places: i64,
}

/// Whether an exception counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GrantState {
    /// It does.
    Counts,
    /// It does, and ends before this time.
    EndsBefore(Timestamp),
    /// It does not any more.
    Over,
}

/// What of the exceptions is asked for; all that is given must hold.
#[derive(Clone, Debug, Default)]
pub struct GrantFilter {
    /// In this state at this time.
    pub state: Option<(GrantState, Timestamp)>,
    /// For this reason.
    pub reason: Option<Reason>,
    /// Of this leak.
    pub leak: Option<i64>,
    /// Whose fingerprint, words, owner, approver or ticket holds these words.
    pub text: Option<String>,
    /// Before this number: lists go from the newest to the oldest.
    pub before: Option<i64>,
}

impl GrantFilter {
    fn conditions(&self, sight: &Sight) -> Where {
        let mut wanted = Where::default();
        wanted.and_if("a.reason = ", self.reason.map(Reason::as_str));
        wanted.and_if("l.id = ", self.leak);
        wanted.and_if("a.id < ", self.before);
        if let Some((state, now)) = self.state {
            let counts = "a.ended_at IS NULL AND (a.expires_at IS NULL OR a.expires_at > {})";
            match state {
                GrantState::Counts => wanted.and_each(counts, now),
                GrantState::EndsBefore(end) => {
                    wanted.and_each(counts, now);
                    wanted.and("a.expires_at < ", end);
                }
                GrantState::Over => {
                    wanted.and_each("(a.ended_at IS NOT NULL OR a.expires_at <= {})", now);
                }
            }
        }
        if let Some(text) = &self.text {
            let condition = "(a.fingerprint LIKE {} ESCAPE '!' OR LOWER(a.words) LIKE {} ESCAPE '!' OR LOWER(a.owner) LIKE {} ESCAPE '!' OR \
                             LOWER(COALESCE(a.approver, '')) LIKE {} ESCAPE '!' OR LOWER(COALESCE(a.ticket, '')) LIKE {} ESCAPE '!')";
            wanted.and_each(condition, like(text));
        }
        sight.of_leaks(&mut wanted, "l.id");
        wanted
    }
}

/// The columns of an exception, and what it is joined with.
const GRANT: &str = "a.id, a.fingerprint, a.reason, a.words, a.owner, a.approver, a.ticket, a.created_at, a.expires_at, a.ended_at, a.ended_by";
const KNOWN: &str = "FROM allowances a LEFT JOIN fingerprints f ON f.fingerprint = a.fingerprint LEFT JOIN leaks l ON l.id = f.leak_id";

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
        ended_by: row.get(10)?,
    })
}

fn known(row: &Row) -> Result<KnownGrant, StoreError> {
    Ok(KnownGrant {
        grant: grant(row)?,
        leak: row.get(11)?,
        places: row.get::<Option<i64>>(12)?.unwrap_or(0),
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
        wanted.and_in("a.fingerprint IN ({})", fingerprints.iter().map(Into::into).collect());
        wanted.and_each("a.ended_at IS NULL AND (a.expires_at IS NULL OR a.expires_at > {})", now);
        self.query(&format!("SELECT {GRANT} FROM allowances a {wanted}"), wanted.values(), grant)
    }

    /// Exceptions that may be seen, newest first. One of no leak is seen by who sees everything.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn grants(
        &mut self,
        filter: &GrantFilter,
        sight: &Sight,
        limit: usize,
    ) -> Result<Vec<KnownGrant>, StoreError> {
        let wanted = filter.conditions(sight);
        let sql =
            format!("SELECT {GRANT}, l.id, l.exposures {KNOWN} {wanted} ORDER BY a.id DESC LIMIT {limit}");
        self.query(&sql, wanted.values(), known)
    }

    /// How many exceptions there are that may be seen.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn count_grants(&mut self, filter: &GrantFilter, sight: &Sight) -> Result<i64, StoreError> {
        let wanted = filter.conditions(sight);
        let sql = format!("SELECT COUNT(*) {KNOWN} {wanted}");
        Ok(self.one(&sql, wanted.values(), |row| row.get(0))?.unwrap_or_default())
    }

    /// The exception of this number, if it may be seen.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn grant(&mut self, id: i64, sight: &Sight) -> Result<Option<KnownGrant>, StoreError> {
        let mut wanted = Where::default();
        wanted.and("a.id = ", id);
        sight.of_leaks(&mut wanted, "l.id");
        self.one(&format!("SELECT {GRANT}, l.id, l.exposures {KNOWN} {wanted}"), wanted.values(), known)
    }

    /// Ends an exception before its time; tells whether it counted until then.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn end_grant(&mut self, id: i64, by: &str, now: Timestamp) -> Result<bool, StoreError> {
        let changed = self.execute(
            "UPDATE allowances SET ended_at = $2, ended_by = $3 WHERE id = $1 AND ended_at IS NULL \
             AND (expires_at IS NULL OR expires_at > $2)",
            &[id.into(), now.into(), by.into()],
        )?;
        Ok(changed > 0)
    }
}
