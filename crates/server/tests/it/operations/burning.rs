//! Channels are told when the error budget of a promise begins to burn too fast, and when it does so no more: once, however many servers look.

use stanch_connectors::{Alert, AlertKind};
use stanch_model::Urgency;

use super::watched::{Plan, Watched, databases};

const POLICY: &str = r#"
    [objectives]
    window = "30d"
    detect_within = "24h"
    detect_share = 0.95
    revoke_within = { critical = "60m", high = "24h", medium = "7d", low = "30d" }
    revoke_share = 0.95
    burn = [
      { long = "1h", short = "5m", rate = 14.4, urgency = "page" },
      { long = "3d", short = "6h", rate = 1, urgency = "ticket" },
    ]
    notify = ["ops"]
"#;

/// Several servers look at once; gives how many changes they told of.
fn watch(server: &Watched) -> usize {
    std::thread::scope(|scope| {
        let look = || server.register.watch_objectives(server.now()).expect("looked");
        let lookers: Vec<_> = (0..3).map(|_| scope.spawn(look)).collect();
        lookers.into_iter().map(|looker| looker.join().expect("a looker")).sum()
    })
}

/// What the channel is told now, in order.
fn told(server: &Watched) -> Vec<Alert> {
    let now = server.now();
    let mut alerts = Vec::new();
    loop {
        let due = server.store.write(|tx| tx.take_due("test", now, now, 100)).expect("messages");
        if due.is_empty() {
            return alerts;
        }
        for message in due {
            let delivered = stanch_store::Outcome::Delivered { receipt: None };
            server.store.write(|tx| tx.delivery_ended(message.id, &delivered, now)).expect("noted");
            if message.channel == "ops" {
                alerts.push(serde_json::from_value(message.alert).expect("an alert"));
            }
        }
    }
}

#[test]
fn a_promise_that_will_be_broken_is_told_of_once_and_so_is_its_end() {
    for database in databases() {
        let server = Watched::over(database, &Plan { policy: POLICY, ..Plan::default() });
        assert_eq!(watch(&server), 0, "nothing happened yet");
        server.ingest(("repository", "git.example/acme/shop"), "s1", &["a", "b"]);
        server.wait(3_599);
        assert_eq!(watch(&server), 0, "there is time");
        server.wait(60);
        assert_eq!(watch(&server), 1);
        assert_eq!(watch(&server), 0, "that was told");
        let alerts = told(&server);
        let [begun] = alerts.as_slice() else { panic!("{alerts:?}") };
        assert_eq!(
            (begun.key.as_str(), begun.kind, begun.urgency),
            ("stanch-objective-revoke-critical-1", AlertKind::Trigger, Urgency::Page)
        );
        assert_eq!(begun.incident.title, "95 % of critical leaks revoked within 1h");
        assert_eq!(begun.summary, "the error budget burns 20.0 times faster than allowed, over 1h");
        server.wait(6 * 3_600 + 60);
        assert_eq!(watch(&server), 1);
        let alerts = told(&server);
        let [ended] = alerts.as_slice() else { panic!("{alerts:?}") };
        assert_eq!((&ended.key, ended.kind), (&begun.key, AlertKind::Resolve));
        let kinds = server.store.read(|tx| {
            let filter =
                stanch_store::TrailFilter { kind: Some("objective.".to_owned()), ..Default::default() };
            tx.trail(&filter, 10)
        });
        let kinds: Vec<_> = kinds.expect("the trail").into_iter().map(|entry| entry.event.kind).collect();
        assert_eq!(kinds, ["objective.recovered", "objective.burning"]);
    }
}

#[test]
fn the_next_time_is_another_alert_and_one_that_gets_worse_pages() {
    for database in databases() {
        let server = Watched::over(database, &Plan { policy: POLICY, ..Plan::default() });
        server.ingest(("repository", "git.example/acme/shop"), "s1", &["a"]);
        server.wait(2 * 3_600 + 3_660);
        assert_eq!(watch(&server), 1);
        let first = told(&server).remove(0);
        assert_eq!(
            (first.urgency, first.key.as_str()),
            (Urgency::Ticket, "stanch-objective-revoke-critical-1")
        );
        server.ingest(("repository", "git.example/acme/site"), "s2", &["b"]);
        server.wait(3_660);
        assert_eq!(watch(&server), 1);
        let worse = told(&server).remove(0);
        assert_eq!((worse.urgency, &worse.key, worse.kind), (Urgency::Page, &first.key, AlertKind::Trigger));
        assert_ne!(worse.id, first.id);
        server.wait(7 * 3_600);
        assert_eq!(watch(&server), 1);
        server.ingest(("repository", "git.example/acme/blog"), "s3", &["c"]);
        server.wait(3_660);
        assert_eq!(watch(&server), 1);
        assert_eq!(told(&server).pop().expect("an alert").key, "stanch-objective-revoke-critical-2");
    }
}
