//! Kinds of files: paths, openings, parts and endings to choose from.

use std::path::Path;

use anyhow::{Context, Result, bail};

use super::{
    grammar::Grammar,
    half::Half,
    phrase::{Phrase, Piece},
    sections::{self, Section},
};
use crate::random::Random;

/// How files of one kind are put together.
#[derive(Debug, Clone)]
pub(super) struct Kind {
    pub(super) name: String,
    pub(super) paths: Vec<Phrase>,
    pub(super) heads: Vec<Phrase>,
    pub(super) parts: Vec<Phrase>,
    /// Parts without labels, that stand among the others.
    pub(super) fillers: Vec<Phrase>,
    pub(super) feet: Vec<Phrase>,
    /// Stands between two parts.
    pub(super) joint: Phrase,
    /// Strings may as well be in single quotes.
    either_quotes: bool,
    /// Four blanks may as well be two, or a tab.
    any_indent: bool,
}

/// How many parts of a kind a repository knows at least, if there are so many.
const PARTS_MIN: usize = 5;

impl Kind {
    /// Reads every kind of file from `folder`: one file for each, with the sections `path`, `head`, `part`, `filler`,
    /// `foot`, `joint` and `style`.
    ///
    /// # Errors
    /// A file cannot be read, has no path or part, or a slot in it cannot be filled.
    pub(super) fn load_all(folder: &Path, grammar: &Grammar) -> Result<Vec<Self>> {
        sections::read_folder(folder)?
            .into_iter()
            .map(|(name, sections)| Self::read(name, &sections, grammar))
            .collect()
    }

    fn read(name: String, sections: &[Section], grammar: &Grammar) -> Result<Self> {
        let joint = Phrase::parse("\n")?;
        let mut kind = Self {
            name,
            paths: Vec::new(),
            heads: Vec::new(),
            parts: Vec::new(),
            fillers: Vec::new(),
            feet: Vec::new(),
            joint,
            either_quotes: false,
            any_indent: false,
        };
        for section in sections {
            kind.add(section).with_context(|| section.place.clone())?;
        }
        if kind.paths.is_empty() || kind.parts.is_empty() {
            bail!("{}.txt: a kind of file needs a path and a part", kind.name);
        }
        kind.check(grammar).with_context(|| format!("in {}.txt", kind.name))?;
        Ok(kind)
    }

    fn add(&mut self, section: &Section) -> Result<()> {
        let body = || Phrase::parse(section.body.trim_end_matches('\n'));
        match section.name.as_str() {
            "path" => self.paths.push(Phrase::parse(&section.argument)?),
            "head" => self.heads.push(body()?),
            "part" => self.parts.push(body()?),
            "filler" => self.fillers.push(body()?),
            "foot" => self.feet.push(body()?),
            "joint" => self.joint = Phrase::parse(&section.body)?,
            "style" => self.add_style(&section.argument)?,
            other => bail!("no section {other}"),
        }
        Ok(())
    }

    fn add_style(&mut self, words: &str) -> Result<()> {
        for word in words.split_whitespace() {
            match word {
                "quotes" => self.either_quotes = true,
                "indent" => self.any_indent = true,
                other => bail!("no style {other}"),
            }
        }
        Ok(())
    }

    /// A part may use what the head bound, whichever head it is.
    fn check(&self, grammar: &Grammar) -> Result<()> {
        let heads = self.heads.iter().flat_map(Phrase::slots);
        let bound: Vec<&str> = heads.filter_map(|slot| slot.name.as_deref()).collect();
        for phrase in self.paths.iter().chain(&self.heads) {
            grammar.check(phrase, &[])?;
        }
        for phrase in self.parts.iter().chain(&self.fillers).chain(&self.feet) {
            grammar.check(phrase, &bound)?;
        }
        if self.fillers.iter().flat_map(Phrase::slots).any(|slot| slot.mark.is_some()) {
            bail!("a filler holds nothing that is labelled");
        }
        Ok(())
    }

    /// The kind with half of its parts.
    pub(super) fn half(&self, half: Half) -> Self {
        Self { parts: half.of(&self.parts), fillers: half.of(&self.fillers), ..self.clone() }
    }

    /// The kind as one repository knows it: some of the parts, in its own style.
    pub(super) fn narrowed(&self, random: &mut Random) -> Self {
        let count = (self.parts.len() * random.within(35, 60) / 100).max(PARTS_MIN);
        let style = Style {
            single_quotes: self.either_quotes && random.chance(50),
            indent: if self.any_indent { INDENTS[random.below(INDENTS.len())] } else { INDENTS[0] },
        };
        let restyle = |phrases: &[Phrase]| phrases.iter().map(|phrase| style.apply(phrase)).collect();
        Self {
            heads: restyle(&self.heads),
            parts: restyle(&random.sample(&self.parts, count)),
            fillers: restyle(&self.fillers),
            feet: restyle(&self.feet),
            ..self.clone()
        }
    }
}

/// What a level may be indented by; the first is how the files are written.
const INDENTS: [&str; 3] = ["    ", "  ", "\t"];

/// What formatters decide.
struct Style {
    single_quotes: bool,
    indent: &'static str,
}

impl Style {
    fn apply(&self, phrase: &Phrase) -> Phrase {
        let restyle = |piece: &Piece| match piece {
            Piece::Text(text) => Piece::Text(self.restyle(text)),
            Piece::Slot(_) => piece.clone(),
        };
        Phrase(phrase.0.iter().map(restyle).collect())
    }

    fn restyle(&self, text: &str) -> String {
        let text = if self.single_quotes { text.replace('"', "'") } else { text.to_owned() };
        text.replace("    ", self.indent)
    }
}
