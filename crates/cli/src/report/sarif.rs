//! SARIF 2.1.0, as code scanning services read it.
//!
//! Source: OASIS, Static Analysis Results Interchange Format (SARIF) Version 2.1.0, errata 01; what GitHub makes of it:
//! "SARIF support for code scanning" in its documentation. How fields map is in `docs/formats.md`.

use std::{
    collections::HashMap,
    io::{self, Write},
};

use serde::{Serialize, Serializer};
use serde_json::{Map, Value, json};
use stanch_allow::Why;
use stanch_model::{Confidence, Coverage, Finding, Location, Part, RuleInfo, Severity, Skip};

use super::{Format, Report, TOOL_URI, TOOL_VERSION, encodings, exempted::Counts, part, place::Place};
use crate::exempt::Allowed;

/// A SARIF log of one run.
pub(crate) struct Sarif;

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";
/// What stands for the hidden part of a secret in a preview.
const REDACTION_TOKEN: &str = "********";
/// GitHub refuses a rule with more tags.
const TAGS_MAX: usize = 20;

impl Format for Sarif {
    fn name(&self) -> &'static str {
        "sarif"
    }

    fn doc(&self) -> &'static str {
        "SARIF 2.1.0: for code scanning services and editors"
    }

    fn write(&self, report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
        let driver = json!({
            "name": "Stanch",
            "semanticVersion": TOOL_VERSION,
            "informationUri": TOOL_URI,
            "rules": report.rules.iter().map(|rule| descriptor(rule)).collect::<Vec<_>>(),
        });
        let rules = report.rules.iter().enumerate();
        let run = Run {
            tool: json!({ "driver": driver }),
            column_kind: "unicodeCodePoints",
            redaction_tokens: [REDACTION_TOKEN],
            invocations: [invocation(report)],
            results: Results {
                findings: report.findings,
                allowed: report.listed_exempt(),
                indices: rules.map(|(at, rule)| (rule.id.as_str(), at)).collect(),
            },
            properties: json!({
                "rulesDigest": report.coverage.rules_digest,
                "exempt": Counts::from(report.exempt),
            }),
        };
        let log = Log { schema: SCHEMA, version: "2.1.0", runs: [run] };
        serde_json::to_writer_pretty(&mut *out, &log)?;
        out.write_all(b"\n")
    }
}

#[derive(Serialize)]
struct Log<'r> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run<'r>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run<'r> {
    tool: Value,
    column_kind: &'static str,
    redaction_tokens: [&'static str; 1],
    invocations: [Value; 1],
    results: Results<'r>,
    properties: Value,
}

/// The results, made one by one while they are written: there may be a million.
struct Results<'r> {
    findings: &'r [Finding],
    /// Results that are suppressed.
    allowed: &'r [Allowed],
    /// Of rules, by id.
    indices: HashMap<&'r str, usize>,
}

impl Serialize for Results<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let results = self.findings.iter().map(|finding| result(finding, &self.indices));
        let suppressed = self.allowed.iter().map(|allowed| suppressed(allowed, &self.indices));
        serializer.collect_seq(results.chain(suppressed))
    }
}

/// A result that may stay (section 3.27.23).
fn suppressed(allowed: &Allowed, indices: &HashMap<&str, usize>) -> Value {
    let kind = if matches!(allowed.ruling.by, Why::Comment(_)) { "inSource" } else { "external" };
    let suppression = json!({ "kind": kind, "status": "accepted", "justification": allowed.grounds() });
    let mut result = result(&allowed.finding, indices);
    result["suppressions"] = json!([suppression]);
    result
}

/// A rule as a `reportingDescriptor`.
fn descriptor(rule: &RuleInfo) -> Value {
    let tags: Vec<&str> = ["security", "secret"]
        .into_iter()
        .chain(rule.tags.iter().map(String::as_str))
        .take(TAGS_MAX)
        .collect();
    let mut descriptor = json!({
        "id": rule.id,
        "name": rule.name,
        "shortDescription": { "text": rule.name },
        "fullDescription": { "text": rule.description },
        "help": { "text": rule.description },
        "defaultConfiguration": { "level": level(rule.severity) },
        "properties": {
            "tags": tags,
            "precision": precision(rule.confidence),
            "security-severity": score(rule.severity),
        },
    });
    if let Some(uri) = rule.references.iter().find(|uri| uri.starts_with("https://")) {
        descriptor["helpUri"] = json!(uri);
    }
    descriptor
}

fn result(finding: &Finding, indices: &HashMap<&str, usize>) -> Value {
    let place = Place::of(finding);
    let mut properties = json!({
        "severity": finding.severity,
        "confidence": finding.confidence,
        "preview": finding.preview(),
        "provenance": finding.provenance,
    });
    if let Some(commit) = &place.commit {
        properties["commit"] = json!(commit.id);
        properties["inHead"] = json!(commit.in_head);
    }
    if let Some(class) = finding.class {
        properties["class"] = json!(class);
    }
    if !finding.encodings.is_empty() {
        properties["encodings"] = json!(finding.encodings);
    }
    if !finding.parts.is_empty() {
        properties["parts"] = json!(part::records(finding));
    }
    let mut result = json!({
        "ruleId": finding.rule.id,
        "level": level(finding.severity),
        "message": { "text": message(finding, &place) },
        "locations": [location(finding, &place)],
        "partialFingerprints": { "stanch/v1": finding.fingerprint() },
        "properties": properties,
    });
    if !finding.parts.is_empty() {
        let parts = finding.parts.iter().map(|part| related(part, &place));
        result["relatedLocations"] = parts.collect();
    }
    if let Some(index) = indices.get(finding.rule.id.as_str()) {
        result["ruleIndex"] = json!(index);
    }
    result
}

fn message(finding: &Finding, place: &Place<'_>) -> String {
    let remark = place.remark().map(|remark| format!(" ({remark})")).unwrap_or_default();
    let parts = part::listed(finding).map(|parts| format!(" with {parts}")).unwrap_or_default();
    let encoded = encodings::listed(finding).map(|listed| format!(" in {listed}")).unwrap_or_default();
    let (name, preview) = (&finding.rule.name, finding.preview());
    let text = format!("{name}: {preview}{encoded}{parts}{remark}. {}", place.situation.advice());
    escaped(&text)
}

/// Braces are doubled because SARIF reads `{0}` as a placeholder (section 3.11.5).
fn escaped(text: &str) -> String {
    text.replace('{', "{{").replace('}', "}}")
}

/// A part of the credential, which a viewer shows beside the secret.
fn related(part: &Part, place: &Place<'_>) -> Value {
    json!({
        "message": { "text": escaped(&part::Named(part).to_string()) },
        "physicalLocation": physical(&part.location, place),
    })
}

fn physical(at: &Location, place: &Place<'_>) -> Value {
    json!({
        "artifactLocation": { "uri": uri(&place.path) },
        "region": {
            "startLine": at.line,
            "startColumn": at.column,
            "endLine": at.end_line,
            "endColumn": at.end_column,
            "byteOffset": at.byte_start,
            "byteLength": at.byte_end - at.byte_start,
        },
    })
}

fn location(finding: &Finding, place: &Place<'_>) -> Value {
    let at = &finding.location;
    let mut physical = physical(at, place);
    if let Some(snippet) = &finding.snippet {
        physical["contextRegion"] = json!({ "startLine": at.line, "snippet": { "text": snippet.text } });
    }
    let mut location = Map::from_iter([("physicalLocation".to_owned(), physical)]);
    if let Some(commit) = &place.commit {
        let logical = json!([{ "name": commit.short(), "fullyQualifiedName": commit.id, "kind": "commit" }]);
        location.insert("logicalLocations".to_owned(), logical);
    }
    Value::Object(location)
}

fn invocation(report: &Report<'_>) -> Value {
    let Coverage { targets, cancelled, .. } = report.coverage;
    let failures = targets.iter().filter_map(|target| target.error.as_ref());
    let failures = failures.map(|error| json!({ "level": "error", "message": { "text": error } }));
    let skips = targets.iter().flat_map(|target| &target.skips).map(notification);
    json!({
        "executionSuccessful": !cancelled && targets.iter().all(|target| target.error.is_none()),
        "startTimeUtc": report.started.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        "endTimeUtc": report.ended().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        "toolExecutionNotifications": failures.chain(skips).collect::<Vec<_>>(),
    })
}

fn notification(skip: &Skip) -> Value {
    json!({
        "level": if skip.reason.is_gap() { "warning" } else { "note" },
        "descriptor": { "id": skip.reason.as_str() },
        "message": { "text": format!("{} was not scanned: {}: {}", skip.item, skip.reason, skip.detail) },
    })
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low => "note",
    }
}

/// GitHub reads over 9.0 as critical, from 7.0 as high, from 4.0 as medium, from 0.1 as low.
fn score(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "9.5",
        Severity::High => "8.0",
        Severity::Medium => "5.5",
        Severity::Low => "2.0",
    }
}

fn precision(confidence: Confidence) -> &'static str {
    match confidence {
        Confidence::Certain => "very-high",
        Confidence::High => "high",
        Confidence::Medium => "medium",
        Confidence::Low => "low",
    }
}

/// A path as a URI reference (RFC 3986): relative as it is, absolute as a `file` URI.
fn uri(path: &str) -> String {
    let scheme = if path.starts_with('/') { "file://" } else { "" };
    let encode = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' | b'!' => {
            char::from(byte).to_string()
        }
        other => format!("%{other:02X}"),
    };
    path.bytes().map(encode).fold(scheme.to_owned(), |uri, part| uri + &part)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample::{self, Sample};

    fn log(sample: &Sample) -> Value {
        serde_json::from_str(&sample.render(&Sarif)).expect("JSON")
    }

    #[test]
    fn valid_against_the_schema() {
        let schema = include_str!("../../tests/fixtures/sarif-schema-2.1.0.json");
        let schema: Value = serde_json::from_str(schema).expect("JSON");
        let validator = jsonschema::draft7::new(&schema).expect("a schema");
        for sample in [sample::findings(), sample::empty(), sample::hostile()] {
            let log = log(&sample);
            let errors: Vec<_> = validator.iter_errors(&log).map(|error| error.to_string()).collect();
            assert!(errors.is_empty(), "{errors:#?}");
        }
        assert!(!validator.is_valid(&json!({ "version": "2.1.0" })), "the schema accepts anything");
    }

    #[test]
    fn every_result_points_to_its_rule() {
        let log = log(&sample::findings());
        let run = &log["runs"][0];
        let results = run["results"].as_array().expect("results");
        assert!(!results.is_empty());
        for result in results {
            let index = usize::try_from(result["ruleIndex"].as_u64().expect("an index")).expect("small");
            assert_eq!(run["tool"]["driver"]["rules"][index]["id"], result["ruleId"]);
        }
    }

    #[test]
    fn paths_become_uris() {
        assert_eq!(uri("a b/ü:%?#.txt"), "a%20b/%C3%BC%3A%25%3F%23.txt");
        assert_eq!(uri("/srv/a!b"), "file:///srv/a!b");
    }
}
