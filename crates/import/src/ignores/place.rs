//! Where an entry says its secret stands.

use std::{collections::HashMap, fmt, ops::RangeInclusive, rc::Rc};

use globset::{GlobBuilder, GlobMatcher};
use ignore::gitignore::{Gitignore, GitignoreBuilder};

/// The longest pattern of paths, in bytes; a longer one costs much to compile.
const PATTERN_BYTES_MAX: usize = 1_024;

/// A file or files, a commit, and lines.
#[derive(Clone, Debug)]
pub struct Place {
    /// Which files.
    pub path: PathPattern,
    /// The hexadecimal id of the commit that wrote the line; none where any is meant.
    pub commit: Option<String>,
    /// The lines in the file, from 1; none where all are meant.
    pub lines: Option<RangeInclusive<usize>>,
}

/// A path as foreign files write it. Paths have `/` between folders and no `./` in front.
#[derive(Clone, Debug)]
pub enum PathPattern {
    /// Every file.
    Any,
    /// This file, relative to where the other scanner ran, or absolute.
    Exact(String),
    /// What this pattern matches; `*` does not cross `/`, `**` does.
    Glob(Glob),
    /// What the last line of [`Patterns`] that matches leaves out, if that is this one.
    Line(Rc<Patterns>, usize),
}

impl PathPattern {
    /// The path as written, without `./` and with `/` for `\`.
    pub(super) fn exact(path: &str) -> Self {
        let path = path.replace('\\', "/");
        let mut rest = path.as_str();
        while let Some(shorter) = rest.strip_prefix("./") {
            rest = shorter.trim_start_matches('/');
        }
        Self::Exact(rest.to_owned())
    }
}

/// A pattern of `.trivyignore.yaml`, <https://github.com/bmatcuk/doublestar#patterns>.
#[derive(Clone)]
pub struct Glob {
    matcher: GlobMatcher,
}

impl Glob {
    /// Reads a pattern; none if it is not one.
    pub(super) fn new(text: &str) -> Option<Self> {
        if text.is_empty() || text.len() > PATTERN_BYTES_MAX {
            return None;
        }
        let glob = GlobBuilder::new(text).literal_separator(true).backslash_escape(true).build().ok()?;
        Some(Self { matcher: glob.compile_matcher() })
    }

    /// As it is written.
    pub fn as_str(&self) -> &str {
        self.matcher.glob().glob()
    }

    /// Whether it matches a path.
    pub fn matches(&self, path: &str) -> bool {
        self.matcher.is_match(path)
    }
}

impl fmt::Debug for Glob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Glob({:?})", self.as_str())
    }
}

/// The lines of a file in the syntax of `.gitignore`, read without regard to case, as secretlint does.
pub struct Patterns {
    set: Gitignore,
    lines: HashMap<String, usize>,
}

impl Patterns {
    /// Reads lines with their numbers, and gives those that are no pattern beside them.
    pub(super) fn new<'t>(lines: impl Iterator<Item = (usize, &'t str)>) -> (Self, Vec<usize>) {
        let mut builder = GitignoreBuilder::new("");
        let mut numbers = HashMap::new();
        let mut refused = Vec::new();
        let insensitive = builder.case_insensitive(true).is_ok();
        for (number, line) in lines {
            // Space at its end counts only where it is escaped.
            let line = if line.ends_with("\\ ") { line } else { line.trim_end() };
            let is_read =
                insensitive && line.len() <= PATTERN_BYTES_MAX && builder.add_line(None, line).is_ok();
            if is_read {
                // The last of equal lines is the one that decides.
                numbers.insert(line.to_owned(), number);
            } else {
                refused.push(number);
            }
        }
        let set = builder.build().unwrap_or_else(|_| Gitignore::empty());
        (Self { set, lines: numbers }, refused)
    }

    /// The number of the line that leaves out a file, or one of the folders it is in.
    pub fn line_of(&self, path: &str) -> Option<usize> {
        let folders = path.match_indices('/').map(|(at, _)| (&path[..at], true));
        // What a folder is left out by cannot be taken back further in.
        folders.chain([(path, false)]).filter(|(path, _)| !path.is_empty()).find_map(|(path, is_folder)| {
            match self.set.matched(path, is_folder) {
                ignore::Match::Ignore(glob) => self.lines.get(glob.original()).copied(),
                ignore::Match::None | ignore::Match::Whitelist(_) => None,
            }
        })
    }

    /// The line of a number.
    pub fn text(&self, line: usize) -> Option<&str> {
        self.lines.iter().find(|(_, number)| **number == line).map(|(text, _)| text.as_str())
    }
}

impl fmt::Debug for Patterns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Patterns({})", self.lines.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exact(path: &str) -> String {
        match PathPattern::exact(path) {
            PathPattern::Exact(path) => path,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn paths_are_written_in_one_way() {
        assert_eq!(exact("././/a\\b.txt"), "a/b.txt");
        assert_eq!(exact("/home/x/a"), "/home/x/a");
    }

    /// What doublestar's own documentation says of its patterns.
    #[test]
    fn globs_match_as_doublestar_does() {
        let matches = |glob: &str, path: &str| Glob::new(glob).expect("a pattern").matches(path);
        assert!(matches("**/config.yaml", "config.yaml") && matches("**/config.yaml", "a/b/config.yaml"));
        assert!(matches("a/*.env", "a/x.env") && !matches("a/*.env", "a/b/x.env"));
        assert!(matches("tests/**", "tests/a/b") && !matches("tests/**", "src/tests/a"));
        assert!(matches("{a,b}/?.txt", "b/c.txt") && !matches("a", "b/a"));
        assert!(Glob::new("[").is_none() && Glob::new("").is_none());
    }

    #[test]
    fn a_folder_that_is_left_out_stays_so() {
        let (patterns, refused) =
            Patterns::new([(2, "dir/"), (3, "!dir/keep"), (4, "*.log"), (5, "!keep.log")].into_iter());
        assert!(refused.is_empty());
        assert_eq!(patterns.line_of("dir/keep"), Some(2));
        assert_eq!(patterns.line_of("x/A.LOG"), Some(4));
        assert_eq!(patterns.line_of("x/keep.log"), None);
        assert_eq!(patterns.line_of("dir"), None, "a file of that name");
        assert_eq!(patterns.text(4), Some("*.log"));
    }
}
