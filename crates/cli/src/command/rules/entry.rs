//! A rule as programs read it.

use serde::Serialize;
use stanch_engine::{Allow, ClassMarks, Context, Part, Rule};
use stanch_model::RuleInfo;

/// The JSON object of one rule. Fields are only ever added, at the end.
#[derive(Serialize)]
pub(super) struct Entry<'r> {
    #[serde(flatten)]
    info: &'r RuleInfo,
    pattern: &'r str,
    entropy_min: f32,
    check: Option<&'static str>,
    context: Option<&'r Context>,
    parts: &'r [Part],
    examples: &'r [String],
    negatives: &'r [String],
    class_marks: &'r ClassMarks,
    /// What the prefilter looks for; empty for a rule that it cannot serve.
    keywords: Vec<String>,
    paths: &'r [String],
    allow: Vec<&'r Allow>,
}

impl<'r> From<&'r Rule> for Entry<'r> {
    fn from(rule: &'r Rule) -> Self {
        Self {
            info: &rule.info,
            pattern: &rule.pattern,
            entropy_min: rule.entropy_min,
            check: rule.check.map(stanch_engine::Check::name),
            context: rule.context.as_ref(),
            parts: &rule.parts,
            examples: &rule.examples,
            negatives: &rule.negatives,
            class_marks: &rule.class_marks,
            keywords: rule.keywords(),
            paths: rule.paths(),
            allow: rule.allows().collect(),
        }
    }
}
