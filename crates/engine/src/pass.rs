//! One search through the bytes of a blob: from windows to raw matches.

use stanch_model::Span;

use crate::{
    Check as _, Finder, Inner, Match, Pending, RuleId, RuleSet, Scanner, Verdict,
    analysis::window::{Window, WindowSet},
    check::assignment::AssignmentValue,
    confirm::MatcherCache,
    decode::decoded_value,
    judge::{judge, trim},
    sieve::Target,
    value::is_placeholder,
};

/// Where a rule's pattern matches.
#[derive(Clone, Copy)]
struct Found {
    span: Span,
    secret: Span,
    rule: RuleId,
}

/// What a rule cost so far, in steps; the same on every machine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Effort {
    /// Windows of the rule that stood in the text.
    pub windows: u64,
    /// Starts at which its whole pattern was tried.
    pub starts: u64,
}

/// What following windows up needs; reused from blob to blob.
pub(crate) struct Work {
    /// By rule; made when its first window is found, for most never are.
    caches: Vec<Option<Box<MatcherCache>>>,
    /// The starts tried last for each window, to try none twice; and the windows for which there are some.
    tried: Vec<Span>,
    touched: Vec<u32>,
    /// Starts to try of rules that look far, by rule.
    far: Vec<(u32, Span)>,
    /// By rule; never forgotten.
    pub(crate) efforts: Vec<Effort>,
}

impl Work {
    pub(crate) fn new(rules: &RuleSet) -> Self {
        let windows = |set: &WindowSet| set.windows.len();
        let count = rules.rules().iter().filter_map(|rule| rule.plan.windows.as_ref()).map(windows).sum();
        Self {
            caches: rules.rules().iter().map(|_| None).collect(),
            tried: vec![Span::new(0, 0); count],
            touched: Vec::new(),
            far: Vec::new(),
            efforts: vec![Effort::default(); rules.rules().len()],
        }
    }

    /// Forgets the last blob.
    pub(crate) fn restart(&mut self) {
        for serial in self.touched.drain(..) {
            self.tried[serial as usize] = Span::new(0, 0);
        }
        self.far.clear();
    }

    /// Remembers the starts tried for a window, and tells which were before.
    fn remember(&mut self, serial: u32, starts: Span) -> Span {
        let before = std::mem::replace(&mut self.tried[serial as usize], starts);
        if before.is_empty() {
            self.touched.push(serial);
        }
        before
    }

    fn cache(&mut self, rule: usize) -> &mut MatcherCache {
        self.caches[rule].get_or_insert_default()
    }
}

/// One search through the bytes of a blob.
pub(crate) struct Pass<'p> {
    pub(crate) scanner: &'p Scanner,
    pub(crate) bytes: &'p [u8],
    pub(crate) work: &'p mut Work,
    pub(crate) raw: &'p mut Vec<Match>,
}

impl Pass<'_> {
    /// Whether what follows a window at `at` lets its rule match.
    #[inline]
    pub(crate) fn may_go_on(&self, target: Target, at: usize) -> bool {
        let matcher = &self.scanner.matchers[target.rule as usize];
        self.window(target).rest.is_none_or(|rest| matcher.may_go_on(rest, self.bytes, at))
    }

    /// Tries the starts for which a window at `at` speaks.
    pub(crate) fn follow(&mut self, target: Target, at: usize) {
        let rule = target.rule as usize;
        self.work.efforts[rule].windows += 1;
        if !self.may_go_on(target, at) {
            return;
        }
        let window = self.window(target);
        let (least, most) = window.before;
        let Some(last) = at.checked_add_signed(-(least as isize)) else { return };
        let first = at.saturating_add_signed(-(most as isize));
        if window.tail.is_some_and(|tail| !self.tail_holds(rule, tail.into(), at)) {
            return;
        }
        let starts = Span::new(first, (last + 1).min(self.bytes.len()));
        if self.scanner.far[rule] {
            self.work.far.push((target.rule, starts));
        } else if least == most {
            self.try_start(rule, first);
        } else {
            let tried = self.work.remember(target.serial, starts);
            let earlier = starts.start..starts.end.min(tried.start);
            for start in earlier.chain(starts.start.max(tried.end)..starts.end) {
                self.try_start(rule, start);
            }
        }
    }

    /// Tries the starts of rules that look far: in order, and none within a match, so that the effort stays linear.
    pub(crate) fn follow_far(&mut self) {
        let mut far = std::mem::take(&mut self.work.far);
        far.sort_unstable_by_key(|(rule, starts)| (*rule, starts.start, starts.end));
        for same in far.chunk_by(|a, b| a.0 == b.0) {
            let mut next = 0;
            for (rule, starts) in same {
                next = next.max(starts.start);
                while next < starts.end {
                    next = self.try_start(*rule as usize, next).unwrap_or(next + 1);
                }
            }
        }
        self.work.far = far;
    }

    /// Looks for a rule without windows.
    pub(crate) fn search_slowly(&mut self, id: RuleId, region: Span) {
        let rule = id.0 as usize;
        let mut next = region.start;
        while let Some(start) = self.next_start(rule, next).filter(|start| *start < region.end) {
            let end = self.try_start(rule, start).filter(|_| self.scanner.far[rule]);
            next = end.unwrap_or(start + 1);
        }
    }

    /// Adds the match that starts there, if there is one that counts, and tells where it ends.
    fn try_start(&mut self, rule: usize, start: usize) -> Option<usize> {
        self.work.efforts[rule].starts += 1;
        let matched = match self.scanner.rules().rules()[rule].finder {
            // Reading a candidate denies more than its pattern does, and costs less.
            Some(Finder::Assignment) => {
                let matched = self.assigned(RuleId(rule as u32), start)?;
                self.found_at(rule, start).map(|_| matched)
            }
            Some(Finder::Judged) => self.found_at(rule, start).and_then(|found| self.judged(found)),
            None => self.found_at(rule, start).and_then(|found| self.plain(found)),
        }?;
        let pending = self.scanner.rules().rules()[rule].pending(self.bytes, matched.span, matched.secret)?;
        self.raw.push(Match { pending, ..matched });
        Some(matched.span.end)
    }

    /// Where the pattern of a rule matches from `start` on.
    fn found_at(&mut self, rule: usize, start: usize) -> Option<Found> {
        let matcher = &self.scanner.matchers[rule];
        let (span, secret) = matcher.matched_at(self.work.cache(rule), self.bytes, start)?;
        Some(Found { span, secret, rule: RuleId(rule as u32) })
    }

    /// The match of a pattern, if it survives what its rule asks for.
    fn plain(&self, found: Found) -> Option<Match> {
        let rule = &self.scanner.rules().rules()[found.rule.0 as usize];
        let (span, secret) = trim(rule, self.bytes, found.span, found.secret);
        let confidence = judge(rule, self.bytes, span, secret)?;
        let (rule, pending) = (found.rule, Pending::default());
        Some(Match { span, secret, rule, confidence, odds: None, pending, inner: None })
    }

    /// The match of a pattern, if the learned judge too takes it for a secret.
    fn judged(&self, found: Found) -> Option<Match> {
        let found = self.plain(found)?;
        let odds = self.scanner.weigh(self.bytes, &found)?;
        let confidence = self.scanner.judge().probability(odds, None).into();
        Some(Match { confidence, odds: Some(odds), ..found })
    }

    /// The value of the name that holds the keyword at `start`, if it may be a secret.
    fn assigned(&self, rule: RuleId, start: usize) -> Option<Match> {
        let judge = self.scanner.judge();
        let (span, secret, odds) = judge.examine(self.bytes, start, self.scanner.floor())?;
        let decoded = decoded_value(&self.bytes[secret.range()]);
        if decoded.as_deref().is_some_and(is_no_secret) {
            return None;
        }
        let confidence = judge.probability(odds, None).into();
        Some(Match {
            span,
            secret,
            rule,
            confidence,
            odds: Some(odds),
            pending: Pending::default(),
            inner: decoded.map(|_| Inner::VALUE),
        })
    }

    fn tail_holds(&mut self, rule: usize, tail: usize, at: usize) -> bool {
        self.scanner.matchers[rule].tail_holds(self.work.cache(rule), tail, self.bytes, at)
    }

    fn next_start(&mut self, rule: usize, from: usize) -> Option<usize> {
        self.scanner.matchers[rule].next_start(self.work.cache(rule), self.bytes, from)
    }

    fn window(&self, target: Target) -> &Window {
        let plan = &self.scanner.rules().rules()[target.rule as usize].plan;
        &plan.windows.as_ref().expect("only rules with windows are targets").windows[target.window as usize]
    }
}

/// Whether what a value stands for is a stand-in, words or code.
pub(crate) fn is_no_secret(decoded: &[u8]) -> bool {
    is_placeholder(decoded) || AssignmentValue.test(decoded) == Verdict::Failed
}
