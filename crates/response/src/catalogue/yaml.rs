//! YAML as texts with the names above them: `metadata.name`, `spec.owner`. All that the catalogue of Backstage needs.

use saphyr_parser::{Event, Parser};

use super::CatalogueError;

/// The deepest nesting.
const DEPTH_MAX: usize = 64;
/// The most values of a file.
const VALUES_MAX: usize = 1 << 20;

/// A document: each text with the names above it, and its line.
#[derive(Debug, Default)]
pub(super) struct Document {
    /// The line it begins on, from 1.
    pub(super) line: usize,
    texts: Vec<(Vec<String>, String, usize)>,
}

impl Document {
    /// The text of that name, and its line.
    pub(super) fn text(&self, path: &[&str]) -> Option<(&str, usize)> {
        let found =
            self.texts.iter().find(|(names, ..)| names.iter().map(String::as_str).eq(path.iter().copied()));
        found.map(|(_, text, line)| (text.as_str(), *line))
    }
}

/// What is open around the next value.
enum Level {
    List,
    /// The name of the value that comes next; none where a name comes next.
    Table(Option<String>),
}

/// Reads the documents of a text. Aliases are refused: a few lines of them make a tree of any size.
///
/// # Errors
/// What is wrong with it, without any value.
pub(super) fn read(text: &str) -> Result<Vec<Document>, CatalogueError> {
    let (mut documents, mut levels, mut count) = (Vec::new(), Vec::<Level>::new(), 0_usize);
    for event in Parser::new_from_str(text) {
        let mistake = |line, message: String| CatalogueError { line, message };
        let (event, span) = event.map_err(|error| mistake(error.marker().line(), "not YAML".to_owned()))?;
        let line = span.start.line();
        count += 1;
        if count > VALUES_MAX || levels.len() > DEPTH_MAX {
            return Err(mistake(
                line,
                format!("more than {VALUES_MAX} values, or nested deeper than {DEPTH_MAX}"),
            ));
        }
        match event {
            Event::DocumentStart(_) => documents.push(Document { line, texts: Vec::new() }),
            Event::Scalar(text, ..) => scalar(text.into_owned(), line, &mut levels, documents.last_mut()),
            Event::SequenceStart(..) => levels.push(Level::List),
            Event::MappingStart(..) => levels.push(Level::Table(None)),
            Event::SequenceEnd | Event::MappingEnd => {
                levels.pop();
                valued(&mut levels);
            }
            Event::Alias(_) => return Err(mistake(line, "aliases are not read".to_owned())),
            _ => {}
        }
    }
    Ok(documents)
}

/// A name, or a value of the names above it.
fn scalar(text: String, line: usize, levels: &mut [Level], document: Option<&mut Document>) {
    if let Some(Level::Table(name @ None)) = levels.last_mut() {
        *name = Some(text);
        return;
    }
    let names = levels.iter().map(|level| match level {
        Level::List => None,
        Level::Table(name) => name.clone(),
    });
    if let (Some(names), Some(document)) = (names.collect::<Option<Vec<_>>>(), document) {
        document.texts.push((names, text, line));
    }
    valued(levels);
}

/// The value of a name was read: another name comes next.
fn valued(levels: &mut [Level]) {
    if let Some(Level::Table(name)) = levels.last_mut() {
        *name = None;
    }
}
