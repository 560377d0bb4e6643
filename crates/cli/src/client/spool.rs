//! Batches that wait for their server, each in a file of its own.

use std::{
    env, fmt,
    fs::{self, DirBuilder, File, TryLockError},
    io::{self, BufRead as _, Read as _, Write as _},
    path::{Path, PathBuf},
};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tempfile::Builder;

use super::batch::{self, Batch};

/// Most bytes that wait, and most that are kept of what was refused.
const BYTES_MAX: u64 = 256 << 20;
/// How the name of a batch ends.
const EXTENSION: &str = "ndjson";
/// Where batches lie that the server refused.
const REFUSED: &str = "refused";
/// Held by who sends what waits.
const LOCK: &str = "lock";
/// Largest file of a batch, in bytes: its first line, and its lines.
const FILE_BYTES_MAX: u64 = batch::BYTES_MAX as u64 + (64 << 10);

/// The folder where batches wait.
#[derive(Clone, Debug)]
pub(crate) struct Spool {
    folder: PathBuf,
}

/// Why a batch is not kept.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SpoolError {
    /// It would take more place than it may.
    #[error("{}: full: {BYTES_MAX} bytes is the limit", folder.display())]
    Full {
        /// The folder.
        folder: PathBuf,
    },
    /// It cannot be written or read.
    #[error("{}: {source}", folder.display())]
    Io {
        /// The folder.
        folder: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
}

/// The first line of a file.
#[derive(Serialize, Deserialize)]
struct Head {
    server: String,
    path: String,
    key: String,
    spooled: Timestamp,
}

/// A batch that waits.
pub(super) struct Waiting {
    /// Its server.
    pub(super) server: String,
    /// What is sent.
    pub(super) batch: Batch,
}

/// Held while what waits is sent, so that no two processes send the same.
pub(super) struct Turn(#[expect(dead_code, reason = "the lock lasts as long as the file is open")] File);

impl Spool {
    /// The spool in `folder`, or where the user's programs keep their state; none where there is no such place.
    pub(crate) fn at(folder: Option<&Path>) -> Option<Self> {
        let folder = folder.map(Path::to_owned).or_else(state_folder)?;
        Some(Self { folder })
    }

    /// Where it is.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Keeps a batch for its server.
    ///
    /// # Errors
    /// There is no more room, or it cannot be written.
    pub(super) fn keep(&self, server: &str, batch: &Batch) -> Result<(), SpoolError> {
        self.put(&self.folder, server, batch).map(drop)
    }

    /// Keeps a batch that the server refused beside its reason.
    ///
    /// # Errors
    /// There is no more room, or it cannot be written.
    pub(super) fn refuse(&self, server: &str, batch: &Batch, reason: &str) -> Result<(), SpoolError> {
        let name = self.put(&self.folder.join(REFUSED), server, batch)?;
        self.say_why(&name, reason)
    }

    fn put(&self, folder: &Path, server: &str, batch: &Batch) -> Result<String, SpoolError> {
        let now = Timestamp::now();
        let head = Head {
            server: server.to_owned(),
            path: batch.path.clone(),
            key: batch.key.clone(),
            spooled: now,
        };
        let head = batch::line(&head);
        let written = || -> io::Result<Option<String>> {
            make_folder(folder)?;
            if size(folder)? + (head.len() + batch.body.len()) as u64 > BYTES_MAX {
                return Ok(None);
            }
            let name = format!("{:020}-{}.{EXTENSION}", now.as_nanosecond(), file_name(&batch.key));
            // A temporary file is for its owner only; it has its name once it is whole.
            let mut file = Builder::new().prefix(".").tempfile_in(folder)?;
            file.write_all(&head)?;
            file.write_all(&batch.body)?;
            file.as_file().sync_all()?;
            file.persist(folder.join(&name)).map_err(|error| error.error)?;
            sync_folder(folder)?;
            Ok(Some(name))
        };
        let written = written().map_err(|source| self.broken(source))?;
        written.ok_or_else(|| SpoolError::Full { folder: folder.to_owned() })
    }

    /// What waits, oldest first.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub(super) fn waiting(&self) -> Result<Vec<PathBuf>, SpoolError> {
        let entries = match fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(self.broken(error)),
        };
        let is_batch =
            |path: &PathBuf| path.extension().is_some_and(|end| end == EXTENSION) && path.is_file();
        let mut files: Vec<_> = entries.flatten().map(|entry| entry.path()).filter(is_batch).collect();
        files.sort();
        Ok(files)
    }

    /// The turn to send what waits; none while another process does.
    ///
    /// # Errors
    /// The lock cannot be made.
    pub(super) fn turn(&self) -> Result<Option<Turn>, SpoolError> {
        let locked = || -> io::Result<Option<Turn>> {
            make_folder(&self.folder)?;
            let file = File::options().create(true).append(true).open(self.folder.join(LOCK))?;
            match file.try_lock() {
                Ok(()) => Ok(Some(Turn(file))),
                Err(TryLockError::WouldBlock) => Ok(None),
                Err(TryLockError::Error(error)) => Err(error),
            }
        };
        locked().map_err(|source| self.broken(source))
    }

    /// The batch in a file; none where it is damaged.
    ///
    /// # Errors
    /// It cannot be read.
    pub(super) fn read(&self, file: &Path) -> Result<Option<Waiting>, SpoolError> {
        let read = || -> io::Result<Option<Waiting>> {
            let mut text = io::BufReader::new(File::open(file)?.take(FILE_BYTES_MAX));
            let mut first = Vec::new();
            text.read_until(b'\n', &mut first)?;
            let mut body = Vec::new();
            text.read_to_end(&mut body)?;
            let head = serde_json::from_slice::<Head>(&first).ok();
            let head = head.filter(|head| head.path.starts_with('/') && body.len() <= batch::BYTES_MAX);
            Ok(head
                .map(|Head { server, path, key, .. }| Waiting { server, batch: Batch { path, key, body } }))
        };
        read().map_err(|source| self.broken(source))
    }

    /// Drops a batch that was sent; another process may have been faster.
    ///
    /// # Errors
    /// It cannot be removed.
    pub(super) fn sent(&self, file: &Path) -> Result<(), SpoolError> {
        match fs::remove_file(file) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(self.broken(error)),
            _ => Ok(()),
        }
    }

    /// Puts a batch aside that the server refused, with its reason.
    ///
    /// # Errors
    /// It cannot be moved.
    pub(super) fn put_aside(&self, file: &Path, reason: &str) -> Result<(), SpoolError> {
        let Some(name) = file.file_name() else { return Ok(()) };
        let folder = self.folder.join(REFUSED);
        let moved = || -> io::Result<()> {
            make_folder(&folder)?;
            fs::rename(file, folder.join(name))?;
            sync_folder(&folder)
        };
        self.say_why(&name.to_string_lossy(), reason)?;
        moved().map_err(|source| self.broken(source))
    }

    fn say_why(&self, name: &str, reason: &str) -> Result<(), SpoolError> {
        let folder = self.folder.join(REFUSED);
        let said = || -> io::Result<()> {
            make_folder(&folder)?;
            let mut file = Builder::new().prefix(".").tempfile_in(&folder)?;
            writeln!(file, "{reason}")?;
            file.persist(folder.join(format!("{name}.reason"))).map_err(|error| error.error)?;
            Ok(())
        };
        said().map_err(|source| self.broken(source))
    }

    fn broken(&self, source: io::Error) -> SpoolError {
        SpoolError::Io { folder: self.folder.clone(), source }
    }
}

impl fmt::Display for Spool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.folder.display())
    }
}

/// Bytes of the files in a folder.
fn size(folder: &Path) -> io::Result<u64> {
    let sizes = fs::read_dir(folder)?.flatten().filter_map(|entry| entry.metadata().ok());
    Ok(sizes.filter(fs::Metadata::is_file).map(|found| found.len()).sum())
}

/// Letters, digits and dashes of a key.
fn file_name(key: &str) -> String {
    key.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').take(64).collect()
}

/// A folder for its owner only.
fn make_folder(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// A name that must outlast a crash is written with its folder.
fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

/// <https://specifications.freedesktop.org/basedir-spec/latest/>: a relative `XDG_STATE_HOME` is invalid.
fn state_folder() -> Option<PathBuf> {
    let configured = env::var_os("XDG_STATE_HOME").map(PathBuf::from).filter(|folder| folder.is_absolute());
    let home = || env::home_dir().filter(|home| home.is_absolute()).map(|home| home.join(".local/state"));
    configured.or_else(home).map(|folder| folder.join("stanch/spool"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch(key: &str) -> Batch {
        Batch { path: "/p".to_owned(), key: key.to_owned(), body: b"{}\n".to_vec() }
    }

    #[test]
    fn what_is_kept_is_read_as_it_was_oldest_first() {
        let folder = tempfile::tempdir().expect("a folder");
        let spool = Spool::at(Some(&folder.path().join("a/b"))).expect("a spool");
        assert!(spool.waiting().expect("readable").is_empty());
        for key in ["z-1", "a-2", "m-3"] {
            spool.keep("https://h", &batch(key)).expect("room");
        }
        let files = spool.waiting().expect("readable");
        let read = files.iter().map(|file| spool.read(file).expect("readable").expect("whole"));
        let keys: Vec<_> = read.map(|waiting| (waiting.server, waiting.batch)).collect();
        let expected = ["z-1", "a-2", "m-3"].map(|key| ("https://h".to_owned(), batch(key)));
        assert_eq!(keys, expected);
    }

    #[cfg(unix)]
    #[test]
    fn files_are_for_their_owner_only() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().expect("a folder");
        let spool = Spool::at(Some(&folder.path().join("s"))).expect("a spool");
        spool.keep("https://h", &batch("k")).expect("room");
        spool.refuse("https://h", &batch("k"), "why").expect("room");
        let mode = |path: &Path| fs::metadata(path).expect("there").permissions().mode() & 0o777;
        assert_eq!((mode(spool.folder()), mode(&spool.waiting().expect("readable")[0])), (0o700, 0o600));
        let refused: Vec<_> =
            fs::read_dir(spool.folder().join(REFUSED)).expect("a folder").flatten().collect();
        assert_eq!(refused.len(), 2);
        assert!(refused.iter().all(|file| mode(&file.path()) == 0o600));
    }

    #[test]
    fn what_is_over_the_limit_is_refused_by_name() {
        let folder = tempfile::tempdir().expect("a folder");
        let spool = Spool::at(Some(folder.path())).expect("a spool");
        let large = File::create(folder.path().join("large")).expect("a file");
        large.set_len(BYTES_MAX).expect("a file with a hole");
        let error = spool.keep("https://h", &batch("k")).expect_err("full").to_string();
        assert!(error.ends_with("full: 268435456 bytes is the limit"), "{error}");
    }

    #[test]
    fn a_damaged_file_is_none_and_a_turn_is_had_once() {
        let folder = tempfile::tempdir().expect("a folder");
        let spool = Spool::at(Some(folder.path())).expect("a spool");
        fs::write(folder.path().join("1.ndjson"), "what\n{}\n").expect("a file");
        let files = spool.waiting().expect("readable");
        assert!(spool.read(&files[0]).expect("readable").is_none());
        spool.put_aside(&files[0], "damaged").expect("movable");
        assert!(spool.waiting().expect("readable").is_empty());
        let turn = spool.turn().expect("a lock");
        assert!(turn.is_some() && spool.turn().expect("a lock").is_none());
        drop(turn);
        assert!(spool.turn().expect("a lock").is_some());
    }
}
