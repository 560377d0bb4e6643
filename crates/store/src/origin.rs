//! What secrets leak into, and the scans of it.

use std::collections::HashMap;

use jiff::Timestamp;
use serde::Serialize;
use stanch_model::{Origin, ScanHeader};

use crate::{Row, Sight, StoreError, Tx, rows::Where};

/// An origin of the register.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct KnownOrigin {
    /// Its key.
    pub id: i64,
    /// What it is.
    #[serde(flatten)]
    pub origin: Origin,
    /// When it was told of first.
    pub first_seen: Timestamp,
    /// When it was scanned last.
    pub last_seen: Timestamp,
}

const ORIGIN: &str = "id, kind, name, public, environment, url, first_seen, last_seen";

fn known(row: &Row) -> Result<KnownOrigin, StoreError> {
    let origin = Origin {
        kind: row.parse(1)?,
        name: row.get(2)?,
        public: row.get(3)?,
        environment: row.get(4)?,
        url: row.get(5)?,
    };
    Ok(KnownOrigin { id: row.get(0)?, origin, first_seen: row.get(6)?, last_seen: row.get(7)? })
}

/// A scan of the register.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scan {
    /// Its key.
    pub id: i64,
    /// What was scanned.
    pub origin: i64,
    /// Which part of it.
    pub scope: String,
    /// Whether the register was told of it first now.
    pub is_new: bool,
}

impl Tx<'_> {
    /// The origin, made if it is new. What the teller knows of it wins over what was known; what it does not know stays.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn origin_told(&mut self, origin: &Origin, now: Timestamp) -> Result<KnownOrigin, StoreError> {
        let sql = format!(
            "INSERT INTO origins (kind, name, public, environment, url, first_seen, last_seen) \
             VALUES ($1, $2, $3, $4, $5, $6, $7) \
             ON CONFLICT (kind, name) DO UPDATE SET last_seen = excluded.last_seen, \
             public = COALESCE(excluded.public, origins.public), \
             environment = COALESCE(excluded.environment, origins.environment), \
             url = COALESCE(excluded.url, origins.url) RETURNING {ORIGIN}"
        );
        let values = [
            origin.kind.as_str().into(),
            origin.name.as_str().into(),
            origin.public.into(),
            origin.environment.as_deref().into(),
            origin.url.as_deref().into(),
            now.into(),
            now.into(),
        ];
        self.one(&sql, &values, known)?.ok_or(StoreError::Field { position: 0, expected: "an origin" })
    }

    /// The origins with these keys.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn origins_of(&mut self, ids: &[i64]) -> Result<HashMap<i64, KnownOrigin>, StoreError> {
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let mut wanted = Where::default();
        wanted.and_in("id IN ({})", ids.iter().map(|&id| id.into()).collect());
        let sql = format!("SELECT {ORIGIN} FROM origins {wanted}");
        Ok(self.query(&sql, wanted.values(), known)?.into_iter().map(|known| (known.id, known)).collect())
    }

    /// Origins by name, from the one after `after` on.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn origins(
        &mut self,
        sight: &Sight,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<KnownOrigin>, StoreError> {
        let mut wanted = Where::default();
        sight.of_origins(&mut wanted, "origins.id");
        wanted.and_if("name > ", after);
        let sql = format!("SELECT {ORIGIN} FROM origins {wanted} ORDER BY name, kind LIMIT {limit}");
        self.query(&sql, wanted.values(), known)
    }

    /// The scan a header tells of, made if it is new.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn scan_told(
        &mut self,
        header: &ScanHeader,
        origin: i64,
        now: Timestamp,
    ) -> Result<Scan, StoreError> {
        let values = [
            header.id.as_str().into(),
            origin.into(),
            header.scope.as_str().into(),
            header.tool.as_str().into(),
            header.started.into(),
            now.into(),
        ];
        let inserted = self.one(
            "INSERT INTO scans (client_id, origin_id, scope, tool, started, received) VALUES ($1, $2, $3, $4, $5, $6) \
             ON CONFLICT (origin_id, scope, client_id) DO NOTHING RETURNING id",
            &values,
            |row| row.get(0),
        )?;
        let id = if let Some(id) = inserted {
            id
        } else {
            let id = self.one(
                "SELECT id FROM scans WHERE origin_id = $2 AND scope = $3 AND client_id = $1",
                &values[..3],
                |row| row.get(0),
            )?;
            id.ok_or(StoreError::Field { position: 0, expected: "a scan" })?
        };
        Ok(Scan { id, origin, scope: header.scope.clone(), is_new: inserted.is_some() })
    }

    /// Notes that a scan has ended.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn scan_ended(
        &mut self,
        scan: i64,
        findings: usize,
        is_complete: bool,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.execute(
            "UPDATE scans SET finished = $2, complete = $3, findings = $4 WHERE id = $1",
            &[scan.into(), now.into(), is_complete.into(), findings.into()],
        )?;
        Ok(())
    }
}
