//! People respond.

use stanch_model::{Change, Duty, Reason, State};
use stanch_response::{Closing, Dismissal, RegisterError, Request};
use stanch_store::Sight;

use crate::desk::{Desk, evidence, finding, on_each, scan, second};

fn open(desk: &Desk) -> i64 {
    desk.ingest(&[scan("s", "acme/shop"), finding("a", "x", "c")], 1);
    desk.incident().id
}

#[test]
fn the_life_of_an_incident_is_on_record() {
    on_each(|desk| {
        let id = open(desk);
        let step = |change, reason: &str, shown: &str, at| {
            let evidence = if shown.is_empty() { Vec::new() } else { evidence(shown) };
            desk.register.step(&desk.request(id, at), change, reason, &evidence).expect("allowed")
        };
        step(Change::Acknowledge, "", "", 60);
        desk.register.assign(&desk.request(id, 61), Duty::Commander, Some("ada")).expect("assigned");
        step(Change::Contain, "", "policy denies it", 120);
        step(Change::Revoke, "", "deleted", 180);
        step(Change::Rotate, "nothing used it", "", 181);
        step(Change::Prove, "", "401 three times", 240);
        let incident = step(Change::Close, "", "", 300);
        assert_eq!(incident.state, State::Closed);
        let kinds: Vec<String> = desk.events(id).into_iter().map(|entry| entry.event.kind).collect();
        let expected =
            ["opened", "acknowledge", "handed-over", "contain", "revoke", "rotate", "prove", "close"];
        assert_eq!(kinds, expected.map(|kind| format!("incident.{kind}")));
        let told = desk.told(id);
        assert_eq!(told.len(), 7);
        assert_eq!(told[1], "pager acknowledge: acknowledged: acknowledge by ada");
        assert_eq!(told[6], "pager resolve: closed: close by ada");
    });
}

#[test]
fn closing_in_one_go_needs_what_shows_each_step() {
    on_each(|desk| {
        let id = open(desk);
        let mut closing = Closing { revoked: evidence("deleted"), ..Closing::default() };
        let refused = desk.register.close(&desk.request(id, 2), &closing).expect_err("no proof");
        assert_eq!(refused.to_string(), "cannot rotate without evidence");
        assert_eq!(desk.incident().state, State::Open, "nothing was done");
        closing.rotated = evidence("the new one is in the vault");
        closing.proven = evidence("401");
        let closed = desk.register.close(&desk.request(id, 3), &closing).expect("closed");
        assert_eq!((closed.state, closed.milestones.acknowledged), (State::Closed, Some(second(3))));
    });
}

#[test]
fn nobody_overwrites_what_they_have_not_seen() {
    on_each(|desk| {
        let id = open(desk);
        let seen = desk.incident().version;
        let request = Request { version: Some(seen), ..desk.request(id, 2) };
        desk.register.step(&request, Change::Acknowledge, "", &[]).expect("the first");
        let refused = desk.register.step(&request, Change::Contain, "", &[]).expect_err("it was changed");
        assert!(matches!(refused, RegisterError::Changed { .. }), "{refused}");
        let elsewhere = Request { sight: &Sight::Teams(vec![9]), ..desk.request(id, 3) };
        let refused = desk.register.step(&elsewhere, Change::Contain, "", &[]).expect_err("not theirs");
        assert_eq!(refused.to_string(), format!("there is no incident {id}"));
    });
}

#[test]
fn who_does_not_acknowledge_is_escalated_once() {
    on_each(|desk| {
        let id = open(desk);
        assert_eq!(desk.register.tick(second(600)).expect("a tick"), 0);
        assert_eq!(desk.register.tick(second(902)).expect("a tick"), 1);
        assert_eq!(desk.register.tick(second(903)).expect("a tick"), 0);
        assert_eq!(desk.told(id)[1], "boss trigger: nobody has acknowledged this for 15m");
        assert_eq!(desk.incident().channels, ["pager", "boss"]);
    });
    on_each(|desk| {
        let id = open(desk);
        desk.register.step(&desk.request(id, 60), Change::Acknowledge, "", &[]).expect("acknowledged");
        assert_eq!(desk.register.tick(second(902)).expect("a tick"), 0, "somebody is at it");
    });
}

#[test]
fn an_incident_is_split_and_taken_in_again() {
    on_each(|desk| {
        desk.ingest(&[scan("s", "acme/shop"), finding("a", "x", "c"), finding("b", "y", "c")], 1);
        let id = desk.incident().id;
        let part = desk.register.split(&desk.request(id, 2), &[1], "the other one").expect("split");
        assert_eq!(desk.incidents().iter().map(|incident| incident.leaks).collect::<Vec<_>>(), [1, 1]);
        let refused = desk.register.split(&desk.request(id, 3), &[2], "all").expect_err("none left");
        assert_eq!(refused.to_string(), "leaks: none would be left");
        let whole = desk.register.merge(&desk.request(id, 4), part, "one case after all").expect("merged");
        assert_eq!(whole.leaks, 2);
        let states: Vec<State> = desk.incidents().iter().map(|incident| incident.state).collect();
        assert_eq!(states, [State::Dismissed, State::Open]);
    });
}

#[test]
fn an_accepted_risk_ends() {
    on_each(|desk| {
        let id = open(desk);
        let accept = |days: i64| Dismissal {
            why: Reason::AcceptedRisk,
            words: "only reachable inside".to_owned(),
            owner: "ada".to_owned(),
            expires: Some(second(days * 86_400)),
        };
        let refused = desk.register.dismiss(&desk.request(id, 2), &accept(91)).expect_err("too long");
        assert_eq!(refused.to_string(), "expires: a risk is accepted for 90 days at most");
        desk.register.dismiss(&desk.request(id, 2), &accept(30)).expect("dismissed");
    });
}

#[test]
fn notes_links_and_tasks_are_events() {
    on_each(|desk| {
        let id = open(desk);
        desk.register.note(&desk.request(id, 2), "looking", None).expect("a note");
        desk.register.note(&desk.request(id, 3), "the ticket", Some("https://t.example/1")).expect("a link");
        let refused =
            desk.register.note(&desk.request(id, 3), "x", Some("javascript:alert(1)")).expect_err("no link");
        assert!(refused.to_string().starts_with("url: expected a link"), "{refused}");
        let tasks = desk.register.store().read(|tx| tx.tasks(id)).expect("tasks");
        assert!(!tasks.is_empty(), "the playbook has a checklist for everything");
        desk.register.tick_task(&desk.request(id, 4), tasks[0].id, true).expect("ticked");
        let refused = desk.register.tick_task(&desk.request(id, 4), 999_999, true).expect_err("no task");
        assert_eq!(refused.to_string(), format!("incident {id} has no task 999999"));
    });
}
