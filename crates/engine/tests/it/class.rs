//! Test keys and live keys, and values that tell their own length.

use stanch_engine::{Match, Rule, RuleSet, Scanner, expand};
use stanch_model::{CONNECTORS, Class, Severity};

fn matches(scanner: &Scanner, bytes: &[u8]) -> Vec<Match> {
    let mut found = Vec::new();
    scanner.scan(&mut scanner.scratch(), bytes, &mut found);
    found
}

/// The class of each example of a rule, by the match that the rule has there.
fn classes(rule: &Rule) -> Vec<Option<Class>> {
    let mut alone = RuleSet::default();
    alone.extend([rule.clone()]);
    let scanner = Scanner::new(alone);
    let class = |example: &String| {
        let bytes = expand(example, 1, rule.check).expect("a well-formed example");
        let found = matches(&scanner, &bytes)[0];
        scanner.class(found.rule, &bytes[found.span.range()])
    };
    rule.examples.iter().map(class).collect()
}

#[test]
fn marks_tell_test_keys_from_live_ones() {
    let all = RuleSet::embedded();
    let rule = |id: &str| all.rules().iter().find(|rule| rule.info.id == id).expect("a rule");
    assert_eq!(classes(rule("stripe-organization-key")), [None, Some(Class::Live)]);
    let shippo = classes(rule("shippo-api-token"));
    assert!(shippo.contains(&Some(Class::Test)) && shippo.contains(&Some(Class::Live)), "{shippo:?}");
    assert!(classes(rule("stripe-test-key")).iter().all(|class| *class == Some(Class::Test)));
}

#[test]
fn every_mark_stands_in_an_example_or_could() {
    for rule in RuleSet::embedded().rules() {
        let marks = &rule.class_marks;
        if !(marks.test.is_empty() && marks.live.is_empty()) {
            assert!(classes(rule).iter().any(Option::is_some), "{}", rule.info.id);
        }
        assert!(
            rule.info.class != Some(Class::Test) || rule.info.severity <= Severity::Medium,
            "{}",
            rule.info.id
        );
        let connector = rule.info.connector.as_deref();
        assert!(connector.is_none_or(|name| CONNECTORS.contains(&name)), "{}", rule.info.id);
    }
}

#[test]
fn keys_in_a_binary_file_end_where_they_say() {
    let scanner = Scanner::new(RuleSet::embedded());
    let key = "${byte:30 2e 02 01 00 30 05 06 03 2b 65 70 04 22 04 20}${any:32}";
    let expand = |text: &str| expand(text, 3, None).expect("well-formed");
    let noise = expand("${any:100}");
    let bytes = [&noise[..], &expand(key), &noise, &expand(key), &expand(key), &noise].concat();
    let found: Vec<_> = matches(&scanner, &bytes).iter().map(|found| found.secret).collect();
    let spans: Vec<_> = found.iter().map(|span| (span.start, span.end - span.start)).collect();
    assert_eq!(spans, [(100, 48), (248, 48), (296, 48)]);
}
