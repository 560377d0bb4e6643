//! What a client sent along with a push and nothing leads to. Until a push is accepted its objects are kept apart from those
//! of the repository: <https://git-scm.com/docs/git-receive-pack>, "Quarantine Environment".

use std::{collections::HashSet, fs, path::Path};

use gix::objs::Kind;

use super::{
    History, blobs,
    census::{self, Census},
    changes::Changes,
    commits::Commits,
    refs::Refs,
    select::Selected,
    site::Site,
    store::{Number, Store},
    trees::Trees,
};
use crate::Crew;

/// Adds the folder of objects `quarantine` to those of the repository at `site`, as the last one.
///
/// # Errors
/// It is no folder that is there, or one of those of the repository.
pub(super) fn join(site: &mut Site, quarantine: &Path) -> Result<(), String> {
    let real = |path: &Path| fs::canonicalize(path).ok().filter(|path| path.is_dir());
    let Some(folder) = real(quarantine) else {
        return Err("quarantine: no folder is there".to_owned());
    };
    if site.objects.iter().any(|known| real(known).as_ref() == Some(&folder)) {
        return Err("quarantine: one of the folders in which the repository keeps its objects".to_owned());
    }
    site.objects.push(quarantine.to_owned());
    Ok(())
}

/// The objects of the last folder of `store` that no other one holds and that are not scanned as `selected` or in `changes`.
/// Those of which the kind cannot be told are counted.
pub(super) fn strays(
    store: &mut Store,
    selected: &Selected,
    changes: &Changes,
    crew: &Crew<'_>,
) -> Vec<(Number, Kind)> {
    let Selected { commits, tags, folders, blobs, .. } = selected;
    let ids = commits.iter().chain(tags).chain(folders).chain(blobs).chain(changes.folders());
    let ids = ids.chain(changes.files.iter().map(|file| &file.blob));
    let seen: HashSet<Number> = ids.filter_map(|id| store.number(id)).collect();
    let mut strays = Vec::new();
    for number in store.list_last_folder().into_iter().filter(|number| !seen.contains(number)) {
        if !store.is_in_last_folder_only(number) {
            continue;
        }
        match store.kind_of(number) {
            Ok(kind) => strays.push((number, kind)),
            Err(damage) => {
                census::skip(store, number, &damage, |item, reason, why| crew.skip(item, reason, why));
            }
        }
    }
    strays
}

/// Scans the objects `strays`, and reports what they hold as reached by nothing.
pub(super) fn scan_strays(history: &History, store: &Store, strays: Vec<(Number, Kind)>, crew: &Crew<'_>) {
    if strays.is_empty() {
        return;
    }
    let census = Census::of(store, strays);
    let hits = blobs::scan(&census, crew, history.config.delta, &|_| true);
    let commits = Commits::read(&census, crew);
    let wanted = |blob| hits.binary_search_by_key(&blob, |hit| hit.blob).is_ok();
    let (trees, names) = Trees::read(&census, crew, &wanted);
    history.report_all(store, crew, (&hits, commits, trees, names), |_| Refs::default());
}
