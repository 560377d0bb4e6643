//! Whether the audit trail is whole, as the server itself found it last. Who wants more than its word runs `stanch audit verify`.

use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use stanch_store::{Broken, Store, StoreError, Verifier};

/// Entries that are read at once.
const ENTRIES_MAX: usize = 1_000;

/// What was found last; nothing before the first walk is over.
#[derive(Debug, Default)]
pub(crate) struct Chain(Mutex<Option<Found>>);

/// How a walk along the trail ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// Each entry follows the one before it.
    Whole {
        /// The number of the last one.
        events: i64,
        /// When it was reached.
        at: Timestamp,
    },
    /// One does not.
    Broken {
        /// The number of the first that does not.
        seq: i64,
    },
}

impl Chain {
    /// What was found last.
    pub(crate) fn found(&self) -> Option<Found> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn note(&self, found: Found) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(found);
    }
}

/// A walk along the trail, some entries at a time.
#[derive(Debug, Default)]
pub(crate) struct Walk {
    verifier: Verifier,
    /// The newest entry when the walk began.
    head: i64,
}

/// Whether a walk goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// There is more.
    On,
    /// It is over; the next one begins anew.
    Over,
}

impl Walk {
    /// Looks at the next entries; what is found at the end is noted.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub(crate) fn step(&mut self, store: &Store, chain: &Chain, now: Timestamp) -> Result<Step, StoreError> {
        let (last, _) = self.verifier.position();
        let (head, entries) = store
            .read(|tx| Ok::<_, StoreError>((tx.trail_head()?.0, tx.trail_from(last + 1, ENTRIES_MAX)?)))?;
        if last == 0 {
            self.head = head;
        }
        let checked = entries.iter().try_for_each(|entry| self.verifier.take(entry));
        let (reached, _) = self.verifier.position();
        let ended = match checked {
            Ok(()) if entries.len() == ENTRIES_MAX => return Ok(Step::On),
            // Entries that came during the walk are there as well.
            Ok(()) if reached >= self.head => Ok(()),
            Ok(()) => self.verifier.end(self.head),
            Err(broken) => Err(broken),
        };
        chain.note(match ended {
            Ok(()) => Found::Whole { events: reached, at: now },
            Err(broken) => {
                tracing::error!(%broken, "the audit trail is not whole");
                Found::Broken { seq: number(&broken) }
            }
        });
        *self = Self::default();
        Ok(Step::Over)
    }
}

fn number(broken: &Broken) -> i64 {
    match broken {
        Broken::Gap { after, .. } => after + 1,
        Broken::Changed { seq } => *seq,
        Broken::Cut { found, .. } => found + 1,
    }
}

#[cfg(test)]
mod tests {
    use stanch_model::Actor;
    use stanch_store::{Database, Event};

    use super::*;

    #[test]
    fn a_walk_finds_what_does_not_follow() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(&Database::Sqlite(folder.path().join("register.db"))).expect("a register");
        let now = Timestamp::UNIX_EPOCH;
        store
            .write(|tx| {
                for _ in 0..2_500 {
                    tx.record(Event::new(now, &Actor::stanch("test"), "test.event"));
                }
                Ok::<_, StoreError>(())
            })
            .expect("events");
        let chain = Chain::default();
        let walk = || {
            let mut walk = Walk::default();
            let mut steps = 1;
            while walk.step(&store, &chain, now).expect("a step") == Step::On {
                steps += 1;
            }
            steps
        };
        assert_eq!((walk(), chain.found()), (3, Some(Found::Whole { events: 2_500, at: now })));
        let change = |sql: &str| {
            store.write(|tx| tx.execute(sql, &[])).expect("changed by hand");
        };
        change("DELETE FROM events WHERE seq > 2400");
        walk();
        assert_eq!(chain.found(), Some(Found::Broken { seq: 2_401 }), "cut");
        change("UPDATE events SET reason = 'nothing' WHERE seq = 1200");
        walk();
        assert_eq!(chain.found(), Some(Found::Broken { seq: 1_200 }), "changed");
    }
}
