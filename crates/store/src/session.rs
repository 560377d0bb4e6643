//! Who is logged in.

use jiff::Timestamp;
use serde::Serialize;

use crate::{
    Person, Row, StoreError, Tx,
    person::{PERSON, person_at},
};

/// The sessions of one person at once; the oldest end when there are more.
const SESSIONS_MAX: usize = 20;

/// A login that lasts. Its id is known to the browser only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Session {
    /// Its key; that of a new one does not count. No secret.
    pub id: i64,
    /// Who.
    pub person: i64,
    /// Since when.
    pub created_at: Timestamp,
    /// When it was used last, within a minute.
    pub last_seen: Timestamp,
    /// When it ends, however much it is used.
    pub expires_at: Timestamp,
    /// From where it was begun.
    pub address: String,
    /// By which browser, as it calls itself.
    pub agent: String,
}

const SESSION: &str = "sessions.id, person_id, sessions.created_at, last_seen, expires_at, address, agent";
/// How many columns [`SESSION`] has.
const SESSION_WIDTH: usize = 7;

fn session(row: &Row) -> Result<Session, StoreError> {
    Ok(Session {
        id: row.get(0)?,
        person: row.get(1)?,
        created_at: row.get(2)?,
        last_seen: row.get(3)?,
        expires_at: row.get(4)?,
        address: row.get(5)?,
        agent: row.get(6)?,
    })
}

impl Tx<'_> {
    /// Begins a session, by the hash of its id; gives its key.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn insert_session(&mut self, hash: &str, session: &Session) -> Result<i64, StoreError> {
        let id = self.one(
            "INSERT INTO sessions (hash, person_id, created_at, last_seen, expires_at, address, agent) \
             VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id",
            &[
                hash.into(),
                session.person.into(),
                session.created_at.into(),
                session.last_seen.into(),
                session.expires_at.into(),
                session.address.as_str().into(),
                session.agent.as_str().into(),
            ],
            |row| row.get(0),
        )?;
        let sql = format!(
            "DELETE FROM sessions WHERE person_id = $1 AND id NOT IN \
             (SELECT id FROM sessions WHERE person_id = $1 ORDER BY id DESC LIMIT {SESSIONS_MAX})"
        );
        self.execute(&sql, &[session.person.into()])?;
        id.ok_or(StoreError::Field { position: 0, expected: "a number" })
    }

    /// The session whose id has this hash, with its person, if it was used after `idle_since`, has not ended and the person may log in.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn session_by_hash(
        &mut self,
        hash: &str,
        now: Timestamp,
        idle_since: Timestamp,
    ) -> Result<Option<(Session, Person)>, StoreError> {
        let sql = format!(
            "SELECT {SESSION}, {PERSON} FROM sessions JOIN people ON people.id = person_id \
             WHERE hash = $1 AND expires_at > $2 AND last_seen > $3 AND disabled_at IS NULL"
        );
        self.one(&sql, &[hash.into(), now.into(), idle_since.into()], |row| {
            Ok((session(row)?, person_at(row, SESSION_WIDTH)?))
        })
    }

    /// Notes that a session is used.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn session_seen(&mut self, id: i64, now: Timestamp) -> Result<(), StoreError> {
        self.execute("UPDATE sessions SET last_seen = $2 WHERE id = $1", &[id.into(), now.into()])?;
        Ok(())
    }

    /// The sessions of a person that have not ended, newest first.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn sessions_of(
        &mut self,
        person: i64,
        now: Timestamp,
        idle_since: Timestamp,
    ) -> Result<Vec<Session>, StoreError> {
        let sql = format!(
            "SELECT {SESSION} FROM sessions WHERE person_id = $1 AND expires_at > $2 AND last_seen > $3 ORDER BY id DESC"
        );
        self.query(&sql, &[person.into(), now.into(), idle_since.into()], session)
    }

    /// Ends a session of a person; tells whether there was one.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn end_session(&mut self, person: i64, id: i64) -> Result<bool, StoreError> {
        let ended = self
            .execute("DELETE FROM sessions WHERE id = $1 AND person_id = $2", &[id.into(), person.into()])?;
        Ok(ended > 0)
    }

    /// Ends all sessions of a person; gives how many.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn end_sessions(&mut self, person: i64) -> Result<u64, StoreError> {
        self.execute("DELETE FROM sessions WHERE person_id = $1", &[person.into()])
    }

    /// Forgets what has ended of its own: sessions, logins that were not finished, set-up links, and failures older than a day.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn forget_logins(&mut self, now: Timestamp, idle_since: Timestamp) -> Result<(), StoreError> {
        self.execute(
            "DELETE FROM sessions WHERE expires_at <= $1 OR last_seen <= $2",
            &[now.into(), idle_since.into()],
        )?;
        self.execute("DELETE FROM login_steps WHERE expires_at <= $1", &[now.into()])?;
        self.execute("DELETE FROM setup_links WHERE expires_at <= $1", &[now.into()])?;
        let day_ago = now.as_millisecond() - 86_400_000;
        self.execute(
            "DELETE FROM throttles WHERE last_at <= $1 AND until_at <= $2",
            &[day_ago.into(), now.into()],
        )?;
        Ok(())
    }
}
