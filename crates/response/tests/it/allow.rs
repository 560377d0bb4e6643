//! Secrets are let be.

use stanch_model::{Change, Reason, State};
use stanch_response::{Asker, RegisterError, Terms};
use stanch_store::{GrantFilter, GrantState, LeakState, Sight};

use crate::desk::{Desk, evidence, finding, on_each, scan, second};

fn terms(why: Reason, days: i64) -> Terms {
    Terms {
        why,
        words: "only reachable inside".to_owned(),
        owner: "bob".to_owned(),
        ticket: Some("SEC-7".to_owned()),
        expires: Some(second(days * 86_400)),
    }
}

fn asker(desk: &Desk, at: i64) -> Asker<'_> {
    Asker { actor: &desk.ada, sight: &Sight::All, now: second(at) }
}

fn states(desk: &Desk) -> Vec<LeakState> {
    let read = |tx: &mut stanch_store::Tx<'_>| tx.leaks(&stanch_store::LeakFilter::default(), &Sight::All, 9);
    let mut leaks = desk.register.store().read(read).expect("leaks");
    leaks.reverse();
    leaks.into_iter().map(|leak| leak.state).collect()
}

#[test]
fn the_last_secret_that_is_let_be_dismisses_its_incident() {
    on_each(|desk| {
        desk.ingest(&[scan("s", "acme/shop"), finding("a", "x", "c"), finding("b", "y", "c")], 1);
        let id = desk.incident().id;
        let risk = terms(Reason::AcceptedRisk, 30);
        let grant = desk.register.allow(1, &asker(desk, 2), &risk).expect("granted");
        assert_eq!((grant.owner.as_str(), grant.approver.as_deref()), ("bob", Some("ada")));
        assert_eq!(states(desk), [LeakState::Dismissed, LeakState::Open]);
        assert_eq!(desk.incident().state, State::Open, "the other one is open");
        desk.register.allow(2, &asker(desk, 3), &risk).expect("granted");
        assert_eq!(desk.incident().state, State::Dismissed);
        let kinds: Vec<String> = desk.events(id).into_iter().map(|entry| entry.event.kind).collect();
        assert_eq!(
            kinds[2..],
            ["allowance.granted", "allowance.granted", "incident.dismiss"].map(str::to_owned)
        );
        assert_eq!(desk.told(id).last().expect("told"), "pager resolve: dismissed: dismiss by ada");
    });
}

#[test]
fn what_was_revoked_is_closed_and_not_let_be() {
    on_each(|desk| {
        desk.ingest(&[scan("s", "acme/shop"), finding("a", "x", "c")], 1);
        let id = desk.incident().id;
        let revoke = Change::Revoke;
        desk.register.step(&desk.request(id, 2), revoke, "", &evidence("deleted")).expect("revoked");
        let refused = desk.register.allow(1, &asker(desk, 3), &terms(Reason::Revoked, 300));
        assert!(matches!(refused, Err(RegisterError::Refused(_))), "{refused:?}");
        assert_eq!(states(desk), [LeakState::Open], "nothing was done");
        for (change, at) in [(Change::Rotate, 4), (Change::Prove, 5)] {
            desk.register.step(&desk.request(id, at), change, "", &evidence("seen")).expect("allowed");
        }
        desk.register.step(&desk.request(id, 6), Change::Close, "", &[]).expect("closed");
        desk.register.allow(1, &asker(desk, 7), &terms(Reason::RotatedInHistory, 300)).expect("granted");
        assert_eq!(states(desk), [LeakState::Closed], "closed is more than let be");
    });
}

#[test]
fn an_incident_that_is_closed_leaves_alone_what_is_let_be() {
    on_each(|desk| {
        desk.ingest(&[scan("s", "acme/shop"), finding("a", "x", "c"), finding("b", "y", "c")], 1);
        let id = desk.incident().id;
        desk.register.allow(1, &asker(desk, 2), &terms(Reason::TestCredential, 300)).expect("granted");
        let closing = stanch_response::Closing {
            revoked: evidence("deleted"),
            rotated: evidence("replaced"),
            proven: evidence("401"),
            ..Default::default()
        };
        desk.register.close(&desk.request(id, 3), &closing).expect("closed");
        assert_eq!(states(desk), [LeakState::Dismissed, LeakState::Closed]);
    });
}

#[test]
fn terms_have_limits() {
    on_each(|desk| {
        desk.ingest(&[scan("s", "acme/shop"), finding("a", "x", "c")], 1);
        let refused = |terms: Terms| {
            desk.register.allow(1, &asker(desk, 2), &terms).expect_err("not allowed").to_string()
        };
        assert_eq!(
            refused(terms(Reason::AcceptedRisk, 91)),
            "expires: a risk is accepted for 90 days at most"
        );
        assert_eq!(
            refused(terms(Reason::FalsePositive, 367)),
            "expires: an allowance counts for 366 days at most"
        );
        assert_eq!(refused(terms(Reason::FalsePositive, -1)), "expires: is in the past");
        let wordless = Terms { words: " ".to_owned(), ..terms(Reason::FalsePositive, 9) };
        assert_eq!(refused(wordless), "reason: is empty");
        let blind = Asker { sight: &Sight::Teams(vec![7]), ..asker(desk, 2) };
        let refused = desk.register.allow(1, &blind, &terms(Reason::FalsePositive, 9));
        assert!(matches!(refused, Err(RegisterError::NoLeak(1))), "not theirs");
    });
}

#[test]
fn an_allowance_that_ends_lets_the_next_scan_open_the_case_again() {
    on_each(|desk| {
        let found = [scan("s", "acme/shop"), finding("a", "x", "c")];
        desk.ingest(&found, 1);
        let grant =
            desk.register.allow(1, &asker(desk, 2), &terms(Reason::FalsePositive, 30)).expect("granted");
        desk.ingest(&found, 3);
        assert_eq!(desk.incident().state, State::Dismissed);
        let blind = Asker { sight: &Sight::Teams(vec![7]), ..asker(desk, 4) };
        let refused = desk.register.end_allowance(grant.id, &blind, "no longer true");
        assert!(matches!(refused, Err(RegisterError::NoAllowance(_))), "not theirs");
        desk.register.end_allowance(grant.id, &asker(desk, 4), "no longer true").expect("ended");
        let again = desk.register.end_allowance(grant.id, &asker(desk, 5), "again").expect_err("over");
        assert_eq!(again.to_string(), format!("allowance {} is over already", grant.id));
        let over = GrantFilter { state: Some((GrantState::Over, second(6))), ..GrantFilter::default() };
        let ended = desk.register.store().read(|tx| tx.grants(&over, &Sight::All, 9)).expect("allowances");
        assert_eq!((ended[0].leak, ended[0].grant.ended_by.as_deref()), (Some(1), Some("ada")));
        desk.ingest(&found, 7);
        assert_eq!(desk.incident().state, State::Reopened);
    });
}
