//! The learned judge: how likely a candidate is a secret.

use serde::{Deserialize, Serialize};
use stanch_model::{Probability, Span};

use super::{
    Sample,
    candidate::Candidate,
    features::{Features, feature_names},
    forest::{LOG_ODDS_UNIT, Partial, Step, Trees},
    lexicon::Lexicon,
    place::{place_feature_names, place_features},
};
use crate::Match;

/// The log-odds of a candidate without its path, in units of 1/[`LOG_ODDS_UNIT`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LogOdds(i32);

/// One feature and how much it moved the log-odds.
#[derive(Clone, Debug, PartialEq)]
pub struct Reason {
    /// The name of the feature.
    pub feature: String,
    /// Its value.
    pub value: i16,
    /// What it added to the natural logarithm of the odds.
    pub share: f32,
}

/// A lexicon, trees, and how their sum becomes a probability.
#[derive(Serialize, Deserialize)]
pub struct Judge {
    /// What ordinary text is made of.
    pub lexicon: Lexicon,
    /// Trees over the features of a candidate.
    pub near: Trees,
    /// Where to stop with what is certainly no secret.
    pub steps: Vec<Step>,
    /// Trees over the features of a path.
    pub place: Trees,
    /// The log-odds before any tree.
    pub base: i32,
    /// Calibration: the log-odds are multiplied by the first and moved by the second.
    pub calibration: (f32, f32),
}

/// The steps may deny what is less likely than this: who asks for more is given every candidate.
const STEPS_FLOOR: Probability = Probability::thousandths(300);

impl Judge {
    /// The judge of this build.
    pub fn embedded() -> Self {
        let bytes = include_bytes!("../../../../judge/judge.bin");
        postcard::from_bytes(bytes).expect("written by the training, read by a test")
    }

    /// The candidate at `anchor`: the span from its keyword to the end of its value, the value, and its log-odds.
    /// None where that is certain to be less likely than `floor`.
    pub(crate) fn examine(
        &self,
        bytes: &[u8],
        anchor: usize,
        floor: Probability,
    ) -> Option<(Span, Span, LogOdds)> {
        let candidate = Candidate::at(bytes, anchor)?;
        let secret = candidate.literal.span;
        let odds = self.weigh(&candidate, candidate.value(bytes), bytes, floor)?;
        Some((Span::new(anchor, secret.end), secret, odds))
    }

    /// The log-odds of what a rule matched, with its secret in plain bytes; none where that is certain to be less likely
    /// than `floor`.
    pub(crate) fn examine_match(
        &self,
        bytes: &[u8],
        (span, secret): (Span, Span),
        plain: &[u8],
        floor: Probability,
    ) -> Option<LogOdds> {
        self.weigh(&Candidate::matched(bytes, span, secret), plain, bytes, floor)
    }

    /// The log-odds of a candidate with this value in plain bytes. Its surroundings are looked at only if it is promising
    /// by itself.
    fn weigh(
        &self,
        candidate: &Candidate,
        value: &[u8],
        bytes: &[u8],
        floor: Probability,
    ) -> Option<LogOdds> {
        let steps = if floor < STEPS_FLOOR { &[] } else { &self.steps[..] };
        let mut features = Features::own(candidate, value, bytes, &self.lexicon);
        let (first, later) = steps.split_at(steps.len().min(1));
        let begin = |step: &Step| self.near.go_on(Partial::default(), features.values(), *step);
        let so_far = first.first().map_or(Some(Partial::default()), begin)?;
        features.look_around(candidate, bytes);
        let odds = LogOdds(self.base + self.near.sum_in_steps(so_far, features.values(), later)?);
        (self.probability_max(odds) >= floor).then_some(odds)
    }

    /// The log-odds of a candidate with these features in a file of this path, not calibrated, in units of
    /// 1/[`LOG_ODDS_UNIT`]; none where they are too low to be worked out.
    pub fn units(&self, features: &[i16], path: &str) -> Option<i32> {
        let near = self.near.sum_in_steps(Partial::default(), features, &self.steps)?;
        Some(self.base + near + self.place.sum(&place_features(path)))
    }

    /// How likely a candidate is a secret; `path` is of the file that holds it, where there is one.
    pub fn probability(&self, odds: LogOdds, path: Option<&str>) -> Probability {
        let place = path.map_or(0, |path| self.place.sum(&place_features(path)));
        self.calibrated(odds.0 + place)
    }

    /// The most that any path could make of it.
    fn probability_max(&self, odds: LogOdds) -> Probability {
        self.calibrated(odds.0 + self.place.sum_max().max(0))
    }

    fn calibrated(&self, units: i32) -> Probability {
        let (slope, shift) = self.calibration;
        let odds = units as f32 / LOG_ODDS_UNIT * slope + shift;
        Probability::new(1.0 / (1.0 + (-odds).exp()))
    }

    /// What decided about the candidate at `anchor`, what mattered most first; none where there is no candidate.
    pub(crate) fn explain(&self, bytes: &[u8], anchor: usize, path: Option<&str>) -> Option<Vec<Reason>> {
        let candidate = Candidate::at(bytes, anchor)?;
        Some(self.reasons(&Features::of(&candidate, candidate.value(bytes), bytes, &self.lexicon), path))
    }

    /// What decided about what a rule matched, with its secret in plain bytes.
    pub(crate) fn explain_match(
        &self,
        found: &Match,
        plain: &[u8],
        bytes: &[u8],
        path: Option<&str>,
    ) -> Vec<Reason> {
        self.reasons(&Sample::of_match(found, plain, bytes, &self.lexicon).features, path)
    }

    fn reasons(&self, features: &Features, path: Option<&str>) -> Vec<Reason> {
        let mut reasons = reasons(&self.near, feature_names(&self.lexicon), features.values());
        if let Some(path) = path {
            reasons.extend(reasons_of_place(&self.place, path));
        }
        reasons
            .sort_by(|a, b| b.share.abs().total_cmp(&a.share.abs()).then_with(|| a.feature.cmp(&b.feature)));
        reasons
    }
}

fn reasons_of_place(trees: &Trees, path: &str) -> Vec<Reason> {
    reasons(trees, place_feature_names(), &place_features(path))
}

/// The features that moved anything.
fn reasons(trees: &Trees, names: Vec<String>, values: &[i16]) -> Vec<Reason> {
    let mut shares = vec![0; values.len()];
    trees.explain(values, &mut shares);
    let all = names.into_iter().zip(values).zip(shares);
    all.filter(|(_, share)| *share != 0)
        .map(|((feature, value), share)| Reason {
            feature,
            value: *value,
            share: share as f32 / LOG_ODDS_UNIT,
        })
        .collect()
}
