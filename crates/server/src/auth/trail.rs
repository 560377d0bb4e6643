//! What is told of accounts in the audit trail.

use std::net::IpAddr;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value as Json, json};
use stanch_model::{Actor, ActorKind};
use stanch_store::{Event, Person, StoreError, Tx};

use super::{Auth, address::household};

/// Failed logins of one address are told once in this time, with their number.
const FAILURES_PERIOD: SignedDuration = SignedDuration::from_mins(1);

/// The person as events call it.
pub(crate) fn actor_of(person: &Person) -> Actor {
    Actor { kind: ActorKind::User, name: person.login.clone() }
}

/// Something a person did with its own account.
pub(crate) fn did(person: &Person, kind: &str, now: Timestamp, address: IpAddr) -> Event {
    Event::new(now, &actor_of(person), kind).detail(json!({ "address": address.to_string() }))
}

/// Something somebody did with accounts.
pub(crate) fn done(actor: &Actor, kind: &str, now: Timestamp, detail: Json) -> Event {
    Event::new(now, actor, kind).detail(detail)
}

/// A login that failed. A name nobody has is not told: it may be a password in the wrong field.
pub(crate) struct Failure<'f> {
    pub(crate) person: Option<&'f Person>,
    pub(crate) why: &'static str,
    pub(crate) address: IpAddr,
    pub(crate) now: Timestamp,
}

impl Failure<'_> {
    /// Tells of it, unless another of this address was told of shortly before.
    pub(crate) fn tell(&self, auth: &Auth, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        let key = auth.key().name("told", &household(self.address).to_string());
        let Some(count) = tx.tell_once(&key, FAILURES_PERIOD, self.now)? else { return Ok(()) };
        let actor = self.person.map_or_else(|| Actor::stanch("login"), actor_of);
        let detail = json!({ "address": self.address.to_string(), "failures": count });
        tx.record(Event::new(self.now, &actor, "account.login-failed").reason(self.why).detail(detail));
        Ok(())
    }
}
