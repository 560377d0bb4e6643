//! `.gitleaksignore`: a fingerprint a line, `path:rule:line` or `commit:path:rule:line`; lines that begin with `#` are comments.

use super::{Claim, Entry, Evidence, PathPattern, Place, Read, Reading, Why};

/// What an entry looks like.
const EXPECTED: &str = "path:rule:line or commit:path:rule:line";
/// The longest note that is taken from comments, in bytes.
const NOTE_BYTES_MAX: usize = 200;

#[expect(clippy::unnecessary_wraps, reason = "all readers have one form")]
pub(super) fn read(text: &str, reading: &mut Reading) -> Read {
    let mut notes = Notes::default();
    for (number, line) in text.lines().enumerate().map(|(at, line)| (at + 1, line.trim())) {
        if notes.take(line) {
            continue;
        }
        match fingerprint(line) {
            Some(Fingerprint { place, rule }) => reading.add(Entry {
                line: number,
                place,
                rule: Some(rule),
                evidence: Evidence::None,
                claim: Claim::Unsaid,
                note: notes.note(),
                expires: None,
            }),
            None => reading.leave_out(number, Why::NotAnEntry { expected: EXPECTED }),
        }
    }
    Ok(())
}

/// What a fingerprint of gitleaks says.
pub(super) struct Fingerprint {
    pub(super) place: Place,
    pub(super) rule: String,
}

/// Reads a fingerprint. It is read from its end, because a path may hold colons.
pub(super) fn fingerprint(text: &str) -> Option<Fingerprint> {
    let (rest, line) = text.rsplit_once(':')?;
    let (rest, rule) = rest.rsplit_once(':')?;
    let line: usize = line.parse().ok()?;
    let (commit, path) = match rest.split_once(':') {
        Some((commit, path)) if is_commit(commit) => (Some(commit.to_ascii_lowercase()), path),
        _ => (None, rest),
    };
    if rule.is_empty() || path.is_empty() {
        return None;
    }
    // A rule that looks at names of files only has no line.
    let lines = (line > 0).then_some(line..=line);
    let place = Place { path: PathPattern::exact(path), commit, lines };
    Some(Fingerprint { place, rule: rule.to_owned() })
}

/// Whether it is a whole id of a commit, SHA-1 or SHA-256.
pub(super) fn is_commit(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The comments before an entry.
#[derive(Default)]
pub(super) struct Notes {
    text: String,
    is_used: bool,
}

impl Notes {
    /// Takes a line if it is a comment or empty. An empty line ends what the comments before it are about.
    pub(super) fn take(&mut self, line: &str) -> bool {
        let comment = line.strip_prefix('#');
        if self.is_used && comment.is_some() || line.is_empty() {
            self.text.clear();
        }
        self.is_used = false;
        let comment = comment.map(|comment| comment.trim_start_matches('#').trim());
        if let Some(comment) = comment.filter(|comment| !comment.is_empty()) {
            if !self.text.is_empty() {
                self.text.push(' ');
            }
            self.text.push_str(comment);
            self.text.truncate(self.text.floor_char_boundary(NOTE_BYTES_MAX));
        }
        comment.is_some() || line.is_empty()
    }

    /// What they say; it holds for the entries after them, up to another comment or an empty line.
    pub(super) fn note(&mut self) -> Option<String> {
        self.is_used = true;
        (!self.text.is_empty()).then(|| self.text.clone())
    }
}

#[cfg(test)]
mod tests {
    use crate::{IgnoreFormat, LeftOut, read_ignores};

    #[test]
    fn both_forms_comments_and_what_is_neither() {
        let commit = "0123456789abcdef0123456789ABCDEF01234567";
        let text = format!(
            "# of the tests\n# made up\na/b.py:aws-access-token:3\r\n  {commit}:dir\\c.txt:gitlab-pat:12\n\n\
             C:\\x:y.txt:generic-api-key:4\na/k.p12:pkcs12-file:0\nno entry\na:b:c\n::1\n"
        );
        let read = read_ignores(".gitleaksignore", &text, None).expect("readable");
        assert_eq!(read.format, IgnoreFormat::GitleaksIgnore);
        let told: Vec<_> = read.entries.iter().map(|entry| format!("{entry:?}")).collect();
        insta::assert_snapshot!(told.join("\n"));
        let left: Vec<_> = read.left_out.iter().map(LeftOut::to_string).collect();
        insta::assert_snapshot!(left.join("\n"));
    }
}
