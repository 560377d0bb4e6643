//! What is over is forgotten after its time; the trail never is.

use std::collections::BTreeMap;

use serde_json::json;
use stanch_model::{Origin, OriginKind};
use stanch_server::{
    Operations,
    retention::{Keep, Retention, forget},
};
use stanch_store::{Event, GateEvent, Message, Outcome, StoreError, Verifier};

use super::watched::{Plan, Watched, console, databases};

const DAY: i64 = 86_400;

/// Everything is over after ten days.
fn plan() -> Plan {
    let keep = Keep::Days(10);
    let retention = Retention {
        exposures_gone: keep,
        gate_events: keep,
        delivered_messages: keep,
        dead_messages: keep,
        closed_incidents: keep,
    };
    Plan { operations: Operations { retention, ..Operations::default() }, ..Plan::default() }
}

fn count(server: &Watched, table: &str) -> i64 {
    let sql = format!("SELECT COUNT(*) FROM {table}");
    let counted = server.store.read(|tx| tx.one(&sql, &[], |row| row.get(0)));
    counted.expect("counted").unwrap_or_default()
}

fn change(server: &Watched, sql: &str) {
    server.store.write(|tx| tx.execute(sql, &[])).expect("changed");
}

/// A gate event, three messages of which one waits, and two leaks with a place each.
fn fill(server: &Watched) {
    let origin = Origin {
        kind: OriginKind::Repository,
        name: "git.example/x".into(),
        public: None,
        environment: None,
        url: None,
    };
    let gate = GateEvent {
        client_id: "g1".to_owned(),
        at: server.now(),
        gate: "pre-push".to_owned(),
        outcome: "blocked".to_owned(),
        origin: origin.name.clone(),
        actor: "bob".to_owned(),
        reason: String::new(),
        findings: json!([]),
    };
    let message = |id: &str| Message {
        message_id: id.to_owned(),
        channel: "ops".to_owned(),
        incident: None,
        kind: "trigger".to_owned(),
        alert: json!({}),
        due_at: server.now(),
    };
    server
        .store
        .write(|tx| {
            let known = tx.origin_told(&origin, server.now())?;
            tx.gate_told(&gate, known.id)?;
            tx.send(&[message("a"), message("b"), message("c")], server.now())?;
            tx.delivery_ended(1, &Outcome::Delivered { receipt: None }, server.now())?;
            tx.delivery_ended(2, &Outcome::Dead { error: "refused".to_owned() }, server.now())?;
            tx.record(Event::new(server.now(), &console(), "test"));
            Ok::<_, StoreError>(())
        })
        .expect("filled");
    server.ingest(("repository", "git.example/acme/shop"), "s1", &["a", "b"]);
}

#[test]
fn what_is_over_is_forgotten_and_that_is_noted() {
    for database in databases() {
        let server = Watched::over(database, &plan());
        fill(&server);
        let at = server.now().as_millisecond();
        change(&server, &format!("UPDATE exposures SET gone_at = {at}"));
        change(&server, "UPDATE leaks SET state = 'closed' WHERE id = 1");
        change(&server, &format!("UPDATE incidents SET active = 0, state = 'closed', closed_at = {at}"));
        let before: BTreeMap<_, _> =
            ["events", "leaks", "incidents"].map(|table| (table, count(&server, table))).into();
        assert!(count(&server, "tasks") > 0);
        let messages = count(&server, "outbox");

        server.wait(10 * DAY);
        assert_eq!(forget(&server.app).expect("looked"), 0, "not yet");
        server.wait(1);
        assert!(forget(&server.app).expect("forgotten") > 4);
        assert_eq!(count(&server, "gate_events"), 0);
        assert_eq!(count(&server, "outbox"), messages - 2, "what waits is kept");
        assert_eq!(count(&server, "exposures"), 1, "that of the open leak is kept");
        assert_eq!(count(&server, "leaks WHERE exposures = 0"), 1);
        assert_eq!(count(&server, "leak_origins WHERE exposures = 0"), 1, "who saw it sees it still");
        assert_eq!(count(&server, "tasks"), 0);
        for (table, count_before) in before {
            let noted = i64::from(table == "events");
            assert_eq!(count(&server, table), count_before + noted, "{table}");
        }
        let last = server.store.read(|tx| tx.trail_from(1, 1000)).expect("the trail");
        let mut verifier = Verifier::default();
        for entry in &last {
            verifier.take(entry).expect("whole");
        }
        let last = &last.last().expect("an entry").event;
        assert_eq!((last.kind.as_str(), &last.detail["exposures_gone"]), ("retention.forgot", &json!(1)));
        assert_eq!(forget(&server.app).expect("looked"), 0, "and nothing is noted");
    }
}

#[test]
fn what_is_kept_for_ever_stays() {
    let forever = Keep::Forever;
    let retention = Retention {
        exposures_gone: forever,
        gate_events: forever,
        delivered_messages: forever,
        dead_messages: forever,
        closed_incidents: forever,
    };
    for database in databases() {
        let plan = Plan { operations: Operations { retention, ..Operations::default() }, ..Plan::default() };
        let server = Watched::over(database, &plan);
        fill(&server);
        server.wait(10_000 * DAY);
        assert_eq!(forget(&server.app).expect("looked"), 0);
        assert_eq!(count(&server, "gate_events"), 1);
    }
}
