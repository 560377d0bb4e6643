//! Examples of other scanners hold whole secrets; here they are written in parts, so that the file looks like none.

use std::sync::OnceLock;

use stanch_engine::{Match, RuleSet, Scanner, expand};

use crate::report::Note;

/// The longest example that is kept, in bytes.
const EXAMPLE_BYTES_MAX: usize = 4096;
/// Shorter words stay whole.
const WORD_MIN: usize = 5;
/// After so many letters a word is broken; where the text still looks like a secret, after each.
const STEPS: [usize; 2] = [3, 1];

/// Writes examples, and makes sure that they look like no secret to any of our rules.
#[derive(Default)]
pub(crate) struct Examples {
    /// Made when the first example is met.
    embedded: OnceLock<Scanner>,
}

impl Examples {
    /// `text` in parts; none where it is too long or looks like a secret however it is broken.
    pub(crate) fn written(&self, text: &str) -> Option<String> {
        if text.len() > EXAMPLE_BYTES_MAX || text.trim().is_empty() {
            return None;
        }
        let broken = STEPS.iter().map(|step| in_parts(text, *step));
        broken.into_iter().find(|written| {
            expand(written, 0, None).is_ok_and(|expanded| expanded == text.as_bytes())
                && self.is_harmless(written)
        })
    }

    fn is_harmless(&self, text: &str) -> bool {
        let embedded = self.embedded.get_or_init(|| Scanner::new(RuleSet::embedded()));
        !finds(embedded, text)
    }

    /// The texts of which the rule of `scanner` finds something, or nothing, as `expected`; and what is said of the others.
    pub(crate) fn kept(
        &self,
        texts: &[String],
        scanner: &Scanner,
        expected: Expected,
    ) -> (Vec<String>, Option<Note>) {
        let holds = |text: &&String| finds(scanner, text) == (expected == Expected::Found);
        let kept: Vec<String> = texts.iter().filter(holds).filter_map(|text| self.written(text)).collect();
        let (name, count) = (expected.name(), texts.len());
        let lost = count - kept.len();
        let note = (lost > 0).then(|| Note::left_out(format!("{lost} of {count} {name}")));
        (kept, note)
    }
}

fn finds(scanner: &Scanner, text: &str) -> bool {
    let mut found: Vec<Match> = Vec::new();
    scanner.scan(&mut scanner.scratch(), text.as_bytes(), &mut found);
    !found.is_empty()
}

/// What a rule makes of a text.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Expected {
    Found,
    NotFound,
}

impl Expected {
    fn name(self) -> &'static str {
        match self {
            Self::Found => "examples, in which the rule as imported finds nothing or which cannot be written",
            Self::NotFound => {
                "negative examples, in which the rule as imported finds something or which cannot be written"
            }
        }
    }
}

/// The text in the language of [`expand`], its words broken after every `step` letters.
fn in_parts(text: &str, step: usize) -> String {
    let is_letter = |letter: char| letter.is_ascii_alphanumeric() || "+/_=-".contains(letter);
    let mut out = String::with_capacity(text.len() * 2);
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let end = rest.find(|letter| is_letter(letter) != is_letter(first)).unwrap_or(rest.len());
        let (piece, after) = rest.split_at(end);
        if is_letter(first) && piece.len() >= WORD_MIN {
            let letters: Vec<char> = piece.chars().collect();
            let pieces: Vec<String> = letters.chunks(step).map(String::from_iter).collect();
            out.push_str(&pieces.join("${}"));
        } else {
            out.push_str(&piece.replace("${", "${dollar}{"));
        }
        rest = after;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_broken_and_dollars_kept() {
        assert_eq!(in_parts("key = abcdefgh", 3), "key = abc${}def${}gh");
        assert_eq!(in_parts("a ${X} $", 3), "a ${dollar}{X} $");
        for text in ["key = abcdefgh", "a ${X} $$ ${", "é ${} 12345678"] {
            assert_eq!(expand(&in_parts(text, 3), 0, None).expect("valid"), text.as_bytes());
        }
    }

    #[test]
    fn nothing_written_looks_like_a_secret() {
        let examples = Examples::default();
        let token = expand("token = gh${}p_${alnum:30}${checksum}", 1, github_check()).expect("valid");
        let token = String::from_utf8(token).expect("ASCII");
        assert!(!examples.is_harmless(&token));
        let written = examples.written(&token).expect("writable");
        assert!(examples.is_harmless(&written));
        assert!(examples.written(&"x".repeat(EXAMPLE_BYTES_MAX + 1)).is_none());
    }

    fn github_check() -> Option<&'static dyn stanch_engine::Check> {
        RuleSet::embedded()
            .rules()
            .iter()
            .find(|rule| rule.info.id == "github-pat-classic")
            .and_then(|rule| rule.check)
    }
}
