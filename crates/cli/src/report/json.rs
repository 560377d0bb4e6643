//! One JSON document: the objects of `jsonl`, then secrets, rules and coverage.

use std::{
    collections::HashSet,
    io::{self, Write},
};

use serde::Serialize;
use stanch_model::{Class, Confidence, Coverage, Fingerprint, Preview, RuleInfo, SecretGroup, Severity};

use super::{
    Format, Report, TOOL_VERSION,
    exempted::{AllowedRecord, Counts},
    record::Record,
};

/// One JSON document.
pub(crate) struct Json;

/// Version of the document's shape; raised only when a field changes its meaning or goes.
const SHAPE_VERSION: u32 = 1;

#[derive(Serialize)]
struct Document<'r> {
    version: u32,
    tool: Tool,
    started: String,
    /// As in `jsonl`, in the same order.
    findings: Vec<Tagged<'r>>,
    /// Worst first.
    secrets: Vec<Secret<'r>>,
    /// The rules that found something, worst first.
    rules: Vec<&'r RuleInfo>,
    coverage: &'r Coverage,
    exempt: Counts<'r>,
    /// What may stay, where it is to be listed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    allowed: Vec<AllowedRecord<'r>>,
}

#[derive(Serialize)]
struct Tool {
    name: &'static str,
    version: &'static str,
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
enum Tagged<'r> {
    Finding(Record<'r>),
}

#[derive(Serialize)]
struct Secret<'r> {
    fingerprint: &'r Fingerprint,
    rule: &'r str,
    severity: Severity,
    confidence: Confidence,
    preview: Preview,
    /// How many of `findings` have this fingerprint.
    findings: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    class: Option<Class>,
}

impl<'r> From<&SecretGroup<'r>> for Secret<'r> {
    fn from(secret: &SecretGroup<'r>) -> Self {
        Self {
            fingerprint: secret.fingerprint(),
            rule: &secret.rule().id,
            severity: secret.severity(),
            confidence: secret.confidence(),
            preview: secret.preview(),
            findings: secret.findings.len(),
            class: secret.lead().class,
        }
    }
}

impl Format for Json {
    fn name(&self) -> &'static str {
        "json"
    }

    fn doc(&self) -> &'static str {
        "one JSON document: for programs that read it whole"
    }

    fn write(&self, report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
        let secrets = report.secrets();
        let document = Document {
            version: SHAPE_VERSION,
            tool: Tool { name: "stanch", version: TOOL_VERSION },
            started: report.started.to_string(),
            findings: report.findings.iter().map(|finding| Tagged::Finding(finding.into())).collect(),
            secrets: secrets.iter().map(Secret::from).collect(),
            rules: rules_of(&secrets),
            coverage: report.coverage,
            exempt: report.exempt.into(),
            allowed: report.listed_exempt().iter().map(AllowedRecord::from).collect(),
        };
        serde_json::to_writer_pretty(&mut *out, &document)?;
        out.write_all(b"\n")
    }
}

/// Each rule that found something once, in the order of the secrets.
fn rules_of<'r>(secrets: &[SecretGroup<'r>]) -> Vec<&'r RuleInfo> {
    let mut seen = HashSet::new();
    let findings = secrets.iter().flat_map(|secret| &secret.findings);
    findings.map(|finding| &*finding.rule).filter(|rule| seen.insert(&rule.id)).collect()
}
