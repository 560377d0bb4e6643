//! From a match in bytes to something a person can be shown.

use std::{collections::HashMap, ops::Range, sync::Arc};

use stanch_engine::{Credential, Cursor, FoundPart, Match, Scanner, Value, plain};
use stanch_model::{
    Class, Confidence, Encoding, Fact, Finding, Location, Mark, Part, PartValue, RuleInfo, Secret, Snippet,
    Span,
};

use crate::{
    Context, Origin,
    chunks::Passage,
    snippet::{Hiding, Masks},
};

/// A finding that does not know yet where its bytes come from.
#[derive(Clone, Debug)]
pub struct Sighting {
    /// The match; its place is in the bytes that were scanned.
    pub found: Match,
    /// The rule that matched.
    pub rule: Arc<RuleInfo>,
    /// What it was made for, where its format tells.
    pub class: Option<Class>,
    /// How sure we are.
    pub confidence: Confidence,
    /// The secret.
    pub secret: Secret,
    /// What the offline check read out of it.
    pub facts: Vec<Fact>,
    /// What it was decoded from, outermost first.
    pub encodings: Vec<Encoding>,
    /// Where it stands; the path is still empty.
    pub location: Location,
    /// The masked line.
    pub snippet: Option<Snippet>,
    /// What else belongs to the secret; the paths are still empty.
    pub parts: Vec<Part>,
    /// Comments on its first or last line that ask for it to be let alone.
    pub marks: Vec<Mark>,
}

impl Sighting {
    /// The findings at `origin`; without those that its path drops.
    pub(crate) fn all_at(mut sightings: Vec<Self>, origin: &Origin, scanner: &Scanner) -> Vec<Finding> {
        if scanner.heeds_paths() {
            let mut matches: Vec<Match> = sightings.iter().map(|sighting| sighting.found).collect();
            scanner.settle_in(&mut matches, &origin.path);
            sightings.retain(|sighting| matches.contains(&sighting.found));
        }
        sightings.into_iter().filter_map(|sighting| sighting.at(origin, scanner)).collect()
    }

    /// The finding at `origin`; none where its path makes the learned judge doubt it.
    fn at(self, origin: &Origin, scanner: &Scanner) -> Option<Finding> {
        let probability = match self.found.odds {
            Some(odds) => Some(scanner.judged_in(odds, &origin.path)?),
            None => None,
        };
        let placed = |location| Location { path: origin.path.clone(), ..location };
        let parts = self.parts.into_iter().map(|part| Part { location: placed(part.location), ..part });
        Some(Finding {
            severity: self.class.map_or(self.rule.severity, |class| class.limit(self.rule.severity)),
            class: self.class,
            rule: self.rule,
            confidence: probability.map_or(self.confidence, Confidence::from),
            probability,
            secret: self.secret,
            facts: self.facts,
            encodings: self.encodings,
            location: placed(self.location),
            provenance: origin.provenance.clone(),
            snippet: self.snippet,
            parts: parts.collect(),
            marks: self.marks,
        })
    }
}

/// Computes all that a report needs of `matches` in `bytes`, which are all of a blob; by ascending start of the secret.
pub(crate) fn sight(bytes: &[u8], matches: &[Match], context: &Context<'_>) -> Vec<Sighting> {
    sight_passage(&Passage::whole(bytes), matches, context)
}

/// The same for a part of a blob: `matches` are all in the passage; those it owns are reported.
pub(crate) fn sight_passage(
    passage: &Passage<'_>,
    matches: &[Match],
    context: &Context<'_>,
) -> Vec<Sighting> {
    sight_wanted(passage, matches, &Wanted::Owned(passage.owned.clone()), context)
}

/// The same for a blob whose other matches are reported elsewhere: `chosen` are some of `matches`, ascending.
pub(crate) fn sight_chosen(
    bytes: &[u8],
    matches: &[Match],
    chosen: &[Match],
    context: &Context<'_>,
) -> Vec<Sighting> {
    sight_wanted(&Passage::whole(bytes), matches, &Wanted::Chosen(chosen), context)
}

/// Which matches are reported.
enum Wanted<'m> {
    /// Those that start here; a neighbour reports the others.
    Owned(Range<usize>),
    /// These, which ascend; others are reported elsewhere.
    Chosen(&'m [Match]),
}

impl Wanted<'_> {
    /// Whether `credential`, one of `all`, is reported: as a part of another one it is not, unless that one is not reported
    /// together with it.
    fn holds(&self, credential: &Credential, all: &[Credential]) -> bool {
        let whole = credential.part_of.map(|at| &all[at].found);
        match self {
            Self::Owned(starts) => whole.is_none() && starts.contains(&credential.found.span.start),
            Self::Chosen(chosen) => {
                let is_chosen = |found: &Match| chosen.binary_search(found).is_ok();
                is_chosen(&credential.found) && !whole.is_some_and(is_chosen)
            }
        }
    }
}

fn sight_wanted(
    passage: &Passage<'_>,
    matches: &[Match],
    wanted: &Wanted<'_>,
    context: &Context<'_>,
) -> Vec<Sighting> {
    if !matches.iter().any(|found| passage.owned.contains(&found.span.start)) {
        return Vec::new();
    }
    let all = context.scanner.credentials(passage.bytes, matches);
    let mut reported: Vec<&Credential> =
        all.iter().filter(|credential| wanted.holds(credential, &all)).collect();
    reported.sort_by_key(|credential| credential.found.secret);
    let secret_parts = all.iter().flat_map(|credential| &credential.parts).filter(|part| part.secret);
    let hidden = matches.iter().map(Hiding::of).chain(secret_parts.map(|part| Hiding::plain(part.span)));
    let view = View {
        passage,
        context,
        masks: Masks::new(passage.bytes, hidden),
        places: locate_all(passage, &reported),
    };
    let found: Vec<Match> = reported.iter().map(|credential| credential.found).collect();
    let values = context.scanner.values(passage.bytes, &found);
    reported.into_iter().zip(values).map(|(credential, value)| view.sighting(credential, value)).collect()
}

/// What sightings of a passage are made from.
struct View<'v> {
    passage: &'v Passage<'v>,
    context: &'v Context<'v>,
    masks: Masks<'v>,
    places: HashMap<Span, Location>,
}

impl View<'_> {
    fn sighting(&self, credential: &Credential, value: Value<'_>) -> Sighting {
        let found = &credential.found;
        let matched =
            if value.encodings.is_empty() { plain(self.bytes(found.span)) } else { value.bytes.clone() };
        Sighting {
            found: *found,
            rule: Arc::clone(self.context.scanner.info(found.rule)),
            class: self.context.scanner.class(found.rule, &matched),
            confidence: credential.confidence,
            facts: self.context.scanner.facts(found.rule, &value.bytes),
            secret: self.context.fingerprinter.seal(&value.bytes),
            encodings: value.encodings,
            location: self.places[&found.secret].clone(),
            snippet: self.masks.snippet(found.secret),
            parts: credential.parts.iter().map(|part| self.part(part)).collect(),
            marks: marks(self.passage.bytes, found.secret),
        }
    }

    fn part(&self, part: &FoundPart) -> Part {
        let value = if part.secret {
            PartValue::Secret(self.seal(part.span))
        } else {
            let value = plain(self.bytes(part.span));
            PartValue::Identifier(String::from_utf8_lossy(&value).into_owned())
        };
        Part { name: Arc::clone(&part.name), value, location: self.places[&part.span].clone() }
    }

    fn seal(&self, span: Span) -> Secret {
        self.context.fingerprinter.seal(&plain(self.bytes(span)))
    }

    fn bytes(&self, span: Span) -> &[u8] {
        &self.passage.bytes[span.range()]
    }
}

/// The marks on the first and the last line of `secret`. A line may be a whole file; where its ends are not near it is no place
/// for a comment, and half of one must not be taken for a whole.
fn marks(bytes: &[u8], secret: Span) -> Vec<Mark> {
    /// Bytes from a secret to the ends of its line, at most.
    const NEAR: usize = 2048;
    let before = &bytes[secret.start.saturating_sub(NEAR)..secret.start];
    let after = &bytes[secret.end..bytes.len().min(secret.end + NEAR)];
    let is_whole = (before.len() == secret.start || before.contains(&b'\n'))
        && (secret.end + after.len() == bytes.len() || after.contains(&b'\n'));
    if !is_whole {
        return Vec::new();
    }
    let first = memchr::memrchr(b'\n', before).map_or(before, |at| &before[at + 1..]);
    let last = memchr::memchr(b'\n', after).map_or(after, |at| &after[..at]);
    let mut marks = Mark::all_in(first);
    // A key of several lines may have one on the line that opens it.
    let value = &bytes[secret.range()];
    let opening = memchr::memchr(b'\n', value).map_or(&b""[..], |at| &value[..at]);
    marks.extend(Mark::all_in(opening));
    marks.extend(Mark::all_in(last));
    marks
}

/// The places of all secrets and parts, in one walk over the passage.
fn locate_all(passage: &Passage<'_>, credentials: &[&Credential]) -> HashMap<Span, Location> {
    let parts = credentials.iter().flat_map(|credential| &credential.parts).map(|part| part.span);
    let mut spans: Vec<Span> =
        credentials.iter().map(|credential| credential.found.secret).chain(parts).collect();
    spans.sort_unstable();
    spans.dedup();
    let (mut cursor, mut reached) = (passage.start, 0);
    let locate_one = |span: Span| {
        cursor.advance(&passage.bytes[reached..span.start]);
        reached = span.start;
        (span, locate(cursor, &passage.bytes[span.range()], passage.base + span.start))
    };
    spans.into_iter().map(locate_one).collect()
}

/// The place of `value`, which begins at `cursor` and at the offset `byte_start`.
fn locate(cursor: Cursor, value: &[u8], byte_start: usize) -> Location {
    let (last, ends_line) = match value {
        [before @ .., b'\n'] => (cursor.after(before), 1),
        value => (cursor.after(value), 0),
    };
    Location {
        path: String::new(),
        line: cursor.line(),
        column: cursor.column(),
        end_line: last.line(),
        end_column: last.column() + ends_line,
        byte_start,
        byte_end: byte_start + value.len(),
    }
}
