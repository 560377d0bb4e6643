//! Compiled rules, and the one way to run them over bytes.
//!
//! What a scan finds is defined without regard to how it is found:
//!
//! - A **raw match** of a rule is the match of its pattern (bytes, ASCII classes, leftmost-first) tried at one start with
//!   its true neighbours, for *every* start at which there is one. It is at most as long as the pattern allows; a pattern
//!   without a bound is cut off at 4096 bytes, and an offline check may end it sooner, where the value tells its length.
//! - It counts if it survives the rule's entropy floor, stop words, context words and offline check. All of these look
//!   only at the match and a bounded distance around it.
//! - [`Scanner::settle`] makes the raw matches of a blob final: within each rule what a left-to-right search would find,
//!   between rules the more specific of overlapping secrets.
//!
//! So a raw match depends on the bytes near it only ([`Scanner::influence`]), and regions of a blob can be scanned by
//! themselves ([`Scanner::scan_regions`]).
//!
//! How it is found: rare windows of all rules at once (the sieve), then a small automaton that denies most of them by what
//! follows, then the rule's own automaton at the few starts left.
//! Rules without a rare window run by themselves ([`Scanner::slow_rules`]).

use std::{
    borrow::Cow,
    sync::{Arc, OnceLock},
};

use stanch_model::{Class, Confidence, Fact, Probability, RuleInfo, Span};

use crate::{
    Effort, Finder, Inner, Isa, Match, Rule, RuleId, RuleSet, Sink,
    confirm::Matcher,
    decode::{self, Spot},
    dive::{Dive, Left, Shortfall},
    generic::{Judge, Lexicon, LogOdds, Reason, Sample},
    overlap,
    pass::{Pass, Work},
    sieve::{Room, Sieve, Sign, anchor::ANCHOR},
    text::{self, WideText},
};

/// The compiled rules: immutable, shared by all threads.
pub struct Scanner {
    rules: RuleSet,
    sieve: Sieve,
    pub(crate) matchers: Vec<Matcher>,
    slow: Vec<RuleId>,
    /// Whether a rule looks farther than [`MARGIN`], by its place.
    pub(crate) far: Vec<bool>,
    /// Whether a rule heeds the path of the file.
    heeds_paths: bool,
    /// Read when the first candidate is met.
    judge: OnceLock<Judge>,
    floor: Probability,
}

/// How a [`Scanner`] does its work.
#[derive(Clone, Copy, Debug)]
pub struct ScannerOptions {
    /// The instructions it may use; what is found is the same with all of them.
    pub isa: Isa,
    /// What the learned judge thinks less likely a secret is not reported.
    pub floor: Probability,
}

impl Default for ScannerOptions {
    fn default() -> Self {
        Self { isa: Isa::default(), floor: Confidence::Low.probability_min() }
    }
}

/// How far around a change the verdict of a local rule can change, in bytes.
const MARGIN: usize = 512;

/// Whether regions of a blob may be scanned by themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Every verdict depends on bytes within [`Scanner::margin`] only.
    Local,
    /// A rule that looks farther may apply: the blob must be scanned whole.
    Whole,
}

/// What one thread needs while scanning; reused from blob to blob, with the scanner that made it.
pub struct Scratch {
    matches: Vec<Match>,
    room: Room,
    work: Work,
    wide: WideText,
    pub(crate) left: Left,
}

impl Scratch {
    /// The limit that kept the last scan from reading all that is encoded, if one did.
    pub fn shortfall(&self) -> Option<Shortfall> {
        self.left.shortfall
    }

    /// Where in the bytes scanned last something encoded begins that goes on to their end, and so perhaps beyond.
    pub fn open(&self) -> Option<usize> {
        self.left.open
    }

    /// What each rule cost in all that was scanned with this scratch, by its place.
    pub fn efforts(&self) -> &[Effort] {
        &self.work.efforts
    }
}

impl Scanner {
    /// Compiles `rules`, which were validated when they were read.
    pub fn new(rules: RuleSet) -> Self {
        Self::with_options(rules, ScannerOptions::default())
    }

    /// Compiles `rules`, which were validated when they were read.
    pub fn with_options(rules: RuleSet, options: ScannerOptions) -> Self {
        let numbered = || (0u32..).zip(rules.rules());
        let sets = || numbered().filter_map(|(id, rule)| Some((id, rule.plan.windows.as_ref()?)));
        let sieve = rules.embedded_sieve().unwrap_or_else(|| Sieve::new(sets()));
        Self {
            sieve: sieve.with_isa(options.isa),
            matchers: rules.rules().iter().map(Matcher::new).collect(),
            slow: numbered()
                .filter(|(_, rule)| rule.plan.windows.is_none())
                .map(|(id, _)| RuleId(id))
                .collect(),
            far: rules.rules().iter().map(|rule| rule.looks_beyond(MARGIN)).collect(),
            heeds_paths: rules.rules().iter().any(Rule::heeds_paths),
            judge: OnceLock::new(),
            floor: options.floor,
            rules,
        }
    }

    /// The rules in use.
    pub fn rules(&self) -> &RuleSet {
        &self.rules
    }

    /// What people read about a rule.
    pub fn info(&self, id: RuleId) -> &Arc<RuleInfo> {
        self.rules.info(id)
    }

    /// What the check of a rule reads out of a secret that it found, in plain bytes.
    pub fn facts(&self, id: RuleId, secret: &[u8]) -> Vec<Fact> {
        self.rules.rules()[id.0 as usize].check.map_or_else(Vec::new, |check| check.facts(secret))
    }

    /// What the secret of a match was made for; `matched` is all of the match, in plain bytes.
    pub fn class(&self, id: RuleId, matched: &[u8]) -> Option<Class> {
        self.rules.rules()[id.0 as usize].class_of(matched)
    }

    /// The rules whose pattern has no stretch rare enough to look for: each costs a pass of its own over all bytes.
    pub fn slow_rules(&self) -> &[RuleId] {
        &self.slow
    }

    /// The learned judge of generic candidates.
    pub fn judge(&self) -> &Judge {
        self.judge.get_or_init(Judge::embedded)
    }

    pub(crate) fn floor(&self) -> Probability {
        self.floor
    }

    /// How sure the judge is once the path of the file is known; none where that is too little to report.
    pub fn judged_in(&self, odds: LogOdds, path: &str) -> Option<Probability> {
        let probability = self.judge().probability(odds, Some(path));
        (probability >= self.floor).then_some(probability)
    }

    /// What the judge thinks of what a rule matched; none where that is certain to be too little to report.
    pub(crate) fn weigh(&self, bytes: &[u8], found: &Match) -> Option<LogOdds> {
        let plain = self.plain(bytes, found);
        self.judge().examine_match(bytes, (found.span, found.secret), &plain, self.floor)
    }

    /// What the judge is told of the secret that a rule matched, by a lexicon.
    pub fn sample(&self, bytes: &[u8], found: &Match, lexicon: &Lexicon) -> Sample {
        Sample::of_match(found, &self.plain(bytes, found), bytes, lexicon)
    }

    /// What moved the judge about a match, what mattered most first; nothing where it was not asked.
    pub fn explain(&self, bytes: &[u8], found: &Match, path: Option<&str>) -> Vec<Reason> {
        if let Some((text, secret)) = self.text_around(bytes, found) {
            let mut raw = Vec::new();
            self.search_text(&mut self.scratch(), &text, &mut raw);
            let same = raw.iter().find(|raw| raw.rule == found.rule && raw.secret == secret);
            return same.map_or_else(Vec::new, |same| self.explain(&text, same, path));
        }
        match self.rules.rules()[found.rule.0 as usize].finder {
            Some(Finder::Assignment) => {
                self.judge().explain(bytes, found.span.start, path).unwrap_or_default()
            }
            Some(Finder::Judged) => self.judge().explain_match(found, &self.plain(bytes, found), bytes, path),
            None => Vec::new(),
        }
    }

    /// The secret, decoded where its rule knows how it is written.
    fn plain<'b>(&self, bytes: &'b [u8], found: &Match) -> Cow<'b, [u8]> {
        let secret = &bytes[found.secret.range()];
        let check = self.rules.rules()[found.rule.0 as usize].check;
        check.and_then(|check| check.plain(secret)).map_or(Cow::Borrowed(secret), Cow::Owned)
    }

    /// A fresh scratch for one thread.
    pub fn scratch(&self) -> Scratch {
        Scratch {
            matches: Vec::new(),
            room: Room::default(),
            work: Work::new(&self.rules),
            wide: WideText::default(),
            left: Left::default(),
        }
    }

    /// Reports every match in `bytes`, by ascending start.
    pub fn scan(&self, scratch: &mut Scratch, bytes: &[u8], sink: &mut dyn Sink) {
        let mut raw = std::mem::take(&mut scratch.matches);
        raw.clear();
        scratch.left = Left::default();
        let spots = self.search_text(scratch, bytes, &mut raw);
        if !spots.is_empty() {
            Dive::new(self, scratch).search(bytes, spots, &mut raw);
        }
        self.settle(&mut raw);
        for found in &raw {
            sink.matched(*found);
        }
        scratch.matches = raw;
    }

    /// How far around a change the verdict of a [`Reach::Local`] rule can change, in bytes.
    pub fn margin(&self) -> usize {
        MARGIN
    }

    /// Appends to `raw` every raw match whose anchor (the window by which it is found) begins in one of `regions`, which
    /// ascend and do not overlap. The true neighbours outside the regions are looked at, so a match found here is one
    /// that a scan of all bytes finds too.
    ///
    /// [`Reach::Whole`] tells that the blob, and whatever is derived from it, must be scanned whole: a rule that looks
    /// farther than [`Scanner::margin`] may apply, or there is UTF-16 text. `raw` is then as it was.
    pub fn scan_regions(
        &self,
        scratch: &mut Scratch,
        bytes: &[u8],
        regions: &[Span],
        raw: &mut Vec<Match>,
    ) -> Reach {
        let before = raw.len();
        scratch.left = Left::default();
        let far_slow = || self.slow.iter().any(|id| self.far[id.0 as usize]);
        let (mut reach, spots) = if text::holds_wide(bytes, regions) || far_slow() {
            (Reach::Whole, Vec::new())
        } else {
            self.search(scratch, bytes, Regions { spans: regions, extent: Extent::Part }, raw)
        };
        if reach == Reach::Local && !spots.is_empty() {
            reach = Dive::new(self, scratch).search_locally(bytes, spots, raw);
        }
        if reach == Reach::Whole {
            raw.truncate(before);
        }
        reach
    }

    /// The bytes on which a raw match depends, uncapped: from so many before the start of its span to so many after it.
    pub fn influence(&self, found: &Match) -> (usize, usize) {
        if found.inner.is_some_and(Inner::is_within) {
            let (before, after) = decode::INFLUENCE;
            return (before, found.span.len() + after);
        }
        self.rules.rules()[found.rule.0 as usize].influence()
    }

    /// Makes the raw matches of one blob final, ascending by start: within a rule the first of overlapping matches
    /// stays, between rules the most specific of overlapping secrets. Depends on the set of raw matches only. Where a rule
    /// heeds the path of the file, [`Scanner::settle_in`] has the last word.
    pub fn settle(&self, raw: &mut Vec<Match>) {
        overlap::settle(self.rules.rules(), raw);
    }

    /// Keeps of settled matches those that are final in a file of this path: where a rule counts in some files only, what
    /// overlaps its matches stands in the others.
    pub fn settle_in(&self, settled: &mut Vec<Match>, path: &str) {
        if self.heeds_paths {
            overlap::settle_in(self.rules.rules(), settled, path);
        }
    }

    /// Whether [`Scanner::settle_in`] may drop anything.
    pub fn heeds_paths(&self) -> bool {
        self.heeds_paths
    }

    /// Appends the raw matches that stand in a text as they are, and tells where something seems to be encoded.
    pub(crate) fn search_text(&self, scratch: &mut Scratch, bytes: &[u8], raw: &mut Vec<Match>) -> Vec<Spot> {
        let spots = self.search_all(scratch, bytes, raw);
        if text::holds_wide(bytes, &[Span::new(0, bytes.len())]) {
            self.search_wide(scratch, bytes, raw);
        }
        spots
    }

    /// Where something seems to be encoded in a text.
    pub(crate) fn spots(&self, room: &mut Room, bytes: &[u8]) -> Vec<Spot> {
        let all = Span::new(0, bytes.len());
        let mut spots: Vec<Spot> = Spot::of_start(bytes).into_iter().collect();
        self.sieve.search(bytes, all, room, |sign, at| match sign {
            Sign::Digits => spots.extend(Spot::of_digits(bytes, all, at)),
            Sign::Window(target) if target.rule == ANCHOR => spots.extend(Spot::of_anchor(bytes, at)),
            Sign::Window(_) => {}
        });
        spots
    }

    fn search_all(&self, scratch: &mut Scratch, bytes: &[u8], raw: &mut Vec<Match>) -> Vec<Spot> {
        let regions = Regions { spans: &[Span::new(0, bytes.len())], extent: Extent::All };
        self.search(scratch, bytes, regions, raw).1
    }

    /// Searches the UTF-16 text of the blob.
    fn search_wide(&self, scratch: &mut Scratch, bytes: &[u8], raw: &mut Vec<Match>) {
        let mut wide = std::mem::take(&mut scratch.wide);
        wide.each_piece(bytes, |piece| {
            let first = raw.len();
            self.search_all(scratch, piece.bytes, raw);
            piece.widen(raw, first);
        });
        scratch.wide = wide;
    }

    fn search(
        &self,
        scratch: &mut Scratch,
        bytes: &[u8],
        regions: Regions<'_>,
        raw: &mut Vec<Match>,
    ) -> (Reach, Vec<Spot>) {
        let Scratch { room, work, .. } = scratch;
        work.restart();
        let mut pass = Pass { scanner: self, bytes, work, raw };
        let (mut reach, mut spots) = (Reach::Local, Vec::new());
        for region in regions.spans {
            if region.start == 0 {
                spots.extend(Spot::of_start(bytes));
            }
            self.sieve.search(bytes, *region, room, |sign, at| match sign {
                Sign::Digits => spots.extend(Spot::of_digits(bytes, *region, at)),
                Sign::Window(target) if target.rule == ANCHOR => spots.extend(Spot::of_anchor(bytes, at)),
                Sign::Window(target) if regions.extent == Extent::Part && self.far[target.rule as usize] => {
                    reach = if pass.may_go_on(*target, at) { Reach::Whole } else { reach };
                }
                Sign::Window(target) => pass.follow(*target, at),
            });
            for id in &self.slow {
                pass.search_slowly(*id, *region);
            }
        }
        pass.follow_far();
        (reach, spots)
    }
}

/// What of a blob to scan.
#[derive(Clone, Copy)]
struct Regions<'s> {
    spans: &'s [Span],
    extent: Extent,
}

/// Whether regions make up the blob or a part of it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Extent {
    Part,
    All,
}

#[cfg(test)]
mod tests;
