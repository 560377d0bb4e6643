//! What of a blob must be scanned when its base has been: the bytes its delta brings along, and the surroundings of every
//! place where bytes meet that did not meet in the base. All other matches are those of the base, moved.

use stanch_engine::{Match, Scanner};
use stanch_model::Span;

use super::delta::{Delta, Op};

/// Appends to `regions` the parts of the object made by `delta` in which a match can begin that its base does not have:
/// ascending, apart from each other, each byte whose neighbours within `margin` are not the same as in the base.
pub(super) fn regions(delta: &Delta, margin: usize, regions: &mut Vec<Span>) {
    let mut add = |start: usize, end: usize| {
        let span = Span::new(start.saturating_sub(margin), end.saturating_add(margin).min(delta.len()));
        match regions.last_mut() {
            Some(last) if last.end >= span.start => last.end = last.end.max(span.end),
            _ => regions.push(span),
        }
    };
    let mut made = 0;
    for op in delta.ops() {
        match *op {
            Op::Insert { len, .. } => add(made, made + len),
            Op::Copy { from, len } => {
                if from != 0 || made != 0 {
                    add(made, made);
                }
                let end = made + len;
                if from + len != delta.base_len() || end != delta.len() {
                    add(end, end);
                }
            }
        }
        made += op.len();
    }
}

/// Appends to `raw` the matches of the base, ascending in `base`, on whose verdict only bytes of one copy bear.
pub(super) fn inherit(scanner: &Scanner, delta: &Delta, base: &[Match], raw: &mut Vec<Match>) {
    if base.is_empty() {
        return;
    }
    let mut made = 0;
    for op in delta.ops() {
        if let Op::Copy { from, len } = *op {
            let copy = Copy { from, to: made, len, base_len: delta.base_len(), len_made: delta.len() };
            let first = base.partition_point(|found| found.span.start < from);
            let candidates = base[first..].iter().take_while(|found| found.span.start < from + len);
            let kept = candidates.filter(|found| copy.holds(found, scanner.influence(found)));
            raw.extend(kept.map(|found| copy.moved(found)));
        }
        made += op.len();
    }
}

/// Bytes that base and result share.
struct Copy {
    from: usize,
    to: usize,
    len: usize,
    base_len: usize,
    len_made: usize,
}

impl Copy {
    /// Whether all that bears on `found` is in the copy; an end of the base counts as such if it is one of the result too.
    fn holds(&self, found: &Match, (before, after): (usize, usize)) -> bool {
        let start = found.span.start;
        let at_start = self.from == 0 && self.to == 0;
        let at_end = self.from + self.len == self.base_len && self.to + self.len == self.len_made;
        let begins = start.checked_sub(before).is_some_and(|window| window >= self.from);
        let ends = start.saturating_add(after) <= self.from + self.len;
        (begins || at_start) && (ends || at_end)
    }

    fn moved(&self, found: &Match) -> Match {
        let shift = |span: Span| Span::new(span.start - self.from + self.to, span.end - self.from + self.to);
        Match { span: shift(found.span), secret: shift(found.secret), ..*found }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use proptest::prelude::*;
    use stanch_engine::RuleSet;

    use super::*;

    /// A rule that needs its neighbours, one that needs a word up to 60 bytes away, one that needs a part that far away.
    const RULES: &str = r#"
provider = "Test"

[[rule]]
id = "test-token"
name = "Test token"
description = "Opens nothing."
pattern = '''\b(?P<secret>tok_[a-z0-9]{6,12})\b'''
severity = "low"
confidence = "high"
tags = []
references = ["https://example.org"]
examples = ["tok_${lowernum:8}"]
negatives = ["tok_"]

[[rule]]
id = "test-pin"
name = "Test pin"
description = "Opens nothing."
pattern = '''\bpin_[0-9]{4}\b'''
severity = "low"
confidence = "low"
tags = []
references = ["https://example.org"]
examples = ["vault pin_${digit:4}"]
negatives = ["pin_${digit:4}"]
context = { words = ["vault"], within_bytes = 60 }

[[rule]]
id = "test-code"
name = "Test code"
description = "Opens nothing."
pattern = '\bcode_[0-9]{4}\b'
severity = "low"
confidence = "low"
tags = []
references = ["https://example.org"]
examples = ["room 4 code_${digit:4}"]
negatives = ["code_${digit:4}"]

[[rule.part]]
name = "room"
pattern = '\broom [0-9]\b'
within_bytes = 60
required = true
"#;

    static SCANNER: LazyLock<Scanner> =
        LazyLock::new(|| Scanner::new(RuleSet::parse("test.toml", RULES).expect("valid rules")));

    /// Pieces that together often make a match, and often break one.
    fn text(kind: u8) -> Vec<u8> {
        let pieces: [&[u8]; 11] = [
            b"tok_",
            b"q8zk2l",
            b" ",
            b"pin_4711",
            b" vault ",
            b"\n",
            b"tok_m5x9w2r7",
            b"x",
            b" code_4713 ",
            b" room 4",
            b" room 7 ",
        ];
        let filler = vec![b'.'; usize::from(kind) * 3];
        pieces.get(usize::from(kind) % 12).map_or(filler, |piece| piece.to_vec())
    }

    fn scan(bytes: &[u8], regions: &[Span]) -> Vec<Match> {
        let mut raw = Vec::new();
        SCANNER.scan_regions(&mut SCANNER.scratch(), bytes, regions, &mut raw);
        raw.sort_unstable();
        raw.dedup();
        raw
    }

    proptest! {
        #[test]
        fn what_is_inherited_and_what_is_scanned_make_a_whole_scan(
            base in prop::collection::vec(any::<u8>(), 0..60),
            programs in prop::collection::vec(
                prop::collection::vec((any::<u8>(), any::<u16>(), any::<u16>()), 1..10),
                1..4,
            ),
        ) {
            let mut bytes: Vec<u8> = base.into_iter().flat_map(text).collect();
            let mut known = scan(&bytes, &[Span::new(0, bytes.len())]);
            for program in programs {
                let (delta, made) = Delta::made_of(&program, &bytes, text);
                let mut parts = Vec::new();
                regions(&delta, SCANNER.margin(), &mut parts);
                let mut raw = scan(&made, &parts);
                inherit(&SCANNER, &delta, &known, &mut raw);
                raw.sort_unstable();
                raw.dedup();
                prop_assert_eq!(&raw, &scan(&made, &[Span::new(0, made.len())]));
                (bytes, known) = (made, raw);
            }
        }
    }
}
