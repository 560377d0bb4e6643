//! Passing a gate all the same: on record.

use std::{
    collections::HashSet,
    env,
    fs::{self, File, OpenOptions},
    io::{self, Read as _, Write as _},
    path::Path,
};

use anyhow::{Context as _, bail, ensure};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use stanch_model::{Finding, Fingerprint, Severity, Step};

use super::{GuardSettings, Stop, Text};
use crate::{
    advice::advise,
    client::{GateFinding, actor, id_of},
    project::Project,
    salt,
};

/// Holds the reason.
const VARIABLE: &str = "STANCH_BYPASS";
/// What its text is called.
const REASON: &str = "bypass-reason";
/// The record in the folder of the project.
const FILE: &str = "bypasses.jsonl";
/// Longest reason, in bytes.
const REASON_BYTES_MAX: usize = 500;
/// Fingerprints that one record names; the rest are counted.
const FINGERPRINTS_MAX: usize = 1000;

/// Largest record that is read to be sent, in bytes.
const RECORD_BYTES_MAX: u64 = 64 << 20;
/// What a record of before says of its rules.
const UNKNOWN_RULE: &str = "unknown";

/// A wish to pass.
pub(super) struct Bypass {
    stop: Stop,
    reason: String,
    project: Project,
}

/// One line of the record. Fields are only ever added.
#[derive(Serialize)]
struct Entry<'b> {
    time: String,
    who: String,
    gate: &'static str,
    reason: &'b str,
    fingerprints: Vec<&'b Fingerprint>,
    /// How many secrets passed, listed or not.
    secrets: usize,
    findings: Vec<GateFinding>,
}

/// A line of the record as it is read: one who passed, or which of these a server was told.
#[derive(Deserialize)]
#[serde(untagged)]
enum Line {
    Sent { sent: Vec<String> },
    Passed(Passed),
}

#[derive(Deserialize)]
struct Passed {
    time: Timestamp,
    who: String,
    gate: String,
    reason: String,
    #[serde(default)]
    fingerprints: Vec<Fingerprint>,
    #[serde(default)]
    findings: Vec<GateFinding>,
}

/// A bypass on record.
pub(crate) struct Record {
    /// Tells it from every other.
    pub(crate) id: String,
    pub(crate) time: Timestamp,
    pub(crate) who: String,
    pub(crate) gate: String,
    pub(crate) reason: String,
    pub(crate) findings: Vec<GateFinding>,
}

impl Record {
    fn new(line: &str, passed: Passed) -> Self {
        let Passed { time, who, gate, reason, fingerprints, mut findings } = passed;
        if findings.is_empty() {
            let of_before = |fingerprint| GateFinding {
                fingerprint,
                rule: UNKNOWN_RULE.to_owned(),
                severity: Severity::High,
            };
            findings.extend(fingerprints.into_iter().map(of_before));
        }
        Self { id: id_of(line), time, who, gate, reason, findings }
    }
}

/// The bypasses of a project that no server was told.
///
/// # Errors
/// The record cannot be read, or is over the limit.
pub(crate) fn unsent(project: &Project) -> anyhow::Result<Vec<Record>> {
    let file = project.folder().join(FILE);
    let text = read(&file).with_context(|| file.display().to_string())?;
    let mut sent = HashSet::new();
    let mut records = Vec::new();
    for line in text.lines() {
        match serde_json::from_str(line) {
            Ok(Line::Sent { sent: ids }) => sent.extend(ids),
            Ok(Line::Passed(passed)) => records.push(Record::new(line, passed)),
            // One that was cut off while it was written.
            Err(_) => {}
        }
    }
    records.retain(|record| !sent.contains(&record.id));
    Ok(records)
}

/// Adds to the record that a server has been told of these.
///
/// # Errors
/// It cannot be written, by name.
pub(crate) fn mark_sent(project: &Project, records: &[&Record]) -> anyhow::Result<()> {
    #[derive(Serialize)]
    struct Mark<'r> {
        time: String,
        sent: Vec<&'r str>,
    }
    let sent = records.iter().map(|record| record.id.as_str()).collect();
    let line = serde_json::to_string(&Mark { time: now(), sent })?;
    let file = project.folder().join(FILE);
    append(&file, &line).with_context(|| file.display().to_string())
}

fn read(file: &Path) -> io::Result<String> {
    let mut text = String::new();
    match fs::symlink_metadata(file) {
        Ok(found) if found.is_file() => {}
        Ok(_) => return Err(io::Error::other("is not a file")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(text),
        Err(error) => return Err(error),
    }
    File::open(file)?.take(RECORD_BYTES_MAX + 1).read_to_string(&mut text)?;
    if text.len() as u64 > RECORD_BYTES_MAX {
        return Err(io::Error::other(format!("is larger than {RECORD_BYTES_MAX} bytes")));
    }
    Ok(text)
}

fn now() -> String {
    Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

impl Bypass {
    /// The wish in the environment, where this gate may be passed; `found` is what was found in its reason.
    ///
    /// # Errors
    /// A wish that cannot be granted: it is forbidden, says no reason or a secret, or there is no project to record it in.
    pub(super) fn wanted(
        stop: Stop,
        settings: GuardSettings,
        found: &[Finding],
    ) -> anyhow::Result<Option<Self>> {
        let Some(reason) = reason(stop) else { return Ok(None) };
        if settings.forbid_bypass {
            bail!("{VARIABLE}: the configuration forbids it (forbid_bypass)");
        }
        ensure!(found.is_empty(), "{VARIABLE}: holds a secret, which would be on record");
        let reason = reason.trim().to_owned();
        let says_why =
            !reason.is_empty() && reason.len() <= REASON_BYTES_MAX && !reason.chars().any(char::is_control);
        let remedy = format!("{VARIABLE}=\"why it must pass now\" git …");
        ensure!(says_why, advise(format!("{VARIABLE}: expected a reason in one line"), remedy));
        let project = Project::here().with_context(|| format!("{VARIABLE}: no project to record it in"))?;
        Ok(Some(Self { stop, reason, project }))
    }

    /// Records who passed with what, and why.
    ///
    /// # Errors
    /// The record cannot be written, by name.
    pub(super) fn record(&self, findings: &[Finding]) -> anyhow::Result<()> {
        let mut fingerprints: Vec<&Fingerprint> = findings.iter().map(Finding::fingerprint).collect();
        fingerprints.sort_unstable();
        fingerprints.dedup();
        let secrets = fingerprints.len();
        fingerprints.truncate(FINGERPRINTS_MAX);
        let entry = Entry {
            time: now(),
            who: actor(),
            gate: self.stop.as_str(),
            reason: &self.reason,
            fingerprints,
            secrets,
            findings: GateFinding::of(findings),
        };
        let line = serde_json::to_string(&entry)?;
        let file = self.project.folder().join(FILE);
        append(&file, &line).with_context(|| file.display().to_string())
    }
}

/// The reason in the environment; none at a gate that believes no client.
fn reason(stop: Stop) -> Option<String> {
    let reason = env::var_os(VARIABLE).filter(|_| stop != Stop::PreReceive)?;
    Some(reason.to_string_lossy().into_owned())
}

/// The same as a text to be scanned: it is kept as it is typed.
pub(super) fn reason_of(stop: Stop) -> Option<Text> {
    let bytes = reason(stop)?.into_bytes();
    Some(Text { bytes, path: VARIABLE.to_owned(), what: REASON })
}

/// Whether a finding is in the reason.
pub(super) fn is_in_reason(finding: &Finding) -> bool {
    finding.provenance.0.iter().any(|step| matches!(step, Step::Text { what } if what == REASON))
}

fn append(file: &Path, line: &str) -> io::Result<()> {
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
        salt::keep_from_git(folder)?;
    }
    if fs::symlink_metadata(file).is_ok_and(|found| !found.is_file()) {
        return Err(io::Error::other("is not a file"));
    }
    let mut record = OpenOptions::new().append(true).create(true).open(file)?;
    record.write_all(format!("{line}\n").as_bytes())?;
    record.sync_all()
}
