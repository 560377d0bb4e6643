//! Statements over many rows, and conditions put together at run time; texts of SQL are ours, values are parameters.

use std::fmt;

use crate::{
    Row, StoreError, Tx, Value,
    tx::{Dialect, PARAMETERS_MAX},
};

/// Inserts rows with as few statements as pay.
pub(crate) fn insert(
    tx: &mut Tx<'_>,
    table: &str,
    columns: &str,
    rows: Vec<Vec<Value>>,
) -> Result<(), StoreError> {
    for chunk in chunks(tx.dialect(), rows) {
        let sql = format!("INSERT INTO {table} ({columns}) VALUES {}", placeholders(&chunk));
        tx.execute(&sql, &flat(chunk))?;
    }
    Ok(())
}

/// Inserts the rows that are not there yet, and reads what `returning` names of those that were inserted.
pub(crate) fn insert_missing<T>(
    tx: &mut Tx<'_>,
    into: &Insert<'_>,
    rows: Vec<Vec<Value>>,
    mut read: impl FnMut(&Row) -> Result<T, StoreError>,
) -> Result<Vec<T>, StoreError> {
    let Insert { table, columns, key, returning } = into;
    let mut inserted = Vec::new();
    for chunk in chunks(tx.dialect(), rows) {
        let values = placeholders(&chunk);
        let sql = format!(
            "INSERT INTO {table} ({columns}) VALUES {values} ON CONFLICT ({key}) DO NOTHING RETURNING {returning}"
        );
        inserted.extend(tx.query(&sql, &flat(chunk), &mut read)?);
    }
    Ok(inserted)
}

/// Where [`insert_missing`] inserts.
pub(crate) struct Insert<'s> {
    pub(crate) table: &'s str,
    pub(crate) columns: &'s str,
    /// The columns whose values must not be there yet.
    pub(crate) key: &'s str,
    pub(crate) returning: &'s str,
}

/// SQLite runs one small statement again and again faster than it prepares a large one; PostgreSQL is asked as seldom as possible.
fn chunks(dialect: Dialect, rows: Vec<Vec<Value>>) -> Vec<Vec<Vec<Value>>> {
    let width = rows.first().map_or(1, Vec::len).max(1);
    let rows_max = match dialect {
        Dialect::Sqlite => 1,
        Dialect::Postgres => PARAMETERS_MAX / width,
    };
    let mut rest = rows.into_iter().peekable();
    let mut chunks = Vec::new();
    while rest.peek().is_some() {
        chunks.push(rest.by_ref().take(rows_max).collect());
    }
    chunks
}

fn placeholders(rows: &[Vec<Value>]) -> String {
    let mut text = String::with_capacity(rows.len() * 64);
    let mut number = 0;
    for (index, row) in rows.iter().enumerate() {
        text.push_str(if index == 0 { "(" } else { ", (" });
        push_numbers(&mut text, &mut number, row.len());
        text.push(')');
    }
    text
}

fn push_numbers(text: &mut String, number: &mut usize, count: usize) {
    use fmt::Write as _;
    for position in 0..count {
        *number += 1;
        let separator = if position == 0 { "" } else { ", " };
        let _ = write!(text, "{separator}${number}");
    }
}

fn flat(rows: Vec<Vec<Value>>) -> Vec<Value> {
    rows.into_iter().flatten().collect()
}

/// `$from, $from+1, …` for `count` values.
pub(crate) fn list(from: usize, count: usize) -> String {
    let mut text = String::with_capacity(count * 6);
    let mut number = from - 1;
    push_numbers(&mut text, &mut number, count);
    text
}

/// Conditions that must all hold, with their values.
#[derive(Clone, Debug, Default)]
pub(crate) struct Where {
    conditions: Vec<String>,
    values: Vec<Value>,
}

impl Where {
    /// `condition` ends where the value belongs: `"severity = "`.
    pub(crate) fn and(&mut self, condition: &str, value: impl Into<Value>) {
        self.values.push(value.into());
        self.conditions.push(format!("{condition}${}", self.values.len()));
    }

    /// The same, if there is a value.
    pub(crate) fn and_if<V: Into<Value>>(&mut self, condition: &str, value: Option<V>) {
        if let Some(value) = value {
            self.and(condition, value);
        }
    }

    /// A condition in which each `{}` stands for the one value.
    pub(crate) fn and_each(&mut self, condition: &str, value: impl Into<Value>) {
        self.values.push(value.into());
        self.conditions.push(condition.replace("{}", &format!("${}", self.values.len())));
    }

    /// A condition in which `{0}` and `{1}` stand for the two values.
    pub(crate) fn and_pair(&mut self, condition: &str, first: impl Into<Value>, second: impl Into<Value>) {
        self.values.extend([first.into(), second.into()]);
        let (one, two) = (self.values.len() - 1, self.values.len());
        let condition = condition.replace("{0}", &format!("${one}")).replace("{1}", &format!("${two}"));
        self.conditions.push(condition);
    }

    /// A condition over several values; `{}` stands for their list.
    pub(crate) fn and_in(&mut self, condition: &str, values: Vec<Value>) {
        let numbers = list(self.values.len() + 1, values.len());
        self.conditions.push(condition.replace("{}", &numbers));
        self.values.extend(values);
    }

    /// A condition over several values, none of them missing; `{0}` stands for the first, `{}` for the list of all.
    pub(crate) fn and_first_in(&mut self, condition: &str, values: Vec<Value>) {
        let first = format!("${}", self.values.len() + 1);
        self.and_in(&condition.replace("{0}", &first), values);
    }

    /// A condition without a value.
    pub(crate) fn and_plain(&mut self, condition: &str) {
        self.conditions.push(condition.to_owned());
    }

    pub(crate) fn values(&self) -> &[Value] {
        &self.values
    }
}

impl fmt::Display for Where {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, condition) in self.conditions.iter().enumerate() {
            f.write_str(if index == 0 { "WHERE " } else { " AND " })?;
            f.write_str(condition)?;
        }
        Ok(())
    }
}
