//! A text under construction, and what is claimed of its parts.

use std::ops::Range;

/// A text with labels.
#[derive(Debug, Clone, Default)]
pub(super) struct Draft {
    pub(super) text: String,
    pub(super) labels: Vec<Label>,
}

/// What is claimed of a part of a text.
#[derive(Debug, Clone)]
pub(super) struct Label {
    /// Where the value stands, in bytes.
    pub(super) span: Range<usize>,
    pub(super) truth: Truth,
    pub(super) category: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Truth {
    Credential,
    LookAlike,
}

/// Where a value stands, as people count: lines from one, columns from zero and in characters.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Position {
    pub(super) line_start: usize,
    pub(super) line_end: usize,
    pub(super) value_start: usize,
    pub(super) value_end: usize,
}

impl Draft {
    /// Adds another draft at the end.
    pub(super) fn append(&mut self, other: &Self) {
        let shift = self.text.len();
        self.text.push_str(&other.text);
        self.labels.extend(
            other.labels.iter().map(|label| Label {
                span: label.span.start + shift..label.span.end + shift,
                ..label.clone()
            }),
        );
    }

    /// Adds text without labels.
    pub(super) fn push(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// Where `span` stands.
    pub(super) fn position(&self, span: &Range<usize>) -> Position {
        let (line_start, value_start) = self.line_and_column(span.start);
        let (line_end, value_end) = self.line_and_column(span.end);
        Position { line_start, line_end, value_start, value_end }
    }

    fn line_and_column(&self, at: usize) -> (usize, usize) {
        let before = &self.text[..at];
        let line = before.rsplit('\n').next().unwrap_or_default();
        (before.matches('\n').count() + 1, line.chars().count())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labelled(text: &str) -> Draft {
        let label = Label { span: 0..text.len(), truth: Truth::Credential, category: "Password".into() };
        Draft { text: text.into(), labels: vec![label] }
    }

    #[test]
    fn labels_move_with_their_text() {
        let mut draft = Draft::default();
        draft.push("é = ");
        draft.append(&labelled("one"));
        draft.push("\nb = ");
        draft.append(&labelled("two"));
        let positions: Vec<Position> = draft.labels.iter().map(|label| draft.position(&label.span)).collect();
        let at = |line, value_start| Position {
            line_start: line,
            line_end: line,
            value_start,
            value_end: value_start + 3,
        };
        assert_eq!(positions, [at(1, 4), at(2, 4)]);
        assert_eq!(&draft.text[draft.labels[1].span.clone()], "two");
    }
}
