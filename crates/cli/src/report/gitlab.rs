//! GitLab's secret detection report, schema 15.
//!
//! Source: `secret-detection-report-format.json` in GitLab's security-report-schemas, version 15.2.0. How fields map is in
//! `docs/formats.md`. `raw_source_code_extract` is left out: by its definition it would hold the secret.

use std::io::{self, Write};

use jiff::Timestamp;
use serde::{Serialize, Serializer};
use serde_json::{Value, json};
use stanch_model::{Confidence, Finding, RuleInfo, Severity, Skip, TargetCoverage};

use super::{
    Format, Report, TOOL_URI, TOOL_VERSION,
    gaps::ended_early,
    part,
    place::Place,
    place_id::{NO_COMMIT, PlaceIds},
};

/// A GitLab secret detection report.
pub(crate) struct Gitlab;

const SCHEMA_VERSION: &str = "15.2.0";
const SCHEMA: &str = "https://gitlab.com/gitlab-org/security-products/security-report-schemas/-/raw/v15.2.0/dist/secret-detection-report-format.json";
/// Longest name the schema allows, in characters.
const NAME_MAX: usize = 255;

impl Format for Gitlab {
    fn name(&self) -> &'static str {
        "gitlab"
    }

    fn doc(&self) -> &'static str {
        "GitLab secret detection report: for the security dashboard and merge requests"
    }

    fn write(&self, report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
        let document = Document {
            version: SCHEMA_VERSION,
            schema: SCHEMA,
            scan: scan(report),
            vulnerabilities: Vulnerabilities(report.findings),
        };
        serde_json::to_writer_pretty(&mut *out, &document)?;
        out.write_all(b"\n")
    }
}

#[derive(Serialize)]
struct Document<'r> {
    version: &'static str,
    schema: &'static str,
    scan: Value,
    vulnerabilities: Vulnerabilities<'r>,
}

/// Made one by one while they are written: there may be a million.
struct Vulnerabilities<'r>(&'r [Finding]);

impl Serialize for Vulnerabilities<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut ids = PlaceIds::default();
        serializer.collect_seq(self.0.iter().map(|finding| vulnerability(finding, &mut ids)))
    }
}

fn scan(report: &Report<'_>) -> Value {
    let tool = json!({
        "id": "stanch",
        "name": "Stanch",
        "version": TOOL_VERSION,
        "url": TOOL_URI,
        "vendor": { "name": "Stanch" },
    });
    let targets = &report.coverage.targets;
    json!({
        "type": "secret_detection",
        "status": if ended_early(report.coverage) { "failure" } else { "success" },
        "start_time": utc(report.started),
        "end_time": utc(report.ended()),
        "analyzer": tool,
        "scanner": tool,
        "messages": targets.iter().flat_map(messages).chain(exempted(report)).collect::<Vec<_>>(),
    })
}

fn utc(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%S").to_string()
}

/// What kept a target from being scanned whole.
fn messages(target: &TargetCoverage) -> Vec<Value> {
    let fatal = target.error.iter().map(|error| json!({ "level": "fatal", "value": error }));
    let warn = |skip: &Skip| {
        let value = format!("{} was not scanned: {}: {}", skip.item, skip.reason, skip.detail);
        json!({ "level": "warn", "value": value })
    };
    fatal.chain(target.skips.iter().filter(|skip| skip.reason.is_gap()).map(warn)).collect()
}

/// What may stay: counted, and listed where that is asked for.
fn exempted<'r>(report: &Report<'r>) -> impl Iterator<Item = Value> + 'r {
    let tally = report.exempt.tally().into_iter();
    let listed = report.listed_exempt().iter().map(|allowed| {
        let (place, at) = (Place::of(&allowed.finding), &allowed.finding.location);
        let what = format!("{} {}", allowed.finding.rule.name, allowed.finding.preview());
        format!("{}:{}: {what} is allowed: {}", place.path, at.line, allowed.grounds())
    });
    tally.chain(listed).map(|text| json!({ "level": "info", "value": text }))
}

fn vulnerability(finding: &Finding, ids: &mut PlaceIds) -> Value {
    let (rule, place) = (&finding.rule, Place::of(finding));
    // The schema requires a commit.
    let commit = place.commit.as_ref().map_or_else(
        || json!({ "sha": NO_COMMIT }),
        |commit| json!({ "sha": commit.id, "author": commit.author, "date": commit.time }),
    );
    let mut details = json!({
        "preview": { "name": "Secret, masked", "type": "text", "value": finding.preview() },
        "fingerprint": { "name": "Fingerprint", "type": "text", "value": finding.fingerprint() },
    });
    if let Some(parts) = part::listed(finding) {
        details["parts"] = json!({ "name": "With", "type": "text", "value": parts });
    }
    json!({
        "id": ids.next(finding, &place),
        "category": "secret_detection",
        "name": rule.name.chars().take(NAME_MAX).collect::<String>(),
        "description": rule.description,
        "solution": place.situation.advice(),
        "severity": severity(finding.severity),
        "confidence": confidence(finding.confidence),
        "location": {
            "file": place.path,
            "start_line": finding.location.line,
            "end_line": finding.location.end_line,
            "commit": commit,
        },
        "identifiers": [identifier(rule)],
        "links": links(rule).map(|url| json!({ "url": url })).collect::<Vec<_>>(),
        "details": details,
    })
}

fn identifier(rule: &RuleInfo) -> Value {
    let mut identifier = json!({
        "type": "stanch_rule_id",
        "name": format!("Stanch rule {}", rule.id),
        "value": rule.id,
    });
    if let Some(url) = links(rule).next() {
        identifier["url"] = json!(url);
    }
    identifier
}

fn links(rule: &RuleInfo) -> impl Iterator<Item = &String> {
    rule.references.iter().filter(|url| url.starts_with("https://"))
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "Critical",
        Severity::High => "High",
        Severity::Medium => "Medium",
        Severity::Low => "Low",
    }
}

fn confidence(confidence: Confidence) -> &'static str {
    match confidence {
        Confidence::Certain => "Confirmed",
        Confidence::High => "High",
        Confidence::Medium => "Medium",
        Confidence::Low => "Low",
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::report::sample;

    /// The fields that the schema requires, and the forms it gives them.
    #[test]
    fn has_what_the_schema_requires() {
        for sample in [sample::findings(), sample::empty(), sample::hostile()] {
            let report: Value = serde_json::from_str(&sample.render(&Gitlab)).expect("JSON");
            let scan = &report["scan"];
            for tool in [&scan["analyzer"], &scan["scanner"]] {
                assert!(["id", "name", "version"].iter().all(|field| tool[field].is_string()), "{tool}");
                assert!(tool["vendor"]["name"].is_string());
            }
            for time in [&scan["start_time"], &scan["end_time"]] {
                assert_eq!(time.as_str().map(str::len), Some("2020-01-28T03:26:02".len()), "{time}");
            }
            let vulnerabilities = report["vulnerabilities"].as_array().expect("an array");
            let ids: HashSet<_> = vulnerabilities.iter().map(|found| found["id"].as_str()).collect();
            assert_eq!(ids.len(), sample.findings.len(), "ids are not unique");
            for found in vulnerabilities {
                assert!(found["location"]["commit"]["sha"].as_str().is_some_and(|sha| !sha.is_empty()));
                assert!(found["identifiers"][0]["value"].is_string());
                assert!(found.get("raw_source_code_extract").is_none());
            }
        }
    }
}
