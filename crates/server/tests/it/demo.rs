//! The demonstration: half a year of a made-up company.

use std::{collections::BTreeSet, sync::Arc};

use jiff::Timestamp;
use stanch_model::{Fingerprinter, State};
use stanch_response::{Keys, Register, Settings, catalogue::Catalogue, playbook::Playbook, policy::Policy};
use stanch_server::{
    DemoError,
    auth::{Auth, AuthContext, AuthSettings, PasswordCost, PlainPages, ServerKey, Site},
    demonstrate,
};
use stanch_store::{Database, IncidentFilter, Sight, Store, Verifier};

use crate::auth::house::URL;

fn printer() -> Fingerprinter {
    Fingerprinter::of_organisation(b"a key of thirty-two bytes or more").expect("long enough")
}

fn register(store: &Store) -> Register {
    let settings = Settings {
        policy: Policy::default(),
        playbook: Playbook::default(),
        catalogue: Catalogue::default(),
        rules: [].into(),
        keys: Keys { current: printer().key(), former: None },
        url: URL.to_owned(),
    };
    Register::new(store.clone(), settings)
}

fn auth(store: &Store, folder: &std::path::Path) -> Auth {
    let cost = PasswordCost { memory_kib: 8, passes: 1 };
    let context = AuthContext {
        store: store.clone(),
        settings: AuthSettings { password_cost: cost, ..AuthSettings::default() },
        site: Site::new(URL).expect("a site"),
        key: ServerKey::load_or_make(&folder.join("server.key")).expect("a key"),
        clock: Arc::new(Timestamp::now),
        pages: Arc::new(PlainPages),
        provider: None,
    };
    Auth::new(context).expect("a door")
}

fn follow_the_trail(store: &Store) -> i64 {
    let mut verifier = Verifier::default();
    loop {
        let next = verifier.position().0 + 1;
        let entries = store.read(|tx| tx.trail_from(next, 1_000)).expect("the trail reads");
        if entries.is_empty() {
            return next - 1;
        }
        for entry in &entries {
            verifier.take(entry).expect("an unbroken trail");
        }
    }
}

#[test]
fn half_a_year_shows_every_board_and_leaves_a_whole_trail() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::open(&Database::Sqlite(folder.path().join("register.db"))).expect("a register");
    let (register, auth) = (register(&store), auth(&store, folder.path()));
    let now: Timestamp = "2026-11-27T10:00:00Z".parse().expect("a time");
    let login = demonstrate((&register, &auth), &printer(), now).expect("told");
    assert!(login.password.expose().len() > 20);

    let incidents =
        store.read(|tx| tx.incidents(&IncidentFilter::default(), &Sight::All, 1_000)).expect("incidents");
    let states: BTreeSet<&str> = incidents.iter().map(|incident| incident.state.as_str()).collect();
    for state in [State::Acknowledged, State::Closed, State::Dismissed] {
        assert!(states.contains(state.as_str()), "{state} is shown: {states:?}");
    }
    assert!(incidents.iter().any(|incident| incident.state.is_active()), "somebody has something to do");
    assert!(incidents.iter().any(|incident| incident.reopens > 0), "a regression is shown");
    assert!(incidents.iter().all(|incident| incident.detected_at <= now), "nothing is of tomorrow");
    assert_eq!(store.read(|tx| tx.outbox_depth()).expect("a depth").1, 0, "no message is lost");
    assert!(follow_the_trail(&store) > 1_000);

    let again = demonstrate((&register, &auth), &printer(), now);
    assert!(matches!(again, Err(DemoError::NotEmpty)), "what is there is left alone");
}
