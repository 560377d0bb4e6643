//! Tries a rule's pattern at one place: lazy automata, built when the rule's first window is found.

use std::sync::{Arc, OnceLock};

use regex_automata::{
    Anchored, Input,
    hybrid::dfa::{Cache, DFA},
    meta,
    nfa::thompson,
    util::{captures::Captures, syntax},
};
use stanch_model::Span;

use crate::{
    Rule,
    analysis::{
        plan::{Plan, SecretAt},
        window::Rest,
    },
    rule_text::{self, SECRET_GROUP},
    sketch::Sketch,
};

/// Memory that one lazy automaton may take in one thread, in bytes, before it starts over.
const CACHE_BYTES_MAX: usize = 4 << 20;

/// The automata of one rule.
pub(crate) struct Matcher {
    pattern: String,
    plan: Arc<Plan>,
    whole: OnceLock<DFA>,
    tails: Vec<OnceLock<DFA>>,
    rests: Vec<OnceLock<Sketch>>,
    regex: OnceLock<meta::Regex>,
}

/// What one thread needs to run a [`Matcher`].
#[derive(Default)]
pub(crate) struct MatcherCache {
    whole: Option<Cache>,
    tails: Vec<Option<Cache>>,
    regex: Option<(meta::Cache, Captures)>,
}

impl Matcher {
    /// Prepares a rule; compiles nothing yet.
    pub(crate) fn new(rule: &Rule) -> Self {
        let windows = rule.plan.windows.as_ref();
        let (tails, rests) = windows.map_or((0, 0), |set| (set.tails.len(), set.rests.len()));
        Self {
            pattern: rule.pattern.clone(),
            plan: Arc::clone(&rule.plan),
            whole: OnceLock::new(),
            tails: (0..tails).map(|_| OnceLock::new()).collect(),
            rests: (0..rests).map(|_| OnceLock::new()).collect(),
            regex: OnceLock::new(),
        }
    }

    /// The match that starts at `start`: its span and that of the secret.
    pub(crate) fn matched_at(
        &self,
        cache: &mut MatcherCache,
        bytes: &[u8],
        start: usize,
    ) -> Option<(Span, Span)> {
        let automaton = self.whole.get_or_init(|| automaton(&self.pattern));
        let cache_whole = cache.whole.get_or_insert_with(|| automaton.create_cache());
        let end = self.end(automaton, cache_whole, bytes, start)?;
        let span = Span::new(start, end);
        Some((span, self.secret(cache, bytes, span)))
    }

    /// Whether what follows the first bytes of a window, which begins at `at`, may match.
    #[inline]
    pub(crate) fn may_go_on(&self, rest: Rest, bytes: &[u8], at: usize) -> bool {
        let place = usize::from(rest.pattern);
        let sketch = self.rests[place].get_or_init(|| {
            let windows = self.plan.windows.as_ref().expect("only windows have a rest");
            Sketch::new(&rule_text::parse(&windows.rests[place]).expect("a part of a validated pattern"))
        });
        sketch.may_match(&bytes[at + usize::from(rest.after)..])
    }

    /// Whether what follows a window can match from `start` on.
    pub(crate) fn tail_holds(
        &self,
        cache: &mut MatcherCache,
        tail: usize,
        bytes: &[u8],
        start: usize,
    ) -> bool {
        let Some(windows) = &self.plan.windows else { return true };
        let automaton = self.tails[tail].get_or_init(|| automaton(&windows.tails[tail]));
        cache.tails.resize_with(self.tails.len(), || None);
        let cache = cache.tails[tail].get_or_insert_with(|| automaton.create_cache());
        self.end(automaton, cache, bytes, start).is_some()
    }

    /// The first start at or after `from` where the pattern matches.
    pub(crate) fn next_start(&self, cache: &mut MatcherCache, bytes: &[u8], from: usize) -> Option<usize> {
        let regex = self.regex();
        let (cache, _) = cache.regex.get_or_insert_with(|| (regex.create_cache(), regex.create_captures()));
        regex.search_with(cache, &Input::new(bytes).range(from..)).map(|found| found.start())
    }

    fn end(&self, automaton: &DFA, cache: &mut Cache, bytes: &[u8], start: usize) -> Option<usize> {
        let limit = start.saturating_add(self.plan.len_max as usize).min(bytes.len());
        let input = Input::new(bytes).range(start..limit).anchored(Anchored::Yes);
        let found =
            automaton.try_search_fwd(cache, &input).expect("no byte ends the search, no limit gives it up");
        found.map(|end| end.offset())
    }

    fn secret(&self, cache: &mut MatcherCache, bytes: &[u8], span: Span) -> Span {
        if let SecretAt::Fixed { before, after } = self.plan.secret {
            return Span::new(span.start + before as usize, span.end - after as usize);
        }
        let regex = self.regex();
        let (cache, captures) =
            cache.regex.get_or_insert_with(|| (regex.create_cache(), regex.create_captures()));
        let input = Input::new(bytes).range(span.range()).anchored(Anchored::Yes);
        regex.search_captures_with(cache, &input, captures);
        let secret = captures.get_group_by_name(SECRET_GROUP).filter(|secret| !secret.is_empty());
        secret.map_or(span, |secret| Span::new(secret.start, secret.end))
    }

    fn regex(&self) -> &meta::Regex {
        self.regex.get_or_init(|| regex(&self.pattern))
    }
}

/// A validated pattern, ready to be searched for with groups. What bounds its size is its validation.
pub(crate) fn regex(pattern: &str) -> meta::Regex {
    regex_of(&[pattern])
}

/// Validated patterns, of which one is searched for. What bounds their size is their validation.
pub(crate) fn regex_of(patterns: &[impl AsRef<str>]) -> meta::Regex {
    let config = meta::Regex::config().utf8_empty(false).nfa_size_limit(None);
    let mut builder = meta::Regex::builder();
    builder.syntax(syntax_config()).configure(config);
    builder.build_many(patterns).expect("validated pattern")
}

fn syntax_config() -> syntax::Config {
    syntax::Config::new().unicode(false).utf8(false)
}

fn automaton(pattern: &str) -> DFA {
    let config = DFA::config().cache_capacity(CACHE_BYTES_MAX).skip_cache_capacity_check(true);
    let nfa = thompson::Config::new().utf8(false).which_captures(thompson::WhichCaptures::None);
    let mut builder = DFA::builder();
    builder.syntax(syntax_config()).thompson(nfa).configure(config);
    builder.build(pattern).expect("validated pattern")
}
