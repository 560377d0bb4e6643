//! Which promises burn their error budget too fast, as far as they have been told of.

use jiff::Timestamp;
use stanch_model::Urgency;

use crate::{StoreError, Tx};

/// A promise, and whether its budget burns too fast.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Burn {
    /// The promise, by its name: `revoke-critical`.
    pub objective: String,
    /// How urgent it is; none while it does not burn.
    pub urgency: Option<Urgency>,
    /// How often it began.
    pub episode: i64,
    /// Since when it is so.
    pub since: Timestamp,
}

impl Tx<'_> {
    /// What was told of a promise, kept from other servers until the commit; one that was never told of does not burn.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn burn_locked(&mut self, objective: &str, now: Timestamp) -> Result<Burn, StoreError> {
        self.execute(
            "INSERT INTO objective_burns (objective, urgency, episode, since) VALUES ($1, NULL, 0, $2) ON CONFLICT (objective) DO NOTHING",
            &[objective.into(), now.into()],
        )?;
        let lock = self.for_update();
        let sql = format!("SELECT urgency, episode, since FROM objective_burns WHERE objective = $1{lock}");
        let burn = self.one(&sql, &[objective.into()], |row| {
            let urgency: Option<String> = row.get(0)?;
            let urgency = urgency.map(|_| row.parse(0)).transpose()?;
            Ok(Burn { objective: objective.to_owned(), urgency, episode: row.get(1)?, since: row.get(2)? })
        })?;
        burn.ok_or(StoreError::Field { position: 0, expected: "a promise" })
    }

    /// Notes what was told of a promise.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn note_burn(&mut self, burn: &Burn) -> Result<(), StoreError> {
        self.execute(
            "UPDATE objective_burns SET urgency = $2, episode = $3, since = $4 WHERE objective = $1",
            &[
                burn.objective.as_str().into(),
                burn.urgency.map(|urgency| urgency.as_str()).into(),
                burn.episode.into(),
                burn.since.into(),
            ],
        )?;
        Ok(())
    }
}
