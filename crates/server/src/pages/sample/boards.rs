//! The three boards.

use jiff::Timestamp;
use stanch_model::{Liveness, Milestones, OriginKind, Severity};

use super::{Words, days_ago, hours_ago, minutes_ago, minutes_long};
use crate::pages::{
    debug::{
        DebugFilter, DebugView, FlaggedCommit, ImageFinding, ImageLayer, LayerState, MaskingFailure, Presence,
    },
    executive::{
        Cost, CostPart, ExecutiveView, LeakWeek, Objective, OpenRisk, RevokeSpread, RevokeTimes, RevokeWeek,
    },
    on_call::{ActiveIncident, GateFailure, GateOutcome, LogSecret, LogSecrets, OnCallView, Undelivered},
    view::{ContextLine, Holds, Paging, Reach},
};

const WEEKS: [([u64; 4], i64, i64); 8] = [
    ([1, 3, 4, 2], 96, 310),
    ([0, 2, 5, 1], 74, 240),
    ([2, 4, 3, 3], 88, 405),
    ([0, 1, 2, 0], 41, 96),
    ([1, 2, 3, 1], 52, 150),
    ([0, 2, 1, 2], 38, 88),
    ([1, 1, 2, 0], 44, 102),
    ([0, 1, 1, 0], 29, 55),
];

/// When the week `index` of the quarter began.
fn week_start(index: i64) -> Timestamp {
    days_ago(52 - 7 * index)
}

impl Words {
    pub(super) fn executive(self) -> ExecutiveView {
        let weeks = (0..).zip(WEEKS);
        ExecutiveView {
            quarter: self.say("Q4 2026"),
            from: days_ago(52),
            leaks: WEEKS.iter().flat_map(|week| week.0).sum(),
            leaks_before: 71,
            week_mean_before: 9.4,
            weeks: weeks.map(|(index, (counts, ..))| LeakWeek { from: week_start(index), counts }).collect(),
            revoke: Self::revoke_times(),
            cost: self.cost(),
            open: [
                (Severity::Critical, 2, 2, 1, 1, 47),
                (Severity::High, 3, 5, 2, 0, 1_300),
                (Severity::Medium, 4, 4, 0, 0, 9_400),
                (Severity::Low, 0, 0, 0, 0, 0),
            ]
            .map(|(severity, incidents, leaks, live, public, minutes)| OpenRisk {
                severity,
                incidents,
                leaks,
                live,
                public,
                oldest: (incidents > 0).then(|| minutes_ago(minutes)),
            })
            .into(),
            objectives: self.objectives(),
        }
    }

    fn revoke_times() -> RevokeTimes {
        let week = |(index, (_, mean, p90)): (i64, ([u64; 4], i64, i64))| RevokeWeek {
            from: week_start(index),
            mean: (index != 3).then(|| minutes_long(mean)),
            p90: (index != 3).then(|| minutes_long(p90)),
        };
        let spread = |(severity, count, median, p90, objective): (Severity, u64, i64, i64, Option<i64>)| {
            RevokeSpread {
                severity,
                count,
                median: minutes_long(median),
                p90: minutes_long(p90),
                objective: objective.map(minutes_long),
            }
        };
        RevokeTimes {
            mean: Some(minutes_long(57)),
            p90: Some(minutes_long(181)),
            mean_before: Some(minutes_long(131)),
            p90_before: Some(minutes_long(540)),
            objective: minutes_long(60),
            weeks: (0..).zip(WEEKS).map(week).collect(),
            spreads: [
                (Severity::Critical, 5, 24, 58, Some(60)),
                (Severity::High, 16, 41, 175, Some(240)),
                (Severity::Medium, 21, 95, 410, Some(480)),
                (Severity::Low, 9, 180, 655, None),
            ]
            .map(spread)
            .into(),
        }
    }

    fn cost(self) -> Cost {
        let part = |(name, count, each): (&str, f64, f64)| CostPart { name: self.say(name), count, each };
        let parts = [
            ("hours of handling", 61.5, 120.0),
            ("secrets that were public", 4.0, 2_500.0),
            ("secrets that were used by others", 1.0, 25_000.0),
        ];
        Cost { currency: "€".to_owned(), parts: parts.map(part).into(), before: 61_300.0 }
    }

    fn objectives(self) -> Vec<Objective> {
        let history = |values: &[f64]| values.to_vec();
        vec![
            Objective {
                name: self.say("of leaks detected within 24 h"),
                target: 0.95,
                attained: Some(0.981),
                events: 53,
                missed: 1,
                window_days: 90,
                budget: 0.62,
                burn: 0.4,
                history: history(&[1.0, 1.0, 0.9, 0.9, 0.75, 0.7, 0.62, 0.62]),
            },
            Objective {
                name: self.say("of critical secrets revoked within 60 min"),
                target: 0.9,
                attained: Some(0.8),
                events: 5,
                missed: 1,
                window_days: 90,
                budget: -1.0,
                burn: 2.35,
                history: history(&[1.0, 1.0, 1.0, 0.2, 0.2, 0.1, -0.6, -1.0]),
            },
            Objective {
                name: self.say("of pages acknowledged within 15 min"),
                target: 0.99,
                attained: None,
                events: 0,
                missed: 0,
                window_days: 30,
                budget: 1.0,
                burn: 0.0,
                history: vec![],
            },
        ]
    }

    pub(super) fn executive_empty(self) -> ExecutiveView {
        let full = self.executive();
        let weeks = full.weeks.iter().map(|week| LeakWeek { from: week.from, counts: [0; 4] }).collect();
        let revoke = RevokeTimes {
            mean: None,
            p90: None,
            mean_before: None,
            p90_before: None,
            weeks: vec![],
            spreads: vec![],
            ..full.revoke
        };
        let cost = Cost {
            parts: full.cost.parts.into_iter().map(|part| CostPart { count: 0.0, ..part }).collect(),
            before: 0.0,
            ..full.cost
        };
        ExecutiveView {
            leaks: 0,
            leaks_before: 0,
            week_mean_before: 0.0,
            weeks,
            revoke,
            cost,
            open: vec![],
            objectives: vec![],
            ..full
        }
    }

    pub(super) fn on_call(self) -> OnCallView {
        OnCallView {
            active: self.active(),
            active_count: 9,
            gates: self.gates(),
            gate_count: 14,
            logs: LogSecrets {
                hours: vec![0, 0, 1, 0, 0, 0, 0, 2, 1, 0, 0, 0, 0, 0, 3, 6, 2, 1, 0, 0, 1, 0, 0, 1],
                from: hours_ago(24),
                redaction_failures: 2,
                last: self.log_secrets(),
            },
            undelivered: vec![Undelivered {
                channel: self.say("slack-security"),
                incident: 118,
                since: minutes_ago(31),
                tries: 6,
                error: self.say("answered 503"),
            }],
        }
    }

    fn active(self) -> Vec<ActiveIncident> {
        let base = |number: i64, title: &str, severity: Severity, minutes: i64| ActiveIncident {
            number,
            version: 3,
            title: self.say(title),
            severity,
            milestones: Milestones::default(),
            detected: minutes_ago(minutes),
            acknowledge_within: Some(minutes_long(15)),
            revoke_within: Some(minutes_long(60)),
            commander: None,
            leaks: 1,
            exposures: 3,
            reach: Reach::Internal,
            environment: None,
            liveness: Liveness::Unknown,
        };
        let taken = Milestones { acknowledged: Some(minutes_ago(41)), ..Milestones::default() };
        let revoked = Milestones {
            contained: Some(hours_ago(20)),
            revoked: Some(hours_ago(20)),
            acknowledged: Some(hours_ago(21)),
            ..taken
        };
        vec![
            ActiveIncident {
                liveness: Liveness::Live,
                reach: Reach::Public,
                environment: Some(self.say("prod")),
                exposures: 212,
                ..base(
                    121,
                    "AWS access key of payments-deploy in github.com/acme/shop",
                    Severity::Critical,
                    13,
                )
            },
            ActiveIncident {
                leaks: 2,
                ..base(120, "Database passwords in the log of ci/shop/build", Severity::High, 34)
            },
            ActiveIncident {
                milestones: taken,
                commander: Some(self.say("Ada Brandt")),
                environment: Some(self.say("prod")),
                liveness: Liveness::Live,
                ..base(118, "Stripe live key in image registry.acme.net/shop:1.4", Severity::Critical, 47)
            },
            ActiveIncident {
                milestones: revoked,
                commander: Some(self.say("Mirja Salo")),
                revoke_within: Some(minutes_long(240)),
                ..base(115, "GitHub token of release-bot in function logs", Severity::High, 21 * 60 + 12)
            },
            ActiveIncident {
                milestones: Milestones { acknowledged: Some(days_ago(3)), ..Milestones::default() },
                acknowledge_within: None,
                revoke_within: None,
                ..base(109, "Webhook address of a chat in docs", Severity::Medium, 4_400)
            },
        ]
    }

    fn gates(self) -> Vec<GateFailure> {
        let gate = |(minutes, gate, name, who, what, outcome): (i64, &str, &str, &str, &str, GateOutcome)| {
            GateFailure {
                at: minutes_ago(minutes),
                gate: self.say(gate),
                origin: self.origin(OriginKind::Repository, name, Reach::Internal, None),
                who: self.say(who),
                what: self.say(what),
                outcome,
                leak: (minutes < 60).then_some(33),
            }
        };
        vec![
            gate((
                6,
                "pre-receive",
                "github.com/acme/shop",
                "t.rey",
                "AWS access key in deploy/env.sh",
                GateOutcome::Stopped,
            )),
            gate((
                52,
                "pre-push",
                "github.com/acme/ledger",
                "w.li",
                "Password in a URL in scripts/load.py",
                GateOutcome::Bypassed { reason: self.say("rotating it right now, ticket SEC-411") },
            )),
            gate((
                180,
                "ci",
                "github.com/acme/site",
                "ci",
                "The base commit could not be fetched",
                GateOutcome::Failed,
            )),
        ]
    }

    fn log_secrets(self) -> Vec<LogSecret> {
        vec![
            LogSecret {
                at: minutes_ago(34),
                leak: self.leak(41, "PostgreSQL password", "pg********", Severity::High),
                origin: self.origin(OriginKind::CiLog, "ci/shop/build", Reach::Internal, None),
                place: self.say("job 88213, line 1,204"),
            },
            LogSecret {
                at: hours_ago(8),
                leak: self.leak(42, "Bearer token", "eyJhbGci********", Severity::Medium),
                origin: self.origin(OriginKind::Telemetry, "otel/checkout", Reach::Internal, Some("prod")),
                place: self.say("span attribute http.request.header.authorization"),
            },
        ]
    }

    pub(super) fn on_call_empty() -> OnCallView {
        let logs =
            LogSecrets { hours: vec![0; 24], from: hours_ago(24), redaction_failures: 0, last: vec![] };
        OnCallView {
            active: vec![],
            active_count: 0,
            gates: vec![],
            gate_count: 0,
            logs,
            undelivered: vec![],
        }
    }

    pub(super) fn context(self) -> Vec<ContextLine> {
        let lines = [
            "export REGION=eu-central-1",
            "export STAGE=prod",
            "export AWS_ACCESS_KEY_ID=AKIA********  # for the nightly copy of invoices into the bucket of the ledger",
            "aws s3 sync out/ s3://acme-ledger/",
        ];
        let line = |(number, text): (u64, &str)| ContextLine {
            number,
            text: self.say(text),
            holds: if number == 14 { Holds::Secret } else { Holds::Nothing },
        };
        (12..).zip(lines).map(line).collect()
    }

    pub(super) fn debug(self) -> DebugView {
        let commit =
            |(id, name, preview, presence, context): (i64, &str, &str, Presence, Vec<ContextLine>)| {
                FlaggedCommit {
                    leak: self.leak(id, name, preview, Severity::Critical),
                    origin: self.origin(OriginKind::Repository, "github.com/acme/shop", Reach::Public, None),
                    commit: self.say("4f0c19ad2b7e5c8890aa13f1d2c47be9a0133f52"),
                    url: Some(self.url("shop/commit/4f0c19ad")),
                    author: self.say("Tomás Rey <t.rey@acme.example>"),
                    at: hours_ago(3 * id),
                    path: self.say("deploy/env.sh"),
                    line: 14,
                    presence,
                    context,
                }
            };
        DebugView {
            filter: DebugFilter { origin: self.say("shop"), ..DebugFilter::default() },
            commits: vec![
                commit((33, "AWS access key", "AKIA********", Presence::InHead, self.context())),
                commit((34, "Private key", "********", Presence::HistoryOnly, vec![])),
            ],
            paging: Paging { total: Some(48), after: None, next: Some(self.say("c2")) },
            masking: vec![MaskingFailure {
                at: minutes_ago(34),
                job: self.say("88213"),
                url: Some(self.url("shop/jobs/88213")),
                pipeline: self.say("shop / build"),
                step: self.say("run migrations"),
                line: 1204,
                cause: Some(self.say("base64 of a masked value")),
                leak: self.leak(41, "PostgreSQL password", "pg********", Severity::High),
            }],
            images: vec![self.image(4, LayerState::Visible), self.image(6, LayerState::Deleted)],
        }
    }

    fn image(self, layer: u64, state: LayerState) -> ImageFinding {
        ImageFinding {
            image: self.say("registry.acme.net/shop"),
            tags: vec![self.say("1.4"), self.say("1.4.2"), self.say("latest")],
            layer: Some(ImageLayer {
                digest: self.say("sha256:9b1c55e0d7a94f2f8a6cf0c1e2b39d4a"),
                place: Some((layer, 9)),
                made_by: self.say("COPY . /srv/app"),
            }),
            path: self.say("/srv/app/.env.production"),
            state,
            leak: self.leak(38, "Stripe live key", "sk_live********", Severity::Critical),
        }
    }
}
