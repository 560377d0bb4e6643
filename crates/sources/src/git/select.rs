//! Which commits the settings `since`, `branch` and `range` ask for; and what a selection amounts to.

use std::collections::BTreeSet;

use gix::{
    ObjectId, Repository,
    objs::Kind,
    revision::{plumbing::Spec, walk::Sorting},
    traverse::commit::simple::CommitTimeOrder,
};
use stanch_model::SkipReason;

use super::{Config, damage::Damage, refs};

/// What a part of a history consists of, before files are looked at.
#[derive(Debug, Default)]
pub(super) struct Selected {
    /// Oldest first.
    pub(super) commits: Vec<ObjectId>,
    pub(super) tags: Vec<ObjectId>,
    /// Folders that no commit need hold.
    pub(super) folders: Vec<ObjectId>,
    /// Blobs that no folder need hold.
    pub(super) blobs: Vec<ObjectId>,
    /// The commits whose files are those of today.
    pub(super) heads: BTreeSet<ObjectId>,
    /// What cannot be looked at.
    pub(super) problems: Vec<Problem>,
}

/// Something that belongs to a part of a history and cannot be looked at.
#[derive(Debug)]
pub(super) struct Problem {
    /// What it is.
    pub(super) item: String,
    pub(super) reason: SkipReason,
    /// Why.
    pub(super) detail: String,
}

impl Problem {
    /// The object `id` is damaged.
    pub(super) fn of(id: &ObjectId, damage: &Damage) -> Self {
        Self { item: id.to_string(), reason: damage.reason(), detail: damage.to_string() }
    }
}

/// The commits that are asked for.
#[derive(Debug, Default)]
pub(super) struct Selection {
    /// What they are reached from.
    pub(super) tips: Vec<ObjectId>,
    /// What reaches these is not asked for.
    hidden: Vec<ObjectId>,
    /// Seconds since 1970 of the committer time of the oldest commit.
    since: Option<i64>,
}

impl Selection {
    /// Reads the settings; none where they ask for all history.
    ///
    /// # Errors
    /// What is wrong, beginning with the name of the setting.
    pub(super) fn read(config: &Config, repository: &Repository) -> Result<Option<Self>, String> {
        let mut selection = match (&config.range, &config.branch) {
            (None, None) if config.since.is_none() => return Ok(None),
            (None, None) => Self { tips: all_tips(repository), ..Self::default() },
            (Some(range), None) => Self::of_range(range, repository)?,
            (None, Some(branch)) => Self { tips: vec![branch_tip(branch, repository)?], ..Self::default() },
            (Some(_), Some(_)) => return Err("branch: cannot be set together with range".to_owned()),
        };
        if let Some(since) = &config.since {
            selection.set_since(since, repository)?;
        }
        Ok(Some(selection))
    }

    /// Walks over the part of `repository`, which the user named `target`.
    pub(super) fn selected(&self, repository: &Repository, target: &str) -> Selected {
        let (commits, problems) = self.commits(repository);
        let problem = |detail| Problem { item: target.to_owned(), reason: SkipReason::Absent, detail };
        let problems = problems.into_iter().map(problem).collect();
        Selected { commits, heads: refs::heads(repository), problems, ..Selected::default() }
    }

    fn set_since(&mut self, since: &str, repository: &Repository) -> Result<(), String> {
        if let Ok(time) = gix::date::parse(since, Some(gix::date::Zoned::now())) {
            self.since = Some(time.seconds);
        } else if let Ok(commit) = repository.rev_parse_single(since) {
            self.hidden.push(commit.detach());
        } else {
            return Err("since: neither a date, as 2024-01-31 or \"2 weeks ago\", nor a commit".to_owned());
        }
        Ok(())
    }

    fn of_range(range: &str, repository: &Repository) -> Result<Self, String> {
        let failed = |reason: &dyn std::fmt::Display| format!("range: {reason}");
        let unknown = |_| failed(&"names something that is not in this repository");
        let spec = repository.rev_parse(range).map_err(unknown)?.detach();
        match spec {
            Spec::Include(tip) => Ok(Self { tips: vec![tip], ..Self::default() }),
            Spec::Range { from, to } => Ok(Self { tips: vec![to], hidden: vec![from], since: None }),
            Spec::Merge { theirs, ours } => {
                let bases = repository.merge_bases_many(theirs, &[ours]).map_err(|error| failed(&error))?;
                let hidden = bases.into_iter().map(gix::Id::detach).collect();
                Ok(Self { tips: vec![theirs, ours], hidden, since: None })
            }
            _ => Err(failed(&"expected A..B, A...B, or one revision")),
        }
    }

    /// The ids of the commits, oldest first, and why some of them could not be reached.
    fn commits(&self, repository: &Repository) -> (Vec<ObjectId>, BTreeSet<String>) {
        let (mut ids, mut problems) = (Vec::new(), BTreeSet::new());
        let order = CommitTimeOrder::NewestFirst;
        let sorting = match self.since {
            Some(seconds) => Sorting::ByCommitTimeCutoff { order, seconds },
            None => Sorting::ByCommitTime(order),
        };
        let tips = self.tips.iter().copied();
        let walk = repository.rev_walk(tips).with_hidden(self.hidden.iter().copied()).sorting(sorting).all();
        match walk {
            Ok(walk) => walk.for_each(|commit| match commit {
                Ok(commit) => ids.push(commit.id),
                Err(error) => drop(problems.insert(error.to_string())),
            }),
            Err(error) => drop(problems.insert(error.to_string())),
        }
        ids.reverse();
        (ids, problems)
    }
}

fn branch_tip(branch: &str, repository: &Repository) -> Result<ObjectId, String> {
    let unknown = |_: gix::Error| "branch: no reference of this name leads to an object".to_owned();
    let mut reference = repository.find_reference(branch).map_err(unknown)?;
    Ok(reference.peel_to_id().map_err(unknown)?.detach())
}

/// The commits that references and HEAD point to.
fn all_tips(repository: &Repository) -> Vec<ObjectId> {
    let platform = repository.references().ok();
    let all = platform.as_ref().and_then(|platform| platform.all().ok()?.peeled().ok());
    let referenced =
        all.into_iter().flatten().filter_map(|reference| reference.ok()?.try_id()).map(gix::Id::detach);
    let tips: BTreeSet<ObjectId> = referenced.chain(repository.head_id().ok().map(gix::Id::detach)).collect();
    let is_commit =
        |id: &ObjectId| repository.find_header(*id).is_ok_and(|header| header.kind() == Kind::Commit);
    tips.into_iter().filter(is_commit).collect()
}
