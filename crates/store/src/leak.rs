//! Leaks: one secret each.

use std::{collections::HashMap, fmt, str::FromStr};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use stanch_model::{Class, Confidence, Liveness, OriginKind, Severity};

use crate::{
    Row, Sight, StoreError, Tx, Value,
    rows::{Insert, Where, insert_missing},
};

/// Whether a leak still asks for something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LeakState {
    /// Its incident is not over.
    Open,
    /// Its incident was closed: revoked and proven.
    Closed,
    /// Its incident was dismissed.
    Dismissed,
}

impl LeakState {
    /// Every state.
    pub const ALL: [Self; 3] = [Self::Open, Self::Closed, Self::Dismissed];

    /// The name used in databases, the API and pages.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Closed => "closed",
            Self::Dismissed => "dismissed",
        }
    }
}

impl fmt::Display for LeakState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A text that names no state of a leak.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("unknown state: expected one of {}", LeakState::ALL.map(LeakState::as_str).join(", "))]
pub struct LeakStateError;

impl FromStr for LeakState {
    type Err = LeakStateError;

    fn from_str(text: &str) -> Result<Self, LeakStateError> {
        Self::ALL.into_iter().find(|state| state.as_str() == text).ok_or(LeakStateError)
    }
}

/// Who is likely to answer for a leak, and why we think so.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Owner {
    /// A person, a team or a service.
    pub name: String,
    /// How likely, from 0 to 100.
    pub score: f64,
    /// Why, in words.
    pub because: String,
}

/// One secret, as the register knows it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Leak {
    /// Its number.
    pub id: i64,
    /// Its identity under the key of today.
    pub fingerprint: String,
    /// The rule that found it first.
    pub rule: String,
    /// How bad it is, by the policy.
    pub severity: Severity,
    /// Why it is that bad, in words.
    pub severity_because: String,
    /// How bad its kind is, by the scanner.
    pub reported_severity: Severity,
    /// How sure the scanner is.
    pub confidence: Confidence,
    /// What it was made for, where its format tells.
    pub class: Option<Class>,
    /// A masked glimpse of it.
    pub preview: String,
    /// The account it belongs to, where a part or a fact tells.
    pub account: Option<String>,
    /// What its form says of itself and what belongs to it, as JSON: `facts` and `parts`.
    pub details: serde_json::Value,
    /// Whether it still opens something.
    pub liveness: Liveness,
    /// When its provider was asked last.
    pub verified_at: Option<Timestamp>,
    /// Whether it asks for something.
    pub state: LeakState,
    /// Whether one of its places can be read by everybody.
    pub public: bool,
    /// The most important environment of its places.
    pub environment: Option<String>,
    /// Who is likely to answer for it.
    pub owner: Option<Owner>,
    /// When it leaked: the earliest time of its places.
    pub leaked_at: Option<Timestamp>,
    /// When it was found.
    pub detected_at: Timestamp,
    /// When it was seen last.
    pub last_seen: Timestamp,
    /// In how many places it was seen.
    pub exposures: i64,
    /// In how many origins.
    pub origins: i64,
    /// How often it was seen alive after it had been closed.
    pub regressions: i64,
    /// The incident it belongs to; none if the policy opens none for its like.
    pub incident: Option<i64>,
}

const LEAK: &str = "leaks.id, fingerprint, rule, severity, severity_because, reported_severity, confidence, class, preview, account, details, \
     liveness, verified_at, state, public, environment, owner, owner_score, owner_because, leaked_at, detected_at, last_seen, \
     exposures, origins, regressions, incident_id";

fn leak(row: &Row) -> Result<Leak, StoreError> {
    let owner: Option<String> = row.get(16)?;
    let owner = match owner {
        Some(name) => Some(Owner {
            name,
            score: row.get::<Option<f64>>(17)?.unwrap_or_default(),
            because: row.get::<Option<String>>(18)?.unwrap_or_default(),
        }),
        None => None,
    };
    let class: Option<String> = row.get(7)?;
    Ok(Leak {
        id: row.get(0)?,
        fingerprint: row.get(1)?,
        rule: row.get(2)?,
        severity: row.parse(3)?,
        severity_because: row.get(4)?,
        reported_severity: row.parse(5)?,
        confidence: row.parse(6)?,
        class: class.and_then(|name| Class::ALL.into_iter().find(|class| class.as_str() == name)),
        preview: row.get(8)?,
        account: row.get(9)?,
        details: row.json(10)?,
        liveness: row.parse(11)?,
        verified_at: row.get(12)?,
        state: row.parse(13)?,
        public: row.get(14)?,
        environment: row.get(15)?,
        owner,
        leaked_at: row.get(19)?,
        detected_at: row.get(20)?,
        last_seen: row.get(21)?,
        exposures: row.get(22)?,
        origins: row.get(23)?,
        regressions: row.get(24)?,
        incident: row.get(25)?,
    })
}

/// Whether a secret still stands somewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Presence {
    /// In at least one place.
    There,
    /// In none any more.
    Gone,
}

impl Presence {
    /// Both.
    pub const ALL: [Self; 2] = [Self::There, Self::Gone];

    /// The name used in the API and pages.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::There => "there",
            Self::Gone => "gone",
        }
    }
}

/// A text that is neither.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("expected there or gone")]
pub struct PresenceError;

impl FromStr for Presence {
    type Err = PresenceError;

    fn from_str(text: &str) -> Result<Self, PresenceError> {
        Self::ALL.into_iter().find(|presence| presence.as_str() == text).ok_or(PresenceError)
    }
}

/// What of the leaks is asked for; all that is given must hold.
#[derive(Clone, Debug, Default)]
pub struct LeakFilter {
    /// In this state.
    pub state: Option<LeakState>,
    /// This bad.
    pub severity: Option<Severity>,
    /// Found by this rule.
    pub rule: Option<String>,
    /// Of this owner.
    pub owner: Option<String>,
    /// With a place in the origin of this name.
    pub origin: Option<String>,
    /// Of this liveness.
    pub liveness: Option<Liveness>,
    /// Of this incident.
    pub incident: Option<i64>,
    /// With a place in an origin of this kind.
    pub kind: Option<OriginKind>,
    /// Whether everybody can read one of its places.
    pub public: Option<bool>,
    /// Whether it still stands somewhere.
    pub presence: Option<Presence>,
    /// Of this account.
    pub account: Option<String>,
    /// Whose rule, owner, account or fingerprint holds these words, or the name of an origin it stands in.
    pub text: Option<String>,
    /// Before this number: lists go from the newest to the oldest.
    pub before: Option<i64>,
}

impl LeakFilter {
    fn conditions(&self, sight: &Sight) -> Where {
        let mut wanted = Where::default();
        wanted.and_if("state = ", self.state.map(LeakState::as_str));
        wanted.and_if("severity_rank = ", self.severity.map(|severity| severity as i64));
        wanted.and_if("rule = ", self.rule.as_deref());
        wanted.and_if("owner = ", self.owner.as_deref());
        wanted.and_if("liveness = ", self.liveness.map(Liveness::as_str));
        wanted.and_if("incident_id = ", self.incident);
        wanted.and_if("leaks.id < ", self.before);
        wanted.and_if("public = ", self.public);
        wanted.and_if("account = ", self.account.as_deref());
        if let Some(kind) = self.kind {
            // Most origins are repositories: there is one soon. Of other kinds there may be none, and all leaks would be looked at.
            let condition = match kind {
                OriginKind::Repository => {
                    "EXISTS (SELECT 1 FROM leak_origins at JOIN origins o ON o.id = at.origin_id \
                     WHERE at.leak_id = leaks.id AND o.kind = {})"
                }
                _ => {
                    "leaks.id IN (SELECT at.leak_id FROM origins o CROSS JOIN leak_origins at \
                     WHERE at.origin_id = o.id AND o.kind = {})"
                }
            };
            wanted.and_each(condition, kind.as_str());
        }
        match self.presence {
            Some(Presence::There) => wanted.and_plain(&format!("EXISTS ({STANDING})")),
            Some(Presence::Gone) => wanted.and_plain(&format!("NOT EXISTS ({STANDING})")),
            None => {}
        }
        if let Some(origin) = &self.origin {
            let condition = "EXISTS (SELECT 1 FROM leak_origins at JOIN origins o ON o.id = at.origin_id \
                             WHERE at.leak_id = leaks.id AND o.name = {})";
            wanted.and_each(condition, origin.as_str());
        }
        if let Some(text) = &self.text {
            let condition = "(LOWER(rule) LIKE {} ESCAPE '!' OR LOWER(COALESCE(owner, '')) LIKE {} ESCAPE '!' OR \
                             LOWER(COALESCE(account, '')) LIKE {} ESCAPE '!' OR fingerprint LIKE {} ESCAPE '!' OR \
                             leaks.id IN (SELECT at.leak_id FROM origins o CROSS JOIN leak_origins at \
                             WHERE at.origin_id = o.id AND LOWER(o.name) LIKE {} ESCAPE '!'))";
            wanted.and_each(condition, like(text));
        }
        sight.of_leaks(&mut wanted, "leaks.id");
        wanted
    }
}

/// A place that is not gone.
const STANDING: &str = "SELECT 1 FROM exposures e WHERE e.leak_id = leaks.id AND e.gone_at IS NULL";

/// A pattern of `LIKE … ESCAPE '!'` that finds the words anywhere, in lower case.
pub(crate) fn like(words: &str) -> String {
    let mut pattern = String::from("%");
    for c in words.to_lowercase().chars() {
        if matches!(c, '%' | '_' | '!') {
            pattern.push('!');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

impl Tx<'_> {
    /// Which leaks these fingerprints belong to.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn leaks_by_fingerprint(
        &mut self,
        fingerprints: &[String],
    ) -> Result<HashMap<String, i64>, StoreError> {
        if fingerprints.is_empty() {
            return Ok(HashMap::new());
        }
        let mut wanted = Where::default();
        wanted.and_in("fingerprint IN ({})", fingerprints.iter().map(Into::into).collect());
        let sql = format!("SELECT fingerprint, leak_id FROM fingerprints {wanted}");
        let pairs = self.query(&sql, wanted.values(), |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(pairs.into_iter().collect())
    }

    /// Makes leaks; gives fingerprint and number of those that were not there.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn insert_leaks(&mut self, leaks: &[Leak]) -> Result<Vec<(String, i64)>, StoreError> {
        let rows = leaks.iter().map(leak_values).collect();
        let into = Insert {
            table: "leaks",
            columns: "fingerprint, rule, severity, severity_rank, severity_because, reported_severity, confidence, class, preview, \
                      account, details, liveness, verified_at, state, public, environment, owner, owner_score, owner_because, \
                      leaked_at, detected_at, last_seen, exposures, origins, regressions, incident_id",
            key: "fingerprint",
            returning: "fingerprint, id",
        };
        let made = insert_missing(self, &into, rows, |row| Ok((row.get(0)?, row.get(1)?)))?;
        let names =
            made.iter().map(|(fingerprint, id): &(String, i64)| vec![fingerprint.into(), (*id).into()]);
        self.name_leaks(names.collect())?;
        Ok(made)
    }

    /// Notes that a leak has one more fingerprint: the same secret under another key.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn leak_also_called(&mut self, leak: i64, fingerprint: &str) -> Result<(), StoreError> {
        self.name_leaks(vec![vec![fingerprint.into(), leak.into()]])
    }

    fn name_leaks(&mut self, rows: Vec<Vec<Value>>) -> Result<(), StoreError> {
        let into = Insert {
            table: "fingerprints",
            columns: "fingerprint, leak_id",
            key: "fingerprint",
            returning: "leak_id",
        };
        insert_missing(self, &into, rows, |_| Ok(()))?;
        Ok(())
    }

    /// The leaks with these numbers, kept from other writers until the commit.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn leaks_locked(&mut self, ids: &[i64]) -> Result<HashMap<i64, Leak>, StoreError> {
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let mut wanted = Where::default();
        wanted.and_in("id IN ({})", ids.iter().map(|&id| id.into()).collect());
        let lock = self.for_update();
        let sql = format!("SELECT {LEAK} FROM leaks {wanted} ORDER BY id{lock}");
        Ok(self.query(&sql, wanted.values(), leak)?.into_iter().map(|leak| (leak.id, leak)).collect())
    }

    /// Leaks that are open and have a place in this origin, by number, after that one.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn open_leaks_in(&mut self, origin: i64, after: i64, limit: usize) -> Result<Vec<i64>, StoreError> {
        let sql = format!(
            "SELECT l.id FROM leak_origins lo JOIN leaks l ON l.id = lo.leak_id \
             WHERE lo.origin_id = $1 AND l.id > $2 AND l.state = 'open' ORDER BY l.id LIMIT {limit}"
        );
        self.query(&sql, &[origin.into(), after.into()], |row| row.get(0))
    }

    /// Writes all of a leak but its number.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn update_leak(&mut self, leak: &Leak) -> Result<(), StoreError> {
        let mut values = leak_values(leak);
        values.push(leak.id.into());
        self.execute(
            "UPDATE leaks SET fingerprint = $1, rule = $2, severity = $3, severity_rank = $4, severity_because = $5, \
             reported_severity = $6, confidence = $7, class = $8, preview = $9, account = $10, details = $11, liveness = $12, \
             verified_at = $13, state = $14, public = $15, environment = $16, owner = $17, owner_score = $18, owner_because = $19, \
             leaked_at = $20, detected_at = $21, last_seen = $22, exposures = $23, origins = $24, regressions = $25, \
             incident_id = $26 WHERE id = $27",
            &values,
        )?;
        Ok(())
    }

    /// The leak of this number, if it may be seen.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn leak(&mut self, id: i64, sight: &Sight) -> Result<Option<Leak>, StoreError> {
        let mut wanted = Where::default();
        wanted.and("leaks.id = ", id);
        sight.of_leaks(&mut wanted, "leaks.id");
        self.one(&format!("SELECT {LEAK} FROM leaks {wanted}"), wanted.values(), leak)
    }

    /// Those of the leaks with these numbers that may be seen.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn leaks_of(&mut self, ids: &[i64], sight: &Sight) -> Result<HashMap<i64, Leak>, StoreError> {
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let mut wanted = Where::default();
        wanted.and_in("leaks.id IN ({})", ids.iter().map(|&id| id.into()).collect());
        sight.of_leaks(&mut wanted, "leaks.id");
        let sql = format!("SELECT {LEAK} FROM leaks {wanted}");
        Ok(self.query(&sql, wanted.values(), leak)?.into_iter().map(|leak| (leak.id, leak)).collect())
    }

    /// Leaks, newest first.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn leaks(
        &mut self,
        filter: &LeakFilter,
        sight: &Sight,
        limit: usize,
    ) -> Result<Vec<Leak>, StoreError> {
        let wanted = filter.conditions(sight);
        let sql = format!("SELECT {LEAK} FROM leaks {wanted} ORDER BY leaks.id DESC LIMIT {limit}");
        self.query(&sql, wanted.values(), leak)
    }

    /// Brings the counts of places and origins of these leaks up to date.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn recount_leaks(&mut self, ids: &[i64]) -> Result<(), StoreError> {
        for chunk in ids.chunks(1000) {
            let numbers = crate::rows::list(1, chunk.len());
            let values: Vec<Value> = chunk.iter().map(|&id| id.into()).collect();
            self.execute(
                &format!(
                    "UPDATE leaks SET exposures = c.places, origins = c.origins FROM (SELECT leak_id, \
                     CAST(SUM(exposures) AS BIGINT) AS places, COUNT(*) AS origins FROM leak_origins \
                     WHERE leak_id IN ({numbers}) GROUP BY leak_id) c WHERE c.leak_id = leaks.id"
                ),
                &values,
            )?;
        }
        Ok(())
    }

    /// Puts leaks into incidents: pairs of a leak and an incident.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn set_leak_incidents(&mut self, pairs: &[(i64, i64)]) -> Result<(), StoreError> {
        for chunk in pairs.chunks(5000) {
            let values: Vec<Value> = chunk.iter().flat_map(|&(leak, to)| [leak.into(), to.into()]).collect();
            let rows: Vec<String> = (0..chunk.len())
                .map(|row| format!("(CAST(${} AS BIGINT), CAST(${} AS BIGINT))", row * 2 + 1, row * 2 + 2))
                .collect();
            self.execute(
                &format!(
                    "UPDATE leaks SET incident_id = pairs.column2 FROM (VALUES {}) AS pairs WHERE leaks.id = pairs.column1",
                    rows.join(", ")
                ),
                &values,
            )?;
        }
        Ok(())
    }

    /// Sets the state of all leaks of an incident; what is closed leaves those alone that an exception lets be.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn set_leak_states(&mut self, incident: i64, state: LeakState) -> Result<u64, StoreError> {
        let only = if state == LeakState::Closed { " AND state = 'open'" } else { "" };
        self.execute(
            &format!("UPDATE leaks SET state = $2 WHERE incident_id = $1{only}"),
            &[incident.into(), state.as_str().into()],
        )
    }
}

fn leak_values(leak: &Leak) -> Vec<Value> {
    vec![
        leak.fingerprint.as_str().into(),
        leak.rule.as_str().into(),
        leak.severity.as_str().into(),
        (leak.severity as i64).into(),
        leak.severity_because.as_str().into(),
        leak.reported_severity.as_str().into(),
        leak.confidence.as_str().into(),
        leak.class.map(Class::as_str).into(),
        leak.preview.as_str().into(),
        leak.account.as_deref().into(),
        leak.details.to_string().into(),
        leak.liveness.as_str().into(),
        leak.verified_at.into(),
        leak.state.as_str().into(),
        leak.public.into(),
        leak.environment.as_deref().into(),
        leak.owner.as_ref().map(|owner| owner.name.as_str()).into(),
        leak.owner.as_ref().map(|owner| owner.score).into(),
        leak.owner.as_ref().map(|owner| owner.because.as_str()).into(),
        leak.leaked_at.into(),
        leak.detected_at.into(),
        leak.last_seen.into(),
        leak.exposures.into(),
        leak.origins.into(),
        leak.regressions.into(),
        leak.incident.into(),
    ]
}
