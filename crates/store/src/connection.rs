//! Connections to either database, and the pool of them.

use std::{collections::HashMap, time::Duration};

use postgres::Statement;

use crate::{Database, StoreError, tx::Purpose};

/// How long SQLite waits for another process that writes.
const BUSY_WAIT: Duration = Duration::from_secs(10);
/// Statements kept prepared, of each connection.
const STATEMENTS_MAX: usize = 200;
/// The pages of SQLite kept in memory by each connection that reads, in KiB.
const READER_CACHE_KIB: i64 = 8 * 1024;
/// The same of the one that writes: new places stand anywhere in an index of all of them.
const WRITER_CACHE_KIB: i64 = 64 * 1024;
/// Pages of the log after which they are written to where they belong, once however often they changed.
const CHECKPOINT_PAGES: i64 = 4_000;

/// A connection to either database.
pub(crate) enum Connection {
    Sqlite(rusqlite::Connection),
    Postgres(Box<PostgresConnection>),
}

/// A connection to PostgreSQL with what it prepared.
pub(crate) struct PostgresConnection {
    pub(crate) client: postgres::Client,
    pub(crate) statements: Statements,
}

/// Prepared statements by their text.
#[derive(Default)]
pub(crate) struct Statements(HashMap<String, Statement>);

impl Statements {
    /// The statement, prepared now if it was not before.
    pub(crate) fn prepare(
        &mut self,
        transaction: &mut postgres::Transaction<'_>,
        sql: &str,
    ) -> Result<Statement, postgres::Error> {
        if let Some(statement) = self.0.get(sql) {
            return Ok(statement.clone());
        }
        if self.0.len() >= STATEMENTS_MAX {
            self.0.clear();
        }
        let statement = transaction.prepare(sql)?;
        self.0.insert(sql.to_owned(), statement.clone());
        Ok(statement)
    }
}

/// Opens connections to one database.
#[derive(Debug)]
pub(crate) struct Manager {
    database: Database,
    purpose: Purpose,
}

impl Manager {
    pub(crate) fn new(database: Database, purpose: Purpose) -> Self {
        Self { database, purpose }
    }
}

impl r2d2::ManageConnection for Manager {
    type Connection = Connection;
    type Error = StoreError;

    fn connect(&self) -> Result<Connection, StoreError> {
        match &self.database {
            Database::Sqlite(path) => Ok(Connection::Sqlite(open_sqlite(path, self.purpose)?)),
            Database::Postgres(url) => {
                let client = url.expose().parse::<postgres::Config>()?.connect(tls()?)?;
                let statements = Statements::default();
                Ok(Connection::Postgres(Box::new(PostgresConnection { client, statements })))
            }
        }
    }

    fn is_valid(&self, connection: &mut Connection) -> Result<(), StoreError> {
        match connection {
            Connection::Sqlite(_) => Ok(()),
            Connection::Postgres(postgres) => Ok(postgres.client.is_valid(Duration::from_secs(2))?),
        }
    }

    fn has_broken(&self, connection: &mut Connection) -> bool {
        matches!(connection, Connection::Postgres(postgres) if postgres.client.is_closed())
    }
}

fn open_sqlite(path: &std::path::Path, purpose: Purpose) -> Result<rusqlite::Connection, StoreError> {
    let cache_kib = match purpose {
        Purpose::Read | Purpose::Snapshot => READER_CACHE_KIB,
        Purpose::Write => WRITER_CACHE_KIB,
    };
    let connection = rusqlite::Connection::open(path)?;
    connection.busy_timeout(BUSY_WAIT)?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    connection.pragma_update(None, "synchronous", "full")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "cache_size", -cache_kib)?;
    connection.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES)?;
    connection.pragma_update(None, "temp_store", "memory")?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
    Ok(connection)
}

fn tls() -> Result<tokio_postgres_rustls::MakeRustlsConnect, StoreError> {
    let roots = rustls::RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let config =
        rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    let config = config.with_root_certificates(roots).with_no_client_auth();
    Ok(tokio_postgres_rustls::MakeRustlsConnect::new(config))
}
