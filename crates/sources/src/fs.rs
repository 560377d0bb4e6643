//! Files and folders.

use std::{
    fs::{self, File, FileType, OpenOptions},
    io::{self, Read as _},
    mem,
    path::{MAIN_SEPARATOR, Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use ignore::{
    DirEntry, WalkBuilder, WalkState,
    overrides::{Override, OverrideBuilder},
};
use serde::Deserialize;
use stanch_model::{SkipReason, Step};

use crate::{Crew, OpenError, Origin, Source, SourceError, SourceFactory, Worker};

/// Scans files and folders.
pub(crate) struct Fs;

/// `[sources.fs]`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Config {
    /// Scan what `.gitignore`, `.ignore` and Git's own exclude files leave out. Default: false.
    no_ignore: bool,
    /// Files larger than this are skipped as `too-large`. Default: the limit of the run.
    max_file_bytes: Option<u64>,
    /// Globs of what not to scan, in the syntax of `.gitignore`, relative to the target. Default: none.
    exclude: Vec<String>,
}

impl SourceFactory for Fs {
    type Config = Config;
    const NAME: &'static str = "fs";
    const DOC: &'static str = "a file, or the files under a folder and their names, hidden ones too; what .gitignore leaves out, symbolic links and .git folders are not scanned";
    const EXAMPLE: &'static str = "fs:PATH, or just PATH";

    fn open(&self, rest: &str, config: Config) -> Result<Box<dyn Source>, OpenError> {
        Ok(Box::new(Tree::new(Path::new(rest), config)?))
    }
}

/// What a target is. A symbolic link is what it points to: the user named it.
#[derive(Clone, Copy)]
enum Kind {
    Folder,
    File,
}

/// Tells what `root` is, and that it can be opened. What is named and cannot be scanned is a mistake rather than a skip.
fn probe(root: &Path) -> Result<Kind, OpenError> {
    let refused = |error| OpenError::Path { path: root.to_owned(), error };
    let kind = fs::metadata(root).map_err(refused)?.file_type();
    if kind.is_dir() {
        fs::read_dir(root).map(|_| Kind::Folder).map_err(refused)
    } else if kind.is_file() {
        File::open(root).map(|_| Kind::File).map_err(refused)
    } else {
        let reason = format!("expected a file or folder, found {SPECIAL}; - scans standard input");
        Err(OpenError::NotThis { target: root.display().to_string(), reason })
    }
}

fn globs(root: &Path, exclude: &[String]) -> Result<Override, OpenError> {
    // The glob itself is not quoted, as no value of a setting is.
    let wrong = |error: ignore::Error| {
        let reason = if let ignore::Error::Glob { err, .. } = error { err } else { error.to_string() };
        OpenError::Config { source_name: Fs::NAME, message: format!("exclude: {reason}") }
    };
    let mut builder = OverrideBuilder::new(root);
    for glob in exclude {
        builder.add(&format!("!{glob}")).map_err(wrong)?;
    }
    builder.build().map_err(wrong)
}

/// One opened path.
struct Tree {
    root: PathBuf,
    kind: Kind,
    config: Config,
    exclude: Override,
}

impl Source for Tree {
    fn scan(&self, crew: &Crew<'_>) -> Result<(), SourceError> {
        match self.kind {
            Kind::Folder => self.scan_folder(crew),
            Kind::File => crew.run([()].into_iter(), |(), worker| {
                self.scan_name(&self.root, worker);
                self.scan_file(&self.root, worker);
            }),
        }
        Ok(())
    }
}

const SPECIAL: &str = "a pipe, socket or device";

impl Tree {
    fn new(root: &Path, config: Config) -> Result<Self, OpenError> {
        let root = root.to_owned();
        let kind = probe(&root)?;
        let exclude = globs(&root, &config.exclude)?;
        Ok(Self { root, kind, config, exclude })
    }

    /// A walk over what is below the target; folders that hold a pipe in the place of a list of what to ignore are put to
    /// `aside` instead, because it would be waited for.
    fn walk(&self, aside: &Aside) -> WalkBuilder {
        // Ignore files above the target count within its repository only: a stray one in a home folder or in `/` must not
        // hide a target from a scan.
        let absolute = fs::canonicalize(&self.root).unwrap_or_default();
        let in_repository = absolute.ancestors().any(|folder| folder.join(".git").exists());
        // The lists above are read even where they do not count.
        let ignores = !self.config.no_ignore && !absolute.ancestors().any(has_endless_list);
        let aside = Arc::clone(aside);
        let mut walk = self.walk_all(&self.root);
        walk.standard_filters(ignores).parents(ignores && in_repository).hidden(false);
        walk.filter_entry(move |entry| {
            let waits = ignores && is_folder(entry) && has_endless_list(entry.path());
            if waits {
                aside.lock().unwrap_or_else(PoisonError::into_inner).push(entry.path().to_owned());
            }
            !waits && is_content(entry)
        });
        walk
    }

    /// A walk over all that is below `folder`, whatever is to be ignored.
    fn walk_all(&self, folder: &Path) -> WalkBuilder {
        let mut walk = WalkBuilder::new(folder);
        walk.standard_filters(false)
            .require_git(false)
            .overrides(self.exclude.clone())
            .filter_entry(is_content);
        walk
    }

    fn scan_folder(&self, crew: &Crew<'_>) {
        let aside = Aside::default();
        self.scan_walk(self.walk(&aside), crew);
        for folder in mem::take(&mut *aside.lock().unwrap_or_else(PoisonError::into_inner)) {
            crew.run([()].into_iter(), |(), worker| self.scan_name(&folder, worker));
            self.scan_walk(self.walk_all(&folder), crew);
        }
    }

    /// Walks on the threads that scan: measured 20 % less CPU time than a serial walk that feeds them, which asks four
    /// times per folder for ignore files that are not there. Where there is but one folder, it is asked once, and the
    /// threads of a walk would sleep for a millisecond to see whether there are more.
    fn scan_walk(&self, mut walk: WalkBuilder, crew: &Crew<'_>) {
        let context = crew.context();
        if is_flat(&self.root) {
            return crew.run(walk.build(), |entry, worker| self.scan_listed(entry, worker));
        }
        walk.threads(context.threads).build_parallel().run(|| {
            let mut hand = crew.hand();
            Box::new(move |entry| {
                if context.cancel.is_cancelled() {
                    return WalkState::Quit;
                }
                hand.attempt(|worker| self.scan_listed(entry, worker));
                WalkState::Continue
            })
        });
    }

    fn scan_listed(&self, entry: Result<DirEntry, ignore::Error>, worker: &mut Worker<'_>) {
        match entry {
            Ok(entry) => self.scan_entry(&entry, worker),
            Err(error) => self.skip_error(&error, worker),
        }
    }

    fn scan_entry(&self, entry: &DirEntry, worker: &mut Worker<'_>) {
        if entry.depth() == 0 {
            return;
        }
        self.scan_name(entry.path(), worker);
        if is_folder(entry) {
            return;
        }
        match entry.file_type() {
            Some(kind) if kind.is_file() => self.scan_file(entry.path(), worker),
            Some(kind) if kind.is_symlink() => {
                worker.skip(self.relative(entry.path()), SkipReason::Symlink, "not followed");
            }
            _ => worker.skip(self.relative(entry.path()), SkipReason::SpecialFile, SPECIAL),
        }
    }

    /// The name itself, of whatever has it; those of the folders above are scanned when they are listed.
    fn scan_name(&self, path: &Path, worker: &mut Worker<'_>) {
        let sightings = worker.sight(path.file_name().unwrap_or_default().as_encoded_bytes());
        if !sightings.is_empty() {
            worker.report(sightings, &self.origin(path).in_name());
        }
    }

    fn scan_file(&self, path: &Path, worker: &mut Worker<'_>) {
        if let Err((reason, detail)) = self.try_scan_file(path, worker) {
            worker.skip(self.relative(path), reason, detail);
        }
    }

    fn try_scan_file(&self, path: &Path, worker: &mut Worker<'_>) -> Result<(), (SkipReason, String)> {
        let followed = matches!(self.kind, Kind::File);
        let file = OneFile { path, followed, bytes_max: self.size_max(worker) };
        file.scan(worker, || self.origin(path))
    }

    fn size_max(&self, worker: &Worker<'_>) -> u64 {
        self.config.max_file_bytes.unwrap_or(worker.context().limits.blob_bytes_max)
    }

    fn skip_error(&self, error: &ignore::Error, worker: &mut Worker<'_>) {
        let item = self.relative(path_of(error).unwrap_or(&self.root));
        let (reason, detail) =
            error.io_error().map_or_else(|| (SkipReason::Unreadable, error.to_string()), refusal);
        worker.skip(item, reason, detail);
    }

    /// The path below the target, or the name of a target that is a file; what is not UTF-8 in it becomes U+FFFD.
    fn relative(&self, path: &Path) -> String {
        let inner = path.strip_prefix(&self.root).unwrap_or(path);
        let shown = if inner.as_os_str().is_empty() {
            path.file_name().unwrap_or(path.as_os_str())
        } else {
            inner.as_os_str()
        };
        shown.to_string_lossy().replace(MAIN_SEPARATOR, "/")
    }

    /// A target that is a file has no path within itself.
    fn origin(&self, path: &Path) -> Origin {
        let directory = Step::Directory { path: self.root.display().to_string() };
        let is_target = path == self.root;
        let path = self.relative(path);
        let inner = (!is_target).then(|| Step::Path { path: path.clone() });
        Origin { provenance: [directory].into_iter().chain(inner).collect(), path }
    }
}

/// Whether there is no folder within `folder`; not so where that cannot be told.
fn is_flat(folder: &Path) -> bool {
    let is_none = |entry: io::Result<fs::DirEntry>| {
        entry.and_then(|entry| entry.file_type()).is_ok_and(|kind| !kind.is_dir())
    };
    fs::read_dir(folder).is_ok_and(|mut entries| entries.all(is_none))
}

/// Folders that are walked over later.
type Aside = Arc<Mutex<Vec<PathBuf>>>;

/// Whether a list of what to ignore in `folder` could be read without end.
fn has_endless_list(folder: &Path) -> bool {
    let waits = |name| fs::metadata(folder.join(name)).is_ok_and(|data| waits(data.file_type()));
    [".gitignore", ".ignore", ".git/info/exclude"].into_iter().any(waits)
}

/// Whether it is anything but what Git keeps for itself.
fn is_content(entry: &DirEntry) -> bool {
    entry.file_name() != ".git" || !is_folder(entry)
}

/// Whether opening or reading such a file may have no end. A socket cannot be opened at all, and Git itself leaves one for
/// its file watcher.
#[cfg(unix)]
pub(crate) fn waits(kind: FileType) -> bool {
    use std::os::unix::fs::FileTypeExt as _;

    kind.is_fifo() || kind.is_char_device() || kind.is_block_device()
}

#[cfg(not(unix))]
pub(crate) fn waits(_kind: FileType) -> bool {
    false
}

/// One file that was a regular one when listed.
pub(crate) struct OneFile<'p> {
    pub(crate) path: &'p Path,
    /// Whether a link is what it leads to.
    pub(crate) followed: bool,
    /// Larger ones are not scanned.
    pub(crate) bytes_max: u64,
}

impl OneFile<'_> {
    /// Scans it, without waiting for what it may have become.
    ///
    /// # Errors
    /// Why it was not, or not as a whole.
    pub(crate) fn scan(
        &self,
        worker: &mut Worker<'_>,
        origin: impl Fn() -> Origin,
    ) -> Result<(), (SkipReason, String)> {
        let file = open_file(self.path, self.followed).map_err(|error| refusal(&error))?;
        let metadata = file.metadata().map_err(|error| refusal(&error))?;
        if !metadata.is_file() {
            return Err((SkipReason::Vanished, "no longer a regular file".to_owned()));
        }
        let (size, max) = (metadata.len(), self.bytes_max);
        if size > max {
            return Err((SkipReason::TooLarge, format!("{size} bytes, max_file_bytes = {max}")));
        }
        // Files that the kernel makes up as they are read have no size.
        let expected = Some(size).filter(|&size| size > 0);
        let read = worker.scan_stream(file.take(max), expected, origin).map_err(|error| refusal(&error))?;
        if read == max && size < max {
            return Err((SkipReason::TooLarge, format!("grew while read, max_file_bytes = {max}")));
        }
        Ok(())
    }
}

fn is_folder(entry: &DirEntry) -> bool {
    entry.file_type().is_some_and(|kind| kind.is_dir())
}

/// Opens a file that was a regular one when listed. Should it have become a pipe since, this does not wait for a writer;
/// should it have become a link, it is not followed.
#[cfg(unix)]
fn open_file(path: &Path, followed: bool) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt as _;

    let flags = if followed { 0 } else { libc::O_NOFOLLOW };
    OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK | flags).open(path)
}

#[cfg(not(unix))]
fn open_file(path: &Path, _followed: bool) -> io::Result<File> {
    OpenOptions::new().read(true).open(path)
}

/// The reason of a skip, and the operating system's words without what a library wrapped them in.
fn refusal(error: &io::Error) -> (SkipReason, String) {
    let reason = match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => SkipReason::Vanished,
        _ => SkipReason::Unreadable,
    };
    let inner = error.get_ref().and_then(|wrapped| wrapped.source());
    (reason, inner.map_or_else(|| error.to_string(), ToString::to_string))
}

/// The path that a walk stumbled over.
fn path_of(error: &ignore::Error) -> Option<&Path> {
    match error {
        ignore::Error::WithPath { path, .. } | ignore::Error::Loop { child: path, .. } => Some(path),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => path_of(err),
        ignore::Error::Partial(errors) => errors.iter().find_map(path_of),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    /// What is skipped by `action` on the folder `path`, as if the walk had just listed something.
    fn skips(path: &Path, action: impl Fn(&Tree, &mut Worker<'_>)) -> Vec<(String, SkipReason)> {
        let tree = Tree::new(path, Config::default()).expect("a target");
        let ((), outcome) = fixture::outcome(|crew| crew.hand().attempt(|worker| action(&tree, worker)));
        outcome.coverage.skips.into_iter().map(|skip| (skip.item, skip.reason)).collect()
    }

    #[test]
    fn a_file_that_vanishes_after_listing_is_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let seen = skips(folder.path(), |tree, worker| {
            tree.scan_file(&tree.root.join("sub/gone.txt"), worker);
        });
        assert_eq!(seen, [("sub/gone.txt".to_owned(), SkipReason::Vanished)]);
    }

    #[test]
    fn a_folder_that_vanishes_during_the_walk_is_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let sub = |name: &str| folder.path().join(name);
        for name in ["one", "two"] {
            fs::create_dir(sub(name)).expect("created");
        }
        let tree = Tree::new(folder.path(), Config::default()).expect("a target");
        // Both are listed when the first of them is visited; then the other goes.
        let visit = |entry: Result<DirEntry, ignore::Error>, worker: &mut Worker<'_>| {
            match entry.as_ref().map(|entry| entry.file_name().to_str()) {
                Ok(Some("one")) => drop(fs::remove_dir(sub("two"))),
                Ok(Some("two")) => drop(fs::remove_dir(sub("one"))),
                _ => {}
            }
            tree.scan_listed(entry, worker);
        };
        let ((), outcome) = fixture::outcome(|crew| {
            tree.walk(&Aside::default()).threads(1).build_parallel().run(|| {
                let mut hand = crew.hand();
                Box::new(move |entry| {
                    hand.attempt(|worker| visit(entry, worker));
                    WalkState::Continue
                })
            });
        });
        let skip = &outcome.coverage.skips[0];
        assert!(skip.item == "one" || skip.item == "two", "{skip:?}");
        assert_eq!(
            (skip.reason, skip.detail.contains(folder.path().to_str().expect("UTF-8"))),
            (SkipReason::Vanished, false)
        );
        assert_eq!(outcome.coverage.gaps, 1);
    }

    #[cfg(unix)]
    #[test]
    fn what_became_a_link_or_a_folder_after_listing_is_not_read() {
        let folder = tempfile::tempdir().expect("a folder");
        std::os::unix::fs::symlink("/etc/hostname", folder.path().join("link")).expect("linked");
        fs::create_dir(folder.path().join("sub")).expect("created");
        let seen = skips(folder.path(), |tree, worker| {
            tree.scan_file(&tree.root.join("link"), worker);
            tree.scan_file(&tree.root.join("sub"), worker);
        });
        let expected = [("link", SkipReason::Unreadable), ("sub", SkipReason::Vanished)];
        assert_eq!(seen, expected.map(|(item, reason)| (item.to_owned(), reason)));
    }
}
