//! `stanch register restore`: a register of a backup.

use std::{fs::OpenOptions, io::Write as _, path::PathBuf};

use anyhow::{Context as _, bail};
use stanch_store::{KeyText, restore_backup};

use super::backup::{KEYS, told};
use crate::{command::serve::StandingArgs, policy::Status, printer::Printer, report::printable::Printable};

/// Make a register of a backup, where there is none
///
/// The file is checked before anything is made: its digest, its numbers of rows, its audit trail. A register that is there already is never
/// replaced. The kind of database may be another than that of the backup.
#[derive(Debug, clap::Args)]
#[command(
    after_long_help = "Examples:\n  stanch register restore stanch.jsonl --data /var/lib/stanch\n  stanch register restore stanch.jsonl --database postgres://stanch@db.example/stanch"
)]
pub(super) struct Args {
    /// The backup
    file: PathBuf,
    #[command(flatten)]
    place: StandingArgs,
}

/// Makes it.
pub(super) fn run(args: &Args, printer: &Printer) -> anyhow::Result<Status> {
    let shown = args.file.display().to_string();
    args.place.made()?;
    let database = args.place.named()?;
    let content = restore_backup(&args.file, &database).with_context(|| shown.clone())?;
    let line = format!("{database}: {}", told(&content));
    printer.print(|out| writeln!(out, "{}", Printable(&line))).context("standard output")?;
    for key in &content.keys {
        put_key(args, key)?;
    }
    if content.keys.is_empty() {
        printer.note("there are no keys in it: put server.key and fingerprint.key of then into the folder before a server starts");
    }
    Ok(Status::Clean)
}

/// A key of the same name that is there already stays; it must be the same.
fn put_key(args: &Args, key: &KeyText) -> anyhow::Result<()> {
    if !KEYS.contains(&key.key.as_str()) {
        bail!("there is a key in it that no server has");
    }
    let path = args.place.made()?.path(&key.key);
    let shown = path.display().to_string();
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(&path) {
        Ok(mut file) => file.write_all(key.text.as_bytes()).and_then(|()| file.sync_all()).context(shown),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            let there = std::fs::read_to_string(&path).with_context(|| shown.clone())?;
            if there == key.text { Ok(()) } else { bail!("{shown}: is another key than that of the backup") }
        }
        Err(error) => Err(error).context(shown),
    }
}
