//! From a match to its value: what is encoded is decoded again, because a match holds places only.

use std::{borrow::Cow, collections::HashMap};

use stanch_model::{Encoding, Span};

use crate::{
    Inner, Match, Scanner,
    decode::{Budget, DEPTH_MAX, Run, decoded_value, each_run},
    matches::Wrapping,
    sieve::Room,
    text::plain,
};

/// More of a text does not bear on whether the learned judge takes something in it for a secret.
const AROUND_BYTES: usize = 8 << 10;

/// The secret of a match, as it opens something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Value<'b> {
    /// Its bytes: decoded, and of UTF-16 one byte a character.
    pub bytes: Cow<'b, [u8]>,
    /// What it was decoded from, outermost first.
    pub encodings: Vec<Encoding>,
}

impl Scanner {
    /// The values of `matches`, all of them in `bytes`, in their order. Each run of encoded bytes is decoded once.
    pub fn values<'b>(&self, bytes: &'b [u8], matches: &[Match]) -> Vec<Value<'b>> {
        let plainly = |found: &Match| wrapped(plain(&bytes[found.secret.range()]), Vec::new(), found.inner);
        let mut values: Vec<Value<'b>> = matches.iter().map(plainly).collect();
        let mut runs: HashMap<Span, Vec<(usize, Inner)>> = HashMap::new();
        for (place, found) in matches.iter().enumerate() {
            if let Some(inner) = found.inner.filter(|inner| inner.is_within()) {
                runs.entry(found.span).or_default().push((place, inner));
            }
        }
        for (span, mut wanted) in runs {
            wanted.sort_unstable_by_key(|(_, inner)| inner.text);
            let Some(encoding) = wanted.first().map(|(_, inner)| inner.run) else { continue };
            let (encoded, run) = (&bytes[span.range()], Run { span: Span::new(0, span.len()), encoding });
            Texts::of(self).visit(encoded, run, &mut Vec::new(), &mut |number, text, encodings| {
                let first = wanted.partition_point(|(_, inner)| inner.text < number);
                for (place, inner) in wanted[first..].iter().take_while(|(_, inner)| inner.text == number) {
                    let value = text.get(inner.start as usize..inner.end as usize).unwrap_or_default();
                    let value = Cow::Owned(plain(value).into_owned());
                    values[*place] = wrapped(value, encodings.to_vec(), Some(*inner));
                }
            });
        }
        values
    }

    /// What of a decoded text is around a match in it, and the place of its secret there; none for another match.
    pub(crate) fn text_around(&self, bytes: &[u8], found: &Match) -> Option<(Vec<u8>, Span)> {
        let inner = found.inner.filter(|inner| inner.is_within())?;
        let run = Run { span: Span::new(0, found.span.len()), encoding: inner.run };
        let mut held = None;
        Texts::of(self).visit(&bytes[found.span.range()], run, &mut Vec::new(), &mut |number, text, _| {
            if number == inner.text {
                let (start, end) = (inner.start as usize, inner.end as usize);
                let from = start.saturating_sub(AROUND_BYTES);
                let around = text[from..text.len().min(end + AROUND_BYTES)].to_vec();
                held = Some((around, Span::new(start - from, end - from)));
            }
        });
        held
    }
}

/// A value that may be encoded by itself.
fn wrapped(bytes: Cow<'_, [u8]>, mut encodings: Vec<Encoding>, inner: Option<Inner>) -> Value<'_> {
    if inner.is_some_and(|inner| inner.wrapping == Wrapping::Base64)
        && let Some(decoded) = decoded_value(&bytes)
    {
        encodings.push(Encoding::Base64);
        return Value { bytes: Cow::Owned(decoded), encodings };
    }
    Value { bytes, encodings }
}

/// The texts in a run, in the order in which a scan meets them.
struct Texts<'t> {
    scanner: &'t Scanner,
    room: Room,
    budget: Budget,
    met: u32,
}

/// Takes the number of a text, its bytes, and what they were decoded from.
type Visit<'v> = dyn FnMut(u32, &[u8], &[Encoding]) + 'v;

impl<'t> Texts<'t> {
    /// None was met yet.
    fn of(scanner: &'t Scanner) -> Self {
        Self { scanner, room: Room::default(), budget: Budget::of_run(), met: 0 }
    }

    /// Visits the text of a run, then those within it, and tells where the run ends.
    fn visit(
        &mut self,
        bytes: &[u8],
        run: Run,
        encodings: &mut Vec<Encoding>,
        visit: &mut Visit<'_>,
    ) -> Option<usize> {
        let text = run.decode(bytes, &mut self.budget)?;
        self.met += 1;
        encodings.push(run.encoding);
        visit(self.met, &text.bytes, encodings);
        if encodings.len() < DEPTH_MAX {
            let spots = self.scanner.spots(&mut self.room, &text.bytes);
            each_run(&text.bytes, spots, usize::MAX, |run| self.visit(&text.bytes, run, encodings, visit));
        }
        encodings.pop();
        Some(text.run.span.end)
    }
}
