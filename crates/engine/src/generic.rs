//! Generic secrets: values given to names such as `password`, which no format gives away.
//!
//! A keyword in a name is an anchor; `Candidate::at` reads from it to the value, by what the text around is: code,
//! configuration, markup, a command line. A learned [`Judge`] then tells how likely the value is a secret, from
//! [`Features`] of value, name and surroundings; where the path of the file is known, that has a say too. All but the
//! path lies within a bounded distance of the anchor ([`INFLUENCE`]).

mod candidate;
mod declared;
mod features;
mod first;
mod forest;
mod joint;
mod judge;
mod lexicon;
mod literal;
mod name;
mod place;
mod reader;
mod vocabulary;

use stanch_model::Span;

use self::candidate::Candidate;
pub use self::{
    candidate::{INFLUENCE, MATCH_INFLUENCE},
    features::{Features, OWN_FEATURES, feature_names, tells_bytes},
    forest::{LOG_ODDS_UNIT, Node, Step, Trees},
    judge::{Judge, LogOdds, Reason},
    lexicon::{Lexicon, LexiconBuilder},
    place::{PLACE_FEATURES, place_feature_names, place_features},
};
use crate::Match;

/// A candidate with its features, for training the judge.
pub struct Sample {
    /// The value.
    pub secret: Span,
    /// What the judge is told.
    pub features: Features,
}

impl Sample {
    fn of(candidate: &Candidate, value: &[u8], bytes: &[u8], lexicon: &Lexicon) -> Self {
        Self { secret: candidate.literal.span, features: Features::of(candidate, value, bytes, lexicon) }
    }

    /// The candidate that a rule matched: its match, its secret, and the secret in plain bytes.
    pub(crate) fn of_match(found: &Match, plain: &[u8], bytes: &[u8], lexicon: &Lexicon) -> Self {
        Self::of(&Candidate::matched(bytes, found.span, found.secret), plain, bytes, lexicon)
    }
}

/// Every candidate in some bytes that a name gives away, ascending.
pub fn samples(bytes: &[u8], lexicon: &Lexicon) -> Vec<Sample> {
    let candidates = (0..bytes.len()).filter_map(|anchor| Candidate::at(bytes, anchor));
    candidates.map(|candidate| Sample::of(&candidate, candidate.value(bytes), bytes, lexicon)).collect()
}
