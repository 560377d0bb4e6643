//! Makes a register of a backup.

use std::{
    fs::{self, File},
    io::BufReader,
    path::{Path, PathBuf},
};

use super::{
    BackupContent, BackupError, TABLES,
    check::{check_backup, read},
};
use crate::{Database, Store, StoreError, Tx, Value, Verifier, migrate, rows, tx::Dialect};

/// Rows put in by one statement.
const ROWS: usize = 200;
/// Entries of the trail read at once.
const PAGE: usize = 1000;

/// Makes a register of a backup, in a database that has none. The file is checked before anything is made, and the register before it is in place.
///
/// # Errors
///
/// If the file is not whole, or there is a register already. Nothing is changed then.
pub fn restore_backup(file: &Path, database: &Database) -> Result<BackupContent, BackupError> {
    let content = check_backup(open(file)?)?;
    match database {
        Database::Sqlite(path) => {
            if path.exists() {
                return Err(BackupError::Occupied);
            }
            let draft = with_ending(path, "-restoring");
            remove(&draft)?;
            let made = fill(&Database::Sqlite(draft.clone()), file, &content);
            if made.is_err() {
                remove(&draft)?;
            }
            made?;
            fs::hard_link(&draft, path)?;
            remove(&draft)?;
        }
        Database::Postgres(_) => fill(database, file, &content)?,
    }
    Ok(content)
}

fn open(file: &Path) -> Result<BufReader<File>, BackupError> {
    Ok(BufReader::with_capacity(1 << 20, File::open(file)?))
}

fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

/// Removes a file of SQLite, with what belongs to it.
fn remove(path: &Path) -> std::io::Result<()> {
    for path in [path.to_owned(), with_ending(path, "-wal"), with_ending(path, "-shm")] {
        match fs::remove_file(path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

fn fill(database: &Database, file: &Path, content: &BackupContent) -> Result<(), BackupError> {
    let store = Store::connect(database)?;
    store.write(|tx| {
        if has_register(tx)? {
            return Err(BackupError::Occupied);
        }
        migrate::up_to(tx, content.schema)?;
        empty(tx)?;
        put_in(tx, file)?;
        set_counters(tx)
    })?;
    migrate::migrate(&store)?;
    follow(&store, content)?;
    if matches!(database, Database::Sqlite(_)) {
        store.checkpoint()?;
    }
    Ok(())
}

fn has_register(tx: &mut Tx<'_>) -> Result<bool, StoreError> {
    let sql = match tx.dialect() {
        Dialect::Sqlite => "SELECT COUNT(*) FROM sqlite_master WHERE name = 'migrations'",
        Dialect::Postgres => {
            "SELECT COUNT(*) FROM information_schema.tables WHERE table_name = 'migrations' AND table_schema = current_schema()"
        }
    };
    let count: Option<i64> = tx.one(sql, &[], |row| row.get(0))?;
    Ok(count.unwrap_or_default() > 0)
}

/// A new register is not quite empty.
fn empty(tx: &mut Tx<'_>) -> Result<(), StoreError> {
    for table in ["meta", "trail_head"] {
        tx.execute(&format!("DELETE FROM {table}"), &[])?;
    }
    Ok(())
}

fn put_in(tx: &mut Tx<'_>, file: &Path) -> Result<(), BackupError> {
    let mut batch = Batch::default();
    read(open(file)?, &mut |table, columns, row| {
        if batch.table != table || batch.rows.len() >= ROWS {
            batch.flush(tx)?;
            table.clone_into(&mut batch.table);
            batch.columns = columns.join(", ");
        }
        batch.rows.push(row);
        Ok(())
    })?;
    Ok(batch.flush(tx)?)
}

/// Rows of one table that are put in together.
#[derive(Default)]
struct Batch {
    table: String,
    columns: String,
    rows: Vec<Vec<Value>>,
}

impl Batch {
    fn flush(&mut self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        rows::insert(tx, &self.table, &self.columns, std::mem::take(&mut self.rows))
    }
}

/// PostgreSQL counts keys by itself only if it gave them itself.
fn set_counters(tx: &mut Tx<'_>) -> Result<(), BackupError> {
    if tx.dialect() == Dialect::Postgres {
        for table in TABLES.iter().filter(|table| table.key == ["id"]) {
            let name = table.name;
            let sql = format!(
                "SELECT setval(pg_get_serial_sequence('{name}', 'id'), (SELECT COALESCE(MAX(id), 0) + 1 FROM {name}), false)"
            );
            tx.query(&sql, &[], |_| Ok(()))?;
        }
    }
    Ok(())
}

/// The trail of the new register is whole, and ends as that of the old one did.
fn follow(store: &Store, content: &BackupContent) -> Result<(), BackupError> {
    let mut verifier = Verifier::default();
    loop {
        let next = verifier.position().0 + 1;
        let entries = store.read(|tx| tx.trail_from(next, PAGE))?;
        for entry in &entries {
            verifier.take(entry)?;
        }
        if entries.is_empty() {
            return Ok(verifier.end(content.head.0)?);
        }
    }
}
