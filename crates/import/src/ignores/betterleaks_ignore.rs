//! `.betterleaksignore`: since 2.0 a SHA-256 of a value a line, or an HMAC of it where the scanner was given a key; before as
//! `.gitleaksignore`. Comments have lines of their own.

use data_encoding::HEXLOWER_PERMISSIVE;

use super::{
    Claim, Entry, Evidence, PathPattern, Place, Read, Reading, Why,
    gitleaks_ignore::{Fingerprint, Notes, fingerprint},
};

const EXPECTED: &str = "64 hexadecimal digits, or path:rule:line";
/// What stands before a hash under a key.
const KEYED: &str = "hmac-sha256:";

#[expect(clippy::unnecessary_wraps, reason = "all readers have one form")]
pub(super) fn read(text: &str, reading: &mut Reading) -> Read {
    let mut notes = Notes::default();
    for (number, line) in text.lines().enumerate().map(|(at, line)| (at + 1, line.trim())) {
        if notes.take(line) {
            continue;
        }
        if line.starts_with(KEYED) {
            reading.leave_out(number, Why::Keyed);
            continue;
        }
        let (place, rule, evidence) = match (sha256(line), fingerprint(line)) {
            (Some(hash), _) => {
                (Place { path: PathPattern::Any, commit: None, lines: None }, None, Evidence::Sha256(hash))
            }
            (None, Some(Fingerprint { place, rule })) => (place, Some(rule), Evidence::None),
            (None, None) => {
                reading.leave_out(number, Why::NotAnEntry { expected: EXPECTED });
                continue;
            }
        };
        let note = notes.note();
        reading.add(Entry { line: number, place, rule, evidence, claim: Claim::Unsaid, note, expires: None });
    }
    Ok(())
}

/// Whether a line is a hash of a value, with a key or without.
pub(super) fn is_hash(line: &str) -> bool {
    sha256(line.strip_prefix(KEYED).unwrap_or(line)).is_some()
}

/// A SHA-256 in hexadecimal digits.
pub(super) fn sha256(text: &str) -> Option<[u8; 32]> {
    HEXLOWER_PERMISSIVE.decode(text.as_bytes()).ok()?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{LeftOut, read_ignores};

    #[test]
    fn hashes_of_2_0_and_places_of_1_0() {
        let text = format!(
            "# a test key\n{}\n{}\nhmac-sha256:{}\n{} # no\nsrc/a.py:gitlab-pat:2\n",
            "0f".repeat(32),
            "0F".repeat(32),
            "0f".repeat(32),
            "0f".repeat(32)
        );
        let read = read_ignores(".betterleaksignore", &text, None).expect("readable");
        assert_eq!(read.entries.iter().map(|entry| entry.line).collect::<Vec<_>>(), [2, 3, 6]);
        assert!(read.entries[..2].iter().all(|entry| matches!(entry.evidence, Evidence::Sha256(_))));
        assert_eq!(read.entries[0].note.as_deref(), Some("a test key"));
        let left: Vec<_> = read.left_out.iter().map(LeftOut::to_string).collect();
        assert_eq!(left[0], "line 4: a hash under a key that is not in the file");
        assert_eq!(left[1], "line 5: not an entry: expected 64 hexadecimal digits, or path:rule:line");
    }
}
