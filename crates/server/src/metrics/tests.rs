use std::time::Duration;

use jiff::Timestamp;

use super::{
    Meters,
    family::{ALL, Kind},
    meters::Asked,
    page::Page,
};

#[test]
fn names_say_kind_and_unit() {
    for family in ALL {
        let name = family.name;
        assert!(name.starts_with("stanch_"), "{name}");
        assert_eq!(name.ends_with("_total"), family.kind == Kind::Counter, "{name}");
        assert!(!name.contains("_ms") && !name.contains("minutes"), "{name}");
        assert!(!family.help.ends_with('.'), "{name}");
    }
}

#[test]
fn labels_are_escaped() {
    let mut page = Page::default();
    page.sample("m", &[("a", "x\"y\\z\nw"), ("b", "")], 1.5);
    assert_eq!(page.finish(), "m{a=\"x\\\"y\\\\z\\nw\",b=\"\"} 1.5\n");
}

#[test]
fn answers_are_counted_by_route() {
    let meters = Meters::new(Timestamp::UNIX_EPOCH);
    let asked = Asked { route: "/incidents/{id}".to_owned(), method: "GET" };
    for status in [200, 200, 404] {
        meters.answered(&asked, status, Duration::from_millis(30));
    }
    let mut page = Page::default();
    meters.write(&mut page, &stanch_store::Timings::default());
    let text = page.finish();
    assert!(
        text.contains(
            "stanch_http_requests_total{route=\"/incidents/{id}\",method=\"GET\",status=\"200\"} 2\n"
        )
    );
    assert!(text.contains(
        "stanch_http_request_duration_seconds_bucket{route=\"/incidents/{id}\",method=\"GET\",le=\"0.05\"} 3\n"
    ));
}
