//! Links by which a person sets a password for the first time, or again.

use jiff::Timestamp;

use crate::{Row, StoreError, Tx};

/// A link that counts once, until a time. Only the hash of its token is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetupLink {
    /// Whose password it sets; none: it makes the first administrator.
    pub person: Option<i64>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Until when it counts.
    pub expires_at: Timestamp,
}

fn link(row: &Row) -> Result<SetupLink, StoreError> {
    Ok(SetupLink { person: row.get(0)?, created_at: row.get(1)?, expires_at: row.get(2)? })
}

impl Tx<'_> {
    /// Makes a link; others for the same person, or for the first administrator, count no more.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn insert_setup_link(&mut self, hash: &str, link: &SetupLink) -> Result<(), StoreError> {
        self.execute(
            "DELETE FROM setup_links WHERE COALESCE(person_id, 0) = $1",
            &[link.person.unwrap_or_default().into()],
        )?;
        self.execute(
            "INSERT INTO setup_links (hash, person_id, created_at, expires_at) VALUES ($1, $2, $3, $4)",
            &[hash.into(), link.person.into(), link.created_at.into(), link.expires_at.into()],
        )?;
        Ok(())
    }

    /// The link whose token has this hash, if it counts.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn setup_link(&mut self, hash: &str, now: Timestamp) -> Result<Option<SetupLink>, StoreError> {
        let sql = "SELECT person_id, created_at, expires_at FROM setup_links \
                   WHERE hash = $1 AND used_at IS NULL AND expires_at > $2";
        self.one(sql, &[hash.into(), now.into()], link)
    }

    /// Uses a link up, if it counts.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn use_setup_link(&mut self, hash: &str, now: Timestamp) -> Result<Option<SetupLink>, StoreError> {
        self.one(
            "UPDATE setup_links SET used_at = $2 WHERE hash = $1 AND used_at IS NULL AND expires_at > $2 \
             RETURNING person_id, created_at, expires_at",
            &[hash.into(), now.into()],
            link,
        )
    }
}
