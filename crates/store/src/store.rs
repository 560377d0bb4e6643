//! The register's database, shared by all who use it.

use std::{
    fs,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use jiff::Timestamp;
use r2d2::Pool;

use crate::{
    Database, Histogram, StoreError,
    connection::{Connection, Manager},
    migrate,
    tx::{Purpose, Tx},
};

/// How often a transaction is tried that others got in the way of.
const TRIES_MAX: u32 = 8;
/// How long a caller waits for a connection.
const CONNECTION_WAIT: Duration = Duration::from_secs(15);
/// Connections at once: of SQLite for reading (one more writes), of PostgreSQL for both.
const CONNECTIONS_MAX: u32 = 8;

/// The register's database. Cheap to clone; all clones are one.
#[derive(Clone)]
pub struct Store {
    readers: Pool<Manager>,
    writers: Pool<Manager>,
    database: Database,
    once: Option<Arc<Once>>,
    timings: Arc<Timings>,
}

/// A request that may be sent again: what it changes is changed once.
#[derive(Debug)]
pub struct Once {
    key: String,
    digest: String,
    at: Timestamp,
    /// Whether its mark was made; only its first transaction makes one.
    is_marked: AtomicBool,
}

impl Once {
    /// The request with this key. `digest` tells another request with the same key apart.
    pub fn new(key: String, digest: String, at: Timestamp) -> Self {
        Self { key, digest, at, is_marked: AtomicBool::new(false) }
    }

    fn mark(&self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        if self.is_marked.load(Ordering::Relaxed) {
            return Ok(());
        }
        if tx.mark_request(&self.key, &self.digest, self.at)? { Ok(()) } else { Err(StoreError::Repeated) }
    }
}

/// How long transactions took, with the wait for a connection; those too that failed.
#[derive(Debug, Default)]
pub struct Timings {
    /// Those that read.
    pub reads: Histogram,
    /// Those that wrote.
    pub writes: Histogram,
}

/// Counts what a transaction took, however it ends.
struct Timing<'t> {
    begun: Instant,
    histogram: &'t Histogram,
}

impl<'t> Timing<'t> {
    fn of(histogram: &'t Histogram) -> Self {
        Self { begun: Instant::now(), histogram }
    }
}

impl Drop for Timing<'_> {
    fn drop(&mut self) {
        self.histogram.observe(self.begun.elapsed());
    }
}

impl Store {
    /// Opens the database, makes it if it is not there, and brings its schema up to date.
    ///
    /// # Errors
    ///
    /// If it cannot be opened, or was made by a newer Stanch.
    pub fn open(database: &Database) -> Result<Self, StoreError> {
        let store = Self::connect(database)?;
        migrate::migrate(&store)?;
        Ok(store)
    }

    /// Opens the database as it is.
    ///
    /// # Errors
    ///
    /// If it cannot be opened.
    pub fn connect(database: &Database) -> Result<Self, StoreError> {
        let pool = |size, purpose| {
            let builder =
                Pool::builder().max_size(size).min_idle(Some(1)).connection_timeout(CONNECTION_WAIT);
            builder.error_handler(Box::new(Tell)).build(Manager::new(database.clone(), purpose))
        };
        let open = |source: Box<dyn std::error::Error + Send + Sync>| StoreError::Open {
            database: database.clone(),
            source,
        };
        if let Database::Sqlite(path) = database {
            make_private(path).map_err(|error| open(error.into()))?;
        }
        r2d2::ManageConnection::connect(&Manager::new(database.clone(), Purpose::Write))
            .map_err(|error| open(error.into()))?;
        let readers = pool(CONNECTIONS_MAX, Purpose::Read)?;
        let writers =
            if matches!(database, Database::Sqlite(_)) { pool(1, Purpose::Write)? } else { readers.clone() };
        Ok(Self { readers, writers, database: database.clone(), once: None, timings: Arc::default() })
    }

    /// The same database for one request: its first change marks it as done in the same transaction, or fails if it was done before.
    #[must_use]
    pub fn for_request(&self, once: Arc<Once>) -> Self {
        Self { once: Some(once), ..self.clone() }
    }

    /// Where it is kept.
    pub fn database(&self) -> &Database {
        &self.database
    }

    /// How long transactions took since this was opened.
    pub fn timings(&self) -> &Timings {
        &self.timings
    }

    /// Reads in one transaction.
    ///
    /// # Errors
    ///
    /// What `job` gives, or that the database is away.
    pub fn read<T, E: From<StoreError>>(
        &self,
        job: impl FnOnce(&mut Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let _timing = Timing::of(&self.timings.reads);
        let mut connection = self.readers.get().map_err(StoreError::from)?;
        job(&mut begin(&mut connection, Purpose::Read)?)
    }

    /// Reads in one transaction that sees the register as it was at one moment, however long it takes.
    ///
    /// # Errors
    ///
    /// What `job` gives, or that the database is away.
    pub(crate) fn snapshot<T, E: From<StoreError>>(
        &self,
        job: impl FnOnce(&mut Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut connection = self.readers.get().map_err(StoreError::from)?;
        job(&mut begin(&mut connection, Purpose::Snapshot)?)
    }

    /// Brings what SQLite keeps beside its file into the file.
    pub(crate) fn checkpoint(&self) -> Result<(), StoreError> {
        let mut connection = self.writers.get()?;
        if let Connection::Sqlite(connection) = &mut *connection {
            connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
        }
        Ok(())
    }

    /// Changes something in one transaction: all of it or nothing. When this returns, it is on disk. `job` may run several times, if others
    /// get in the way.
    ///
    /// # Errors
    ///
    /// What `job` gives, or that the database is away. Nothing is changed then.
    pub fn write<T, E: From<StoreError>>(
        &self,
        mut job: impl FnMut(&mut Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let _timing = Timing::of(&self.timings.writes);
        let mut connection = self.writers.get().map_err(StoreError::from)?;
        let mut job = |tx: &mut Tx<'_>| {
            if let Some(once) = &self.once {
                once.mark(tx)?;
            }
            job(tx)
        };
        for _ in 1..TRIES_MAX {
            let mut tx = begin(&mut connection, Purpose::Write)?;
            match job(&mut tx) {
                Ok(value) => match tx.commit() {
                    Ok(()) => return Ok(self.done(value)),
                    Err(error) if error.is_transient() => {}
                    Err(error) => return Err(error.into()),
                },
                Err(_) if tx.is_transient() => {}
                Err(error) => return Err(error),
            }
        }
        let mut tx = begin(&mut connection, Purpose::Write)?;
        let value = job(&mut tx)?;
        tx.commit()?;
        Ok(self.done(value))
    }

    /// The value of a change that is on disk.
    fn done<T>(&self, value: T) -> T {
        if let Some(once) = &self.once {
            once.is_marked.store(true, Ordering::Relaxed);
        }
        value
    }
}

fn begin(connection: &mut Connection, purpose: Purpose) -> Result<Tx<'_>, StoreError> {
    match connection {
        Connection::Sqlite(connection) => Tx::sqlite(connection, purpose),
        Connection::Postgres(connection) => Tx::postgres(connection, purpose),
    }
}

/// Makes the folder and the file, so that only their owner can read them.
fn make_private(path: &Path) -> std::io::Result<()> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::create_dir_all(folder)?;
    }
    let mut options = fs::OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}

/// Tells of connections that could not be made; who waits for one gets an error of its own.
#[derive(Debug)]
struct Tell;

impl r2d2::HandleError<StoreError> for Tell {
    fn handle_error(&self, error: StoreError) {
        tracing::warn!(%error, "no connection to the database");
    }
}
