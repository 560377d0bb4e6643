//! Sessions, logins that are half done, set-up links and throttling.

use jiff::SignedDuration;
use stanch_store::{
    Forgiven, LoginStep, Person, Session, SetupLink, Store, StoreError, ThrottleRule, Throttled,
};

use crate::each::{on_each, person, second};

fn session(person: i64, expires: i64) -> Session {
    Session {
        id: 0,
        person,
        created_at: second(0),
        last_seen: second(0),
        expires_at: second(expires),
        address: "192.0.2.1".to_owned(),
        agent: "a browser".to_owned(),
    }
}

fn ada(store: &Store) -> i64 {
    store.write(|tx| tx.insert_person(&person("ada"))).expect("asked").expect("made")
}

#[test]
fn a_session_ends_by_time_by_disuse_and_with_its_person() {
    on_each(|store| {
        let id = ada(store);
        store.write(|tx| tx.insert_session("hash", &session(id, 100))).expect("begun");
        let find = |now, idle_since| {
            let found = store.read(|tx| tx.session_by_hash("hash", second(now), second(idle_since)));
            found.expect("read").map(|(session, person)| (session.last_seen, person.login))
        };
        assert_eq!(find(99, -1), Some((second(0), "ada".to_owned())));
        assert_eq!(find(100, -1), None, "its time is over");
        assert_eq!(find(50, 0), None, "it was not used");
        store.write(|tx| tx.session_seen(1, second(40))).expect("noted");
        assert_eq!(find(50, 30), Some((second(40), "ada".to_owned())));
        let disabled = Person { id, disabled_at: Some(second(41)), ..person("ada") };
        store.write(|tx| tx.update_person(&disabled)).expect("disabled");
        assert_eq!(find(50, 30), None, "the person may not log in");
    });
}

#[test]
fn sessions_of_a_person_are_limited_and_end_only_for_their_owner() {
    on_each(|store| {
        let id = ada(store);
        for n in 0..25 {
            store.write(|tx| tx.insert_session(&format!("hash {n}"), &session(id, 100))).expect("begun");
        }
        let list = || store.read(|tx| tx.sessions_of(id, second(1), second(-1))).expect("read");
        let first = list();
        assert_eq!((first.len(), first[0].id, first[19].id), (20, 25, 6));
        assert!(!store.write(|tx| tx.end_session(id + 1, 25)).expect("asked"), "not hers");
        assert!(store.write(|tx| tx.end_session(id, 25)).expect("asked"));
        assert_eq!(store.write(|tx| tx.end_sessions(id)).expect("ended"), 19);
        assert!(list().is_empty());
    });
}

#[test]
fn a_login_step_counts_for_its_kind_a_few_times_and_until_a_time() {
    on_each(|store| {
        let step = LoginStep {
            kind: "totp".to_owned(),
            person: None,
            detail: "sealed".to_owned(),
            expires_at: second(10),
        };
        store.write(|tx| tx.insert_login_step("hash", &step)).expect("kept");
        let take = |hash: &str, kind: &str, now| {
            store.write(|tx| tx.try_login_step(hash, kind, 2, second(now))).expect("asked")
        };
        assert_eq!(take("other", "totp", 1), None);
        assert_eq!(take("hash", "oidc", 1), None);
        assert_eq!(take("hash", "totp", 10), None, "too late");
        assert_eq!([1, 2, 3].map(|now| take("hash", "totp", now).is_some()), [true, true, false]);
        let end = || store.write(|tx| tx.end_login_step("hash")).expect("asked");
        assert_eq!((end(), end()), (true, false));
    });
}

#[test]
fn a_setup_link_counts_once_until_another_is_made() {
    on_each(|store| {
        let id = ada(store);
        let link = |person| SetupLink { person, created_at: second(0), expires_at: second(10) };
        let add = |hash: &str, person| {
            store.write(|tx| tx.insert_setup_link(hash, &link(person))).expect("made");
        };
        add("first", None);
        add("hers", Some(id));
        add("second", None);
        let take = |hash: &str, now| store.write(|tx| tx.use_setup_link(hash, second(now))).expect("asked");
        assert_eq!(take("first", 1), None, "replaced");
        assert_eq!(take("second", 10), None, "too late");
        assert_eq!(store.read(|tx| tx.setup_link("second", second(9))).expect("read"), Some(link(None)));
        assert_eq!((take("second", 9), take("second", 9)), (Some(link(None)), None));
        assert_eq!(take("hers", 2), Some(link(Some(id))));
    });
}

const RULE: ThrottleRule = ThrottleRule {
    free: 2,
    first: SignedDuration::from_secs(4),
    longest: SignedDuration::from_secs(10),
    forgotten_after: SignedDuration::from_secs(100),
};

#[test]
fn who_fails_waits_and_who_is_forgiven_does_not() {
    on_each(|store| {
        let ask = |key: &str, now| store.write(|tx| tx.throttle(key, &RULE, second(now))).expect("asked");
        let until = |at| Throttled::Until(second(at));
        let asked = [0, 0, 0, 1, 4, 5, 12, 13, 22].map(|now| ask("a", now));
        let go = Throttled::Try;
        assert_eq!(asked, [go, go, go, until(4), go, until(12), go, until(22), go]);
        assert_eq!(ask("b", 5), Throttled::Try, "another key");
        store.write(|tx| tx.throttle_forgive("a", Forgiven::Last)).expect("forgiven");
        assert_eq!([23, 24].map(|now| ask("a", now)), [go, until(33)], "the others still count");
        store.write(|tx| tx.throttle_forgive("a", Forgiven::All)).expect("forgiven");
        assert_eq!([24, 24, 24].map(|now| ask("a", now)), [go, go, go]);
        assert_eq!([200, 200, 200, 200].map(|now| ask("a", now)), [go, go, go, until(204)], "forgotten");
    });
}

#[test]
fn guesses_at_once_gain_nothing() {
    on_each(|store| {
        let guess = || (0..5).filter(|_| go(store)).count();
        let went: usize = std::thread::scope(|scope| {
            let all: Vec<_> = (0..4).map(|_| scope.spawn(guess)).collect();
            all.into_iter().map(|guesser| guesser.join().expect("a guesser")).sum()
        });
        assert_eq!(went, 3);
    });
}

fn go(store: &Store) -> bool {
    store.write(|tx| tx.throttle("a", &RULE, second(0))).expect("asked") == Throttled::Try
}

#[test]
fn what_happens_often_is_told_once_a_period_with_its_count() {
    on_each(|store| {
        let minute = SignedDuration::from_mins(1);
        let tell = |now| store.write(|tx| tx.tell_once("a", minute, second(now))).expect("asked");
        assert_eq!([0, 1, 59, 60, 61, 200].map(tell), [Some(1), None, None, Some(3), None, Some(2)]);
    });
}

#[test]
fn what_has_ended_is_forgotten() {
    on_each(|store| {
        let id = ada(store);
        let day = 86_400;
        store
            .write(|tx| {
                tx.insert_session("old", &session(id, 10))?;
                tx.insert_session("new", &session(id, 2 * day))?;
                tx.throttle("a", &RULE, second(0))?;
                tx.forget_logins(second(day), second(-1))?;
                assert_eq!(tx.sessions_of(id, second(day), second(-1))?.len(), 1);
                let counts = tx.query("SELECT key FROM throttles", &[], |row| row.get::<String>(0))?;
                assert!(counts.is_empty());
                Ok::<_, StoreError>(())
            })
            .expect("written");
    });
}
