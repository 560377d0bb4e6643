//! Messages to channels: written with the change that causes them, delivered at least once.

use std::str::FromStr;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value as Json;

use crate::{
    Row, Sight, StoreError, Tx,
    rows::{Insert, Where, insert_missing},
};

/// A message that is to go out.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// What makes it itself: written again, it goes out once.
    pub message_id: String,
    /// The channel, by its name in the settings.
    pub channel: String,
    /// The incident it is about, if it is about one.
    pub incident: Option<i64>,
    /// `trigger`, `update`, `acknowledge` or `resolve`.
    pub kind: String,
    /// The alert as JSON; never a secret.
    pub alert: Json,
    /// Not before this time.
    pub due_at: Timestamp,
}

/// A message of the outbox.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Outgoing {
    /// Its number.
    pub id: i64,
    /// What makes it itself.
    pub message_id: String,
    /// The channel, by its name in the settings.
    pub channel: String,
    /// The incident it is about, if it is about one.
    pub incident: Option<i64>,
    /// `trigger`, `update`, `acknowledge` or `resolve`.
    pub kind: String,
    /// The alert as JSON.
    pub alert: Json,
    /// When it was written.
    pub created_at: Timestamp,
    /// When it is to go out, or be tried again.
    pub due_at: Timestamp,
    /// How often it was tried.
    pub attempts: i64,
    /// When the channel took it.
    pub delivered_at: Option<Timestamp>,
    /// What the channel calls it.
    pub receipt: Option<String>,
    /// When it was given up.
    pub dead_at: Option<Timestamp>,
    /// Why the last try failed.
    pub error: Option<String>,
}

const OUTGOING: &str = "id, message_id, channel, incident_id, kind, alert, created_at, due_at, attempts, delivered_at, receipt, dead_at, error";

fn outgoing(row: &Row) -> Result<Outgoing, StoreError> {
    Ok(Outgoing {
        id: row.get(0)?,
        message_id: row.get(1)?,
        channel: row.get(2)?,
        incident: row.get(3)?,
        kind: row.get(4)?,
        alert: row.json(5)?,
        created_at: row.get(6)?,
        due_at: row.get(7)?,
        attempts: row.get(8)?,
        delivered_at: row.get(9)?,
        receipt: row.get(10)?,
        dead_at: row.get(11)?,
        error: row.get(12)?,
    })
}

/// Where a message stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MessageState {
    /// It is to go out.
    Waiting,
    /// Its channel took it.
    Delivered,
    /// It was given up.
    Dead,
}

impl MessageState {
    /// Every state.
    pub const ALL: [Self; 3] = [Self::Waiting, Self::Delivered, Self::Dead];

    /// The name used in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Delivered => "delivered",
            Self::Dead => "dead",
        }
    }

    fn condition(self) -> &'static str {
        match self {
            Self::Waiting => "delivered_at IS NULL AND dead_at IS NULL",
            Self::Delivered => "delivered_at IS NOT NULL",
            Self::Dead => "delivered_at IS NULL AND dead_at IS NOT NULL",
        }
    }
}

/// A text that names no state of a message.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("unknown state: expected one of {}", MessageState::ALL.map(MessageState::as_str).join(", "))]
pub struct MessageStateError;

impl FromStr for MessageState {
    type Err = MessageStateError;

    fn from_str(text: &str) -> Result<Self, MessageStateError> {
        Self::ALL.into_iter().find(|state| state.as_str() == text).ok_or(MessageStateError)
    }
}

/// How a try to deliver ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The channel took it, and may have said what it calls it.
    Delivered {
        /// What the channel calls it.
        receipt: Option<String>,
    },
    /// It is to be tried again then.
    Again {
        /// When.
        at: Timestamp,
        /// Why it failed.
        error: String,
    },
    /// It is given up.
    Dead {
        /// Why.
        error: String,
    },
}

/// How messages to one channel fared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Deliveries {
    /// The channel, by its name in the settings.
    pub channel: String,
    /// When it took one last.
    pub last: Option<Timestamp>,
    /// How many wait.
    pub waiting: i64,
    /// How many were given up.
    pub dead: i64,
    /// Why the newest one that failed did, if it was not taken since.
    pub error: Option<String>,
}

impl Tx<'_> {
    /// How messages fared, by channel.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn deliveries(&mut self) -> Result<Vec<Deliveries>, StoreError> {
        let sql = "SELECT o.channel, o.last, o.waiting, o.dead, f.error FROM (SELECT channel, MAX(delivered_at) AS last, \
                   CAST(SUM(CASE WHEN delivered_at IS NULL AND dead_at IS NULL THEN 1 ELSE 0 END) AS BIGINT) AS waiting, \
                   CAST(SUM(CASE WHEN dead_at IS NULL THEN 0 ELSE 1 END) AS BIGINT) AS dead, \
                   MAX(CASE WHEN error IS NULL THEN NULL ELSE id END) AS failed FROM outbox GROUP BY channel) o \
                   LEFT JOIN outbox f ON f.id = o.failed ORDER BY o.channel";
        self.query(sql, &[], |row| {
            Ok(Deliveries {
                channel: row.get(0)?,
                last: row.get(1)?,
                waiting: row.get(2)?,
                dead: row.get(3)?,
                error: row.get(4)?,
            })
        })
    }

    /// Writes messages; those that were written before are left as they are. Gives how many are new.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn send(&mut self, messages: &[Message], now: Timestamp) -> Result<usize, StoreError> {
        let into = Insert {
            table: "outbox",
            columns: "message_id, channel, incident_id, kind, alert, created_at, due_at",
            key: "message_id",
            returning: "id",
        };
        let row = |message: &Message| {
            vec![
                message.message_id.as_str().into(),
                message.channel.as_str().into(),
                message.incident.into(),
                message.kind.as_str().into(),
                message.alert.to_string().into(),
                now.into(),
                message.due_at.into(),
            ]
        };
        Ok(insert_missing(self, &into, messages.iter().map(row).collect(), |_| Ok(()))?.len())
    }

    /// Takes messages that are due, for one who delivers them until `lease_until`; nobody else gets them before. Messages of one incident and
    /// channel go out in their order: a later one waits for the earlier. So do those about no incident.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn take_due(
        &mut self,
        by: &str,
        now: Timestamp,
        lease_until: Timestamp,
        limit: usize,
    ) -> Result<Vec<Outgoing>, StoreError> {
        let skip = self.for_update_skip();
        let sql = format!(
            "UPDATE outbox SET lease_until = $3, lease_by = $1, attempts = attempts + 1 WHERE id IN (\
             SELECT id FROM outbox WHERE delivered_at IS NULL AND dead_at IS NULL AND due_at <= $2 \
             AND (lease_until IS NULL OR lease_until < $2) \
             AND NOT EXISTS (SELECT 1 FROM outbox earlier WHERE earlier.incident_id = outbox.incident_id \
             AND earlier.channel = outbox.channel AND earlier.id < outbox.id AND earlier.delivered_at IS NULL AND earlier.dead_at IS NULL) \
             AND (incident_id IS NOT NULL OR NOT EXISTS (SELECT 1 FROM outbox earlier WHERE earlier.incident_id IS NULL \
             AND earlier.channel = outbox.channel AND earlier.id < outbox.id AND earlier.delivered_at IS NULL AND earlier.dead_at IS NULL)) \
             ORDER BY due_at, id LIMIT {limit}{skip}) RETURNING {OUTGOING}"
        );
        self.query(&sql, &[by.into(), now.into(), lease_until.into()], outgoing)
    }

    /// Gives back what somebody took and never said how it ended; gives how many messages that were.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn give_back(&mut self, by: &str) -> Result<u64, StoreError> {
        self.execute(
            "UPDATE outbox SET lease_until = NULL WHERE lease_by = $1 AND lease_until IS NOT NULL \
             AND delivered_at IS NULL AND dead_at IS NULL",
            &[by.into()],
        )
    }

    /// Notes how a try to deliver ended.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn delivery_ended(&mut self, id: i64, outcome: &Outcome, now: Timestamp) -> Result<(), StoreError> {
        match outcome {
            Outcome::Delivered { receipt } => self.execute(
                "UPDATE outbox SET delivered_at = $2, receipt = $3, lease_until = NULL, error = NULL WHERE id = $1",
                &[id.into(), now.into(), receipt.as_deref().into()],
            ),
            Outcome::Again { at, error } => self.execute(
                "UPDATE outbox SET due_at = $2, error = $3, lease_until = NULL WHERE id = $1 AND delivered_at IS NULL",
                &[id.into(), (*at).into(), error.into()],
            ),
            Outcome::Dead { error } => self.execute(
                "UPDATE outbox SET dead_at = $2, error = $3, lease_until = NULL WHERE id = $1 AND delivered_at IS NULL",
                &[id.into(), now.into(), error.into()],
            ),
        }?;
        Ok(())
    }

    /// Messages of an incident, newest first.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn messages_of(&mut self, incident: i64, limit: usize) -> Result<Vec<Outgoing>, StoreError> {
        let sql =
            format!("SELECT {OUTGOING} FROM outbox WHERE incident_id = $1 ORDER BY id DESC LIMIT {limit}");
        self.query(&sql, &[incident.into()], outgoing)
    }

    /// Messages about incidents that may be seen, newest first, before this number.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn messages(
        &mut self,
        state: Option<MessageState>,
        sight: &Sight,
        before: Option<i64>,
        limit: usize,
    ) -> Result<Vec<Outgoing>, StoreError> {
        let mut wanted = Where::default();
        wanted.and_if("id < ", before);
        if let Some(state) = state {
            wanted.and_plain(state.condition());
        }
        sight.of_incidents(&mut wanted, "outbox.incident_id");
        let sql = format!("SELECT {OUTGOING} FROM outbox {wanted} ORDER BY id DESC LIMIT {limit}");
        self.query(&sql, wanted.values(), outgoing)
    }

    /// The message of this number.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn message(&mut self, id: i64) -> Result<Option<Outgoing>, StoreError> {
        self.one(&format!("SELECT {OUTGOING} FROM outbox WHERE id = $1"), &[id.into()], outgoing)
    }

    /// Messages that were given up, newest first.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn dead_messages(&mut self, limit: usize) -> Result<Vec<Outgoing>, StoreError> {
        let sql =
            format!("SELECT {OUTGOING} FROM outbox WHERE dead_at IS NOT NULL ORDER BY id DESC LIMIT {limit}");
        self.query(&sql, &[], outgoing)
    }

    /// Makes a message that was given up due again.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn revive_message(&mut self, id: i64, now: Timestamp) -> Result<bool, StoreError> {
        let changed = self.execute(
            "UPDATE outbox SET dead_at = NULL, attempts = 0, due_at = $2 WHERE id = $1 AND dead_at IS NOT NULL",
            &[id.into(), now.into()],
        )?;
        Ok(changed > 0)
    }
}
