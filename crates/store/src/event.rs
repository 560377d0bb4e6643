//! The audit trail: what happened, by whom, when and why, each entry bound to all before it by a hash.

use data_encoding::HEXLOWER;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use sha2::{Digest, Sha256};
use stanch_model::{Actor, ActorKind};

use crate::{
    Row, StoreError, Tx,
    leak::like,
    rows::{Where, insert},
};

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// When.
    pub at: Timestamp,
    /// Who did it.
    pub actor: Actor,
    /// What: `incident.opened`, `incident.acknowledge`, `leak.opened`, `leak.read` …
    pub kind: String,
    /// In which incident.
    pub incident: Option<i64>,
    /// Of which leak.
    pub leak: Option<i64>,
    /// Why, in words.
    pub reason: String,
    /// What belongs to it: evidence, old and new values. Never a secret.
    pub detail: Json,
}

impl Event {
    /// Something that happened now, of no incident and no leak yet.
    pub fn new(at: Timestamp, actor: &Actor, kind: impl Into<String>) -> Self {
        let kind = kind.into();
        Self {
            at,
            actor: actor.clone(),
            kind,
            incident: None,
            leak: None,
            reason: String::new(),
            detail: Json::Null,
        }
    }

    /// In this incident.
    #[must_use]
    pub fn incident(mut self, incident: i64) -> Self {
        self.incident = Some(incident);
        self
    }

    /// Of this leak.
    #[must_use]
    pub fn leak(mut self, leak: i64) -> Self {
        self.leak = Some(leak);
        self
    }

    /// For this reason.
    #[must_use]
    pub fn reason(mut self, reason: impl Into<String>) -> Self {
        self.reason = reason.into();
        self
    }

    /// With what belongs to it.
    #[must_use]
    pub fn detail(mut self, detail: Json) -> Self {
        self.detail = detail;
        self
    }
}

/// An entry of the trail.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Its number; they count from 1 without gaps.
    pub seq: i64,
    /// What happened.
    #[serde(flatten)]
    pub event: Event,
    /// SHA-256 over the hash before it and this entry, hexadecimal.
    pub hash: String,
}

impl Entry {
    /// The hash this entry must have after one with hash `before` (empty for the first).
    ///
    /// It is taken over the hash before it, a line feed, and the entry without its hash as JSON with the keys `seq`, `at` (milliseconds),
    /// `actor_kind`, `actor`, `kind`, `incident`, `leak`, `reason`, `detail` in that order, without white space; `detail` is a text, the JSON as it is stored.
    pub fn hash_after(&self, before: &str) -> String {
        hash(before, self.seq, &self.event, &self.event.detail.to_string())
    }
}

#[derive(Serialize)]
struct Hashed<'e> {
    seq: i64,
    at: i64,
    actor_kind: &'e str,
    actor: &'e str,
    kind: &'e str,
    incident: Option<i64>,
    leak: Option<i64>,
    reason: &'e str,
    detail: &'e str,
}

fn hash(before: &str, seq: i64, event: &Event, detail: &str) -> String {
    let hashed = Hashed {
        seq,
        at: event.at.as_millisecond(),
        actor_kind: event.actor.kind.as_str(),
        actor: &event.actor.name,
        kind: &event.kind,
        incident: event.incident,
        leak: event.leak,
        reason: &event.reason,
        detail,
    };
    let text = serde_json::to_string(&hashed).unwrap_or_default();
    let mut digest = Sha256::new();
    digest.update(before);
    digest.update("\n");
    digest.update(text);
    HEXLOWER.encode(&digest.finalize())
}

/// Appends events to the trail, in their order. The head of the trail stays locked until the commit.
pub(crate) fn append(tx: &mut Tx<'_>, events: &[Event]) -> Result<(), StoreError> {
    let head = tx.one(
        "UPDATE trail_head SET seq = seq + $1 WHERE id = 1 RETURNING seq, hash",
        &[events.len().into()],
        |row| Ok((row.get::<i64>(0)?, row.get::<String>(1)?)),
    )?;
    let (last, mut before) =
        head.ok_or(StoreError::Field { position: 0, expected: "the head of the trail" })?;
    let count = i64::try_from(events.len()).unwrap_or(i64::MAX);
    let first = last - count + 1;
    let mut rows = Vec::with_capacity(events.len());
    for (event, seq) in events.iter().zip(first..) {
        // What is hashed is what a reader gets back: a time in milliseconds, texts as the database keeps them.
        let event = Event { reason: event.reason.replace('\0', "\u{fffd}"), ..event.clone() };
        let detail = event.detail.to_string();
        before = hash(&before, seq, &event, &detail);
        rows.push(vec![
            seq.into(),
            event.at.into(),
            event.actor.kind.as_str().into(),
            event.actor.name.into(),
            event.kind.into(),
            event.incident.into(),
            event.leak.into(),
            event.reason.into(),
            detail.into(),
            before.as_str().into(),
        ]);
    }
    let columns = "seq, at, actor_kind, actor, kind, incident_id, leak_id, reason, detail, hash";
    insert(tx, "events", columns, rows)?;
    tx.execute("UPDATE trail_head SET hash = $1 WHERE id = 1", &[before.into()])?;
    Ok(())
}

const ENTRY: &str = "seq, at, actor_kind, actor, kind, incident_id, leak_id, reason, detail, hash";

/// Where the columns of an entry are in these; none if one is missing.
pub(crate) fn columns_in(columns: &[String]) -> Option<Vec<usize>> {
    ENTRY.split(", ").map(|name| columns.iter().position(|column| column == name)).collect()
}

pub(crate) fn entry(row: &Row) -> Result<Entry, StoreError> {
    let kind: String = row.get(2)?;
    let kind = ActorKind::ALL.into_iter().find(|known| known.as_str() == kind);
    let event = Event {
        at: row.get(1)?,
        actor: Actor {
            kind: kind.ok_or(StoreError::Field { position: 2, expected: "a kind of actor" })?,
            name: row.get(3)?,
        },
        kind: row.get(4)?,
        incident: row.get(5)?,
        leak: row.get(6)?,
        reason: row.get(7)?,
        detail: row.json(8)?,
    };
    Ok(Entry { seq: row.get(0)?, event, hash: row.get(9)? })
}

/// What of the trail is asked for; all that is given must hold.
#[derive(Clone, Debug, Default)]
pub struct TrailFilter {
    /// Entries of this incident.
    pub incident: Option<i64>,
    /// Entries of this leak.
    pub leak: Option<i64>,
    /// Entries whose kind begins so.
    pub kind: Option<String>,
    /// Entries of this actor.
    pub actor: Option<String>,
    /// Entries whose kind, reason or detail holds these words.
    pub text: Option<String>,
    /// Entries from this time on.
    pub from: Option<Timestamp>,
    /// Entries before this time.
    pub until: Option<Timestamp>,
    /// Entries before this number.
    pub before: Option<i64>,
}

impl Tx<'_> {
    /// Entries of the trail, newest first.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn trail(&mut self, filter: &TrailFilter, limit: usize) -> Result<Vec<Entry>, StoreError> {
        let mut wanted = Where::default();
        wanted.and_if("incident_id = ", filter.incident);
        wanted.and_if("leak_id = ", filter.leak);
        wanted.and_if("actor = ", filter.actor.as_deref());
        wanted.and_if("at >= ", filter.from);
        wanted.and_if("at < ", filter.until);
        wanted.and_if("seq < ", filter.before);
        if let Some(kind) = &filter.kind {
            wanted.and("kind LIKE ", format!("{kind}%"));
        }
        if let Some(text) = &filter.text {
            let condition = "(LOWER(reason) LIKE {} ESCAPE '!' OR kind LIKE {} ESCAPE '!' OR LOWER(detail) LIKE {} ESCAPE '!')";
            wanted.and_each(condition, like(text));
        }
        let sql = format!("SELECT {ENTRY} FROM events {wanted} ORDER BY seq DESC LIMIT {limit}");
        self.query(&sql, wanted.values(), entry)
    }

    /// Entries of the trail from this number on, oldest first.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn trail_from(&mut self, seq: i64, limit: usize) -> Result<Vec<Entry>, StoreError> {
        let sql = format!("SELECT {ENTRY} FROM events WHERE seq >= $1 ORDER BY seq LIMIT {limit}");
        self.query(&sql, &[seq.into()], entry)
    }

    /// Number and hash of the newest entry; 0 and nothing in an empty trail.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn trail_head(&mut self) -> Result<(i64, String), StoreError> {
        let head = self.one("SELECT seq, hash FROM trail_head WHERE id = 1", &[], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
        Ok(head.unwrap_or_default())
    }
}

/// Where a trail is broken.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum Broken {
    /// An entry is missing, or there twice.
    #[error("entry {found} of the audit trail follows {after}")]
    Gap {
        /// The entry before.
        after: i64,
        /// The one found.
        found: i64,
    },
    /// An entry was changed.
    #[error("entry {seq} of the audit trail was changed, or one before it")]
    Changed {
        /// Which.
        seq: i64,
    },
    /// Entries at the end are missing.
    #[error("the audit trail ends at entry {found}, its head says {head}")]
    Cut {
        /// The last entry.
        found: i64,
        /// What the head says.
        head: i64,
    },
}

/// Follows a trail entry by entry.
#[derive(Clone, Debug, Default)]
pub struct Verifier {
    seq: i64,
    hash: String,
}

impl Verifier {
    /// Goes on after the entry with this number and hash.
    pub fn after(seq: i64, hash: &str) -> Self {
        Self { seq, hash: hash.to_owned() }
    }

    /// Takes the next entry.
    ///
    /// # Errors
    ///
    /// If it does not follow.
    pub fn take(&mut self, entry: &Entry) -> Result<(), Broken> {
        if entry.seq != self.seq + 1 {
            return Err(Broken::Gap { after: self.seq, found: entry.seq });
        }
        if entry.hash_after(&self.hash) != entry.hash {
            return Err(Broken::Changed { seq: entry.seq });
        }
        self.seq = entry.seq;
        self.hash.clone_from(&entry.hash);
        Ok(())
    }

    /// Compares the end with what the head says.
    ///
    /// # Errors
    ///
    /// If entries are missing at the end.
    pub fn end(&self, head: i64) -> Result<(), Broken> {
        if self.seq == head { Ok(()) } else { Err(Broken::Cut { found: self.seq, head }) }
    }

    /// Number and hash of the last entry taken.
    pub fn position(&self) -> (i64, &str) {
        (self.seq, &self.hash)
    }
}
