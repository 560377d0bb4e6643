//! Views of content that is not plain 8-bit text.
//!
//! Rules match bytes, so UTF-8 and Latin-1 scan as they are. UTF-16, in whole files and in the strings of programs,
//! has a NUL beside each ASCII character: [`WideText`] finds runs of such text, of either byte order and at any
//! alignment, narrows them to one byte a character, and leads matches back to the bytes they came from. UTF-32 is not
//! looked for.

use std::{borrow::Cow, ops::Range};

use stanch_model::Span;

use crate::Match;

/// How the characters of a text are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encoding {
    /// One byte or more for each: UTF-8, Latin-1, or no text at all.
    Narrow,
    /// UTF-16.
    Wide(ByteOrder),
}

/// Which byte of a UTF-16 unit comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ByteOrder {
    /// The low one, as Windows writes it.
    Little,
    /// The high one.
    Big,
}

impl ByteOrder {
    /// The unit that these bytes are.
    pub(crate) fn unit(self, bytes: [u8; 2]) -> u16 {
        match self {
            Self::Little => u16::from_le_bytes(bytes),
            Self::Big => u16::from_be_bytes(bytes),
        }
    }
}

impl Encoding {
    /// The encoding of a text that begins with `head`: by its byte order mark, or because it begins with UTF-16.
    pub(crate) fn of(head: &[u8]) -> Self {
        match head {
            [0xFF, 0xFE, ..] => Self::Wide(ByteOrder::Little),
            [0xFE, 0xFF, ..] => Self::Wide(ByteOrder::Big),
            _ if alternation_around(head, 0, 0).len() < ALTERNATION_MIN => Self::Narrow,
            [0, ..] => Self::Wide(ByteOrder::Big),
            _ => Self::Wide(ByteOrder::Little),
        }
    }
}

/// The characters of `secret` as single bytes where it is ASCII in UTF-16, so that it is the same secret in every
/// encoding; as it is otherwise.
pub fn plain(secret: &[u8]) -> Cow<'_, [u8]> {
    let is_wide = secret.len() >= 4
        && secret.len().is_multiple_of(2)
        && alternation_around(secret, 0, 0).len() == secret.len();
    if is_wide { secret.iter().copied().filter(|&byte| byte != 0).collect() } else { secret.into() }
}

/// Fewest characters in a row that make text; shorter ones are what tables of numbers look like.
const CHARACTERS_MIN: usize = 8;

/// As many bytes, NULs and characters in turns.
const ALTERNATION_MIN: usize = 2 * CHARACTERS_MIN;

/// What a unit outside ASCII becomes: a byte outside every ASCII class.
const FOREIGN: u8 = 0xFF;

/// How many units outside ASCII in a row a run may hold.
const FOREIGN_MAX: usize = 4;

/// Stands between runs: no pattern of ASCII classes, of white space or of `.` crosses all of it.
const SEPARATOR: &[u8] = b"\xFF\n\xFF";

/// Characters narrowed at a time, and how many of them neighbouring pieces share on either side: a match, with the
/// context it needs, must fit in there.
const PIECE_CHARACTERS: usize = 1 << 20;
const OVERLAP_CHARACTERS: usize = 64 << 10;

/// Whether any of `regions` of `bytes` holds UTF-16 text.
pub(crate) fn holds_wide(bytes: &[u8], regions: &[Span]) -> bool {
    regions.iter().any(|region| {
        let from = region.start.saturating_sub(ALTERNATION_MIN);
        let to = bytes.len().min(region.end.saturating_add(ALTERNATION_MIN));
        let near = bytes.get(from..to).unwrap_or_default();
        memchr::memchr(0, near).is_some_and(|nul| next_alternation(near, nul.saturating_sub(1)).is_some())
    })
}

/// The UTF-16 text of a blob, a bounded piece at a time; its buffers are reused from blob to blob.
#[derive(Default)]
pub(crate) struct WideText {
    narrow: Vec<u8>,
    runs: Vec<Run>,
    owned_start: usize,
}

/// Where a part of the narrowed text comes from.
#[derive(Clone, Copy)]
struct Run {
    /// Its place in the narrowed text.
    span: Span,
    /// Offset of its first unit in the blob.
    origin: usize,
}

/// Narrowed text to scan, and the way back.
pub(crate) struct Piece<'t> {
    /// One byte a character, runs apart from each other.
    pub(crate) bytes: &'t [u8],
    runs: &'t [Run],
    owned: Range<usize>,
}

impl Piece<'_> {
    /// Replaces the matches from `first` on, which are in this piece, by those in the blob that they stand for. A match
    /// that a neighbouring piece reports, or that is not within one run, goes.
    pub(crate) fn widen(&self, matches: &mut Vec<Match>, first: usize) {
        let mut kept = first;
        for at in first..matches.len() {
            if let Some(original) = self.original(matches[at]) {
                matches[kept] = original;
                kept += 1;
            }
        }
        matches.truncate(kept);
    }

    fn original(&self, found: Match) -> Option<Match> {
        if !self.owned.contains(&found.span.start) {
            return None;
        }
        let after = self.runs.partition_point(|run| run.span.start <= found.span.start);
        let run = self.runs[after.checked_sub(1)?];
        let offset = |narrow: usize| run.origin + 2 * (narrow - run.span.start);
        let widen = |span: Span| Span::new(offset(span.start), offset(span.end));
        run.span.contains(found.span).then(|| Match {
            span: widen(found.span),
            secret: widen(found.secret),
            ..found
        })
    }
}

impl WideText {
    /// Gives `scan` all UTF-16 text of `bytes`.
    pub(crate) fn each_piece(&mut self, bytes: &[u8], mut scan: impl FnMut(&Piece<'_>)) {
        self.narrow.clear();
        self.runs.clear();
        self.owned_start = 0;
        let encoding = Encoding::of(bytes);
        let mut order = ByteOrder::Little;
        let mut done = 0;
        while let Some(alternation) = next_alternation(bytes, done) {
            order = match encoding {
                Encoding::Wide(order) => order,
                Encoding::Narrow => order_of(&bytes[alternation.clone()]).unwrap_or(order),
            };
            let start = first_unit(bytes, &alternation, order, done);
            done = self.append_run(bytes, start, order, &mut scan).max(alternation.end);
        }
        if self.narrow.len() > self.owned_start {
            self.give(self.narrow.len(), &mut scan);
        }
    }

    /// Narrows the units from `start` on, up to a NUL or too many outside ASCII; returns where it ended.
    fn append_run(
        &mut self,
        bytes: &[u8],
        start: usize,
        order: ByteOrder,
        scan: &mut impl FnMut(&Piece<'_>),
    ) -> usize {
        self.narrow.extend_from_slice(SEPARATOR);
        let at = self.narrow.len();
        self.runs.push(Run { span: Span::new(at, at), origin: start });
        let (mut end, mut foreign) = (start, 0);
        for pair in bytes[start..].chunks_exact(2) {
            let Some(narrow) = narrowed(order.unit([pair[0], pair[1]])) else { break };
            foreign = if narrow == FOREIGN { foreign + 1 } else { 0 };
            self.narrow.push(narrow);
            end += 2;
            if foreign > FOREIGN_MAX {
                break;
            }
            if self.narrow.len() >= PIECE_CHARACTERS + OVERLAP_CHARACTERS {
                self.end_run();
                self.slide(scan);
            }
        }
        self.narrow.truncate(self.narrow.len() - foreign);
        self.end_run();
        end - 2 * foreign
    }

    fn end_run(&mut self) {
        let end = self.narrow.len();
        if let Some(run) = self.runs.last_mut() {
            run.span.end = end;
        }
    }

    /// Hands out all that has enough text after it, and drops all that later matches do not need before them.
    fn slide(&mut self, scan: &mut impl FnMut(&Piece<'_>)) {
        let owned_end = self.narrow.len() - OVERLAP_CHARACTERS;
        self.give(owned_end, scan);
        let cut = owned_end - OVERLAP_CHARACTERS;
        self.narrow.drain(..cut);
        self.owned_start = owned_end - cut;
        self.runs.retain_mut(|run| {
            let before = cut.saturating_sub(run.span.start);
            run.origin += 2 * before;
            run.span = Span::new(run.span.start.max(cut) - cut, run.span.end.max(cut) - cut);
            !run.span.is_empty()
        });
    }

    fn give(&self, owned_end: usize, scan: &mut impl FnMut(&Piece<'_>)) {
        scan(&Piece { bytes: &self.narrow, runs: &self.runs, owned: self.owned_start..owned_end });
    }
}

/// UTF-16 text around a match, one byte a character.
pub(crate) struct Narrowed {
    /// The text.
    pub(crate) bytes: Vec<u8>,
    origin: usize,
}

impl Narrowed {
    /// The text up to `reach` characters around `span`, where what stands there is UTF-16.
    pub(crate) fn around(bytes: &[u8], span: Span, reach: usize) -> Option<Self> {
        let order = match plain(&bytes[span.range()]) {
            Cow::Borrowed(_) => return None,
            Cow::Owned(_) if bytes[span.start] == 0 => ByteOrder::Big,
            Cow::Owned(_) => ByteOrder::Little,
        };
        let unit = |pair: &[u8]| narrowed(order.unit([pair[0], pair[1]]));
        let before = bytes[..span.start].rchunks_exact(2).take(reach).map_while(unit).count();
        let origin = span.start - 2 * before;
        let length = before + span.len() / 2 + reach;
        Some(Self { bytes: bytes[origin..].chunks_exact(2).take(length).map_while(unit).collect(), origin })
    }

    /// Where `span` of the original is in the text.
    pub(crate) fn narrow(&self, span: Span) -> Span {
        Span::new((span.start - self.origin) / 2, (span.end - self.origin) / 2)
    }

    /// Where `span` of the text is in the original.
    pub(crate) fn widen(&self, span: Span) -> Span {
        Span::new(self.origin + 2 * span.start, self.origin + 2 * span.end)
    }
}

/// A unit as one byte; none for NUL, which ends strings.
fn narrowed(unit: u16) -> Option<u8> {
    match u8::try_from(unit) {
        Ok(0) => None,
        Ok(byte) if is_text(byte) => Some(byte),
        _ => Some(FOREIGN),
    }
}

fn is_text(byte: u8) -> bool {
    matches!(byte, b' '..=b'~' | b'\t' | b'\n' | b'\r')
}

/// The byte order that the ends of an alternation tell, if they do.
fn order_of(alternation: &[u8]) -> Option<ByteOrder> {
    match (alternation.first()?, alternation.last()?) {
        (0, 0) => None,
        (0, _) => Some(ByteOrder::Big),
        (_, 0) => Some(ByteOrder::Little),
        _ => None,
    }
}

/// Where the run around an alternation begins: with its first whole unit or before, where ASCII goes on beyond a few
/// units outside of it; not before `floor`.
fn first_unit(bytes: &[u8], alternation: &Range<usize>, order: ByteOrder, floor: usize) -> usize {
    let begins_with_nul = bytes[alternation.start] == 0;
    let begins_within = begins_with_nul != (order == ByteOrder::Big);
    let mut first = alternation.start + usize::from(begins_within);
    let mut foreign = 0;
    for pair in bytes[floor..first].rchunks_exact(2) {
        match narrowed(order.unit([pair[0], pair[1]])) {
            Some(FOREIGN) if foreign < FOREIGN_MAX => foreign += 1,
            None | Some(FOREIGN) => break,
            Some(_) => {
                first -= 2 * (foreign + 1);
                foreign = 0;
            }
        }
    }
    first
}

/// The next stretch from `from` on, as long as it goes, in which NULs and ASCII characters alternate and that is long
/// enough to be text.
fn next_alternation(bytes: &[u8], from: usize) -> Option<Range<usize>> {
    // A stretch that is long enough holds eight bytes at a multiple of eight, wherever it begins.
    let first = from.next_multiple_of(8).min(bytes.len());
    let words = bytes[first..].chunks_exact(8).map(|word| word.first_chunk().expect("eight bytes"));
    let candidates = words.enumerate().filter(|(_, word)| alternates(u64::from_le_bytes(**word)));
    candidates
        .map(|(number, _)| alternation_around(bytes, first + 8 * number, from))
        .find(|stretch| stretch.len() >= ALTERNATION_MIN)
}

/// Whether one half of the bytes are NUL and the others ASCII text, in turns.
fn alternates(word: u64) -> bool {
    const EVEN: u64 = 0x00FF_00FF_00FF_00FF;
    let (even, odd) = (word & EVEN, (word >> 8) & EVEN);
    let characters = (even | odd).to_le_bytes();
    (even == 0) != (odd == 0) && characters.iter().step_by(2).all(|&byte| is_text(byte))
}

/// The alternation that holds `at`, as far as it goes, not before `floor`.
fn alternation_around(bytes: &[u8], at: usize, floor: usize) -> Range<usize> {
    let is_step = |&(first, second): &(&u8, &u8)| match (*first, *second) {
        (0, other) | (other, 0) => is_text(other),
        _ => false,
    };
    let (before, after) = (&bytes[floor..bytes.len().min(at + 1)], &bytes[at..]);
    let backwards = before.iter().rev().zip(before.iter().rev().skip(1)).take_while(is_step).count();
    let forwards = after.iter().zip(after.iter().skip(1)).take_while(is_step).count();
    at - backwards..bytes.len().min(at + forwards + 1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use stanch_model::Confidence;

    use super::*;
    use crate::{Pending, RuleId};

    fn wide(text: &str, order: ByteOrder) -> Vec<u8> {
        let bytes = |unit: u16| match order {
            ByteOrder::Little => unit.to_le_bytes(),
            ByteOrder::Big => unit.to_be_bytes(),
        };
        text.encode_utf16().flat_map(bytes).collect()
    }

    /// Every run of `bytes`: where it begins, and its narrowed text.
    fn runs(bytes: &[u8]) -> Vec<(usize, Vec<u8>)> {
        let mut runs = Vec::new();
        WideText::default().each_piece(bytes, |piece| {
            runs.extend(piece.runs.iter().map(|run| (run.origin, piece.bytes[run.span.range()].to_vec())));
        });
        runs
    }

    #[test]
    fn encodings_are_told_by_their_mark_or_their_beginning() {
        use ByteOrder::{Big, Little};
        assert_eq!(Encoding::of(b""), Encoding::Narrow);
        assert_eq!(Encoding::of(b"plain text, all of it"), Encoding::Narrow);
        for order in [Little, Big] {
            assert_eq!(Encoding::of(&wide("\u{feff}\u{e9}", order)), Encoding::Wide(order));
            assert_eq!(Encoding::of(&wide("key = value", order)), Encoding::Wide(order));
            assert_eq!(Encoding::of(&wide("few", order)), Encoding::Narrow);
        }
    }

    #[test]
    fn runs_keep_foreign_units_and_end_at_nul() {
        for order in [ByteOrder::Little, ByteOrder::Big] {
            let text = wide("\u{feff}caf\u{e9} password = 1\0another string\0short\0", order);
            let found = runs(&text);
            let texts: Vec<&[u8]> = found.iter().map(|(_, text)| text.as_slice()).collect();
            assert_eq!(texts, [&b"caf\xFF password = 1"[..], b"another string"], "{order:?}");
            assert_eq!((found[0].0, found[1].0), (2, 38));
        }
    }

    #[test]
    fn a_secret_is_the_same_in_every_encoding() {
        let text = "q8Zk2LmP0vRt";
        for order in [ByteOrder::Little, ByteOrder::Big] {
            assert_eq!(plain(&wide(text, order)), text.as_bytes());
        }
        for other in [&b"q8Zk"[..], b"a\0", b"a\0b", b"a\0b\0\0c", b""] {
            assert_eq!(plain(other), other);
        }
    }

    #[test]
    fn pieces_overlap_and_share_out_what_they_find() {
        let line = "0123456789abcde\n";
        let text = wide(&line.repeat(3 * PIECE_CHARACTERS / line.len()), ByteOrder::Little);
        let mut found = Vec::new();
        let mut pieces = 0;
        WideText::default().each_piece(&text, |piece| {
            assert!(piece.bytes.len() <= PIECE_CHARACTERS + OVERLAP_CHARACTERS);
            pieces += 1;
            let first = found.len();
            let lines = memchr::memmem::find_iter(piece.bytes, line).map(|at| Span::new(at, at + line.len()));
            found.extend(lines.map(|span| Match {
                span,
                secret: span,
                rule: RuleId(0),
                confidence: Confidence::Low,
                odds: None,
                pending: Pending::default(),
                inner: None,
            }));
            piece.widen(&mut found, first);
        });
        let spans: Vec<Span> = found.iter().map(|found| found.span).collect();
        let bytes = 2 * line.len();
        let expected: Vec<Span> =
            (0..text.len() / bytes).map(|at| Span::new(at * bytes, (at + 1) * bytes)).collect();
        assert!(pieces > 2 && spans == expected);
    }

    #[test]
    fn a_match_across_runs_is_none() {
        let text = wide("one of the runs\0another of them", ByteOrder::Little);
        let mut found = Vec::new();
        WideText::default().each_piece(&text, |piece| {
            let span = Span::new(3, piece.bytes.len());
            found.push(Match {
                span,
                secret: span,
                rule: RuleId(0),
                confidence: Confidence::Low,
                odds: None,
                pending: Pending::default(),
                inner: None,
            });
            piece.widen(&mut found, 0);
        });
        assert!(found.is_empty());
    }

    proptest! {
        #[test]
        fn every_run_stands_where_it_says(
            pieces in prop::collection::vec(prop_oneof![
                prop::collection::vec(any::<u8>(), 0..40),
                "[ -~]{0,30}".prop_map(|text| wide(&text, ByteOrder::Little)),
                "[ -~]{0,30}".prop_map(|text| wide(&text, ByteOrder::Big)),
                "[ -~]{0,30}".prop_map(String::into_bytes),
                prop::collection::vec(Just(0u8), 0..40),
            ], 0..12)
        ) {
            let bytes = pieces.concat();
            let found = runs(&bytes);
            for (origin, text) in &found {
                for (at, &character) in text.iter().enumerate() {
                    let unit = &bytes[origin + 2 * at..][..2];
                    prop_assert!(character == FOREIGN || unit == [character, 0] || unit == [0, character]);
                }
            }
            prop_assert!(found.is_sorted());
            let is_found = found.iter().any(|(_, text)| !text.is_empty());
            prop_assert_eq!(holds_wide(&bytes, &[Span::new(0, bytes.len())]), is_found);
        }
    }
}
