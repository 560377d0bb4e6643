//! The way from a place in a decoded text back to the bytes that hold it.

use stanch_model::Span;

/// A stretch of units of equal size, up to the next one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Segment {
    /// Where it begins in the text.
    pub(super) text: usize,
    /// Where it begins in the encoded bytes.
    pub(super) origin: usize,
    /// Bytes of text in a unit, and the encoded bytes that hold them.
    pub(super) unit: (usize, usize),
}

/// Where the bytes of a text come from.
#[derive(Clone, Debug)]
pub(super) struct Way {
    /// By ascending text.
    segments: Vec<Segment>,
    /// Length of what was decoded.
    end: usize,
}

impl Way {
    /// A way to `end` encoded bytes that has no segments yet.
    pub(super) fn new(end: usize) -> Self {
        Self { segments: Vec::new(), end }
    }

    /// The way from a text that is made of one kind of unit.
    pub(super) fn even(unit: (usize, usize), end: usize) -> Self {
        Self { segments: vec![Segment { text: 0, origin: 0, unit }], end }
    }

    /// Adds a segment; an escape of nothing has none.
    pub(super) fn push(&mut self, segment: Segment) {
        self.segments.push(segment);
    }

    /// The fewest encoded bytes that hold `span` of the text.
    pub(super) fn original(&self, span: Span) -> Span {
        let start = self.unit(span.start, 0);
        let end = if span.is_empty() { start } else { self.unit(span.end - 1, 1) };
        Span::new(start, end)
    }

    /// Where so many units after the one that holds the byte at `at` begin.
    fn unit(&self, at: usize, further: usize) -> usize {
        let after = self.segments.partition_point(|segment| segment.text <= at);
        let Some(segment) = after.checked_sub(1).map(|last| self.segments[last]) else { return 0 };
        let units = (at - segment.text) / segment.unit.0.max(1) + further;
        (segment.origin + units * segment.unit.1).min(self.end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_taken_as_a_whole() {
        let way = Way::even((3, 4), 11);
        assert_eq!(way.original(Span::new(0, 3)), Span::new(0, 4));
        assert_eq!(way.original(Span::new(2, 4)), Span::new(0, 8));
        assert_eq!(way.original(Span::new(6, 8)), Span::new(8, 11));
        assert_eq!(way.original(Span::new(4, 4)), Span::new(4, 4));
        let all = Way::even((1000, 20), 20);
        assert_eq!(all.original(Span::new(500, 510)), Span::new(0, 20));
    }
}
