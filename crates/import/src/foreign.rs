//! Rules as other scanners mean them, before anything is made of them.

use stanch_engine::{Allow, Condition, Subject};
use stanch_model::{Confidence, Severity};

use crate::report::Note;

/// What was read.
#[derive(Default)]
pub(crate) struct Foreign {
    pub(crate) rules: Vec<ForeignRule>,
    /// What holds for all of them.
    pub(crate) allows: Vec<Allow>,
    pub(crate) notes: Vec<Note>,
}

/// One rule.
#[derive(Clone)]
pub(crate) struct ForeignRule {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) pattern: Option<Pattern>,
    pub(crate) severity: Severity,
    pub(crate) confidence: Confidence,
    /// Bits per byte.
    pub(crate) entropy_min: f64,
    /// One of these is somewhere in the file.
    pub(crate) keywords: Vec<String>,
    pub(crate) paths: Vec<String>,
    pub(crate) allows: Vec<Allow>,
    pub(crate) needs: Vec<Need>,
    /// Whether it is only there for others.
    pub(crate) hidden: bool,
    pub(crate) tags: Vec<String>,
    pub(crate) references: Vec<String>,
    pub(crate) examples: Vec<String>,
    pub(crate) negatives: Vec<String>,
    pub(crate) notes: Vec<Note>,
}

/// A pattern as its scanner reads it.
#[derive(Clone)]
pub(crate) struct Pattern {
    pub(crate) text: String,
    pub(crate) dialect: Dialect,
    pub(crate) secret: SecretGroup,
}

/// Whose regular expressions.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// RE2 as Go has it: <https://pkg.go.dev/regexp/syntax>.
    Go,
    /// As the `regex` crate has it.
    Rust,
}

/// Which group of a pattern is the secret.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum SecretGroup {
    /// The first that is not empty; without groups all.
    First,
    /// This one, from 1.
    Number(u32),
    /// The one of the name `TOKEN`, else the first; without groups all.
    Token,
    /// The one that can be longest, which an id or a user is not; without groups all.
    Longest,
}

/// Another rule that matches near.
#[derive(Clone)]
pub(crate) struct Need {
    pub(crate) id: String,
    pub(crate) within_bytes: usize,
    /// Whether the rule counts only where the other matches.
    pub(crate) required: bool,
}

impl ForeignRule {
    pub(crate) fn new(id: String) -> Self {
        Self {
            id,
            name: String::new(),
            description: String::new(),
            pattern: None,
            severity: Severity::High,
            confidence: Confidence::Medium,
            entropy_min: 0.0,
            keywords: Vec::new(),
            paths: Vec::new(),
            allows: Vec::new(),
            needs: Vec::new(),
            hidden: false,
            tags: Vec::new(),
            references: Vec::new(),
            examples: Vec::new(),
            negatives: Vec::new(),
            notes: Vec::new(),
        }
    }

    pub(crate) fn left_out(&mut self, text: impl Into<String>) {
        self.notes.push(Note::left_out(text));
    }
}

/// An allowance that looks for `patterns` in the secret.
pub(crate) fn allow_secrets(patterns: Vec<String>) -> Allow {
    Allow { condition: Condition::Any, on: Subject::Secret, patterns, ..Allow::default() }
}
