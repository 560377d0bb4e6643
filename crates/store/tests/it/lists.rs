//! Lists with filters, as pages ask for them.

use stanch_model::OriginKind;
use stanch_store::{
    Deliveries, LeakFilter, Message, Outcome, PlaceFilter, PlaceTally, Presence, Sight, Sighting, Store,
    StoreError, Timer, TrailFilter,
};

use crate::each::{actor, header, incident, leak, on_each, second};

/// A leak with this account in one place of an origin of this kind; in a commit, if it is a repository.
fn place(store: &Store, name: &str, kind: OriginKind, account: Option<&str>) -> (i64, i64) {
    store
        .write(|tx| {
            let mut header = header(name, &format!("{kind}/acme/{name}"));
            header.origin.kind = kind;
            let origin = tx.origin_told(&header.origin, second(1))?.id;
            let scan = tx.scan_told(&header, origin, second(1))?.id;
            let mut leak = leak(&format!("sf1:k:{name}"));
            leak.account = account.map(str::to_owned);
            leak.rule = format!("{name}-token");
            leak.public = kind == OriginKind::Repository;
            let leak = tx.insert_leaks(&[leak])?[0].1;
            let seen = Sighting {
                kind,
                place: name.to_owned(),
                leak,
                origin,
                scan,
                scope: "history".to_owned(),
                path: "src/main.rs".to_owned(),
                line: 3,
                commit: (kind == OriginKind::Repository).then(|| "c0ffee".to_owned()),
                author: None,
                exposed_at: None,
                provenance: "[]".to_owned(),
                url: None,
            };
            tx.sight(&[seen], second(1))?;
            Ok::<_, StoreError>((leak, origin))
        })
        .expect("a place")
}

#[test]
fn places_are_found_by_kind_origin_rule_and_time() {
    on_each(|store| {
        let (shop, _) = place(store, "shop", OriginKind::Repository, None);
        let (log, _) = place(store, "build", OriginKind::CiLog, None);
        let found = |filter: PlaceFilter, sight: &Sight| -> Vec<i64> {
            let places = store.read(|tx| tx.places(&filter, sight, 9)).expect("places");
            places.into_iter().map(|place| place.leak).collect()
        };
        let all = |filter| found(filter, &Sight::All);
        let none = PlaceFilter::default;
        let words = |text: &str| Some(text.to_owned());
        assert_eq!(all(none()), [log, shop]);
        assert_eq!(all(PlaceFilter { kinds: vec![OriginKind::CiLog], ..none() }), [log]);
        assert!(all(PlaceFilter { kinds: vec![OriginKind::Image], ..none() }).is_empty());
        assert_eq!(all(PlaceFilter { committed: Some(true), ..none() }), [shop]);
        assert_eq!(all(PlaceFilter { committed: Some(false), ..none() }), [log]);
        assert_eq!(all(PlaceFilter { origin: words("ACME/sh"), ..none() }), [shop]);
        assert!(all(PlaceFilter { origin: words("100%"), ..none() }).is_empty());
        assert_eq!(all(PlaceFilter { rule: words("BUILD-"), ..none() }), [log]);
        let named = vec!["shop-token".to_owned()];
        assert_eq!(all(PlaceFilter { rule: words("a title"), rules: named, ..none() }), [shop]);
        assert!(all(PlaceFilter { rule: words("a title"), ..none() }).is_empty());
        assert!(all(PlaceFilter { since: Some(second(2)), ..none() }).is_empty());
        assert!(found(none(), &Sight::Teams(vec![9])).is_empty(), "of another team");
        let kinds = store.read(|tx| tx.places_by_kind(shop, &Sight::All)).expect("kinds");
        assert_eq!(kinds, [PlaceTally { kind: "repository".to_owned(), places: 1, gone: 0 }]);
    });
}

#[test]
fn leaks_are_found_by_where_they_stand() {
    on_each(|store| {
        let (shop, _) = place(store, "shop", OriginKind::Repository, Some("acme"));
        let (log, origin) = place(store, "build", OriginKind::CiLog, Some("acme"));
        let later =
            store.write(|tx| tx.scan_told(&header("later", "x"), origin, second(2))).expect("a scan").id;
        store.write(|tx| tx.gone_unless_seen(origin, "history", later, second(2))).expect("gone");
        let found = |filter: LeakFilter| -> Vec<i64> {
            let leaks = store.read(|tx| tx.leaks(&filter, &Sight::All, 9)).expect("leaks");
            leaks.into_iter().map(|leak| leak.id).collect()
        };
        let none = LeakFilter::default;
        assert_eq!(found(LeakFilter { kind: Some(OriginKind::CiLog), ..none() }), [log]);
        assert_eq!(found(LeakFilter { kind: Some(OriginKind::Repository), ..none() }), [shop]);
        assert_eq!(found(LeakFilter { public: Some(true), ..none() }), [shop]);
        assert_eq!(found(LeakFilter { public: Some(false), ..none() }), [log]);
        assert_eq!(found(LeakFilter { presence: Some(Presence::There), ..none() }), [shop]);
        assert_eq!(found(LeakFilter { presence: Some(Presence::Gone), ..none() }), [log]);
        assert_eq!(found(LeakFilter { account: Some("acme".to_owned()), ..none() }), [log, shop]);
        assert_eq!(found(LeakFilter { text: Some("Acme/Build".to_owned()), ..none() }), [log]);
        let seen = store.read(|tx| tx.leaks_of(&[shop, log, 99], &Sight::All)).expect("leaks");
        assert_eq!(seen.len(), 2);
        assert!(store.read(|tx| tx.leaks_of(&[shop], &Sight::Teams(vec![9]))).expect("leaks").is_empty());
    });
}

#[test]
fn incidents_share_accounts_and_commits() {
    on_each(|store| {
        let make = |keys: [&str; 2]| {
            let keys = keys.map(str::to_owned);
            store
                .write(|tx| {
                    let id = tx.insert_incident(&incident("one"))?;
                    tx.group_incident(id, &keys, second(0))?;
                    tx.set_timer(&Timer {
                        id: 0,
                        incident: id,
                        kind: "escalate".to_owned(),
                        detail: serde_json::json!({}),
                        due_at: second(900),
                    })?;
                    Ok::<_, StoreError>(id)
                })
                .expect("an incident")
        };
        let one = make(["account a", "repository r"]);
        let two = make(["account a", "repository r"]);
        make(["account b", "repository r"]);
        let shared = store.read(|tx| tx.incidents_in_common(one, &Sight::All, 9)).expect("incidents");
        let shared: Vec<_> = shared.iter().map(|(key, incident)| (key.as_str(), incident.id)).collect();
        assert_eq!(shared, [("account a", two)], "a repository is not close enough");
        let due = store.read(|tx| tx.escalations_of(&[two])).expect("times");
        assert_eq!(due, [(two, second(900))]);
    });
}

#[test]
fn deliveries_are_told_by_channel() {
    on_each(|store| {
        let id = store.write(|tx| tx.insert_incident(&incident("one"))).expect("an incident");
        let message = |name: &str, channel: &str| Message {
            message_id: name.to_owned(),
            channel: channel.to_owned(),
            incident: Some(id),
            kind: "trigger".to_owned(),
            alert: serde_json::json!({}),
            due_at: second(0),
        };
        let told = store
            .write(|tx| {
                tx.send(&[message("a", "pager"), message("b", "pager"), message("c", "mail")], second(0))?;
                let delivered = Outcome::Delivered { receipt: None };
                tx.delivery_ended(1, &delivered, second(5))?;
                tx.delivery_ended(3, &Outcome::Dead { error: "no".to_owned() }, second(6))?;
                tx.deliveries()
            })
            .expect("deliveries");
        let line = |channel: &str, last, waiting, dead, error: Option<&str>| Deliveries {
            channel: channel.to_owned(),
            last,
            waiting,
            dead,
            error: error.map(str::to_owned),
        };
        assert_eq!(told, [line("mail", None, 0, 1, Some("no")), line("pager", Some(second(5)), 1, 0, None)]);
    });
}

#[test]
fn the_trail_is_searched_by_words_and_time() {
    on_each(|store| {
        store
            .write(|tx| {
                for (at, reason) in [(1, "100% sure"), (5, "Not sure")] {
                    tx.record(stanch_store::Event::new(second(at), &actor(), "test.event").reason(reason));
                }
                Ok::<_, StoreError>(())
            })
            .expect("events");
        let count = |filter: TrailFilter| store.read(|tx| tx.trail(&filter, 9)).expect("entries").len();
        let text = |words: &str| TrailFilter { text: Some(words.to_owned()), ..TrailFilter::default() };
        assert_eq!([count(text("SURE")), count(text("0% s")), count(text("%not"))], [2, 1, 0]);
        assert_eq!(count(TrailFilter { from: Some(second(2)), ..TrailFilter::default() }), 1);
        assert_eq!(count(TrailFilter { until: Some(second(5)), ..TrailFilter::default() }), 1);
    });
}
