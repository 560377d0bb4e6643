//! Delivers what waits in the outbox: at least once, in order, by whichever server comes first.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use stanch_connectors::{Alert, Channel, DeliveryError};
use stanch_model::Actor;
use stanch_store::{Event, Outcome, Outgoing, Store, StoreError};

/// How long one server may take for what it took; longer than a channel's own time limits.
const LEASE: SignedDuration = SignedDuration::from_secs(120);
/// Most messages taken at once.
const TAKEN_MAX: usize = 20;
/// The wait after the first failure; it doubles with each.
const WAIT_MIN: SignedDuration = SignedDuration::from_secs(5);
/// The longest wait.
const WAIT_MAX: SignedDuration = SignedDuration::from_mins(15);
/// After so many failures a message is given up: about two days.
const ATTEMPTS_MAX: i64 = 200;

/// Channels that are open, by name.
pub type Channels = BTreeMap<String, Box<dyn Channel>>;

/// Delivers what waits in the outbox.
pub struct Postman {
    store: Store,
    channels: Arc<Channels>,
    name: String,
    counts: Arc<DeliveryCounts>,
}

/// How tries to deliver ended since the start.
#[derive(Debug, Default)]
pub struct DeliveryCounts {
    delivered: AtomicU64,
    again: AtomicU64,
    dead: AtomicU64,
}

impl DeliveryCounts {
    /// How many were delivered, are to be tried again, and were given up.
    pub fn read(&self) -> (u64, u64, u64) {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        (read(&self.delivered), read(&self.again), read(&self.dead))
    }

    fn count(&self, outcome: &Outcome) {
        let counter = match outcome {
            Outcome::Delivered { .. } => &self.delivered,
            Outcome::Again { .. } => &self.again,
            Outcome::Dead { .. } => &self.dead,
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }
}

impl fmt::Debug for Postman {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "postman {} for {} channels", self.name, self.channels.len())
    }
}

impl Postman {
    /// One who delivers to these channels, by name. `name` tells servers apart, and stays the same when one is started again.
    pub fn new(store: Store, channels: impl Into<Arc<Channels>>, name: String) -> Self {
        Self { store, channels: channels.into(), name, counts: Arc::default() }
    }

    /// The names of the channels.
    pub fn channels(&self) -> impl Iterator<Item = &str> {
        self.channels.keys().map(String::as_str)
    }

    /// Gives back what this one had taken when it ended without saying so: it is delivered again, under the same keys, and at once.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn give_back(&self) -> Result<u64, StoreError> {
        self.store.write(|tx| tx.give_back(&self.name))
    }

    /// How tries to deliver ended since the start.
    pub fn counts(&self) -> Arc<DeliveryCounts> {
        Arc::clone(&self.counts)
    }

    /// Delivers what is due; gives how many messages were tried. Blocks as long as the channels take.
    ///
    /// # Errors
    ///
    /// If the database refuses. What was taken and not noted as delivered is delivered again when its lease is over, under the same keys.
    pub fn deliver_due(&self, clock: impl Fn() -> Timestamp) -> Result<usize, StoreError> {
        let now = clock();
        let taken = self.store.write(|tx| tx.take_due(&self.name, now, now + LEASE, TAKEN_MAX))?;
        for message in &taken {
            let span = tracing::info_span!(
                "deliver",
                otel.kind = "client",
                channel = message.channel,
                kind = message.kind,
                message = message.id,
                otel.failed = tracing::field::Empty,
            );
            let outcome = span.in_scope(|| self.deliver(message, &clock));
            span.record("otel.failed", !matches!(outcome, Outcome::Delivered { .. }));
            self.counts.count(&outcome);
            self.note(message, &outcome, clock())?;
        }
        Ok(taken.len())
    }

    fn deliver(&self, message: &Outgoing, clock: &impl Fn() -> Timestamp) -> Outcome {
        let Some(channel) = self.channels.get(&message.channel) else {
            return Outcome::Dead { error: format!("there is no channel called {}", message.channel) };
        };
        let Ok(alert) = serde_json::from_value::<Alert>(message.alert.clone()) else {
            return Outcome::Dead { error: "the stored alert cannot be read".to_owned() };
        };
        match channel.deliver(&alert) {
            Ok(receipt) => Outcome::Delivered { receipt: receipt.reference },
            Err(error) if message.attempts >= ATTEMPTS_MAX => Outcome::Dead { error: error.to_string() },
            Err(error) => match &error {
                DeliveryError::Refused { .. } => Outcome::Dead { error: error.to_string() },
                DeliveryError::Retry { after, .. } => {
                    let asked = after.and_then(|after| SignedDuration::try_from(after).ok());
                    let wait = asked.unwrap_or_default().max(wait(message)).min(WAIT_MAX);
                    Outcome::Again { at: clock() + wait, error: error.to_string() }
                }
            },
        }
    }

    fn note(&self, message: &Outgoing, outcome: &Outcome, now: Timestamp) -> Result<(), StoreError> {
        let (kind, error) = match outcome {
            Outcome::Delivered { .. } => ("message.delivered", ""),
            Outcome::Dead { error } => ("message.dead", error.as_str()),
            Outcome::Again { error, .. } => {
                tracing::warn!(channel = %message.channel, message = message.id, %error, "not delivered yet");
                ("", error.as_str())
            }
        };
        self.store.write(|tx| {
            tx.delivery_ended(message.id, outcome, now)?;
            if !kind.is_empty() {
                let detail = json!({ "channel": message.channel, "kind": message.kind, "message": message.message_id });
                let event = Event { incident: message.incident, ..Event::new(now, &Actor::stanch("postman"), kind) };
                tx.record(event.reason(error).detail(detail));
            }
            Ok(())
        })
    }
}

/// The wait before the next try: it doubles, and differs a little from message to message, so that not all come back at once.
fn wait(message: &Outgoing) -> SignedDuration {
    let doublings = u32::try_from(message.attempts.saturating_sub(1).clamp(0, 10)).unwrap_or_default();
    let wait = WAIT_MIN.saturating_mul(1 << doublings).min(WAIT_MAX);
    let spread = u32::try_from(message.id.rem_euclid(16)).unwrap_or_default();
    wait.saturating_add(
        wait.checked_div(32).unwrap_or_default().saturating_mul(i32::try_from(spread).unwrap_or_default()),
    )
}
