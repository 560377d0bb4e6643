//! Where a register lies that is there already, for commands that work on it without its server.

use std::{fs, path::PathBuf};

use anyhow::{Context as _, ensure};
use stanch_server::{ServerSettings, auth::ServerKey};
use stanch_store::{Database, Store};

use super::folder::DataFolder;

/// Where a register lies.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct StandingArgs {
    /// The folder of the server [default: ~/.local/share/stanch]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// The database, if it is not what server.toml in the folder names, or else register.db there
    #[arg(long, value_name = "DATABASE")]
    database: Option<String>,
}

impl StandingArgs {
    /// The database; a file is there.
    ///
    /// # Errors
    /// Nothing is there, or settings that cannot be read.
    pub(crate) fn database(&self) -> anyhow::Result<Database> {
        let database = self.named()?;
        if let Database::Sqlite(path) = &database {
            ensure!(path.is_file(), "{}: there is no such database", path.display());
        }
        Ok(database)
    }

    /// The database as it is named, whether it is there or not.
    ///
    /// # Errors
    /// Settings that cannot be read.
    pub(crate) fn named(&self) -> anyhow::Result<Database> {
        if let Some(text) = &self.database {
            return text.parse().context("database");
        }
        let folder = self.folder()?;
        let file = folder.path("server.toml");
        if file.exists() {
            let path = file.display().to_string();
            let settings = ServerSettings::parse(&fs::read_to_string(&file).context(path.clone())?, &path)?;
            if let Some(text) = &settings.server.database {
                return text.parse().with_context(|| format!("{path}: database"));
            }
        }
        Ok(Database::Sqlite(folder.path("register.db")))
    }

    /// The register, opened as it is; its schema stays as it is.
    ///
    /// # Errors
    /// Nothing is there, or it cannot be opened.
    pub(crate) fn open(&self) -> anyhow::Result<Store> {
        Ok(Store::connect(&self.database()?)?)
    }

    /// The key of the server, if the folder is there and has it.
    ///
    /// # Errors
    /// A key that cannot be used.
    pub(crate) fn server_key(&self) -> anyhow::Result<Option<ServerKey>> {
        let Ok(folder) = self.folder() else { return Ok(None) };
        let path = folder.path("server.key");
        Ok(if path.exists() { Some(ServerKey::load_or_make(&path)?) } else { None })
    }

    /// The folder of the server, made if it is not there.
    ///
    /// # Errors
    /// A folder that cannot be made.
    pub(crate) fn made(&self) -> anyhow::Result<DataFolder> {
        DataFolder::make(self.data.clone())
    }

    /// The folder of the server.
    ///
    /// # Errors
    /// There is none.
    pub(crate) fn folder(&self) -> anyhow::Result<DataFolder> {
        DataFolder::existing(self.data.as_deref())
    }
}
