//! Tokens by which programs use the register.

use std::{fmt, str::FromStr};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Row, StoreError, Tx, rows::Where};

/// What a token may be used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// Sends findings.
    Ingest,
    /// Reads.
    Read,
    /// Reads, and works on incidents.
    Respond,
    /// All but sending findings.
    Admin,
}

impl Scope {
    /// Every scope.
    pub const ALL: [Self; 4] = [Self::Ingest, Self::Read, Self::Respond, Self::Admin];

    /// The name used in the API and in events.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ingest => "ingest",
            Self::Read => "read",
            Self::Respond => "respond",
            Self::Admin => "admin",
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A text that names no scope.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("not a scope: expected ingest, read, respond or admin")]
pub struct ScopeError;

impl FromStr for Scope {
    type Err = ScopeError;

    fn from_str(text: &str) -> Result<Self, ScopeError> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == text).ok_or(ScopeError)
    }
}

/// A token of a program. What it is spelled like is told once and not kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ApiToken {
    /// Its key; that of a new one does not count. No secret.
    pub id: i64,
    /// Its first characters, to tell it by; too few to be a secret.
    pub head: String,
    /// What it is for.
    pub name: String,
    /// What it may be used for.
    pub scopes: Vec<Scope>,
    /// The team whose origins it is limited to; none: all origins.
    pub team: Option<i64>,
    /// Who made it.
    pub created_by: String,
    /// When.
    pub created_at: Timestamp,
    /// Until when it counts.
    pub expires_at: Timestamp,
    /// When it was used last, within a minute.
    pub last_used: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

impl ApiToken {
    /// Whether it counts at this time.
    pub fn counts_at(&self, now: Timestamp) -> bool {
        self.revoked_at.is_none() && now < self.expires_at
    }
}

const TOKEN: &str =
    "id, head, name, scopes, team_id, created_by, created_at, expires_at, last_used, revoked_at";

fn token(row: &Row) -> Result<ApiToken, StoreError> {
    Ok(ApiToken {
        id: row.get(0)?,
        head: row.get(1)?,
        name: row.get(2)?,
        scopes: row.json(3)?,
        team: row.get(4)?,
        created_by: row.get(5)?,
        created_at: row.get(6)?,
        expires_at: row.get(7)?,
        last_used: row.get(8)?,
        revoked_at: row.get(9)?,
    })
}

impl Tx<'_> {
    /// Makes a token, by the hash of what it is spelled like; gives its key.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn insert_token(&mut self, hash: &str, token: &ApiToken) -> Result<i64, StoreError> {
        let scopes = serde_json::to_string(&token.scopes).unwrap_or_default();
        let id = self.one(
            "INSERT INTO api_tokens (hash, head, name, scopes, team_id, created_by, created_at, expires_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id",
            &[
                hash.into(),
                token.head.as_str().into(),
                token.name.as_str().into(),
                scopes.into(),
                token.team.into(),
                token.created_by.as_str().into(),
                token.created_at.into(),
                token.expires_at.into(),
            ],
            |row| row.get(0),
        )?;
        id.ok_or(StoreError::Field { position: 0, expected: "a number" })
    }

    /// The token with this hash, whether it counts or not.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn token_by_hash(&mut self, hash: &str) -> Result<Option<ApiToken>, StoreError> {
        self.one(&format!("SELECT {TOKEN} FROM api_tokens WHERE hash = $1"), &[hash.into()], token)
    }

    /// Notes that a token is used.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn token_used(&mut self, id: i64, now: Timestamp) -> Result<(), StoreError> {
        self.execute("UPDATE api_tokens SET last_used = $2 WHERE id = $1", &[id.into(), now.into()])?;
        Ok(())
    }

    /// Tokens, newest first, before this key.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn tokens(&mut self, before: Option<i64>, limit: usize) -> Result<Vec<ApiToken>, StoreError> {
        let mut wanted = Where::default();
        wanted.and_if("id < ", before);
        let sql = format!("SELECT {TOKEN} FROM api_tokens {wanted} ORDER BY id DESC LIMIT {limit}");
        self.query(&sql, wanted.values(), token)
    }

    /// Revokes a token; gives it, if it was not revoked before.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn revoke_token(&mut self, id: i64, now: Timestamp) -> Result<Option<ApiToken>, StoreError> {
        let sql = format!(
            "UPDATE api_tokens SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL RETURNING {TOKEN}"
        );
        self.one(&sql, &[id.into(), now.into()], token)
    }
}
