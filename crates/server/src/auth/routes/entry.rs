//! A session begins.

use serde_json::json;
use stanch_store::{Event, Person, Session, StoreError, Tx};

use super::Visit;
use crate::auth::{Auth, SecretText, cookie::Cookie, trail::actor_of};

/// How somebody came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Entry {
    /// By password alone.
    Password,
    /// By password and a code.
    SecondFactor,
    /// By password and a recovery code.
    RecoveryCode,
    /// The password was changed in a session, which goes on under a new id.
    Renewed,
    /// At the identity provider.
    Provider,
}

impl Entry {
    fn as_str(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::SecondFactor => "second-factor",
            Self::RecoveryCode => "recovery-code",
            Self::Renewed => "renewed",
            Self::Provider => "provider",
        }
    }
}

/// Begins a session under a new id; whichever the browser had before ends. Gives the id.
pub(crate) fn begin(
    tx: &mut Tx<'_>,
    auth: &Auth,
    visit: &Visit,
    person: &Person,
    entry: Entry,
) -> Result<SecretText, StoreError> {
    let now = visit.now();
    if let Some(old) = visit.cookie(Cookie::Session)
        && let Some((old, owner)) = tx.session_by_hash(&old.hash(), now, auth.idle_since(now))?
    {
        tx.end_session(owner.id, old.id)?;
    }
    let id = SecretText::random();
    let session = Session {
        id: 0,
        person: person.id,
        created_at: now,
        last_seen: now,
        expires_at: now.checked_add(auth.settings().session()).unwrap_or(now),
        address: visit.address().to_string(),
        agent: visit.agent(),
    };
    tx.insert_session(&id.hash(), &session)?;
    if entry != Entry::Renewed {
        tx.person_logged_in(person.id, now)?;
        let detail = json!({ "by": entry.as_str(), "address": session.address });
        tx.record(Event::new(now, &actor_of(person), "account.login").detail(detail));
    }
    Ok(id)
}
