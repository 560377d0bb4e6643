//! Reads a backup, and checks that it is whole before anything is made of it.

use std::{
    collections::BTreeMap,
    io::{self, BufRead},
};

use data_encoding::HEXLOWER;
use jiff::Timestamp;
use sha2::{Digest, Sha256};

use super::{
    KeyText, TABLES,
    line::{Begin, FORMAT, Line, VERSION, as_value},
};
use crate::{Broken, Row, StoreError, Value, Verifier, event, migrate};

/// The longest line, in bytes.
const LINE_BYTES_MAX: u64 = 256 << 20;

/// What a backup holds.
#[derive(Clone, Debug, PartialEq)]
pub struct BackupContent {
    /// When it was made.
    pub made: Timestamp,
    /// The number of its newest migration.
    pub schema: i64,
    /// Rows by table.
    pub rows: BTreeMap<String, u64>,
    /// Number and hash of the newest entry of the audit trail, which was followed from its first.
    pub head: (i64, String),
    /// Keys of the server.
    pub keys: Vec<KeyText>,
}

/// Why a backup cannot be made, read or restored.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The database refused.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The file cannot be read or written.
    #[error(transparent)]
    File(#[from] io::Error),
    /// It is none, or one of a newer Stanch.
    #[error("not a backup of a register, or one that only a newer stanch reads")]
    Form,
    /// A line is not what belongs there.
    #[error("line {0} is not what belongs there")]
    Line(u64),
    /// It is not what was written.
    #[error("is damaged: its digest is not that of its lines")]
    Digest,
    /// It ends too early.
    #[error("is cut off: it has no last line")]
    Cut,
    /// Its numbers of rows are not those of its last line.
    #[error("is damaged: {0} has another number of rows than its last line says")]
    Rows(String),
    /// Its audit trail is not whole.
    #[error("{0}")]
    Trail(#[from] Broken),
    /// There is something where it should be restored to.
    #[error("there is a register already: restore puts nothing in its place")]
    Occupied,
}

/// Reads a backup to its end and checks it: digest, numbers of rows, audit trail.
///
/// # Errors
///
/// The first that is not as it should be.
pub fn check_backup(file: impl BufRead) -> Result<BackupContent, BackupError> {
    let mut verifier = Verifier::default();
    let mut events = Vec::new();
    let content = read(file, &mut |table, columns, row| {
        if table != "events" {
            return Ok(());
        }
        if events.is_empty() {
            events = event::columns_in(columns).ok_or(BackupError::Form)?;
        }
        let row = Row(events.iter().map(|&place| row[place].clone()).collect());
        Ok(verifier.take(&event::entry(&row)?)?)
    })?;
    verifier.end(content.head.0)?;
    if verifier.position().1 != content.head.1 {
        return Err(Broken::Changed { seq: content.head.0 }.into());
    }
    Ok(content)
}

/// What is done with each row: its table, the columns, the fields.
pub(super) type Take<'t> = dyn FnMut(&str, &[String], Vec<Value>) -> Result<(), BackupError> + 't;

/// Reads a backup line by line; the end is checked when it is reached.
pub(super) fn read(file: impl BufRead, take: &mut Take<'_>) -> Result<BackupContent, BackupError> {
    let mut lines = Lines { file, digest: Sha256::new(), number: 0, before: String::new() };
    let Some(Line::Begin(begin)) = lines.next()? else { return Err(BackupError::Form) };
    check_begin(&begin)?;
    let mut content = BackupContent {
        made: begin.made,
        schema: begin.schema,
        rows: BTreeMap::new(),
        head: (0, String::new()),
        keys: Vec::new(),
    };
    let mut table: Option<(String, Vec<String>)> = None;
    while let Some(line) = lines.next()? {
        let wrong = BackupError::Line(lines.number);
        match (line, &table) {
            (Line::Table(next), _) => {
                let is_ours = TABLES.iter().any(|known| known.name == next.table);
                if !is_ours || !next.columns.iter().all(|column| is_name(column)) {
                    return Err(wrong);
                }
                content.rows.insert(next.table.clone(), 0);
                table = Some((next.table, next.columns));
            }
            (Line::Row(row), Some((name, columns))) if row.len() == columns.len() => {
                let values: Option<Vec<Value>> = row.into_iter().map(as_value).collect();
                *content.rows.entry(name.clone()).or_default() += 1;
                take(name, columns, values.ok_or(wrong)?)?;
            }
            (Line::Key(key), _) => content.keys.push(key),
            (Line::End(end), _) => {
                if end.sha256 != lines.before {
                    return Err(BackupError::Digest);
                }
                let all = content.rows.iter().chain(&end.rows);
                for (name, _) in all {
                    if content.rows.get(name) != end.rows.get(name) {
                        return Err(BackupError::Rows(name.clone()));
                    }
                }
                content.head = (end.head, end.head_hash);
                return Ok(content);
            }
            _ => return Err(wrong),
        }
    }
    Err(BackupError::Cut)
}

fn check_begin(begin: &Begin) -> Result<(), BackupError> {
    let is_known = begin.backup == FORMAT && begin.version == VERSION && migrate::knows(begin.schema);
    if is_known { Ok(()) } else { Err(BackupError::Form) }
}

/// Names of columns become part of statements.
fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

struct Lines<R> {
    file: R,
    digest: Sha256,
    number: u64,
    /// The digest of all lines before the one that was read last.
    before: String,
}

impl<R: BufRead> Lines<R> {
    fn next(&mut self) -> Result<Option<Line>, BackupError> {
        let mut text = Vec::new();
        io::Read::take(&mut self.file, LINE_BYTES_MAX).read_until(b'\n', &mut text)?;
        if text.is_empty() {
            return Ok(None);
        }
        self.number += 1;
        if !text.ends_with(b"\n") {
            return Err(BackupError::Cut);
        }
        let line = serde_json::from_slice(&text).map_err(|_| BackupError::Line(self.number))?;
        if matches!(line, Line::End(_)) {
            self.before = HEXLOWER.encode(&self.digest.clone().finalize());
        }
        self.digest.update(&text);
        Ok(Some(line))
    }
}
