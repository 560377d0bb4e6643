//! Fills the slots of phrases.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};

use super::{
    draft::{Draft, Label, Truth},
    grammar::{self, Grammar},
    phrase::{Mark, Phrase, Piece, Slot, Symbol},
};
use crate::random::Random;

/// How often a text is drawn again before its slot is given up.
const DRAWS_MAX: usize = 40;

/// In how many of 100 cases a labelled value is one that was used before.
const REPEATED_PERCENT: usize = 12;

/// Slots within slots within slots.
const DEPTH_MAX: usize = 24;

/// Fills slots for one repository.
pub(super) struct Composer {
    grammar: Grammar,
    random: Random,
    /// In how many of 100 cases a place that can hold either holds a credential.
    credentials_percent: usize,
    /// What was drawn for each labelled symbol.
    drawn: BTreeMap<String, Vec<Draft>>,
    /// What was bound in this file.
    bound: BTreeMap<String, Draft>,
    depth: usize,
}

impl Composer {
    /// A composer that knows only a part of `grammar`.
    pub(super) fn new(grammar: &Grammar, mut random: Random) -> Self {
        Self {
            grammar: grammar.narrowed(&mut random),
            credentials_percent: random.within(45, 85),
            random,
            drawn: BTreeMap::new(),
            bound: BTreeMap::new(),
            depth: 0,
        }
    }

    /// The choices of this repository.
    pub(super) fn random(&mut self) -> &mut Random {
        &mut self.random
    }

    /// Forgets the names that were bound in the last file.
    pub(super) fn begin_file(&mut self) {
        self.bound.clear();
    }

    /// Adds `phrase` to `draft`, its slots filled.
    ///
    /// # Errors
    /// Nothing suits a slot, or labels would be lost in one.
    pub(super) fn compose(&mut self, phrase: &Phrase, draft: &mut Draft) -> Result<()> {
        let composed = self.try_phrase(phrase)?;
        draft.append(&composed.with_context(|| format!("nothing suits a slot of {phrase:?}"))?);
        Ok(())
    }

    /// The phrase with its slots filled; none if nothing suits one of them.
    fn try_phrase(&mut self, phrase: &Phrase) -> Result<Option<Draft>> {
        let mut draft = Draft::default();
        for piece in &phrase.0 {
            match piece {
                Piece::Text(text) => draft.push(text),
                Piece::Slot(slot) => match self.fill(slot, draft.text.chars().next_back())? {
                    Some(filled) => draft.append(&filled),
                    None => return Ok(None),
                },
            }
        }
        Ok(Some(draft))
    }

    fn fill(&mut self, slot: &Slot, before: Option<char>) -> Result<Option<Draft>> {
        let truth = self.truth(slot.mark);
        let symbol = match (&slot.symbol, slot.mark, truth) {
            (Symbol::Name(name), Some(Mark::Either), Some(Truth::LookAlike)) => {
                Symbol::Name(grammar::look_alike(name))
            }
            (symbol, ..) => symbol.clone(),
        };
        for _ in 0..DRAWS_MAX {
            let drawn = self.draw(&symbol, truth.is_some())?;
            let Some(mut drawn) = drawn.map(|drawn| filtered(drawn, slot)).transpose()?.flatten() else {
                continue;
            };
            if !suits_quotes(&drawn.text, before) {
                continue;
            }
            if let Some(truth) = truth {
                self.label(&mut drawn, &symbol, slot, truth)?;
            }
            if let Some(name) = &slot.name {
                self.bound.insert(name.clone(), drawn.clone());
            }
            return Ok(Some(drawn));
        }
        Ok(None)
    }

    fn truth(&mut self, mark: Option<Mark>) -> Option<Truth> {
        Some(match mark? {
            Mark::Credential => Truth::Credential,
            Mark::Either if self.random.chance(self.credentials_percent) => Truth::Credential,
            Mark::Either | Mark::LookAlike => Truth::LookAlike,
        })
    }

    /// Labels all that was drawn, unless its parts are labelled.
    fn label(&self, drawn: &mut Draft, symbol: &Symbol, slot: &Slot, truth: Truth) -> Result<()> {
        if drawn.labels.is_empty() {
            let category = slot.category.clone().or_else(|| self.category(symbol)).context("no category")?;
            drawn.labels.push(Label { span: 0..drawn.text.len(), truth, category });
        }
        Ok(())
    }

    fn category(&self, symbol: &Symbol) -> Option<String> {
        match symbol {
            Symbol::Name(name) => self.grammar.rule(name)?.category.clone(),
            _ => None,
        }
    }

    fn draw(&mut self, symbol: &Symbol, labelled: bool) -> Result<Option<Draft>> {
        Ok(match symbol {
            Symbol::Class { alphabet, low, high } => {
                let count = self.random.within(*low, *high);
                let letters = (0..count).map(|_| char::from(*self.random.pick(alphabet)));
                Some(Draft { text: letters.collect(), labels: Vec::new() })
            }
            Symbol::Number { low, high } => {
                let text = self.random.within(*low, *high).to_string();
                Some(Draft { text, labels: Vec::new() })
            }
            Symbol::Name(name) => match self.bound.get(name) {
                Some(draft) => Some(draft.clone()),
                None if labelled => self.draw_or_repeat(name)?,
                None => self.draw_rule(name)?,
            },
        })
    }

    fn draw_or_repeat(&mut self, name: &str) -> Result<Option<Draft>> {
        let seen = self.drawn.get(name).map_or(&[][..], Vec::as_slice);
        if !seen.is_empty() && self.random.chance(REPEATED_PERCENT) {
            return Ok(Some(self.random.pick(seen).clone()));
        }
        let drawn = self.draw_rule(name)?;
        self.drawn.entry(name.to_owned()).or_default().extend(drawn.clone());
        Ok(drawn)
    }

    fn draw_rule(&mut self, name: &str) -> Result<Option<Draft>> {
        let rule = self.grammar.rule(name).with_context(|| format!("no word list {name}"))?;
        let phrase = self.random.pick(&rule.alternatives).clone();
        if self.depth == DEPTH_MAX {
            bail!("word lists refer to each other without end");
        }
        self.depth += 1;
        let drawn = self.try_phrase(&phrase)?;
        self.depth -= 1;
        Ok(drawn)
    }
}

/// What the filters of `slot` make of a draft; none if one refuses it.
fn filtered(drawn: Draft, slot: &Slot) -> Result<Option<Draft>> {
    if slot.filters.is_empty() {
        return Ok(Some(drawn));
    }
    if !drawn.labels.is_empty() {
        bail!("a filter would move the labels within {:?}", slot.symbol);
    }
    let text = slot.filters.iter().try_fold(drawn.text, |text, filter| filter.apply(&text));
    Ok(text.map(|text| Draft { text, labels: Vec::new() }))
}

/// Whether a text can follow this character: a quoted one must not end early.
fn suits_quotes(text: &str, before: Option<char>) -> bool {
    match before {
        Some(quote @ ('"' | '\'' | '`')) => !text.contains([quote, '\\', '\n']),
        _ => true,
    }
}
