//! The folder of a server: database, keys, settings. Nobody but its owner can read it.

use std::{
    env, fs,
    io::Write as _,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, anyhow, ensure};
use data_encoding::{BASE64, HEXLOWER};
use zeroize::Zeroizing;

/// Random bytes of a key.
const KEY_BYTES: usize = 32;
/// Random bytes of the name of a server.
const NAME_BYTES: usize = 8;

/// The folder of a server.
#[derive(Clone, Debug)]
pub(crate) struct DataFolder(PathBuf);

impl DataFolder {
    /// The folder, made if it is not there.
    ///
    /// # Errors
    /// A folder that cannot be made.
    pub(crate) fn make(given: Option<PathBuf>) -> anyhow::Result<Self> {
        let folder = match given {
            Some(folder) => folder,
            None => {
                default().ok_or_else(|| anyhow!("no home folder: say where to keep data with --data DIR"))?
            }
        };
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&folder).with_context(|| folder.display().to_string())?;
        Ok(Self(folder))
    }

    /// The folder, if it is there.
    ///
    /// # Errors
    /// There is none.
    pub(crate) fn existing(given: Option<&Path>) -> anyhow::Result<Self> {
        let folder = match given {
            Some(folder) => folder.to_owned(),
            None => default().ok_or_else(|| anyhow!("no home folder: say where data is with --data DIR"))?,
        };
        ensure!(folder.is_dir(), "{}: there is no such folder", folder.display());
        Ok(Self(folder))
    }

    /// A file in it.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// What tells the server of this folder from others that share its database; the same each time it is started.
    ///
    /// # Errors
    /// A file that cannot be made or read.
    pub(crate) fn server_name(&self) -> anyhow::Result<String> {
        let path = self.path("server.name");
        let given = fs::read_to_string(&path).map(|text| text.trim().to_owned());
        match given {
            Ok(name) if !name.is_empty() => Ok(name),
            Ok(_) => self.name_server(&path),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => self.name_server(&path),
            Err(error) => Err(error).with_context(|| path.display().to_string()),
        }
    }

    fn name_server(&self, path: &Path) -> anyhow::Result<String> {
        let mut bytes = [0; NAME_BYTES];
        getrandom::fill(&mut bytes).map_err(std::io::Error::other)?;
        let name = HEXLOWER.encode(&bytes);
        // Whole or not at all: a server that is killed here has no name yet.
        let mut file =
            tempfile::NamedTempFile::new_in(&self.0).with_context(|| self.0.display().to_string())?;
        file.write_all(name.as_bytes())?;
        file.persist(path).with_context(|| path.display().to_string())?;
        Ok(name)
    }

    /// The file with a random key, made if it is not there.
    ///
    /// # Errors
    /// A file that cannot be made.
    pub(crate) fn key_file(&self, name: &str) -> anyhow::Result<PathBuf> {
        let path = self.path(name);
        match write_key(&path) {
            Ok(()) => {}
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error).with_context(|| path.display().to_string()),
        }
        Ok(path)
    }
}

fn default() -> Option<PathBuf> {
    let named = env::var_os("XDG_DATA_HOME").filter(|path| !path.is_empty()).map(PathBuf::from);
    named.or_else(|| env::home_dir().map(|home| home.join(".local/share"))).map(|base| base.join("stanch"))
}

fn write_key(path: &Path) -> std::io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    let mut bytes = Zeroizing::new([0; KEY_BYTES]);
    getrandom::fill(&mut *bytes).map_err(std::io::Error::other)?;
    let text = Zeroizing::new(BASE64.encode(&*bytes));
    file.write_all(text.as_bytes())?;
    file.sync_all()
}
