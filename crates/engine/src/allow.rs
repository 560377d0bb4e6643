//! What makes a match no finding although its rule matches: the path of its file, and the rule's `allow` tables.
//!
//! What bytes tell is told with the raw match, from the match and a bounded distance around. What the path tells waits
//! ([`Pending`]) until the path is known: in a history after attribution.

use std::sync::OnceLock;

use regex_automata::meta;
use stanch_model::Span;

use crate::{
    Allow, Subject, confirm,
    rule::RuleProblem,
    rule_text::{Condition, PIECES_LIMIT, parse_small, pieces},
};

/// What of the verdict on a match waits for the path of its file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pending(u32);

impl Pending {
    const OPEN: u32 = 1 << Allow::COUNT_MAX;

    fn wait_for(&mut self, exception: usize) {
        self.0 |= 1 << exception;
    }

    fn waits_for(self, exception: usize) -> bool {
        self.0 & (1 << exception) != 0
    }

    pub(crate) fn waits(self) -> bool {
        self.0 & !Self::OPEN != 0
    }

    /// Whether the path decides if the match is reported, be it because of itself or of another one that it overlaps.
    pub(crate) fn is_open(self) -> bool {
        self.0 & Self::OPEN != 0
    }

    pub(crate) fn set_open(&mut self, open: bool) {
        self.0 = if open { self.0 | Self::OPEN } else { self.0 & !Self::OPEN };
    }
}

/// Expressions of which one is looked for; compiled when they are first needed.
#[derive(Default)]
pub(crate) struct Patterns {
    texts: Vec<String>,
    regex: OnceLock<meta::Regex>,
}

impl Patterns {
    pub(crate) fn new(texts: Vec<String>) -> Self {
        Self { texts, regex: OnceLock::new() }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }

    pub(crate) fn texts(&self) -> &[String] {
        &self.texts
    }

    pub(crate) fn found_in(&self, text: &[u8]) -> bool {
        self.regex.get_or_init(|| confirm::regex_of(&self.texts)).is_match(text)
    }

    /// What is wrong with them.
    pub(crate) fn validate(&self) -> Result<(), String> {
        let mut total = 0usize;
        for text in &self.texts {
            total = total.saturating_add(pieces(&parse_small(text)?));
        }
        let is_fine = total <= PIECES_LIMIT;
        is_fine
            .then_some(())
            .ok_or_else(|| format!("more than {PIECES_LIMIT} pieces once repeats are written out"))
    }
}

/// One `allow` table, ready to be asked.
pub(crate) struct Exception {
    allow: Allow,
    patterns: Patterns,
    words: Patterns,
    paths: Patterns,
}

/// What an exception says before the path is known.
enum Answer {
    Allowed,
    Denied,
    /// Allowed where the path matches.
    ByPath,
}

impl Exception {
    pub(crate) fn new(allow: Allow) -> Self {
        let word = |word: &String| format!("(?i:{})", regex_syntax::escape(word));
        Self {
            patterns: Patterns::new(allow.patterns.clone()),
            words: Patterns::new(allow.words.iter().map(word).collect()),
            paths: Patterns::new(allow.paths.clone()),
            allow,
        }
    }

    pub(crate) fn allow(&self) -> &Allow {
        &self.allow
    }

    /// How far around a match it looks, in bytes.
    pub(crate) fn reach(&self) -> usize {
        let looks_at_line = self.allow.on == Subject::Line && !self.patterns.is_empty();
        if looks_at_line { Allow::LINE_BYTES_MAX } else { 0 }
    }

    /// Tests what a parser of the file format cannot see.
    ///
    /// # Errors
    /// The first field that is wrong.
    pub(crate) fn validate(&self) -> Result<(), RuleProblem> {
        for (field, list) in [("patterns", &self.patterns), ("paths", &self.paths)] {
            list.validate().map_err(|problem| RuleProblem::new("allow", format!("{field}: {problem}")))?;
        }
        if self.allow.words.iter().map(String::len).sum::<usize>() > PIECES_LIMIT {
            let problem = format!("words: over the limit of {PIECES_LIMIT} bytes");
            return Err(RuleProblem::new("allow", problem));
        }
        let is_blank = self.patterns.is_empty() && self.words.is_empty() && self.paths.is_empty();
        if is_blank || self.allow.words.iter().any(String::is_empty) {
            let problem = "allow needs patterns, words or paths, and no word may be empty";
            return Err(RuleProblem::new("allow", problem));
        }
        Ok(())
    }

    fn answer(&self, bytes: &[u8], span: Span, secret: Span) -> Answer {
        let patterns =
            || (!self.patterns.is_empty()).then(|| self.patterns.found_in(self.subject(bytes, span, secret)));
        let words = || (!self.words.is_empty()).then(|| self.words.found_in(&bytes[secret.range()]));
        let mut told = [patterns(), words()].into_iter().flatten();
        match (self.allow.condition, self.paths.is_empty()) {
            (Condition::Any, _) if told.any(|holds| holds) => Answer::Allowed,
            (Condition::All, _) if !told.all(|holds| holds) => Answer::Denied,
            (Condition::Any, true) => Answer::Denied,
            (Condition::All, true) => Answer::Allowed,
            (_, false) => Answer::ByPath,
        }
    }

    fn subject<'b>(&self, bytes: &'b [u8], span: Span, secret: Span) -> &'b [u8] {
        match self.allow.on {
            Subject::Secret => &bytes[secret.range()],
            Subject::Match => &bytes[span.range()],
            Subject::Line => lines_of(bytes, span),
        }
    }
}

/// The lines of a match without their last end, cut at a distance from it.
fn lines_of(bytes: &[u8], span: Span) -> &[u8] {
    let from = span.start.saturating_sub(Allow::LINE_BYTES_MAX);
    let to = span.end.saturating_add(Allow::LINE_BYTES_MAX).min(bytes.len());
    let start = memchr::memrchr(b'\n', &bytes[from..span.start]).map_or(from, |at| from + at + 1);
    let end = memchr::memchr(b'\n', &bytes[span.end..to]).map_or(to, |at| span.end + at);
    &bytes[start..end]
}

/// Which of `exceptions` wait for the path; none where one of them holds already.
pub(crate) fn pending<'e>(
    exceptions: impl Iterator<Item = &'e Exception>,
    bytes: &[u8],
    (span, secret): (Span, Span),
) -> Option<Pending> {
    let mut pending = Pending::default();
    for (at, exception) in exceptions.enumerate() {
        match exception.answer(bytes, span, secret) {
            Answer::Allowed => return None,
            Answer::Denied => {}
            Answer::ByPath => pending.wait_for(at),
        }
    }
    Some(pending)
}

/// Whether one of `exceptions` that wait for the path holds in this one.
pub(crate) fn holds_in<'e>(
    mut exceptions: impl Iterator<Item = &'e Exception>,
    pending: Pending,
    path: &str,
) -> bool {
    let mut at = 0;
    exceptions.any(|exception| {
        let waits = pending.waits_for(at);
        at += 1;
        waits && exception.paths.found_in(path.as_bytes())
    })
}
