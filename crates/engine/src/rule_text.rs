//! The text form of rules, and the compact form that the build script makes of it.
//!
//! Also compiled into the build script: it names nothing of the crate outside itself and [`crate::analysis`].

use regex_syntax::hir::{Hir, HirKind};
use serde::{Deserialize, Serialize};
use stanch_model::{Class, Confidence, Severity};
use toml::Spanned;

use crate::analysis::plan::{ContextWords, Plan, plan};

/// The named group that holds the secret; without it the whole match is the secret.
pub(crate) const SECRET_GROUP: &str = "secret";

/// Words that must stand near a match for it to count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Context {
    /// At least one of these must occur, whatever its case (ASCII).
    pub words: Vec<String>,
    /// How far before the start or after the end of the match, in bytes.
    #[serde(default = "Context::default_within")]
    pub within_bytes: usize,
}

impl Context {
    /// The largest distance a rule may ask for.
    pub const WITHIN_BYTES_MAX: usize = 200;

    fn default_within() -> usize {
        80
    }
}

/// Texts in a match that tell what its secret was made for, in rules whose pattern matches test and live ones.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClassMarks {
    /// Any of these makes it a test one.
    #[serde(default)]
    pub test: Vec<String>,
    /// Any of these makes it a live one, unless it is a test one.
    #[serde(default)]
    pub live: Vec<String>,
}

/// Who has a say where a rule's pattern matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Finder {
    /// The pattern is a keyword of a name; its value is the secret if the learned judge says so.
    Assignment,
    /// The pattern finds the secret, and the learned judge says how likely it is one: what people choose has no format.
    Judged,
}

/// Another part of a credential whose secret a rule finds: an id, a user, a host, a second secret. Either its own
/// `pattern` finds it near the match, or it is a `group` of the rule's pattern.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// What it is, for instance `access-key-id`.
    pub name: String,
    /// A bounded regular expression; its group `value` is the part, without one the whole match is.
    pub pattern: Option<String>,
    /// A named group of the rule's own pattern.
    pub group: Option<String>,
    /// How far before the start or after the end of the match `pattern` may match, in bytes.
    pub within_bytes: Option<usize>,
    /// A text in the language of [`crate::expand`] that holds the part, to be put before an example of the rule; none where
    /// the rule's own examples hold it.
    pub example: Option<String>,
    /// Whether the rule only counts where this part is.
    #[serde(default)]
    pub required: bool,
    /// Whether the part is a secret itself, and so never shown; else it is shown as it is.
    #[serde(default)]
    pub secret: bool,
}

impl Part {
    /// The most parts a rule may have.
    pub const COUNT_MAX: usize = 8;
    /// The longest name, in bytes.
    pub const NAME_MAX: usize = 32;
    /// The longest text its pattern may match, in bytes.
    pub const LEN_MAX: usize = 4096;
    /// How far it may be where the rule does not say, in bytes.
    pub const WITHIN_BYTES_DEFAULT: usize = 120;

    /// The longest text that `pattern` matches, in bytes: 0 where there is none that can be used.
    fn len_max(&self) -> u32 {
        let hir = self.pattern.as_deref().and_then(|pattern| parse(pattern).ok());
        let len = hir.and_then(|hir| hir.properties().maximum_len());
        len.and_then(|len| u32::try_from(len).ok()).unwrap_or(0)
    }
}

/// When a match of a rule is no finding.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Allow {
    /// Why, for people.
    pub reason: Option<String>,
    /// Whether one of `patterns`, `words` and `paths` is enough.
    pub condition: Condition,
    /// What `patterns` are looked for in.
    pub on: Subject,
    /// Regular expressions of which one is in the subject.
    pub patterns: Vec<String>,
    /// Words of which one is in the secret, whatever its case (ASCII).
    pub words: Vec<String>,
    /// Regular expressions of which one is in the path of the file.
    pub paths: Vec<String>,
}

/// How the lists of an [`Allow`] go together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Condition {
    /// One of those that are there says so.
    #[default]
    Any,
    /// All that are there say so.
    All,
}

/// What the patterns of an [`Allow`] are looked for in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Subject {
    /// The secret.
    #[default]
    Secret,
    /// All that the rule's pattern matched.
    Match,
    /// The lines of the match, up to [`Allow::LINE_BYTES_MAX`] before and after it.
    Line,
}

impl Allow {
    /// The most a rule may have, together with those of its file.
    pub const COUNT_MAX: usize = 31;
    /// How far a line is looked at before the start and after the end of a match, in bytes.
    pub const LINE_BYTES_MAX: usize = 200;
}

/// One file of rules.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FileText {
    pub(crate) provider: String,
    /// What holds for every rule of the file.
    #[serde(default)]
    pub(crate) allow: Vec<Spanned<Allow>>,
    #[serde(default)]
    pub(crate) rule: Vec<Spanned<RuleText>>,
}

/// One rule as it is written.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RuleText {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) pattern: String,
    /// What reads on from where the pattern matches.
    pub(crate) finder: Option<Finder>,
    pub(crate) severity: Severity,
    pub(crate) confidence: Confidence,
    pub(crate) class: Option<Class>,
    #[serde(default)]
    pub(crate) class_marks: ClassMarks,
    pub(crate) connector: Option<String>,
    /// Whether it is meant to take the place of an embedded rule with its id.
    #[serde(default)]
    pub(crate) replaces: bool,
    #[serde(default)]
    pub(crate) entropy_min: f32,
    pub(crate) check: Option<String>,
    pub(crate) context: Option<Context>,
    #[serde(default)]
    pub(crate) part: Vec<Part>,
    #[serde(default)]
    pub(crate) paths: Vec<String>,
    #[serde(default)]
    pub(crate) allow: Vec<Allow>,
    #[serde(default)]
    pub(crate) tags: Vec<String>,
    #[serde(default)]
    pub(crate) references: Vec<String>,
    #[serde(default)]
    pub(crate) examples: Vec<String>,
    #[serde(default)]
    pub(crate) negatives: Vec<String>,
}

/// A rule with its plan: what the build script writes and a start-up decodes.
#[derive(Serialize, Deserialize)]
pub(crate) struct PlannedRule {
    pub(crate) provider: String,
    pub(crate) text: RuleText,
    pub(crate) plan: Plan,
}

impl RuleText {
    /// The plan of this rule.
    ///
    /// # Errors
    /// What is wrong with the pattern.
    pub(crate) fn plan(&self) -> Result<Plan, String> {
        let hir = parse_pattern(&self.pattern)?;
        let context = self.context.as_ref();
        let words = context.map(|c| ContextWords { words: &c.words, within_bytes: c.within_bytes });
        let part_lens = self.part.iter().map(Part::len_max).collect();
        Ok(Plan { part_lens, ..plan(&hir, SECRET_GROUP, words) })
    }
}

/// The longest bounded match a pattern may have, in bytes.
const LEN_LIMIT: usize = 1 << 16;

/// The most pieces a pattern may have once its repeats are written out: what its automata cost in memory.
pub(crate) const PIECES_LIMIT: usize = 1 << 17;

/// How many pieces an expression has once its repeats are written out.
pub(crate) fn pieces(hir: &Hir) -> usize {
    let sum = |subs: &[Hir]| subs.iter().map(pieces).fold(1, usize::saturating_add);
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) | HirKind::Class(_) => 1,
        HirKind::Literal(literal) => literal.0.len(),
        HirKind::Capture(capture) => pieces(&capture.sub).saturating_add(1),
        HirKind::Repetition(repetition) => {
            let times = repetition.max.unwrap_or(repetition.min).max(1) as usize;
            pieces(&repetition.sub).saturating_mul(times)
        }
        HirKind::Concat(subs) | HirKind::Alternation(subs) => sum(subs),
    }
}

/// Parses an expression that is looked for in a short text, and tests that it is not too large.
pub(crate) fn parse_small(pattern: &str) -> Result<Hir, String> {
    let hir = parse(pattern)?;
    if pieces(&hir) > PIECES_LIMIT {
        return Err(format!("pattern has more than {PIECES_LIMIT} pieces once its repeats are written out"));
    }
    Ok(hir)
}

/// Parses a part of a pattern as every part of the engine reads it: over bytes, ASCII classes.
pub(crate) fn parse(pattern: &str) -> Result<Hir, String> {
    let mut parser = regex_syntax::ParserBuilder::new();
    parser.unicode(false).utf8(false).build().parse(pattern).map_err(|error| problem(&error))
}

/// What is wrong and where, without the pattern: a secret may stand in its place.
fn problem(error: &regex_syntax::Error) -> String {
    let (what, span) = match error {
        regex_syntax::Error::Parse(error) => (error.kind().to_string(), error.span()),
        regex_syntax::Error::Translate(error) => (error.kind().to_string(), error.span()),
        _ => return "not a regular expression".to_owned(),
    };
    format!("{what}, at line {} column {}", span.start.line, span.start.column)
}

/// Parses a pattern and tests that it can be searched for.
pub(crate) fn parse_pattern(pattern: &str) -> Result<Hir, String> {
    let hir = parse_small(pattern)?;
    let properties = hir.properties();
    if properties.minimum_len().unwrap_or(0) == 0 {
        return Err("pattern matches the empty text".to_owned());
    }
    if properties.maximum_len().is_some_and(|len| len > LEN_LIMIT) {
        return Err(format!("pattern matches texts over the limit of {LEN_LIMIT} bytes"));
    }
    if properties.look_set().contains_word_unicode() {
        return Err("pattern has a Unicode word boundary: only ASCII ones are searched".to_owned());
    }
    Ok(hir)
}
