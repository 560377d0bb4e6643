//! Logins that are half done.

use jiff::Timestamp;

use crate::{Row, StoreError, Tx};

/// A login that waits for something. The browser holds a key to it, of which the hash is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoginStep {
    /// What it waits for: `totp`, `oidc`.
    pub kind: String,
    /// Who, if that is known.
    pub person: Option<i64>,
    /// What belongs to it; sealed where it must not be read.
    pub detail: String,
    /// Until when it may be finished.
    pub expires_at: Timestamp,
}

fn step(row: &Row) -> Result<LoginStep, StoreError> {
    Ok(LoginStep { kind: row.get(0)?, person: row.get(1)?, detail: row.get(2)?, expires_at: row.get(3)? })
}

impl Tx<'_> {
    /// Keeps a login that is half done.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn insert_login_step(&mut self, hash: &str, step: &LoginStep) -> Result<(), StoreError> {
        self.execute(
            "INSERT INTO login_steps (hash, kind, person_id, detail, expires_at) VALUES ($1, $2, $3, $4, $5)",
            &[
                hash.into(),
                step.kind.as_str().into(),
                step.person.into(),
                step.detail.as_str().into(),
                step.expires_at.into(),
            ],
        )?;
        Ok(())
    }

    /// Tries to finish a login of this kind: counts the try. None if there is no such login, it is too late, or it was tried `tries_max` times.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn try_login_step(
        &mut self,
        hash: &str,
        kind: &str,
        tries_max: i64,
        now: Timestamp,
    ) -> Result<Option<LoginStep>, StoreError> {
        self.one(
            "UPDATE login_steps SET tries = tries + 1 WHERE hash = $1 AND kind = $2 AND tries < $3 AND expires_at > $4 \
             RETURNING kind, person_id, detail, expires_at",
            &[hash.into(), kind.into(), tries_max.into(), now.into()],
            step,
        )
    }

    /// Ends a login that was half done; tells whether it was there.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn end_login_step(&mut self, hash: &str) -> Result<bool, StoreError> {
        Ok(self.execute("DELETE FROM login_steps WHERE hash = $1", &[hash.into()])? > 0)
    }
}
