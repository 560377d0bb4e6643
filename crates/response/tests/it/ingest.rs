//! Findings come in.

use stanch_model::{Severity, State};
use stanch_store::{LeakFilter, LeakState, Sight};

use crate::desk::{Desk, complete, evidence, finding, foreign, on_each, public_scan, scan, second, with};

fn leaks(desk: &Desk) -> Vec<stanch_store::Leak> {
    desk.register.store().read(|tx| tx.leaks(&LeakFilter::default(), &Sight::All, 1000)).expect("leaks")
}

#[test]
fn one_secret_in_forty_repositories_is_one_leak_one_incident_one_page() {
    on_each(|desk| {
        for repository in 0..40 {
            let mut lines = vec![scan(&format!("s{repository}"), &format!("acme/r{repository}"))];
            lines.extend(
                (0..5).map(|file| finding("key", &format!("src/f{file}.rs"), &format!("c{repository}"))),
            );
            desk.ingest(&lines, repository);
        }
        let incident = desk.incident();
        assert_eq!(desk.told(incident.id), ["pager trigger: high leak: acme/r0 src/f0.rs"]);
        let leak = leaks(desk).remove(0);
        assert_eq!((leak.exposures, leak.origins), (200, 40));
        // The 201st an hour later pages nobody.
        let tally = desk.ingest(&[scan("later", "acme/r7"), finding("key", "other.rs", "c9")], 3600);
        assert_eq!((tally.new_exposures, tally.new_leaks, tally.new_incidents), (1, 0, 0));
        assert_eq!(desk.told(incident.id).len(), 1);
        assert_eq!(desk.incidents().len(), 1);
    });
}

#[test]
fn the_same_batch_again_changes_nothing() {
    on_each(|desk| {
        let lines =
            [scan("s", "acme/shop"), finding("a", "x", "c"), finding("a", "y", "c"), finding("b", "x", "d")];
        let first = desk.ingest(&lines, 1);
        assert_eq!((first.received, first.new_leaks, first.new_exposures), (3, 2, 3));
        let again = desk.ingest(&lines, 2);
        assert_eq!((again.new_leaks, again.new_exposures, again.seen_again), (0, 0, 3));
        let numbers: Vec<i64> = leaks(desk).iter().map(|leak| leak.exposures).collect();
        assert_eq!(numbers, [1, 2], "b, then a");
    });
}

#[test]
fn lines_that_are_wrong_are_told_and_the_others_count() {
    on_each(|desk| {
        let lines = [
            scan("s", "acme/shop"),
            foreign(finding("a", "x", "c")),
            serde_json::json!({ "type": "finding", "rule": "x" }),
            finding("a", "x", "c"),
        ];
        let tally = desk.ingest(&lines, 1);
        let told: Vec<String> =
            tally.rejected.iter().map(|rejected| format!("{}: {}", rejected.line, rejected.error)).collect();
        assert_eq!((tally.new_leaks, tally.rejected_count), (1, 2));
        assert_eq!(told[0], "3: missing field `severity`");
        assert!(told[1].starts_with("2: fingerprint: is under key salt-"), "{told:?}");
    });
}

#[test]
fn a_preview_that_may_be_the_secret_is_not_kept() {
    on_each(|desk| {
        for preview in ["the whole secret", "the whole secret********", ""] {
            let tally =
                desk.ingest(&[scan("s", "acme/shop"), with(finding("a", "x", "c"), "preview", preview)], 1);
            assert_eq!((tally.new_leaks, tally.rejected_count), (0, 1));
            let error = &tally.rejected[0].error;
            assert!(error.starts_with("preview: expected") && !error.contains("whole"), "{error}");
        }
    });
}

#[test]
fn leaks_of_one_commit_are_one_incident_and_of_another_are_not() {
    on_each(|desk| {
        desk.ingest(
            &[
                scan("s", "acme/shop"),
                finding("a", "x", "c1"),
                finding("b", "y", "c1"),
                finding("d", "z", "c2"),
            ],
            1,
        );
        let mut sizes: Vec<i64> = desk.incidents().iter().map(|incident| incident.leaks).collect();
        sizes.sort_unstable();
        assert_eq!(sizes, [1, 2]);
        // A third of the first commit joins, as long as its window is open.
        desk.ingest(&[scan("t", "acme/shop"), finding("e", "q", "c1")], 60);
        assert_eq!(desk.incidents().len(), 2);
        desk.ingest(&[scan("u", "acme/shop"), finding("f", "q", "c1")], 2 * 3600);
        assert_eq!(desk.incidents().len(), 3);
    });
}

#[test]
fn a_leak_that_turns_out_worse_pages_once_more() {
    on_each(|desk| {
        let low = with(finding("a", "x", "c"), "severity", "low");
        desk.ingest(&[scan("s", "acme/shop"), low.clone()], 1);
        let incident = desk.incident();
        assert_eq!(desk.told(incident.id), ["tracker trigger: low leak: acme/shop x"]);
        let live = with(low, "liveness", "live");
        desk.ingest(&[public_scan("t", "acme/open"), live.clone()], 2);
        desk.ingest(&[public_scan("u", "acme/open"), live], 3);
        let worse = desk.incident();
        assert_eq!((worse.severity, worse.urgency.as_str()), (Severity::Critical, "page"));
        assert_eq!(desk.told(incident.id).len(), 2);
        assert!(desk.told(incident.id)[1].starts_with("pager trigger: now critical"));
    });
}

#[test]
fn what_a_complete_scan_misses_is_gone_and_what_comes_back_is_there() {
    on_each(|desk| {
        desk.ingest(&[scan("s", "acme/shop"), finding("a", "x", "c"), finding("a", "y", "c"), complete()], 1);
        let tally = desk.ingest(&[scan("t", "acme/shop"), finding("a", "y", "c"), complete()], 2);
        assert_eq!(tally.gone, 1);
        let tally = desk.ingest(&[scan("u", "acme/shop"), finding("a", "x", "c")], 3);
        assert_eq!(
            (tally.gone, tally.seen_again),
            (0, 1),
            "a scan that is not complete tells nothing of the rest"
        );
    });
}

#[test]
fn a_place_that_an_exception_allows_is_not_gone() {
    on_each(|desk| {
        let allowed = |line| with(line, "type", "allowed");
        desk.ingest(&[scan("s", "acme/shop"), finding("a", "x", "c"), complete()], 1);
        let again = [scan("t", "acme/shop"), allowed(finding("a", "x", "c")), complete()];
        assert_eq!(desk.ingest(&again, 2).gone, 0);
        // Another place of a secret that is known is kept, a secret of which nothing else is known is not.
        let more = [
            scan("u", "acme/blog"),
            allowed(finding("a", "y", "c")),
            allowed(finding("b", "z", "c")),
            complete(),
        ];
        let tally = desk.ingest(&more, 3);
        assert_eq!((tally.received, tally.new_leaks), (0, 0));
        let leaks = leaks(desk);
        assert_eq!(leaks.iter().map(|leak| leak.exposures).collect::<Vec<_>>(), [2]);
        assert_eq!(desk.ingest(&[scan("v", "acme/shop"), complete()], 4).gone, 1);
    });
}

#[test]
fn a_closed_leak_seen_alive_is_a_regression_and_seen_dead_is_not() {
    on_each(|desk| {
        desk.ingest(&[scan("s", "acme/shop"), finding("a", "x", "c")], 1);
        let id = desk.incident().id;
        let closing = stanch_response::Closing {
            revoked: evidence("deleted in the console"),
            no_rotation: "nothing used it".to_owned(),
            proven: evidence("401 from the API"),
            ..stanch_response::Closing::default()
        };
        desk.register.close(&desk.request(id, 10), &closing).expect("closed");
        assert_eq!(leaks(desk)[0].state, LeakState::Closed);
        let dead = with(finding("a", "x", "c"), "liveness", "dead");
        assert_eq!(desk.ingest(&[scan("t", "acme/shop"), dead], 20).regressions, 0);
        assert_eq!(desk.incident().state, State::Closed);
        let before = desk.told(id).len();
        let live = with(finding("a", "z", "c"), "liveness", "live");
        assert_eq!(desk.ingest(&[scan("u", "acme/shop"), live.clone()], 30).regressions, 1);
        let incident = desk.incident();
        assert_eq!((incident.state, incident.reopens), (State::Reopened, 1));
        let told = desk.told(id);
        assert_eq!(told[before..], ["pager trigger: a secret that was closed as dead was seen alive"]);
        assert_eq!(desk.ingest(&[scan("v", "acme/shop"), live], 40).regressions, 0, "it is open by now");
    });
}

#[test]
fn a_dismissed_leak_stays_so_while_its_exception_counts() {
    on_each(|desk| {
        desk.ingest(&[scan("s", "acme/shop"), finding("a", "x", "c")], 1);
        let id = desk.incident().id;
        let dismissal = stanch_response::Dismissal {
            why: stanch_model::Reason::TestCredential,
            words: "a sandbox".to_owned(),
            owner: "payments".to_owned(),
            expires: Some(second(1000)),
        };
        desk.register.dismiss(&desk.request(id, 10), &dismissal).expect("dismissed");
        desk.ingest(&[scan("t", "acme/shop"), finding("a", "y", "c")], 500);
        assert_eq!(desk.incident().state, State::Dismissed);
        assert_eq!(desk.ingest(&[scan("u", "acme/shop"), finding("a", "y", "c")], 1001).regressions, 1);
        assert_eq!(desk.incident().state, State::Reopened);
    });
}

#[test]
fn two_servers_that_take_in_the_same_lose_and_double_nothing() {
    on_each(|desk| {
        let batches: Vec<Vec<serde_json::Value>> = (0..12)
            .map(|batch| {
                let mut lines = vec![scan(&format!("s{batch}"), "acme/shop")];
                lines.extend(
                    (0..20).map(|n| finding(&format!("k{}", (batch * 7 + n) % 40), &format!("f{n}"), "c")),
                );
                lines
            })
            .collect();
        std::thread::scope(|scope| {
            for offset in 0..3 {
                let batches = &batches;
                scope.spawn(move || {
                    for n in 0..batches.len() {
                        desk.ingest(&batches[(n + offset * 4) % batches.len()], 1);
                    }
                });
            }
        });
        let leaks = leaks(desk);
        assert_eq!(leaks.len(), 40);
        let places: std::collections::HashSet<String> = batches
            .iter()
            .flatten()
            .filter_map(|line| Some(format!("{}{}", line.get("fingerprint")?, line["location"]["path"])))
            .collect();
        assert_eq!(
            leaks.iter().map(|leak| leak.exposures).sum::<i64>(),
            i64::try_from(places.len()).expect("few")
        );
        assert_eq!(desk.incident().leaks, 40, "one commit, one incident");
        assert_eq!(desk.told(desk.incident().id).len(), 1);
    });
}
