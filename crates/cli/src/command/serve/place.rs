//! Where a register lies: its folder, its settings, its database.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use stanch_server::ServerSettings;
use stanch_store::Database;

use super::folder::DataFolder;

/// Where a register lies, as typed.
#[derive(Debug, clap::Args)]
pub(crate) struct PlaceArgs {
    /// Keep database, keys and settings in DIR [default: ~/.local/share/stanch]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Keep the register in this database: postgres://…, or the path of a file [default: register.db in the data folder]
    ///
    /// A password belongs into PGPASSWORD or a service file, not into this flag, which others can read from the list of processes.
    #[arg(long, value_name = "DATABASE")]
    database: Option<String>,
    /// Read settings of the server from FILE [default: server.toml in the data folder, if it is there]
    #[arg(long, value_name = "FILE")]
    settings: Option<PathBuf>,
}

/// Where a register lies.
pub(crate) struct RegisterPlace {
    /// Its keys, and its database where that is a file.
    pub(crate) folder: DataFolder,
    /// What its server is told.
    pub(crate) settings: ServerSettings,
    /// The folder that paths in the settings start from.
    pub(crate) settings_folder: PathBuf,
    /// Its database.
    pub(crate) database: Database,
}

impl PlaceArgs {
    /// The same in this folder.
    pub(super) fn within(self, folder: &Path) -> Self {
        Self { data: Some(folder.to_owned()), ..self }
    }

    /// Makes the data folder and reads the settings.
    ///
    /// # Errors
    /// A folder that cannot be made, settings that cannot be read, a database that is none.
    pub(crate) fn resolve(self) -> anyhow::Result<RegisterPlace> {
        let folder = DataFolder::make(self.data)?;
        let file = self.settings.clone().unwrap_or_else(|| folder.path("server.toml"));
        let settings = if self.settings.is_some() || file.exists() {
            let text = fs::read_to_string(&file).with_context(|| file.display().to_string())?;
            ServerSettings::parse(&text, &file.display().to_string())?
        } else {
            ServerSettings::default()
        };
        let database = match self.database.as_ref().or(settings.server.database.as_ref()) {
            Some(text) => text.parse().context("database")?,
            None => Database::Sqlite(folder.path("register.db")),
        };
        let settings_folder = file.parent().map(Path::to_owned).unwrap_or_default();
        Ok(RegisterPlace { folder, settings, settings_folder, database })
    }
}
