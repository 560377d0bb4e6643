//! People and tokens.

use stanch_store::{ApiToken, Credentials, Person, Role, Scope, Store, StoreError, Subject};

use crate::each::{on_each, person, second};

fn insert(store: &Store, person: &Person) -> Option<i64> {
    store.write(|tx| tx.insert_person(person)).expect("asked")
}

#[test]
fn a_login_and_a_subject_belong_to_one_person() {
    on_each(|store| {
        let at = |issuer: &str| Some(Subject { issuer: issuer.to_owned(), subject: "7".to_owned() });
        let ada = Person { subject: at("https://one.example"), ..person("ada") };
        let id = insert(store, &ada).expect("made");
        assert_eq!(insert(store, &person("ada")), None, "the login is taken");
        assert_eq!(insert(store, &Person { login: "eve".to_owned(), ..ada.clone() }), None, "the subject is");
        assert!(insert(store, &Person { subject: at("https://two.example"), ..person("bob") }).is_some());
        assert!(insert(store, &person("cy")).is_some() && insert(store, &person("dee")).is_some());
        let expected = Some(Person { id, ..ada.clone() });
        let found = store.read(|tx| tx.person_by_subject(ada.subject.as_ref().expect("one")));
        assert_eq!(found.expect("read"), expected);
        assert_eq!(store.read(|tx| tx.person_by_login("ada")).expect("read"), expected);
        let logins = store.read(|tx| tx.people(Some("ada"), 2)).expect("people");
        assert_eq!(logins.iter().map(|one| one.login.as_str()).collect::<Vec<_>>(), ["bob", "cy"]);
    });
}

#[test]
fn who_administers_is_counted_without_those_who_may_not_log_in() {
    on_each(|store| {
        for login in ["ada", "bob"] {
            insert(store, &Person { role: Role::Admin, ..person(login) });
        }
        let left = store.write(|tx| {
            let mut bob = tx.person_locked(2)?.expect("there");
            bob.disabled_at = Some(second(3));
            tx.update_person(&bob)?;
            assert_eq!(tx.person(2)?, Some(bob));
            tx.admins_locked()
        });
        assert_eq!(left.expect("counted"), [1]);
    });
}

#[test]
fn a_step_of_the_second_factor_and_a_recovery_code_count_once() {
    on_each(|store| {
        let id = insert(store, &person("ada")).expect("made");
        store
            .write(|tx| {
                tx.offer_totp(id, "sealed one")?;
                tx.offer_totp(id, "sealed two")?;
                assert!(!tx.confirm_totp(id, "sealed one", 10, second(7))?, "another was offered since");
                assert!(tx.confirm_totp(id, "sealed two", 10, second(7))?);
                let expected = Credentials {
                    totp: Some("sealed two".to_owned()),
                    totp_at: Some(second(7)),
                    ..Credentials::default()
                };
                assert_eq!(tx.credentials(id)?, Some(expected));
                let used = [10, 11, 11, 9, 12].map(|step| tx.use_totp_step(id, step).expect("asked"));
                assert_eq!(used, [false, true, false, false, true]);
                tx.set_recovery_codes(id, &["h1".to_owned(), "h2".to_owned()])?;
                let used = ["h1", "h1", "h3"].map(|hash| tx.use_recovery_code(id, hash, second(1)));
                assert_eq!(used.map(|used| used.expect("asked")), [true, false, false]);
                assert_eq!(tx.recovery_codes_left(id)?, 1);
                tx.remove_totp(id)?;
                assert_eq!(tx.credentials(id)?, Some(Credentials::default()));
                assert!(tx.use_totp_step(id, 3)?);
                Ok::<_, StoreError>(())
            })
            .expect("written");
    });
}

#[test]
fn a_token_counts_until_it_expires_or_is_revoked() {
    on_each(|store| {
        let token = ApiToken {
            id: 0,
            head: "stn_abcd".to_owned(),
            name: "ci".to_owned(),
            scopes: vec![Scope::Ingest, Scope::Read],
            team: None,
            created_by: "ada".to_owned(),
            created_at: second(0),
            expires_at: second(100),
            last_used: None,
            revoked_at: None,
        };
        let id = store.write(|tx| tx.insert_token("hash", &token)).expect("made");
        store.write(|tx| tx.token_used(id, second(5))).expect("noted");
        let expected = ApiToken { id, last_used: Some(second(5)), ..token.clone() };
        let found = store.read(|tx| tx.token_by_hash("hash")).expect("read").expect("there");
        assert_eq!(found, expected);
        assert_eq!([99, 100].map(|at| found.counts_at(second(at))), [true, false]);
        let revoke = || store.write(|tx| tx.revoke_token(id, second(9))).expect("asked");
        assert_eq!(revoke(), Some(ApiToken { revoked_at: Some(second(9)), ..expected }));
        assert_eq!(revoke(), None);
        let all = store.read(|tx| tx.tokens(None, 10)).expect("read");
        assert!(!all[0].counts_at(second(10)));
    });
}
