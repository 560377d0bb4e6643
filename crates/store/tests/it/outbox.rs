//! The outbox: nothing is lost, nothing goes out of order.

use std::collections::HashSet;

use stanch_store::{Message, Outcome, Store, StoreError};

use crate::each::{incident, on_each, second};

fn message(id: &str, incident: i64) -> Message {
    Message {
        message_id: id.to_owned(),
        channel: "pager".to_owned(),
        incident: Some(incident),
        kind: "trigger".to_owned(),
        alert: serde_json::json!({ "id": id }),
        due_at: second(0),
    }
}

fn incidents(store: &Store, count: usize) -> Vec<i64> {
    let make = |_| store.write(|tx| tx.insert_incident(&incident("one"))).expect("an incident");
    (0..count).map(make).collect()
}

fn take(store: &Store, by: &str, now: i64) -> Vec<String> {
    let taken = store.write(|tx| tx.take_due(by, second(now), second(now + 30), 10)).expect("messages");
    taken.into_iter().map(|outgoing| outgoing.message_id).collect()
}

#[test]
fn a_message_written_twice_is_there_once() {
    on_each(|store| {
        let id = incidents(store, 1)[0];
        let send = || store.write(|tx| tx.send(&[message("a", id), message("b", id)], second(0)));
        assert_eq!(send().expect("sent"), 2);
        assert_eq!(send().expect("sent"), 0);
    });
}

#[test]
fn messages_of_one_incident_go_out_in_order_and_a_lease_ends() {
    on_each(|store| {
        let ids = incidents(store, 2);
        let messages = [message("first", ids[0]), message("second", ids[0]), message("other", ids[1])];
        store.write(|tx| tx.send(&messages, second(0))).expect("sent");
        assert_eq!(take(store, "one", 1), ["first", "other"]);
        assert!(take(store, "two", 2).is_empty(), "all are leased or wait");
        assert_eq!(take(store, "two", 40), ["first", "other"], "the lease is over");
        let ended = Outcome::Again { at: second(60), error: "away".to_owned() };
        store.write(|tx| tx.delivery_ended(1, &ended, second(41))).expect("noted");
        let delivered = Outcome::Delivered { receipt: Some("PD-1".to_owned()) };
        store.write(|tx| tx.delivery_ended(3, &delivered, second(41))).expect("noted");
        assert!(take(store, "one", 50).is_empty(), "the first waits for its time");
        assert_eq!(take(store, "one", 61), ["first"]);
        store.write(|tx| tx.delivery_ended(1, &delivered, second(62))).expect("noted");
        assert_eq!(take(store, "one", 63), ["second"]);
    });
}

#[test]
fn messages_about_no_incident_go_out_in_order_too() {
    on_each(|store| {
        let about_none = |id: &str| Message { incident: None, ..message(id, 0) };
        let messages = [about_none("burns"), about_none("burns no more")];
        store.write(|tx| tx.send(&messages, second(0))).expect("sent");
        assert_eq!(take(store, "one", 1), ["burns"]);
        let delivered = Outcome::Delivered { receipt: None };
        store.write(|tx| tx.delivery_ended(1, &delivered, second(2))).expect("noted");
        assert_eq!(take(store, "one", 3), ["burns no more"]);
    });
}

#[test]
fn one_that_is_given_up_lets_the_next_go_and_can_be_revived() {
    on_each(|store| {
        let id = incidents(store, 1)[0];
        store.write(|tx| tx.send(&[message("a", id), message("b", id)], second(0))).expect("sent");
        assert_eq!(take(store, "one", 1), ["a"]);
        let dead = Outcome::Dead { error: "refused".to_owned() };
        store.write(|tx| tx.delivery_ended(1, &dead, second(2))).expect("noted");
        assert_eq!(take(store, "one", 3), ["b"]);
        let given_up = store.read(|tx| tx.dead_messages(10)).expect("messages");
        assert_eq!(given_up[0].error.as_deref(), Some("refused"));
        assert!(store.write(|tx| tx.revive_message(1, second(4))).expect("revived"));
    });
}

#[test]
fn workers_at_once_take_each_message_once() {
    on_each(|store| {
        let messages: Vec<_> =
            incidents(store, 40).iter().map(|&id| message(&format!("m{id}"), id)).collect();
        store.write(|tx| tx.send(&messages, second(0))).expect("sent");
        let work = |name: &'static str| {
            move || {
                let mut taken = Vec::new();
                loop {
                    let now = take(store, name, 1);
                    if now.is_empty() {
                        return taken;
                    }
                    taken.extend(now);
                }
            }
        };
        let all: Vec<String> = std::thread::scope(|scope| {
            let workers: Vec<_> = ["a", "b", "c"].map(|name| scope.spawn(work(name))).into();
            workers.into_iter().flat_map(|worker| worker.join().expect("a worker")).collect()
        });
        let once: HashSet<_> = all.iter().collect();
        assert_eq!((all.len(), once.len()), (40, 40));
        assert_eq!(store.read(|tx| Ok::<_, StoreError>(tx.dead_messages(10)?.len())).expect("none"), 0);
    });
}
