//! CODEOWNERS files, as GitHub and GitLab read them.
//!
//! Sources: <https://docs.github.com/en/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners>,
//! <https://docs.gitlab.com/user/project/codeowners/reference/>.

use std::collections::HashMap;

use globset::{Glob, GlobBuilder, GlobSet, GlobSetBuilder};

/// Largest file, in bytes. GitHub reads none larger: "must be under 3 MB in size".
const BYTES_MAX: usize = 3_000_000;
/// Most patterns of a file.
const PATTERNS_MAX: usize = 10_000;
/// Most owners of a pattern.
const OWNERS_MAX: usize = 100;

/// Whose reading of the file counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Syntax {
    /// Of all lines that match a path the last one counts.
    GitHub,
    /// In each section the last one counts; a pattern that begins with no `/` matches at any depth.
    GitLab,
}

/// Why a file is not read. Single lines that mean nothing are left out, as both hosts do.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
pub enum CodeOwnersError {
    /// It is too large.
    #[error("is larger than {BYTES_MAX} bytes")]
    TooLarge,
    /// It has too many patterns.
    #[error("{line}: more than {PATTERNS_MAX} patterns")]
    TooMany {
        /// The line, counted from 1.
        line: usize,
    },
    /// Its patterns take too much memory together.
    #[error("patterns that are too large together")]
    TooComplex,
}

/// Who owns which paths.
#[derive(Clone, Debug, Default)]
pub struct CodeOwners {
    globs: GlobSet,
    /// Of each glob the entry it belongs to.
    entry_of: Vec<usize>,
    entries: Vec<Entry>,
    sections: Vec<Section>,
    skipped: Vec<usize>,
}

/// Who owns a path, and which line says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ownership {
    /// The owners, as written; none where a line says that nobody owns it.
    pub owners: Vec<String>,
    /// The line, counted from 1.
    pub line: usize,
    /// The section of that line, where it has one.
    pub section: Option<String>,
}

#[derive(Clone, Debug)]
struct Entry {
    owners: Vec<String>,
    line: usize,
    section: usize,
    /// A line that takes paths out of its section.
    exclude: bool,
}

#[derive(Clone, Debug)]
struct Section {
    name: Option<String>,
    owners: Vec<String>,
}

impl CodeOwners {
    /// Reads a file.
    ///
    /// # Errors
    /// It is too large, or has too many patterns.
    pub fn parse(text: &str, syntax: Syntax) -> Result<Self, CodeOwnersError> {
        if text.len() > BYTES_MAX {
            return Err(CodeOwnersError::TooLarge);
        }
        let mut reader = Reader::new(syntax);
        for (number, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
            reader.line(line.trim(), number + 1)?;
        }
        reader.finish()
    }

    /// Who owns a path of the repository, with `/` between folders: of GitHub's syntax one entry at most, of GitLab's one a section.
    pub fn of(&self, path: &str) -> Vec<Ownership> {
        let path = path.trim_start_matches('/');
        let mut last: HashMap<usize, &Entry> = HashMap::new();
        let mut excluded = Vec::new();
        let mut matching: Vec<usize> =
            self.globs.matches(path).into_iter().map(|glob| self.entry_of[glob]).collect();
        matching.sort_unstable();
        for entry in matching.into_iter().map(|at| &self.entries[at]) {
            if entry.exclude {
                excluded.push(entry.section);
            } else {
                last.insert(entry.section, entry);
            }
        }
        let mut owned: Vec<_> =
            last.into_values().filter(|entry| !excluded.contains(&entry.section)).collect();
        owned.sort_by_key(|entry| entry.section);
        let ownership = |entry: &Entry| Ownership {
            owners: entry.owners.clone(),
            line: entry.line,
            section: self.sections[entry.section].name.clone(),
        };
        owned.into_iter().map(ownership).collect()
    }

    /// Everybody who owns a path, each once.
    pub fn owners(&self, path: &str) -> Vec<String> {
        let mut owners: Vec<String> = Vec::new();
        for owner in self.of(path).into_iter().flat_map(|ownership| ownership.owners) {
            if !owners.contains(&owner) {
                owners.push(owner);
            }
        }
        owners
    }

    /// Lines that mean nothing, counted from 1.
    pub fn skipped(&self) -> &[usize] {
        &self.skipped
    }
}

/// Reads line by line.
struct Reader {
    syntax: Syntax,
    file: CodeOwners,
    globs: GlobSetBuilder,
    section: usize,
}

impl Reader {
    fn new(syntax: Syntax) -> Self {
        let sections = vec![Section { name: None, owners: Vec::new() }];
        Self {
            syntax,
            file: CodeOwners { sections, ..CodeOwners::default() },
            globs: GlobSet::builder(),
            section: 0,
        }
    }

    fn line(&mut self, line: &str, number: usize) -> Result<(), CodeOwnersError> {
        if line.is_empty() || line.starts_with('#') {
            return Ok(());
        }
        if self.syntax == Syntax::GitLab
            && let Some(section) = section(line)
        {
            self.open(section);
            return Ok(());
        }
        if self.file.entries.len() == PATTERNS_MAX {
            return Err(CodeOwnersError::TooMany { line: number });
        }
        match self.entry(line, number) {
            Some((entry, globs)) => {
                self.file.entry_of.extend(globs.iter().map(|_| self.file.entries.len()));
                self.file.entries.push(entry);
                for glob in globs {
                    self.globs.add(glob);
                }
            }
            None => self.file.skipped.push(number),
        }
        Ok(())
    }

    /// Sections of one name are one, whatever its case.
    fn open(&mut self, section: Section) {
        let name = section.name.as_deref().map(str::to_lowercase);
        let same = |known: &Section| known.name.as_deref().map(str::to_lowercase) == name;
        self.section = self.file.sections.iter().position(same).unwrap_or(self.file.sections.len());
        match self.file.sections.get_mut(self.section) {
            Some(known) => known.owners = section.owners,
            None => self.file.sections.push(section),
        }
    }

    fn finish(self) -> Result<CodeOwners, CodeOwnersError> {
        let globs = self.globs.build().map_err(|_| CodeOwnersError::TooComplex)?;
        Ok(CodeOwners { globs, ..self.file })
    }

    fn entry(&self, line: &str, number: usize) -> Option<(Entry, Vec<Glob>)> {
        let (pattern, rest) = split(line);
        let (exclude, pattern) = match (self.syntax, pattern.strip_prefix('!')) {
            (Syntax::GitLab, Some(pattern)) => (true, pattern.to_owned()),
            // "Some syntax rules for gitignore files do not work": negation and character ranges.
            (Syntax::GitHub, Some(_)) => return None,
            (_, None) => (false, pattern),
        };
        if self.syntax == Syntax::GitHub && pattern.contains('[') {
            return None;
        }
        let mut owners = owners(rest);
        if owners.is_empty() && self.syntax == Syntax::GitLab {
            owners.clone_from(&self.file.sections[self.section].owners);
        }
        let build =
            |glob: &String| GlobBuilder::new(glob).literal_separator(true).backslash_escape(true).build();
        let globs = globs(&pattern, self.syntax).iter().map(build).collect::<Result<_, _>>().ok()?;
        Some((Entry { owners, line: number, section: self.section, exclude }, globs))
    }
}

/// The pattern of a line, which may have escaped blanks, and what follows it.
fn split(line: &str) -> (String, &str) {
    let mut pattern = String::new();
    let mut chars = line.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some((_, escaped @ (' ' | '#'))) => pattern.push(escaped),
                Some((_, other)) => pattern.extend(['\\', other]),
                None => {}
            },
            c if c.is_whitespace() => return (pattern, &line[at..]),
            c => pattern.push(c),
        }
    }
    (pattern, "")
}

/// `@user`, `@organisation/team`, `@@role` and addresses, up to a comment.
fn owners(rest: &str) -> Vec<String> {
    let words = rest.split_whitespace().take_while(|word| !word.starts_with('#'));
    words.filter(|word| word.contains('@')).take(OWNERS_MAX).map(str::to_owned).collect()
}

/// A section's head: `[Name]`, `^[Optional]`, `[Two approvals][2] @owner`.
fn section(line: &str) -> Option<Section> {
    let inner = line.strip_prefix('^').unwrap_or(line).strip_prefix('[')?;
    let (name, rest) = inner.split_once(']')?;
    let after = rest.strip_prefix('[').and_then(|count| count.split_once(']')).map_or(rest, |(_, rest)| rest);
    let is_head = !name.trim().is_empty() && (after.is_empty() || after.starts_with(char::is_whitespace));
    is_head.then(|| Section { name: Some(name.trim().to_owned()), owners: owners(after) })
}

/// The pattern as globs over paths without a leading `/`.
fn globs(pattern: &str, syntax: Syntax) -> Vec<String> {
    // Braces are letters in both syntaxes.
    let escaped = pattern.replace('{', "\\{").replace('}', "\\}");
    let (body, is_folder) = escaped.strip_suffix('/').map_or((escaped.as_str(), false), |body| (body, true));
    // As in gitignore, GitHub takes a pattern with a slash in it from the root.
    let is_anchored = body.starts_with('/') || syntax == Syntax::GitHub && body.contains('/');
    let body = body.trim_start_matches('/');
    let head = if is_anchored || body.starts_with("**/") { "" } else { "**/" };
    match (is_folder, syntax) {
        _ if body.is_empty() => vec!["**".to_owned()],
        (true, _) => vec![format!("{head}{body}/**")],
        // A name may be that of a folder, and then all in it is meant; `docs/*` is not what lies deeper.
        (false, Syntax::GitHub) if !body.ends_with('*') => {
            vec![format!("{head}{body}"), format!("{head}{body}/**")]
        }
        (false, _) => vec![format!("{head}{body}")],
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn github(text: &str) -> CodeOwners {
        CodeOwners::parse(text, Syntax::GitHub).expect("small")
    }

    fn gitlab(text: &str) -> CodeOwners {
        CodeOwners::parse(text, Syntax::GitLab).expect("small")
    }

    /// The example of GitHub's documentation, in its own words.
    #[test]
    fn github_takes_the_last_line_that_matches() {
        let file = github(
            "# a comment\n*       @global-owner1 @global-owner2\n*.js    @js-owner #This is an inline comment.\n\
             *.go docs@example.com\n*.txt @octo-org/octocats\n/build/logs/ @doctocat\ndocs/* docs@example.com\n\
             apps/ @octocat\n/docs/ @doctocat\n/scripts/ @doctocat @octocat\n**/logs @octocat\n/apps/ @octocat\n/apps/github\n",
        );
        for (path, owners) in [
            ("README.md", vec!["@global-owner1", "@global-owner2"]),
            ("src/deep/a.js", vec!["@js-owner"]),
            ("main.go", vec!["docs@example.com"]),
            ("build/logs/a/b.log", vec!["@octocat"]),
            ("docs/a.md", vec!["@doctocat"]),
            ("src/docs/a.md", vec!["@global-owner1", "@global-owner2"]),
            ("src/apps/x/y.c", vec!["@octocat"]),
            ("deep/logs/x.log", vec!["@octocat"]),
            ("scripts/run.sh", vec!["@doctocat", "@octocat"]),
            ("apps/web/a.c", vec!["@octocat"]),
            ("apps/github/a.c", vec![]),
        ] {
            assert_eq!(file.owners(path), owners, "{path}");
        }
        assert_eq!(file.of("main.go")[0].line, 4);
        assert_eq!(file.of("apps/github/a.c")[0].line, 13);
    }

    #[test]
    fn one_level_is_one_level() {
        let file = github("docs/* @docs\n");
        assert_eq!(file.owners("docs/a.md"), ["@docs"]);
        assert!(file.owners("docs/build/a.md").is_empty());
    }

    #[test]
    fn what_github_does_not_read_is_left_out() {
        let file = github("!src/ @a\n[ab].c @b\na\\ b.c @c\n");
        assert_eq!(file.skipped(), [1, 2]);
        assert_eq!(file.owners("a b.c"), ["@c"]);
        assert!(file.owners("src/x").is_empty());
    }

    #[test]
    fn gitlab_has_sections_with_owners_of_their_own() {
        let file = gitlab(
            "* @all\n\n[Docs][2] @writers\ndocs/\nREADME.md @readers\n/docs/internal/ @@maintainers\n\n\
             ^[Database] @dba\n*.sql\n!/fixtures/**/*.sql\n\n[DOCS] @editors\n/handbook/\n",
        );
        let lines = |path: &str| {
            let lines = file.of(path).into_iter();
            lines
                .map(|one| {
                    format!("{}:{} {}", one.section.unwrap_or_default(), one.line, one.owners.join(" "))
                })
                .collect::<Vec<_>>()
        };
        assert_eq!(lines("src/a.c"), [":1 @all"]);
        assert_eq!(lines("docs/a.md"), [":1 @all", "Docs:4 @writers"]);
        assert_eq!(lines("deep/README.md"), [":1 @all", "Docs:5 @readers"]);
        assert_eq!(lines("docs/internal/x.sql"), [":1 @all", "Docs:6 @@maintainers", "Database:9 @dba"]);
        assert_eq!(lines("fixtures/a/b.sql"), [":1 @all"]);
        assert_eq!(lines("handbook/x"), [":1 @all", "Docs:13 @editors"]);
        assert_eq!(file.owners("docs/a.md"), ["@all", "@writers"]);
    }

    #[test]
    fn gitlab_matches_anywhere_what_begins_with_no_slash() {
        let file =
            gitlab("internal/README.md @a\n/top.md @b\n[abc].md @c\npath\\ with\\ spaces/ @d\n/x/* @e\n");
        assert_eq!(file.owners("deep/internal/README.md"), ["@a"]);
        assert_eq!(file.owners("top.md"), ["@b"]);
        assert!(file.owners("deep/top.md").is_empty() && file.owners("x/y/z").is_empty());
        assert_eq!(file.owners("path with spaces/x"), ["@d"]);
        assert_eq!(file.owners("x/y"), ["@e"]);
        assert_eq!(file.owners("b.md"), ["@c"], "a pattern, because no blank follows the bracket");
    }

    #[test]
    fn a_file_without_end_is_refused() {
        let large = "a".repeat(BYTES_MAX + 1);
        assert_eq!(CodeOwners::parse(&large, Syntax::GitHub).err(), Some(CodeOwnersError::TooLarge));
        let many = "a @b\n".repeat(PATTERNS_MAX + 1);
        let line = PATTERNS_MAX + 1;
        assert_eq!(CodeOwners::parse(&many, Syntax::GitHub).err(), Some(CodeOwnersError::TooMany { line }));
    }

    proptest! {
        #[test]
        fn any_text_is_read_and_any_path_asked_for(text in "[ -~\n]{0,200}", path in "[ -~]{0,40}") {
            for syntax in [Syntax::GitHub, Syntax::GitLab] {
                let file = CodeOwners::parse(&text, syntax).expect("small");
                let lines = text.lines().count();
                prop_assert!(file.of(&path).iter().all(|one| (1..=lines).contains(&one.line)));
                prop_assert!(syntax == Syntax::GitLab || file.of(&path).len() <= 1);
            }
        }
    }
}
