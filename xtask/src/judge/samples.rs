//! Candidates of labelled files, with what the labels say of them.

use stanch_engine::{
    Finder, Match, RuleSet, Scanner, ScannerOptions,
    generic::{Lexicon, LexiconBuilder, PLACE_FEATURES, Sample, place_features, samples},
};
use stanch_model::{Probability, Span};

use super::corpus::{Corpus, File, Said};

/// One candidate.
pub(super) struct Row {
    pub(super) repository: String,
    pub(super) path: String,
    pub(super) lines: (usize, usize),
    pub(super) secret: String,
    pub(super) said: Said,
    pub(super) features: Vec<i16>,
    pub(super) place: [i16; PLACE_FEATURES],
}

/// What ordinary text is made of in these repositories.
pub(super) fn lexicon(corpus: &Corpus, repositories: &[&str]) -> Lexicon {
    let mut builder = LexiconBuilder::default();
    for repository in repositories {
        builder.read(corpus.repositories[*repository].iter().map(|file| &file.bytes[..]));
    }
    builder.build()
}

/// The candidates of these repositories.
pub(super) fn rows(corpus: &Corpus, repositories: &[&str], lexicon: &Lexicon) -> Vec<Row> {
    let scanner = judged();
    let mut rows = Vec::new();
    for repository in repositories {
        for file in &corpus.repositories[*repository] {
            let mut found = samples(&file.bytes, lexicon);
            found.extend(matched(&scanner, &file.bytes, lexicon));
            add_file(corpus, repository, file, found, &mut rows);
        }
    }
    rows
}

/// A scanner for all that rules leave to the judge, and that takes everything for a secret.
fn judged() -> Scanner {
    let mut rules = RuleSet::embedded();
    let ids: Vec<String> = rules
        .rules()
        .iter()
        .filter(|rule| rule.finder == Some(Finder::Judged))
        .map(|rule| rule.info.id.clone())
        .collect();
    rules.retain(|info| ids.contains(&info.id));
    let everything = ScannerOptions { floor: Probability::thousandths(0), ..ScannerOptions::default() };
    Scanner::with_options(rules, everything)
}

/// The candidates that rules match in the text as it stands.
fn matched(scanner: &Scanner, bytes: &[u8], lexicon: &Lexicon) -> Vec<Sample> {
    let mut found: Vec<Match> = Vec::new();
    scanner.scan(&mut scanner.scratch(), bytes, &mut found);
    let plain = found.iter().filter(|found| found.inner.is_none());
    plain.map(|found| scanner.sample(bytes, found, lexicon)).collect()
}

fn add_file(corpus: &Corpus, repository: &str, file: &File, found: Vec<Sample>, rows: &mut Vec<Row>) {
    let place = place_features(&file.path);
    let mut lines = Lines { bytes: &file.bytes, at: 0, line: 1 };
    for sample in found {
        let secret = String::from_utf8_lossy(&file.bytes[sample.secret.range()]).into_owned();
        let lines = lines.of(sample.secret);
        let said = corpus.said(&file.path, lines, &secret);
        if said == Said::Ignored {
            continue;
        }
        rows.push(Row {
            repository: repository.to_owned(),
            path: file.path.clone(),
            lines,
            secret,
            said,
            features: sample.features.values().to_vec(),
            place,
        });
    }
}

/// Counts lines forward.
struct Lines<'b> {
    bytes: &'b [u8],
    at: usize,
    line: usize,
}

impl Lines<'_> {
    fn of(&mut self, span: Span) -> (usize, usize) {
        let count = |from: usize, to: usize| self.bytes[from..to].split(|byte| *byte == b'\n').count() - 1;
        if span.start < self.at {
            (self.at, self.line) = (0, 1);
        }
        self.line += count(self.at, span.start);
        self.at = span.start;
        (self.line, self.line + count(span.start, span.end))
    }
}
