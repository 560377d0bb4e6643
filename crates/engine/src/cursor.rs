//! Lines and columns along a text that arrives in pieces; each byte is looked at once.

use memchr::{memchr_iter, memrchr};

use crate::text::{ByteOrder, Encoding};

/// A place in a text and what leads up to it, as an editor shows it. Cheap to copy: to look ahead, advance a copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    line: usize,
    bytes: usize,
    chars: usize,
    /// Characters of the line that no editor shows: a byte order mark.
    hidden: usize,
    form: Form,
}

/// What the current line turned out to be so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// UTF-8 up to here.
    Utf8,
    /// UTF-8 and the first bytes of a character.
    Within { head: [u8; 4], len: usize },
    /// UTF-16, and the first byte of a unit.
    Utf16 { order: ByteOrder, half: Option<u8> },
    /// Something else.
    Other,
}

impl Cursor {
    /// At the beginning of the text that begins with `head`, from which its encoding is told: the more of it the better.
    pub fn starting(head: &[u8]) -> Self {
        let (form, mark) = match Encoding::of(head) {
            Encoding::Narrow => (Form::Utf8, head.starts_with(b"\xEF\xBB\xBF")),
            Encoding::Wide(order) => {
                (Form::Utf16 { order, half: None }, matches!(head, [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..]))
            }
        };
        Self { line: 1, bytes: 0, chars: 0, hidden: usize::from(mark), form }
    }

    /// Line, from 1.
    pub fn line(&self) -> usize {
        self.line
    }

    /// Column, from 1: Unicode scalar values where the line up to here is UTF-8 or UTF-16, bytes otherwise.
    pub fn column(&self) -> usize {
        1 + match self.form {
            Form::Utf8 | Form::Utf16 { .. } => self.chars.saturating_sub(self.hidden),
            Form::Within { .. } | Form::Other => self.bytes,
        }
    }

    /// Moves past `text`, which follows what was passed before.
    pub fn advance(&mut self, text: &[u8]) {
        if let Form::Utf16 { order, half } = self.form {
            return self.advance_units(order, half, text);
        }
        match memrchr(b'\n', text) {
            Some(last) => {
                let line = self.line + memchr_iter(b'\n', &text[..=last]).count();
                *self = Self { line, ..Self::starting(&[]) };
                self.advance_in_line(&text[last + 1..]);
            }
            None => self.advance_in_line(text),
        }
    }

    /// The cursor moved past `text`.
    #[must_use]
    pub fn after(mut self, text: &[u8]) -> Self {
        self.advance(text);
        self
    }

    fn advance_units(&mut self, order: ByteOrder, mut half: Option<u8>, text: &[u8]) {
        for &byte in text {
            match half.take() {
                None => half = Some(byte),
                Some(first) => self.pass_unit(order.unit([first, byte])),
            }
        }
        self.form = Form::Utf16 { order, half };
    }

    fn pass_unit(&mut self, unit: u16) {
        const NEWLINE: u16 = b'\n' as u16;
        match unit {
            NEWLINE => *self = Self { line: self.line + 1, bytes: 0, chars: 0, hidden: 0, form: self.form },
            // The second half of a pair: its character was counted with the first.
            0xDC00..=0xDFFF => {}
            _ => self.chars += 1,
        }
    }

    fn advance_in_line(&mut self, text: &[u8]) {
        self.bytes += text.len();
        let mut rest = text;
        while let (Form::Within { mut head, mut len }, [byte, tail @ ..]) = (self.form, rest) {
            head[len] = *byte;
            len += 1;
            rest = tail;
            self.form = match str::from_utf8(&head[..len]) {
                Ok(_) => {
                    self.chars += 1;
                    Form::Utf8
                }
                Err(error) if error.error_len().is_none() => Form::Within { head, len },
                Err(_) => Form::Other,
            };
        }
        if self.form == Form::Utf8 {
            self.count(rest);
        }
    }

    fn count(&mut self, text: &[u8]) {
        let Some(chunk) = text.utf8_chunks().next() else { return };
        self.chars += chunk.valid().chars().count();
        let rest = &text[chunk.valid().len()..];
        let incomplete = str::from_utf8(rest).is_err_and(|error| error.error_len().is_none());
        if incomplete {
            let mut head = [0; 4];
            head[..rest.len()].copy_from_slice(rest);
            self.form = Form::Within { head, len: rest.len() };
        } else if !rest.is_empty() {
            self.form = Form::Other;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Line and column at `offset` of `bytes`.
    fn at(bytes: &[u8], offset: usize) -> (usize, usize) {
        let cursor = Cursor::starting(bytes).after(&bytes[..offset]);
        (cursor.line(), cursor.column())
    }

    #[test]
    fn lines_and_characters_are_counted() {
        let text = "a\nb\u{e9} c\nd".as_bytes();
        assert_eq!([0, 1, 6, 8, 9].map(|offset| at(text, offset)), [(1, 1), (1, 2), (2, 4), (3, 1), (3, 2)]);
    }

    #[test]
    fn a_line_that_is_not_utf_8_counts_bytes() {
        assert_eq!(at(b"ab\xE9cd", 4), (1, 5));
        assert_eq!(at(b"\xE9\ncd", 3), (2, 2));
    }

    #[test]
    fn utf_16_counts_as_the_same_text_in_utf_8() {
        let text = "first line \u{e9}\r\n\u{1F600} token = 1\n\u{4f60}end";
        for unit in [u16::to_le_bytes as fn(u16) -> [u8; 2], u16::to_be_bytes] {
            for mark in ["", "\u{feff}"] {
                let wide = |part: &str| -> Vec<u8> { part.encode_utf16().flat_map(unit).collect() };
                let bytes = wide(&format!("{mark}{text}"));
                for (offset, _) in text.char_indices() {
                    let before = wide(&format!("{mark}{}", &text[..offset]));
                    assert_eq!(at(&bytes, before.len()), at(text.as_bytes(), offset), "{offset}");
                }
            }
        }
    }

    #[test]
    fn a_mark_takes_no_column() {
        assert_eq!(at("\u{feff}ab\ncd".as_bytes(), 4), (1, 2));
        assert_eq!(at("\u{feff}ab\ncd".as_bytes(), 7), (2, 2));
    }

    fn bytes() -> impl Strategy<Value = Vec<u8>> {
        let piece = prop_oneof![
            "[a-z\u{e9}\u{20ac}\u{1F600}\n]{0,6}".prop_map(String::into_bytes),
            "[a-z\n]{0,12}".prop_map(|text| text.encode_utf16().flat_map(u16::to_be_bytes).collect()),
            prop::collection::vec(any::<u8>(), 0..3)
        ];
        prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn any_steps_lead_to_the_same_place(bytes in bytes(), cuts in prop::collection::vec(0usize..80, 0..8)) {
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(bytes.len())).collect();
            cuts.sort_unstable();
            let (mut cursor, mut from) = (Cursor::starting(&bytes), 0);
            for cut in cuts {
                cursor.advance(&bytes[from..cut]);
                from = cut;
                prop_assert_eq!((cursor.line(), cursor.column()), at(&bytes, cut));
            }
        }
    }
}
