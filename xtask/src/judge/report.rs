//! What the judge is worth, in tables for `docs/accuracy.md`.

use std::collections::HashSet;

use stanch_engine::generic::{Judge, LOG_ODDS_UNIT};

use super::{
    corpus::{Corpus, Said, Truth},
    samples::Row,
};
use crate::shell::say;

/// A candidate and what a judge that has not seen it thinks.
pub(super) struct Opinion {
    row: Row,
    /// In units of the judge; none where it was denied before they were worked out.
    units: Option<i32>,
}

impl Opinion {
    pub(super) fn of(judge: &Judge, row: Row) -> Self {
        let units = judge.units(&row.features, &row.path);
        Self { row, units }
    }

    /// The log-odds, not calibrated.
    pub(super) fn odds(&self) -> Option<f64> {
        self.units.map(|units| f64::from(units) / f64::from(LOG_ODDS_UNIT))
    }

    pub(super) fn is_true(&self) -> bool {
        matches!(self.row.said, Said::True(_))
    }

    fn probability(&self, (slope, shift): (f32, f32)) -> f64 {
        self.odds().map_or(0.0, |odds| 1.0 / (1.0 + (-(odds * f64::from(slope) + f64::from(shift))).exp()))
    }
}

/// Labels hit and findings on no label.
struct Score {
    true_hits: usize,
    false_hits: usize,
    unlabelled: usize,
    truths: usize,
}

impl Score {
    /// Of the candidates at or over a threshold, against all labels of the chosen repositories.
    fn of(corpus: &Corpus, chosen: &[&Opinion], repositories: &HashSet<&str>) -> Self {
        let (mut hits, mut wrong, mut unlabelled) = (HashSet::<usize>::new(), HashSet::<usize>::new(), 0);
        for opinion in chosen {
            match &opinion.row.said {
                Said::True(labels) => hits.extend(labels),
                Said::False(labels) => wrong.extend(labels),
                Said::Nothing => unlabelled += 1,
                Said::Ignored => {}
            }
        }
        let is_counted = |at: &usize| {
            let label = &corpus.labels[*at];
            label.truth == Truth::T && label.counts() && repositories.contains(corpus.repository(*at))
        };
        let truths = (0..corpus.labels.len()).filter(is_counted).count();
        Self { true_hits: hits.len(), false_hits: wrong.len(), unlabelled, truths }
    }

    fn precision(&self) -> f64 {
        self.true_hits as f64 / (self.true_hits + self.false_hits).max(1) as f64
    }

    fn recall(&self) -> f64 {
        self.true_hits as f64 / self.truths.max(1) as f64
    }
}

/// Prints the score by threshold and the calibration curve.
pub(super) fn print_scores(corpus: &Corpus, opinions: &[Opinion], calibration: (f32, f32)) {
    let all: HashSet<&str> = corpus.repositories.keys().map(String::as_str).collect();
    say("cross-validated by repository, generic candidates only, against all labels");
    say("| threshold | true | false | unlabelled | precision | recall |\n|---|---|---|---|---|---|");
    for threshold in [0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9] {
        let chosen: Vec<&Opinion> =
            opinions.iter().filter(|opinion| opinion.probability(calibration) >= threshold).collect();
        let score = Score::of(corpus, &chosen, &all);
        say(&format!(
            "| {threshold} | {} | {} | {} | {:.3} | {:.3} |",
            score.true_hits,
            score.false_hits,
            score.unlabelled,
            score.precision(),
            score.recall()
        ));
    }
    print_calibration(opinions, calibration);
}

fn print_calibration(opinions: &[Opinion], calibration: (f32, f32)) {
    say("\n| thought | candidates | mean | true |\n|---|---|---|---|");
    for tenth in 0..10 {
        let range = f64::from(tenth) / 10.0..f64::from(tenth + 1) / 10.0;
        let within: Vec<_> =
            opinions.iter().filter(|opinion| range.contains(&opinion.probability(calibration))).collect();
        let count = within.len().max(1) as f64;
        let mean = within.iter().map(|opinion| opinion.probability(calibration)).sum::<f64>() / count;
        let truth = within.iter().filter(|opinion| opinion.is_true()).count() as f64 / count;
        say(&format!("| {:.1}–{:.1} | {} | {mean:.3} | {truth:.3} |", range.start, range.end, within.len()));
    }
}

/// Prints how precision and recall grow with the share of repositories that are learned from.
pub(super) fn print_learning_curve(corpus: &Corpus, scores: &[(f64, Vec<Opinion>)], calibration: (f32, f32)) {
    let all: HashSet<&str> = corpus.repositories.keys().map(String::as_str).collect();
    say("\n| share of repositories | precision | recall |\n|---|---|---|");
    for (share, opinions) in scores {
        let chosen: Vec<_> =
            opinions.iter().filter(|opinion| opinion.probability(calibration) >= THRESHOLD).collect();
        let score = Score::of(corpus, &chosen, &all);
        say(&format!("| {share} | {:.3} | {:.3} |", score.precision(), score.recall()));
    }
}

/// What is reported by default.
const THRESHOLD: f64 = 0.5;

/// The findings of cross-validation in the scorer's form, with the values in clear.
pub(super) fn findings(_: &Corpus, opinions: &[Opinion], calibration: (f32, f32)) -> String {
    let line = |opinion: &Opinion| {
        let Row { path, lines, secret, .. } = &opinion.row;
        let (line, line_end) = lines;
        let rule = "generic-assignment";
        let probability = opinion.probability(calibration);
        serde_json::json!({"path": path, "line": line, "line_end": line_end, "secret": secret, "rule": rule, "probability": probability})
            .to_string()
            + "\n"
    };
    opinions.iter().filter(|opinion| opinion.probability(calibration) >= THRESHOLD).map(line).collect()
}
