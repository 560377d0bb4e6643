//! What `stanch rules test` prints; the JSON is documented in `docs/formats.md`.

use std::io::{self, Write};

use serde::Serialize;
use stanch_engine::{Failure, Level, Lint, SEEDS};

use super::{
    Tested,
    cost::{Cost, Ground},
};
use crate::command::rules::HEADING;

/// Bytes of the unit that costs are told in.
const MEGABYTE: f64 = 1e6;

/// Version of the document's shape; raised only when a field changes its meaning or goes.
const SHAPE_VERSION: u32 = 1;

/// What came of all rules.
pub(super) struct Report<'r> {
    pub(super) ground: &'r Ground,
    pub(super) results: Vec<Tested<'r>>,
}

/// The document.
#[derive(Serialize)]
pub(super) struct Document<'r> {
    version: u32,
    rules: Vec<Record<'r>>,
    cost_on: CostOn<'r>,
    summary: Summary,
}

#[derive(Serialize)]
struct CostOn<'r> {
    /// None for the made text.
    file: Option<&'r str>,
    bytes: usize,
}

#[derive(Clone, Copy, Serialize)]
struct Summary {
    rules: usize,
    texts: usize,
    seeds: u64,
    failures: usize,
    errors: usize,
    warnings: usize,
}

#[derive(Serialize)]
struct Record<'r> {
    id: &'r str,
    provider: &'r str,
    examples: usize,
    negatives: usize,
    failures: Vec<String>,
    lints: Vec<LintRecord>,
    windows_per_mb: f64,
    starts_per_mb: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    microseconds_per_mb: Option<f64>,
}

#[derive(Serialize)]
struct LintRecord {
    name: &'static str,
    level: &'static str,
    problem: String,
    remedy: &'static str,
}

impl From<&Lint> for LintRecord {
    fn from(lint: &Lint) -> Self {
        Self {
            name: lint.name(),
            level: lint.level().as_str(),
            problem: lint.to_string(),
            remedy: lint.remedy(),
        }
    }
}

impl Report<'_> {
    /// All of it for programs.
    pub(super) fn record(&self) -> Document<'_> {
        let record = |result| self.rule_record(result);
        Document {
            version: SHAPE_VERSION,
            rules: self.results.iter().map(record).collect(),
            cost_on: CostOn { file: self.ground.file.as_deref(), bytes: self.ground.bytes() },
            summary: self.summary(),
        }
    }

    fn rule_record<'r>(&self, result: &'r Tested<'_>) -> Record<'r> {
        let Tested { rule, failures, lints, cost } = result;
        let rounded = |number: f64| (number * 10.0).round() / 10.0;
        Record {
            id: &rule.info.id,
            provider: &rule.info.provider,
            examples: rule.examples.len(),
            negatives: rule.negatives.len(),
            failures: failures.iter().map(Failure::to_string).collect(),
            lints: lints.iter().map(LintRecord::from).collect(),
            windows_per_mb: rounded(self.windows(cost)),
            starts_per_mb: rounded(self.starts(cost)),
            microseconds_per_mb: self.microseconds(cost).map(rounded),
        }
    }

    fn summary(&self) -> Summary {
        let lints = |level| {
            let all = self.results.iter().flat_map(|result| &result.lints);
            all.filter(|lint| lint.level() == level).count()
        };
        let texts = |result: &Tested<'_>| result.rule.examples.len() + result.rule.negatives.len();
        Summary {
            rules: self.results.len(),
            texts: self.results.iter().map(texts).sum(),
            seeds: SEEDS,
            failures: self.results.iter().map(|result| result.failures.len()).sum(),
            errors: lints(Level::Error),
            warnings: lints(Level::Warning),
        }
    }

    fn windows(&self, cost: &Cost) -> f64 {
        self.per_megabyte(cost.effort.windows as f64)
    }

    fn starts(&self, cost: &Cost) -> f64 {
        self.per_megabyte(cost.effort.starts as f64)
    }

    fn microseconds(&self, cost: &Cost) -> Option<f64> {
        cost.time.map(|time| self.per_megabyte(time.as_secs_f64() * 1e6))
    }

    fn per_megabyte(&self, amount: f64) -> f64 {
        amount * MEGABYTE / self.ground.bytes() as f64
    }

    /// For people: a line a rule, then what is wrong, then the verdict.
    pub(super) fn table(&self, out: &mut dyn Write) -> io::Result<()> {
        let width = self.results.iter().map(|result| result.rule.info.id.len()).max().unwrap_or(0);
        let has_time = self.results.iter().any(|result| result.cost.time.is_some());
        let time = if has_time { "      µs/MB" } else { "" };
        let heading = format!("{:width$}  RESULT   TEXTS  WINDOWS/MB   STARTS/MB{time}", "RULE");
        writeln!(out, "{HEADING}{heading}{HEADING:#}")?;
        for result in &self.results {
            let Tested { rule, cost, .. } = result;
            let (id, verdict) = (&rule.info.id, verdict(result));
            let texts = rule.examples.len() + rule.negatives.len();
            let (windows, starts) = (self.windows(cost), self.starts(cost));
            let time = self.microseconds(cost).map(|time| format!(" {time:10.1}")).unwrap_or_default();
            writeln!(out, "{id:width$}  {verdict:7}  {texts:5}  {windows:10.1}  {starts:10.1}{time}")?;
        }
        self.results.iter().try_for_each(|result| problems(result, out))?;
        self.verdict(out)
    }

    fn verdict(&self, out: &mut dyn Write) -> io::Result<()> {
        let Summary { rules, texts, seeds, failures, errors, warnings } = self.summary();
        let ground = self.ground.file.as_deref().unwrap_or("a made text");
        writeln!(
            out,
            "\nrules: {rules}, texts: {texts} with {seeds} seeds each, failed: {failures}, errors: {errors}, \
             warnings: {warnings}; cost on {ground} of {} bytes",
            self.ground.bytes()
        )
    }
}

fn verdict(result: &Tested<'_>) -> &'static str {
    let worst = result.lints.iter().map(Lint::level).max();
    match (result.failures.is_empty(), worst) {
        (false, _) => "failed",
        (_, Some(level)) => level.as_str(),
        _ => "ok",
    }
}

fn problems(result: &Tested<'_>, out: &mut dyn Write) -> io::Result<()> {
    let Tested { rule, failures, lints, .. } = result;
    if failures.is_empty() && lints.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{HEADING}{}{HEADING:#}", rule.info.id)?;
    failures.iter().try_for_each(|failure| writeln!(out, "  failed   {failure}"))?;
    lints.iter().try_for_each(|lint| {
        let (level, name, remedy) = (lint.level().as_str(), lint.name(), lint.remedy());
        writeln!(out, "  {level:7}  {name}: {lint}\n           {remedy}")
    })
}
