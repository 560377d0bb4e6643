//! `[retention]`: how long what is over is kept. The audit trail is kept for ever, and so are leaks, incidents and origins.

use std::str::FromStr;

use jiff::SignedDuration;
use serde::Deserialize;
use serde_json::{Map, Value as Json};
use stanch_model::Actor;
use stanch_store::{Event, Forgettable, StoreError};

use crate::app::App;

/// Most things that are forgotten in one transaction, so that others need not wait for long.
const BATCH: usize = 500;
/// Most transactions for one kind of thing in one run; the next run goes on.
const BATCHES_MAX: usize = 40;
/// The longest time, in days.
const DAYS_MAX: i64 = 36_500;

/// How long what is over is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Retention {
    /// Places that are gone, of leaks that are not open.
    pub exposures_gone: Keep,
    /// What gates did.
    pub gate_events: Keep,
    /// Messages that were delivered.
    pub delivered_messages: Keep,
    /// Messages that were given up.
    pub dead_messages: Keep,
    /// Checklists, timers and keys of grouping of incidents that are over.
    pub closed_incidents: Keep,
}

impl Default for Retention {
    fn default() -> Self {
        Self {
            exposures_gone: Keep::Days(400),
            gate_events: Keep::Days(400),
            delivered_messages: Keep::Days(90),
            dead_messages: Keep::Days(400),
            closed_incidents: Keep::Days(1100),
        }
    }
}

/// How long something is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum Keep {
    /// So many days, at least one.
    Days(i64),
    /// For ever.
    Forever,
}

/// A text that is no such time.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
#[error("expected a number of days as 400d, or forever")]
pub struct KeepError;

impl FromStr for Keep {
    type Err = KeepError;

    fn from_str(text: &str) -> Result<Self, KeepError> {
        if text == "forever" {
            return Ok(Self::Forever);
        }
        let digits = text.strip_suffix('d').filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()));
        let days = digits.and_then(|digits| digits.parse().ok());
        days.filter(|days| (1..=DAYS_MAX).contains(days)).map(Self::Days).ok_or(KeepError)
    }
}

impl TryFrom<String> for Keep {
    type Error = KeepError;

    fn try_from(text: String) -> Result<Self, KeepError> {
        text.parse()
    }
}

impl Retention {
    fn of(&self, what: Forgettable) -> Keep {
        match what {
            Forgettable::GoneExposures => self.exposures_gone,
            Forgettable::GateEvents => self.gate_events,
            Forgettable::DeliveredMessages => self.delivered_messages,
            Forgettable::DeadMessages => self.dead_messages,
            Forgettable::IncidentDetails => self.closed_incidents,
        }
    }
}

/// Forgets what has been over for long enough, and notes how much in the trail; gives how many things that were. Blocks.
///
/// # Errors
///
/// If the database refuses; what was forgotten before is noted at the next run only if it goes on.
pub fn forget(app: &App) -> Result<u64, StoreError> {
    let now = app.now();
    let mut told = Map::new();
    let mut all = 0;
    for what in Forgettable::ALL {
        let Keep::Days(days) = app.operations.retention.of(what) else { continue };
        let before = now - SignedDuration::from_hours(24 * days);
        let mut count = 0;
        for _ in 0..BATCHES_MAX {
            let forgotten = app.register.store().write(|tx| tx.forget(what, before, BATCH))?;
            count += forgotten;
            if forgotten == 0 {
                break;
            }
        }
        if count > 0 {
            told.insert(what.as_str().to_owned(), Json::from(count));
            all += count;
        }
    }
    if all > 0 {
        let event =
            Event::new(now, &Actor::stanch("retention"), "retention.forgot").detail(Json::Object(told));
        app.register.store().write(|tx| {
            tx.record(event.clone());
            Ok::<_, StoreError>(())
        })?;
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_days() {
        assert_eq!("400d".parse(), Ok(Keep::Days(400)));
        assert_eq!("forever".parse(), Ok(Keep::Forever));
        for text in ["", "d", "0d", "-1d", "+1d", "400", "1h", "36501d", "never"] {
            assert_eq!(text.parse::<Keep>(), Err(KeepError), "{text}");
        }
    }
}
