//! The audit trail.

use stanch_store::{Broken, Event, Store, StoreError, TrailFilter, Verifier};

use crate::each::{actor, on_each, second};

fn verify(store: &Store) -> Result<(), Broken> {
    let (entries, head) = store
        .read(|tx| Ok::<_, StoreError>((tx.trail_from(1, 1000)?, tx.trail_head()?.0)))
        .expect("the trail reads");
    let mut verifier = Verifier::default();
    entries.iter().try_for_each(|entry| verifier.take(entry))?;
    verifier.end(head)
}

fn fill(store: &Store) {
    for n in 1..=5 {
        store
            .write(|tx| {
                let event =
                    Event::new(second(n), &actor(), "incident.opened").incident(n).reason("why\u{0}not");
                tx.record(event.detail(serde_json::json!({ "title": "é \"quoted\"", "n": n })));
                tx.record(Event::new(second(n), &actor(), "leak.opened").leak(n));
                Ok::<_, StoreError>(())
            })
            .expect("the trail is written");
    }
}

#[test]
fn a_whole_trail_verifies_and_is_read_by_what_it_is_about() {
    on_each(|store| {
        fill(store);
        assert_eq!(verify(store), Ok(()));
        let filter = TrailFilter { incident: Some(3), ..TrailFilter::default() };
        let entries = store.read(|tx| tx.trail(&filter, 10)).expect("the trail reads");
        assert_eq!(entries.iter().map(|entry| entry.seq).collect::<Vec<_>>(), [5]);
        let filter =
            TrailFilter { kind: Some("leak.".to_owned()), before: Some(6), ..TrailFilter::default() };
        let entries = store.read(|tx| tx.trail(&filter, 10)).expect("the trail reads");
        assert_eq!(entries.iter().map(|entry| entry.seq).collect::<Vec<_>>(), [4, 2]);
    });
}

#[test]
fn what_was_changed_taken_out_or_cut_off_is_found() {
    let spoil = |sql: &'static str| {
        move |store: &Store| {
            fill(store);
            store.write(|tx| tx.execute(sql, &[])).expect("the trail is spoiled");
        }
    };
    on_each(|store| {
        spoil("UPDATE events SET reason = 'other' WHERE seq = 4")(store);
        assert_eq!(verify(store), Err(Broken::Changed { seq: 4 }));
    });
    on_each(|store| {
        spoil("DELETE FROM events WHERE seq = 4")(store);
        assert_eq!(verify(store), Err(Broken::Gap { after: 3, found: 5 }));
    });
    on_each(|store| {
        spoil("DELETE FROM events WHERE seq > 8")(store);
        assert_eq!(verify(store), Err(Broken::Cut { found: 8, head: 10 }));
    });
}

#[test]
fn a_transaction_that_fails_leaves_no_entry() {
    on_each(|store| {
        let failed = store.write(|tx| {
            tx.record(Event::new(second(1), &actor(), "incident.opened"));
            tx.execute("INSERT INTO nowhere VALUES (1)", &[])
        });
        assert!(failed.is_err());
        assert_eq!(store.read(stanch_store::Tx::trail_head).expect("the head reads"), (0, String::new()));
    });
}

#[test]
fn writers_at_once_make_one_trail() {
    on_each(|store| {
        std::thread::scope(|scope| {
            for writer in 0..4 {
                scope.spawn(move || {
                    for n in 0..25 {
                        let event = Event::new(second(n), &actor(), "test").incident(writer);
                        let done = store.write(|tx| {
                            tx.record(event.clone());
                            Ok::<_, StoreError>(())
                        });
                        done.expect("the trail is written");
                    }
                });
            }
        });
        assert_eq!(verify(store), Ok(()));
        assert_eq!(store.read(stanch_store::Tx::trail_head).expect("the head reads").0, 100);
    });
}
