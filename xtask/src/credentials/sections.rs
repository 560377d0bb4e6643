//! The form of every data file: sections that begin with `:: name arguments`; lines that begin with `:#` are comments.

use std::{fs, path::Path};

use anyhow::{Context, Result, bail};

/// One section of a data file.
#[derive(Debug, Clone)]
pub(super) struct Section {
    pub(super) name: String,
    /// The rest of the heading.
    pub(super) argument: String,
    pub(super) body: String,
    /// `file:line` of the heading.
    pub(super) place: String,
}

/// Reads the sections of all files of `folder` whose names end in `.txt`, with the name of each file, in order of names.
///
/// # Errors
/// A file cannot be read, or does not begin with a heading.
pub(super) fn read_folder(folder: &Path) -> Result<Vec<(String, Vec<Section>)>> {
    let mut files = Vec::new();
    let entries = fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    for entry in entries {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "txt") {
            let text =
                fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
            let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            files.push((name.clone(), parse(&name, &text)?));
        }
    }
    files.sort_by(|(one, _), (other, _)| one.cmp(other));
    Ok(files)
}

fn parse(file: &str, text: &str) -> Result<Vec<Section>> {
    let mut sections: Vec<Section> = Vec::new();
    for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.starts_with(":#")) {
        if let Some(heading) = line.strip_prefix(":: ") {
            let (name, argument) = heading.split_once(' ').unwrap_or((heading, ""));
            sections.push(Section {
                name: name.to_owned(),
                argument: argument.to_owned(),
                body: String::new(),
                place: format!("{file}.txt:{}", number + 1),
            });
        } else if let Some(section) = sections.last_mut() {
            section.body.push_str(line);
            section.body.push('\n');
        } else if !line.is_empty() {
            bail!("{file}.txt:{}: no heading before the first line", number + 1);
        }
    }
    Ok(sections)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_hold_their_lines() {
        let sections = parse("kind", ":# a comment\n:: path one\na\nb\n:: foot\n").expect("valid");
        assert_eq!(sections.len(), 2);
        assert_eq!((sections[0].argument.as_str(), sections[0].body.as_str()), ("one", "a\nb\n"));
        assert_eq!(sections[1].place, "kind.txt:5");
    }

    #[test]
    fn a_line_without_a_heading_is_named() {
        let error = parse("kind", "lost\n").expect_err("no heading");
        assert_eq!(error.to_string(), "kind.txt:1: no heading before the first line");
    }
}
