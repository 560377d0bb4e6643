//! Composes the files of one repository.

use std::collections::BTreeSet;

use anyhow::Result;

use super::{composer::Composer, draft::Draft, grammar::Grammar, kind::Kind, phrase::Phrase};
use crate::random::Random;

/// A made-up repository, with habits of its own.
pub(super) struct Repository {
    /// Eight hexadecimal digits.
    pub(super) name: String,
    composer: Composer,
    kinds: Vec<Kind>,
    paths: BTreeSet<String>,
}

/// A file of a repository.
pub(super) struct Composed {
    /// The name of its kind.
    pub(super) kind: String,
    /// Relative to the repository.
    pub(super) path: String,
    pub(super) draft: Draft,
}

/// Kinds of files in one repository.
const KINDS: (usize, usize) = (12, 20);

/// Parts of one file.
const PARTS: (usize, usize) = (2, 7);

/// In how many of 100 cases a filler stands before a part.
const FILLER_PERCENT: usize = 45;

impl Repository {
    /// A repository that uses some of the kinds and a part of the grammar.
    pub(super) fn new(grammar: &Grammar, kinds: &[Kind], mut random: Random) -> Self {
        let name = format!("{:08x}", random.next() >> 32);
        let count = random.within(KINDS.0, KINDS.1);
        let chosen = random.sample(kinds, count);
        let kinds = chosen.iter().map(|kind| kind.narrowed(&mut random)).collect();
        Self { name, composer: Composer::new(grammar, random), kinds, paths: BTreeSet::new() }
    }

    /// One more file.
    ///
    /// # Errors
    /// A slot cannot be filled.
    pub(super) fn compose(&mut self) -> Result<Composed> {
        let random = self.composer.random();
        // The smaller of two numbers: a repository has more of some kinds than of others.
        let kind = random.below(self.kinds.len()).min(random.below(self.kinds.len()));
        let kind = self.kinds[kind].clone();
        self.composer.begin_file();
        let mut draft = Draft::default();
        self.compose_body(&kind, &mut draft)?;
        if draft.text.ends_with("\n\n") {
            draft.text.truncate(draft.text.trim_end_matches('\n').len());
        }
        if !draft.text.ends_with('\n') {
            draft.push("\n");
        }
        Ok(Composed { path: self.path(&kind)?, kind: kind.name, draft })
    }

    fn compose_body(&mut self, kind: &Kind, draft: &mut Draft) -> Result<()> {
        let parts = self.choose_parts(kind);
        if !kind.heads.is_empty() {
            let head = self.composer.random().pick(&kind.heads);
            self.composer.compose(head, draft)?;
            draft.push("\n");
        }
        for (index, part) in parts.iter().enumerate() {
            if index > 0 {
                self.composer.compose(&kind.joint, draft)?;
            }
            self.composer.compose(part, draft)?;
        }
        if !kind.feet.is_empty() {
            draft.push("\n");
            let foot = self.composer.random().pick(&kind.feet);
            self.composer.compose(foot, draft)?;
        }
        Ok(())
    }

    /// Some parts, and fillers among them.
    fn choose_parts(&mut self, kind: &Kind) -> Vec<Phrase> {
        let random = self.composer.random();
        let count = random.within(PARTS.0, PARTS.1);
        let mut chosen = Vec::new();
        for part in random.sample(&kind.parts, count) {
            if !kind.fillers.is_empty() && random.chance(FILLER_PERCENT) {
                chosen.push(random.pick(&kind.fillers).clone());
            }
            chosen.push(part);
        }
        chosen
    }

    /// A path that no other file has, in any case of letters.
    fn path(&mut self, kind: &Kind) -> Result<String> {
        let mut copy = 1;
        loop {
            let mut draft = Draft::default();
            let path = self.composer.random().pick(&kind.paths);
            self.composer.compose(path, &mut draft)?;
            let path = if copy > PATHS_MAX { format!("packages/{copy}/{}", draft.text) } else { draft.text };
            if self.paths.insert(path.to_lowercase()) {
                return Ok(path);
            }
            copy += 1;
        }
    }
}

/// How many paths are tried before a file goes to a folder of its own.
const PATHS_MAX: usize = 6;
