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
//! - Parts of a history: [`select`], [`changes`], [`staged`], [`partial`].

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
mod pack;
mod partial;
mod pool;
mod refs;
mod report;
mod select;
mod settings;
mod site;
mod staged;
mod store;
mod trees;

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use gix::Repository;
use serde::Deserialize;
use stanch_model::{SkipReason, Span, TargetCoverage};

pub use self::holders::{
    CommitInfo, FileKind, Form, HeldFile, HeldObject, Holders, HoldersError, HoldingCommits, Keeper, KeptBy,
    Looked, NeedleError, Remedy, Remote, Rewrite, Sought, Stand, Wanted, WantedError,
};
use self::{
    attribution::Attribution,
    blobs::DeltaUse,
    census::Census,
    commits::Commits,
    refs::Refs,
    report::Knowledge,
    select::Selection,
    site::{ObjectReader, Site},
    store::Store,
    trees::{Target, Trees},
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
        let (repository, _) = open_repository(&path, config.object_reader())
            .map_err(|reason| OpenError::NotThis { target: rest.to_owned(), reason })?;
        config
            .check(&repository)
            .map_err(|message| OpenError::Config { source_name: Self::NAME, message })?;
        Ok(Box::new(History { path, config }))
    }
}

impl Config {
    /// Parts of a history are found by `gix`.
    fn object_reader(&self) -> ObjectReader {
        let all = !self.staged && self.since.is_none() && self.branch.is_none() && self.range.is_none();
        if all { ObjectReader::Ours } else { ObjectReader::Library }
    }

    fn check(&self, repository: &Repository) -> Result<(), String> {
        let others = [("since", &self.since), ("branch", &self.branch), ("range", &self.range)];
        match others.iter().find(|(_, value)| self.staged && value.is_some()) {
            Some((name, _)) => Err(format!("staged: cannot be set together with {name}")),
            None => Selection::read(self, repository).map(drop),
        }
    }
}

/// Opens the repository that `path` is in. Settings of user and machine have no say, and nothing is replaced.
fn open_repository(path: &Path, reader: ObjectReader) -> Result<(Repository, Site), String> {
    let failed = |reason: &dyn std::fmt::Display| format!("expected a git repository: {reason}");
    let folder = if path.is_file() { path.parent().unwrap_or(path) } else { path };
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let site = Site::find(folder, reader).map_err(|error| failed(&error))?;
    let options = gix::open::Options::isolated().config_overrides(["core.useReplaceRefs=false"]);
    let repository = gix::open_opts(&site.root, options).map_err(|error| failed(&error))?;
    Ok((repository, site))
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
    let store = open_store(&repository, &site, &crew);
    let deltas = if whole { DeltaUse::Whole } else { DeltaUse::Only };
    let hits = blobs::scan(&Census::take(&store, &crew), &crew, deltas, &|_| true);
    let rule = |hit: &blobs::Hit| context.scanner.info(hit.found.rule).id.clone();
    let raw =
        |hit: &blobs::Hit| (store.id(hit.blob).to_string(), rule(hit), hit.found.span, hit.found.secret);
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
}

impl Source for History {
    fn scan(&self, crew: &Crew<'_>) -> Result<(), SourceError> {
        let failed = |reason: String| SourceError { item: self.shown(), reason };
        let (mut repository, site) =
            open_repository(&self.path, self.config.object_reader()).map_err(failed)?;
        let store = open_store(&repository, &site, crew);
        if self.config.staged {
            return partial::scan_staged(self, &repository, &store, crew).map_err(failed);
        }
        if let Some(selection) = Selection::read(&self.config, &repository).map_err(failed)? {
            partial::scan_selected(self, &mut repository, &store, &selection, crew);
        } else {
            settings::scan(&site, &self.path, crew);
            self.scan_all(&repository, &store, crew);
        }
        Ok(())
    }
}

fn open_store(repository: &Repository, site: &Site, crew: &Crew<'_>) -> Store {
    let limit = crew.context().limits.blob_bytes_max;
    let (store, unusable) = Store::open(&site.objects, repository.object_hash(), limit);
    for unusable in unusable {
        crew.skip(unusable.item, unusable.damage.reason(), unusable.damage.to_string());
    }
    store
}

impl History {
    /// The path as the user named it.
    fn shown(&self) -> String {
        self.path.display().to_string()
    }

    fn scan_all(&self, repository: &Repository, store: &Store, crew: &Crew<'_>) {
        let census = Census::take(store, crew);
        let hits = blobs::scan(&census, crew, self.config.delta, &|_| true);
        let mut commits = Commits::read(&census, crew);
        let wanted = |blob| hits.binary_search_by_key(&blob, |hit| hit.blob).is_ok();
        let (trees, names) = Trees::read(&census, crew, &wanted);
        drop(census);
        skip_absent(repository, store, &commits, &trees, crew);
        let wordings = std::mem::take(&mut commits.wordings);
        if hits.is_empty() && wordings.is_empty() && !trees.any_target {
            return;
        }
        let refs = Refs::read(repository, store, &commits.tags);
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
        report::all(&knowledge, crew, &hits, &in_names, &wordings);
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
