//! Who holds a secret: every object of a repository in which it stands, whatever keeps these objects, and what a rewrite of
//! history would change.
//!
//! A scan reports a secret once a path, at the commit that brought it. Whoever is to get rid of it must know the rest. So
//! rules find the value first ([`ruled`]), whatever the judge would say of its path; then every object is searched for its
//! bytes ([`seek`], [`needles`]), which depends on no rule and is what `git filter-repo --replace-text` goes by. What folders
//! and commits hold is kept in memory, each folder looked at once ([`lineage`]); and what keeps an object is asked of all
//! that keeps objects in Git: references, reflogs, work trees and their indices ([`tips`], [`keeping`]).

mod files;
mod keeping;
mod lineage;
mod needles;
mod ruled;
mod seek;
mod sought;
mod tips;

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    sync::Arc,
};

use stanch_model::{Coverage, Fingerprint, RuleInfo, Secret, TargetCoverage};

use self::{
    files::Files, keeping::Keeping, lineage::Lineage, needles::Needles, ruled::Values, seek::Seeking,
    tips::Tips,
};
pub use self::{
    files::{FileKind, HeldFile},
    keeping::Keeper,
    needles::NeedleError,
    sought::{Sought, Wanted, WantedError},
    tips::{KeptBy, Remote},
};
use super::{
    ObjectReader, Store, census::Census, commits::Commits, open_repository, skip_absent, trees::Trees, usable,
};
use crate::{Context, Crew};

/// Why the holders of a secret cannot be told.
#[derive(Debug, thiserror::Error)]
pub enum HoldersError {
    /// What should be a repository is none.
    #[error("{}: {reason}", path.display())]
    Repository {
        /// The path as it was given.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// A value that cannot be searched for.
    #[error(transparent)]
    Value(#[from] NeedleError),
}

/// One object that holds a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldObject {
    /// Its id.
    pub id: String,
    /// Its kind: `blob`, `tree` for a name of a file or folder, `commit`, `tag`.
    pub kind: &'static str,
    /// The secrets that it holds.
    pub secrets: BTreeSet<Fingerprint>,
    /// How a rewrite can take it out.
    pub remedy: Remedy,
    /// What keeps it in the repository; nothing for what the next collection of garbage may drop.
    pub kept_by: BTreeSet<KeptBy>,
}

/// How a rewrite can take a secret out of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Remedy {
    /// Its bytes can be replaced where they stand.
    Replace,
    /// The object must go: it is binary, which `git filter-repo` does not replace in, or nothing but the secret, or holds it
    /// in a form that stands nowhere as it is.
    Strip,
}

/// A way in which the secret is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Form {
    /// An object in which it stands so.
    pub object: String,
    /// The kind of the object.
    pub kind: &'static str,
    /// Where it begins there, in bytes from 0.
    pub start: usize,
    /// How many bytes it has.
    pub len: usize,
    /// Whether it has more than one line.
    pub is_multiline: bool,
    /// Where it stands so.
    pub stands: BTreeSet<Stand>,
}

/// A part of history in which something stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stand {
    /// A file in which it can be replaced.
    File,
    /// A file that must go as a whole.
    Stripped,
    /// The name of a file or folder.
    Name,
    /// The message of a commit or tag.
    Message,
    /// The other lines of a commit or tag: who made it.
    Header,
}

/// A commit, for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommitInfo {
    /// Its id.
    pub id: String,
    /// `Name <mail>`, in which the secret is masked.
    pub author: String,
    /// When it was written, RFC 3339.
    pub time: String,
}

/// The commits that hold the secret in their files, names of files or themselves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HoldingCommits {
    /// Those that references reach.
    pub referenced: u64,
    /// Those that only reflogs know, or nothing.
    pub unreferenced: u64,
    /// The first of those that references reach, or else of all.
    pub first: Option<CommitInfo>,
    /// The last of them.
    pub last: Option<CommitInfo>,
}

/// What a rewrite of all references would change. `git filter-repo` makes every commit anew that it does not leave as it is:
/// those that hold the secret, their descendants, those whose signature it cannot keep, and those whose messages name one of
/// these by its id.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rewrite {
    /// Commits that get another id.
    pub commits: u64,
    /// All commits that are read for it.
    pub commits_all: u64,
    /// References that move, by their names.
    pub refs: Vec<String>,
    /// Signed commits whose signatures go.
    pub signed_commits: u64,
    /// Signed tags whose signatures go.
    pub signed_tags: u64,
}

/// What was looked through.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Looked {
    /// All objects, each counted once however often it is kept.
    pub objects: u64,
    /// Packs, those of cruft and of borrowed folders too.
    pub packs: u64,
    /// Objects in files of their own that no pack holds.
    pub loose: u64,
    /// Folders of objects that the repository borrows from.
    pub borrowed: u64,
    /// Lines of reflogs.
    pub reflog_entries: u64,
    /// Work trees, the main one too, whose HEAD and index were read.
    pub work_trees: u64,
    /// Files of the repository beside its objects.
    pub files: u64,
    /// Packs that a `.keep` file beside them protects from being dropped.
    pub kept_packs: u64,
}

/// All that is known of who holds some secrets in a repository.
#[derive(Debug, Default)]
pub struct Holders {
    /// The secrets that rules found, one for each fingerprint, in the order of fingerprints.
    pub secrets: Vec<Secret>,
    /// The rules that find them, by id; none where only a value was searched for.
    pub rules: Vec<Arc<RuleInfo>>,
    /// How they are written, in the order they were found in.
    pub forms: Vec<Form>,
    /// Ways in which they are written that are more than [`Holders::FORMS_MAX`] and are not among `forms`.
    pub forms_more: u64,
    /// The objects, by kind and id.
    pub objects: Vec<HeldObject>,
    /// Files of the repository itself that hold one, by path.
    pub files: Vec<HeldFile>,
    /// The commits.
    pub commits: HoldingCommits,
    /// What leads to an object that holds one: references by their names, reflogs, work trees, indices; in this order.
    pub keepers: Vec<Keeper>,
    /// Paths at HEAD, sorted; at most [`Holders::PATHS_MAX`].
    pub head_paths: Vec<String>,
    /// What a rewrite would change; nothing where no reference leads to a secret.
    pub rewrite: Rewrite,
    /// The remotes of the repository, by name.
    pub remotes: Vec<Remote>,
    /// Linked work trees, by path.
    pub work_trees: Vec<PathBuf>,
    /// Whether there are stashes.
    pub has_stash: bool,
    /// Whether the repository has no files beside it.
    pub is_bare: bool,
    /// What was looked through.
    pub looked: Looked,
    /// What could not be; its counts are those of a scan.
    pub coverage: TargetCoverage,
    /// Whether it was stopped before it was through.
    pub is_cancelled: bool,
}

impl Holders {
    /// Most ways to write a secret that are searched for; more are counted.
    pub const FORMS_MAX: usize = 64;
    /// Most paths at HEAD that are told.
    pub const PATHS_MAX: usize = 1000;

    /// Finds what holds the secrets of `sought` in the repository that `path` is in.
    ///
    /// # Errors
    /// No repository is there, or a value cannot be searched for.
    pub fn find(path: &Path, sought: &Sought, context: &Context<'_>) -> Result<Self, HoldersError> {
        let failed = |reason| HoldersError::Repository { path: path.to_owned(), reason };
        let (repository, site) = open_repository(path, ObjectReader::Ours).map_err(failed)?;
        let needles = Needles::of_values(&sought.values, context.fingerprinter)?;
        let crew = Crew::new(*context);
        let mut store = usable(Store::open(&site.objects, repository.object_hash()), &crew);
        store.list_loose();
        let tips = Tips::read(&repository, &site, &store, &crew);
        let files = Files::list(&site, &crew);
        let place = Place { repository: &repository, store: &store, files: &files };
        let search = Search::run(&place, sought, needles, &crew);
        let mut holders = search.tell(&store, &tips);
        holders.coverage = crew.finish().1;
        add_skips(&mut holders.coverage, search.again);
        holders.coverage.target = path.display().to_string();
        holders.looked = Looked {
            objects: u64::from(store.len()),
            packs: store.packs.len() as u64,
            loose: store.loose_numbers().len() as u64,
            borrowed: site.objects.len().saturating_sub(1) as u64,
            reflog_entries: tips.reflog_entries,
            work_trees: tips.work_trees_read,
            files: files.len() as u64,
            kept_packs: files::kept_packs(&site.objects),
        };
        holders.remotes = tips.remotes;
        holders.work_trees = tips.linked;
        holders.has_stash = tips.has_stash;
        holders.is_bare = repository.is_bare();
        holders.is_cancelled = context.cancel.is_cancelled();
        Ok(holders)
    }

    /// Whether everything was looked through.
    pub fn is_complete(&self) -> bool {
        !self.is_cancelled && self.coverage.gaps == 0 && self.forms_more == 0
    }

    /// The objects that nothing keeps.
    pub fn unreachable(&self) -> impl Iterator<Item = &HeldObject> {
        self.objects.iter().filter(|object| object.kept_by.is_empty())
    }
}

/// What a search works on.
struct Place<'p> {
    repository: &'p gix::Repository,
    store: &'p Store,
    files: &'p Files,
}

/// What is known once everything was read.
struct Search {
    values: Values,
    needles: Needles,
    seeking: Seeking,
    lineage: Lineage,
    commits: Commits,
    trees: Trees,
    names: Vec<Box<[u8]>>,
    files: Vec<HeldFile>,
    /// What the second reading of objects came to.
    again: TargetCoverage,
}

impl Search {
    fn run(place: &Place<'_>, sought: &Sought, mut needles: Needles, crew: &Crew<'_>) -> Self {
        let fingerprinter = crew.context().fingerprinter;
        let census = Census::take(place.store, crew, &|_| true);
        let mut values = Values::default();
        if !sought.names.is_empty() {
            values.read_blobs(&census, crew, sought);
        }
        let in_files = place.files.read_ruled(&mut values, crew, sought);
        let mut commits = Commits::read(&census, crew);
        values.read_wordings(&commits, place.store, (sought, fingerprinter));
        commits.wordings = Vec::new();
        needles.add_forms(&values, fingerprinter);
        // Whatever cannot be read a second time could not be the first time either, or is told once.
        let again = Crew::new(*crew.context());
        let lineage = Lineage::read(&census, &again, &commits);
        let mut seeking = Seeking::run(&census, &again, &needles, &values);
        let (mut trees, names) = Trees::read(&census, crew, &|blob| seeking.holds(blob));
        let (mut names, in_names) = names.into_texts();
        if values.read_names(&in_names, &names, (sought, fingerprinter)) {
            needles.add_forms(&values, fingerprinter);
            seeking = Seeking::run(&census, &again, &needles, &values);
            let (read, read_names) = Trees::read(&census, &again, &|blob| seeking.holds(blob));
            (trees, names) = (read, read_names.into_texts().0);
        }
        skip_absent(place.repository, place.store, &commits, &trees, crew);
        let files = place.files.held(&needles, &in_files);
        let again = again.finish().1;
        Self { values, needles, seeking, lineage, commits, trees, names, files, again }
    }

    /// What holds what, and what keeps it.
    fn tell(&self, store: &Store, tips: &Tips) -> Holders {
        let Self { needles, seeking, .. } = self;
        let keeping = Keeping::new(&self.commits, &self.trees, seeking, &self.lineage);
        let mut objects = seeking.objects(store);
        for (number, kept_by) in keeping.kept(tips) {
            if let Some(object) = objects.get_mut(&number) {
                object.kept_by = kept_by;
            }
        }
        let mut objects: Vec<HeldObject> = objects.into_values().collect();
        objects.sort_by(|a, b| (a.kind, &a.id).cmp(&(b.kind, &b.id)));
        Holders {
            secrets: self.values.secrets.values().cloned().collect(),
            rules: self.values.rules(),
            forms: seeking.forms(needles, store),
            forms_more: needles.left_out(),
            objects,
            files: self.files.clone(),
            commits: keeping.holding(tips, store, needles),
            keepers: keeping.keepers(tips, needles),
            head_paths: keeping.paths(tips.head, &self.names, needles),
            rewrite: keeping.rewrite(tips, needles),
            ..Holders::default()
        }
    }
}

/// Adds what a second reading could not read, each thing once.
fn add_skips(coverage: &mut TargetCoverage, again: TargetCoverage) {
    let known: BTreeSet<String> = coverage.skips.iter().map(|skip| skip.item.clone()).collect();
    for skip in again.skips.into_iter().filter(|skip| !known.contains(&skip.item)) {
        coverage.skipped += 1;
        coverage.gaps += u64::from(skip.reason.is_gap());
        if coverage.skips.len() < Coverage::SKIPS_LISTED_MAX {
            coverage.skips.push(skip);
        }
    }
}
