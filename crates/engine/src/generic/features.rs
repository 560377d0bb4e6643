//! What the learned judge is told of a candidate: small whole numbers, each with a name.

mod context;
mod name;
mod value;

use std::ops::RangeInclusive;

pub(super) use self::context::{AFTER_MAX, BEFORE_MAX};
use super::{
    candidate::Candidate,
    lexicon::Lexicon,
    vocabulary::{TOPICS, Topic},
};

/// Most features there may be.
const FEATURES_MAX: usize = 352;

/// How many features come before those of the surroundings, which are worked out for promising candidates only.
pub const OWN_FEATURES: usize = 214;

/// Takes features in an order that never changes.
trait Recorder {
    /// Takes the next feature. `group` is what it is about, `name` its name within the group.
    fn note(&mut self, group: &'static str, name: &'static str, value: usize);

    /// Takes a feature that holds or not.
    fn mark(&mut self, group: &'static str, name: &'static str, holds: bool) {
        self.note(group, name, usize::from(holds));
    }
}

/// The features of one candidate.
#[derive(Clone, Copy)]
pub struct Features {
    values: [i16; FEATURES_MAX],
    len: usize,
}

impl Features {
    /// The features of a candidate whose value, decoded where it is encoded, is `value`.
    pub(super) fn of(candidate: &Candidate, value: &[u8], bytes: &[u8], lexicon: &Lexicon) -> Self {
        let mut features = Self::own(candidate, value, bytes, lexicon);
        features.look_around(candidate, bytes);
        features
    }

    /// The features of value, name and joint: those of the surroundings are 0 until [`Self::look_around`].
    pub(super) fn own(candidate: &Candidate, value: &[u8], bytes: &[u8], lexicon: &Lexicon) -> Self {
        let mut features = Self { values: [0; FEATURES_MAX], len: 0 };
        record_own(candidate, value, bytes, lexicon, &mut features);
        features
    }

    /// Adds the features of the surroundings.
    pub(super) fn look_around(&mut self, candidate: &Candidate, bytes: &[u8]) {
        context::record(candidate, bytes, self);
    }

    /// Their values, in the order of [`feature_names`].
    pub fn values(&self) -> &[i16] {
        &self.values[..self.len]
    }
}

impl Recorder for Features {
    fn note(&mut self, _: &'static str, _: &'static str, value: usize) {
        self.values[self.len] = i16::try_from(value).unwrap_or(i16::MAX);
        self.len += 1;
    }
}

/// The names of features.
struct Names(Vec<String>);

impl Recorder for Names {
    fn note(&mut self, group: &'static str, name: &'static str, _: usize) {
        self.0.push(format!("{group}: {name}"));
    }
}

/// The names of all features, in order.
pub fn feature_names(lexicon: &Lexicon) -> Vec<String> {
    let bytes = b"password = 'anything'";
    let candidate = Candidate::at(bytes, 0).expect("an assignment");
    let mut names = Names(Vec::new());
    record_own(&candidate, candidate.value(bytes), bytes, lexicon, &mut names);
    context::record(&candidate, bytes, &mut names);
    names.0
}

/// Whether the value of a feature is a byte of the text, which nobody is to be shown.
pub fn tells_bytes(feature: &str) -> bool {
    feature.split_once(": ").is_some_and(|(_, name)| name.contains("byte ") || name.ends_with(" byte"))
}

fn record_own(candidate: &Candidate, value: &[u8], bytes: &[u8], lexicon: &Lexicon, to: &mut impl Recorder) {
    value::record(value, lexicon, to);
    value::record_against_name(value, candidate, bytes, to);
    name::record(candidate, bytes, to);
}

/// How often each topic occurs.
#[derive(Clone, Copy)]
struct TopicCounts([u8; TOPICS.len()]);

impl TopicCounts {
    /// More say nothing more.
    const COUNT_MAX: u8 = 3;

    fn none() -> Self {
        Self([0; TOPICS.len()])
    }

    fn add(&mut self, topic: Topic) {
        let count = &mut self.0[topic as usize];
        *count = (*count + 1).min(Self::COUNT_MAX);
    }

    fn record(&self, group: &'static str, to: &mut impl Recorder) {
        for (name, count) in TOPICS.iter().zip(self.0) {
            to.note(group, name, usize::from(count));
        }
    }
}

/// How often each byte occurs: counted once, asked often.
struct ByteCounts([u16; 256]);

impl ByteCounts {
    fn of(parts: &[&[u8]]) -> Self {
        let mut counts = [0; 256];
        for byte in parts.iter().copied().flatten() {
            counts[usize::from(*byte)] += 1;
        }
        Self(counts)
    }

    /// How many of the bytes are one of these.
    fn each(&self, bytes: &[u8]) -> usize {
        bytes.iter().map(|byte| usize::from(self.0[usize::from(*byte)])).sum()
    }

    fn within(&self, range: RangeInclusive<u8>) -> usize {
        range.map(|byte| usize::from(self.0[usize::from(byte)])).sum()
    }
}
