//! Everything that keeps objects in a repository: references, HEADs, indices and reflogs, those of linked work trees too.

use std::{
    collections::BTreeMap,
    fmt, fs,
    path::{Path, PathBuf},
};

use gix::{
    ObjectId, Repository,
    bstr::ByteSlice,
    index::{File, decode, extension},
};
use stanch_model::SkipReason;

use crate::{
    Crew,
    git::{
        site::{self, Site},
        store::{Number, Store},
    },
};

/// Most bytes of a reflog that are read at once.
const LOG_BYTES_MAX: u64 = 256 << 20;

/// What keeps an object from being dropped, the hardest to change first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum KeptBy {
    /// A local branch.
    Branch,
    /// A tag.
    Tag,
    /// A branch of a remote, as this clone last saw it.
    RemoteBranch,
    /// A pull or merge request of a forge.
    PullRequest,
    /// Notes.
    Note,
    /// Another reference.
    OtherRef,
    /// A stash.
    Stash,
    /// A HEAD that is on no branch.
    Head,
    /// The index of a work tree.
    Index,
    /// A reflog.
    Reflog,
}

impl KeptBy {
    /// The name used in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Branch => "branch",
            Self::Tag => "tag",
            Self::RemoteBranch => "remote-branch",
            Self::PullRequest => "pull-request",
            Self::Note => "note",
            Self::OtherRef => "other-ref",
            Self::Stash => "stash",
            Self::Head => "detached-head",
            Self::Index => "index",
            Self::Reflog => "reflog",
        }
    }

    /// Of a reference.
    fn of_ref(name: &str) -> Self {
        const KINDS: [(&str, KeptBy); 8] = [
            ("refs/heads/", KeptBy::Branch),
            ("refs/tags/", KeptBy::Tag),
            ("refs/remotes/", KeptBy::RemoteBranch),
            ("refs/pull/", KeptBy::PullRequest),
            ("refs/merge-requests/", KeptBy::PullRequest),
            ("refs/pullreqs/", KeptBy::PullRequest),
            ("refs/notes/", KeptBy::Note),
            ("refs/stash", KeptBy::Stash),
        ];
        KINDS.iter().find(|(prefix, _)| name.starts_with(prefix)).map_or(Self::OtherRef, |kind| kind.1)
    }

    /// Whether a rewrite of all references gives it another object.
    pub(super) fn is_rewritten(self) -> bool {
        !matches!(self, Self::Index | Self::Reflog)
    }
}

impl fmt::Display for KeptBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Another repository that this one knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remote {
    /// Its name.
    pub name: String,
    /// Whether all references of this repository are those of the remote.
    pub is_mirror: bool,
}

/// One thing that keeps objects.
pub(super) struct Tip {
    pub(super) kept_by: KeptBy,
    pub(super) name: String,
    /// The objects, which keep others.
    pub(super) roots: Vec<Number>,
    /// Whether it is a list of what was: of a reflog, or of the stashes.
    pub(super) is_log: bool,
}

/// All that keeps objects.
#[derive(Default)]
pub(super) struct Tips {
    pub(super) list: Vec<Tip>,
    /// The commit at HEAD.
    pub(super) head: Option<Number>,
    pub(super) remotes: Vec<Remote>,
    /// Folders of linked work trees.
    pub(super) linked: Vec<PathBuf>,
    pub(super) has_stash: bool,
    pub(super) reflog_entries: u64,
    pub(super) work_trees_read: u64,
}

impl Tips {
    /// Reads all of it; what cannot be read is counted.
    pub(super) fn read(repository: &Repository, site: &Site, store: &Store, crew: &Crew<'_>) -> Self {
        let mut reading = Reading { store, crew, tips: Self::default() };
        reading.references(repository);
        reading.tips.remotes = remotes(repository);
        let main = repository.workdir().map_or_else(|| site.common.clone(), |_| main_folder(&site.common));
        reading.work_tree(&site.common, &main);
        let linked = fs::read_dir(site.common.join("worktrees")).into_iter().flatten().flatten();
        let mut linked: Vec<PathBuf> = linked.map(|entry| entry.path()).collect();
        linked.sort();
        for own in linked {
            let folder = linked_folder(&own);
            reading.work_tree(&own, &folder);
            reading.own_references(&own.join("refs"), &folder);
            reading.logs(&own.join("logs"), &format!("{}: ", folder.display()));
            reading.tips.linked.push(folder);
        }
        reading.logs(&site.common.join("logs"), "");
        let mut tips = reading.tips;
        tips.head = super::super::refs::head(repository).and_then(|id| store.number(&id));
        tips.list.sort_by(|a, b| (a.kept_by, &a.name).cmp(&(b.kept_by, &b.name)));
        tips
    }
}

/// The main work tree is the folder around its repository.
fn main_folder(common: &Path) -> PathBuf {
    let parent = common.parent().unwrap_or(common);
    if parent.as_os_str().is_empty() { PathBuf::from(".") } else { parent.to_owned() }
}

/// gitrepository-layout(5): `gitdir` is the path of the file `.git` in the work tree.
fn linked_folder(own: &Path) -> PathBuf {
    let text = fs::read(own.join("gitdir")).unwrap_or_default();
    let path = PathBuf::from(text.trim_ascii().to_str_lossy().into_owned());
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(own).to_owned()
}

/// What `[remote]` says.
fn remotes(repository: &Repository) -> Vec<Remote> {
    let config = repository.config_snapshot();
    let mut remotes: BTreeMap<String, bool> = BTreeMap::new();
    for section in config.plumbing().sections_by_name("remote").into_iter().flatten() {
        let Some(name) = section.header().subsection_name() else { continue };
        let mirror = section.value("mirror").is_some_and(|value| value.as_bstr() == "true");
        *remotes.entry(name.to_str_lossy().into_owned()).or_default() |= mirror;
    }
    remotes.into_iter().map(|(name, is_mirror)| Remote { name, is_mirror }).collect()
}

struct Reading<'r> {
    store: &'r Store,
    crew: &'r Crew<'r>,
    tips: Tips,
}

impl Reading<'_> {
    fn add(&mut self, kept_by: KeptBy, name: String, ids: impl IntoIterator<Item = ObjectId>, is_log: bool) {
        let mut roots: Vec<Number> = ids.into_iter().filter_map(|id| self.store.number(&id)).collect();
        roots.sort_unstable();
        roots.dedup();
        if !roots.is_empty() {
            self.tips.list.push(Tip { kept_by, name, roots, is_log });
        }
    }

    fn references(&mut self, repository: &Repository) {
        let platform = repository.references().ok();
        let all = platform.as_ref().and_then(|platform| platform.all().ok());
        for reference in all.into_iter().flatten().flatten() {
            let name = reference.name().as_bstr().to_str_lossy().into_owned();
            let Some(id) = reference.target().try_id().map(ToOwned::to_owned) else { continue };
            let kept_by = KeptBy::of_ref(&name);
            self.tips.has_stash |= kept_by == KeptBy::Stash;
            self.add(kept_by, name, [id], false);
        }
    }

    /// References that a linked work tree has for itself, such as those of a bisection.
    fn own_references(&mut self, top: &Path, folder: &Path) {
        for file in files_below(top) {
            let name = format!("{}: refs/{}", folder.display(), inner(&file, top));
            self.add(KeptBy::OtherRef, name, read_id(&file), false);
        }
    }

    /// HEAD and index of the work tree `folder`, of which the repository is `own`.
    fn work_tree(&mut self, own: &Path, folder: &Path) {
        self.tips.work_trees_read += 1;
        // On a branch it is no id.
        self.add(KeptBy::Head, folder.display().to_string(), read_id(&own.join("HEAD")), false);
        let path = own.join("index");
        if !path.is_file() {
            return;
        }
        match File::at(&path, self.store.hash(), true, decode::Options::default()) {
            Ok(index) => self.add(KeptBy::Index, folder.display().to_string(), index_ids(&index), false),
            Err(error) => {
                self.crew.skip(path.display().to_string(), SkipReason::Corrupt, error.to_string());
            }
        }
    }

    /// The reflogs below `top`.
    fn logs(&mut self, top: &Path, prefix: &str) {
        for file in files_below(top) {
            let name = inner(&file, top);
            let text = match fs::metadata(&file).map(|data| data.len()) {
                Ok(len) if len > LOG_BYTES_MAX => {
                    let detail = format!("{len} bytes are more than the limit of {LOG_BYTES_MAX}");
                    self.crew.skip(file.display().to_string(), SkipReason::TooLarge, detail);
                    continue;
                }
                _ => fs::read(&file),
            };
            let text = match text {
                Ok(text) => text,
                Err(error) => {
                    self.crew.skip(file.display().to_string(), SkipReason::Unreadable, error.to_string());
                    continue;
                }
            };
            let lines: Vec<&[u8]> = text.lines().collect();
            self.tips.reflog_entries += lines.len() as u64;
            let ids = lines.iter().flat_map(|line| line.split(|&byte| byte == b' ').take(2));
            let ids: Vec<ObjectId> = ids.filter_map(|id| ObjectId::from_hex(id).ok()).collect();
            let is_stash = name == "refs/stash";
            let kept_by = if is_stash { KeptBy::Stash } else { KeptBy::Reflog };
            self.add(kept_by, format!("{prefix}{name}"), ids, true);
        }
    }
}

/// The path of `file` below `top`, with `/`.
fn inner(file: &Path, top: &Path) -> String {
    file.strip_prefix(top).unwrap_or(file).to_string_lossy().into_owned()
}

/// Regular files below a folder, sorted.
pub(super) fn files_below(top: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut pending = vec![top.to_owned()];
    while let Some(folder) = pending.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => pending.push(entry.path()),
                Ok(kind) if kind.is_file() => files.push(entry.path()),
                _ => {}
            }
        }
    }
    files.sort();
    files
}

/// The id that is all of a file.
fn read_id(file: &Path) -> Option<ObjectId> {
    site::look_at(file).ok()?;
    ObjectId::from_hex(fs::read(file).ok()?.trim_ascii()).ok()
}

/// The objects that an index keeps: files, and the folders that it knows. `gix` does not tell those that a resolved conflict
/// left; they are found as objects, and only what keeps them is not told.
fn index_ids(index: &File) -> Vec<ObjectId> {
    let mut ids: Vec<ObjectId> = index.entries().iter().map(|entry| entry.id).collect();
    let mut pending: Vec<&extension::Tree> = index.tree().into_iter().collect();
    while let Some(tree) = pending.pop() {
        ids.extend(tree.num_entries.map(|_| tree.id));
        pending.extend(&tree.children);
    }
    ids
}
