//! A transaction on either database, by one text of SQL.

use std::borrow::Cow;

use postgres::types::ToSql;

use crate::{
    Event, Row, StoreError, Value,
    connection::{PostgresConnection, Statements},
    event,
};

/// A transaction. Statements use `$1`, `$2` … and only what both databases understand.
pub struct Tx<'c> {
    backend: Backend<'c>,
    /// What happened in it; appended to the trail as the last thing before the commit, so that the head of the trail is locked shortly.
    events: Vec<Event>,
    is_transient: bool,
}

enum Backend<'c> {
    Sqlite(rusqlite::Transaction<'c>),
    Postgres { transaction: postgres::Transaction<'c>, statements: &'c mut Statements },
}

/// What a transaction is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    Read,
    /// To read all of it as it was at one moment.
    Snapshot,
    Write,
}

impl<'c> Tx<'c> {
    pub(crate) fn sqlite(
        connection: &'c mut rusqlite::Connection,
        purpose: Purpose,
    ) -> Result<Self, StoreError> {
        use rusqlite::TransactionBehavior::{Deferred, Immediate};
        let behavior = if purpose == Purpose::Write { Immediate } else { Deferred };
        Ok(Self::of(Backend::Sqlite(connection.transaction_with_behavior(behavior)?)))
    }

    pub(crate) fn postgres(
        connection: &'c mut PostgresConnection,
        purpose: Purpose,
    ) -> Result<Self, StoreError> {
        let PostgresConnection { client, statements } = connection;
        let mut builder = client.build_transaction().read_only(purpose != Purpose::Write);
        if purpose == Purpose::Snapshot {
            builder = builder.isolation_level(postgres::IsolationLevel::RepeatableRead);
        }
        let transaction = builder.start()?;
        Ok(Self::of(Backend::Postgres { transaction, statements }))
    }

    fn of(backend: Backend<'c>) -> Self {
        Self { backend, events: Vec::new(), is_transient: false }
    }

    /// Runs a statement; gives the number of rows it changed.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn execute(&mut self, sql: &str, parameters: &[Value]) -> Result<u64, StoreError> {
        let done = self.try_execute(sql, parameters);
        self.note(done)
    }

    fn try_execute(&mut self, sql: &str, parameters: &[Value]) -> Result<u64, StoreError> {
        match &mut self.backend {
            Backend::Sqlite(transaction) => {
                let mut statement = transaction.prepare_cached(&numbered(sql))?;
                Ok(statement.execute(rusqlite::params_from_iter(parameters))? as u64)
            }
            Backend::Postgres { transaction, statements } => {
                let statement = statements.prepare(transaction, sql)?;
                Ok(transaction.execute(&statement, &as_sql(parameters))?)
            }
        }
    }

    /// Runs statements without parameters, separated by `;`.
    pub(crate) fn batch(&mut self, sql: &str) -> Result<(), StoreError> {
        match &mut self.backend {
            Backend::Sqlite(transaction) => Ok(transaction.execute_batch(sql)?),
            Backend::Postgres { transaction, .. } => Ok(transaction.batch_execute(sql)?),
        }
    }

    /// Runs a query and reads each row.
    ///
    /// # Errors
    ///
    /// If the database refuses, or a row cannot be read.
    pub fn query<T>(
        &mut self,
        sql: &str,
        parameters: &[Value],
        read: impl FnMut(&Row) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        let rows = self.rows(sql, parameters);
        let rows = self.note(rows)?;
        rows.iter().map(read).collect()
    }

    /// Runs a query that gives one row or none.
    ///
    /// # Errors
    ///
    /// If the database refuses, or the row cannot be read.
    pub fn one<T>(
        &mut self,
        sql: &str,
        parameters: &[Value],
        read: impl FnMut(&Row) -> Result<T, StoreError>,
    ) -> Result<Option<T>, StoreError> {
        Ok(self.query(sql, parameters, read)?.into_iter().next())
    }

    fn rows(&mut self, sql: &str, parameters: &[Value]) -> Result<Vec<Row>, StoreError> {
        match &mut self.backend {
            Backend::Sqlite(transaction) => {
                let mut statement = transaction.prepare_cached(&numbered(sql))?;
                let columns = statement.column_count();
                let rows = statement
                    .query_map(rusqlite::params_from_iter(parameters), |row| sqlite_row(row, columns))?;
                Ok(rows.collect::<Result<_, _>>()?)
            }
            Backend::Postgres { transaction, statements } => {
                let statement = statements.prepare(transaction, sql)?;
                let rows = transaction.query(&statement, &as_sql(parameters))?;
                rows.iter().map(postgres_row).collect()
            }
        }
    }

    /// What a `SELECT` ends with to keep its rows from others until the commit; SQLite has one writer only.
    pub fn for_update(&self) -> &'static str {
        match self.backend {
            Backend::Sqlite(_) => "",
            Backend::Postgres { .. } => " FOR UPDATE",
        }
    }

    /// The same, passing over rows that others hold.
    pub fn for_update_skip(&self) -> &'static str {
        match self.backend {
            Backend::Sqlite(_) => "",
            Backend::Postgres { .. } => " FOR UPDATE SKIP LOCKED",
        }
    }

    /// Which SQL it speaks, where one text cannot serve both.
    pub(crate) fn dialect(&self) -> Dialect {
        match self.backend {
            Backend::Sqlite(_) => Dialect::Sqlite,
            Backend::Postgres { .. } => Dialect::Postgres,
        }
    }

    /// Notes an event; it is appended to the trail when the transaction commits.
    pub fn record(&mut self, event: Event) {
        self.events.push(event);
    }

    pub(crate) fn commit(mut self) -> Result<(), StoreError> {
        let events = std::mem::take(&mut self.events);
        if !events.is_empty() {
            event::append(&mut self, &events)?;
        }
        match self.backend {
            Backend::Sqlite(transaction) => Ok(transaction.commit()?),
            Backend::Postgres { transaction, .. } => Ok(transaction.commit()?),
        }
    }

    /// Whether a statement failed in a way that another try may heal.
    pub(crate) fn is_transient(&self) -> bool {
        self.is_transient
    }

    fn note<T>(&mut self, done: Result<T, StoreError>) -> Result<T, StoreError> {
        self.is_transient |= done.as_ref().is_err_and(StoreError::is_transient);
        done
    }
}

/// The two dialects of SQL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    Sqlite,
    Postgres,
}

/// `$1` as SQLite numbers parameters: `?1`. No statement of ours has a `$` elsewhere.
fn numbered(sql: &str) -> Cow<'_, str> {
    if sql.contains('$') { Cow::Owned(sql.replace('$', "?")) } else { Cow::Borrowed(sql) }
}

fn as_sql(parameters: &[Value]) -> Vec<&(dyn ToSql + Sync)> {
    parameters.iter().map(|value| value as &(dyn ToSql + Sync)).collect()
}

fn sqlite_row(row: &rusqlite::Row<'_>, columns: usize) -> rusqlite::Result<Row> {
    use rusqlite::types::ValueRef;
    let field = |column| {
        Ok(match row.get_ref(column)? {
            ValueRef::Null => Value::Null,
            ValueRef::Integer(number) => Value::Int(number),
            ValueRef::Real(fraction) => Value::Real(fraction),
            ValueRef::Text(bytes) | ValueRef::Blob(bytes) => {
                Value::Text(String::from_utf8_lossy(bytes).into_owned())
            }
        })
    };
    (0..columns).map(field).collect::<rusqlite::Result<_>>().map(Row)
}

fn postgres_row(row: &postgres::Row) -> Result<Row, StoreError> {
    use postgres::types::Type;
    let field = |(position, column): (usize, &postgres::Column)| {
        Ok(match *column.type_() {
            Type::INT8 => row.try_get::<_, Option<i64>>(position)?.into(),
            Type::INT4 => row.try_get::<_, Option<i32>>(position)?.map(i64::from).into(),
            Type::FLOAT8 => row.try_get::<_, Option<f64>>(position)?.into(),
            Type::BOOL => row.try_get::<_, Option<bool>>(position)?.into(),
            _ => row.try_get::<_, Option<String>>(position)?.into(),
        })
    };
    row.columns().iter().enumerate().map(field).collect::<Result<_, StoreError>>().map(Row)
}
