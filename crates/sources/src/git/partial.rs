//! Scans of a part of a history: what some commits bring, or what is staged.

use std::{
    collections::{HashMap, HashSet},
    sync::{Mutex, PoisonError},
};

use gix::{ObjectId, Repository, bstr::BString};
use stanch_model::{Provenance, SkipReason, Step};

use super::{
    History, SUBMODULE,
    attribution::{Attribution, Brought},
    blobs,
    census::{self, Census},
    changes::{Change, Changes},
    commits::Commits,
    refs::{self, Refs},
    report::{self, Knowledge},
    select::Selection,
    staged,
    store::{Number, Store},
    trees::{NameId, Names, Target},
};
use crate::{Crew, Origin};

/// When more than one in so many objects is wanted, reading families is cheaper than following each chain of deltas.
const FEW: u32 = 20;

/// Scans what the selected commits bring.
pub(super) fn scan_selected(
    history: &History,
    repository: &mut Repository,
    store: &Store,
    selection: &Selection,
    crew: &Crew<'_>,
) {
    let (ids, problems) = selection.commits(repository);
    for problem in problems {
        crew.skip(history.shown(), SkipReason::Absent, problem);
    }
    let changes = Changes::of(&ids, repository);
    for id in &changes.unreadable {
        crew.skip(id.to_string(), SkipReason::Absent, "a commit or tree that cannot be read");
    }
    for path in &changes.submodules {
        crew.skip(path.to_string(), SkipReason::Submodule, SUBMODULE);
    }
    let hits = scan_files(history, store, &changes.files, crew);
    let numbers: Vec<Number> = ids.iter().filter_map(|id| store.number(id)).collect();
    let mut commits = Commits::read_some(store, crew, &numbers);
    let wordings = std::mem::take(&mut commits.wordings);
    let mut names = Names::default();
    let paths = path_ids(&changes.files, &mut names, crew);
    let brought = changes.files.iter().zip(paths).filter_map(|(file, path)| {
        let commit = commits.place(store.number(&ids[file.commit])?)?;
        let content = store.number(&file.blob).map_or(Target::Plain, Target::Blob);
        Some(Brought { content, commit, rank: file.commit as u32, path })
    });
    let brought: Vec<Brought> = brought.collect();
    let matched: HashSet<Number> = hits.iter().map(|hit| hit.blob).collect();
    let in_head = in_heads(repository, store, &changes.files, &matched);
    let (texts, in_names) = names.into_texts();
    let attribution = Attribution::of_files(&commits, brought.into_iter(), texts, in_head);
    let knowledge = Knowledge {
        store,
        commits: &commits,
        attribution: &attribution,
        refs: &Refs::default(),
        repository: &history.shown(),
    };
    report::all(&knowledge, crew, &hits, &in_names, &wordings);
}

fn scan_files(history: &History, store: &Store, files: &[Change], crew: &Crew<'_>) -> Vec<blobs::Hit> {
    let mut numbers = numbers(store, files.iter().map(|file| file.blob), crew);
    numbers.sort_unstable();
    numbers.dedup();
    if numbers.len() < (store.len() / FEW) as usize {
        return blobs::scan_some(store, crew, &numbers);
    }
    let wanted = |number: Number| numbers.binary_search(&number).is_ok();
    blobs::scan(&Census::take(store, crew), crew, history.config.delta, &wanted)
}

/// The numbers of `ids`; those that are not there are counted.
fn numbers(store: &Store, ids: impl Iterator<Item = ObjectId>, crew: &Crew<'_>) -> Vec<Number> {
    let number = |id: ObjectId| {
        let number = store.number(&id);
        if number.is_none() {
            crew.skip(id.to_string(), SkipReason::Absent, "named by a commit or the index, and not there");
        }
        number
    };
    ids.filter_map(number).collect()
}

/// The id of the path of each file; the parts of the paths are scanned.
fn path_ids(files: &[Change], names: &mut Names, crew: &Crew<'_>) -> Vec<NameId> {
    let shared = Mutex::new((names, Vec::new()));
    crew.run(std::iter::once(()), |(), worker| {
        let (names, ids) = &mut *shared.lock().unwrap_or_else(PoisonError::into_inner);
        ids.extend(files.iter().map(|file| names.path_id(&file.path, worker)));
    });
    shared.into_inner().unwrap_or_else(PoisonError::into_inner).1
}

/// Which of the blobs `matched` the head of some branch still holds at the path where they were found.
fn in_heads(
    repository: &Repository,
    store: &Store,
    files: &[Change],
    matched: &HashSet<Number>,
) -> HashSet<Number> {
    if matched.is_empty() {
        return HashSet::new();
    }
    let tree = |head: ObjectId| repository.find_commit(head).ok()?.tree().ok();
    let trees: Vec<gix::Tree<'_>> = refs::heads(repository).into_iter().filter_map(tree).collect();
    let holds = |tree: &gix::Tree<'_>, file: &Change| {
        let path = gix::path::from_bstr(&file.path).ok();
        let entry = path.and_then(|path| tree.lookup_entry_by_path(path).ok()?);
        entry.is_some_and(|entry| entry.object_id() == file.blob)
    };
    let candidates = files.iter().filter_map(|file| Some((file, store.number(&file.blob)?)));
    candidates
        .filter(|(file, number)| matched.contains(number) && trees.iter().any(|tree| holds(tree, file)))
        .map(|(_, number)| number)
        .collect()
}

/// Scans what is staged for the next commit.
///
/// # Errors
/// The index or HEAD cannot be read.
pub(super) fn scan_staged(
    history: &History,
    repository: &Repository,
    store: &Store,
    crew: &Crew<'_>,
) -> Result<(), String> {
    let (submodules, files): (Vec<_>, Vec<_>) = staged::staged(repository, history.config.index.as_deref())?
        .into_iter()
        .partition(|file| file.is_submodule);
    for submodule in submodules {
        crew.skip(submodule.path.to_string(), SkipReason::Submodule, SUBMODULE);
    }
    let numbers = numbers(store, files.iter().map(|file| file.blob), crew);
    let mut paths: HashMap<Number, Vec<&BString>> = HashMap::new();
    for file in &files {
        if let Some(number) = store.number(&file.blob) {
            paths.entry(number).or_default().push(&file.path);
        }
    }
    let staged = |path: &BString| {
        let path = path.to_string();
        let steps =
            vec![Step::Repository { path: history.shown() }, Step::Index, Step::Path { path: path.clone() }];
        Origin { path, provenance: Provenance(steps) }
    };
    census::read_each(store, crew, &numbers, |object, worker| {
        let paths = object.number.and_then(|number| paths.get(&number));
        for path in paths.into_iter().flatten() {
            worker.scan(object.bytes, || staged(path));
        }
    });
    crew.run(files.iter(), |file, worker| {
        let matches = worker.sight(&file.path);
        if !matches.is_empty() {
            worker.report(matches, &staged(&file.path).in_name());
        }
    });
    Ok(())
}
