//! The pipeline: targets in, findings and coverage out. Command line, server and worker all call this.

use std::time::Instant;

use stanch_engine::is_name;
use stanch_model::{Coverage, Finding, TargetCoverage};

use crate::{Context, Crew, OpenError, SOURCES, Source, SourceConfigs, Target, crew, masking::mask_names};

/// Takes findings: target by target, within one by path and position.
pub trait Sink {
    /// Takes one finding, or turns it away; tells whether it was taken.
    fn finding(&mut self, finding: Finding) -> bool;
}

impl Sink for Vec<Finding> {
    fn finding(&mut self, finding: Finding) -> bool {
        self.push(finding);
        true
    }
}

/// A target that is there and can be scanned.
pub struct Opened {
    text: String,
    source: Box<dyn Source>,
}

impl Opened {
    /// A target that a caller opened by its own means; `text` names it in reports.
    pub fn new(text: impl Into<String>, source: Box<dyn Source>) -> Self {
        Self { text: text.into(), source }
    }
}

/// Opens every target before any is scanned, so that a typing error costs nothing.
///
/// # Errors
/// The first target that cannot be opened, the setting of its source that is wrong, or settings of no source.
pub fn open(targets: &[Target], configs: &SourceConfigs) -> Result<Vec<Opened>, OpenError> {
    let known = || SOURCES.iter().map(|source| source.name());
    if let Some(stray) = configs.keys().find(|name| known().all(|known| known != name.as_str())) {
        let source_name = if is_name(stray) { stray.clone() } else { "…".to_owned() };
        return Err(OpenError::UnknownSource { source_name, known: known().collect() });
    }
    let open_one = |target: &Target| {
        let config = configs.get(target.source().name()).cloned().unwrap_or_default();
        Ok(Opened::new(target.text(), target.source().open(target.rest(), config)?))
    };
    targets.iter().map(open_one).collect()
}

/// Scans the targets in turn, each on all threads, and says what was covered. A target that fails midway does not keep
/// the others from being scanned.
pub fn scan(targets: &[Opened], context: &Context<'_>, sink: &mut dyn Sink) -> Coverage {
    let started = Instant::now();
    let mut coverage = Coverage {
        rules: context.scanner.rules().rules().len(),
        rules_digest: context.scanner.rules().digest(),
        ..Coverage::default()
    };
    let mut context = *context;
    for opened in targets {
        let (findings, mut target) = scan_target(opened, context);
        context.limits.findings_max -= findings.len();
        target.findings =
            findings.into_iter().filter_map(|finding| sink.finding(finding).then_some(())).count();
        coverage.targets.push(target);
    }
    coverage.cancelled = context.cancel.is_cancelled();
    coverage.duration = started.elapsed();
    coverage
}

fn scan_target(opened: &Opened, context: Context<'_>) -> (Vec<Finding>, TargetCoverage) {
    let target = opened.text.clone();
    if context.cancel.is_cancelled() {
        let error = Some("cancelled before it was begun".to_owned());
        return (Vec::new(), TargetCoverage { target, error, ..TargetCoverage::default() });
    }
    let crew = Crew::new(context);
    let error = match crew::guarded(|| opened.source.scan(&crew)) {
        Some(result) => result.err().map(|error| error.to_string()),
        None => Some(crew::PANICKED.to_owned()),
    };
    let (mut findings, mut coverage) = crew.finish();
    mask_names(&mut findings, &mut coverage.skips, (context.scanner, context.fingerprinter));
    (findings, TargetCoverage { target, error, ..coverage })
}
