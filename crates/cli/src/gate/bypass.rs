//! Passing a gate all the same: on record.

use std::{
    env,
    fs::{self, OpenOptions},
    io::{self, Write as _},
    path::Path,
    process::Command,
};

use anyhow::{Context as _, bail, ensure};
use jiff::Timestamp;
use serde::Serialize;
use stanch_model::{Finding, Fingerprint, Step};

use super::{GuardSettings, Stop, Text};
use crate::{advice::advise, project::Project, salt};

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
            time: Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            who: who(),
            gate: self.stop.as_str(),
            reason: &self.reason,
            fingerprints,
            secrets,
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

/// Whoever commits here, as Git knows them, else the account.
fn who() -> String {
    let asked = Command::new("git").args(["var", "GIT_COMMITTER_IDENT"]).output();
    let told = asked.ok().filter(|output| output.status.success()).map(|output| output.stdout);
    let ident = told.map(|text| String::from_utf8_lossy(&text).into_owned());
    // `Name <mail> seconds zone`
    let named = ident.and_then(|ident| ident.rfind('>').map(|end| ident[..=end].to_owned()));
    named.or_else(|| env::var("USER").ok()).unwrap_or_else(|| "unknown".to_owned())
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
