//! Exposures: one secret in one place each.

use std::collections::HashMap;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value as Json;
use stanch_model::OriginKind;

use crate::{
    Row, Sight, StoreError, Tx, Value,
    leak::like,
    rows::{Insert, Where, insert_missing},
};

/// A place as it was just seen.
#[derive(Clone, Debug, PartialEq)]
pub struct Sighting {
    /// What makes the place itself, whatever the line: a hash over leak, origin and provenance.
    pub place: String,
    /// The leak.
    pub leak: i64,
    /// The origin.
    pub origin: i64,
    /// Its kind.
    pub kind: OriginKind,
    /// The scan that saw it.
    pub scan: i64,
    /// Which part of the origin was scanned.
    pub scope: String,
    /// The path within the origin.
    pub path: String,
    /// The line, from 1.
    pub line: i64,
    /// The commit that brought it, where one did.
    pub commit: Option<String>,
    /// Who made that commit.
    pub author: Option<String>,
    /// When it was exposed: the time of the commit, the layer, the log entry.
    pub exposed_at: Option<Timestamp>,
    /// The steps from the target to the bytes, as the text of a JSON list.
    pub provenance: String,
    /// Where a person can look at it.
    pub url: Option<String>,
}

/// A place of the register.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Exposure {
    /// Its number.
    pub id: i64,
    /// The leak.
    pub leak: i64,
    /// The kind of the origin.
    pub origin_kind: String,
    /// The name of the origin.
    pub origin: String,
    /// Whether everybody can read the origin.
    pub public: Option<bool>,
    /// What the origin serves.
    pub environment: Option<String>,
    /// Which part of the origin was scanned.
    pub scope: String,
    /// The path within the origin.
    pub path: String,
    /// The line where it was seen last, from 1.
    pub line: i64,
    /// The commit that brought it.
    pub commit: Option<String>,
    /// Who made that commit.
    pub author: Option<String>,
    /// When it was exposed.
    pub exposed_at: Option<Timestamp>,
    /// The steps from the target to the bytes.
    pub provenance: Json,
    /// Where a person can look at it.
    pub url: Option<String>,
    /// When it was seen first.
    pub first_seen: Timestamp,
    /// When it was seen last.
    pub last_seen: Timestamp,
    /// When a scan of the same scope did not find it any more.
    pub gone_at: Option<Timestamp>,
}

/// Most origins that words may mean; those that were scanned last.
const ORIGINS_MAX: usize = 5_000;
/// So many leaks have few places among all.
const FEW: usize = 500;
/// Whether a rule is called as words say, or one of those that follow.
const RULE: &str = "LOWER(rule) LIKE {0} ESCAPE '!' OR rule IN ({})";

/// What of the places is asked for; all that is given must hold.
#[derive(Clone, Debug, Default)]
pub struct PlaceFilter {
    /// In origins of one of these kinds; of any if it is empty.
    pub kinds: Vec<OriginKind>,
    /// In a commit, or in no commit.
    pub committed: Option<bool>,
    /// In an origin whose name holds these words.
    pub origin: Option<String>,
    /// Of a leak whose rule holds these words.
    pub rule: Option<String>,
    /// Or of one of these rules.
    pub rules: Vec<String>,
    /// Seen first since then.
    pub since: Option<Timestamp>,
    /// Before this number: lists go from the newest to the oldest.
    pub before: Option<i64>,
}

impl PlaceFilter {
    /// The conditions, chosen by how many places there may be: what is rare is found by its leaks, what is not by going through all places from
    /// the newest on. None where there can be no such place.
    fn conditions(&self, tx: &mut Tx<'_>, sight: &Sight) -> Result<Option<Where>, StoreError> {
        let mut wanted = Where::default();
        if !self.kinds.is_empty() {
            let kinds = self.kinds.iter().map(|kind| kind.as_str().into()).collect();
            wanted.and_in("e.kind IN ({})", kinds);
            // Most places are in repositories; the index of all others is small.
            if !self.kinds.contains(&OriginKind::Repository) {
                wanted.and_plain("e.kind <> 'repository'");
            }
        }
        if let Some(origins) = self.origins(tx)? {
            if origins.is_empty() {
                return Ok(None);
            }
            if let Some(leaks) = leaks_in(tx, &origins)? {
                wanted.and_in("e.leak_id IN ({})", leaks);
            }
            wanted.and_in("e.origin_id IN ({})", origins);
        }
        match self.leaks(tx)? {
            Some(leaks) if leaks.is_empty() => return Ok(None),
            Some(leaks) if leaks.len() <= FEW => wanted.and_in("e.leak_id IN ({})", leaks),
            Some(_) => {
                wanted.and_first_in(&format!("({})", RULE.replace("rule", "l.rule")), self.rule_values());
            }
            None => {}
        }
        match self.committed {
            Some(true) => wanted.and_plain("e.commit_id IS NOT NULL"),
            Some(false) => wanted.and_plain("e.commit_id IS NULL"),
            None => {}
        }
        wanted.and_if("e.first_seen >= ", self.since);
        wanted.and_if("e.id < ", self.before);
        sight.of_origins(&mut wanted, "e.origin_id");
        Ok(Some(wanted))
    }

    /// The origins that are asked for; none where all are.
    fn origins(&self, tx: &mut Tx<'_>) -> Result<Option<Vec<Value>>, StoreError> {
        let Some(origin) = &self.origin else { return Ok(None) };
        let mut wanted = Where::default();
        wanted.and_each("LOWER(name) LIKE {} ESCAPE '!'", like(origin));
        let sql = format!("SELECT id FROM origins {wanted} ORDER BY last_seen DESC LIMIT {ORIGINS_MAX}");
        tx.query(&sql, wanted.values(), |row| Ok(row.get::<i64>(0)?.into())).map(Some)
    }

    /// The leaks whose rule is asked for, one more than are few at most; none where all are.
    fn leaks(&self, tx: &mut Tx<'_>) -> Result<Option<Vec<Value>>, StoreError> {
        if self.rule.is_none() {
            return Ok(None);
        }
        let mut wanted = Where::default();
        wanted.and_first_in(RULE, self.rule_values());
        let sql = format!("SELECT id FROM leaks {wanted} LIMIT {}", FEW + 1);
        tx.query(&sql, wanted.values(), |row| Ok(row.get::<i64>(0)?.into())).map(Some)
    }

    /// The pattern stands in the list as well: no rule is called so.
    fn rule_values(&self) -> Vec<Value> {
        let pattern = like(self.rule.as_deref().unwrap_or_default());
        [pattern].into_iter().chain(self.rules.iter().cloned()).map(Into::into).collect()
    }
}

/// The leaks in these origins, if they are few.
fn leaks_in(tx: &mut Tx<'_>, origins: &[Value]) -> Result<Option<Vec<Value>>, StoreError> {
    let mut wanted = Where::default();
    wanted.and_in("origin_id IN ({})", origins.to_vec());
    let sql = format!("SELECT leak_id FROM leak_origins {wanted} LIMIT {}", FEW + 1);
    let leaks: Vec<Value> = tx.query(&sql, wanted.values(), |row| Ok(row.get::<i64>(0)?.into()))?;
    Ok((leaks.len() <= FEW).then_some(leaks))
}

/// How many places of a leak there are in origins of one kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PlaceTally {
    /// The kind.
    pub kind: String,
    /// How many.
    pub places: i64,
    /// How many of them are gone.
    pub gone: i64,
}

pub(crate) const COLUMNS: &str = "e.id, e.leak_id, o.kind, o.name, o.public, o.environment, e.scope, e.path, e.line, e.commit_id, e.author, \
     e.exposed_at, e.provenance, e.url, e.first_seen, e.last_seen, e.gone_at";

pub(crate) fn read(row: &Row) -> Result<Exposure, StoreError> {
    Ok(Exposure {
        id: row.get(0)?,
        leak: row.get(1)?,
        origin_kind: row.get(2)?,
        origin: row.get(3)?,
        public: row.get(4)?,
        environment: row.get(5)?,
        scope: row.get(6)?,
        path: row.get(7)?,
        line: row.get(8)?,
        commit: row.get(9)?,
        author: row.get(10)?,
        exposed_at: row.get(11)?,
        provenance: row.json(12)?,
        url: row.get(13)?,
        first_seen: row.get(14)?,
        last_seen: row.get(15)?,
        gone_at: row.get(16)?,
    })
}

impl Tx<'_> {
    /// Notes places as seen now; gives how many of each leak were new. A place may be named once only.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn sight(
        &mut self,
        seen: &[Sighting],
        now: Timestamp,
    ) -> Result<HashMap<(i64, i64), i64>, StoreError> {
        let into = Insert {
            table: "exposures",
            columns: "place, leak_id, origin_id, kind, scan_id, scope, path, line, commit_id, author, exposed_at, provenance, url, \
                      first_seen, last_seen",
            key: "place",
            returning: "place, leak_id, origin_id",
        };
        let rows = seen.iter().map(|sighting| sighting_values(sighting, now)).collect();
        let made = insert_missing(self, &into, rows, |row| {
            Ok((row.get::<String>(0)?, (row.get::<i64>(1)?, row.get::<i64>(2)?)))
        })?;
        let mut counts: HashMap<(i64, i64), i64> = HashMap::new();
        for (_, leak_and_origin) in &made {
            *counts.entry(*leak_and_origin).or_default() += 1;
        }
        let made: std::collections::HashSet<&str> = made.iter().map(|(place, _)| place.as_str()).collect();
        let again: Vec<&Sighting> = seen.iter().filter(|one| !made.contains(one.place.as_str())).collect();
        self.sight_again(&again, now)?;
        self.count_origins(&counts, now)?;
        Ok(counts)
    }

    fn sight_again(&mut self, again: &[&Sighting], now: Timestamp) -> Result<(), StoreError> {
        for chunk in again.chunks(500) {
            let Some(first) = chunk.first() else { continue };
            let mut values: Vec<Value> = vec![now.into(), first.scan.into(), first.scope.as_str().into()];
            values.extend(chunk.iter().map(|one| Value::from(one.place.as_str())));
            let places = crate::rows::list(4, chunk.len());
            self.execute(
                &format!(
                    "UPDATE exposures SET last_seen = $1, scan_id = $2, scope = $3, gone_at = NULL WHERE place IN ({places})"
                ),
                &values,
            )?;
        }
        Ok(())
    }

    fn count_origins(&mut self, counts: &HashMap<(i64, i64), i64>, now: Timestamp) -> Result<(), StoreError> {
        let mut counts: Vec<_> = counts.iter().collect();
        counts.sort_unstable();
        for chunk in counts.chunks(5000) {
            let mut values = Vec::with_capacity(chunk.len() * 4);
            for ((leak, origin), count) in chunk {
                values.extend([(*leak).into(), (*origin).into(), (**count).into(), now.into()]);
            }
            let places: Vec<String> =
                (0..chunk.len()).map(|row| format!("({})", crate::rows::list(row * 4 + 1, 4))).collect();
            let sql = format!(
                "INSERT INTO leak_origins (leak_id, origin_id, exposures, first_seen) VALUES {} ON CONFLICT (leak_id, origin_id) \
                 DO UPDATE SET exposures = leak_origins.exposures + excluded.exposures",
                places.join(", ")
            );
            self.execute(&sql, &values)?;
        }
        Ok(())
    }

    /// Notes that places of this scope are gone, which the scan did not see though it was complete; gives how many.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn gone_unless_seen(
        &mut self,
        origin: i64,
        scope: &str,
        scan: i64,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        self.execute(
            "UPDATE exposures SET gone_at = $4 WHERE origin_id = $1 AND scope = $2 AND scan_id < $3 AND gone_at IS NULL",
            &[origin.into(), scope.into(), scan.into(), now.into()],
        )
    }

    /// The places of a leak in origins that may be seen, newest first, before this number.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn exposures(
        &mut self,
        leak: i64,
        sight: &Sight,
        before: Option<i64>,
        limit: usize,
    ) -> Result<Vec<Exposure>, StoreError> {
        let mut wanted = Where::default();
        wanted.and("e.leak_id = ", leak);
        wanted.and_if("e.id < ", before);
        sight.of_origins(&mut wanted, "e.origin_id");
        let sql = format!(
            "SELECT {COLUMNS} FROM exposures e JOIN origins o ON o.id = e.origin_id {wanted} ORDER BY e.id DESC LIMIT {limit}"
        );
        self.query(&sql, wanted.values(), read)
    }

    /// Places of any leak in origins that may be seen, newest first.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn places(
        &mut self,
        filter: &PlaceFilter,
        sight: &Sight,
        limit: usize,
    ) -> Result<Vec<Exposure>, StoreError> {
        let Some(wanted) = filter.conditions(self, sight)? else { return Ok(Vec::new()) };
        let sql = format!(
            "SELECT {COLUMNS} FROM exposures e JOIN origins o ON o.id = e.origin_id JOIN leaks l ON l.id = e.leak_id {wanted} \
             ORDER BY e.id DESC LIMIT {limit}"
        );
        self.query(&sql, wanted.values(), read)
    }

    /// How many places of a leak there are in origins that may be seen, by kind of origin.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn places_by_kind(&mut self, leak: i64, sight: &Sight) -> Result<Vec<PlaceTally>, StoreError> {
        let mut wanted = Where::default();
        wanted.and("e.leak_id = ", leak);
        sight.of_origins(&mut wanted, "e.origin_id");
        let sql = format!(
            "SELECT o.kind, COUNT(*) AS places, CAST(SUM(CASE WHEN e.gone_at IS NULL THEN 0 ELSE 1 END) AS BIGINT) \
             FROM exposures e JOIN origins o ON o.id = e.origin_id {wanted} GROUP BY o.kind ORDER BY places DESC, o.kind"
        );
        self.query(&sql, wanted.values(), |row| {
            Ok(PlaceTally { kind: row.get(0)?, places: row.get(1)?, gone: row.get(2)? })
        })
    }

    /// The places of all leaks of an incident in origins that may be seen, newest first.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn exposures_of_incident(
        &mut self,
        incident: i64,
        sight: &Sight,
        limit: usize,
    ) -> Result<Vec<Exposure>, StoreError> {
        let mut wanted = Where::default();
        wanted.and("l.incident_id = ", incident);
        sight.of_origins(&mut wanted, "e.origin_id");
        let sql = format!(
            "SELECT {COLUMNS} FROM exposures e JOIN leaks l ON l.id = e.leak_id JOIN origins o ON o.id = e.origin_id {wanted} \
             ORDER BY e.id DESC LIMIT {limit}"
        );
        self.query(&sql, wanted.values(), read)
    }
}

fn sighting_values(seen: &Sighting, now: Timestamp) -> Vec<Value> {
    vec![
        seen.place.as_str().into(),
        seen.leak.into(),
        seen.origin.into(),
        seen.kind.as_str().into(),
        seen.scan.into(),
        seen.scope.as_str().into(),
        seen.path.as_str().into(),
        seen.line.into(),
        seen.commit.as_deref().into(),
        seen.author.as_deref().into(),
        seen.exposed_at.into(),
        seen.provenance.as_str().into(),
        seen.url.as_deref().into(),
        now.into(),
        now.into(),
    ]
}
