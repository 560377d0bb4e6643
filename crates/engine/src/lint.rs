//! What is doubtful about a rule, whatever it is tried on.

use std::collections::{HashMap, HashSet};

use regex_automata::nfa::thompson;
use regex_syntax::hir::{Hir, HirKind};

use crate::{
    Context, Rule, RuleSet,
    analysis::{byte_set::ByteSet, sequence::single_bytes},
    rule_text::{self, SECRET_GROUP},
};

/// How bad a [`Lint`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// The rule works, but is slow, loose or untested.
    Warning,
    /// The rule cannot do what it says.
    Error,
}

impl Level {
    /// The name used in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// Something doubtful about a rule. Its text says what, [`Lint::remedy`] what to do.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Lint {
    /// Nothing in the pattern is rare enough to look for.
    #[error("the pattern holds no fixed text that is rare enough to look for: it costs a pass of its own")]
    NoKeyword,
    /// A repetition without an end.
    #[error("the pattern repeats without a bound: what goes beyond 4096 bytes is cut off")]
    Unbounded,
    /// A pattern whose automaton is large.
    #[error("the pattern compiles to {bytes} bytes, over {} of the limit of {}", .limit.name(), .limit.bytes())]
    Large {
        /// How large it is.
        bytes: usize,
        /// Which limit it is over.
        limit: Size,
    },
    /// Groups that nobody reads.
    #[error("{count} groups of the pattern are captured and never used")]
    UnusedGroups {
        /// How many.
        count: usize,
    },
    /// The pattern begins or ends with what is no part of a secret, and does not say what is.
    #[error(
        "the pattern holds what stands around a secret, and no group `secret`: all of it is taken for the secret"
    )]
    NoSecretGroup,
    /// A context word that is farther away than the rule looks.
    #[error("context word {number} is longer than the text it is looked for in, so it is never there")]
    ContextImpossible {
        /// Which word, from 1.
        number: usize,
    },
    /// A context word that every match holds.
    #[error("context word {number} is in the pattern itself, so the context always holds")]
    ContextCertain {
        /// Which word, from 1.
        number: usize,
    },
    /// No secret can be as random as the rule asks for.
    #[error("entropy_min is {least}, and no secret of this pattern has more than {most:.2} bits per byte")]
    EntropyImpossible {
        /// What the rule asks for, bits per byte.
        least: f32,
        /// What a secret can have, bits per byte.
        most: f32,
    },
    /// A test key of high severity.
    #[error("severity is above medium, and every match is a test key, which is reported as medium at most")]
    TestSeverity,
    /// No text in which the rule must match.
    #[error("there is no example")]
    NoExample,
    /// No text in which the rule must not match.
    #[error("there is no negative")]
    NoNegative,
    /// No source of the facts.
    #[error("there is no reference")]
    NoReference,
    /// Another rule has the same id.
    #[error("another rule before it has this id, and is replaced by it")]
    DuplicateId,
    /// An embedded rule has the same id, and the rule does not say that it is meant.
    #[error("an embedded rule has this id, and is replaced by it")]
    ReplacesEmbedded,
    /// The rule says that it replaces an embedded one, and does not.
    #[error("it says that it replaces an embedded rule, and no such rule has this id")]
    ReplacesNothing,
}

/// Limits of a compiled pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// More than any embedded rule takes.
    Unusual,
    /// So large that a few of them would fill the memory of a small machine, once a thread.
    Catastrophic,
}

impl Size {
    fn name(self) -> &'static str {
        match self {
            Self::Unusual => "the usual size",
            Self::Catastrophic => "the largest size",
        }
    }

    /// In bytes.
    pub fn bytes(self) -> usize {
        match self {
            Self::Unusual => 2 << 20,
            Self::Catastrophic => 16 << 20,
        }
    }

    fn exceeded_by(bytes: usize) -> Option<Self> {
        [Self::Catastrophic, Self::Unusual].into_iter().find(|limit| bytes > limit.bytes())
    }
}

impl Lint {
    /// The name used in reports.
    pub fn name(&self) -> &'static str {
        match self {
            Self::NoKeyword => "no-keyword",
            Self::Unbounded => "unbounded",
            Self::Large { .. } => "large",
            Self::UnusedGroups { .. } => "unused-groups",
            Self::NoSecretGroup => "no-secret-group",
            Self::ContextImpossible { .. } => "context-impossible",
            Self::ContextCertain { .. } => "context-certain",
            Self::EntropyImpossible { .. } => "entropy-impossible",
            Self::TestSeverity => "test-severity",
            Self::NoExample => "no-example",
            Self::NoNegative => "no-negative",
            Self::NoReference => "no-reference",
            Self::DuplicateId => "duplicate-id",
            Self::ReplacesEmbedded => "replaces-embedded",
            Self::ReplacesNothing => "replaces-nothing",
        }
    }

    /// How bad it is.
    pub fn level(&self) -> Level {
        match self {
            Self::Large { limit: Size::Catastrophic, .. }
            | Self::ContextImpossible { .. }
            | Self::EntropyImpossible { .. }
            | Self::DuplicateId => Level::Error,
            _ => Level::Warning,
        }
    }

    /// What to do about it, in a sentence.
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::NoKeyword => "add a literal that each match holds, or context words",
            Self::Unbounded => "write {n,m} instead of *, + or {n,}",
            Self::Large { .. } => "lower the numbers of the repetitions, above all of those within others",
            Self::UnusedGroups { .. } => "write (?:…) instead of (…)",
            Self::NoSecretGroup => "put the secret alone into (?P<secret>…)",
            Self::ContextImpossible { .. } => "shorten the word or raise within_bytes",
            Self::ContextCertain { .. } => "leave the word out, or the context",
            Self::EntropyImpossible { .. } => "lower entropy_min",
            Self::TestSeverity => "lower severity to medium or low, or take class away",
            Self::NoExample => "add a text in which the rule must match, in parts such as ${alnum:32}",
            Self::NoNegative => "add a text that looks alike and must not match: too short, another prefix",
            Self::NoReference => "add the address of the provider's documentation of the format",
            Self::DuplicateId => "give each rule an id of its own",
            Self::ReplacesEmbedded => "give it an id of its own, or say replaces = true",
            Self::ReplacesNothing => "leave replaces out, or write the id of the rule that is meant",
        }
    }
}

impl Rule {
    /// What is doubtful about the rule by itself.
    pub fn lints(&self) -> Vec<Lint> {
        let hir = rule_text::parse(&self.pattern).unwrap_or_else(|_| Hir::empty());
        let found = [
            self.plan.windows.is_none().then_some(Lint::NoKeyword),
            self.plan.cut.then_some(Lint::Unbounded),
            large(&hir),
            self.unused_groups(&hir),
            self.no_secret_group(&hir),
            self.entropy_impossible(&hir),
            self.info
                .class
                .is_some_and(|class| class.limit(self.info.severity) < self.info.severity)
                .then_some(Lint::TestSeverity),
            self.examples.is_empty().then_some(Lint::NoExample),
            self.negatives.is_empty().then_some(Lint::NoNegative),
            self.info.references.is_empty().then_some(Lint::NoReference),
        ];
        let context = self.context.iter().flat_map(|context| self.context_lints(context, &hir));
        found.into_iter().flatten().chain(context).collect()
    }

    fn unused_groups(&self, hir: &Hir) -> Option<Lint> {
        let is_read = |name: Option<&str>| {
            name.is_some_and(|name| {
                name == SECRET_GROUP || self.parts.iter().any(|part| part.group.as_deref() == Some(name))
            })
        };
        let mut names = Vec::new();
        groups(hir, &mut names);
        let count = names.into_iter().filter(|name| !is_read(*name)).count();
        (count > 0).then_some(Lint::UnusedGroups { count })
    }

    fn no_secret_group(&self, hir: &Hir) -> Option<Lint> {
        let is_whole = self.finder.is_none() && secret_of(hir).is_none();
        let parts = outline(hir);
        let ends = [parts.first(), parts.last()];
        (is_whole && ends.into_iter().flatten().any(|part| stands_around(part)))
            .then_some(Lint::NoSecretGroup)
    }

    fn entropy_impossible(&self, hir: &Hir) -> Option<Lint> {
        let secret = secret_of(hir).unwrap_or(hir);
        let len = secret.properties().maximum_len().unwrap_or(usize::MAX);
        let most = (len.min(alphabet(secret).len() as usize).max(1) as f32).log2();
        let least = self.entropy_min;
        (self.finder.is_none() && least > most).then_some(Lint::EntropyImpossible { least, most })
    }

    fn context_lints(&self, context: &Context, hir: &Hir) -> Vec<Lint> {
        let room = 2 * context.within_bytes + self.plan.len_max as usize;
        let literals = literals(hir);
        let lint = |(number, word): (usize, &String)| {
            let word = word.to_ascii_lowercase();
            if word.len() > room {
                Some(Lint::ContextImpossible { number })
            } else if literals.iter().any(|literal| memchr::memmem::find(literal, word.as_bytes()).is_some())
            {
                Some(Lint::ContextCertain { number })
            } else {
                None
            }
        };
        (1..).zip(&context.words).filter_map(lint).collect()
    }
}

/// What is doubtful about the ids of `rules`, which are added to the embedded ones: rules by their place.
pub fn lint_ids(rules: &[Rule]) -> Vec<(usize, Lint)> {
    let embedded = RuleSet::embedded();
    let embedded: HashSet<&str> = embedded.rules().iter().map(|rule| rule.info.id.as_str()).collect();
    let mut seen: HashMap<&str, usize> = HashMap::new();
    let mut found = Vec::new();
    for (at, rule) in rules.iter().enumerate() {
        let id = rule.info.id.as_str();
        if seen.insert(id, at).is_some() {
            found.push((at, Lint::DuplicateId));
        }
        match (embedded.contains(id), rule.replaces) {
            (true, false) => found.push((at, Lint::ReplacesEmbedded)),
            (false, true) => found.push((at, Lint::ReplacesNothing)),
            _ => {}
        }
    }
    found
}

/// Whether the automaton of a pattern is over a limit.
fn large(hir: &Hir) -> Option<Lint> {
    let config = thompson::Config::new().utf8(false).which_captures(thompson::WhichCaptures::None);
    let nfa = thompson::Compiler::new().configure(config).build_from_hir(hir).ok()?;
    let bytes = nfa.memory_usage();
    Size::exceeded_by(bytes).map(|limit| Lint::Large { bytes, limit })
}

/// The names of all captured groups.
fn groups<'h>(hir: &'h Hir, names: &mut Vec<Option<&'h str>>) {
    match hir.kind() {
        HirKind::Capture(capture) => {
            names.push(capture.name.as_deref());
            groups(&capture.sub, names);
        }
        HirKind::Repetition(repetition) => groups(&repetition.sub, names),
        HirKind::Concat(subs) | HirKind::Alternation(subs) => subs.iter().for_each(|sub| groups(sub, names)),
        _ => {}
    }
}

/// What the group of the secret matches.
fn secret_of(hir: &Hir) -> Option<&Hir> {
    match hir.kind() {
        HirKind::Capture(capture) if capture.name.as_deref() == Some(SECRET_GROUP) => Some(&capture.sub),
        HirKind::Capture(capture) => secret_of(&capture.sub),
        HirKind::Repetition(repetition) => secret_of(&repetition.sub),
        HirKind::Concat(subs) | HirKind::Alternation(subs) => subs.iter().find_map(secret_of),
        _ => None,
    }
}

/// What matches one after the other, without what matches no byte.
fn outline(hir: &Hir) -> Vec<&Hir> {
    match hir.kind() {
        HirKind::Capture(capture) => outline(&capture.sub),
        HirKind::Concat(subs) => subs.iter().flat_map(outline).collect(),
        HirKind::Empty | HirKind::Look(_) => Vec::new(),
        _ => vec![hir],
    }
}

/// Whether a part of a pattern matches a space, a quote or what joins a name to a value.
fn stands_around(hir: &Hir) -> bool {
    let bytes = alphabet(hir);
    let is_open = bytes.len() > 128;
    !is_open && b" \"':".iter().any(|byte| bytes.contains(*byte))
}

/// The bytes that what matches is made of.
fn alphabet(hir: &Hir) -> ByteSet {
    match hir.kind() {
        HirKind::Literal(literal) => {
            literal.0.iter().fold(ByteSet::default(), |set, byte| set.with(*byte, *byte))
        }
        HirKind::Class(class) => single_bytes(class).unwrap_or(ByteSet::ANY),
        HirKind::Repetition(repetition) => alphabet(&repetition.sub),
        HirKind::Capture(capture) => alphabet(&capture.sub),
        HirKind::Concat(subs) | HirKind::Alternation(subs) => {
            subs.iter().fold(ByteSet::default(), |set, sub| set.union(alphabet(sub)))
        }
        HirKind::Empty | HirKind::Look(_) => ByteSet::default(),
    }
}

/// Stretches of text that every match holds, in lower case; classes that are one letter in both cases count as that letter.
fn literals(hir: &Hir) -> Vec<Vec<u8>> {
    let mut all = vec![Vec::new()];
    for part in outline(hir) {
        let text = match part.kind() {
            HirKind::Literal(literal) => Some(literal.0.to_ascii_lowercase()),
            HirKind::Class(class) => single_bytes(class)
                .map(ByteSet::folded)
                .filter(|set| set.len() == 1)
                .map(|set| set.iter().collect()),
            _ => None,
        };
        match (text, all.last_mut()) {
            (Some(text), Some(last)) => last.extend(text),
            _ => all.push(Vec::new()),
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: &str = "examples = ['a']\nnegatives = ['b']\nreferences = ['https://a.example']";

    fn rule(pattern: &str, rest: &str) -> Rule {
        let text = format!(
            "provider = 'A'\n[[rule]]\nid = 'acme-key'\nname = 'n'\ndescription = 'd'\npattern = '''{pattern}'''\n\
             severity = 'high'\nconfidence = 'low'\n{rest}\n"
        );
        RuleSet::parse("a.toml", &text).expect("a valid rule").rules()[0].clone()
    }

    fn names(pattern: &str, rest: &str) -> Vec<&'static str> {
        rule(pattern, &format!("{PLAIN}\n{rest}")).lints().iter().map(Lint::name).collect()
    }

    #[test]
    fn a_sound_rule_has_none() {
        assert_eq!(names(r"\bacme_(?P<secret>[a-z0-9]{32})\b", "entropy_min = 3.0"), [""; 0]);
    }

    #[test]
    fn patterns_are_looked_at() {
        assert_eq!(names("(?P<secret>[a-z]{20,40})", ""), ["no-keyword"]);
        assert_eq!(names("acme_(?P<secret>[a-z]{20,})", ""), ["unbounded"]);
        assert_eq!(names("acme_(?P<secret>(?:[a-z]{1,9}(?:x|yz)){5000})", ""), ["large"]);
        assert_eq!(names("(acme|emca)_(?P<secret>[a-z]{20})", ""), ["unused-groups"]);
        assert_eq!(names("acme_key: [a-z]{20}", ""), ["no-secret-group"]);
        assert_eq!(names("acme_key_[a-z]{20}", ""), [""; 0]);
    }

    #[test]
    fn fields_that_can_never_hold_are_errors() {
        let floor = rule("acme_(?P<secret>[a-f]{20})", &format!("{PLAIN}\nentropy_min = 3.0")).lints();
        assert!(
            matches!(floor[..], [Lint::EntropyImpossible { most, .. }] if (2.5..2.6).contains(&most)),
            "{floor:?}"
        );
        let word = "w".repeat(50);
        let context = format!("[rule.context]\nwords = ['{word}', 'ACME', 'far']\nwithin_bytes = 10");
        let context = rule("(?i)acme_(?P<secret>[a-z]{20})", &format!("{PLAIN}\n{context}")).lints();
        assert_eq!(context, [Lint::ContextImpossible { number: 1 }, Lint::ContextCertain { number: 2 }]);
        assert_eq!(
            [floor[0].level(), context[0].level(), context[1].level()],
            [Level::Error, Level::Error, Level::Warning]
        );
    }

    #[test]
    fn what_is_missing_is_named() {
        let bare = rule("acme_[a-z]{20}", "class = 'test'\nexamples = []\nnegatives = []\nreferences = []");
        let names: Vec<_> = bare.lints().iter().map(Lint::name).collect();
        assert_eq!(names, ["test-severity", "no-example", "no-negative", "no-reference"]);
    }

    #[test]
    fn ids_are_compared() {
        let ours = rule("acme_[a-z]{20}", PLAIN);
        let mut claims = ours.clone();
        claims.replaces = true;
        let embedded = RuleSet::embedded().rules()[0].clone();
        let found = lint_ids(&[ours, claims, embedded]);
        assert_eq!(found, [(1, Lint::DuplicateId), (1, Lint::ReplacesNothing), (2, Lint::ReplacesEmbedded)]);
    }
}
