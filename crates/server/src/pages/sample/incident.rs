//! Incidents.

use stanch_model::{Actor, ActorKind, Duty, Evidence, EvidenceKind, Milestones, OriginKind, Severity, State};

use super::{Words, hours_ago, minutes_ago, minutes_long};
use crate::pages::{
    incident::{
        BlastRadius, CheckItem, DutyHolder, EventKind, EventView, EvidenceItem, IncidentLink, IncidentView,
        Message, Remark,
    },
    view::{Clock, ExposureView, Reach},
};

impl Words {
    pub(super) fn active_incident(self) -> IncidentView {
        let milestones = Milestones {
            acknowledged: Some(minutes_ago(38)),
            contained: Some(minutes_ago(22)),
            ..Milestones::default()
        };
        IncidentView {
            number: 118,
            version: 7,
            title: self.say("AWS access key of payments-deploy in github.com/acme/shop and 3 other places"),
            severity: Severity::Critical,
            severity_reasons: vec![self.say("live"), self.say("public"), self.say("serves prod")],
            urgency: self.say("page"),
            milestones,
            leaked: Some(hours_ago(5)),
            detected: minutes_ago(47),
            clocks: self.clocks(&milestones),
            duties: self.duties(),
            people: (0..5).map(|id| self.person(id)).collect(),
            leaks: vec![
                self.leak(33, "AWS access key", "AKIA********", Severity::Critical),
                self.leak(34, "AWS session token", "FwoG********", Severity::High),
            ],
            exposures: self.exposures(),
            exposure_count: 212,
            blast: self.blast(),
            events: self.events(),
            evidence: vec![],
            playbook: Some(self.say("aws-iam-access-key-leak@3")),
            checklist: self.checklist(),
            notes: vec![Remark {
                author: self.say("Ada Brandt"),
                at: minutes_ago(20),
                text: self
                    .say("Payments confirms that the nightly copy is the only user.\nThey switch to a role."),
            }],
            links: vec![
                IncidentLink { title: self.say("SEC-411"), url: self.url("tickets/SEC-411") },
                IncidentLink { title: self.say("#inc-118"), url: self.url("chat/inc-118") },
            ],
            messages: self.messages(),
            related: vec![self.incident(
                97,
                "AWS access key in github.com/acme/shop",
                Severity::High,
                State::Closed,
            )],
            mergeable: vec![self.incident(
                120,
                "Database passwords in the log of ci/shop/build",
                Severity::High,
                State::Open,
            )],
        }
    }

    pub(super) fn closed_incident(self) -> IncidentView {
        let at = |hours| Some(hours_ago(hours));
        let milestones = Milestones {
            acknowledged: at(70),
            contained: at(69),
            revoked: at(68),
            rotated: at(60),
            proven: at(50),
            closed: at(49),
            ..Milestones::default()
        };
        let open = self.active_incident();
        IncidentView {
            milestones,
            detected: hours_ago(71),
            clocks: self.clocks(&milestones),
            evidence: self.evidence(),
            blast: BlastRadius::default(),
            checklist: vec![],
            notes: vec![],
            messages: vec![],
            mergeable: vec![],
            ..open
        }
    }

    fn clocks(self, milestones: &Milestones) -> Vec<Clock> {
        let since = milestones.closed.map_or(minutes_ago(47), |_| hours_ago(71));
        let clock = |(name, stopped, limit): (&str, _, i64)| Clock {
            name: self.say(name),
            since,
            stopped,
            limit: Some(minutes_long(limit)),
        };
        [
            ("acknowledge", milestones.acknowledged, 15),
            ("contain", milestones.contained, 30),
            ("revoke", milestones.revoked, 60),
        ]
        .map(clock)
        .into()
    }

    fn duties(self) -> Vec<DutyHolder> {
        vec![
            DutyHolder { duty: Duty::Commander, holder: Some((self.person(0), minutes_ago(38))) },
            DutyHolder { duty: Duty::OpsLead, holder: Some((self.person(2), minutes_ago(12))) },
            DutyHolder { duty: Duty::Liaison, holder: None },
        ]
    }

    pub(super) fn exposures(self) -> Vec<ExposureView> {
        let one = |(id, origin, place, steps, gone): (i64, _, &str, &[&str], Option<i64>)| ExposureView {
            id,
            leak: 33,
            origin,
            place: self.say(place),
            url: Some(self.url("place")),
            provenance: steps.iter().map(|step| self.say(step)).collect(),
            first_seen: minutes_ago(47 * id),
            last_seen: minutes_ago(9 * id),
            gone: gone.map(minutes_ago),
        };
        vec![
            one((
                1,
                self.origin(OriginKind::Repository, "github.com/acme/shop", Reach::Public, Some("prod")),
                "deploy/env.sh:14",
                &["commit 4f0c19ad2b", "deploy/env.sh"],
                None,
            )),
            one((
                2,
                self.origin(OriginKind::Image, "registry.acme.net/shop:1.4", Reach::Internal, Some("prod")),
                "/srv/app/.env.production:3",
                &["layer 4 of 9", "COPY . /srv/app"],
                None,
            )),
            one((
                3,
                self.origin(OriginKind::CiLog, "ci/shop/build", Reach::Internal, None),
                "job 88213, line 1204",
                &["step run migrations", "decoded from base64"],
                Some(12),
            )),
        ]
    }

    pub(super) fn blast(self) -> BlastRadius {
        BlastRadius {
            identity: Some(self.say("arn:aws:iam::210987654321:user/payments-deploy")),
            rights: vec![
                self.say("s3: read and write acme-ledger, acme-invoices"),
                self.say("ecr: push shop"),
            ],
            users: vec![self.say("nightly copy of invoices"), self.say("GitHub Actions of acme/shop")],
            derived: vec![self.say("passwords in acme-invoices/config.json")],
            last_used: Some(minutes_ago(26)),
            foreign_uses: vec![self.say("sts:GetCallerIdentity from 203.0.113.7, 31 min ago")],
            expires: None,
            told: vec![(self.say("issuer"), self.say("aws"))],
            same_account: vec![self.leak(44, "AWS access key", "AKIAQZ********", Severity::High)],
            in_common: vec![(
                self.say("commit"),
                self.incident(112, "Password in a URL", Severity::Medium, State::Closed),
            )],
        }
    }

    fn events(self) -> Vec<EventView> {
        let user = |name: &str| Actor { kind: ActorKind::User, name: self.say(name) };
        let event =
            |(seq, minutes, actor, kind, text, reason): (i64, i64, Actor, EventKind, &str, &str)| EventView {
                seq,
                at: minutes_ago(minutes),
                actor,
                kind,
                text: self.say(text),
                reason: if reason.is_empty() { String::new() } else { self.say(reason) },
                evidence: if seq == 9_218 { vec![self.piece()] } else { vec![] },
            };
        vec![
            event((
                9_231,
                12,
                user("Ada Brandt"),
                EventKind::Other,
                "handed ops lead over from Tomás Rey to Mirja Salo",
                "end of shift",
            )),
            event((
                9_218,
                22,
                user("Tomás Rey"),
                EventKind::Step,
                "contained it",
                "Deny-all policy attached to the user.",
            )),
            event((
                9_210,
                37,
                Actor { kind: ActorKind::Service, name: self.say("pagerduty") },
                EventKind::Alert,
                "took the acknowledgement",
                "",
            )),
            event((9_209, 38, user("Ada Brandt"), EventKind::Step, "acknowledged it", "")),
            event((
                9_203,
                46,
                Actor::stanch("outbox"),
                EventKind::Alert,
                "paged payments on call through pagerduty",
                "",
            )),
            event((9_201, 47, Actor::stanch("ingestion"), EventKind::Step, "opened it for 2 secrets", "")),
        ]
    }

    fn piece(self) -> Evidence {
        Evidence {
            kind: EvidenceKind::Link,
            text: self.say("policy DenyAll in the console"),
            url: Some(self.url("console/policy")),
        }
    }

    fn evidence(self) -> Vec<EvidenceItem> {
        let item = |(evidence, given_for): (Evidence, &str)| EvidenceItem {
            evidence,
            given_for: self.say(given_for),
            actor: Actor { kind: ActorKind::User, name: self.say("Ada Brandt") },
            at: hours_ago(60),
        };
        let probe = Evidence {
            kind: EvidenceKind::Probe,
            text: self.say("sts answered InvalidClientTokenId three times"),
            url: None,
        };
        vec![item((self.piece(), "revoke")), item((probe, "prove"))]
    }

    fn checklist(self) -> Vec<CheckItem> {
        let item = |(id, text, advice, done): (&str, &str, &str, Option<i64>)| CheckItem {
            id: self.say(id),
            text: self.say(text),
            advice: self.say(advice),
            done: done.map(|minutes| (self.say("Tomás Rey"), minutes_ago(minutes))),
        };
        vec![
            item(("contain", "Attach a deny-all policy to the user", "", Some(22))),
            item((
                "issue",
                "Issue a new key and store it in the vault",
                "Two keys per user are allowed.",
                None,
            )),
            item(("audit", "Read CloudTrail since the leak", "Look for addresses that are not ours.", None)),
        ]
    }

    fn messages(self) -> Vec<Message> {
        let message = |(audience, subject): (&str, &str)| {
            Message {
            id: audience.to_owned(),
            audience: self.say(audience),
            subject: self.say(subject),
            text: self.say("An access key of payments-deploy was found in a public repository at 13:15 UTC.\nIt was contained at 13:40 UTC. We look for uses by others and report again at 15:00 UTC."),
        }
        };
        [
            ("internal", "Incident 118: AWS access key, contained"),
            ("customer", "Security notice"),
            ("executive", "Incident 118 in three sentences"),
        ]
        .map(message)
        .into()
    }

    /// The last such incident.
    pub(super) fn former(self) -> crate::pages::view::IncidentRef {
        self.incident(97, "AWS access key in github.com/acme/shop", Severity::High, State::Closed)
    }
}
