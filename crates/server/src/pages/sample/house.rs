//! Settings.

use super::{Words, days_ago, hours_ago, minutes_ago};
use crate::pages::{
    settings::{
        Access, ChannelLine, ChannelsView, DeadMessage, Invitation, LoginKind, NewToken, PolicyRule,
        PolicyView, Scope, SettingsView, TeamLine, TeamsView, TokenLine, TokensView, UserLine, UsersView,
    },
    view::{Choice, Paging, Role},
};

impl Words {
    pub(super) fn settings(self) -> [(&'static str, SettingsView); 5] {
        [
            ("settings-users", SettingsView::Users(self.users())),
            ("settings-teams", SettingsView::Teams(self.teams())),
            ("settings-tokens", SettingsView::Tokens(self.tokens())),
            ("settings-channels", SettingsView::Channels(self.channels())),
            ("settings-policy", SettingsView::Policy(self.policy())),
        ]
    }

    fn users(self) -> UsersView {
        let user = |(id, role, kind, access): (i64, Role, LoginKind, Access)| UserLine {
            id,
            name: self.person(id).name,
            login: self.say("someone@acme.example"),
            role,
            scope: if id == 0 { Scope::All } else { Scope::Teams },
            teams: if id == 0 || id == 3 { vec![] } else { vec![self.say("payments")] },
            kind,
            last_login: (id != 3).then(|| hours_ago(id * 5)),
            access,
        };
        UsersView {
            users: vec![
                user((0, Role::Admin, LoginKind::TwoFactor, Access::Open)),
                user((1, Role::Commander, LoginKind::Provider, Access::Open)),
                user((2, Role::Responder, LoginKind::Password, Access::Open)),
                user((3, Role::Viewer, LoginKind::Provider, Access::Closed)),
            ],
            teams: ["payments", "platform"]
                .map(|name| Choice { value: self.say(name), label: self.say(name) })
                .into(),
            invitation: Some(Invitation {
                login: self.say("wen@acme.example"),
                link: self.say("https://stanch.acme.example/setup/one-time"),
            }),
            paging: Paging { total: None, after: None, next: Some(self.say("femi")) },
        }
    }

    fn teams(self) -> TeamsView {
        let team = |(id, name, origins): (i64, &str, &[&str])| TeamLine {
            id,
            name: self.say(name),
            origins: origins.iter().map(|origin| self.say(origin)).collect(),
            members: 3 + id.unsigned_abs(),
            active: 2,
        };
        let teams = vec![
            team((1, "payments", &["github.com/acme/shop*", "registry.acme.net/shop*", "ci/shop/*"])),
            team((2, "platform", &["github.com/acme/infra*"])),
        ];
        TeamsView { teams, paging: Paging::default() }
    }

    fn tokens(self) -> TokensView {
        let token =
            |(id, name, scopes, expires, revoked): (i64, &str, &[&str], i64, Option<i64>)| TokenLine {
                id,
                name: self.say(name),
                head: self.say("stn_4f0c"),
                scopes: scopes.iter().map(|scope| self.say(scope)).collect(),
                team: (id == 1).then(|| self.say("payments")),
                maker: self.say("Ada Brandt"),
                last_used: (id != 2).then(|| minutes_ago(3)),
                expires: days_ago(-expires),
                revoked: revoked.map(days_ago),
            };
        TokensView {
            tokens: vec![
                token((1, "ci of shop", &["ingest"], 61, None)),
                token((2, "grafana", &["read"], -4, None)),
                token((3, "chat bot", &["read", "respond"], 20, Some(9))),
            ],
            made: Some(NewToken { name: self.say("ci of ledger"), text: self.say("shown-once") }),
            teams: vec![Choice { value: "1".to_owned(), label: self.say("payments") }],
            paging: Paging::default(),
        }
    }

    fn channels(self) -> ChannelsView {
        let channel = |(name, kind, takes, error, dead): (&str, &str, &str, Option<&str>, u64)| ChannelLine {
            name: self.say(name),
            kind: self.say(kind),
            takes: self.say(takes),
            last_delivery: error.is_none().then(|| minutes_ago(46)),
            waiting: dead,
            dead,
            error: error.map(|text| self.say(text)),
        };
        ChannelsView {
            channels: vec![
                channel(("pagerduty", "PagerDuty", "pages of every team", None, 0)),
                channel(("slack-security", "Slack", "everything", Some("answered 503"), 1)),
            ],
            missing: vec![self.say("escalation")],
            dead: vec![DeadMessage {
                id: 41,
                channel: self.say("slack-security"),
                incident: Some(118),
                kind: self.say("trigger"),
                since: hours_ago(50),
                tries: 200,
                error: self.say("answered 503"),
            }],
        }
    }

    fn policy(self) -> PolicyView {
        let rule = |(name, when, then): (&str, &str, &str)| PolicyRule {
            name: self.say(name),
            when: self.say(when),
            then: self.say(then),
        };
        PolicyView {
            path: Some(self.say("/etc/stanch/policy.toml")),
            digest: self.say("5c1d90aa"),
            loaded: days_ago(6),
            severities: vec![
                rule(("live and public", "liveness is live, and public", "critical")),
                rule(("test keys", "class is test", "at most medium")),
            ],
            routes: vec![rule((
                "critical",
                "severity is critical",
                "page on-call; after 15m escalation unless acknowledged",
            ))],
            text: self
                .say("[[rule]]\nname = \"live-and-public\"\nwhen = { liveness = \"live\", public = true }\n"),
        }
    }
}
