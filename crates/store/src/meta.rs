//! Facts about the register itself, and answers to requests that may be sent again.

use jiff::Timestamp;

use crate::{StoreError, Tx};

impl Tx<'_> {
    /// A fact about the register, by its name.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn meta(&mut self, name: &str) -> Result<Option<String>, StoreError> {
        self.one("SELECT value FROM meta WHERE name = $1", &[name.into()], |row| row.get(0))
    }

    /// Notes a fact about the register.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn set_meta(&mut self, name: &str, value: &str) -> Result<(), StoreError> {
        self.execute(
            "INSERT INTO meta (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            &[name.into(), value.into()],
        )?;
        Ok(())
    }

    /// What was answered to the request with this key: the digest of the request and the answer.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn answer_to(&mut self, key: &str) -> Result<Option<(String, String)>, StoreError> {
        self.one("SELECT digest, answer FROM idempotency WHERE key = $1", &[key.into()], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
    }

    /// Keeps the answer to the request with this key, unless another request has it.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn keep_answer(
        &mut self,
        key: &str,
        digest: &str,
        answer: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.execute(
            "INSERT INTO idempotency (key, digest, answer, at) VALUES ($1, $2, $3, $4) ON CONFLICT (key) \
             DO UPDATE SET answer = excluded.answer WHERE idempotency.digest = excluded.digest",
            &[key.into(), digest.into(), answer.into(), now.into()],
        )?;
        Ok(())
    }

    /// Marks the request with this key as done; its answer is kept later. Tells whether it was not done before.
    pub(crate) fn mark_request(
        &mut self,
        key: &str,
        digest: &str,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let made = self.execute(
            "INSERT INTO idempotency (key, digest, answer, at) VALUES ($1, $2, '', $3) ON CONFLICT (key) DO NOTHING",
            &[key.into(), digest.into(), now.into()],
        )?;
        Ok(made > 0)
    }

    /// Whether this is the first request with this key; from now on it was.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn is_first(&mut self, key: &str, now: Timestamp) -> Result<bool, StoreError> {
        let made = self.execute(
            "INSERT INTO idempotency (key, digest, answer, at) VALUES ($1, '', '', $2) ON CONFLICT (key) DO NOTHING",
            &[key.into(), now.into()],
        )?;
        Ok(made > 0)
    }

    /// Forgets answers older than this.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn forget_answers(&mut self, before: Timestamp) -> Result<u64, StoreError> {
        self.execute("DELETE FROM idempotency WHERE at < $1", &[before.into()])
    }
}
