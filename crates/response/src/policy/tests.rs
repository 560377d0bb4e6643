//! Policies from text to decision.

use jiff::Timestamp;
use proptest::prelude::*;
use stanch_model::{Class, Confidence, Liveness, OriginKind, Severity};

use super::*;

fn at(text: &str) -> Timestamp {
    text.parse().expect("a time")
}

fn noon() -> Timestamp {
    at("2026-11-27T12:00:00Z")
}

fn policy(text: &str) -> Policy {
    Policy::parse(text).expect("a policy")
}

fn place(origin: &str, path: &str) -> Place {
    Place {
        kind: OriginKind::Repository,
        origin: origin.to_owned(),
        path: path.to_owned(),
        ..Place::default()
    }
}

fn critical() -> Subject {
    Subject { severity: Severity::Critical, confidence: Confidence::High, ..Subject::default() }
}

fn urgency(subject: &Subject) -> Urgency {
    Policy::default().decide(subject, noon()).urgency
}

#[test]
fn the_default_has_nothing_to_remark() {
    assert_eq!(Policy::default().remarks(), []);
    let names: Vec<_> = Policy::default().channels().into_iter().map(str::to_owned).collect();
    assert_eq!(names, ["escalation", "on-call", "tickets"]);
    assert_eq!(policy("").counts(), Policy::default().counts());
}

#[test]
fn the_default_pages_for_what_needs_somebody_now() {
    assert_eq!(urgency(&critical()), Urgency::Page);
    let medium = Subject { severity: Severity::Medium, ..critical() };
    assert_eq!(urgency(&medium), Urgency::Ticket);
    assert_eq!(urgency(&Subject { privilege: Privilege::Admin, ..medium.clone() }), Urgency::Page);
    let public = Place { public: Some(true), ..Place::default() };
    assert_eq!(urgency(&Subject { places: vec![public.clone()], ..medium.clone() }), Urgency::Page);
    let production = place("github.com/acme/shop", "deploy/prod/app.yaml");
    assert_eq!(urgency(&Subject { places: vec![production], ..medium.clone() }), Urgency::Page);
    let low = Subject { severity: Severity::Low, places: vec![public], ..medium };
    assert_eq!(urgency(&low), Urgency::Ticket);
}

#[test]
fn the_default_never_pages_for_what_is_dead_or_a_test() {
    let worst = Place { public: Some(true), environment: Some("prod".to_owned()), ..Place::default() };
    let worst = Subject { privilege: Privilege::Admin, places: vec![worst], ..critical() };
    assert_eq!(urgency(&Subject { liveness: Liveness::Dead, ..worst.clone() }), Urgency::None);
    assert_eq!(urgency(&Subject { class: Some(Class::Test), ..worst.clone() }), Urgency::Ticket);
    assert_eq!(urgency(&Subject { confidence: Confidence::Low, ..worst.clone() }), Urgency::Ticket);
    assert_eq!(
        urgency(&Subject { confidence: Confidence::Low, liveness: Liveness::Live, ..worst }),
        Urgency::Page
    );
}

#[test]
fn environments_are_told_by_rules_then_by_the_scan() {
    let default = Policy::default();
    for (origin, path, expected) in [
        ("github.com/acme/shop", "k8s/production/db.yaml", Some("prod")),
        ("github.com/acme/shop", ".env.production", Some("prod")),
        ("github.com/acme/shop", "src/application-prod.yml", Some("prod")),
        ("github.com/acme/shop-prod", "a", Some("prod")),
        ("registry.acme.net/shop:production", "a", Some("prod")),
        ("github.com/acme/products", "src/reproduction/a", None),
        ("github.com/acme/shop", "deploy/staging/a", Some("staging")),
        ("github.com/acme/shop", "tests/fixtures/a", None),
    ] {
        assert_eq!(default.environment(&place(origin, path)).as_deref(), expected, "{origin} {path}");
    }
    let scanned = Place { environment: Some("edge".to_owned()), ..place("a", "b") };
    assert_eq!(default.environment(&scanned).as_deref(), Some("edge"));
    assert_eq!(default.is_public(&place("gist.github.com/ann/1", "a")), Some(true));
    assert_eq!(default.is_public(&place("github.com/acme/shop", "a")), None);
}

/// One rule a condition; each holds for one subject and not for the other.
#[test]
fn each_condition_counts() {
    let now = noon();
    let yes = Subject {
        rule: "aws-key".to_owned(),
        severity: Severity::High,
        confidence: Confidence::Certain,
        class: Some(Class::Live),
        liveness: Liveness::Live,
        privilege: Privilege::Write,
        owners: vec!["@acme/payments".to_owned()],
        teams: vec!["payments".to_owned()],
        leaked: Some(at("2026-11-26T12:00:00Z")),
        places: vec![Place {
            public: Some(true),
            environment: Some("edge".to_owned()),
            ..place("github.com/acme/shop", "src/a.py")
        }],
        ..Subject::default()
    };
    for condition in [
        "severity = 'high'",
        "confidence = ['high', 'certain']",
        "class = 'live'",
        "liveness = 'live'",
        "privilege = ['write', 'admin']",
        "kind = 'repository'",
        "public = true",
        "environment = ['prod', 'edge']",
        "team = 'payments'",
        "owner = '@acme/*'",
        "rule = 'aws-*'",
        "origin = 'github.com/acme/*'",
        "path = '**/*.py'",
        "age_below = '25h'",
        "age_above = '23h'",
    ] {
        let text = format!("[[severity]]\nname = 'it'\nwhen.{condition}\nthen = 'critical'\n");
        let decided = |subject: &Subject| policy(&text).decide(subject, now).severity_because.rule.is_some();
        assert!(decided(&yes), "{condition}");
        assert!(!decided(&Subject::default()), "{condition}");
    }
    let unknown = "[[severity]]\nname = 'it'\nwhen = { class = 'unknown', public = false, environment = 'unknown' }\nthen = 'low'\n";
    assert_eq!(policy(unknown).decide(&Subject::default(), now).severity, Severity::Low);
}

#[test]
fn a_decision_says_which_rules_decided() {
    let own = "[[severity]]\nname = 'ours'\nwhen.rule = 'acme-*'\nat_least = 'critical'\n";
    let subject = Subject { rule: "acme-key".to_owned(), ..Subject::default() };
    let decision = policy(own).decide(&subject, noon());
    assert_eq!(decision.severity_because.to_string(), "ours (line 1)");
    let told = decision.urgency_because.to_string();
    assert!(told.starts_with("it opens much (default policy, line "), "{told}");
    let line: usize = decision.urgency_because.line;
    assert_eq!(Policy::DEFAULT.lines().nth(line - 1), Some("[[route]]"));
    let other = policy(own).decide(&Subject::default(), noon());
    assert_eq!(
        (other.severity, other.severity_because.to_string().as_str()),
        (Severity::Medium, "no rule matches")
    );
}

#[test]
fn what_no_route_takes_is_a_ticket() {
    let decision = policy("route = []\nseverity = []").decide(&critical(), noon());
    assert_eq!((decision.urgency, decision.channels.len()), (Urgency::Ticket, 0));
    assert_eq!(decision.urgency_because.to_string(), "no rule matches");
}

#[test]
fn the_worst_place_decides() {
    let harmless = place("github.com/acme/shop", "src/a.py");
    let prod = place("github.com/acme/shop-prod", "a");
    let subject = Subject { places: vec![harmless.clone(), prod, harmless], ..Subject::default() };
    let decision = Policy::default().decide(&subject, noon());
    assert_eq!((decision.place, decision.environment.as_deref()), (1, Some("prod")));
    assert_eq!(decision.urgency, Urgency::Page);
}

#[test]
fn pages_break_the_quiet_and_tickets_wait() {
    let policy = policy("[quiet]\ntime_zone = 'Europe/Berlin'\nhours = '20:00-08:00'\n");
    let night = at("2026-11-27T01:00:00Z");
    let page = policy.decide(&critical(), night);
    assert_eq!((page.urgency, page.not_before), (Urgency::Page, None));
    let ticket = policy.decide(&Subject::default(), night);
    assert_eq!((ticket.urgency, ticket.not_before), (Urgency::Ticket, Some(at("2026-11-27T07:00:00Z"))));
    assert_eq!(policy.decide(&Subject::default(), noon()).not_before, None);
    let dead = Subject { liveness: Liveness::Dead, ..Subject::default() };
    assert_eq!(policy.decide(&dead, night).not_before, None);
}

#[test]
fn leaks_are_grouped_by_what_they_share() {
    let mut here = place("github.com/acme/shop", "a");
    here.commit = Some("c0ffee".to_owned());
    let subject = Subject {
        connector: Some("aws".to_owned()),
        account: Some("1234".to_owned()),
        places: vec![here.clone(), Place { path: "b".to_owned(), ..here }],
        ..Subject::default()
    };
    let keys: Vec<_> = Policy::default().group_keys(&subject).iter().map(ToString::to_string).collect();
    assert_eq!(keys, ["account aws:1234", "commit c0ffee", "repository repository:github.com/acme/shop"]);
    assert!(Policy::default().group_keys(&Subject::default()).is_empty());
    let grouping = Policy::default().grouping().clone();
    let last = noon();
    assert!(grouping.admits(99, last, at("2026-11-27T13:00:00Z")));
    assert!(!grouping.admits(100, last, last) && !grouping.admits(1, last, at("2026-11-27T13:00:01Z")));
}

#[test]
fn objectives_and_cost_are_told() {
    let default = Policy::default();
    let objectives = default.objectives();
    assert_eq!(spell(objectives.detect_within), "1d");
    assert_eq!(spell(objectives.revoke_within.of(Severity::Critical)), "1h");
    assert_eq!(objectives.burn.len(), 3);
    let cost = default.cost();
    assert!((cost.of(Severity::High) - 800.0).abs() < 1e-9);
    assert_eq!(
        cost.to_string(),
        "incidents × (responder hours × 100 EUR + fixed cost); critical 24 h; high 8 h; medium 2 h; low 0.5 h"
    );
}

#[test]
fn what_is_hardly_meant_is_remarked() {
    let text = "[[route]]\nname = 'all'\nurgency = 'ticket'\n\n[[route]]\nname = 'never'\nwhen.public = true\nurgency = 'page'\nchannels = ['x']\n\n[[severity]]\nname = 'a'\nwhen.class = 'test'\nthen = 'low'\n\n[[severity]]\nname = 'a'\nwhen.class = 'live'\nthen = 'high'\n";
    let told: Vec<_> =
        policy(text).remarks().iter().map(|remark| format!("{}: {remark}", remark.line())).collect();
    assert_eq!(
        told,
        [
            "0: no route takes everything that is left: that becomes a ticket without a channel",
            "5: never: is never reached: all (line 1) takes everything",
            "16: a: a rule above it has the same name",
        ]
    );
}

#[test]
fn mistakes_name_line_and_field_and_no_value() {
    let errors: Vec<String> = [
        "[[severity]]\nname = 'x'\nthen = 'hunter2'\n",
        "[[severity]]\nname = 'x'\n",
        "[[severity]]\nname = 'x'\nthen = 'low'\nat_most = 'low'\n",
        "[[severity]]\nthen = 'low'\n",
        "[[severity]]\nname = ' '\nthen = 'low'\n",
        "[[severity]]\nname = 'x'\nwhen.sevrity = 'low'\nthen = 'low'\n",
        "[[severity]]\nname = 'x'\nwhen.class = 'hunter2'\nthen = 'low'\n",
        "[[severity]]\nname = 'x'\nwhen.class = []\nthen = 'low'\n",
        "[[severity]]\nname = 'x'\nwhen.path = 'a['\nthen = 'low'\n",
        "[[severity]]\nname = 'x'\nwhen.age_above = 'hunter2'\nthen = 'low'\n",
        "[[route]]\nname = 'x'\nurgency = 'page'\n",
        "[[route]]\nname = 'x'\nurgency = 'none'\nchannels = ['y']\n",
        "[[route]]\nname = 'x'\nurgency = 'ticket'\nescalate = [{ after = '2h', channels = ['y'] }, { after = '1h', channels = ['y'] }]\n",
        "[[route]]\nname = 'x'\nurgency = 'ticket'\nescalate = [{ after = '2h', channels = [] }]\n",
        "[[environment]]\nname = 'unknown'\npath = 'a'\n",
        "[[environment]]\nname = 'prod'\n",
        "[quiet]\ntime_zone = 'hunter2'\nhours = '20:00-08:00'\n",
        "[quiet]\ntime_zone = 'UTC'\nhours = 'hunter2'\n",
        "[grouping]\nsame = ['hunter2']\nwindow = '1h'\nleaks_max = 5\n",
        "[grouping]\nsame = ['commit']\nwindow = '1h'\nleaks_max = 0\n",
        "[cost]\ncurrency = 'hunter2'\nhourly_rate = 1\nresponder_hours = { critical = 1, high = 1, medium = 1, low = 1 }\n",
        "[cost]\ncurrency = 'EUR'\nhourly_rate = -1\nresponder_hours = { critical = 1, high = 1, medium = 1, low = 1 }\n",
        "[rout]\n",
        "[[route]\n",
    ]
    .iter()
    .map(|text| Policy::parse(text).expect_err("a mistake").to_string())
    .collect();
    insta::assert_snapshot!("mistakes", errors.join("\n"));
    assert!(!errors.join("\n").contains("hunter2"));
}

#[test]
fn objectives_that_cannot_be_are_refused() {
    let wrong = |right: &str, wrong: &str| {
        let from = Policy::DEFAULT.find("[objectives]").expect("a section");
        let text = Policy::DEFAULT[from..].replace(right, wrong);
        Policy::parse(&text).expect_err("a mistake").to_string()
    };
    let errors = [
        wrong("detect_share = 0.95", "detect_share = 1"),
        wrong("critical = \"60m\"", "critical = \"48h\""),
        wrong("rate = 14.4", "rate = 20"),
        wrong("short = \"5m\"", "short = \"1h\""),
        wrong("long = \"3d\"", "long = \"31d\""),
        wrong("notify = []", "notify = [\"\"]"),
        wrong("urgency = \"ticket\" }", "urgency = \"none\" }"),
    ];
    insta::assert_snapshot!("mistakes_in_objectives", errors.join("\n"));
}

#[test]
fn everything_is_limited() {
    let error = |text: &str| Policy::parse(text).expect_err("too much").to_string();
    assert_eq!(error(&"#".repeat(POLICY_BYTES_MAX + 1)), "1: is larger than 1048576 bytes");
    let rules = "[[severity]]\nname = 'x'\nthen = 'low'\n".repeat(501);
    assert_eq!(error(&rules), "1501: severity: more than 500 rules");
    let values = format!("[[severity]]\nname = 'x'\nwhen.rule = [{}]\nthen = 'low'\n", "'a',".repeat(201));
    assert_eq!(error(&values), "3: when.rule: more than 200 values");
    let long = format!("[[severity]]\nname = '{}'\nthen = 'low'\n", "a".repeat(101));
    assert_eq!(error(&long), "2: name: expected a name of 1 to 100 bytes");
}

fn subjects() -> impl Strategy<Value = Subject> {
    let rated = (
        prop::sample::select(Severity::ALL),
        prop::sample::select(Confidence::ALL),
        prop::sample::select(vec![None, Some(Class::Test), Some(Class::Live)]),
        prop::sample::select(Liveness::ALL.to_vec()),
        prop::sample::select(Privilege::ALL.to_vec()),
    );
    let placed = (
        prop::sample::select(vec![None, Some(true), Some(false)]),
        prop::sample::select(vec![None, Some("prod"), Some("staging"), Some("edge")]),
        prop::sample::select(vec!["src/a.py", "deploy/prod/a.yaml", ".env.test"]),
    );
    let places = prop::collection::vec(placed, 0..4);
    (rated, places).prop_map(|((severity, confidence, class, liveness, privilege), places)| Subject {
        rule: "acme-key".to_owned(),
        severity,
        confidence,
        class,
        liveness,
        privilege,
        places: places
            .into_iter()
            .map(|(public, environment, path)| Place {
                public,
                environment: environment.map(str::to_owned),
                ..place("github.com/acme/shop", path)
            })
            .collect(),
        ..Subject::default()
    })
}

/// A condition that has nothing to do with the one of the policy: read from the text and asked by hand.
fn matches(condition: &str, subject: &Subject) -> bool {
    match condition {
        "when.liveness = 'live'" => subject.liveness == Liveness::Live,
        "when.class = 'test'" => subject.class == Some(Class::Test),
        "when.severity = ['high', 'critical']" => subject.severity >= Severity::High,
        "when.privilege = 'admin'" => subject.privilege == Privilege::Admin,
        _ => true,
    }
}

proptest! {
    // Each case reads policies, which takes longer than to decide.
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_first_rule_that_matches_decides(
        subject in subjects(),
        rules in prop::collection::vec((0..5_usize, prop::sample::select(Severity::ALL)), 0..8),
    ) {
        let conditions = [
            "when.liveness = 'live'",
            "when.class = 'test'",
            "when.severity = ['high', 'critical']",
            "when.privilege = 'admin'",
            "# always",
        ];
        let rule = |(at, (condition, severity)): (usize, &(usize, Severity))| {
            format!("[[severity]]\nname = 'rule {at}'\n{}\nthen = '{severity}'\n", conditions[*condition])
        };
        let text = rules.iter().enumerate().map(rule).collect::<Vec<_>>().concat();
        let text = if rules.is_empty() { "severity = []".to_owned() } else { text };
        let decision = policy(&text).decide(&subject, noon());
        let first = rules.iter().position(|(condition, _)| matches(conditions[*condition], &subject));
        let expected = first.map(|at| format!("rule {at}"));
        prop_assert_eq!(decision.severity_because.rule.as_deref(), expected.as_deref());
        prop_assert_eq!(decision.severity, first.map_or(subject.severity, |at| rules[at].1));
    }

    #[test]
    fn decisions_are_the_same_each_time_and_for_each_order_of_places(subject in subjects(), second in 0..4_000_000_000_i64) {
        let (one, other) = (Policy::default(), policy(Policy::DEFAULT));
        let now = Timestamp::from_second(second).expect("a time");
        let decision = one.decide(&subject, now);
        prop_assert_eq!(&decision, &one.decide(&subject, now));
        let mut turned = subject.clone();
        turned.places.reverse();
        let again = other.decide(&turned, now);
        prop_assert_eq!((decision.urgency, decision.severity), (again.urgency, again.severity));
    }

    #[test]
    fn the_default_keeps_its_promise(subject in subjects()) {
        let policy = Policy::default();
        let decision = policy.decide(&subject, noon());
        if subject.liveness == Liveness::Dead || subject.class == Some(Class::Test) {
            prop_assert_ne!(decision.urgency, Urgency::Page);
        }
        let is_guess = subject.confidence == Confidence::Low && subject.liveness == Liveness::Unknown;
        let is_real = subject.liveness != Liveness::Dead && subject.class != Some(Class::Test) && !is_guess;
        let is_exposed = |place: &Place| {
            policy.is_public(place) == Some(true) || policy.environment(place).as_deref() == Some("prod")
        };
        let is_worth = subject.severity > Severity::Low && subject.places.iter().any(is_exposed);
        if is_real && (subject.privilege == Privilege::Admin || is_worth) {
            prop_assert_eq!(decision.urgency, Urgency::Page);
        }
    }

    #[test]
    fn reading_never_panics(text in "\\PC{0,200}", cut in 0..Policy::DEFAULT.len()) {
        let _ = Policy::parse(&text);
        let cut = (0..=cut).rev().find(|at| Policy::DEFAULT.is_char_boundary(*at)).unwrap_or(0);
        let _ = Policy::parse(&Policy::DEFAULT[..cut]);
    }
}
