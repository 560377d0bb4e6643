//! Where a repository keeps its files. A hostile one may have a pipe or device in the place of any of them, which whoever
//! opens it would wait for or read without end; so all are looked at before `gix` opens one.

use std::{
    collections::{HashSet, VecDeque},
    fs::{self, Metadata},
    io,
    path::{Path, PathBuf},
};

use gix::discover::{DOT_GIT_DIR, is_git, path as discovered};

use crate::fs::waits;

/// Most files of a repository that are looked at, beside loose objects.
const FILES_MAX: usize = 10_000_000;

/// Most bytes of a file that is read at once.
const BYTES_MAX: u64 = 256 << 20;

/// Most object folders that a repository may borrow from.
const BORROWED_MAX: usize = 1000;

/// Files that are read at once, beside references; packs and indices are mapped.
const READ_AT_ONCE: [&str; 7] =
    ["HEAD", "alternates", "commondir", "config", "config.worktree", "gitdir", "shallow"];

/// Folders in a repository that nobody opens but who reads objects or revisions: they may hold more than all others.
const UNREAD: [&str; 5] = ["annex", "lfs", "logs", "modules", "objects"];

/// The folders of one repository.
pub(super) struct Site {
    /// What the user named, or a folder above: it is to be opened.
    pub(super) root: PathBuf,
    /// What belongs to this work tree: `HEAD`, the index.
    pub(super) own: PathBuf,
    /// What all work trees share: references, configuration.
    pub(super) common: PathBuf,
    /// Where objects are kept: its own, then those that it borrows from, each once.
    pub(super) objects: Vec<PathBuf>,
}

/// Who will read objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ObjectReader {
    /// Only we do, who look before we open: one that cannot be read is a skip.
    Ours,
    /// `gix` does, too.
    Library,
}

/// Why a repository is not opened.
#[derive(Debug, thiserror::Error)]
pub(super) enum SiteError {
    /// No folder is a repository, neither this one nor one above.
    #[error("{} and the folders above hold none", .0.display())]
    None(PathBuf),
    /// Something that is no file would be read as one.
    #[error("{}: a pipe or device in the place of a file", .0.display())]
    Pipe(PathBuf),
    /// A file that would be read as a whole.
    #[error("{}: more than {BYTES_MAX} bytes", .0.display())]
    TooLarge(PathBuf),
    /// More files than anybody needs.
    #[error("{}: more than {FILES_MAX} files", .0.display())]
    TooMany(PathBuf),
    /// Something that cannot be looked at.
    #[error("{}: {error}", path.display())]
    Unreadable {
        /// The file or folder.
        path: PathBuf,
        /// The operating system's reason.
        #[source]
        error: io::Error,
    },
    /// A file that leads elsewhere, or is to, and cannot be read.
    #[error("{}: {reason}", path.display())]
    Link {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
}

impl Site {
    /// Finds the repository in `folder` or above it, and makes sure that whoever opens it waits for nothing.
    ///
    /// # Errors
    /// There is none, or something in it is not what it should be.
    pub(super) fn find(folder: &Path, reader: ObjectReader) -> Result<Self, SiteError> {
        let real = fs::canonicalize(folder).unwrap_or_default();
        let above = real.ancestors().skip(1);
        for root in std::iter::once(folder).chain(above) {
            if let Some(git) = git_folder(root)? {
                return Self::read(root, git, reader);
            }
        }
        Err(SiteError::None(folder.to_owned()))
    }

    fn read(root: &Path, own: PathBuf, reader: ObjectReader) -> Result<Self, SiteError> {
        let common = linked(&own, "commondir")?.unwrap_or_else(|| own.clone());
        let objects = borrowed(&common.join("objects"))?;
        let site = Self { root: root.to_owned(), own, common, objects };
        let mut survey = Survey::default();
        if reader == ObjectReader::Ours && !site.head_leaves_refs() {
            let folders = [&site.own, &site.common];
            survey.left_out =
                folders.iter().flat_map(|folder| UNREAD.map(|name| folder.join(name))).collect();
        } else {
            site.objects.iter().try_for_each(|folder| survey.visit(folder))?;
        }
        survey.visit(&site.own)?;
        survey.visit(&site.common)?;
        Ok(site)
    }

    /// Whether HEAD names what only an enemy would: then it may be read as a reference wherever it is.
    fn head_leaves_refs(&self) -> bool {
        let head = fs::read(self.own.join("HEAD")).unwrap_or_default();
        head.strip_prefix(b"ref:").is_some_and(|name| !name.trim_ascii().starts_with(b"refs/"))
    }
}

/// The folder with the files of the repository that `root` is, or is the work tree of.
fn git_folder(root: &Path) -> Result<Option<PathBuf>, SiteError> {
    let inner = (!root.ends_with(DOT_GIT_DIR)).then(|| root.join(DOT_GIT_DIR));
    for candidate in inner.into_iter().chain([root.to_owned()]) {
        let Ok(data) = fs::metadata(&candidate) else { continue };
        let git = if data.is_file() {
            let Ok(led) = discovered::from_gitdir_file(&candidate) else { continue };
            led
        } else {
            candidate.clone()
        };
        ["HEAD", "commondir", "gitdir"].into_iter().try_for_each(|name| look_at(&git.join(name)))?;
        if is_git(&candidate).is_ok() {
            return Ok(Some(git));
        }
    }
    Ok(None)
}

/// Where the file `name` in the folder `git` leads; none where there is no such file.
fn linked(git: &Path, name: &str) -> Result<Option<PathBuf>, SiteError> {
    let path = git.join(name);
    look_at(&path)?;
    match discovered::from_plain_file(&path) {
        None => Ok(None),
        Some(Ok(led)) => Ok(Some(git.join(led))),
        Some(Err(error)) => Err(SiteError::Unreadable { path, error }),
    }
}

/// The folder of objects `first` and those it borrows from, at any remove. One that leads back to one before is none more.
fn borrowed(first: &Path) -> Result<Vec<PathBuf>, SiteError> {
    let mut folders: Vec<PathBuf> = Vec::new();
    let mut seen = HashSet::new();
    let mut pending = VecDeque::from([first.to_owned()]);
    while let Some(folder) = pending.pop_front() {
        let Ok(real) = fs::canonicalize(&folder) else { continue };
        if !seen.insert(real) {
            continue;
        }
        if folders.len() > BORROWED_MAX {
            let reason = format!("borrows from more than {BORROWED_MAX} folders");
            return Err(SiteError::Link { path: first.to_owned(), reason });
        }
        let list = folder.join("info/alternates");
        look_at(&list)?;
        if let Ok(text) = fs::read(&list) {
            let failed =
                |error: gix::Error| SiteError::Link { path: list.clone(), reason: error.to_string() };
            let named = gix::odb::alternate::parse(&text).map_err(failed)?;
            pending.extend(named.into_iter().map(|path| first.join(path)));
        }
        folders.push(folder);
    }
    Ok(folders)
}

/// Makes sure that the file at `path`, if any, can be read without waiting and in bounded memory. Links count as what they
/// lead to; a link that leads nowhere, or to itself, cannot be opened by anybody.
pub(super) fn look_at(path: &Path) -> Result<(), SiteError> {
    fs::metadata(path).map_or(Ok(()), |data| judge(path, &data))
}

fn judge(path: &Path, data: &Metadata) -> Result<(), SiteError> {
    if waits(data.file_type()) {
        return Err(SiteError::Pipe(path.to_owned()));
    }
    let named = path.file_name().is_some_and(|name| READ_AT_ONCE.iter().any(|known| name == *known));
    if data.len() > BYTES_MAX && (named || path.components().any(|part| part.as_os_str() == "refs")) {
        return Err(SiteError::TooLarge(path.to_owned()));
    }
    Ok(())
}

/// A walk over the files of a repository.
#[derive(Default)]
struct Survey {
    /// Folders that are not visited.
    left_out: Vec<PathBuf>,
    /// Folders that were visited, by their real paths.
    seen: HashSet<PathBuf>,
    files: usize,
}

impl Survey {
    /// Looks at every file below `top`, and at what links lead to.
    fn visit(&mut self, top: &Path) -> Result<(), SiteError> {
        let mut pending = vec![top.to_owned()];
        while let Some(folder) = pending.pop() {
            let unreadable = |error| SiteError::Unreadable { path: folder.clone(), error };
            let Ok(real) = fs::canonicalize(&folder) else { continue };
            if !self.seen.insert(real) {
                continue;
            }
            let Ok(entries) = fs::read_dir(&folder) else { continue };
            for entry in entries {
                let entry = entry.map_err(unreadable)?;
                self.files += 1;
                if self.files > FILES_MAX {
                    return Err(SiteError::TooMany(top.to_owned()));
                }
                let path = entry.path();
                let Ok(data) = fs::metadata(&path) else { continue };
                judge(&path, &data)?;
                if data.is_dir() && !self.left_out.contains(&path) {
                    pending.push(path);
                }
            }
        }
        Ok(())
    }
}
