//! Scans of a part of a history: what some commits bring, or what is staged.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    sync::{Mutex, PoisonError},
};

use gix::{ObjectId, bstr::BString, objs::Kind};
use stanch_model::{Provenance, SkipReason, Step};

use super::{
    History, SUBMODULE,
    attribution::{Attribution, Brought, Top},
    blobs,
    census::{self, Census},
    changes::{Bringer, Change, Changes},
    commits::Commits,
    lookup::Lookup,
    quarantine,
    refs::Refs,
    report::{self, Knowledge},
    select::Selected,
    staged::{self, Stage},
    store::{Number, Store},
    trees::{NameId, Names, Target},
};
use crate::{Crew, Origin};

/// When more than one in so many objects is wanted, reading families is cheaper than following each chain of deltas.
const FEW: u32 = 20;

/// So many names are scanned by one thread: to start another for fewer takes longer than they do.
const NAMES_AT_ONCE: usize = 100;

/// Scans what a selected part of a history brings.
pub(super) fn scan_selected(history: &History, selected: &Selected, store: &mut Store, crew: &Crew<'_>) {
    let mut lookup = Lookup::new(store);
    let mut changes = Changes::of(&selected.commits, &mut lookup);
    selected.folders.iter().for_each(|id| changes.add_folder(*id, &mut lookup));
    admit(store, selected, &changes);
    let is_apart = history.config.quarantine.is_some();
    let strays = if is_apart { quarantine::strays(store, selected, &changes, crew) } else { Vec::new() };
    tell_unseen(selected, &changes, crew);
    let blobs = changes.files.iter().map(|file| file.blob).chain(selected.blobs.iter().copied());
    let hits = scan_blobs(history, store, numbers(store, blobs, crew), crew);
    let mut commits = Commits::read_some(store, crew, &texts(store, selected));
    let wordings = std::mem::take(&mut commits.wordings);
    let mut names = Names::default();
    let paths = path_ids(&changes.files, &mut names, crew);
    let brought: Vec<Brought> =
        changes.files.iter().zip(paths).filter_map(|file| brought(file, store, selected, &commits)).collect();
    let matched: HashSet<Number> = hits.iter().map(|hit| hit.blob).collect();
    let in_head = in_heads(&selected.heads, store, &changes.files, &matched);
    let (texts, in_names) = names.into_texts();
    let attribution = Attribution::of_files(&commits, brought.into_iter(), texts, in_head);
    let knowledge = Knowledge {
        store,
        commits: &commits,
        attribution: &attribution,
        refs: &Refs::of_tags(store, selected),
        repository: &history.shown(),
    };
    report::all(&knowledge, crew, &hits, &in_names, &wordings);
    quarantine::scan_strays(history, store, strays, crew);
}

/// Gives a number to all that is reported on.
fn admit(store: &mut Store, selected: &Selected, changes: &Changes) {
    let Selected { commits, tags, folders, blobs, .. } = selected;
    let ids = commits.iter().chain(tags).chain(folders).chain(blobs);
    for id in ids.chain(changes.files.iter().map(|file| &file.blob)) {
        store.admit(id);
    }
}

/// Counts what belongs to the part and is not scanned.
fn tell_unseen(selected: &Selected, changes: &Changes, crew: &Crew<'_>) {
    for problem in &selected.problems {
        crew.skip(problem.item.clone(), problem.reason, problem.detail.clone());
    }
    for id in &changes.unreadable {
        crew.skip(id.to_string(), SkipReason::Absent, "a commit or tree that cannot be read");
    }
    for path in &changes.submodules {
        crew.skip(path.to_string(), SkipReason::Submodule, SUBMODULE);
    }
}

/// The commits and tags of which the words are scanned.
fn texts(store: &Store, selected: &Selected) -> Vec<(Number, Kind)> {
    let of = |kind: Kind| move |id: &ObjectId| Some((store.number(id)?, kind));
    let tags = selected.tags.iter().filter_map(of(Kind::Tag));
    selected.commits.iter().filter_map(of(Kind::Commit)).chain(tags).collect()
}

fn brought(
    (file, path): (&Change, NameId),
    store: &Store,
    selected: &Selected,
    commits: &Commits,
) -> Option<Brought> {
    let (top, rank) = match file.by {
        Bringer::Commit(place) => {
            (Top::Commit(commits.place(store.number(&selected.commits[place])?)?), place)
        }
        Bringer::Folder(id) => (Top::Tree(store.number(&id)?), selected.commits.len()),
    };
    let content = store.number(&file.blob).map_or(Target::Plain, Target::Blob);
    Some(Brought { content, top, rank: rank as u32, path })
}

fn scan_blobs(
    history: &History,
    store: &Store,
    mut numbers: Vec<Number>,
    crew: &Crew<'_>,
) -> Vec<blobs::Hit> {
    numbers.sort_unstable();
    numbers.dedup();
    if numbers.len() < (store.len() / FEW) as usize {
        return blobs::scan_some(store, crew, &numbers);
    }
    let wanted = |number: Number| numbers.binary_search(&number).is_ok();
    blobs::scan(&Census::take(store, crew, &wanted), crew, history.config.delta, &wanted)
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

/// Which of the blobs `matched` one of `heads` still holds at the path where they were found.
fn in_heads(
    heads: &BTreeSet<ObjectId>,
    store: &Store,
    files: &[Change],
    matched: &HashSet<Number>,
) -> HashSet<Number> {
    if matched.is_empty() {
        return HashSet::new();
    }
    let mut lookup = Lookup::new(store);
    let trees: BTreeSet<ObjectId> = heads.iter().filter_map(|head| Some(lookup.commit(head)?.tree)).collect();
    let candidates = files.iter().filter_map(|file| Some((file, store.number(&file.blob)?)));
    let candidates = candidates.filter(|(_, number)| matched.contains(number));
    candidates
        .filter(|(file, _)| trees.iter().any(|tree| lookup.at_path(tree, &file.path) == Some(file.blob)))
        .map(|(_, number)| number)
        .collect()
}

/// Scans what is staged for the next commit.
///
/// # Errors
/// The index or HEAD cannot be read.
pub(super) fn scan_staged(
    history: &History,
    stage: &Stage,
    store: &mut Store,
    crew: &Crew<'_>,
) -> Result<(), String> {
    let staged = staged::staged(stage, store.hash(), &mut Lookup::new(store))?;
    for id in staged.unreadable {
        crew.skip(id.to_string(), SkipReason::Absent, "a tree of HEAD that cannot be read");
    }
    let (submodules, files): (Vec<_>, Vec<_>) = staged.files.into_iter().partition(|file| file.is_submodule);
    for submodule in submodules {
        crew.skip(submodule.path.to_string(), SkipReason::Submodule, SUBMODULE);
    }
    for file in &files {
        store.admit(&file.blob);
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
    crew.run(files.chunks(NAMES_AT_ONCE), |files, worker| {
        for file in files {
            let matches = worker.sight(&file.path);
            if !matches.is_empty() {
                worker.report(matches, &staged(&file.path).in_name());
            }
        }
    });
    Ok(())
}
