//! What became of each rule.

use serde::Serialize;

use crate::Format;

/// What became of everything that was read.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Report {
    /// Each file with the format it was read as, in the order given.
    pub files: Vec<(String, Format)>,
    /// What is said of the files as such.
    pub notes: Vec<Note>,
    /// Every rule that was read.
    pub rules: Vec<RuleReport>,
}

/// What became of one rule.
#[derive(Clone, Debug, Serialize)]
pub struct RuleReport {
    /// Its id where it is from, as far as it reads like one.
    pub source: String,
    /// What became of it.
    pub fate: Fate,
    /// What changed on the way.
    pub notes: Vec<Note>,
}

/// What became of a rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// It is a rule, or several, of these ids.
    Rules(Vec<String>),
    /// It is reported by none, and a part of these rules.
    Part(Vec<String>),
    /// It cannot be expressed, for this reason.
    LeftOut(String),
}

/// Something to know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Note {
    /// What sort of thing.
    pub kind: NoteKind,
    /// In words, without a value that may be a secret.
    pub text: String,
}

/// What a note is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum NoteKind {
    /// Something is expressed in another way.
    Changed,
    /// Something is not there any more.
    LeftOut,
}

impl Note {
    pub(crate) fn changed(text: impl Into<String>) -> Self {
        Self { kind: NoteKind::Changed, text: text.into() }
    }

    pub(crate) fn left_out(text: impl Into<String>) -> Self {
        Self { kind: NoteKind::LeftOut, text: text.into() }
    }
}

impl Report {
    /// How many rules were imported, as such or as parts, of how many.
    pub fn counts(&self) -> (usize, usize) {
        let imported = self.rules.iter().filter(|rule| !matches!(rule.fate, Fate::LeftOut(_)));
        (imported.count(), self.rules.len())
    }
}
