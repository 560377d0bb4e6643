//! The trail in a file of this machine.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read as _, Seek as _, SeekFrom, Write as _},
    path::{Path, PathBuf},
};

use stanch_store::Entry;

use super::{
    destination::Destination,
    line::{Head, Line, Position, written},
};
use crate::auth::Auth;

/// How much of the end of a file is read to find its last head. A batch is at most this long.
const TAIL_BYTES: u64 = 64 << 20;

/// The trail in a file of this machine.
pub(super) struct TrailFile {
    name: String,
    path: PathBuf,
    /// From which size on it is put away.
    bytes_max: u64,
    auth: Auth,
}

impl TrailFile {
    /// A file; other machines have files of their own, also under the same path.
    pub(super) fn new(path: &Path, bytes_max: u64, (host, auth): (&str, &Auth)) -> Self {
        let name = format!("file:{host}:{}", path.display());
        Self { name, path: path.to_owned(), bytes_max, auth: auth.clone() }
    }

    fn head(&self, at: Position) -> io::Result<Vec<u8>> {
        written(&Head::signed(at, self.auth.key()))
    }

    /// The last head, and where its line ends. What stands behind it was not written to its end.
    fn last_head(&self) -> io::Result<Option<(Position, u64)>> {
        let mut file = match File::open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let length = file.metadata()?.len();
        let start = length.saturating_sub(TAIL_BYTES);
        file.seek(SeekFrom::Start(start))?;
        let mut tail = Vec::new();
        file.take(TAIL_BYTES).read_to_end(&mut tail)?;
        let mut end = tail.len();
        while let Some(last) = tail[..end].iter().rposition(|&byte| byte == b'\n') {
            let begin = tail[..last].iter().rposition(|&byte| byte == b'\n').map_or(0, |before| before + 1);
            if let Ok(Line::Head(head)) = serde_json::from_slice(&tail[begin..last]) {
                return Ok(Some((head.head, start + last as u64 + 1)));
            }
            end = last;
        }
        if length == 0 { Ok(None) } else { Err(io::Error::other("has no head: it is no file of the trail")) }
    }

    /// Puts a file away that is large enough.
    fn rotate(&self, file: &File, last: i64) -> io::Result<()> {
        if file.metadata()?.len() < self.bytes_max {
            return Ok(());
        }
        let mut aside = self.path.clone().into_os_string();
        aside.push(format!(".{last}"));
        fs::rename(&self.path, aside)?;
        self.sync_folder()
    }

    fn sync_folder(&self) -> io::Result<()> {
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty());
        File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
    }
}

impl Destination for TrailFile {
    fn name(&self) -> &str {
        &self.name
    }

    fn shipped(&mut self) -> io::Result<Option<i64>> {
        Ok(self.last_head()?.map(|(head, _)| head.seq))
    }

    fn ship(&mut self, before: &Position, entries: &[Entry]) -> io::Result<()> {
        let known = self.last_head()?;
        let mut text = Vec::new();
        if known.is_none() {
            text.extend(self.head(before.clone())?);
        }
        for entry in entries {
            text.extend(written(entry)?);
        }
        let Some(last) = entries.last() else { return Ok(()) };
        text.extend(self.head(Position { seq: last.seq, hash: last.hash.clone() })?);
        let mut options = OpenOptions::new();
        options.create(true).append(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&self.path)?;
        // Behind the last head may stand what a server began to write when it died.
        file.set_len(known.as_ref().map_or(0, |(_, end)| *end))?;
        file.write_all(&text)?;
        file.sync_data()?;
        if known.is_none() {
            self.sync_folder()?;
        }
        self.rotate(&file, last.seq)
    }
}
