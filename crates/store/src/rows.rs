//! Statements over many rows, and conditions put together at run time; texts of SQL are ours, values are parameters.

use std::fmt;

use serde_json::Value as Json;

use crate::{Row, StoreError, Tx, Value, tx::Dialect};

/// Inserts rows with as few statements as pay.
pub(crate) fn insert(
    tx: &mut Tx<'_>,
    table: &str,
    columns: &str,
    rows: Vec<Vec<Value>>,
) -> Result<(), StoreError> {
    for (source, values) in sources(tx.dialect(), (table, columns), rows) {
        tx.execute(&format!("INSERT INTO {table} ({columns}) {source}"), &values)?;
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
    for (source, values) in sources(tx.dialect(), (table, columns), rows) {
        let sql = format!(
            "INSERT INTO {table} ({columns}) {source} ON CONFLICT ({key}) DO NOTHING RETURNING {returning}"
        );
        inserted.extend(tx.query(&sql, &values, &mut read)?);
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

/// What is inserted, statement by statement: a source of rows and its parameters. The texts are few and short, however many rows there are, so that
/// statements stay prepared: SQLite runs one again and again, a row each; PostgreSQL gets all rows as one document that it takes apart itself.
fn sources(
    dialect: Dialect,
    (table, columns): (&str, &str),
    rows: Vec<Vec<Value>>,
) -> Vec<(String, Vec<Value>)> {
    match dialect {
        Dialect::Sqlite => {
            let of_row = |row: Vec<Value>| (format!("VALUES ({})", list(1, row.len())), row);
            rows.into_iter().map(of_row).collect()
        }
        Dialect::Postgres if rows.is_empty() => Vec::new(),
        Dialect::Postgres => {
            // The condition tells `ON CONFLICT` from the condition of a join.
            let source = format!(
                "SELECT {columns} FROM json_populate_recordset(NULL::{table}, $1::TEXT::JSON) WHERE TRUE"
            );
            vec![(source, vec![document(columns, rows)])]
        }
    }
}

/// Rows as a list of JSON objects with the names of the columns.
fn document(columns: &str, rows: Vec<Vec<Value>>) -> Value {
    let names: Vec<Json> = columns.split(',').map(|name| name.trim().into()).collect();
    let mut text = String::with_capacity(rows.len() * names.len() * 24);
    for (row, at) in rows.into_iter().zip(0..) {
        text.push(if at == 0 { '[' } else { ',' });
        for ((name, value), at) in names.iter().zip(row).zip(0..) {
            text.push(if at == 0 { '{' } else { ',' });
            push_field(&mut text, name, value);
        }
        text.push('}');
    }
    text.push(']');
    Value::Text(text)
}

fn push_field(text: &mut String, name: &Json, value: Value) {
    use fmt::Write as _;
    let _ = match value {
        Value::Null => write!(text, "{name}:null"),
        Value::Int(number) => write!(text, "{name}:{number}"),
        Value::Real(fraction) => write!(text, "{name}:{}", Json::from(fraction)),
        Value::Text(value) => write!(text, "{name}:{}", Json::from(value)),
    };
}

fn push_numbers(text: &mut String, number: &mut usize, count: usize) {
    use fmt::Write as _;
    for position in 0..count {
        *number += 1;
        let separator = if position == 0 { "" } else { ", " };
        let _ = write!(text, "{separator}${number}");
    }
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
