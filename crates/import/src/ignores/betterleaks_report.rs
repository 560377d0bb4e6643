//! A report of betterleaks since 2.0: JSON with a list of findings, or a finding a line. It takes none as a baseline; before,
//! a report was as that of gitleaks.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{
    Claim, Entry, Evidence, PathPattern, Place, Read, Reading, Why,
    betterleaks_ignore::sha256,
    gitleaks_baseline::{self, raw},
    gitleaks_ignore::is_commit,
    json::{self, Lines},
};

const EXPECTED: &str = "a finding of betterleaks with rule_id, match and location";

#[derive(Deserialize)]
struct Report<'t> {
    #[serde(borrow)]
    findings: Vec<&'t RawValue>,
}

/// A line of JSON lines; the last one is about the scan.
#[derive(Deserialize)]
struct Line<'t> {
    #[serde(borrow)]
    finding: Option<&'t RawValue>,
    #[serde(borrow)]
    scan: Option<&'t RawValue>,
}

#[derive(Deserialize)]
struct Finding {
    rule_id: String,
    r#match: Match,
    location: Location,
    #[serde(default)]
    attributes: Attributes,
}

#[derive(Deserialize)]
struct Match {
    #[serde(default)]
    value: String,
    #[serde(default)]
    fingerprint: String,
}

#[derive(Deserialize)]
struct Location {
    path: String,
    #[serde(default)]
    start_line: usize,
    #[serde(default)]
    end_line: usize,
}

#[derive(Default, Deserialize)]
struct Attributes {
    #[serde(default, rename = "git.sha")]
    sha: String,
}

pub(super) fn read(text: &str, reading: &mut Reading) -> Read {
    if text.trim_start().starts_with('[') {
        return gitleaks_baseline::read(text, reading);
    }
    let findings = match serde_json::from_str::<Report<'_>>(text) {
        Ok(report) => report.findings,
        Err(error) => lines(text).ok_or_else(|| json::mistake(&error, "a report of betterleaks"))?,
    };
    let lines = Lines::new(text);
    for raw in findings {
        let line = lines.of(raw);
        match json::item::<Finding>(raw).filter(|finding| !finding.location.path.is_empty()) {
            Some(finding) => reading.add(entry(line, finding)),
            None => reading.leave_out(line, Why::NotAnEntry { expected: EXPECTED }),
        }
    }
    Ok(())
}

/// The findings of JSON lines; none if a line is something else.
fn lines(text: &str) -> Option<Vec<&RawValue>> {
    let mut findings = Vec::new();
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let Line { finding, scan } = serde_json::from_str(line).ok()?;
        finding.or(scan)?;
        findings.extend(finding);
    }
    Some(findings)
}

fn entry(line: usize, finding: Finding) -> Entry {
    let Location { path, start_line, end_line } = finding.location;
    let commit = Some(finding.attributes.sha.to_ascii_lowercase()).filter(|commit| is_commit(commit));
    let lines = (start_line > 0).then(|| start_line..=end_line.max(start_line));
    let evidence = match sha256(&finding.r#match.fingerprint) {
        Some(hash) => Evidence::Sha256(hash),
        None => raw(finding.r#match.value),
    };
    Entry {
        line,
        place: Place { path: PathPattern::exact(&path), commit, lines },
        rule: Some(finding.rule_id),
        evidence,
        claim: Claim::Unsaid,
        note: None,
        expires: None,
    }
}
