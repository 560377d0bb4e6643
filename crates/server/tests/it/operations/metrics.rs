//! What Prometheus is told, over both databases.

use axum::{body::Body, http::Request};
use stanch_model::{Change, Evidence, Severity};
use stanch_response::Request as Step;
use stanch_server::{Front, MetricsSettings, Operations};
use stanch_store::{InventoryItem, Scope, Sight, StoreError};

use super::watched::{Plan, Watched, console, on_each};

fn local() -> Plan {
    let metrics = MetricsSettings::default().or_local(Front::Direct);
    Plan { operations: Operations { metrics, ..Operations::default() }, ..Plan::default() }
}

fn from(server: &Watched, address: &str) -> u16 {
    let request = Request::get("/metrics").body(Body::empty()).expect("a request");
    server.ask(address, request).status
}

#[track_caller]
fn assert_has(text: &str, line: &str) {
    assert!(text.lines().any(|told| told == line), "{line}\nis not in\n{text}");
}

#[test]
fn numbers_of_the_register_are_told() {
    on_each(&local(), |server| {
        server.ingest(("repository", "git.example/acme/shop"), "s1", &["a", "b"]);
        server.ingest(("ci-log", "ci.example/acme"), "s2", &["a"]);
        let items = [("credential", true), ("credential", false), ("secret-store", true)];
        let item = |(n, (kind, good)): (usize, &(&str, bool))| InventoryItem {
            kind: (*kind).to_owned(),
            name: n.to_string(),
            good: *good,
            detail: String::new(),
        };
        let items: Vec<_> = items.iter().enumerate().map(item).collect();
        server.store.write(|tx| tx.inventory_told(&items, server.now())).expect("told");
        server.wait(600);
        let incidents = server
            .store
            .read(|tx| tx.active_clocks(10))
            .expect("incidents")
            .into_iter()
            .map(|(id, _)| id)
            .collect::<Vec<_>>();
        let newest = incidents[0];
        let ada = console();
        let asked =
            Step { incident: newest, actor: &ada, sight: &Sight::All, version: None, now: server.now() };
        let evidence = [Evidence::note("seen in the console")];
        server.register.step(&asked, Change::Revoke, "", &evidence).expect("revoked");
        let reader = server.token(Scope::Read, None);
        let told = server.get("/metrics", Some(&reader));
        assert_eq!(told.status, 200);
        assert_eq!(told.headers["content-type"], "text/plain; version=0.0.4; charset=utf-8");
        let text = told.body;
        for line in [
            "stanch_origin_secrets_detected{origin_kind=\"repository\",origin=\"git.example/acme/shop\",week=\"current\"} 2",
            "stanch_origin_secrets_detected{origin_kind=\"ci-log\",origin=\"ci.example/acme\",week=\"previous\"} 0",
            "stanch_redaction_failures_total{origin_kind=\"ci-log\"} 1",
            "stanch_redaction_failures_total{origin_kind=\"telemetry\"} 0",
            "stanch_incident_time_to_revoke_seconds_bucket{severity=\"critical\",le=\"300\"} 0",
            "stanch_incident_time_to_revoke_seconds_bucket{severity=\"critical\",le=\"900\"} 1",
            "stanch_incident_time_to_revoke_seconds_sum{severity=\"critical\"} 600",
            "stanch_quarter_incidents{quarter=\"previous\"} 0",
            "stanch_credentials{lifetime=\"short\"} 1",
            "stanch_short_lived_credentials_ratio 0.5",
            "stanch_audited_secret_stores_ratio 1",
            "stanch_objective_events_total{objective=\"revoke-critical\"} 1",
            "stanch_objective_failed_total{objective=\"revoke-critical\"} 0",
            "stanch_objective_target_ratio{objective=\"detect\"} 0.95",
            "stanch_objective_burning{objective=\"detect\",urgency=\"page\"} 0",
            "stanch_database_up 1",
            "stanch_ingest_findings_total 0",
        ] {
            assert_has(&text, line);
        }
        let clock = |name: &str| {
            format!("stanch_incident_{name}_timestamp_seconds{{incident=\"{newest}\",severity=\"critical\"}}")
        };
        assert_has(&text, &format!("{} 1800000000", clock("detected")));
        assert_has(&text, &format!("{} 1800000600", clock("revoked")));
        assert!(!text.contains(&clock("proven")));
        for hidden in ["ex***", "src/a.rs", "example-token"] {
            assert!(!text.contains(hidden), "{hidden} is nobody's business here");
        }
    });
}

#[test]
fn numbers_are_read_at_most_every_fifteen_seconds() {
    on_each(&local(), |server| {
        let reader = server.token(Scope::Read, None);
        let open = || {
            let text = server.get("/metrics", Some(&reader)).body;
            let told =
                text.lines().find_map(|line| line.strip_prefix("stanch_leaks_open{severity=\"critical\"} "));
            told.map(str::to_owned)
        };
        assert_eq!(open().as_deref(), Some("0"));
        server.ingest(("repository", "git.example/acme/shop"), "s1", &["a"]);
        server.wait(14);
        assert_eq!(open().as_deref(), Some("0"));
        server.wait(1);
        assert_eq!(open().as_deref(), Some("1"));
    });
}

#[test]
fn who_may_read_them() {
    on_each(&local(), |server| {
        let globs = ["git.example/acme/**".to_owned()];
        let team = server.auth.accounts().create_team(&console(), "acme", &globs).expect("a team");
        for (scope, team, status) in [
            (Scope::Read, None, 200),
            (Scope::Admin, None, 200),
            (Scope::Ingest, None, 403),
            (Scope::Read, Some(team.id), 403),
        ] {
            let token = server.token(scope, team);
            assert_eq!(server.get("/metrics", Some(&token)).status, status, "{scope:?} {team:?}");
        }
        assert_eq!(server.get("/metrics", None).status, 403);
        assert_eq!(from(server, "127.0.0.1:4000"), 200);
        assert_eq!(from(server, "[::1]:4000"), 200);
        let request = Request::get("/metrics").header("authorization", "Bearer nonsense");
        let request = request.body(Body::empty()).expect("a request");
        assert_eq!(server.ask("127.0.0.1:4000", request).status, 401);
    });
}

#[test]
fn behind_a_proxy_this_machine_is_not_trusted_but_what_is_named() {
    let settings = |text: &str| {
        let settings = stanch_server::ServerSettings::parse(text, "server.toml").expect("settings");
        Plan { operations: settings.operations(std::path::Path::new(".")), ..Plan::default() }
    };
    let behind = settings("[server]\nurl = \"https://stanch.example\"");
    on_each(&behind, |server| assert_eq!(from(server, "127.0.0.1:4000"), 403));
    let named = settings("[server]\nurl = \"https://stanch.example\"\n[metrics]\nallow = [\"10.0.0.0/8\"]");
    on_each(&named, |server| {
        assert_eq!(from(server, "127.0.0.1:4000"), 403);
        assert_eq!(from(server, "10.1.2.3:4000"), 200);
    });
}

/// The counters of promises never fall, whatever becomes of an incident.
#[test]
fn a_case_counts_once_it_is_decided() {
    on_each(&local(), |server| {
        let within =
            |severity: Severity| if severity == Severity::Critical { 3_600_000 } else { i64::MAX / 4 };
        let promised = || {
            let now = server.now();
            let told = server.store.read(|tx| tx.revoked_in_time(within, now)).expect("counted");
            told.first().map(|(_, promised)| (promised.decided, promised.failed)).unwrap_or_default()
        };
        server.ingest(("repository", "git.example/acme/shop"), "s1", &["a"]);
        let id = server.store.read(|tx| tx.active_clocks(1)).expect("incidents")[0].0;
        assert_eq!(promised(), (0, 0), "there is time");
        server.wait(3_601);
        assert_eq!(promised(), (1, 1));
        server
            .store
            .write(|tx| {
                let mut incident = tx.incident(id, &Sight::All)?.expect("an incident");
                incident.milestones.dismissed = Some(server.now());
                tx.update_incident(&mut incident)?;
                Ok::<_, StoreError>(())
            })
            .expect("dismissed");
        assert_eq!(promised(), (1, 1), "it was late before");
    });
}
