//! The masked line around a secret.

use memchr::{memchr, memmem, memrchr};
use stanch_engine::{Match, plain};
use stanch_model::{Preview, Snippet, Span};

/// Characters of a snippet, ellipses not counted.
const CHARS_MAX: usize = 160;
/// Of these, how many stand before the secret where the line is long.
const CHARS_BEFORE: usize = 60;
/// Bytes of the line looked at on either side: enough for a full snippet of the widest characters.
const LOOK: usize = 4 * CHARS_MAX;

/// Longest secret around which a line is shown, in bytes.
const SECRET_MAX: usize = 64 << 10;

/// How [`show`] writes the first half of a line ending.
const CARRIAGE_RETURN: char = '\u{240d}';

/// Every place of a text that must not be shown.
pub(crate) struct Masks<'b> {
    bytes: &'b [u8],
    /// By ascending start, none touching another's bytes.
    masks: Vec<Mask>,
}

/// A place to hide.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Hiding {
    span: Span,
    /// How long the text is of which a preview may be shown: nothing of what is encoded.
    shown: usize,
}

impl Hiding {
    /// The place of the secret of a match.
    pub(crate) fn of(found: &Match) -> Self {
        Self { span: found.secret, shown: if found.inner.is_some() { 0 } else { found.secret.len() } }
    }

    /// The place of a secret that stands there as it is.
    pub(crate) fn plain(span: Span) -> Self {
        Self { span, shown: span.len() }
    }
}

/// Secrets that share bytes, united.
#[derive(Clone, Copy)]
struct Mask {
    span: Span,
    shortest: usize,
    encoding: Encoding,
    lines: Lines,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Lines {
    One,
    Several,
}

/// How characters are written around a secret.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Encoding {
    Utf8,
    Utf16Le,
    Utf16Be,
}

impl Encoding {
    /// Looks at the secret only: secrets are ASCII, so in UTF-16 every other byte of one is zero.
    fn of(secret: &[u8]) -> Self {
        let zeros = |from: usize| secret.iter().skip(from).step_by(2).all(|&byte| byte == 0);
        match secret.len() {
            len if len < 4 || len % 2 == 1 => Self::Utf8,
            _ if zeros(1) => Self::Utf16Le,
            _ if zeros(0) => Self::Utf16Be,
            _ => Self::Utf8,
        }
    }

    fn decode(self, bytes: &[u8]) -> String {
        let unit: fn([u8; 2]) -> u16 = match self {
            Self::Utf8 => return String::from_utf8_lossy(bytes).into_owned(),
            Self::Utf16Le => u16::from_le_bytes,
            Self::Utf16Be => u16::from_be_bytes,
        };
        let units = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
        char::decode_utf16(units).map(|char| char.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
    }
}

impl<'b> Masks<'b> {
    /// The places of the `secrets` in `bytes`.
    pub(crate) fn new(bytes: &'b [u8], secrets: impl IntoIterator<Item = Hiding>) -> Self {
        let mut hidings: Vec<Hiding> = secrets.into_iter().collect();
        hidings.sort_unstable();
        let mut masks: Vec<Mask> = Vec::with_capacity(hidings.len());
        for Hiding { span, shown } in hidings {
            match masks.last_mut() {
                Some(last) if last.span.overlaps(span) => {
                    last.span.end = last.span.end.max(span.end);
                    last.shortest = last.shortest.min(shown);
                }
                _ => masks.push(Mask {
                    span,
                    shortest: shown,
                    encoding: Encoding::of(&bytes[span.range()]),
                    lines: Lines::One,
                }),
            }
        }
        for mask in &mut masks {
            if memchr(b'\n', &bytes[mask.span.range()]).is_some() {
                mask.lines = Lines::Several;
            }
        }
        Self { bytes, masks }
    }

    /// The line on which `secret`, one of the matched ones, begins; none where it is not text, or goes on for too long: a
    /// stream that holds secrets by the thousand would be looked for around each of them.
    pub(crate) fn snippet(&self, secret: Span) -> Option<Snippet> {
        if secret.len() > SECRET_MAX {
            return None;
        }
        let own =
            self.masks[self.masks.partition_point(|mask| mask.span.start <= secret.start).checked_sub(1)?];
        let before = self.before(own);
        let after = match own.lines {
            Lines::One => self.after(own),
            Lines::Several => Side { span: Span::new(own.span.end, own.span.end), cut: true },
        };
        let left = self.render(&before, own, secret);
        let right = self.render(&after, own, secret);
        let right = right.strip_suffix(CARRIAGE_RETURN).filter(|_| !after.cut).unwrap_or(&right);
        is_text(&left, right).then(|| cut(&left, &self.preview(own), right, [before.cut, after.cut]))
    }

    fn before(&self, own: Mask) -> Side {
        let far = own.span.start.saturating_sub(LOOK);
        let (unit, near) = (own.encoding.unit(), &self.bytes[far..own.span.start]);
        let (mut start, cut) = memrchr(b'\n', near).map_or((far, far > 0), |at| (far + at + 1, false));
        if unit == 2 {
            start += (own.span.start - start) % 2;
        } else if cut {
            start += near.iter().take(3).take_while(|&&byte| byte & 0xC0 == 0x80).count();
        }
        Side { span: Span::new(start, own.span.start), cut }
    }

    fn after(&self, own: Mask) -> Side {
        let far = self.bytes.len().min(own.span.end + LOOK);
        let near = &self.bytes[own.span.end..far];
        let (end, cut) =
            memchr(b'\n', near).map_or((far, far < self.bytes.len()), |at| (own.span.end + at, false));
        Side { span: Span::new(own.span.end, end), cut }
    }

    /// The text of one side of `own`, without any secret.
    fn render(&self, side: &Side, own: Mask, secret: Span) -> String {
        let mut text = String::new();
        let mut at = side.span.start;
        for hidden in self.hidden(side.span, [own.span, secret]) {
            if at < hidden.span.start {
                show(&own.encoding.decode(&self.bytes[at..hidden.span.start]), &mut text);
            }
            if at < hidden.span.end {
                text.push_str(&hidden.text);
            }
            at = at.max(hidden.span.end);
        }
        if at < side.span.end {
            show(&own.encoding.decode(&self.bytes[at..side.span.end]), &mut text);
        }
        text
    }

    /// What to hide within `side`, by ascending start: other secrets, and where a secret stands again unmatched.
    fn hidden(&self, side: Span, own: [Span; 2]) -> Vec<Hidden> {
        let first = self.masks.partition_point(|mask| mask.span.end <= side.start);
        let near = || self.masks[first..].iter().take_while(|mask| mask.span.start < side.end);
        let clip = |span: Span| Span::new(span.start.max(side.start), span.end.min(side.end));
        let others = near().map(|mask| Hidden {
            span: clip(mask.span),
            text: if side.start <= mask.span.start { self.preview(*mask) } else { Preview::STARS.to_owned() },
        });
        let mut hidden: Vec<Hidden> = others.collect();
        for value in near().map(|mask| mask.span).chain(own).filter(|value| !value.is_empty()) {
            let from = side.start.saturating_sub(value.len());
            let to = self.bytes.len().min(side.end + value.len());
            let again = memmem::find_iter(&self.bytes[from..to], &self.bytes[value.range()])
                .map(|at| Span::new(from + at, from + at + value.len()))
                .filter(|span| span.overlaps(side));
            hidden.extend(again.map(|span| Hidden { span: clip(span), text: Preview::STARS.to_owned() }));
        }
        hidden.sort_by_key(|hidden| hidden.span);
        hidden
    }

    fn preview(&self, mask: Mask) -> String {
        let bytes = &self.bytes[mask.span.range()];
        let plain = plain(bytes);
        let shortest = mask.shortest * plain.len() / bytes.len().max(1);
        Preview::of_overlap(&plain, shortest).as_str().to_owned()
    }
}

impl Encoding {
    /// Bytes of the smallest character.
    fn unit(self) -> usize {
        if self == Self::Utf8 { 1 } else { 2 }
    }
}

/// What is looked at on one side of a secret, and whether the line goes on beyond.
struct Side {
    span: Span,
    cut: bool,
}

struct Hidden {
    span: Span,
    text: String,
}

/// Appends `text` as a terminal may safely get it: each character one column, none a command.
fn show(text: &str, out: &mut String) {
    let visible = |char: char| match char {
        '\t' => ' ',
        '\0'..='\x1f' => char::from_u32(0x2400 + u32::from(char)).unwrap_or(char::REPLACEMENT_CHARACTER),
        '\x7f' => '\u{2421}',
        // C1 controls, invisible characters, and those that change the direction or the line of what follows.
        '\u{80}'..='\u{9f}'
        | '\u{61c}'
        | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{feff}' => char::REPLACEMENT_CHARACTER,
        char => char,
    };
    out.extend(text.chars().map(visible));
}

/// Whether a person can read at least half of what surrounds a secret.
fn is_text(left: &str, right: &str) -> bool {
    let unreadable = |char: &char| matches!(*char, '\u{2400}'..='\u{2421}' | char::REPLACEMENT_CHARACTER);
    let around = || left.chars().chain(right.chars());
    around().filter(unreadable).count() <= 1 + around().count() / 2
}

/// Cuts a line around its mask to [`CHARS_MAX`]; `cut` tells which sides were cut before.
fn cut(left: &str, mask: &str, right: &str, cut: [bool; 2]) -> Snippet {
    let (lefts, masked, rights) = (left.chars().count(), mask.chars().count(), right.chars().count());
    let room = CHARS_MAX - masked;
    let keep_right = rights.min(room - lefts.min(CHARS_BEFORE));
    let keep_left = lefts.min(room - keep_right);
    let ellipsis = |cut: bool| if cut { "…" } else { "" };
    let (starts_cut, ends_cut) = (cut[0] || keep_left < lefts, cut[1] || keep_right < rights);
    let caret_start = keep_left + usize::from(starts_cut);
    let text: String = ellipsis(starts_cut)
        .chars()
        .chain(left.chars().skip(lefts - keep_left))
        .chain(mask.chars())
        .chain(right.chars().take(keep_right))
        .chain(ellipsis(ends_cut).chars())
        .collect();
    Snippet { text, caret_start, caret_end: caret_start + masked }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use stanch_engine::{Match, Pending};
    use stanch_model::Finding;

    use super::*;
    use crate::{fixture, sighting::sight};

    /// The snippets of all that the test rule finds in `text`.
    fn snippets(text: &[u8]) -> Vec<Snippet> {
        findings(text).into_iter().filter_map(|finding| finding.snippet).collect()
    }

    fn findings(text: &[u8]) -> Vec<Finding> {
        let origin = crate::Origin { path: String::new(), provenance: stanch_model::Provenance::default() };
        let ((), outcome) = fixture::outcome(|crew| {
            crew.run([text].into_iter(), |text, worker| worker.scan(text, || origin.clone()));
        });
        outcome.findings
    }

    /// The text and, below it, its carets.
    fn drawn(text: &[u8]) -> Vec<String> {
        let draw = |Snippet { text, caret_start, caret_end }| {
            format!("{text}\n{}{}", " ".repeat(caret_start), "^".repeat(caret_end - caret_start))
        };
        snippets(text).into_iter().map(draw).collect()
    }

    #[test]
    fn every_secret_of_the_line_is_masked() {
        let (one, two) = (fixture::secret(1), fixture::secret(2));
        let text = format!("first\nà = {one}, b = {two};\r\nlast");
        let masked = |secret: &str| format!("{}********", &secret[..7]);
        let line = format!("à = {}, b = {};", masked(&one), masked(&two));
        let carets = |at: usize| format!("{}{}", " ".repeat(at), "^".repeat(15));
        assert_eq!(
            drawn(text.as_bytes()),
            [format!("{line}\n{}", carets(4)), format!("{line}\n{}", carets(25))]
        );
    }

    #[test]
    fn terminals_are_not_commanded() {
        let text = format!("\x1b[31mkey\0\t\u{202e}{}\u{9b}2J\x7f", fixture::secret(1));
        let shown = &snippets(text.as_bytes())[0].text;
        assert!(shown.starts_with("\u{241b}[31mkey\u{2400} \u{fffd}tok_"), "{shown}");
        assert!(shown.ends_with("\u{fffd}2J\u{2421}"), "{shown}");
    }

    #[test]
    fn a_value_that_stands_again_unmatched_is_hidden_too() {
        let secret = fixture::secret(3);
        let shown = &snippets(format!("{secret} # was x{secret}y").as_bytes())[0].text;
        assert_eq!(*shown, format!("{}******** # was x********y", &secret[..7]));
    }

    #[test]
    fn long_lines_are_cut_around_the_secret() {
        let long = "é".repeat(5000);
        let snippet = &snippets(format!("{long} {} {long}", fixture::secret(4)).as_bytes())[0];
        assert!(snippet.text.starts_with("…é") && snippet.text.ends_with("é…"), "{}", snippet.text);
        assert_eq!(snippet.text.chars().count(), CHARS_MAX + 2);
        let marked: String = snippet.text.chars().skip(snippet.caret_start).take(4).collect();
        assert_eq!((marked.as_str(), snippet.caret_end - snippet.caret_start), ("tok_", 15));
    }

    #[test]
    fn of_several_lines_the_first_is_shown() {
        let (bytes, secret) = (b"a\nkey: BEGIN\nsecret\nEND tail", Span::new(7, 23));
        let found = Match {
            span: secret,
            secret,
            rule: stanch_engine::RuleId(0),
            confidence: stanch_model::Confidence::High,
            odds: None,
            pending: Pending::default(),
            inner: None,
        };
        let snippet = Masks::new(bytes, [Hiding::plain(secret)]).snippet(secret).expect("text");
        assert_eq!(snippet.text, "key: BEGI********…");
        let location = fixture::with_context(|context| sight(bytes, &[found], context)[0].location.clone());
        assert_eq!((location.line, location.column, location.end_line, location.end_column), (2, 6, 4, 4));
    }

    #[test]
    fn overlapping_secrets_show_no_more_than_the_shortest_may() {
        let bytes = b"k=abcdefghijklmnopqrstuvwxyzabcdefghijklmn";
        let masks = Masks::new(bytes, [Span::new(2, 10), Span::new(2, 42)].map(Hiding::plain));
        assert_eq!(masks.snippet(Span::new(2, 42)).expect("text").text, "k=ab********");
    }

    #[test]
    fn utf_16_is_decoded_and_its_secret_is_the_same() {
        let secret = fixture::secret(5);
        let text = format!("ü\r\nkey = {secret};\r\nend");
        let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let at = 2 * (text.find("tok").expect("there") - 1);
        let span = Span::new(at, at + 2 * secret.len());
        let found = Match {
            span,
            secret: span,
            rule: stanch_engine::RuleId(0),
            confidence: stanch_model::Confidence::High,
            odds: None,
            pending: Pending::default(),
            inner: None,
        };
        let sighting = fixture::with_context(|context| sight(&wide, &[found], context).remove(0));
        assert_eq!(sighting.secret.expose(), secret.as_bytes());
        let masked = format!("key = {}********;", &secret[..7]);
        assert_eq!(sighting.snippet.expect("text").text, masked);
    }

    #[test]
    fn what_is_not_text_has_none() {
        let mut bytes = vec![0u8; 300];
        bytes.extend(fixture::secret(6).into_bytes());
        bytes.extend([0xff; 300]);
        assert_eq!(findings(&bytes).len(), 1);
        assert!(snippets(&bytes).is_empty());
    }

    proptest! {
        #[test]
        fn no_snippet_holds_a_secret(
            pieces in prop::collection::vec(prop_oneof![
                prop::collection::vec(any::<u8>(), 0..40),
                "[ -~\n]{0,200}".prop_map(String::into_bytes),
                (0u64..4).prop_map(|seed| fixture::secret(seed).into_bytes()),
                Just(b" ".to_vec()),
            ], 0..40)
        ) {
            let findings = findings(&pieces.concat());
            for finding in &findings {
                let Some(snippet) = &finding.snippet else { continue };
                let chars: Vec<char> = snippet.text.chars().collect();
                prop_assert!(chars.len() <= CHARS_MAX + 2);
                prop_assert!(!chars.iter().any(|char| char.is_control()));
                let caret: String = chars[snippet.caret_start..snippet.caret_end].iter().collect();
                prop_assert_eq!(caret, finding.preview().to_string());
                let quota = finding.secret.expose().len() / 4;
                let secret = str::from_utf8(finding.secret.expose()).expect("ASCII");
                prop_assert!(!snippet.text.contains(&secret[..=quota]), "{}", snippet.text);
            }
        }
    }
}
