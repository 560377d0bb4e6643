//! Where a register is kept.

use std::{fmt, path::PathBuf, str::FromStr};

/// A database: one file of SQLite, or PostgreSQL.
#[derive(Clone, PartialEq, Eq)]
pub enum Database {
    /// A file; it and its folder are made if they are not there.
    Sqlite(PathBuf),
    /// A server, by `postgres://…`; the password in it is never shown.
    Postgres(PostgresUrl),
}

/// Where a PostgreSQL server is and how one logs in. Its `Debug` and `Display` leave the password out.
#[derive(Clone, PartialEq, Eq)]
pub struct PostgresUrl(String);

impl PostgresUrl {
    /// The whole text, with the password: for the driver only.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PostgresUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (scheme, rest) = self.0.split_once("://").unwrap_or(("postgres", ""));
        let rest = rest.split('?').next().unwrap_or_default();
        match rest.rsplit_once('@') {
            Some((login, place)) => {
                write!(f, "{scheme}://{}@{place}", login.split(':').next().unwrap_or_default())
            }
            None => write!(f, "{scheme}://{rest}"),
        }
    }
}

impl fmt::Debug for PostgresUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => path.display().fmt(f),
            Self::Postgres(url) => url.fmt(f),
        }
    }
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A text that names no database.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("not a database: expected postgres://USER@HOST/NAME or the path of a file")]
pub struct DatabaseError;

impl FromStr for Database {
    type Err = DatabaseError;

    fn from_str(text: &str) -> Result<Self, DatabaseError> {
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return Ok(Self::Postgres(PostgresUrl(text.to_owned())));
        }
        let path = text.strip_prefix("sqlite:").unwrap_or(text);
        if path.is_empty() || path.contains("://") {
            return Err(DatabaseError);
        }
        Ok(Self::Sqlite(path.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_never_shown() {
        let word = ["pass", "word"].concat();
        let database: Database = format!("postgres://stanch:{word}@db.example:5432/register?sslmode=require")
            .parse()
            .expect("a url");
        assert_eq!(format!("{database:?}"), "postgres://stanch@db.example:5432/register");
    }

    #[test]
    fn a_path_is_a_file_and_another_scheme_is_refused() {
        assert_eq!("data/stanch.db".parse(), Ok(Database::Sqlite("data/stanch.db".into())));
        assert_eq!("mysql://x".parse::<Database>(), Err(DatabaseError));
    }
}
