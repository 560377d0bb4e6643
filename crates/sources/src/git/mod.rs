//! The history of a Git repository: every version of every file, commits and tags, notes, and file names; and the files of
//! the repository itself that hold settings.
//!
//! A pack stores most versions of a file as a few changes to another one, and so they are read: what a version shares with
//! its base has been scanned there, so that only what it adds is scanned again ([`inherit`]). Where a match was seen first is
//! asked afterwards, of what the folders and commits hold in memory ([`attribution`]).
//!
//! - Where it is: [`site`]; what stands beside the objects: [`settings`].
//! - What there is: [`pack`] and [`delta`] (bytes), [`forest`] and [`family`] (what is made out of what), [`store`] (by
//!   number), [`census`] (by kind).
//! - What is found: [`blobs`], [`commits`], [`trees`] with [`folder`], and [`refs`].
//! - What is told of it: [`attribution`], [`report`].
//! - Who holds one secret, for its response: [`holders`].
//! - Parts of a history: [`select`], [`push`] with [`ancestry`] and [`quarantine`], [`lookup`], [`changes`], [`staged`], [`partial`].

mod ancestry;
mod attribution;
mod blobs;
mod census;
mod changes;
mod commits;
mod damage;
mod delta;
mod family;
mod folder;
mod forest;
mod holders;
mod inherit;
mod lookup;
mod pack;
mod partial;
mod pool;
mod push;
mod quarantine;
mod refs;
mod report;
mod select;
mod settings;
mod site;
mod staged;
mod store;
mod trees;

use std::{
    collections::{BTreeSet, HashMap},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use gix::{Repository, hash};
use serde::Deserialize;
use stanch_model::{SkipReason, Span, TargetCoverage};

pub use self::holders::{
    CommitInfo, FileKind, Form, HeldFile, HeldObject, Holders, HoldersError, HoldingCommits, Keeper, KeptBy,
    Looked, NeedleError, Remedy, Remote, Rewrite, Sought, Stand, Wanted, WantedError,
};
use self::{
    attribution::Attribution,
    blobs::{DeltaUse, Hit},
    census::Census,
    commits::Commits,
    push::Push,
    refs::Refs,
    report::Knowledge,
    select::Selection,
    site::{ObjectReader, Site},
    staged::Stage,
    store::{Number, Store, Unusable},
    trees::{Names, Target, Trees},
};
use crate::{Context, Crew, OpenError, Source, SourceError, SourceFactory};

/// Said of a submodule.
const SUBMODULE: &str = "a repository of its own, to be scanned as one";

/// Scans the history of Git repositories.
pub(crate) struct Git;

/// `[sources.git]`. Without settings all history is scanned: what any reference, a reflog, or nothing leads to.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Config {
    /// Only commits of this date or later (`2024-01-31`, RFC 3339, `2 weeks ago`), or those that this commit does not reach.
    since: Option<String>,
    /// Only commits that this branch, tag or other reference reaches.
    branch: Option<String>,
    /// Only these commits: `A..B` are those that B reaches and A does not; see gitrevisions(7).
    range: Option<String>,
    /// Only what is staged for the next commit.
    staged: bool,
    /// The index that tells what is staged, relative to the current directory, where it is not that of the repository.
    index: Option<PathBuf>,
    /// Only what a push brings: what these object ids or references reach and those of `known` do not. Tags are followed.
    new: Option<Vec<String>>,
    /// Object ids or references that were pushed before, or all references whose names begin so, as `refs/heads/`. What is
    /// not in the repository is left out of account.
    known: Vec<String>,
    /// The folder of objects in which a push waits to be accepted, as Git names it to hooks in `GIT_QUARANTINE_PATH`. With it,
    /// what was sent and nothing leads to is scanned too.
    quarantine: Option<PathBuf>,
    /// How deltas are made use of; `whole` finds the same and takes longer.
    delta: DeltaUse,
}

impl SourceFactory for Git {
    type Config = Config;
    const NAME: &'static str = "git";
    const DOC: &'static str = "all history of a Git repository: every version of every file, messages, notes and file names; its config and hooks";
    const EXAMPLE: &'static str = "git:PATH";

    fn open(&self, rest: &str, config: Config) -> Result<Box<dyn Source>, OpenError> {
        let path = PathBuf::from(rest);
        path.symlink_metadata().map_err(|error| OpenError::Path { path: path.clone(), error })?;
        let (repository, mut site) = open_repository(&path, config.object_reader())
            .map_err(|reason| OpenError::NotThis { target: rest.to_owned(), reason })?;
        let scope = config
            .scope(&repository, &mut site)
            .map_err(|message| OpenError::Config { source_name: Self::NAME, message })?;
        Ok(Box::new(History { path, config, site, hash: repository.object_hash(), scope }))
    }
}

impl Config {
    /// Revisions are read by `gix`.
    fn object_reader(&self) -> ObjectReader {
        let none = self.since.is_none() && self.branch.is_none() && self.range.is_none();
        if none { ObjectReader::Ours } else { ObjectReader::Library }
    }

    /// What is asked for of the `repository` at `site`.
    ///
    /// # Errors
    /// What is wrong, beginning with the name of the setting.
    fn scope(&self, repository: &Repository, site: &mut Site) -> Result<Scope, String> {
        let revisions = [("since", &self.since), ("branch", &self.branch), ("range", &self.range)];
        let revision = revisions.iter().find(|(_, value)| value.is_some()).map(|(name, _)| *name);
        let other = revision.or(self.staged.then_some("staged"));
        match (&self.new, other) {
            (Some(_), Some(other)) => Err(format!("new: cannot be set together with {other}")),
            (Some(new), None) => self.push(new, repository, site),
            (None, _) if !self.known.is_empty() => Err("known: cannot be set without new".to_owned()),
            (None, _) if self.quarantine.is_some() => Err("quarantine: cannot be set without new".to_owned()),
            (None, _) if self.staged => match revision {
                Some(revision) => Err(format!("staged: cannot be set together with {revision}")),
                None => Ok(Scope::Staged(Stage::of(repository, self.index.as_deref()))),
            },
            (None, _) => Ok(Selection::read(self, repository)?.map_or(Scope::All, Scope::Commits)),
        }
    }

    fn push(&self, new: &[String], repository: &Repository, site: &mut Site) -> Result<Scope, String> {
        self.quarantine.iter().try_for_each(|folder| quarantine::join(site, folder))?;
        let opened = Store::open(&site.objects, repository.object_hash());
        let mut push = Push::read(new, &self.known, repository, &opened.0)?;
        push.apart = self.quarantine.is_some();
        Ok(Scope::Push(push, Mutex::new(Some(opened))))
    }
}

/// What is asked for.
enum Scope {
    /// All history.
    All,
    /// What is staged for the next commit.
    Staged(Stage),
    /// What some commits bring.
    Commits(Selection),
    /// What a push brings; and the objects, for the first scan, so that they are not opened again.
    Push(Push, Mutex<Option<OpenedStore>>),
}

/// Objects, and files of them that are unusable.
type OpenedStore = (Store, Vec<Unusable>);

/// Opens the repository that `path` is in. Settings of user and machine have no say, and nothing is replaced.
fn open_repository(path: &Path, reader: ObjectReader) -> Result<(Repository, Site), String> {
    let failed = |reason: &dyn std::fmt::Display| format!("expected a git repository: {reason}");
    let folder = if path.is_file() { path.parent().unwrap_or(path) } else { path };
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let site = Site::find(folder, reader).map_err(|error| failed(&error))?;
    let repository = open_again(&site).map_err(|error| failed(&error))?;
    Ok((repository, site))
}

/// Opens the repository at `site`, which has been looked at. It cannot be sent between threads, so each scan opens its own.
fn open_again(site: &Site) -> gix::Result<Repository> {
    let options = gix::open::Options::isolated().config_overrides(["core.useReplaceRefs=false"]);
    gix::open_opts(&site.root, options)
}

/// The objects that were opened; counts files of them that are unusable.
fn usable((store, unusable): OpenedStore, crew: &Crew<'_>) -> Store {
    for unusable in unusable {
        crew.skip(unusable.item, unusable.damage.reason(), unusable.damage.to_string());
    }
    store.within(crew.context().limits.blob_bytes_max)
}

/// One match: the id of its blob, the id of its rule, the span of the match and that of the secret.
#[doc(hidden)]
pub type RawMatch = (String, String, Span, Span);

/// Every match in every blob of the repository at `path`, with deltas made use of or each blob scanned `whole`. For those who
/// compare the two; a scan reports a secret once a path.
///
/// # Errors
/// No repository is there.
#[doc(hidden)]
pub fn git_matches(
    path: &Path,
    whole: bool,
    context: &Context<'_>,
) -> Result<(BTreeSet<RawMatch>, TargetCoverage), String> {
    let crew = Crew::new(*context);
    let (repository, site) = open_repository(path, ObjectReader::Ours)?;
    let history = History {
        path: path.to_owned(),
        config: Config::default(),
        site,
        hash: repository.object_hash(),
        scope: Scope::All,
    };
    let mut store = history.store(&crew);
    store.list_loose();
    let deltas = if whole { DeltaUse::Whole } else { DeltaUse::Only };
    let hits = blobs::scan(&Census::take(&store, &crew, &|_| true), &crew, deltas, &|_| true);
    let rule = |hit: &Hit| context.scanner.info(hit.found.rule).id.clone();
    let raw = |hit: &Hit| (store.id(hit.blob).to_string(), rule(hit), hit.found.span, hit.found.secret);
    let matches = hits.iter().map(raw).collect();
    Ok((matches, crew.finish().1))
}

/// Reads any bytes as a delta to any other bytes, and what comes of it as a tree; for fuzzing.
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub fn fuzz_pack_delta(instructions: &[u8], base: &[u8]) {
    const LIMIT: u64 = 1 << 20;
    const ID_LEN: usize = 20;
    let mut delta = delta::Delta::default();
    delta.instructions = instructions.to_vec();
    let mut made = Vec::new();
    if delta.parse_within(LIMIT).is_err() || delta.apply(base, &mut made).is_err() {
        return;
    }
    let mut regions = Vec::new();
    inherit::regions(&delta, 16, &mut regions);
    assert!(regions.windows(2).all(|pair| pair[0].end < pair[1].start));
    assert!(regions.last().is_none_or(|last| last.end <= made.len()));
    let meaning = |entry: folder::RawEntry<'_>| (entry.mode.len(), entry.name.len());
    let base = folder::Folder::read(base, ID_LEN, meaning);
    let changed = folder::Folder::read_changed(&made, ID_LEN, &delta, &base, meaning);
    assert_eq!(changed, folder::Folder::read(&made, ID_LEN, meaning));
}

/// One opened repository.
struct History {
    path: PathBuf,
    config: Config,
    site: Site,
    hash: hash::Kind,
    scope: Scope,
}

impl Source for History {
    fn scan(&self, crew: &Crew<'_>) -> Result<(), SourceError> {
        let failed = |reason: String| SourceError { item: self.shown(), reason };
        let repository = || open_again(&self.site).map_err(|error| failed(error.to_string()));
        let mut store = self.store(crew);
        match &self.scope {
            Scope::All => {
                store.list_loose();
                settings::scan(&self.site, &self.path, crew);
                self.scan_all(&repository()?, &store, crew);
            }
            Scope::Staged(stage) => partial::scan_staged(self, stage, &mut store, crew).map_err(failed)?,
            Scope::Commits(selection) => {
                let selected = selection.selected(&repository()?, &self.shown());
                partial::scan_selected(self, &selected, &mut store, crew);
            }
            Scope::Push(push, _) => {
                let selected = push.selected(&store);
                partial::scan_selected(self, &selected, &mut store, crew);
            }
        }
        Ok(())
    }
}

impl History {
    /// The objects; counts files of them that are unusable.
    fn store(&self, crew: &Crew<'_>) -> Store {
        let opened = match &self.scope {
            Scope::Push(_, opened) => opened.lock().unwrap_or_else(PoisonError::into_inner).take(),
            _ => None,
        };
        usable(opened.unwrap_or_else(|| Store::open(&self.site.objects, self.hash)), crew)
    }

    /// The path as the user named it.
    fn shown(&self) -> String {
        self.path.display().to_string()
    }

    fn scan_all(&self, repository: &Repository, store: &Store, crew: &Crew<'_>) {
        let census = Census::take(store, crew, &|_| true);
        let hits = blobs::scan(&census, crew, self.config.delta, &|_| true);
        let commits = Commits::read(&census, crew);
        let wanted = |blob| hits.binary_search_by_key(&blob, |hit| hit.blob).is_ok();
        let (trees, names) = Trees::read(&census, crew, &wanted);
        drop(census);
        skip_absent(repository, store, &commits, &trees, crew);
        let refs = |tags: &_| Refs::read(repository, store, tags);
        self.report_all(store, crew, (&hits, commits, trees, names), refs);
    }

    /// Reports all that was found in what was read as a whole; `refs` are asked only if something was.
    fn report_all(
        &self,
        store: &Store,
        crew: &Crew<'_>,
        (hits, mut commits, trees, names): (&[Hit], Commits, Trees, Names),
        refs: impl FnOnce(&HashMap<Number, Number>) -> Refs,
    ) {
        let wordings = std::mem::take(&mut commits.wordings);
        if hits.is_empty() && wordings.is_empty() && !trees.any_target {
            return;
        }
        let refs = refs(&commits.tags);
        let (texts, in_names) = names.into_texts();
        let attribution = Attribution::walk(&commits, &trees, texts, &refs);
        drop(trees);
        let knowledge = Knowledge {
            store,
            commits: &commits,
            attribution: &attribution,
            refs: &refs,
            repository: &self.shown(),
        };
        report::all(&knowledge, crew, hits, &in_names, &wordings);
        for place in attribution.places.iter().filter(|place| place.target == Target::Submodule) {
            crew.skip(attribution.path(place), SkipReason::Submodule, SUBMODULE);
        }
    }
}

/// Counts what commits and folders name and the repository does not hold.
fn skip_absent(repository: &Repository, store: &Store, commits: &Commits, trees: &Trees, crew: &Crew<'_>) {
    let shallow = repository.is_shallow().unwrap_or(false);
    let (reason, detail) = if shallow || store.is_partial() {
        (SkipReason::Absent, "left out of a shallow or partial clone")
    } else {
        (SkipReason::Corrupt, "missing: something names it and it is nowhere")
    };
    for id in commits.absent.union(&trees.absent) {
        crew.skip(id.to_string(), reason, detail);
    }
}
