//! Files in, one file of rules and a report out.

use std::{collections::HashMap, path::PathBuf};

use stanch_engine::{Allow, RuleError, parse_rules};

use crate::{
    Format,
    convert::{Converter, usable},
    foreign::{Foreign, ForeignRule},
    gitleaks,
    report::{Note, Report},
    rule_list,
    text::FileOut,
};

/// The largest file that is read, in bytes.
const FILE_BYTES_MAX: usize = 16 << 20;
/// The most rules of an import.
const RULES_MAX: usize = 20_000;
/// How many files may extend each other.
const EXTEND_MAX: usize = 2;

/// A file to read.
#[derive(Clone, Copy, Debug)]
pub struct Input<'t> {
    /// Its name, for messages.
    pub file: &'t str,
    /// What it holds.
    pub text: &'t str,
}

/// Reads the file of a path; none where there is none that can be read.
pub type Include<'o> = dyn Fn(&str) -> Option<String> + 'o;

/// How to read.
#[derive(Clone, Copy, Default)]
pub struct Options<'o> {
    /// Whose files they are; guessed where it is not said.
    pub format: Option<Format>,
    /// Reads a file that another one extends, by the path written there; without it none is.
    pub include: Option<&'o Include<'o>>,
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct Import {
    /// A file of rules.
    pub text: String,
    /// What changed.
    pub report: Report,
}

/// Why files cannot be imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// Nothing tells whose rules they are.
    #[error("{}: not known as rules of {}", file.display(), known())]
    UnknownFormat {
        /// The file.
        file: PathBuf,
    },
    /// It does not read as what it is.
    #[error("{}:{line}: {message}", file.display())]
    Syntax {
        /// The file.
        file: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong, without any value.
        message: String,
    },
    /// There is too much of it.
    #[error("{}: over the limit of {limit}", file.display())]
    TooLarge {
        /// The file.
        file: PathBuf,
        /// The limit, in words.
        limit: String,
    },
    /// What was made of it cannot be read back.
    #[error("what was written cannot be read back, please report it")]
    Unreadable(#[from] RuleError),
    /// What was made of it cannot be written.
    #[error("what was made of the rules cannot be written, please report it")]
    Unwritable(#[from] toml::ser::Error),
}

fn known() -> String {
    Format::ALL.map(Format::as_str).join(", ")
}

/// Reads rule files of other scanners, in order, and writes Stanch's.
///
/// # Errors
/// The first file that cannot be read. A rule that cannot be expressed is none: the report names it.
pub fn import(inputs: &[Input<'_>], options: &Options<'_>) -> Result<Import, ImportError> {
    let mut all = Foreign::default();
    let mut report = Report::default();
    for input in inputs {
        let unknown = || ImportError::UnknownFormat { file: input.file.into() };
        let format = options.format.or_else(|| Format::guess(input.text)).ok_or_else(unknown)?;
        let read = Reader { input, options }.read(format, &mut all.rules)?;
        let named = |note: Note| Note { text: format!("{}: {}", input.file, note.text), ..note };
        report.files.push((input.file.to_owned(), format));
        report.notes.extend(read.notes.into_iter().map(named));
        all.allows.extend(read.allows);
        replace_same(&mut all.rules, read.rules);
        if all.rules.len() > RULES_MAX {
            return Err(ImportError::TooLarge {
                file: input.file.into(),
                limit: format!("{RULES_MAX} rules"),
            });
        }
    }
    write(&all, report)
}

/// Adds rules; one whose id is there already takes its place.
fn replace_same(rules: &mut Vec<ForeignRule>, more: Vec<ForeignRule>) {
    let mut places: HashMap<String, usize> =
        rules.iter().enumerate().map(|(at, rule)| (rule.id.clone(), at)).collect();
    for rule in more {
        if let Some(&at) = places.get(&rule.id) {
            rules[at] = rule;
        } else {
            places.insert(rule.id.clone(), rules.len());
            rules.push(rule);
        }
    }
}

fn write(all: &Foreign, mut report: Report) -> Result<Import, ImportError> {
    let format = report.files.first().map_or(Format::Gitleaks, |(_, format)| *format);
    let mut allow = usable(&all.allows, &mut report.notes);
    if allow.len() > Allow::COUNT_MAX {
        report.notes.push(Note::left_out(format!(
            "of the allowlists for all rules those after {}",
            Allow::COUNT_MAX
        )));
        allow.truncate(Allow::COUNT_MAX);
    }
    let mut converter = Converter::new(&all.rules, allow.len(), format);
    let mut rules = Vec::new();
    let (hidden, visible): (Vec<_>, Vec<_>) = all.rules.iter().partition(|rule| rule.hidden);
    for rule in visible {
        let converted = converter.convert(rule);
        rules.extend(converted.rules);
        report.rules.push(converted.report);
    }
    report.rules.extend(hidden.into_iter().map(|rule| converter.hidden(rule)));
    let file = FileOut { provider: format!("Imported from {format}"), allow, rule: rules };
    let text = format!(
        "# Made by `stanch rules import` of rules of {format}; its report tells what changed.\n{}",
        toml::to_string_pretty(&file)?
    );
    parse_rules("imported", &text)?;
    Ok(Import { text, report })
}

/// Reads one file, and those it extends.
struct Reader<'r> {
    input: &'r Input<'r>,
    options: &'r Options<'r>,
}

impl Reader<'_> {
    /// `before` are the rules of the files before it, which are taken if it extends them.
    fn read(&self, format: Format, before: &mut Vec<ForeignRule>) -> Result<Foreign, ImportError> {
        let Input { file, text } = *self.input;
        if text.len() > FILE_BYTES_MAX {
            return Err(ImportError::TooLarge {
                file: file.into(),
                limit: format!("{FILE_BYTES_MAX} bytes"),
            });
        }
        match format {
            Format::Gitleaks | Format::Betterleaks => self.read_toml(text, before, 0),
            Format::Kingfisher | Format::NoseyParker => {
                rule_list::read(text, format).map_err(|mistake| self.syntax(mistake.line, mistake.message))
            }
        }
    }

    fn read_toml(
        &self,
        text: &str,
        before: &mut Vec<ForeignRule>,
        depth: usize,
    ) -> Result<Foreign, ImportError> {
        let mut read = gitleaks::read(text).map_err(|(line, message)| self.syntax(line, message))?;
        let mut included = None;
        if let Some(path) = &read.extend.path {
            let text = self.options.include.filter(|_| depth < EXTEND_MAX).and_then(|include| include(path));
            match text.filter(|text| text.len() <= FILE_BYTES_MAX) {
                Some(text) => included = Some(self.read_toml(&text, &mut Vec::new(), depth + 1)?),
                None => read.foreign.notes.push(Note::left_out("extend.path: a file that was not read")),
            }
        }
        Ok(gitleaks::extended(read, before, included))
    }

    fn syntax(&self, line: usize, message: String) -> ImportError {
        ImportError::Syntax { file: self.input.file.into(), line, message }
    }
}
