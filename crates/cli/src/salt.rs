//! The key of fingerprints: a random salt, made once and kept with the project.

use std::{
    env,
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, ErrorKind, Read as _, Write},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, anyhow};
use stanch_model::{Fingerprinter, KeyKind};
use stanch_sources::Target;
use tempfile::Builder;

use crate::{advice::advise, printer::Printer, project::Project};

const SALT_BYTES: usize = 32;
const FILE: &str = "salt";
/// For Git: the salt, one that is being made, the record of bypasses, and this very list.
const IGNORED: [&str; 3] = ["salt*", "bypasses.jsonl", ".gitignore"];

type Salt = [u8; SALT_BYTES];

/// A fingerprinter for this run. Its salt is, in this order:
///
/// 1. that of the project which holds the current directory, made if need be;
/// 2. that of the project which holds the only target, if it is there: nothing is made in other projects;
/// 3. `stanch/salt` of the user's data folder, made if need be;
/// 4. one that lives for this run only.
///
/// # Errors
/// A salt that is there and cannot be read, or is damaged: another in its place would change every fingerprint unseen.
pub(crate) fn fingerprinter(targets: &[Target], printer: &Printer) -> anyhow::Result<Fingerprinter> {
    let project = Project::here();
    if let Some(project) = &project
        && let Some(salt) = kept(&project.salt_folder(), printer)?
    {
        return Ok(Fingerprinter::new(KeyKind::Salt, &salt));
    }
    if project.is_none()
        && let Some(other) = Project::of_target(targets)
        && let Some(salt) = read(&other.salt_folder().join(FILE))?
    {
        return Ok(Fingerprinter::new(KeyKind::Salt, &salt));
    }
    if let Some(folder) = data_folder()
        && let Some(salt) = kept(&folder, printer)?
    {
        return Ok(Fingerprinter::new(KeyKind::Salt, &salt));
    }
    printer.note("no place to keep a salt: the fingerprints of this run compare with those of no other");
    Ok(Fingerprinter::new(KeyKind::Once, &random()?))
}

/// The fingerprinter for the salt of the project, if it has one already.
///
/// # Errors
/// A salt that cannot be read, or is damaged.
pub(crate) fn of_project() -> anyhow::Result<Option<Fingerprinter>> {
    let Some(project) = Project::here() else { return Ok(None) };
    let salt = read(&project.salt_folder().join(FILE))?;
    Ok(salt.map(|salt| Fingerprinter::new(KeyKind::Salt, &salt)))
}

/// The salt in `folder`, made if need be; none where that is impossible.
fn kept(folder: &Path, printer: &Printer) -> anyhow::Result<Option<Salt>> {
    let file = folder.join(FILE);
    if let Some(salt) = read(&file)? {
        printer.detail(format_args!("salt of fingerprints: {}", file.display()));
        return Ok(Some(salt));
    }
    match make(folder) {
        Ok(()) => {
            printer.detail(format_args!("salt of fingerprints, made now: {}", file.display()));
            read(&file)
        }
        Err(error) => {
            printer.detail(format_args!("no salt can be kept in {}: {error}", folder.display()));
            Ok(None)
        }
    }
}

/// The salt in `file`; none where there is no such file.
fn read(file: &Path) -> anyhow::Result<Option<Salt>> {
    let bytes = match read_start(file) {
        Ok(bytes) => bytes,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Ok(None);
        }
        Err(error) => return Err(error).with_context(|| file.display().to_string()),
    };
    let length = if bytes.len() > SALT_BYTES { "more".to_owned() } else { bytes.len().to_string() };
    bytes.try_into().map(Some).map_err(|_| {
        let problem = format!("{}: damaged salt: {length} bytes instead of {SALT_BYTES}", file.display());
        advise(problem, "restore the file, or remove it: fingerprints then start anew")
    })
}

/// The bytes of `file`, at most one more than a salt has: in a project of others it may be anything, a device too.
fn read_start(file: &Path) -> io::Result<Vec<u8>> {
    if !fs::metadata(file)?.is_file() {
        return Err(io::Error::other("is not a file"));
    }
    let mut bytes = Vec::new();
    File::open(file)?.take(SALT_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Makes the salt, whole or not at all; if another process was faster, its salt stays.
fn make(folder: &Path) -> io::Result<()> {
    make_folder(folder)?;
    keep_from_git(folder)?;
    let mut file = Builder::new().prefix(FILE).tempfile_in(folder)?;
    file.write_all(&random().map_err(io::Error::other)?)?;
    match file.persist_noclobber(folder.join(FILE)) {
        Err(error) if error.error.kind() != ErrorKind::AlreadyExists => Err(error.error),
        _ => Ok(()),
    }
}

/// Tells Git which files of the project's `folder` are not for commits. What a list that is there already says stays.
///
/// # Errors
/// The list cannot be written.
pub(crate) fn keep_from_git(folder: &Path) -> io::Result<()> {
    let file = folder.join(".gitignore");
    if fs::symlink_metadata(&file).is_ok_and(|found| !found.is_file()) {
        return Err(io::Error::other(".gitignore is not a file"));
    }
    let there = fs::read_to_string(&file).or_else(|error| match error.kind() {
        ErrorKind::NotFound => Ok(String::new()),
        _ => Err(error),
    })?;
    // One that is there may be for commits itself.
    let names = if there.is_empty() { &IGNORED[..] } else { &IGNORED[..2] };
    let missing = names.iter().filter(|name| !there.lines().any(|line| line.trim() == **name));
    let missing: String = missing.flat_map(|name| [*name, "\n"]).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let end = if there.is_empty() || there.ends_with('\n') { "" } else { "\n" };
    OpenOptions::new().append(true).create(true).open(file)?.write_all(format!("{end}{missing}").as_bytes())
}

/// A link in a project may lead anywhere, and nothing is made there.
fn make_folder(folder: &Path) -> io::Result<()> {
    if fs::symlink_metadata(folder).is_ok_and(|found| found.is_symlink()) {
        return Err(io::Error::other("is a symbolic link"));
    }
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

fn random() -> anyhow::Result<Salt> {
    let mut salt = [0; SALT_BYTES];
    getrandom::fill(&mut salt).map_err(|error| anyhow!("no random bytes: {error}"))?;
    Ok(salt)
}

/// <https://specifications.freedesktop.org/basedir-spec/latest/>: a relative `XDG_DATA_HOME` is invalid.
fn data_folder() -> Option<PathBuf> {
    let configured = env::var_os("XDG_DATA_HOME").map(PathBuf::from).filter(|folder| folder.is_absolute());
    let home = || env::home_dir().filter(|home| home.is_absolute()).map(|home| home.join(".local/share"));
    configured.or_else(home).map(|folder| folder.join("stanch"))
}
