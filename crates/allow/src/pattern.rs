//! What a condition is made of: a glob of paths and an expression over values.

use std::fmt;

use globset::{GlobBuilder, GlobMatcher};
use regex_automata::meta::Regex;

/// Letters and digits of a path that must be written out for a glob to be narrow.
const LITERAL_MIN: usize = 3;
/// Bytes that a compiled expression may take.
const EXPRESSION_BYTES_MAX: usize = 1 << 20;

/// Why a glob or an expression cannot be used.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum PatternError {
    /// Not a glob.
    #[error("not a glob of paths")]
    Glob,
    /// Not a regular expression, or one that takes too much memory.
    #[error("not a regular expression of a reasonable size")]
    Expression,
}

/// A glob of paths below the root of the project: `*` and `?` stay within a folder, `**` does not.
#[derive(Clone)]
pub struct PathGlob(GlobMatcher);

impl PathGlob {
    /// Reads a glob.
    ///
    /// # Errors
    /// It is none.
    pub fn new(text: &str) -> Result<Self, PatternError> {
        let glob = GlobBuilder::new(text.trim_start_matches("./")).literal_separator(true).build();
        glob.map(|glob| Self(glob.compile_matcher())).map_err(|_| PatternError::Glob)
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        self.0.glob().glob()
    }

    /// Whether it covers `path`, with `/` between folders.
    pub fn matches(&self, path: &str) -> bool {
        self.0.is_match(path)
    }

    /// Whether it tells places apart: something of a path beside a file's extension is written out.
    pub fn is_narrow(&self) -> bool {
        let mut parts: Vec<&str> = self.as_str().split('/').collect();
        if let Some(last) = parts.last_mut() {
            *last = last.rsplit_once('.').map_or(*last, |(stem, _)| stem);
        }
        parts.iter().any(|part| part.bytes().filter(u8::is_ascii_alphanumeric).count() >= LITERAL_MIN)
    }
}

impl fmt::Debug for PathGlob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PathGlob({})", self.as_str())
    }
}

impl PartialEq for PathGlob {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

/// An expression that a whole value must match.
#[derive(Clone)]
pub struct ValuePattern {
    text: String,
    regex: Regex,
}

impl ValuePattern {
    /// Reads a regular expression.
    ///
    /// # Errors
    /// It is none, or takes too much memory.
    pub fn new(text: &str) -> Result<Self, PatternError> {
        let config = Regex::config().nfa_size_limit(Some(EXPRESSION_BYTES_MAX)).utf8_empty(false);
        let syntax = regex_automata::util::syntax::Config::new().utf8(false);
        let build = |text: &str| {
            let regex = Regex::builder().configure(config.clone()).syntax(syntax).build(text);
            regex.map_err(|_| PatternError::Expression)
        };
        // By itself first: what closes our brackets must not open others.
        build(text)?;
        Ok(Self { text: text.to_owned(), regex: build(&format!(r"\A(?:{text})\z"))? })
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it covers `value`.
    pub fn matches(&self, value: &[u8]) -> bool {
        self.regex.is_match(value)
    }

    /// Whether it tells values apart: some that have nothing in common are not all covered.
    pub fn is_narrow(&self) -> bool {
        const STRANGERS: [&[u8]; 3] = [b"x", b"Tr0ub4dor&3 $", b"0123456789abcdef0123456789ABCDEF"];
        !STRANGERS.iter().all(|value| self.matches(value))
    }
}

impl fmt::Debug for ValuePattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ValuePattern({})", self.text)
    }
}

impl PartialEq for ValuePattern {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs_cover_paths_as_in_gitignore() {
        let covers = |glob: &str, path: &str| PathGlob::new(glob).expect("a glob").matches(path);
        assert!(covers("tests/**", "tests/a/b.env") && covers("./tests/*.env", "tests/b.env"));
        assert!(!covers("tests/*.env", "tests/a/b.env") && !covers("tests/**", "src/tests/a"));
        assert_eq!(PathGlob::new("a[").err(), Some(PatternError::Glob));
    }

    #[test]
    fn a_glob_of_everything_is_not_narrow() {
        for glob in ["**", "*", "**/*.py", "*/*", "?", "*.properties"] {
            assert!(!PathGlob::new(glob).expect("a glob").is_narrow(), "{glob}");
        }
        for glob in ["tests/**", "**/fixtures/*.py", "config.py", "docs/*"] {
            assert!(PathGlob::new(glob).expect("a glob").is_narrow(), "{glob}");
        }
    }

    #[test]
    fn an_expression_covers_whole_values() {
        let pattern = ValuePattern::new("test_[a-z]+|dummy").expect("an expression");
        assert!(pattern.matches(b"test_abc") && pattern.matches(b"dummy"));
        assert!(!pattern.matches(b"test_abc1") && !pattern.matches(b"a dummy"));
        assert!(pattern.is_narrow());
        assert!(!ValuePattern::new(".*").expect("an expression").is_narrow());
        for wrong in ["(", "test)|(?:[0-9A-Za-z]"] {
            assert_eq!(ValuePattern::new(wrong).err(), Some(PatternError::Expression), "{wrong}");
        }
    }
}
