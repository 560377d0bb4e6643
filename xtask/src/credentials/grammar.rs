//! What names and values are made of: rules with alternatives, from the word lists.

use std::{collections::BTreeMap, path::Path};

use anyhow::{Context, Result, bail};

use super::{
    half::Half,
    phrase::{Mark, Phrase, Slot, Symbol},
    sections::{self, Section},
};
use crate::random::Random;

/// All rules by name.
#[derive(Debug, Clone)]
pub(super) struct Grammar {
    rules: BTreeMap<String, Rule>,
}

/// What one name can become.
#[derive(Debug, Clone)]
pub(super) struct Rule {
    /// The category of its labels.
    pub(super) category: Option<String>,
    pub(super) alternatives: Vec<Phrase>,
    kept: Kept,
}

/// What a repository knows of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kept {
    /// A good part of the alternatives.
    Part,
    /// Three of them, at most.
    Few,
    /// One of them.
    One,
}

/// Lists that are not longer stay whole in every repository.
const SHORT: usize = 3;

impl Grammar {
    /// Reads every word list of `folder`. A heading is `:: name [few|one] [category]`; each line is one alternative.
    ///
    /// # Errors
    /// A file cannot be read, a rule stands twice or has no alternative, or a slot names what does not exist.
    pub(super) fn load(folder: &Path) -> Result<Self> {
        let mut rules = BTreeMap::new();
        for (_, sections) in sections::read_folder(folder)? {
            for section in sections {
                let rule = Rule::read(&section).with_context(|| section.place.clone())?;
                if rules.insert(section.name.clone(), rule).is_some() {
                    bail!("{}: {} stands twice", section.place, section.name);
                }
            }
        }
        let grammar = Self { rules };
        for (name, rule) in &grammar.rules {
            for phrase in &rule.alternatives {
                grammar.check(phrase, &[]).with_context(|| format!("in the word list {name}"))?;
            }
        }
        Ok(grammar)
    }

    /// The rule of that name, if there is one.
    pub(super) fn rule(&self, name: &str) -> Option<&Rule> {
        self.rules.get(name)
    }

    /// Half of the grammar.
    pub(super) fn half(&self, half: Half) -> Self {
        let halve = |(name, rule): (&String, &Rule)| {
            let alternatives = half.of(&rule.alternatives);
            (name.clone(), Rule { alternatives, ..rule.clone() })
        };
        Self { rules: self.rules.iter().map(halve).collect() }
    }

    /// The grammar of one repository: of each longer list only a part.
    pub(super) fn narrowed(&self, random: &mut Random) -> Self {
        let narrow = |(name, rule): (&String, &Rule)| (name.clone(), rule.narrowed(random));
        Self { rules: self.rules.iter().map(narrow).collect() }
    }

    /// Checks that every slot of `phrase` can be filled, where `bound` are the names that are bound elsewhere.
    ///
    /// # Errors
    /// One cannot.
    pub(super) fn check(&self, phrase: &Phrase, bound: &[&str]) -> Result<()> {
        let mut known = bound.to_vec();
        for slot in phrase.slots() {
            self.check_slot(slot, &known)?;
            known.extend(slot.name.as_deref());
        }
        Ok(())
    }

    fn check_slot(&self, slot: &Slot, bound: &[&str]) -> Result<()> {
        let Symbol::Name(name) = &slot.symbol else {
            return has_category(slot, None);
        };
        if bound.contains(&name.as_str()) {
            return Ok(());
        }
        let rule = self.rules.get(name).with_context(|| format!("no word list {name}"))?;
        has_category(slot, Some(rule))?;
        if slot.mark == Some(Mark::Either) {
            let other = look_alike(name);
            let rule = self.rules.get(&other).with_context(|| format!("no word list {other}"))?;
            has_category(slot, Some(rule))?;
        }
        Ok(())
    }
}

/// The rule for what only looks like `symbol`.
pub(super) fn look_alike(symbol: &str) -> String {
    format!("not-{symbol}")
}

fn has_category(slot: &Slot, rule: Option<&Rule>) -> Result<()> {
    let known = slot.category.is_some() || rule.is_some_and(|rule| rule.category.is_some());
    if slot.mark.is_some() && !known {
        bail!("no category for the label of {:?}", slot.symbol);
    }
    Ok(())
}

impl Rule {
    fn read(section: &Section) -> Result<Self> {
        let (first, rest) = section.argument.split_once(' ').unwrap_or((&section.argument, ""));
        let (kept, category) = match first {
            "few" => (Kept::Few, rest),
            "one" => (Kept::One, rest),
            _ => (Kept::Part, section.argument.as_str()),
        };
        let lines = section.body.lines().filter(|line| !line.is_empty());
        let alternatives: Vec<Phrase> = lines.map(Phrase::parse).collect::<Result<_>>()?;
        if alternatives.is_empty() {
            bail!("{} has no alternative", section.name);
        }
        let category = (!category.is_empty()).then(|| category.to_owned());
        Ok(Self { category, alternatives, kept })
    }

    fn narrowed(&self, random: &mut Random) -> Self {
        let count = self.alternatives.len();
        let kept = match self.kept {
            Kept::One => 1,
            Kept::Few => SHORT,
            Kept::Part => (count * random.within(40, 75) / 100).max(SHORT),
        };
        Self { alternatives: random.sample(&self.alternatives, kept), ..self.clone() }
    }
}
