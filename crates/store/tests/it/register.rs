//! Leaks, exposures and incidents.

use stanch_model::{Severity, State};
use stanch_store::{IncidentFilter, LeakFilter, Order, Sight, Sighting, Store, StoreError};

use crate::each::{header, incident, leak, on_each, second};

fn sighting(place: &str, leak: i64, origin: i64, scan: i64) -> Sighting {
    Sighting {
        place: place.to_owned(),
        leak,
        origin,
        kind: stanch_model::OriginKind::Repository,
        scan,
        scope: "history".to_owned(),
        path: "src/main.rs".to_owned(),
        line: 3,
        commit: Some("c0ffee".to_owned()),
        author: None,
        exposed_at: Some(second(-5)),
        provenance: "[]".to_owned(),
        url: None,
    }
}

/// A scan of this origin that sees the places of one leak; gives origin and scan.
fn scan(store: &Store, id: &str, name: &str, places: &[&str], leak: i64) -> (i64, i64) {
    store
        .write(|tx| {
            let header = header(id, name);
            let origin = tx.origin_told(&header.origin, second(1))?.id;
            let scan = tx.scan_told(&header, origin, second(1))?.id;
            let seen: Vec<_> = places.iter().map(|place| sighting(place, leak, origin, scan)).collect();
            tx.sight(&seen, second(1))?;
            Ok::<_, StoreError>((origin, scan))
        })
        .expect("a scan")
}

fn new_leak(store: &Store, fingerprint: &str) -> i64 {
    store.write(|tx| tx.insert_leaks(&[leak(fingerprint)])).expect("a leak")[0].1
}

#[test]
fn a_leak_is_there_once_whatever_it_is_called() {
    on_each(|store| {
        let id = new_leak(store, "sf1:new:a");
        assert!(store.write(|tx| tx.insert_leaks(&[leak("sf1:new:a")])).expect("no leak").is_empty());
        store.write(|tx| tx.leak_also_called(id, "sf1:old:a")).expect("a name");
        let names = ["sf1:new:a", "sf1:old:a", "sf1:new:b"].map(str::to_owned);
        let found = store.read(|tx| tx.leaks_by_fingerprint(&names)).expect("leaks");
        assert_eq!((found.len(), found["sf1:old:a"]), (2, id));
        let read = store.read(|tx| tx.leak(id, &Sight::All)).expect("a leak").expect("there");
        let expected = stanch_store::Leak { id, ..leak("sf1:new:a") };
        assert_eq!(read, expected);
    });
}

#[test]
fn a_place_seen_again_stays_one_and_is_gone_when_a_later_scan_misses_it() {
    on_each(|store| {
        let id = new_leak(store, "sf1:k:a");
        scan(store, "first", "acme/shop", &["p", "q"], id);
        let (origin, second_scan) = scan(store, "second", "acme/shop", &["q", "r"], id);
        let gone = store.write(|tx| tx.gone_unless_seen(origin, "history", second_scan, second(2)));
        assert_eq!(gone.expect("counted"), 1);
        let places = store.read(|tx| tx.exposures(id, &Sight::All, None, 10)).expect("places");
        let gone: Vec<_> = places.iter().map(|place| place.gone_at.is_some()).collect();
        assert_eq!(gone, [false, false, true], "newest first: r, q, p");
        scan(store, "third", "acme/shop", &["p"], id);
        let places = store.read(|tx| tx.exposures(id, &Sight::All, None, 10)).expect("places");
        assert!(places.iter().all(|place| place.gone_at.is_none()), "what is seen again is there");
    });
}

#[test]
fn a_team_sees_what_stands_in_its_origins_only() {
    on_each(|store| {
        let (shop, bank) = (new_leak(store, "sf1:k:shop"), new_leak(store, "sf1:k:bank"));
        let (origin, _) = scan(store, "a", "acme/shop", &["p"], shop);
        scan(store, "b", "acme/bank", &["q"], bank);
        scan(store, "c", "acme/bank", &["r"], shop);
        let number = store
            .write(|tx| {
                tx.execute("INSERT INTO team_origins (team_id, origin_id) VALUES (7, $1)", &[origin.into()])?;
                let number = tx.insert_incident(&incident("bank"))?;
                let mut leak = tx.leaks_locked(&[bank])?.remove(&bank).expect("there");
                leak.incident = Some(number);
                tx.update_leak(&leak)?;
                Ok::<_, StoreError>(number)
            })
            .expect("a team");
        let mine = Sight::Teams(vec![7]);
        let leaks = store.read(|tx| tx.leaks(&LeakFilter::default(), &mine, 10)).expect("leaks");
        assert_eq!(leaks.iter().map(|leak| leak.id).collect::<Vec<_>>(), [shop]);
        assert_eq!(store.read(|tx| tx.leak(bank, &mine)).expect("read"), None);
        assert_eq!(store.read(|tx| tx.exposures(shop, &mine, None, 10)).expect("places").len(), 1);
        assert_eq!(store.read(|tx| tx.incident(number, &mine)).expect("read"), None);
        assert_eq!(
            store.read(|tx| tx.leaks(&LeakFilter::default(), &Sight::Teams(vec![]), 9)).expect("none"),
            []
        );
    });
}

#[test]
fn incidents_are_listed_by_what_they_are_and_page_by_page() {
    on_each(|store| {
        for (n, severity) in
            [Severity::Low, Severity::Critical, Severity::High, Severity::Critical].iter().enumerate()
        {
            let one = stanch_store::Incident { severity: *severity, ..incident(&format!("case {n} 100%")) };
            store.write(|tx| tx.insert_incident(&one)).expect("an incident");
        }
        let list = |filter: IncidentFilter| {
            let found = store.read(|tx| tx.incidents(&filter, &Sight::All, 3)).expect("incidents");
            found.iter().map(|incident| incident.id).collect::<Vec<_>>()
        };
        let worst = |after| IncidentFilter { order: Order::Worst(after), ..IncidentFilter::default() };
        assert_eq!(list(worst(None)), [4, 2, 3]);
        assert_eq!(list(worst(Some((Severity::High as i64, 3)))), [1]);
        let text = |words: &str| IncidentFilter { text: Some(words.to_owned()), ..IncidentFilter::default() };
        assert_eq!(list(text("CASE 2")), [3]);
        assert_eq!(list(text("0%")), [4, 3, 2]);
        assert_eq!(list(text("_")), Vec::<i64>::new(), "a wildcard of LIKE is a letter");
    });
}

#[test]
fn an_incident_is_changed_whole_and_its_version_counts() {
    on_each(|store| {
        let id = store.write(|tx| tx.insert_incident(&incident("one"))).expect("an incident");
        let changed = store
            .write(|tx| {
                let mut one = tx.incident_locked(id)?.expect("there");
                one.milestones.acknowledged = Some(second(9));
                one.state = one.milestones.state();
                one.holders.hand_over(stanch_model::Duty::Commander, Some("ada".to_owned()));
                tx.update_incident(&mut one)?;
                Ok::<_, StoreError>(one)
            })
            .expect("changed");
        let read = store.read(|tx| tx.incident(id, &Sight::All)).expect("read").expect("there");
        assert_eq!((read.state, read.version), (State::Acknowledged, 2));
        assert_eq!(read, changed);
    });
}

#[test]
fn a_schema_of_a_newer_stanch_is_refused() {
    on_each(|store| {
        store
            .write(|tx| tx.execute("INSERT INTO migrations (number, name) VALUES (999, 'x')", &[]))
            .expect("done");
        let refused = Store::open(store.database()).err().expect("refused");
        assert!(refused.to_string().contains("has schema 999"), "{refused}");
    });
}
