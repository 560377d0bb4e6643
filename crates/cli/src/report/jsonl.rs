//! JSON lines: one object a finding, then one summary. Stable; documented in `docs/formats.md`.

use std::io::{self, Write};

use serde::Serialize;
use stanch_model::Coverage;

use super::{
    Format, Report,
    exempted::{AllowedRecord, Counts},
    record::Record,
};

/// One JSON object a line.
pub(crate) struct Jsonl;

/// One line of the output.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
enum Line<'r> {
    Finding(Record<'r>),
    Allowed(AllowedRecord<'r>),
    Summary { findings: usize, coverage: &'r Coverage, exempt: Counts<'r> },
}

impl Format for Jsonl {
    fn name(&self) -> &'static str {
        "jsonl"
    }

    fn doc(&self) -> &'static str {
        "one JSON object a line, the last one the summary: for scripts"
    }

    fn write(&self, report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
        let findings = report.findings.iter().map(|finding| Line::Finding(finding.into()));
        let allowed = report.listed_exempt().iter().map(|allowed| Line::Allowed(allowed.into()));
        let summary = Line::Summary {
            findings: report.findings.len(),
            coverage: report.coverage,
            exempt: report.exempt.into(),
        };
        for line in findings.chain(allowed).chain([summary]) {
            serde_json::to_writer(&mut *out, &line)?;
            out.write_all(b"\n")?;
        }
        Ok(())
    }
}
