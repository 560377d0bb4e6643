//! The files of a repository beside its objects: messages that an editor left, reflogs, what `rerere` remembers, configuration,
//! hooks, names of references. And what an interrupted write left among its objects, which nobody can read.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use stanch_model::{Fingerprint, SkipReason};

use super::{
    needles::{Needle, Needles},
    ruled::{Found, Values},
    sought::Sought,
    tips::files_below,
};
use crate::{Crew, git::site::Site};

/// Most bytes of a file that is read at once.
const BYTES_MAX: u64 = 256 << 20;

/// A file of the repository that holds a secret.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct HeldFile {
    /// Its path, in which a secret is masked.
    pub path: String,
    /// What it is.
    pub kind: FileKind,
    /// The secrets that it holds.
    pub secrets: BTreeSet<Fingerprint>,
}

/// What a file of a repository is for; see gitrepository-layout(5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FileKind {
    /// A reflog.
    Reflog,
    /// Something that an editor, a merge or `rerere` left, which may be deleted.
    Leftover,
    /// The name of a reference.
    Reference,
    /// An index, which holds names of files.
    Index,
    /// Settings, hooks, and whatever else somebody put there.
    Other,
}

impl FileKind {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Reflog, Self::Leftover, Self::Reference, Self::Index, Self::Other];

    /// The name used in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Reflog => "reflog",
            Self::Leftover => "leftover",
            Self::Reference => "reference",
            Self::Index => "index",
            Self::Other => "other",
        }
    }

    fn of(inner: &Path) -> Self {
        let parts: Vec<_> = inner.components().map(|part| part.as_os_str().to_string_lossy()).collect();
        // A linked work tree has such files of its own.
        let own = if parts.first().is_some_and(|first| first == "worktrees") {
            &parts[2.min(parts.len())..]
        } else {
            &parts[..]
        };
        let (first, last) = (own.first().map_or("", |first| first), own.last().map_or("", |last| last));
        match first {
            "logs" => Self::Reflog,
            "refs" | "packed-refs" => Self::Reference,
            "rr-cache" | "rebase-merge" | "rebase-apply" | "filter-repo" | "lost-found" => Self::Leftover,
            "index" => Self::Index,
            _ if last.ends_with("_MSG") || last.ends_with("_EDITMSG") => Self::Leftover,
            _ => Self::Other,
        }
    }
}

/// All files of a repository beside its objects.
pub(super) struct Files {
    /// Each with its path below the folder of the repository.
    list: Vec<(PathBuf, PathBuf)>,
}

impl Files {
    /// Lists them. A repository within, as submodules have theirs, is one of its own, and told as such.
    pub(super) fn list(site: &Site, crew: &Crew<'_>) -> Self {
        let mut list = Vec::new();
        for path in files_below(&site.common) {
            let Ok(inner) = path.strip_prefix(&site.common).map(Path::to_owned) else { continue };
            if !inner.starts_with("objects") && !inner.starts_with("modules") {
                list.push((path, inner));
            }
        }
        if site.common.join("modules").is_dir() {
            crew.skip("modules", SkipReason::Submodule, super::super::SUBMODULE);
        }
        site.objects.iter().for_each(|folder| skip_garbage(folder, crew));
        Self { list }
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.list.len()
    }

    /// Lets rules look at each, and at the names of references.
    pub(super) fn read_ruled(
        &self,
        values: &mut Values,
        crew: &Crew<'_>,
        sought: &Sought,
    ) -> BTreeMap<usize, BTreeSet<Fingerprint>> {
        let found = Mutex::new(Vec::new());
        crew.run(self.list.iter().enumerate(), |(place, (path, inner)), worker| {
            let Some(bytes) =
                read(path, &mut |reason, why| worker.skip(path.display().to_string(), reason, why))
            else {
                return;
            };
            for text in [&bytes[..], inner.to_string_lossy().as_bytes()] {
                for sighting in worker.sight(text).iter().filter(|sighting| sought.names(&sighting.secret)) {
                    let fingerprinter = worker.context().fingerprinter;
                    let one = Found::of(sighting, text, fingerprinter);
                    found.lock().unwrap_or_else(PoisonError::into_inner).push((place, one));
                }
            }
        });
        let mut held: BTreeMap<usize, BTreeSet<Fingerprint>> = BTreeMap::new();
        for (place, one) in found.into_inner().unwrap_or_else(PoisonError::into_inner) {
            held.entry(place).or_default().insert(values.add(one));
        }
        held
    }

    /// Searches each, and its path, for all needles, and adds what rules found.
    pub(super) fn held(
        &self,
        needles: &Needles,
        ruled: &BTreeMap<usize, BTreeSet<Fingerprint>>,
    ) -> Vec<HeldFile> {
        let mut held = Vec::new();
        for (place, (path, inner)) in self.list.iter().enumerate() {
            let mut secrets = ruled.get(&place).cloned().unwrap_or_default();
            // What cannot be read was counted before.
            let bytes = read(path, &mut |_, _| {}).unwrap_or_default();
            let name = inner.to_string_lossy();
            let stands =
                |needle: &&Needle| needle.find(&bytes).is_some() || needle.find(name.as_bytes()).is_some();
            secrets.extend(needles.list().iter().filter(stands).map(|needle| needle.of));
            if !secrets.is_empty() {
                let shown = path.strip_prefix(".").unwrap_or(path);
                let path = needles.mask(&shown.display().to_string());
                held.push(HeldFile { path, kind: FileKind::of(inner), secrets });
            }
        }
        held
    }
}

fn read(path: &Path, refuse: &mut dyn FnMut(SkipReason, String)) -> Option<Vec<u8>> {
    let len = fs::metadata(path).map_or(0, |data| data.len());
    if len > BYTES_MAX {
        refuse(SkipReason::TooLarge, format!("{len} bytes are more than the limit of {BYTES_MAX}"));
        return None;
    }
    fs::read(path).map_err(|error| refuse(SkipReason::Unreadable, error.to_string())).ok()
}

/// Packs that are not to be dropped: git-repack(1).
pub(super) fn kept_packs(folders: &[PathBuf]) -> u64 {
    let files = folders.iter().flat_map(|folder| files_below(&folder.join("pack")));
    files.filter(|path| path.extension().is_some_and(|end| end == "keep")).count() as u64
}

/// Counts what is among the objects and is none: its content may be a part of one, and cannot be told.
fn skip_garbage(folder: &Path, crew: &Crew<'_>) {
    const ENDS: [&str; 8] = ["pack", "idx", "rev", "bitmap", "mtimes", "keep", "promisor", "graph"];
    for path in files_below(folder) {
        let Ok(inner) = path.strip_prefix(folder) else { continue };
        let name = inner.file_name().unwrap_or_default().to_string_lossy();
        let parent = inner.parent().unwrap_or(Path::new("")).to_string_lossy();
        let is_hex = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let known = match &*parent {
            "pack" => {
                name.starts_with("multi-pack-index") || (name.starts_with("pack-") && ends_in(&name, &ENDS))
            }
            parent if parent.len() == 2 => is_hex(parent) && is_hex(&name),
            parent => {
                parent == "info" || parent.starts_with("info/") || parent.starts_with("pack/multi-pack-index")
            }
        };
        if !known {
            let why = "left by an interrupted write, not searched: git gc --prune=now removes it";
            crew.skip(path.display().to_string(), SkipReason::Unreadable, why);
        }
    }
}

fn ends_in(name: &str, ends: &[&str]) -> bool {
    Path::new(name).extension().is_some_and(|end| ends.iter().any(|known| end == *known))
}
