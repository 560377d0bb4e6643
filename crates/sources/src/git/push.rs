//! What a push brings: what the settings `new` name and reach, and those of `known` do not.

use std::collections::{BTreeSet, HashSet};

use gix::{ObjectId, Repository};
use stanch_model::SkipReason;

use super::{
    ancestry::{Ancestry, Bounds, Reached},
    lookup::{Links, Lookup, Met},
    refs,
    select::{Problem, Selected},
    store::Store,
};

/// What a setting that names revisions must hold.
const EXPECTED: &str = "expected full object ids, HEAD, or names that begin with refs/";

/// The ends of what is pushed, and those of what has been pushed before.
#[derive(Debug, Default)]
pub(super) struct Push {
    new: Vec<ObjectId>,
    known: Vec<ObjectId>,
    /// Whether what is pushed waits in the last folder of objects, to which nothing known leads.
    pub(super) apart: bool,
}

/// A revision as a setting names it.
enum Revision<'n> {
    Id(ObjectId),
    Reference(&'n str),
    /// All references whose names begin so.
    Prefix(&'n str),
}

/// Objects that ends lead to, behind tags.
#[derive(Default)]
struct Ends {
    commits: Vec<(ObjectId, Links)>,
    tags: Vec<ObjectId>,
    folders: Vec<ObjectId>,
    blobs: Vec<ObjectId>,
    seen: HashSet<ObjectId>,
    problems: Vec<Problem>,
}

impl Push {
    /// Reads the settings `new` and `known`.
    ///
    /// # Errors
    /// What is wrong, beginning with the name of the setting: what is `new` must be in `store`.
    pub(super) fn read(
        new: &[String],
        known: &[String],
        repository: &Repository,
        store: &Store,
    ) -> Result<Self, String> {
        let mut push = Self::default();
        for (place, name) in new.iter().enumerate() {
            push.new.extend(new_end(name, repository, store).map_err(|missing| match missing {
                Missing::Malformed => format!("new: {EXPECTED}"),
                Missing::Object(id) => format!("new: object {id} is not in this repository"),
                Missing::Reference => {
                    format!("new: no reference has the name at place {} of the list", place + 1)
                }
            })?);
        }
        for name in known {
            match Revision::read(name, repository).ok_or_else(|| format!("known: {EXPECTED}, or end in /"))? {
                Revision::Id(id) => push.known.push(id),
                Revision::Reference(name) => push.known.extend(refs::target(repository, name)),
                Revision::Prefix(prefix) => push.known.extend(refs::below(repository, prefix)),
            }
        }
        Ok(push)
    }

    /// Walks over what is pushed, in `store`.
    pub(super) fn selected(&self, store: &Store) -> Selected {
        let lookup = &mut Lookup::new(store);
        if let Some(selected) = self.apart.then(|| self.selected_apart(store, lookup)).flatten() {
            return selected;
        }
        let mut known = Ends::default();
        known.follow(&self.known, lookup);
        let mut new = Ends { seen: known.seen, ..Ends::default() };
        new.follow(&self.new, lookup);
        let commits = std::mem::take(&mut new.commits);
        let heads = commits.iter().map(|(id, _)| *id).collect();
        new.selected(heads, Ancestry::walk(lookup, commits, known.commits))
    }

    /// The same without a look at what is known, which may be many references: where all that is pushed waits apart and is
    /// made on top of what is known. None where it is not.
    fn selected_apart(&self, store: &Store, lookup: &mut Lookup<'_>) -> Option<Selected> {
        let known: HashSet<ObjectId> = self.known.iter().copied().collect();
        let mut new = Ends { seen: known.clone(), ..Ends::default() };
        new.follow(&self.new, lookup);
        let ends = new.tags.iter().chain(&new.folders).chain(&new.blobs);
        if !ends.chain(new.commits.iter().map(|(id, _)| id)).all(|id| store.is_in_last_folder(id)) {
            return None;
        }
        let commits = std::mem::take(&mut new.commits);
        let heads = commits.iter().map(|(id, _)| *id).collect();
        let reached = Ancestry::walk_apart(lookup, commits, &Bounds { known: &known, store })?;
        Some(new.selected(heads, reached))
    }
}

/// Why there is no end where a setting names one.
enum Missing {
    Malformed,
    Object(ObjectId),
    Reference,
}

/// The object that is pushed; none for the deletion of a reference, which Git writes as an id of zeros.
fn new_end(name: &str, repository: &Repository, store: &Store) -> Result<Option<ObjectId>, Missing> {
    let id = match Revision::read(name, repository) {
        Some(Revision::Id(id)) if id.is_null() => return Ok(None),
        Some(Revision::Id(id)) => id,
        Some(Revision::Reference(name)) => refs::target(repository, name).ok_or(Missing::Reference)?,
        Some(Revision::Prefix(_)) | None => return Err(Missing::Malformed),
    };
    if store.holds(&id) { Ok(Some(id)) } else { Err(Missing::Object(id)) }
}

impl<'n> Revision<'n> {
    fn read(name: &'n str, repository: &Repository) -> Option<Self> {
        if let Ok(id) = ObjectId::from_hex(name.as_bytes()) {
            return (id.kind() == repository.object_hash()).then_some(Self::Id(id));
        }
        let is_reference = name == "HEAD" || name.starts_with("refs/");
        let revision = if name.ends_with('/') { Self::Prefix(name) } else { Self::Reference(name) };
        is_reference.then_some(revision)
    }
}

impl Ends {
    /// What these ends and the commits `reached` amount to; `heads` are those of the ends.
    fn selected(self, heads: BTreeSet<ObjectId>, reached: Reached) -> Selected {
        let Reached { commits, unreadable } = reached;
        let damaged = unreadable.into_iter().map(|(id, damage)| Problem::of(&id, &damage));
        let problems = self.problems.into_iter().chain(damaged).collect();
        Selected { commits, tags: self.tags, folders: self.folders, blobs: self.blobs, heads, problems }
    }

    /// Follows each of `ends` through tags to what they are about. What was seen before is not followed again.
    fn follow(&mut self, ends: &[ObjectId], lookup: &mut Lookup<'_>) {
        for end in ends.iter().copied().collect::<BTreeSet<_>>() {
            let mut next = Some(end);
            while let Some(id) = next.take().filter(|id| self.seen.insert(*id)) {
                match lookup.object(&id) {
                    Ok(Some(Met::Commit(links))) => self.commits.push((id, links)),
                    Ok(Some(Met::Tree)) => self.folders.push(id),
                    Ok(Some(Met::Blob)) => self.blobs.push(id),
                    Ok(Some(Met::Tag(target))) => {
                        self.tags.push(id);
                        next = Some(target);
                    }
                    Ok(None) => {
                        let detail = "named by a tag, and not there".to_owned();
                        self.problems.push(Problem {
                            item: id.to_string(),
                            reason: SkipReason::Absent,
                            detail,
                        });
                    }
                    Err(damage) => self.problems.push(Problem::of(&id, &damage)),
                }
            }
        }
    }
}
