//! A report of kingfisher 2: JSON with a list of findings, or a finding a line.

use serde::Deserialize;
use serde_json::value::RawValue;
use stanch_model::{Confidence, Liveness};

use super::{
    Read,
    documents::{documents, item, part},
    draft::{Commit, Draft, Region},
    lost::LostWhy,
    raw::Raw,
    reading::Reading,
};
use crate::yaml::Mistake;

const EXPECTED: &str = "a finding of kingfisher with rule, finding, path and snippet";

/// The report, or a line of it that is no finding.
#[derive(Deserialize)]
struct Document<'t> {
    #[serde(borrow)]
    findings: Option<Vec<&'t RawValue>>,
    /// Of a line that is a finding.
    #[serde(borrow)]
    finding: Option<&'t RawValue>,
    metadata: Option<Metadata>,
}

#[derive(Deserialize)]
struct Metadata {
    #[serde(default)]
    kingfisher_version: String,
}

#[derive(Deserialize)]
struct Entry {
    rule: Rule,
    finding: Finding,
}

#[derive(Deserialize)]
struct Rule {
    id: String,
}

#[derive(Deserialize)]
struct Finding {
    snippet: Raw,
    #[serde(default)]
    confidence: String,
    #[serde(default)]
    validation: Validation,
    path: String,
    #[serde(default)]
    line: usize,
    #[serde(default)]
    column_start: usize,
    #[serde(default)]
    column_end: usize,
    git_metadata: Option<GitMetadata>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Validation {
    status: String,
}

#[derive(Deserialize)]
pub(super) struct GitMetadata {
    commit: Option<GitCommit>,
    file: Option<GitFile>,
}

#[derive(Deserialize)]
struct GitCommit {
    #[serde(default)]
    id: String,
    #[serde(default)]
    date: String,
    #[serde(default)]
    author: Person,
    #[serde(default)]
    committer: Person,
}

#[derive(Deserialize)]
struct GitFile {
    #[serde(default)]
    url: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Person {
    name: String,
    email: String,
}

pub(super) fn read(text: &str, reading: &mut Reading<'_>) -> Read {
    for document in documents(text)? {
        let Some(Document { findings, finding, metadata }) = part(document) else {
            return Err(Mistake::new(1, "expected a report of kingfisher"));
        };
        if let Some(version) = metadata.map(|metadata| metadata.kingfisher_version) {
            reading.made_by(format!("kingfisher {version}").trim_end());
        }
        let line = finding.map(|_| document);
        for raw in findings.into_iter().flatten().chain(line) {
            if !reading.begin() {
                return Ok(());
            }
            match item::<Entry>(raw) {
                Some(entry) => reading.add(draft(entry)),
                None => reading.lose(LostWhy::NotAnEntry { expected: EXPECTED }),
            }
        }
    }
    Ok(())
}

fn draft(Entry { rule, finding }: Entry) -> Draft {
    let (commit, url) = finding.git_metadata.map(GitMetadata::told).unwrap_or_default();
    Draft {
        rule: rule.id,
        confidence: finding.confidence.parse::<Confidence>().ok(),
        raw: finding.snippet,
        path: finding.path,
        region: region(finding.line, finding.line, (finding.column_start, finding.column_end)),
        commit,
        liveness: liveness(&finding.validation.status),
        url,
        ..Draft::default()
    }
}

impl GitMetadata {
    /// The commit, and where a person can look at the file in it.
    pub(super) fn told(self) -> (Option<Commit>, Option<String>) {
        let commit = self.commit.and_then(|commit| {
            let person = if commit.author.name.is_empty() { commit.committer } else { commit.author };
            Commit::of(&commit.id, (&person.name, &person.email), &commit.date)
        });
        let url = self.file.map(|file| file.url).filter(|url| url.starts_with("https://"));
        (commit, url)
    }
}

/// It counts columns from 0, the last one within the value.
pub(super) fn region(line: usize, end_line: usize, (column, end_column): (usize, usize)) -> Region {
    Region { line, end_line, column: column.saturating_add(1), end_column: end_column.saturating_add(2) }
}

/// What its provider said. A canary or what is only well-formed was not asked.
pub(super) fn liveness(status: &str) -> Liveness {
    match status {
        "Active Credential" => Liveness::Live,
        "Inactive Credential" => Liveness::Dead,
        _ => Liveness::Unknown,
    }
}
