//! `stanch register backup`: a register as one file.

use std::{
    fs::{self, File, OpenOptions},
    io::{BufReader, BufWriter, Write as _},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, ensure};
use jiff::Timestamp;
use stanch_store::{BackupContent, KeyText, check_backup, write_backup};

use crate::{command::serve::StandingArgs, policy::Status, printer::Printer, report::printable::Printable};

/// The keys of a server, by the names of their files.
pub(super) const KEYS: [&str; 2] = ["server.key", "fingerprint.key"];
/// Most bytes of a key.
const KEY_BYTES_MAX: u64 = 4096;

/// Write a register to one file, while servers go on with it
///
/// The file holds the register as it is at one moment, with the audit trail, and is read again and checked before it gets its name. Either
/// database can be restored from it. People log in again after a restore: sessions are not in it. The keys of the server are not in it either,
/// unless you ask for them; without server.key second factors and half-done logins cannot be read, and without fingerprint.key no finding is
/// recognised again.
#[derive(Debug, clap::Args)]
#[command(
    after_long_help = "Examples:\n  stanch register backup /backup/stanch-2026-11-27.jsonl\n  stanch register backup stanch.jsonl --database postgres://stanch@db.example/stanch"
)]
pub(super) struct Args {
    /// The file, which is not there yet
    file: PathBuf,
    /// Put server.key and fingerprint.key into it: whoever has the file has them
    #[arg(long)]
    with_keys: bool,
    #[command(flatten)]
    place: StandingArgs,
}

/// Writes it.
pub(super) fn run(args: &Args, printer: &Printer) -> anyhow::Result<Status> {
    let shown = args.file.display().to_string();
    ensure!(!args.file.exists(), "{shown}: there is such a file already");
    let keys = if args.with_keys { keys(args)? } else { Vec::new() };
    let store = args.place.open()?;
    let draft = with_ending(&args.file, ".part");
    let content = write(&draft, |file| Ok(write_backup(&store, file, (&keys, Timestamp::now()))?));
    let content = match content {
        Ok(content) => content,
        Err(error) => {
            // What is no backup must not look like one.
            let _ = fs::remove_file(&draft);
            return Err(error.context(shown));
        }
    };
    fs::rename(&draft, &args.file).with_context(|| shown.clone())?;
    printer
        .print(|out| writeln!(out, "{}", Printable(&format!("{shown}: {}", told(&content)))))
        .context("standard output")?;
    if !args.with_keys {
        printer.note("server.key and fingerprint.key are not in it: keep them elsewhere, or add --with-keys");
    }
    Ok(Status::Clean)
}

fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

/// Writes a file that only its owner can read, and checks it.
fn write(
    path: &Path,
    write: impl FnOnce(&mut BufWriter<File>) -> anyhow::Result<()>,
) -> anyhow::Result<BackupContent> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = BufWriter::with_capacity(1 << 20, options.open(path)?);
    write(&mut file)?;
    file.flush()?;
    file.get_ref().sync_all()?;
    Ok(check_backup(BufReader::with_capacity(1 << 20, File::open(path)?))?)
}

/// What a backup holds, in a line.
pub(super) fn told(content: &BackupContent) -> String {
    let count = |table: &str| content.rows.get(table).copied().unwrap_or_default();
    format!(
        "{} leaks, {} incidents, {} entries of the audit trail, whole up to {}:{}",
        count("leaks"),
        count("incidents"),
        count("events"),
        content.head.0,
        content.head.1,
    )
}

fn keys(args: &Args) -> anyhow::Result<Vec<KeyText>> {
    let folder = args.place.folder()?;
    let read = |name: &str| {
        let path = folder.path(name);
        let shown = path.display().to_string();
        let length = fs::metadata(&path).with_context(|| shown.clone())?.len();
        ensure!(length <= KEY_BYTES_MAX, "{shown}: longer than {KEY_BYTES_MAX} bytes");
        let text = fs::read_to_string(&path).context(shown)?;
        Ok(KeyText { key: name.to_owned(), text })
    };
    KEYS.into_iter().map(read).collect()
}
