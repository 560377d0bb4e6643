//! Makes the raw matches of one blob final.
//!
//! 1. Within a rule, the match that starts first wins and what overlaps it goes: what a left-to-right search finds.
//! 2. Between rules, of secrets that overlap the more specific one stays: a provider's rule over a generic one, a
//!    format over what the learned judge took for a secret, then higher confidence, then the longer secret, then the rule that comes first. No byte is reported twice.
//!
//! The outcome depends on the set of raw matches only, not on their order.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, HashSet},
};

use stanch_model::Span;

use crate::{Match, Rule};

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
    let standing: HashSet<_> = standing.iter().map(|found| (found.rule, found.span)).collect();
    settled.retain(|found| standing.contains(&(found.rule, found.span)));
}

fn rule_of<'r>(rules: &'r [Rule], found: &Match) -> &'r Rule {
    &rules[found.rule.0 as usize]
}

/// Of overlapping secrets keeps the more specific one, unless it `waits`: then it keeps both.
fn keep_most_specific(rules: &[Rule], raw: &mut Vec<Match>, waits: impl Fn(&Match) -> bool) {
    raw.sort_by_cached_key(|found| {
        let is_generic = rule_of(rules, found).info.provider == GENERIC;
        let len = Reverse(found.secret.len());
        (is_generic, found.odds.is_some(), Reverse(found.confidence), len, found.rule, found.span.start)
    });
    let (mut taken, mut open) = (Spans::default(), Spans::default());
    raw.retain_mut(|found| {
        let stays = !taken.overlap(found.secret);
        if stays {
            let is_open = waits(found) || open.overlap(found.secret);
            found.pending.set_open(is_open);
            if is_open { open.add(found.secret) } else { taken.add(found.secret) }
        }
        stays
    });
    raw.sort_unstable();
}

/// A set of bytes, as spans that do not overlap.
#[derive(Default)]
struct Spans(BTreeMap<usize, usize>);

impl Spans {
    fn overlap(&self, span: Span) -> bool {
        let before = self.0.range(..span.end).next_back();
        before.is_some_and(|(_, end)| *end > span.start)
    }

    fn add(&mut self, span: Span) {
        let Span { mut start, mut end } = span;
        while let Some((&first, &last)) = self.0.range(..end).next_back().filter(|(_, last)| **last > start) {
            self.0.remove(&first);
            (start, end) = (start.min(first), end.max(last));
        }
        self.0.insert(start, end);
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
        Match { span, secret: span, rule: RuleId(rule), confidence, odds: None, pending: Pending::default() }
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
