//! Why the register could not be read or written.

use crate::Database;

/// Why the register could not be read or written. No message holds a value of a row.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database could not be opened.
    #[error("cannot open {database}: {source}")]
    Open {
        /// Which, without a password.
        database: Database,
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// It was made by a newer Stanch.
    #[error("{database} has schema {found}, and this Stanch knows {known}: use the newer one")]
    Newer {
        /// Which, without a password.
        database: Database,
        /// The number of its newest migration.
        found: i64,
        /// The newest one known here.
        known: i64,
    },
    /// All connections were busy for too long, or the server is away.
    #[error("no connection to the database within its time")]
    Busy(#[from] r2d2::Error),
    /// TLS cannot be used.
    #[error("TLS: {0}")]
    Tls(#[from] rustls::Error),
    /// SQLite refused.
    #[error("database: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// PostgreSQL refused.
    #[error("database: {}", describe(.0))]
    Postgres(#[from] postgres::Error),
    /// The change was made before, by the same request.
    #[error("this request was done before")]
    Repeated,
    /// A field is not what it should be.
    #[error("field {position} of a row is not {expected}")]
    Field {
        /// From 0.
        position: usize,
        /// What it should be.
        expected: &'static str,
    },
}

/// What PostgreSQL said, without the detail line, which may quote values of a row.
fn describe(error: &postgres::Error) -> String {
    match error.as_db_error() {
        Some(error) => format!("{} ({})", error.message(), error.code().code()),
        None => error.to_string(),
    }
}

impl StoreError {
    /// Whether the same transaction may succeed when it is tried again.
    pub(crate) fn is_transient(&self) -> bool {
        use postgres::error::SqlState;
        match self {
            Self::Postgres(error) => error.code().is_some_and(|code| {
                [SqlState::T_R_SERIALIZATION_FAILURE, SqlState::T_R_DEADLOCK_DETECTED].contains(code)
            }),
            Self::Sqlite(error) => error.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseBusy),
            _ => false,
        }
    }
}
