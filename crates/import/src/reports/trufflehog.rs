//! A report of trufflehog 3: a finding a line, `trufflehog … --json`; in between may be lines of its log.
//!
//! Source: `pkg/output/json.go`, `proto/source_metadata.proto` and the detectors of trufflehog.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;
use stanch_model::{Confidence, Fact, Liveness, ReportedPart, Step};

use super::{
    Read,
    documents::{documents, item, part},
    draft::{Commit, Draft, Region},
    lost::LostWhy,
    raw::Raw,
    reading::Reading,
};

const EXPECTED: &str = "a finding of trufflehog with SourceMetadata, DetectorName and Raw";
/// Characters of the id of an AWS key.
const AWS_ID_LENGTH: usize = 20;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Finding {
    source_metadata: SourceMetadata,
    detector_name: String,
    #[serde(default)]
    verified: bool,
    #[serde(default)]
    raw: Raw,
    #[serde(default)]
    raw_v2: Raw,
    #[serde(default)]
    extra_data: Option<ExtraData>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SourceMetadata {
    /// By the name of the source: `Git`, `Filesystem`, `Docker`.
    data: BTreeMap<String, Place>,
}

/// Where it stands; each source has some of these.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Place {
    file: String,
    path: String,
    line: usize,
    commit: String,
    email: String,
    timestamp: String,
    link: String,
    image: String,
    tag: String,
    layer: String,
    bucket: String,
}

#[derive(Deserialize)]
struct ExtraData {
    #[serde(default)]
    account: String,
}

/// A line of its log.
#[derive(Deserialize)]
struct LogLine {
    level: String,
    msg: String,
}

pub(super) fn read(text: &str, reading: &mut Reading<'_>) -> Read {
    if text.trim_start().starts_with('[') {
        for raw in documents(text)?.into_iter().filter_map(part::<Vec<&RawValue>>).flatten() {
            if !reading.begin() {
                break;
            }
            take(item(raw), reading);
        }
        return Ok(());
    }
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !is_log(line)) {
        if !reading.begin() {
            break;
        }
        take(serde_json::from_str(line).ok(), reading);
    }
    Ok(())
}

fn is_log(line: &str) -> bool {
    serde_json::from_str::<LogLine>(line).is_ok_and(|log| !log.level.is_empty() && !log.msg.is_empty())
}

fn take(finding: Option<Finding>, reading: &mut Reading<'_>) {
    match finding.map(draft) {
        Some(Ok(draft)) => reading.add(draft),
        Some(Err(why)) => reading.lose(why),
        None => reading.lose(LostWhy::NotAnEntry { expected: EXPECTED }),
    }
}

fn draft(finding: Finding) -> Result<Draft, LostWhy> {
    let (source, place) = finding.source_metadata.data.into_iter().next().unwrap_or_default();
    let (raw, parts) = secret(&finding.detector_name, finding.raw, &finding.raw_v2)?;
    let account = finding.extra_data.map(|extra| extra.account).unwrap_or_default();
    let is_number = (6..=20).contains(&account.len()) && account.bytes().all(|byte| byte.is_ascii_digit());
    let commit = Commit::of(&place.commit, ("", &place.email), &place.timestamp);
    Ok(Draft {
        rule: format!("trufflehog.{}", finding.detector_name.to_lowercase()),
        confidence: Some(Confidence::Medium),
        raw,
        parts,
        // `false` is also what it says where nobody was asked.
        liveness: if finding.verified { Liveness::Live } else { Liveness::Unknown },
        facts: is_number.then_some(Fact::Account(account)).into_iter().collect(),
        outer: commit.is_none().then(|| outer(&source, &place)).flatten(),
        region: Region { line: place.line, end_line: place.line, ..Region::default() },
        commit,
        url: Some(place.link).filter(|link| link.starts_with("https://")),
        path: if place.file.is_empty() { place.path } else { place.file },
        ..Draft::default()
    })
}

/// What holds the file, where that is no folder.
fn outer(source: &str, place: &Place) -> Option<Step> {
    let path = match source {
        "Docker" => [place.image.as_str(), &place.tag, &place.layer].join(":"),
        "S3" | "GCS" => place.bucket.clone(),
        "Filesystem" | "" => return None,
        other => other.to_lowercase(),
    };
    Some(Step::Directory { path: path.trim_matches(':').to_owned() })
}

/// The secret, and what belongs to it. Its detectors for AWS call the id `Raw`, and id and secret together `RawV2`.
fn secret(detector: &str, raw: Raw, both: &Raw) -> Result<(Raw, Vec<ReportedPart>), LostWhy> {
    if !detector.starts_with("AWS") {
        return Ok((raw, Vec::new()));
    }
    let id = raw.told().filter(|id| id.len() == AWS_ID_LENGTH).ok_or(LostWhy::OnlyAnId)?;
    let rest = both.told().and_then(|both| both.strip_prefix(id)).ok_or(LostWhy::OnlyAnId)?;
    let secret = rest.trim_start_matches(':').split(':').next().filter(|secret| !secret.is_empty());
    let part = ReportedPart { name: "access-key-id".to_owned(), value: id.to_owned(), secret: false };
    Ok((Raw::of(secret.ok_or(LostWhy::OnlyAnId)?), vec![part]))
}
