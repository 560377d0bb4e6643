//! From candidates to a judge.

use std::collections::HashMap;

use stanch_engine::generic::{Judge, LOG_ODDS_UNIT, Lexicon, OWN_FEATURES, Step, Trees};

use super::{
    boost::{Growth, Rows, Table, grow},
    corpus::Said,
    report::Opinion,
    samples::Row,
};
use crate::random::Random;

const ROUNDS: usize = 250;
/// Until the judge may first stop, trees look at the candidate itself only: most are denied by that, cheaply.
const OWN: Growth = Growth { leaves_max: 31, feature_share: 0.3, features: OWN_FEATURES };
const NEAR: Growth = Growth { leaves_max: 31, feature_share: 0.3, features: usize::MAX };
/// Every so many rounds one tree may look at the path, and at nothing else.
const PLACE_EVERY: usize = 5;
const PLACE: Growth = Growth { leaves_max: 12, feature_share: 0.7, features: usize::MAX };

/// After so many rounds the judge may stop.
const STEPS: [usize; 2] = [50, 100];
/// Of what is not much less likely than not, in natural log-odds, one in [`LOST_OF`] may be lost by each: those are the
/// least likely of them, as a rule.
const LIKELY_ODDS: f64 = -1.4;
const LOST_OF: usize = 500;

/// What a candidate that nobody labelled counts, as one that is no secret.
const UNLABELLED_WEIGHT: f64 = 0.15;
/// The labelled candidates of one repository count at most as much as so many.
const REPOSITORY_WEIGHT_MAX: f64 = 1500.0;

/// Trains a judge that is not calibrated yet.
pub(super) fn train(rows: &[Row], lexicon: Lexicon) -> Judge {
    let near = Table::new(&rows.iter().map(|row| &row.features[..]).collect::<Vec<_>>());
    let place = Table::new(&rows.iter().map(|row| &row.place[..]).collect::<Vec<_>>());
    let weights = weights(rows);
    let truths: Vec<bool> = rows.iter().map(|row| matches!(row.said, Said::True(_))).collect();
    let true_weight: f64 =
        weights.iter().zip(&truths).filter(|(_, truth)| **truth).map(|(weight, _)| weight).sum();
    let share = true_weight / weights.iter().sum::<f64>();
    let base = ((share / (1.0 - share)).ln() * f64::from(LOG_ODDS_UNIT)).round();
    let mut state = Rows { odds: vec![base / f64::from(LOG_ODDS_UNIT); truths.len()], truths, weights };
    let mut random = Random::new(1);
    let (mut near_trees, mut place_trees) = (Trees::default(), Trees::default());
    let mut sums = Vec::new();
    for round in 0..ROUNDS {
        if STEPS.contains(&round) {
            sums.push(rows.iter().map(|row| near_trees.sum_of(0..round, &row.features)).collect());
        }
        let growth = if round < STEPS[0] { OWN } else { NEAR };
        grow(&near, &mut state, growth, &mut random, &mut near_trees);
        if round % PLACE_EVERY == 0 {
            grow(&place, &mut state, PLACE, &mut random, &mut place_trees);
        }
    }
    Judge {
        lexicon,
        near: near_trees,
        steps: steps(&sums, &state.odds),
        place: place_trees,
        base: base as i32,
        calibration: (1.0, 0.0),
    }
}

/// Where the judge may stop: after some trees, with sums so low that hardly any candidate that is likely in the end
/// has them.
fn steps(sums: &[Vec<i32>], odds: &[f64]) -> Vec<Step> {
    let step = |(trees, sums): (&usize, &Vec<i32>)| {
        let mut likely: Vec<i32> =
            sums.iter().zip(odds).filter(|(_, odds)| **odds > LIKELY_ODDS).map(|(sum, _)| *sum).collect();
        likely.sort_unstable();
        let lost = likely.len() / LOST_OF;
        let least = likely.get(lost).copied().unwrap_or(i32::MIN);
        Step { trees: *trees as u32, least }
    };
    STEPS.iter().zip(sums).map(step).collect()
}

fn weights(rows: &[Row]) -> Vec<f64> {
    let mut labelled: HashMap<&str, f64> = HashMap::new();
    for row in rows.iter().filter(|row| row.said != Said::Nothing) {
        *labelled.entry(&row.repository).or_default() += 1.0;
    }
    let weight = |row: &Row| {
        let count = labelled.get(row.repository.as_str()).copied().unwrap_or_default();
        let own = if row.said == Said::Nothing { UNLABELLED_WEIGHT } else { 1.0 };
        own * (REPOSITORY_WEIGHT_MAX / count).min(1.0)
    };
    rows.iter().map(weight).collect()
}

/// Slope and shift that make log-odds of unseen candidates probabilities (Platt, 1999): by Newton's method, whose steps
/// are halved until they help.
pub(super) fn calibrate(opinions: &[Opinion]) -> (f32, f32) {
    let known: Vec<(f64, bool)> =
        opinions.iter().filter_map(|opinion| Some((opinion.odds()?, opinion.is_true()))).collect();
    let mut line = Line { slope: 1.0, shift: 0.0 };
    for _ in 0..NEWTON_STEPS {
        let step = line.step(&known);
        let halves = (0..HALVINGS_MAX).map(|halving| line.moved(step, 0.5_f64.powi(halving)));
        let loss = line.loss(&known);
        let Some(better) = halves.into_iter().find(|moved| moved.loss(&known) < loss) else { break };
        line = better;
    }
    (line.slope as f32, line.shift as f32)
}

const NEWTON_STEPS: usize = 30;
const HALVINGS_MAX: i32 = 20;

/// Calibrated log-odds as a line over those of the trees.
#[derive(Clone, Copy)]
struct Line {
    slope: f64,
    shift: f64,
}

impl Line {
    fn likely(self, odds: f64) -> f64 {
        1.0 / (1.0 + (-(self.slope * odds + self.shift)).exp())
    }

    fn loss(self, known: &[(f64, bool)]) -> f64 {
        let loss = |(odds, truth): &(f64, bool)| {
            let likely = self.likely(*odds).clamp(1e-12, 1.0 - 1e-12);
            -(if *truth { likely } else { 1.0 - likely }).ln()
        };
        known.iter().map(loss).sum()
    }

    /// The full step of Newton's method.
    fn step(self, known: &[(f64, bool)]) -> Self {
        let (mut gradient, mut curvature) = ([0.0; 2], [1e-9, 0.0, 1e-9]);
        for (odds, truth) in known {
            let likely = self.likely(*odds);
            let wrong = likely - if *truth { 1.0 } else { 0.0 };
            let weight = likely * (1.0 - likely);
            gradient[0] += wrong * odds;
            gradient[1] += wrong;
            curvature[0] += weight * odds * odds;
            curvature[1] += weight * odds;
            curvature[2] += weight;
        }
        let determinant = curvature[0] * curvature[2] - curvature[1] * curvature[1];
        Self {
            slope: (gradient[1] * curvature[1] - gradient[0] * curvature[2]) / determinant,
            shift: (gradient[0] * curvature[1] - gradient[1] * curvature[0]) / determinant,
        }
    }

    fn moved(self, step: Self, share: f64) -> Self {
        Self { slope: self.slope + share * step.slope, shift: self.shift + share * step.shift }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_found_that_makes_odds_probabilities() {
        let known: Vec<(f64, bool)> =
            (0..1000).map(|at| (f64::from(at % 5) * 2.0 - 4.0, at % 5 > 2 || at % 25 == 2)).collect();
        let mut line = Line { slope: 1.0, shift: 0.0 };
        for _ in 0..NEWTON_STEPS {
            let step = line.step(&known);
            let loss = line.loss(&known);
            line = (0..HALVINGS_MAX)
                .map(|n| line.moved(step, 0.5_f64.powi(n)))
                .find(|m| m.loss(&known) < loss)
                .unwrap_or(line);
        }
        assert!(line.likely(0.0) < 0.3 && line.likely(4.0) > 0.9 && line.likely(-4.0) < 0.1);
    }
}
