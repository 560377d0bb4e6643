//! The folder of a server: database, keys, settings. Nobody but its owner can read it.

use std::{
    env, fs,
    io::Write as _,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, anyhow, ensure};
use data_encoding::BASE64;
use zeroize::Zeroizing;

/// Random bytes of a key.
const KEY_BYTES: usize = 32;

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
