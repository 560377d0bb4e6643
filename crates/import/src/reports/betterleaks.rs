//! A report of betterleaks since 2.0: JSON with a list of findings, or a finding a line. Before, a report was as that of
//! gitleaks.

use serde::Deserialize;
use serde_json::value::RawValue;
use stanch_model::{Confidence, Liveness};

use super::{
    Read,
    documents::{documents, item, part},
    draft::{Commit, Draft, Region},
    gitleaks,
    lost::LostWhy,
    raw::Raw,
    reading::Reading,
};
use crate::yaml::Mistake;

const EXPECTED: &str = "a finding of betterleaks with rule_id, match and location";

/// The report, or a line of it; the last line is about the scan.
#[derive(Deserialize)]
struct Document<'t> {
    #[serde(borrow, default)]
    findings: Vec<&'t RawValue>,
    #[serde(borrow)]
    finding: Option<&'t RawValue>,
    scan: Option<Scan>,
}

#[derive(Deserialize)]
struct Scan {
    #[serde(default)]
    betterleaks_version: String,
}

#[derive(Deserialize)]
struct Finding {
    rule_id: String,
    #[serde(default)]
    confidence: String,
    r#match: Match,
    location: Location,
    #[serde(default)]
    attributes: Attributes,
    #[serde(default)]
    analysis: Analysis,
}

#[derive(Deserialize)]
struct Match {
    #[serde(default)]
    value: Raw,
}

#[derive(Deserialize)]
struct Location {
    path: String,
    #[serde(default)]
    start_line: usize,
    #[serde(default)]
    end_line: usize,
    #[serde(default)]
    start_column: usize,
    #[serde(default)]
    end_column: usize,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Attributes {
    #[serde(rename = "git.sha")]
    sha: String,
    #[serde(rename = "git.author_name")]
    author: String,
    #[serde(rename = "git.author_email")]
    email: String,
    #[serde(rename = "git.date")]
    date: String,
}

/// What its provider said, with `--validate`.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Analysis {
    status: String,
}

pub(super) fn read(text: &str, reading: &mut Reading<'_>) -> Read {
    if text.trim_start().starts_with('[') {
        return gitleaks::read(text, reading);
    }
    for document in documents(text)? {
        let Some(document) = part::<Document<'_>>(document) else {
            return Err(Mistake::new(1, "expected a report of betterleaks"));
        };
        let Document { findings, finding, scan } = document;
        if let Some(scan) = scan.filter(|scan| !scan.betterleaks_version.is_empty()) {
            reading.made_by(&format!("betterleaks {}", scan.betterleaks_version));
        }
        for raw in findings.into_iter().chain(finding) {
            if !reading.begin() {
                return Ok(());
            }
            match item::<Finding>(raw) {
                Some(finding) => reading.add(draft(finding)),
                None => reading.lose(LostWhy::NotAnEntry { expected: EXPECTED }),
            }
        }
    }
    Ok(())
}

fn draft(finding: Finding) -> Draft {
    let Finding { rule_id, confidence, r#match, location, attributes, analysis } = finding;
    let author = (attributes.author.as_str(), attributes.email.as_str());
    Draft {
        rule: rule_id,
        confidence: confidence.parse::<Confidence>().ok(),
        raw: r#match.value,
        path: location.path,
        region: Region {
            line: location.start_line,
            end_line: location.end_line,
            column: location.start_column,
            end_column: location.end_column.saturating_add(1),
        },
        commit: Commit::of(&attributes.sha, author, &attributes.date),
        liveness: match analysis.status.as_str() {
            "valid" => Liveness::Live,
            "invalid" | "revoked" => Liveness::Dead,
            _ => Liveness::Unknown,
        },
        ..Draft::default()
    }
}
