//! Writes a backup.

use std::{collections::BTreeMap, io::Write};

use data_encoding::HEXLOWER;
use jiff::Timestamp;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::{
    BackupError, KeyText,
    line::{Begin, End, FORMAT, Line, TableLine, VERSION, as_json},
    tables::{TABLES, Table},
};
use crate::{Row, Store, Tx, Value, tx::Dialect};

/// Rows read at once.
const PAGE: usize = 2000;

/// Writes the register as it is now, while others go on with it, with keys of its server if some are given.
///
/// # Errors
///
/// If the database refuses, or the writer.
pub fn write_backup(
    store: &Store,
    out: impl Write,
    (keys, now): (&[KeyText], Timestamp),
) -> Result<(), BackupError> {
    let mut writer = Writer { out, digest: Sha256::new() };
    store.snapshot(|tx| writer.whole(tx, keys, now))
}

struct Writer<W> {
    out: W,
    digest: Sha256,
}

impl<W: Write> Writer<W> {
    fn whole(&mut self, tx: &mut Tx<'_>, keys: &[KeyText], now: Timestamp) -> Result<(), BackupError> {
        let schema = tx.schema()?;
        let by = concat!("stanch ", env!("CARGO_PKG_VERSION")).to_owned();
        self.line(&Begin { backup: FORMAT.to_owned(), version: VERSION, schema, made: now, by })?;
        let mut rows = BTreeMap::new();
        for table in TABLES {
            let columns = columns(tx, table)?;
            // A register of an older Stanch has fewer tables.
            if !columns.is_empty() {
                rows.insert(table.name.to_owned(), self.table(tx, table, columns)?);
            }
        }
        for key in keys {
            self.line(key)?;
        }
        let (head, head_hash) = tx.trail_head()?;
        let sha256 = HEXLOWER.encode(&self.digest.clone().finalize());
        self.line(&End { rows, head, head_hash, sha256 })?;
        Ok(self.out.flush()?)
    }

    fn table(&mut self, tx: &mut Tx<'_>, table: &Table, columns: Vec<String>) -> Result<u64, BackupError> {
        let key = table.key.join(", ");
        let list = columns.join(", ");
        let places: Vec<usize> =
            table.key.iter().filter_map(|key| columns.iter().position(|column| column == key)).collect();
        self.line(&TableLine { table: table.name.to_owned(), columns })?;
        let (mut count, mut last) = (0, Vec::new());
        loop {
            let after = if last.is_empty() {
                String::new()
            } else {
                format!("WHERE ({key}) > ({}) ", crate::rows::list(1, last.len()))
            };
            let sql = format!("SELECT {list} FROM {} {after}ORDER BY {key} LIMIT {PAGE}", table.name);
            let page: Vec<Vec<Value>> = tx.query(&sql, &last, |row: &Row| Ok(row.0.clone()))?;
            count += page.len() as u64;
            let is_last = page.len() < PAGE;
            if let Some(row) = page.last() {
                last = places.iter().map(|&place| row[place].clone()).collect();
            }
            for row in page {
                self.line(&Line::Row(row.into_iter().map(as_json).collect()))?;
            }
            if is_last {
                return Ok(count);
            }
        }
    }

    fn line(&mut self, line: &impl Serialize) -> Result<(), BackupError> {
        let mut text = serde_json::to_vec(line).map_err(std::io::Error::from)?;
        text.push(b'\n');
        self.digest.update(&text);
        Ok(self.out.write_all(&text)?)
    }
}

/// The columns of a table; none if there is no such table.
fn columns(tx: &mut Tx<'_>, table: &Table) -> Result<Vec<String>, BackupError> {
    let sql = match tx.dialect() {
        Dialect::Sqlite => "SELECT name FROM pragma_table_info($1) ORDER BY cid",
        Dialect::Postgres => {
            "SELECT CAST(column_name AS TEXT) FROM information_schema.columns WHERE table_name = $1 AND table_schema = current_schema() \
             ORDER BY ordinal_position"
        }
    };
    Ok(tx.query(sql, &[table.name.into()], |row| row.get(0))?)
}
