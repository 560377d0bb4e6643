//! Labelled files, as `CredData` lays them out: `data/<repository>/…` and `labels.jsonl` beside it. Without that file
//! nothing is labelled: ordinary projects, in which secrets are rare.

use std::{
    collections::{BTreeMap, HashMap},
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, bail};
use serde::Deserialize;

/// Whether somebody took a line's value for a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub(super) enum Truth {
    /// It is one.
    T,
    /// It is none.
    F,
    /// Undecided: counts as none.
    X,
}

/// One label.
#[derive(Debug, Deserialize)]
pub(super) struct Label {
    path: String,
    line_start: usize,
    line_end: usize,
    pub(super) truth: Truth,
    category: String,
    value: Option<String>,
}

/// Categories of identifiers: neither secrets nor their look-alikes.
const IDENTIFIERS: &[&str] = &["UUID", "AWS S3 Bucket", "Firebase Domain", "Tencent WeChat API App ID"];

impl Label {
    /// Whether it is scored at all.
    pub(super) fn counts(&self) -> bool {
        !IDENTIFIERS.contains(&self.category.as_str())
    }
}

/// A file and the path by which labels name it.
pub(super) struct File {
    pub(super) path: String,
    pub(super) bytes: Vec<u8>,
}

/// Files of some repositories and their labels.
pub(super) struct Corpus {
    pub(super) repositories: BTreeMap<String, Vec<File>>,
    pub(super) labels: Vec<Label>,
    by_path: HashMap<String, Vec<usize>>,
}

/// What the labels say of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Said {
    /// True labels, by their places.
    True(Vec<usize>),
    /// Only labels that are not true.
    False(Vec<usize>),
    /// Nothing.
    Nothing,
    /// It is an identifier.
    Ignored,
}

impl Corpus {
    /// Reads folders of this layout.
    pub(super) fn read(folders: &[PathBuf]) -> Result<Self> {
        let mut corpus = Self { repositories: BTreeMap::new(), labels: Vec::new(), by_path: HashMap::new() };
        for folder in folders {
            corpus.add(folder).with_context(|| folder.display().to_string())?;
        }
        if corpus.repositories.is_empty() {
            bail!("no repository under data/");
        }
        Ok(corpus)
    }

    fn add(&mut self, folder: &Path) -> Result<()> {
        let data = folder.join("data");
        for file in files(&data).context("data")? {
            let inner = file.strip_prefix(&data).expect("found there").to_string_lossy().replace('\\', "/");
            let repository = inner.split('/').next().unwrap_or_default().to_owned();
            let bytes = fs::read(&file)?;
            let path = format!("data/{inner}");
            self.repositories.entry(repository).or_default().push(File { path, bytes });
        }
        let labels = folder.join("labels.jsonl");
        if !labels.exists() {
            return Ok(());
        }
        let text = fs::read_to_string(labels).context("labels.jsonl")?;
        for (number, line) in text.lines().enumerate() {
            let label: Label = serde_json::from_str(line)
                .map_err(|_| anyhow::anyhow!("labels.jsonl:{}: not a label", number + 1))?;
            self.by_path.entry(label.path.clone()).or_default().push(self.labels.len());
            self.labels.push(label);
        }
        Ok(())
    }

    /// What the labels say of a value on these lines, by the rule of the scorer: of the labels on the lines those whose
    /// value overlaps it, or all where none does; true if any of them is.
    pub(super) fn said(&self, path: &str, lines: (usize, usize), secret: &str) -> Said {
        let on_lines = |at: &&usize| {
            let label = &self.labels[**at];
            label.line_start <= lines.1 && label.line_end >= lines.0
        };
        let mut found: Vec<usize> =
            self.by_path.get(path).into_iter().flatten().filter(on_lines).copied().collect();
        let overlapping: Vec<usize> = found.iter().copied().filter(|at| self.overlaps(*at, secret)).collect();
        if !overlapping.is_empty() {
            found = overlapping;
        }
        if found.is_empty() {
            return Said::Nothing;
        }
        if !found.iter().any(|at| self.labels[*at].counts()) {
            return Said::Ignored;
        }
        let truly: Vec<usize> =
            found.iter().copied().filter(|at| self.labels[*at].truth == Truth::T).collect();
        if truly.is_empty() { Said::False(found) } else { Said::True(truly) }
    }

    fn overlaps(&self, label: usize, secret: &str) -> bool {
        self.labels[label].value.as_ref().is_some_and(|value| overlap(&squashed(secret), &squashed(value)))
    }

    /// The repository of a label.
    pub(super) fn repository(&self, label: usize) -> &str {
        self.labels[label].path.split('/').nth(1).unwrap_or_default()
    }
}

/// Without white space, written or escaped.
fn squashed(text: &str) -> Vec<char> {
    let plain = ["\\n", "\\r", "\\t"].iter().fold(text.to_owned(), |text, escape| text.replace(escape, ""));
    plain.chars().filter(|char| !char.is_whitespace()).collect()
}

/// Whether one holds the other, or the end of one is the beginning of the other.
fn overlap(one: &[char], other: &[char]) -> bool {
    let least = one.len().min(other.len());
    if least == 0 {
        return false;
    }
    let holds = |long: &[char], short: &[char]| long.windows(short.len()).any(|part| part == short);
    let enough = (least / 2).clamp(4, 8);
    let joins = |a: &[char], b: &[char]| (enough..least).any(|len| a[a.len() - len..] == b[..len]);
    (one.len() >= other.len() && holds(one, other))
        || (other.len() >= one.len() && holds(other, one))
        || joins(one, other)
        || joins(other, one)
}

/// All files under a folder, sorted.
fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut left = vec![folder.to_owned()];
    while let Some(folder) = left.pop() {
        for entry in fs::read_dir(&folder)? {
            let path = entry?.path();
            if path.is_dir() { left.push(path) } else { found.push(path) }
        }
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn corpus(labels: &[(usize, &str, Truth)]) -> Corpus {
        let labels: Vec<_> = labels
            .iter()
            .map(|(line, value, truth)| Label {
                path: "data/a/b".to_owned(),
                line_start: *line,
                line_end: *line,
                truth: *truth,
                category: "Password".to_owned(),
                value: Some((*value).to_owned()),
            })
            .collect();
        let by_path = HashMap::from([("data/a/b".to_owned(), (0..labels.len()).collect())]);
        Corpus { repositories: BTreeMap::new(), labels, by_path }
    }

    #[test]
    fn labels_whose_value_overlaps_speak_first() {
        let corpus = corpus(&[(3, "abcdef", Truth::F), (3, "uvwxyz", Truth::T), (4, "qqqq", Truth::X)]);
        let said = |line, secret| corpus.said("data/a/b", (line, line), secret);
        assert_eq!(said(3, "xabcdefx"), Said::False(vec![0]));
        assert_eq!(said(3, "vwxyz"), Said::True(vec![1]));
        assert_eq!(said(3, "other"), Said::True(vec![1]));
        assert_eq!(said(4, "other"), Said::False(vec![2]));
        assert_eq!(said(5, "qqqq"), Said::Nothing);
    }

    #[test]
    fn ends_that_meet_overlap() {
        let meet = |a: &str, b: &str| overlap(&squashed(a), &squashed(b));
        assert!(meet("abcdefgh12", "12abcdefgh"));
        assert!(meet("12345678ab", "0012345678"));
        assert!(!meet("abcd", "efgh") && !meet("", "abc"));
        assert!(meet("line one\\nline", "one line"));
    }
}
