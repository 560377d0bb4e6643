//! What secrets leak into, and the scans of it.

use std::collections::HashMap;

use jiff::Timestamp;
use serde::Serialize;
use stanch_model::{Origin, OriginKind, ScanHeader};

use crate::{Row, Sight, StoreError, Tx, leak::like, rows::Where};

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
    /// When it was told of last: by a scan, a gate or its forge.
    pub last_seen: Timestamp,
    /// When the last scan began that scanned all of one of its scopes.
    pub scanned_at: Option<Timestamp>,
    /// Its main branch, where its forge told.
    pub default_branch: Option<String>,
    /// The latest push to it, where its forge told.
    pub pushed: Option<Pushed>,
}

impl KnownOrigin {
    /// Whether something was pushed to it that no complete scan has seen.
    pub fn is_stale(&self) -> bool {
        self.pushed.as_ref().is_some_and(|pushed| self.scanned_at.is_none_or(|scanned| scanned < pushed.at))
    }
}

/// A push.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Pushed {
    /// When it was told of.
    pub at: Timestamp,
    /// The full name of the branch or tag: `refs/heads/main`.
    pub reference: String,
    /// The commit it points to since.
    pub head: String,
}

/// Which origins are asked for; all that is given must hold.
#[derive(Clone, Debug, Default)]
pub struct OriginFilter {
    /// Of this kind.
    pub kind: Option<OriginKind>,
    /// Only those everybody can read, or only those that not everybody can.
    pub public: Option<bool>,
    /// Only those with a push that no complete scan has seen, or only the others.
    pub stale: Option<bool>,
    /// Whose name holds these words.
    pub text: Option<String>,
    /// After the one with this name and kind: lists go by both.
    pub after: Option<(String, String)>,
}

const ORIGIN: &str = "id, kind, name, public, environment, url, first_seen, last_seen, scanned_at, default_branch, pushed_at, \
     pushed_ref, pushed_head";

fn known(row: &Row) -> Result<KnownOrigin, StoreError> {
    let origin = Origin {
        kind: row.parse(1)?,
        name: row.get(2)?,
        public: row.get(3)?,
        environment: row.get(4)?,
        url: row.get(5)?,
    };
    let pushed_at: Option<Timestamp> = row.get(10)?;
    let pushed = match pushed_at {
        Some(at) => {
            let (reference, head): (Option<String>, Option<String>) = (row.get(11)?, row.get(12)?);
            Some(Pushed { at, reference: reference.unwrap_or_default(), head: head.unwrap_or_default() })
        }
        None => None,
    };
    Ok(KnownOrigin {
        id: row.get(0)?,
        origin,
        first_seen: row.get(6)?,
        last_seen: row.get(7)?,
        scanned_at: row.get(8)?,
        default_branch: row.get(9)?,
        pushed,
    })
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
        let told = self.one(&sql, &values, known)?;
        let told = told.ok_or(StoreError::Field { position: 0, expected: "an origin" })?;
        if told.first_seen.as_millisecond() == now.as_millisecond() {
            self.assign_origin(&told)?;
        }
        Ok(told)
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

    /// Origins by name and kind.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn origins_matching(
        &mut self,
        filter: &OriginFilter,
        sight: &Sight,
        limit: usize,
    ) -> Result<Vec<KnownOrigin>, StoreError> {
        let mut wanted = Where::default();
        sight.of_origins(&mut wanted, "origins.id");
        wanted.and_if("kind = ", filter.kind.map(OriginKind::as_str));
        wanted.and_if("public = ", filter.public);
        if let Some(text) = &filter.text {
            wanted.and_each("LOWER(name) LIKE {} ESCAPE '!'", like(text));
        }
        if let Some((name, kind)) = &filter.after {
            wanted.and_pair("(name > {0} OR (name = {0} AND kind > {1}))", name.as_str(), kind.as_str());
        }
        let unseen = "pushed_at IS NOT NULL AND (scanned_at IS NULL OR scanned_at < pushed_at)";
        match filter.stale {
            Some(true) => wanted.and_plain(&format!("({unseen})")),
            Some(false) => wanted.and_plain(&format!("NOT ({unseen})")),
            None => {}
        }
        let sql = format!("SELECT {ORIGIN} FROM origins {wanted} ORDER BY name, kind LIMIT {limit}");
        self.query(&sql, wanted.values(), known)
    }

    /// The origin of this kind and name.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn origin_named(&mut self, kind: OriginKind, name: &str) -> Result<Option<KnownOrigin>, StoreError> {
        let sql = format!("SELECT {ORIGIN} FROM origins WHERE kind = $1 AND name = $2");
        self.one(&sql, &[kind.as_str().into(), name.into()], known)
    }

    /// Notes what its forge told of an origin: its main branch, and a push. What is none stays as it was.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn origin_pushed(
        &mut self,
        origin: i64,
        default_branch: Option<&str>,
        pushed: Option<&Pushed>,
    ) -> Result<(), StoreError> {
        self.execute(
            "UPDATE origins SET default_branch = COALESCE($2, default_branch), pushed_at = COALESCE($3, pushed_at), \
             pushed_ref = COALESCE($4, pushed_ref), pushed_head = COALESCE($5, pushed_head) WHERE id = $1",
            &[
                origin.into(),
                default_branch.into(),
                pushed.map(|pushed| pushed.at).into(),
                pushed.map(|pushed| pushed.reference.as_str()).into(),
                pushed.map(|pushed| pushed.head.as_str()).into(),
            ],
        )?;
        Ok(())
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
        if is_complete {
            self.execute(
                "UPDATE origins SET scanned_at = s.started FROM scans s WHERE s.id = $1 AND origins.id = s.origin_id \
                 AND (origins.scanned_at IS NULL OR origins.scanned_at < s.started)",
                &[scan.into()],
            )?;
        }
        Ok(())
    }
}
