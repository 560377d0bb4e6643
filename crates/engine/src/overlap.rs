//! Makes the raw matches of one blob final.
//!
//! 1. Within a rule, the match that starts first wins and what overlaps it goes: what a left-to-right search finds.
//! 2. Between rules, of secrets that overlap the more specific one stays: a provider's rule over a generic one, what is
//!    in a text over a value that is this text encoded, a format over what the learned judge took for a secret, then
//!    higher confidence, what stands there as it is over what does not, then the longer secret, then the rule that comes
//!    first. No byte is reported twice.
//!
//! Matches in one run of encoded bytes were made final in what it stands for. They may share the bytes that hold them, a
//! whole stream, and are no rivals of each other unless they overlap in the text that they are in.
//!
//! The outcome depends on the set of raw matches only, not on their order.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet, HashMap},
};

use stanch_model::Span;

use crate::{Inner, Match, Rule};

/// The provider of rules that know a shape but no provider.
const GENERIC: &str = "Generic";

/// Makes `raw` final, ascending by start, as far as that can be told without the path of the file: a match that the path
/// may yet drop takes nothing from others, and is marked as open like those that it overlaps.
pub(crate) fn settle(rules: &[Rule], raw: &mut Vec<Match>) {
    let waits = |found: &Match| rule_of(rules, found).waits_for_path(found.pending);
    if raw.len() < 2 {
        for found in raw.iter_mut() {
            found.pending.set_open(waits(found));
        }
        return;
    }
    raw.sort_unstable_by_key(|found| (found.rule, found.span.start));
    let mut last: Option<Match> = None;
    raw.retain(|found| {
        if is_within(found) {
            return true;
        }
        let stays = last.is_none_or(|last| last.rule != found.rule || last.span.end <= found.span.start);
        if stays {
            last = Some(*found);
        }
        stays
    });
    keep_most_specific(rules, raw, waits);
}

/// Keeps of settled matches those that count in a file of this path, and makes them final.
pub(crate) fn settle_in(rules: &[Rule], settled: &mut Vec<Match>, path: &str) {
    let counts = |found: &&Match| rule_of(rules, found).counts_in(path, found.pending);
    let mut standing: Vec<Match> = settled.iter().filter(counts).copied().collect();
    keep_most_specific(rules, &mut standing, |_| false);
    let place = |found: &Match| (found.rule, found.span, found.secret, found.inner);
    let standing: BTreeSet<_> = standing.iter().map(place).collect();
    settled.retain(|found| standing.contains(&place(found)));
}

fn rule_of<'r>(rules: &'r [Rule], found: &Match) -> &'r Rule {
    &rules[found.rule.0 as usize]
}

/// Of overlapping secrets keeps the more specific one, unless it `waits`: then it keeps both.
fn keep_most_specific(rules: &[Rule], raw: &mut Vec<Match>, waits: impl Fn(&Match) -> bool) {
    raw.sort_by_cached_key(|found| {
        let is_generic = rule_of(rules, found).info.provider == GENERIC;
        let is_text = found.inner.is_some() && !is_within(found);
        let len = Reverse(found.secret.len());
        let place = (is_within(found), len, found.rule, found.span.start, found.secret.start);
        (is_generic, is_text, found.odds.is_some(), Reverse(found.confidence), place)
    });
    let (mut kept, mut taken) = (Held::default(), Held::default());
    raw.retain_mut(|found| {
        if taken.by_rival_of(found) {
            return false;
        }
        let is_open = waits(found) || kept.by_rival_of(found);
        found.pending.set_open(is_open);
        kept.hold(found);
        if !is_open {
            taken.hold(found);
        }
        true
    });
    raw.sort_unstable();
}

fn is_within(found: &Match) -> bool {
    found.inner.is_some_and(Inner::is_within)
}

/// The run of encoded bytes that a match is in.
fn run_of(found: &Match) -> Option<Span> {
    is_within(found).then_some(found.span)
}

/// Where in its text a match in a run of encoded bytes stands: the run, the number of the text, the place.
fn place_in_text(found: &Match) -> Option<((Span, u32), Span)> {
    let inner = found.inner.filter(|inner| inner.is_within())?;
    Some(((found.span, inner.text), Span::new(inner.start as usize, inner.end as usize)))
}

/// What the secrets of matches hold: bytes, and places in the texts that runs of encoded bytes stand for.
#[derive(Default)]
struct Held {
    bytes: Stretches,
    texts: HashMap<(Span, u32), Stretches>,
}

impl Held {
    /// Whether a rival of a match holds some of what it needs.
    fn by_rival_of(&self, found: &Match) -> bool {
        let in_text = |(text, place)| self.texts.get(&text).is_some_and(|held| held.overlap(place, None));
        self.bytes.overlap(found.secret, run_of(found)) || place_in_text(found).is_some_and(in_text)
    }

    fn hold(&mut self, found: &Match) {
        self.bytes.add(found.secret, run_of(found));
        if let Some((text, place)) = place_in_text(found) {
            self.texts.entry(text).or_default().add(place, None);
        }
    }
}

/// Stretches that do not overlap, by their start, with their end and the run whose matches alone hold them, if there is one.
#[derive(Default)]
struct Stretches(BTreeMap<usize, (usize, Option<Span>)>);

impl Stretches {
    /// Whether a stretch overlaps that others hold than matches in this run.
    fn overlap(&self, span: Span, run: Option<Span>) -> bool {
        self.shared(span).any(|(_, other)| run.is_none() || other != run)
    }

    fn add(&mut self, span: Span, mut run: Option<Span>) {
        let mut all = span;
        let shared: Vec<(Span, Option<Span>)> = self.shared(span).collect();
        for (stretch, other) in shared {
            self.0.remove(&stretch.start);
            all = Span::new(all.start.min(stretch.start), all.end.max(stretch.end));
            run = run.filter(|_| other == run);
        }
        self.0.insert(all.start, (all.end, run));
    }

    fn shared(&self, span: Span) -> impl Iterator<Item = (Span, Option<Span>)> {
        let before = self.0.range(..span.end).rev();
        before
            .map(|(start, (end, run))| (Span::new(*start, *end), *run))
            .take_while(move |(stretch, _)| stretch.end > span.start)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use stanch_model::Confidence;

    use super::*;
    use crate::{Pending, RuleId, RuleSet};

    /// Three rules, the last one generic.
    fn rules() -> RuleSet {
        let mut set = RuleSet::default();
        for (provider, id) in [("Acme", "first"), ("Acme", "second"), (GENERIC, "third")] {
            let text = format!(
                "provider = \"{provider}\"\n[[rule]]\nid = \"{id}\"\nname = \"n\"\ndescription = \"d\"\n\
                 pattern = 'abcd'\nseverity = \"low\"\nconfidence = \"low\"\n\
                 references = []\nexamples = []\nnegatives = []\n"
            );
            set.extend(RuleSet::parse("test.toml", &text).expect("valid").rules().iter().cloned());
        }
        set
    }

    fn found(rule: u32, start: usize, end: usize, confidence: Confidence) -> Match {
        let span = Span::new(start, end);
        Match {
            span,
            secret: span,
            rule: RuleId(rule),
            confidence,
            odds: None,
            pending: Pending::default(),
            inner: None,
        }
    }

    fn settled(mut raw: Vec<Match>) -> Vec<Match> {
        settle(rules().rules(), &mut raw);
        raw
    }

    #[test]
    fn the_more_specific_of_overlapping_secrets_stays() {
        let (low, high) = (Confidence::Low, Confidence::High);
        let wins = |winner: Match, loser: Match| assert_eq!(settled(vec![loser, winner]), [winner]);
        wins(found(1, 4, 8, high), found(0, 0, 30, low));
        wins(found(1, 4, 8, low), found(2, 0, 30, low));
        wins(found(1, 0, 9, low), found(0, 0, 8, low));
        wins(found(0, 0, 8, low), found(1, 0, 8, low));
    }

    #[test]
    fn a_loser_takes_nothing_with_it() {
        let low = Confidence::Low;
        let (one, two, both) = (found(0, 0, 9, low), found(0, 9, 18, low), found(2, 5, 12, low));
        assert_eq!(settled(vec![both, two, one]), [one, two]);
    }

    fn any_match() -> impl Strategy<Value = Match> {
        let confidence = prop::sample::select(Confidence::ALL);
        (0..3u32, 0..60usize, 1..12usize, confidence)
            .prop_map(|(rule, start, len, c)| found(rule, start, start + len, c))
    }

    proptest! {
        #[test]
        fn the_outcome_is_ordered_disjoint_and_depends_on_the_set_only(
            raw in prop::collection::vec(any_match(), 0..30),
            turn in 0..30usize,
        ) {
            // One match per rule and start, as a scan makes them.
            let mut raw = raw;
            raw.sort_unstable_by_key(|found| (found.rule, found.span.start));
            raw.dedup_by_key(|found| (found.rule, found.span.start));
            let once = settled(raw.clone());
            prop_assert!(once.windows(2).all(|pair| pair[0].secret.end <= pair[1].secret.start));
            prop_assert_eq!(&settled(once.clone()), &once);
            let mut other = [raw.clone(), raw].concat();
            let middle = turn % other.len().max(1);
            other.rotate_left(middle);
            prop_assert_eq!(settled(other), once);
        }
    }
}
