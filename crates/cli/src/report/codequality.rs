//! GitLab's Code Quality report, which every tier of GitLab shows in merge requests.
//!
//! Source: GitLab documentation, "Code Quality", section "Code Quality report format" (GitLab 17): one JSON array, no
//! byte order mark, and of the `CodeClimate` format only these fields. How fields map is in `docs/formats.md`.

use std::io::{self, Write};

use serde::{Serialize, Serializer, ser::SerializeSeq as _};
use serde_json::{Value, json};
use stanch_model::{Finding, Severity};

use super::{
    Format, Report,
    place::{self, Place},
    place_id::PlaceIds,
    printable::Printable,
};
use crate::exempt::Allowed;

/// A GitLab Code Quality report.
pub(crate) struct CodeQuality;

impl Format for CodeQuality {
    fn name(&self) -> &'static str {
        "codequality"
    }

    fn doc(&self) -> &'static str {
        "GitLab Code Quality report: for merge requests in every tier"
    }

    fn write(&self, report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
        let violations = Violations {
            findings: report.secrets().iter().flat_map(place::distinct).collect(),
            allowed: report.listed_exempt(),
            tally: report.exempt.tally(),
        };
        serde_json::to_writer_pretty(&mut *out, &violations)?;
        out.write_all(b"\n")
    }
}

/// One a place, the worst secret first; made one by one while they are written: there may be a million.
struct Violations<'r> {
    findings: Vec<&'r Finding>,
    /// What may stay, where it is to be listed.
    allowed: &'r [Allowed],
    /// How many may stay.
    tally: Option<String>,
}

impl Serialize for Violations<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut ids = PlaceIds::default();
        let mut list = serializer.serialize_seq(None)?;
        for finding in &self.findings {
            list.serialize_element(&violation(finding, &mut ids))?;
        }
        for allowed in self.allowed {
            list.serialize_element(&information(allowed, &mut ids))?;
        }
        if let Some(tally) = &self.tally {
            list.serialize_element(&count(tally))?;
        }
        list.end()
    }
}

fn violation(finding: &Finding, ids: &mut PlaceIds) -> Value {
    let place = Place::of(finding);
    json!({
        "description": description(finding, &place),
        "check_name": finding.rule.id,
        "fingerprint": ids.next(finding, &place),
        "severity": severity(finding.severity),
        "location": {
            "path": place.in_tree().unwrap_or_else(|| place.path.clone()),
            "lines": { "begin": finding.location.line },
        },
    })
}

/// A finding that may stay.
fn information(allowed: &Allowed, ids: &mut PlaceIds) -> Value {
    let mut violation = violation(&allowed.finding, ids);
    let (name, preview) = (Printable(&allowed.finding.rule.name), allowed.finding.preview());
    let grounds = allowed.grounds();
    violation["description"] = json!(format!("{name}: {preview} is allowed: {}", Printable(&grounds)));
    violation["severity"] = json!("info");
    violation
}

/// How many may stay. The format has no place for it but a violation, and a violation needs a path.
fn count(tally: &str) -> Value {
    json!({
        "description": tally,
        "check_name": "stanch-exceptions",
        "fingerprint": "stanch-exceptions",
        "severity": "info",
        "location": { "path": ".stanch/allow.toml", "lines": { "begin": 1 } },
    })
}

fn description(finding: &Finding, place: &Place<'_>) -> String {
    let remark = place.brief().map(|remark| format!(" ({remark})")).unwrap_or_default();
    let (name, preview) = (Printable(&finding.rule.name), finding.preview());
    format!("{name}: {preview}{remark}. {}", place.situation.advice())
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "blocker",
        Severity::High => "critical",
        Severity::Medium => "major",
        Severity::Low => "minor",
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::report::sample;

    /// The fields that GitLab requires, and the values it knows.
    #[test]
    fn has_what_gitlab_requires() {
        for sample in [sample::findings(), sample::empty(), sample::hostile(), sample::repeated(30)] {
            let report: Value = serde_json::from_str(&sample.render(&CodeQuality)).expect("JSON");
            let violations = report.as_array().expect("an array");
            let fingerprints: HashSet<_> = violations.iter().map(|v| v["fingerprint"].as_str()).collect();
            assert_eq!(fingerprints.len(), sample.findings.len(), "fingerprints are not unique");
            for violation in violations {
                assert!(
                    ["description", "check_name", "fingerprint"].iter().all(|f| violation[f].is_string())
                );
                let severity = violation["severity"].as_str().expect("a severity");
                assert!(["minor", "major", "critical", "blocker"].contains(&severity), "{severity}");
                let path = violation["location"]["path"].as_str().expect("a path");
                assert!(!path.is_empty() && !path.starts_with("./"), "{path}");
                assert!(violation["location"]["lines"]["begin"].as_u64() >= Some(1));
            }
        }
    }
}
