//! Teams, and what they see.

use stanch_store::{GlobError, KnownOrigin, OriginGlobs, Sight, Store, StoreError, Team};

use crate::each::{on_each, origin, person, second};

fn globs(texts: &[&str]) -> OriginGlobs {
    OriginGlobs::new(texts.iter().map(|&text| text.to_owned()).collect()).expect("globs")
}

fn team(name: &str, texts: &[&str]) -> Team {
    Team { id: 0, name: name.to_owned(), globs: globs(texts), created_at: second(0) }
}

fn tell(store: &Store, name: &str) -> KnownOrigin {
    store.write(|tx| tx.origin_told(&origin(name), second(1))).expect("told")
}

fn seen(store: &Store, team: i64) -> Vec<String> {
    let origins = store.read(|tx| tx.origins(&Sight::Teams(vec![team]), None, 50)).expect("origins");
    origins.into_iter().map(|known| known.origin.name).collect()
}

#[test]
fn a_team_sees_the_origins_its_globs_cover_whichever_came_first() {
    on_each(|store| {
        for name in ["acme/shop", "acme/shop/sub", "bank/core"] {
            tell(store, name);
        }
        let add = |one: &Team| store.write(|tx| tx.insert_team(one)).expect("asked");
        let shop = add(&team("shop", &["acme/*"])).expect("made");
        let all = add(&team("all", &["acme/**", "bank/c{ore,ards}"])).expect("made");
        assert_eq!(add(&team("shop", &[])), None, "the name is taken");
        assert_eq!(seen(store, shop), ["acme/shop"]);
        let cards = tell(store, "bank/cards");
        tell(store, "acme/web");
        assert_eq!(seen(store, shop), ["acme/shop", "acme/web"]);
        assert_eq!(seen(store, all), ["acme/shop", "acme/shop/sub", "acme/web", "bank/cards", "bank/core"]);
        assert_eq!(store.read(|tx| tx.teams_of_origin(cards.id)).expect("read"), [all]);
        let changed = Team { id: shop, ..team("shop", &["bank/*"]) };
        assert!(store.write(|tx| tx.update_team(&changed)).expect("asked"));
        assert_eq!(seen(store, shop), ["bank/cards", "bank/core"]);
        let renamed = Team { id: shop, ..team("all", &["**"]) };
        assert!(!store.write(|tx| tx.update_team(&renamed)).expect("asked"), "the name is taken");
        assert_eq!(seen(store, shop), ["bank/cards", "bank/core"]);
        assert_eq!(store.write(|tx| tx.remove_team(shop)).expect("removed"), Some(changed));
        assert_eq!(seen(store, shop), Vec::<String>::new());
    });
}

#[test]
fn origins_and_globs_that_change_at_once_miss_nothing() {
    on_each(|store| {
        let id = store.write(|tx| tx.insert_team(&team("all", &["none"]))).expect("asked").expect("made");
        std::thread::scope(|scope| {
            for half in ["a", "b"] {
                scope.spawn(move || (0..20).for_each(|n| drop(tell(store, &format!("{half}/{n}")))));
            }
            scope.spawn(move || {
                for texts in [&["a/*"][..], &["none"], &["b/*"], &["a/*", "b/*"]] {
                    let changed = Team { id, ..team("all", texts) };
                    assert!(store.write(|tx| tx.update_team(&changed)).expect("asked"));
                }
            });
        });
        assert_eq!(seen(store, id).len(), 40);
    });
}

#[test]
fn a_person_is_in_the_teams_it_was_put_into_last() {
    on_each(|store| {
        store
            .write(|tx| {
                let ada = tx.insert_person(&person("ada"))?.expect("made");
                let one = tx.insert_team(&team("one", &[]))?.expect("made");
                let two = tx.insert_team(&team("two", &[]))?.expect("made");
                tx.set_teams_of(ada, &[one, two])?;
                assert_eq!(tx.teams_of(ada)?, [one, two]);
                tx.set_teams_of(ada, &[two])?;
                assert_eq!((tx.teams_of(ada)?, tx.members_of(one)?), (vec![two], vec![]));
                assert_eq!(tx.members_of(two)?, [ada]);
                Ok::<_, StoreError>(())
            })
            .expect("written");
    });
}

#[test]
fn what_is_no_glob_is_named_by_its_place() {
    let read = |texts: &[&str]| OriginGlobs::new(texts.iter().map(|&text| text.to_owned()).collect());
    assert_eq!(read(&["a", "b[", "c"]), Err(GlobError::Glob { position: 1 }));
    assert_eq!(read(&["a", ""]), Err(GlobError::Glob { position: 1 }));
    assert_eq!(read(&["a"; 201]), Err(GlobError::Many(201)));
    let long = "a".repeat(257);
    assert_eq!(read(&[&long]), Err(GlobError::Glob { position: 0 }));
}
