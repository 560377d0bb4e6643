//! A checksum in a text, by which we know later whether somebody changed what we wrote.

use std::ops::Range;

use sha2::{Digest as _, Sha256};

/// What stands for the checksum in a text that is to be sealed.
pub(super) const BLANK: &str = "0000000000000000";

/// Whose a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Author {
    /// Ours, as it was written.
    Stanch,
    /// Ours, and changed since.
    Changed,
    /// Somebody's.
    Other,
}

/// The text with its checksum in the place of [`BLANK`] in the line that begins with `mark`.
pub(super) fn seal(mut text: Vec<u8>, mark: &str) -> Vec<u8> {
    if let Some(place) = place(&text, mark) {
        let sum = checksum(&text);
        text[place].copy_from_slice(sum.as_bytes());
    }
    text
}

/// Whose the text is; what is ours has a line that begins with `mark` and ends with the checksum.
pub(super) fn author(text: &[u8], mark: &str) -> Author {
    if line(text, mark).is_none() {
        return Author::Other;
    }
    let Some(place) = place(text, mark) else { return Author::Changed };
    let mut blank = text.to_owned();
    blank[place.clone()].copy_from_slice(BLANK.as_bytes());
    if checksum(&blank).as_bytes() == &text[place] { Author::Stanch } else { Author::Changed }
}

/// The line that begins with `mark`, without its end.
pub(super) fn line<'t>(text: &'t [u8], mark: &str) -> Option<&'t [u8]> {
    span(text, mark).map(|span| &text[span])
}

fn span(text: &[u8], mark: &str) -> Option<Range<usize>> {
    let mut start = 0;
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        if line.starts_with(mark.as_bytes()) {
            return Some(start..start + line.trim_ascii_end().len());
        }
        start += line.len();
    }
    None
}

/// Where the checksum stands.
fn place(text: &[u8], mark: &str) -> Option<Range<usize>> {
    let span = span(text, mark).filter(|span| span.len() >= mark.len() + BLANK.len())?;
    Some(span.end - BLANK.len()..span.end)
}

/// Carriage returns do not count: Git may put them into a file that is committed.
fn checksum(text: &[u8]) -> String {
    let text: Vec<u8> = text.iter().copied().filter(|byte| *byte != b'\r').collect();
    let digest = Sha256::digest(&text);
    data_encoding::HEXLOWER.encode(&digest[..BLANK.len() / 2])
}

#[cfg(test)]
mod tests {
    use super::*;

    const MARK: &str = "# ours ";

    #[test]
    fn what_was_sealed_is_ours_until_a_byte_changes() {
        let text = seal(format!("#!/bin/sh\n# ours {BLANK}\nexit 0\n").into_bytes(), MARK);
        assert_eq!(author(&text, MARK), Author::Stanch);
        for index in (0..text.len()).filter(|index| text[*index] != b'\n') {
            let mut changed = text.clone();
            changed[index] ^= 1;
            assert_ne!(author(&changed, MARK), Author::Stanch, "{index}");
        }
    }

    #[test]
    fn other_line_ends_are_no_change() {
        let text = seal(format!("# ours {BLANK}\nexit 0\n").into_bytes(), MARK);
        let text = String::from_utf8(text).expect("text").replace('\n', "\r\n");
        assert_eq!(author(text.as_bytes(), MARK), Author::Stanch);
    }

    #[test]
    fn a_text_without_the_mark_is_somebodys_and_a_mark_alone_is_a_change() {
        assert_eq!(author(b"#!/bin/sh\nexit 0\n", MARK), Author::Other);
        assert_eq!(author(b"# ours ", MARK), Author::Changed);
    }
}
