//! Features of the name and of what joins it to the value.

use super::{Recorder, TopicCounts};
use crate::generic::{
    candidate::Candidate,
    name::words,
    vocabulary::{TOPICS, topic},
};

/// No topic, as a number beside those of topics.
const NO_TOPIC: usize = TOPICS.len();

pub(super) fn record(candidate: &Candidate, bytes: &[u8], to: &mut impl Recorder) {
    record_words(candidate, bytes, to);
    record_spelling(candidate, bytes, to);
    record_joint(candidate, to);
}

/// What the words before and after the keyword are about.
fn record_words(candidate: &Candidate, bytes: &[u8], to: &mut impl Recorder) {
    let before = &bytes[candidate.name.start..candidate.keyword.start];
    let after = &bytes[candidate.keyword.end..candidate.name.end];
    let mut earlier = TopicCounts::none();
    words(before).filter_map(topic).for_each(|topic| earlier.add(topic));
    let mut later = TopicCounts::none();
    words(after).filter_map(topic).for_each(|topic| later.add(topic));
    earlier.record("name before the keyword", to);
    later.record("name after the keyword", to);
    let number = |word: Option<&[u8]>| word.and_then(topic).map_or(NO_TOPIC, |topic| topic as usize);
    to.note("name", "topic before the keyword", number(words(before).last()));
    to.note("name", "topic after the keyword", number(words(after).next()));
    to.note("name", "last topic", number(words(after).last()));
    to.note("name", "words before the keyword", words(before).count());
    to.note("name", "words after the keyword", words(after).count());
    let goes_on = after.first().is_some_and(u8::is_ascii_lowercase);
    to.note(
        "name",
        "letters that go on after the keyword",
        if goes_on { words(after).next().map_or(0, <[u8]>::len) } else { 0 },
    );
    let joined = before.last().is_some_and(u8::is_ascii_alphanumeric);
    to.mark(
        "name",
        "keyword begins within a word",
        joined && bytes[candidate.keyword.start].is_ascii_lowercase(),
    );
}

fn record_spelling(candidate: &Candidate, bytes: &[u8], to: &mut impl Recorder) {
    let name = &bytes[candidate.name.range()];
    let count = |is: fn(&u8) -> bool| name.iter().filter(|byte| is(byte)).count();
    to.note("name", "keyword", usize::from(candidate.kind));
    to.note("name", "length", name.len());
    to.note("name", "capitals", count(u8::is_ascii_uppercase));
    to.note("name", "small letters", count(u8::is_ascii_lowercase));
    to.note("name", "digits", count(u8::is_ascii_digit));
    to.note("name", "underscores", count(|byte| *byte == b'_'));
    to.note("name", "hyphens", count(|byte| *byte == b'-'));
    to.note("name", "dots", count(|byte| *byte == b'.'));
    to.note("name", "first byte", usize::from(name.first().copied().unwrap_or_default()));
    let before = candidate.name.start.checked_sub(1).map_or(b'\n', |at| bytes[at]);
    to.note("name", "byte before", usize::from(before));
}

fn record_joint(candidate: &Candidate, to: &mut impl Recorder) {
    let joined = candidate.joined;
    to.note("joint", "kind", joined.joint as usize);
    to.note("joint", "closer of the name", usize::from(joined.closer.unwrap_or_default()));
    to.note("joint", "space", usize::from(joined.space));
    to.mark("joint", "line break", joined.breaks);
    to.mark("joint", "call around the value", joined.wrapped);
    to.note("joint", "quote", candidate.literal.quote as usize);
    to.mark("joint", "prefixed quote", candidate.literal.prefixed);
    let gap = candidate.literal.span.start - candidate.name.end;
    to.note("joint", "bytes between name and value", gap);
}
