//! From a match in bytes to something a person can be shown.

use std::sync::Arc;

use stanch_engine::{Cursor, Match, plain};
use stanch_model::{Confidence, Finding, Location, RuleInfo, Secret, Snippet, Span};

use crate::{Context, Origin, chunks::Passage, snippet::Masks};

/// A finding that does not know yet where its bytes come from.
#[derive(Clone, Debug)]
pub struct Sighting {
    /// The rule that matched.
    pub rule: Arc<RuleInfo>,
    /// How sure we are.
    pub confidence: Confidence,
    /// The secret.
    pub secret: Secret,
    /// Where it stands; the path is still empty.
    pub location: Location,
    /// The masked line.
    pub snippet: Option<Snippet>,
}

impl Sighting {
    /// The finding at `origin`.
    pub fn at(self, origin: &Origin) -> Finding {
        Finding {
            severity: self.rule.severity,
            rule: self.rule,
            confidence: self.confidence,
            secret: self.secret,
            location: Location { path: origin.path.clone(), ..self.location },
            provenance: origin.provenance.clone(),
            snippet: self.snippet,
        }
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
    let mut owned: Vec<&Match> =
        matches.iter().filter(|found| passage.owned.contains(&found.span.start)).collect();
    if owned.is_empty() {
        return Vec::new();
    }
    owned.sort_by_key(|found| found.secret);
    let masks = Masks::new(passage.bytes, matches);
    let (mut cursor, mut reached) = (passage.start, 0);
    let sight_one = |found: &Match| {
        let Span { start, end } = found.secret;
        cursor.advance(&passage.bytes[reached..start]);
        reached = start;
        let value = &passage.bytes[start..end];
        Sighting {
            rule: Arc::clone(context.scanner.info(found.rule)),
            confidence: found.confidence,
            secret: context.fingerprinter.seal(&plain(value)),
            location: locate(cursor, value, passage.base + start),
            snippet: masks.snippet(found.secret),
        }
    };
    owned.into_iter().map(sight_one).collect()
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
