//! A set of human-chosen credentials and of what only looks like them, in realistic files, with labels.
//!
//! All of it is made from `xtask/credentials`: `words` says what names and values are made of, `files` how files of each
//! kind are put together. `docs/accuracy.md` says what counts as a credential. Every repository knows only a part of the words,
//! habits and parts, so that what is learned on some of them must hold for others.

mod composer;
mod draft;
mod filter;
mod grammar;
mod half;
mod kind;
mod phrase;
mod repository;
mod sections;

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use serde::Serialize;

use self::{
    draft::{Draft, Label, Truth},
    grammar::Grammar,
    half::Half,
    kind::Kind,
    repository::Repository,
};
use crate::{
    random::Random,
    shell::{root, say},
};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Folder to write `data` and `labels.jsonl` to.
    folder: PathBuf,
    /// The same seed gives the same set.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many files to make.
    #[arg(long, default_value_t = 2000)]
    files: usize,
    /// Use only half of the words and of the parts of files; the halves share no longer list. All without it.
    #[arg(long)]
    half: Option<Half>,
}

/// How many repositories the files are spread over.
const REPOSITORIES: usize = 40;

pub(crate) fn run(args: &Args) -> Result<()> {
    let set = Set::make(args)?;
    for file in &set.files {
        write(&args.folder.join(&file.path), &file.draft.text)?;
    }
    write(&args.folder.join("labels.jsonl"), &set.label_lines()?)?;
    say(&set.table());
    Ok(())
}

fn write(path: &Path, text: &str) -> Result<()> {
    let told = || format!("cannot write {}", path.display());
    fs::create_dir_all(path.parent().unwrap_or(path)).with_context(told)?;
    fs::write(path, text).with_context(told)
}

/// All files with their labels.
struct Set {
    files: Vec<SetFile>,
}

/// A file of the set.
struct SetFile {
    kind: String,
    repository: String,
    path: String,
    draft: Draft,
}

/// A line of `labels.jsonl`, in the form of the labels of the development data.
#[derive(Serialize)]
struct LabelLine<'a> {
    id: usize,
    repo: &'a str,
    path: &'a str,
    line_start: usize,
    line_end: usize,
    value_start: usize,
    value_end: usize,
    truth: &'static str,
    category: &'a str,
    predefined: &'static str,
    crypto: &'static str,
    value: &'a str,
}

impl Set {
    fn make(args: &Args) -> Result<Self> {
        let data = root().join("xtask/credentials");
        let mut grammar = Grammar::load(&data.join("words"))?;
        let mut kinds = Kind::load_all(&data.join("files"), &grammar)?;
        if let Some(half) = args.half {
            grammar = grammar.half(half);
            kinds = kinds.iter().map(|kind| kind.half(half)).collect();
        }
        let mut random = Random::new(args.seed);
        let mut repositories: Vec<Repository> = (0..REPOSITORIES)
            .map(|_| Repository::new(&grammar, &kinds, Random::new(random.next())))
            .collect();
        let made = (0..args.files).map(|index| SetFile::make(&mut repositories[index % REPOSITORIES]));
        Ok(Self { files: made.collect::<Result<_>>()? })
    }

    fn label_lines(&self) -> Result<String> {
        let labels =
            self.files.iter().flat_map(|file| file.draft.labels.iter().map(move |label| (file, label)));
        let mut out = String::new();
        for (index, (file, label)) in labels.enumerate() {
            out.push_str(&serde_json::to_string(&file.label_line(index + 1, label))?);
            out.push('\n');
        }
        Ok(out)
    }

    /// Credentials and look-alikes of every kind of file.
    fn counts(&self) -> BTreeMap<&str, (usize, usize)> {
        let mut counts: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
        for file in &self.files {
            let (credentials, look_alikes) = counts.entry(&file.kind).or_default();
            for label in &file.draft.labels {
                match label.truth {
                    Truth::Credential => *credentials += 1,
                    Truth::LookAlike => *look_alikes += 1,
                }
            }
        }
        counts
    }

    fn table(&self) -> String {
        let counts = self.counts();
        let mut out = String::from("| kind of file | credentials | look-alikes |\n|---|---:|---:|\n");
        for (kind, (credentials, look_alikes)) in &counts {
            // Writing to a string cannot fail.
            let _ = writeln!(out, "| {kind} | {credentials} | {look_alikes} |");
        }
        let total = counts.values().fold((0, 0), |sum, count| (sum.0 + count.0, sum.1 + count.1));
        let _ = write!(
            out,
            "| {} files of {} kinds | {} | {} |",
            self.files.len(),
            counts.len(),
            total.0,
            total.1
        );
        out
    }
}

impl SetFile {
    fn make(repository: &mut Repository) -> Result<Self> {
        let composed = repository.compose().with_context(|| format!("in repository {}", repository.name))?;
        let path = format!("data/{}/{}", repository.name, composed.path);
        Ok(Self { kind: composed.kind, repository: repository.name.clone(), path, draft: composed.draft })
    }

    fn label_line<'a>(&'a self, id: usize, label: &'a Label) -> LabelLine<'a> {
        let position = self.draft.position(&label.span);
        let truth = match label.truth {
            Truth::Credential => "T",
            Truth::LookAlike => "F",
        };
        LabelLine {
            id,
            repo: &self.repository,
            path: &self.path,
            line_start: position.line_start,
            line_end: position.line_end,
            value_start: position.value_start,
            value_end: position.value_end,
            truth,
            category: &label.category,
            predefined: "",
            crypto: "",
            value: &self.draft.text[label.span.clone()],
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn make(seed: u64, files: usize, half: Option<Half>) -> Set {
        Set::make(&Args { folder: PathBuf::new(), seed, files, half }).expect("the data is valid")
    }

    fn labels(set: &Set) -> impl Iterator<Item = (&SetFile, &Label)> {
        set.files.iter().flat_map(|file| file.draft.labels.iter().map(move |label| (file, label)))
    }

    #[test]
    fn the_same_seed_gives_the_same_set() {
        let made = |seed| {
            let set = make(seed, 200, None);
            let texts: Vec<String> = set.files.iter().map(|file| file.draft.text.clone()).collect();
            (texts, set.label_lines().expect("labels are text"))
        };
        assert_eq!(made(5), made(5));
        assert_ne!(made(5), made(6));
    }

    #[test]
    fn the_set_is_large_and_varied_enough() {
        let set = make(1, 2000, None);
        let counts = set.counts();
        assert!(counts.values().map(|count| count.0).sum::<usize>() >= 2000, "credentials");
        assert!(counts.values().map(|count| count.1).sum::<usize>() >= 2000, "look-alikes");
        assert!(counts.values().filter(|count| count.0 > 0 && count.1 > 0).count() >= 15, "kinds of files");
        let paths: BTreeSet<&str> = set.files.iter().map(|file| file.path.as_str()).collect();
        assert_eq!(paths.len(), set.files.len(), "paths");
    }

    #[test]
    fn labels_point_at_their_values() {
        let set = make(2, 400, None);
        for (file, label) in labels(&set) {
            let line = file.label_line(1, label);
            let text = file.draft.text.lines().nth(line.line_start - 1).expect("the line exists");
            let at = text.chars().skip(line.value_start).take(line.value_end - line.value_start);
            assert_eq!(line.line_start, line.line_end, "{}", line.path);
            assert_eq!(at.collect::<String>(), line.value, "{}:{}", line.path, line.line_start);
        }
    }

    #[test]
    fn each_half_can_be_made() {
        for half in [Half::First, Half::Second] {
            assert!(labels(&make(4, 1000, Some(half))).count() >= 2000);
        }
    }

    #[test]
    fn no_value_is_both() {
        let set = make(3, 2000, None);
        let values = |truth: Truth| -> BTreeSet<&str> {
            let of_truth = labels(&set).filter(|(_, label)| label.truth == truth);
            of_truth.map(|(file, label)| &file.draft.text[label.span.clone()]).collect()
        };
        let both: Vec<&str> =
            values(Truth::Credential).intersection(&values(Truth::LookAlike)).copied().collect();
        assert!(both.is_empty(), "{both:?}");
    }
}
