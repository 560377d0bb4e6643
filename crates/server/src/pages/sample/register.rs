//! Lists, a leak, allowances, the audit trail.

use stanch_model::{Actor, ActorKind, Confidence, Liveness, Reason, Severity, State};

use super::{Words, days_ago, hours_ago, minutes_ago};
use crate::pages::{
    allowances::{AllowanceFilter, AllowanceLine, AllowancesView},
    audit::{AuditEvent, AuditFilter, AuditView, ChainState},
    incidents::{IncidentFilter, IncidentLine, IncidentsView},
    leak::{Candidate, Ground, LeakView, LivenessCheck, PlaceCount},
    leaks::{LeakFilter, LeakLine, LeaksView},
    search::SearchView,
    view::{Choice, Paging, Reach},
};

const TITLES: [(&str, Severity, State); 6] = [
    ("AWS access key of payments-deploy in github.com/acme/shop", Severity::Critical, State::Open),
    ("Database passwords in the log of ci/shop/build", Severity::High, State::Reopened),
    ("Stripe live key in image registry.acme.net/shop:1.4", Severity::Critical, State::Contained),
    ("GitHub token of release-bot in function logs", Severity::High, State::Revoked),
    ("Webhook address of a chat in docs", Severity::Medium, State::Closed),
    ("Key of a test account in fixtures", Severity::Low, State::Dismissed),
];

impl Words {
    pub(crate) fn incidents(self) -> IncidentsView {
        let line = |(index, (title, severity, state)): (i64, (&str, Severity, State))| IncidentLine {
            number: 121 - index,
            title: self.say(title),
            severity,
            state,
            commander: (index > 1).then(|| self.person(index).name),
            leaks: 1 + index.unsigned_abs() % 3,
            exposures: 3 + 41 * index.unsigned_abs(),
            detected: minutes_ago(13 + index * 700),
            changed: minutes_ago(3 + index * 90),
        };
        let people = (0..3).map(|id| Choice { value: id.to_string(), label: self.person(id).name }).collect();
        IncidentsView {
            filter: IncidentFilter {
                q: self.say("acme & co"),
                severity: self.say(""),
                ..IncidentFilter::default()
            },
            people,
            incidents: (0..).zip(TITLES).map(line).collect(),
            paging: Paging { total: Some(121), after: Some(self.say("c1")), next: Some(self.say("c2")) },
        }
    }

    fn leak_lines(self) -> Vec<LeakLine> {
        let names = [
            ("AWS access key", "AKIA********", Severity::Critical, "github.com/acme/shop", Reach::Public),
            ("PostgreSQL password", "pg********", Severity::High, "ci/shop/build", Reach::Internal),
            (
                "Stripe live key",
                "sk_live********",
                Severity::Critical,
                "registry.acme.net/shop",
                Reach::Internal,
            ),
            ("Slack webhook", "https:/********", Severity::Medium, "github.com/acme/site", Reach::Unknown),
        ];
        let line =
            |(id, (name, preview, severity, origin, reach)): (i64, (&str, &str, Severity, &str, Reach))| {
                LeakLine {
                    leak: self.leak(id, name, preview, severity),
                    fingerprint: self.say("o1:7c2f:9d01"),
                    origin: self.say(origin),
                    reach,
                    places: 212 / id.unsigned_abs(),
                    incident: (id != 36)
                        .then(|| self.incident(118 + id - 33, name, severity, State::Contained)),
                    first_seen: days_ago(id - 30),
                    last_seen: hours_ago(id - 32),
                }
            };
        (33..).zip(names).map(line).collect()
    }

    pub(super) fn leaks(self) -> LeaksView {
        let filter = LeakFilter { q: self.say("acme"), ..LeakFilter::default() };
        LeaksView {
            filter,
            leaks: self.leak_lines(),
            paging: Paging { total: None, after: None, next: Some(self.say("c2")) },
        }
    }

    pub(super) fn search(self) -> SearchView {
        let incidents = vec![self.incident(
            118,
            "AWS access key of payments-deploy",
            Severity::Critical,
            State::Contained,
        )];
        SearchView { q: self.say("payments"), incidents, leaks: self.leak_lines() }
    }

    pub(super) fn one_leak(self) -> LeakView {
        let check = |(hours, liveness, by): (i64, Liveness, &str)| LivenessCheck {
            at: hours_ago(hours),
            liveness,
            by: self.say(by),
        };
        let count =
            |(kind, places, gone): (&str, u64, u64)| PlaceCount { kind: self.say(kind), places, gone };
        LeakView {
            leak: self.leak(33, "AWS access key", "AKIA********", Severity::Critical),
            fingerprint: self.say("o1:7c2f:9d01b5aa40e7c3f2118d6e90"),
            rule: self.say("aws-access-key"),
            about: self.say("A long-lived key of an IAM user; opens whatever the user may do."),
            confidence: Confidence::Certain,
            first_seen: minutes_ago(47),
            last_seen: minutes_ago(9),
            leaked: Some((hours_ago(5), self.say("author time of the first commit"))),
            facts: vec![
                (self.say("account"), self.say("210987654321")),
                (self.say("made for"), self.say("live")),
            ],
            checks: vec![
                check((1, Liveness::Live, "scan of github.com/acme/shop")),
                check((30, Liveness::Unknown, "aws connector")),
            ],
            incident: Some(self.incident(
                118,
                "AWS access key of payments-deploy",
                Severity::Critical,
                State::Contained,
            )),
            former: vec![self.former()],
            blast: self.blast(),
            owners: self.owners(),
            exposures: self.exposures(),
            paging: Paging { total: Some(212), after: None, next: Some(self.say("p2")) },
            kinds: vec![
                count(("repositories", 40, 1)),
                count(("image layers", 171, 0)),
                count(("CI logs", 1, 1)),
            ],
            context: Some((self.say("deploy/env.sh"), self.context())),
        }
    }

    fn owners(self) -> Vec<Candidate> {
        let ground = |(text, weight): (&str, f64)| Ground { text: self.say(text), weight };
        vec![
            Candidate {
                name: self.say("payments"),
                score: 0.82,
                grounds: vec![
                    ground(("CODEOWNERS of shop: /deploy/", 0.5)),
                    ground(("service catalogue: shop", 0.32)),
                ],
            },
            Candidate {
                name: self.say("Tomás Rey"),
                score: 0.41,
                grounds: vec![ground(("wrote the commit that brought it", 0.41))],
            },
        ]
    }

    pub(super) fn allowances(self) -> AllowancesView {
        let line = |(id, subject, reason, days): (i64, &str, Reason, Option<i64>)| AllowanceLine {
            id,
            subject: self.say(subject),
            leak: (id == 1).then_some(36),
            reason,
            note: self.say("opens the sandbox only"),
            owner: (id != 2).then(|| self.say("payments")),
            approver: self.say("Ada Brandt"),
            ticket: Some(self.say("SEC-377")),
            created: days_ago(80),
            expires: days.map(|days| days_ago(-days)),
            ended: (id == 4).then(|| (self.say("Ada Brandt"), days_ago(2))),
            findings: 3 * id.unsigned_abs(),
        };
        AllowancesView {
            filter: AllowanceFilter { q: self.say("SEC"), ..AllowanceFilter::default() },
            allowances: vec![
                line((1, "o1:7c2f:9d01b5aa", Reason::AcceptedRisk, Some(9))),
                line((2, "fixtures of the mail tests", Reason::TestCredential, Some(210))),
                line((3, "o1:7c2f:11ab90c4", Reason::Revoked, None)),
                line((4, "old samples", Reason::FalsePositive, Some(40))),
                line((5, "o1:7c2f:5e5ff012", Reason::RotatedInHistory, Some(-3))),
            ],
            paging: Paging { total: Some(5), after: None, next: None },
            ending: 1,
        }
    }

    pub(super) fn audit(self) -> AuditView {
        let event =
            |(seq, minutes, kind, name, text, reason): (i64, i64, ActorKind, &str, &str, &str)| AuditEvent {
                seq,
                at: minutes_ago(minutes),
                actor: Actor { kind, name: self.say(name) },
                kind: self.say("incident.step"),
                text: self.say(text),
                reason: if reason.is_empty() { String::new() } else { self.say(reason) },
                incident: Some(118),
                leak: (seq % 2 == 0).then_some(33),
                hash: self.say("9f1c02ab77"),
                detail: if seq == 9_218 { self.say("{\n  \"step\": \"contain\"\n}") } else { String::new() },
            };
        AuditView {
            filter: AuditFilter { actor: self.say("Ada"), ..AuditFilter::default() },
            kinds: vec![self.say("incident.step"), self.say("login")],
            chain: ChainState::Whole { events: 9_231, at: hours_ago(2) },
            events: vec![
                event((9_231, 12, ActorKind::User, "Ada Brandt", "handed ops lead over", "end of shift")),
                event((
                    9_218,
                    22,
                    ActorKind::User,
                    "Tomás Rey",
                    "contained incident 118",
                    "Deny-all policy attached.",
                )),
                event((9_201, 47, ActorKind::Stanch, "ingestion", "opened incident 118", "")),
            ],
            paging: Paging { total: None, after: None, next: Some(self.say("9201")) },
        }
    }
}
