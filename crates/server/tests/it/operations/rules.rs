//! Rules and dashboard are checked by Prometheus' own tool, and use no metric that there is not.

use std::{
    collections::BTreeSet,
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use serde_json::Value as Json;
use stanch_store::Scope;

use super::watched::{Plan, Watched, databases};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Runs `promtool`, which Debian's package `prometheus` has.
#[track_caller]
fn promtool(arguments: &[&str], input: &str) {
    let mut tool = Command::new("promtool");
    tool.current_dir(root().join("ops/prometheus")).args(arguments);
    tool.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = tool.spawn().expect("promtool is installed: cargo xtask test");
    let mut pipe = child.stdin.take().expect("a pipe");
    pipe.write_all(input.as_bytes()).expect("promtool reads");
    drop(pipe);
    let output = child.wait_with_output().expect("promtool ends");
    let told = [String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr)].concat();
    assert!(output.status.success(), "{told}");
}

/// What a server tells: one that has something to tell of everything.
fn told() -> String {
    let server = Watched::over(databases()[0], &Plan::default());
    server.ingest(("image", "registry.example/shop:1"), "s1", &["a", "b"]);
    let reader = server.token(Scope::Read, None);
    server.get("/leaks", None);
    server.get("/metrics", Some(&reader)).body
}

fn names_of(metrics: &str) -> BTreeSet<String> {
    let types = metrics.lines().filter_map(|line| line.strip_prefix("# TYPE "));
    types.filter_map(|rest| rest.split(' ').next()).map(str::to_owned).collect()
}

/// Names of metrics in a text: `stanch_…`, without what a histogram adds to its own.
fn used_in(text: &str) -> BTreeSet<String> {
    let is_part = |character: char| character.is_ascii_alphanumeric() || character == '_' || character == ':';
    let words = text.split(|character| !is_part(character)).filter(|word| word.starts_with("stanch_"));
    words.map(|word| word.trim_end_matches("_bucket").to_owned()).collect()
}

fn dashboard() -> Json {
    let text = fs::read_to_string(root().join("ops/grafana/stanch.json")).expect("the dashboard");
    serde_json::from_str(&text).expect("JSON")
}

fn expressions(dashboard: &Json) -> Vec<String> {
    let panels = dashboard["panels"].as_array().expect("panels");
    let targets = panels.iter().filter_map(|panel| panel["targets"].as_array()).flatten();
    targets.map(|target| target["expr"].as_str().expect("an expression").to_owned()).collect()
}

#[test]
fn rules_are_sound_and_fire_when_they_should() {
    promtool(&["check", "rules", "stanch.rules.yml"], "");
    promtool(&["test", "rules", "stanch.rules.test.yml"], "");
}

#[test]
fn metrics_are_as_prometheus_wants_them() {
    promtool(&["check", "metrics"], &told());
}

#[test]
fn rules_and_dashboard_use_metrics_that_there_are() {
    let there = names_of(&told());
    let rules = fs::read_to_string(root().join("ops/prometheus/stanch.rules.yml")).expect("the rules");
    let used = &used_in(&rules) | &used_in(&expressions(&dashboard()).join("\n"));
    let unknown: Vec<_> = used.difference(&there).collect();
    assert!(unknown.is_empty(), "{unknown:?}");
    assert!(used.len() > 20, "{used:?}");
}

#[test]
fn every_metric_is_documented() {
    let page = fs::read_to_string(root().join("docs/metrics.md")).expect("the page");
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `stanch_"));
    let documented: BTreeSet<String> =
        rows.filter_map(|row| row.split('`').next()).map(|name| format!("stanch_{name}")).collect();
    assert_eq!(documented, names_of(&told()));
}

#[test]
fn the_dashboard_is_whole() {
    let dashboard = dashboard();
    let variables = dashboard["templating"]["list"].as_array().expect("variables");
    assert!(
        variables.iter().any(|variable| variable["name"] == "datasource" && variable["type"] == "datasource")
    );
    let panels = dashboard["panels"].as_array().expect("panels");
    let mut ids = BTreeSet::new();
    let mut taken = BTreeSet::new();
    for panel in panels {
        assert!(ids.insert(panel["id"].as_i64()), "{panel}");
        let at = |side: &str| panel["gridPos"][side].as_i64().expect("a place");
        for x in at("x")..at("x") + at("w") {
            assert!(x < 24, "{panel}");
            for y in at("y")..at("y") + at("h") {
                assert!(taken.insert((x, y)), "two panels in one place: {panel}");
            }
        }
        if panel["type"] != "row" {
            assert_eq!(panel["datasource"]["uid"], "${datasource}", "{panel}");
            assert!(panel["description"].as_str().is_some_and(|text| !text.is_empty()), "{panel}");
        }
    }
    let titles: Vec<_> = panels.iter().filter_map(|panel| panel["title"].as_str()).collect();
    for measure in 1..=8 {
        assert!(titles.iter().any(|title| title.starts_with(&format!("{measure}. "))), "{measure}");
    }
    assert_eq!(expressions_checked(&dashboard), expressions(&dashboard).len());
}

/// Has Prometheus read every expression, as if each were a rule.
fn expressions_checked(dashboard: &Json) -> usize {
    let expressions = expressions(dashboard);
    let rule = |(n, text): (usize, &String)| {
        let text = text.replace("$__rate_interval", "5m").replace("$job", ".*");
        serde_json::json!({ "record": format!("panel:{n}"), "expr": text })
    };
    let rules: Vec<Json> = expressions.iter().enumerate().map(rule).collect();
    let groups = serde_json::json!({ "groups": [{ "name": "dashboard", "rules": rules }] });
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("dashboard.yml");
    fs::write(&file, groups.to_string()).expect("JSON is YAML");
    promtool(&["check", "rules", file.to_str().expect("UTF-8")], "");
    expressions.len()
}
