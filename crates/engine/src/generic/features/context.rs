//! Features of the text around a candidate: the rest of its line, and a little more.

use stanch_model::Span;

use super::{ByteCounts, Recorder, TopicCounts};
use crate::generic::{candidate::Candidate, name::words, vocabulary::topic};

/// How far before the name and after the value is looked, in bytes.
pub(in crate::generic) const BEFORE_MAX: usize = 160;
pub(in crate::generic) const AFTER_MAX: usize = 100;

pub(super) fn record(candidate: &Candidate, bytes: &[u8], to: &mut impl Recorder) {
    let around = Around::of(candidate, bytes);
    record_topics(&around, to);
    record_line(&around, to);
    record_neighbours(&around, to);
}

/// The text around a candidate, without it.
struct Around<'b> {
    /// Lines before its own.
    above: &'b [u8],
    /// Its line, up to the name.
    before: &'b [u8],
    /// Its line, after the value.
    after: &'b [u8],
    /// Lines after its own.
    below: &'b [u8],
}

impl<'b> Around<'b> {
    fn of(candidate: &Candidate, bytes: &'b [u8]) -> Self {
        let (name, value) = (candidate.name, candidate.literal.span);
        let start = name.start.saturating_sub(BEFORE_MAX);
        let end = bytes.len().min(value.end + AFTER_MAX);
        let earlier = Span::new(start, name.start);
        let later = Span::new(value.end, end);
        let line_start = memchr::memrchr(b'\n', &bytes[earlier.range()]).map_or(0, |at| at + 1);
        let line_end = memchr::memchr(b'\n', &bytes[later.range()]).unwrap_or(later.len());
        let (above, before) = bytes[earlier.range()].split_at(line_start);
        let (after, below) = bytes[later.range()].split_at(line_end);
        Self { above, before, after, below }
    }
}

fn record_topics(around: &Around<'_>, to: &mut impl Recorder) {
    let count = |parts: [&[u8]; 2]| {
        let mut topics = TopicCounts::none();
        for part in parts {
            words(part).filter_map(topic).for_each(|topic| topics.add(topic));
        }
        topics
    };
    count([around.before, around.after]).record("line", to);
    count([around.above, around.below]).record("near", to);
}

fn record_line(around: &Around<'_>, to: &mut impl Recorder) {
    let Around { before, after, .. } = around;
    let indent = before.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    let start = before.trim_ascii_start();
    to.note("line", "indent", indent);
    to.mark("line", "indented by a tab", before.first() == Some(&b'\t'));
    to.note("line", "length before the name", before.len());
    to.note("line", "length after the value", after.len());
    to.note("line", "first byte", usize::from(start.first().copied().unwrap_or_default()));
    let comments: &[&[u8]] = &[b"//", b"#", b"*", b"--", b"<!--", b";", b"/*", b"%", b"REM "];
    to.mark("line", "comment", comments.iter().any(|mark| start.starts_with(mark)));
    let bytes = ByteCounts::of(&[before, after]);
    to.note("line", "quotes", bytes.each(b"\"'"));
    to.note("line", "brackets", bytes.each(b"()[]{}"));
    to.note("line", "angles", bytes.each(b"<>"));
    to.note("line", "equals signs", bytes.each(b"="));
    to.note("line", "semicolons", bytes.each(b";"));
    to.note("line", "spaces", bytes.each(b" "));
    to.note("line", "hyphens", bytes.each(b"-"));
    to.note("line", "byte after the value", usize::from(after.first().copied().unwrap_or(b'\n')));
    to.note("line", "second byte after the value", usize::from(after.get(1).copied().unwrap_or(b'\n')));
    let rest = after.get(1..).unwrap_or_default().trim_ascii_start();
    to.note("line", "next byte after a quote", usize::from(rest.first().copied().unwrap_or(b'\n')));
    to.note("line", "last byte", usize::from(after.trim_ascii_end().last().copied().unwrap_or_default()));
}

fn record_neighbours(around: &Around<'_>, to: &mut impl Recorder) {
    let bytes = ByteCounts::of(&[around.above, around.below]);
    let prose = |text: &[u8]| {
        let between = |three: &&[u8]| {
            three[1] == b' ' && three[0].is_ascii_alphabetic() && three[2].is_ascii_alphabetic()
        };
        text.windows(3).filter(between).count()
    };
    to.note("near", "words apart in prose", prose(around.above) + prose(around.below));
    to.note("line", "words apart in prose", prose(around.before) + prose(around.after));
    to.note("near", "bytes beyond ASCII", bytes.within(0x80..=0xff));
    to.note("near", "quotes", bytes.each(b"\"'"));
    to.note("near", "colons", bytes.each(b":"));
    to.note("near", "equals signs", bytes.each(b"="));
    to.note("near", "semicolons", bytes.each(b";"));
    to.note("near", "brackets", bytes.each(b"()[]{}"));
    to.note("near", "angles", bytes.each(b"<>"));
    to.note("near", "hash signs", bytes.each(b"#"));
    to.note("near", "digits", bytes.within(b'0'..=b'9'));
    to.note("near", "capitals", bytes.within(b'A'..=b'Z'));
    to.note("near", "lines", bytes.each(b"\n"));
    to.note(
        "near",
        "first byte below",
        usize::from(around.below.trim_ascii_start().first().copied().unwrap_or_default()),
    );
    let last_above = around.above.trim_ascii_end().rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
    to.note(
        "near",
        "first byte above",
        usize::from(last_above.trim_ascii_start().first().copied().unwrap_or_default()),
    );
    to.note("near", "length above", last_above.len());
}
