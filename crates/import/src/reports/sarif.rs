//! SARIF 2.1.0: that of scanners we know, and that of any tool whose results are about secrets.
//!
//! Source: OASIS, Static Analysis Results Interchange Format (SARIF) Version 2.1.0, errata 01.

use std::collections::HashMap;

use data_encoding::HEXLOWER_PERMISSIVE;
use serde::Deserialize;
use serde_json::value::RawValue;
use stanch_model::{Confidence, Severity};

use super::{
    Read,
    documents::{item, mistake, part},
    draft::{self, Commit, Draft},
    gitleaks, kingfisher,
    lost::LostWhy,
    raw::Raw,
    reading::Reading,
    stanch_sarif,
};

const EXPECTED: &str = "a result with ruleId and a location";

#[derive(Deserialize)]
struct Log<'t> {
    #[serde(borrow)]
    runs: Vec<Run<'t>>,
}

#[derive(Deserialize)]
struct Run<'t> {
    tool: Tool,
    #[serde(borrow)]
    results: Option<Vec<&'t RawValue>>,
}

#[derive(Deserialize)]
struct Tool {
    driver: Driver,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Driver {
    name: String,
    semantic_version: String,
    rules: Vec<Rule>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Rule {
    id: String,
    name: String,
    properties: RuleProperties,
    default_configuration: Configuration,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
struct RuleProperties {
    tags: Vec<String>,
    security_severity: Option<Score>,
    precision: String,
}

/// GitHub asks for a text, others write a number.
#[derive(Deserialize)]
#[serde(untagged)]
enum Score {
    Text(String),
    Number(f64),
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Configuration {
    level: String,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct SarifResult {
    rule_id: String,
    rule_index: Option<usize>,
    rule: RuleReference,
    level: String,
    locations: Vec<Location>,
    partial_fingerprints: Facts,
    suppressions: Option<Vec<Suppression>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct RuleReference {
    id: String,
    index: Option<usize>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Suppression {
    status: String,
}

/// What gitleaks says of the commit, in the place of fingerprints.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Facts {
    commit_sha: String,
    email: String,
    author: String,
    date: String,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Location {
    physical_location: Physical,
    properties: LocationProperties,
}

/// What kingfisher says of a place.
#[derive(Default, Deserialize)]
#[serde(default)]
struct LocationProperties {
    git_metadata: Option<kingfisher::GitMetadata>,
    validation_status: String,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Physical {
    artifact_location: Artifact,
    region: Region,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Artifact {
    uri: String,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Region {
    start_line: usize,
    start_column: usize,
    end_line: usize,
    end_column: usize,
    snippet: Snippet,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Snippet {
    text: Raw,
}

/// Whose log it is: their regions are told in different ways.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Maker {
    Stanch,
    Gitleaks,
    Kingfisher,
    Other,
}

pub(super) fn read(text: &str, reading: &mut Reading<'_>) -> Read {
    let log: Log<'_> =
        serde_json::from_str(text).map_err(|error| mistake(&error, "a SARIF log with runs"))?;
    for Run { tool: Tool { driver }, results } in log.runs {
        let maker = match driver.name.to_lowercase().as_str() {
            "stanch" => Maker::Stanch,
            "gitleaks" => Maker::Gitleaks,
            "kingfisher" => Maker::Kingfisher,
            _ => Maker::Other,
        };
        reading.made_by(format!("{} {}", driver.name, driver.semantic_version).trim());
        let rules: HashMap<&str, &Rule> = driver.rules.iter().map(|rule| (rule.id.as_str(), rule)).collect();
        for raw in results.into_iter().flatten() {
            if !reading.begin() {
                return Ok(());
            }
            let Some(result) = part::<SarifResult>(raw) else {
                reading.lose(LostWhy::NotAnEntry { expected: EXPECTED });
                continue;
            };
            if result.is_suppressed() {
                reading.allow();
            } else if maker == Maker::Stanch {
                take_own(item(raw), reading);
            } else {
                take(result, (maker, &driver, &rules), reading);
            }
        }
    }
    Ok(())
}

/// A result of ours carries its fingerprint.
fn take_own(result: Option<stanch_sarif::OwnResult>, reading: &mut Reading<'_>) {
    match result.and_then(stanch_sarif::OwnResult::finding) {
        Some(finding) => {
            let ours = [Some(reading.fingerprinter().key()), reading.fingerprinter().previous_key()];
            if ours.contains(&Some(finding.fingerprint.key())) {
                reading.take(finding);
            } else {
                reading.lose(LostWhy::StrangeKey);
            }
        }
        None => reading.lose(LostWhy::NotAnEntry { expected: stanch_sarif::EXPECTED }),
    }
}

fn take(
    result: SarifResult,
    (maker, driver, rules): (Maker, &Driver, &HashMap<&str, &Rule>),
    reading: &mut Reading<'_>,
) {
    let by_index = result.rule_index.or(result.rule.index).and_then(|index| driver.rules.get(index));
    let named = [result.rule_id.as_str(), &result.rule.id].into_iter().find(|id| !id.is_empty());
    let rule = named.and_then(|id| rules.get(id).copied()).or(by_index);
    let id = named.or(rule.map(|rule| rule.id.as_str())).unwrap_or_default().to_owned();
    if maker == Maker::Other && !is_about_secrets(&id, rule) {
        return reading.lose(LostWhy::NotASecret);
    }
    match draft(result, id, (maker, rule)) {
        Ok(draft) => reading.add(draft),
        Err(why) => reading.lose(why),
    }
}

fn draft(result: SarifResult, id: String, (maker, rule): (Maker, Option<&Rule>)) -> Result<Draft, LostWhy> {
    let severity = severity(&result.level, rule).filter(|_| maker == Maker::Other);
    let place = result.locations.into_iter().next().ok_or(LostWhy::NotAnEntry { expected: EXPECTED })?;
    let Physical { artifact_location, region } = place.physical_location;
    if maker == Maker::Other && !region.is_exact() {
        return Err(LostWhy::NoValue);
    }
    let facts = result.partial_fingerprints;
    let told = place.properties.git_metadata.map(kingfisher::GitMetadata::told).unwrap_or_default();
    let author = (facts.author.as_str(), facts.email.as_str());
    Ok(Draft {
        rule: id,
        severity,
        confidence: rule.and_then(|rule| precision(&rule.properties.precision)),
        path: path(&artifact_location.uri).ok_or(LostWhy::NotAnEntry { expected: EXPECTED })?,
        region: region.settled(maker),
        raw: region.snippet.text,
        commit: told.0.or_else(|| Commit::of(&facts.commit_sha, author, &facts.date)),
        liveness: kingfisher::liveness(&place.properties.validation_status),
        url: told.1,
        ..Draft::default()
    })
}

impl SarifResult {
    /// Whether a reviewer lets it stay (section 3.35).
    fn is_suppressed(&self) -> bool {
        let all = self.suppressions.as_deref().unwrap_or_default();
        !all.is_empty() && all.iter().all(|one| matches!(one.status.as_str(), "" | "accepted"))
    }
}

impl Region {
    /// Whether its snippet is the region and nothing else (section 3.30.13): only then it can be the value.
    fn is_exact(&self) -> bool {
        let is_one_line = self.end_line == 0 || self.end_line == self.start_line;
        let width = self.end_column.checked_sub(self.start_column);
        let length = self.snippet.text.told().map(|text| text.chars().count());
        self.start_line > 0 && self.start_column > 0 && is_one_line && width.is_some() && width == length
    }

    fn settled(&self, maker: Maker) -> draft::Region {
        let columns = (self.start_column, self.end_column);
        match maker {
            Maker::Gitleaks => gitleaks::region(self.start_line, self.end_line, columns),
            Maker::Kingfisher => kingfisher::region(self.start_line, self.end_line, columns),
            Maker::Stanch | Maker::Other => draft::Region {
                line: self.start_line,
                end_line: self.end_line,
                column: self.start_column,
                end_column: self.end_column,
            },
        }
    }
}

/// Whether a rule of a tool we do not know is about secrets, by its tags, its id and its name. CWE 798 are credentials in
/// code, 312, 321 and 522 their siblings.
fn is_about_secrets(id: &str, rule: Option<&Rule>) -> bool {
    const WORDS: [&str; 4] = ["cwe-798", "cwe-321", "secret", "credential"];
    const ID_WORDS: [&str; 6] = ["secret", "credential", "password", "token", "api-key", "private-key"];
    let has = |text: &str, words: &[&str]| {
        let text = text.to_lowercase().replace(['_', ' '], "-");
        words.iter().any(|word| text.contains(word))
    };
    let tags = rule.map(|rule| rule.properties.tags.as_slice()).unwrap_or_default();
    let name = rule.map_or("", |rule| rule.name.as_str());
    tags.iter().any(|tag| has(tag, &WORDS)) || has(id, &ID_WORDS) || has(name, &ID_WORDS)
}

/// By `security-severity` as GitHub reads it, else by the level of the result or its rule.
fn severity(level: &str, rule: Option<&Rule>) -> Option<Severity> {
    let score = rule.and_then(|rule| rule.properties.security_severity.as_ref());
    let score = score.and_then(|score| match score {
        Score::Text(text) => text.parse::<f64>().ok(),
        Score::Number(number) => Some(*number),
    });
    if let Some(score) = score.filter(|score| (0.0..=10.0).contains(score)) {
        return Some(match score {
            9.0.. => Severity::Critical,
            7.0.. => Severity::High,
            4.0.. => Severity::Medium,
            _ => Severity::Low,
        });
    }
    let default = rule.map_or("", |rule| rule.default_configuration.level.as_str());
    match if level.is_empty() { default } else { level } {
        "error" => Some(Severity::High),
        "warning" => Some(Severity::Medium),
        "note" | "none" => Some(Severity::Low),
        _ => None,
    }
}

fn precision(text: &str) -> Option<Confidence> {
    match text {
        "very-high" | "high" => Some(Confidence::High),
        "medium" => Some(Confidence::Medium),
        "low" => Some(Confidence::Low),
        _ => None,
    }
}

/// The path of a URI reference (RFC 3986); none where it is not UTF-8.
pub(super) fn path(uri: &str) -> Option<String> {
    let uri = uri.strip_prefix("file://").unwrap_or(uri);
    let mut bytes = Vec::with_capacity(uri.len());
    let mut rest = uri.as_bytes();
    while let [first, after @ ..] = rest {
        let decoded = (*first == b'%')
            .then(|| after.get(..2).and_then(|digits| HEXLOWER_PERMISSIVE.decode(digits).ok()))
            .flatten();
        if let Some(decoded) = decoded {
            bytes.extend(decoded);
            rest = &after[2..];
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    String::from_utf8(bytes).ok()
}
