//! What a reader has read so far.

use std::collections::HashMap;

use stanch_engine::RuleSet;
use stanch_model::{
    Confidence, Fingerprinter, Liveness, Location, Preview, Provenance, ReportedFinding, Secret, Severity,
    Step,
};

use super::{
    ENTRIES_MAX, ForeignReport, ReportFormat,
    draft::{Commit, Draft},
    lost::{Lost, LostWhy},
};
use crate::ignores::kinship::{is_generic, own_id};

/// Longest path, rule, author or address, in bytes.
const TEXT_BYTES_MAX: usize = 4096;
/// Values looked for in the names of files; the shorter stand in names by chance.
const NAMED_BYTES_MIN: usize = 6;
/// The most values that are.
const NAMED_MAX: usize = 1000;

/// A report that is being read.
pub(super) struct Reading<'f> {
    fingerprinter: &'f Fingerprinter,
    /// Of our rules, by id.
    ratings: HashMap<String, (Severity, Confidence)>,
    report: ForeignReport,
    /// Values that stand in the text of their own finding, and so perhaps in that of others.
    named: Vec<Secret>,
    entry: usize,
    is_full: bool,
}

impl<'f> Reading<'f> {
    pub(super) fn new(format: ReportFormat, fingerprinter: &'f Fingerprinter) -> Self {
        let report = ForeignReport {
            format,
            tool: format.as_str().to_owned(),
            findings: Vec::new(),
            allowed: 0,
            lost: Vec::new(),
        };
        let rules = RuleSet::embedded();
        let rating = |rule: &stanch_engine::Rule| (rule.info.severity, rule.info.confidence);
        let ratings = rules.rules().iter().map(|rule| (rule.info.id.clone(), rating(rule))).collect();
        Self { fingerprinter, ratings, report, named: Vec::new(), entry: 0, is_full: false }
    }

    /// The keys of our own fingerprints.
    pub(super) fn fingerprinter(&self) -> &Fingerprinter {
        self.fingerprinter
    }

    /// Says who made the report, where it tells more than its format.
    pub(super) fn made_by(&mut self, tool: &str) {
        if !tool.is_empty() && tool.len() <= TEXT_BYTES_MAX {
            self.report.tool = plain(tool);
        }
    }

    /// Begins the next entry. False where there are too many.
    pub(super) fn begin(&mut self) -> bool {
        self.entry += 1;
        let is_over = self.report.findings.len() == ENTRIES_MAX || self.report.lost.len() == ENTRIES_MAX;
        if is_over && !self.is_full {
            self.is_full = true;
            self.report
                .lost
                .push(Lost { entry: self.entry, why: LostWhy::TooManyEntries { limit: ENTRIES_MAX } });
        }
        !self.is_full
    }

    /// The entry is not carried over.
    pub(super) fn lose(&mut self, why: LostWhy) {
        self.report.lost.push(Lost { entry: self.entry, why });
    }

    /// The report itself lets the entry stay.
    pub(super) fn allow(&mut self) {
        self.report.allowed += 1;
    }

    /// The entry is a finding already.
    pub(super) fn take(&mut self, finding: ReportedFinding) {
        self.report.findings.push(finding);
    }

    /// The entry becomes a finding, if its value is told.
    pub(super) fn add(&mut self, draft: Draft) {
        match self.finding(draft) {
            Ok(finding) => self.take(finding),
            Err(why) => self.lose(why),
        }
    }

    fn finding(&mut self, draft: Draft) -> Result<ReportedFinding, LostWhy> {
        let value = draft.raw.told().ok_or(LostWhy::NoValue)?;
        let author = draft.commit.as_ref().map_or("", |commit| commit.author.as_str());
        let url = draft.url.as_deref().unwrap_or_default();
        let texts = [draft.path.as_str(), &draft.rule, author, url];
        if texts.iter().any(|text| text.len() > TEXT_BYTES_MAX) {
            return Err(LostWhy::TooLong);
        }
        let secret = self.fingerprinter.seal(value.as_bytes());
        if value.len() >= NAMED_BYTES_MIN
            && self.named.len() < NAMED_MAX
            && texts.iter().any(|text| text.contains(value))
        {
            self.named.push(secret.clone());
        }
        let region = draft.region.settled(value);
        let (path, provenance) = whereabouts(&draft.path, draft.commit, draft.outer);
        let rated = self.rated(&draft.rule);
        let certain = (draft.liveness == Liveness::Live).then_some(Confidence::Certain);
        Ok(ReportedFinding {
            severity: draft.severity.unwrap_or(rated.severity),
            confidence: certain.or(draft.confidence).unwrap_or(rated.confidence),
            rule: rated.rule,
            fingerprint: *secret.fingerprint(),
            former_fingerprint: secret.previous().copied(),
            preview: Preview::of(&secret).to_string(),
            location: Location {
                path,
                line: region.line,
                column: region.column,
                end_line: region.end_line,
                end_column: region.end_column,
                byte_start: 0,
                byte_end: 0,
            },
            provenance,
            probability: None,
            facts: draft.facts,
            parts: draft.parts,
            class: None,
            encodings: Vec::new(),
            liveness: draft.liveness,
            code_owners: Vec::new(),
            url: draft.url,
        })
    }

    /// What we say of a foreign rule: what our rule of that name says, else what its own name tells.
    fn rated(&self, foreign: &str) -> Rated {
        let own = own_id(foreign);
        if let Some(&(severity, confidence)) = self.ratings.get(&own) {
            return Rated { rule: own, severity, confidence: confidence.min(Confidence::High) };
        }
        let (severity, confidence) = if is_generic(foreign) {
            (Severity::Medium, Confidence::Low)
        } else {
            (Severity::High, Confidence::Medium)
        };
        Rated { rule: plain(foreign), severity, confidence }
    }

    /// What was read. A secret in the name of a file is masked wherever that name stands.
    pub(super) fn finish(self) -> ForeignReport {
        let mut report = self.report;
        for finding in report.findings.iter_mut().filter(|_| !self.named.is_empty()) {
            let path = finding.provenance.0.iter_mut().filter_map(|step| match step {
                Step::Path { path } | Step::Directory { path } => Some(path),
                Step::Commit { author, .. } => Some(author),
                _ => None,
            });
            let texts = [&mut finding.location.path, &mut finding.rule];
            for text in texts.into_iter().chain(path).chain(&mut finding.url) {
                mask(text, &self.named);
            }
        }
        report
    }
}

/// What is said of a rule.
struct Rated {
    rule: String,
    severity: Severity,
    confidence: Confidence,
}

/// Path and provenance of an entry.
fn whereabouts(path: &str, commit: Option<Commit>, outer: Option<Step>) -> (String, Provenance) {
    let here = || ".".to_owned();
    let path = plain_path(path);
    let mut steps = Vec::new();
    let mut shown = path.clone();
    match (commit, outer) {
        (Some(Commit { id, author, time }), _) => {
            steps.push(Step::Repository { path: here() });
            if path.is_empty() {
                shown.clone_from(&id);
            }
            // No scanner tells whether a branch still has it.
            steps.push(Step::Commit { id, author: plain(&author), time, in_head: false });
            if path.is_empty() {
                steps.push(Step::Text { what: "commit-message".to_owned() });
            }
        }
        (None, Some(outer)) => steps.push(outer),
        (None, None) if path.is_empty() || path == "-" => {
            return ("-".to_owned(), Provenance(vec![Step::Stdin]));
        }
        (None, None) => steps.push(Step::Directory { path: here() }),
    }
    if !path.is_empty() {
        steps.push(Step::Path { path });
    }
    (shown, Provenance(steps))
}

/// A path with `/` between folders and without `./` before it.
fn plain_path(path: &str) -> String {
    let path = plain(path).replace('\\', "/");
    let mut rest = path.as_str();
    while let Some(shorter) = rest.strip_prefix("./") {
        rest = shorter.trim_start_matches('/');
    }
    rest.to_owned()
}

/// A text without control characters.
fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

/// Puts the preview of each value in the place of the value.
fn mask(text: &mut String, named: &[Secret]) {
    for secret in named {
        if let Ok(value) = std::str::from_utf8(secret.expose())
            && text.contains(value)
        {
            *text = text.replace(value, Preview::of(secret).as_str());
        }
    }
}
