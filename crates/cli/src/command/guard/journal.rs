//! Changes to files that are made together or not at all.

use std::{
    fs, io,
    io::Write as _,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, anyhow};
use tempfile::{Builder, NamedTempFile, TempPath};

/// Names of files that live only while changes are made.
const UNFINISHED: &str = ".stanch-";

/// One change.
#[derive(Debug)]
pub(super) enum Change {
    /// Makes a folder, unless it is there.
    MakeFolder(PathBuf),
    /// Writes a file, in the place of what is there.
    Write { path: PathBuf, text: Vec<u8>, mode: u32 },
    /// Gives a file another name, one that is free.
    Rename { from: PathBuf, to: PathBuf },
    /// Takes a file away.
    Remove(PathBuf),
}

/// How to take a change back.
enum Undo {
    RemoveFolder(PathBuf),
    RemoveFile(PathBuf),
    /// The file as it was, under another name; it goes when this goes.
    PutBack {
        aside: TempPath,
        path: PathBuf,
    },
    Rename {
        from: PathBuf,
        to: PathBuf,
    },
}

/// Makes all changes, in this order. What can be found out before is found out first: every new file is written under
/// another name before anything of what was there is touched.
///
/// # Errors
/// A change that cannot be made, by its path; those before it are taken back. A change that cannot be taken back is
/// named as well.
pub(super) fn make(changes: Vec<Change>) -> anyhow::Result<()> {
    let mut done = Vec::new();
    let result = make_all(changes, &mut done);
    let Err(error) = result else { return Ok(()) };
    let failed: Vec<String> = done.into_iter().rev().filter_map(|undo| undo.run().err()).collect();
    if failed.is_empty() { Err(error) } else { Err(error.context(failed.join("; "))) }
}

fn make_all(changes: Vec<Change>, done: &mut Vec<Undo>) -> anyhow::Result<()> {
    let mut written = Vec::new();
    for change in &changes {
        match change {
            Change::MakeFolder(path) => make_folder(path, done)?,
            Change::Write { path, text, mode } => written.push(write_aside(path, text, *mode)?),
            Change::Rename { .. } | Change::Remove(_) => {}
        }
    }
    let mut written = written.into_iter();
    for change in changes {
        match change {
            Change::MakeFolder(_) => {}
            Change::Write { path, .. } => {
                let new = written.next().with_context(|| format!("{}: not written", path.display()))?;
                put(new, path, done)?;
            }
            Change::Rename { from, to } => {
                rename_to_free(&from, &to)?;
                done.push(Undo::Rename { from: to, to: from });
            }
            Change::Remove(path) => set_aside(&path, done)?,
        }
    }
    Ok(())
}

impl Undo {
    /// What could not be taken back, if so.
    fn run(self) -> Result<(), String> {
        let (path, result) = match self {
            Self::RemoveFolder(path) => (path.clone(), fs::remove_dir(path)),
            Self::RemoveFile(path) => (path.clone(), fs::remove_file(path)),
            Self::Rename { from, to } => (to.clone(), fs::rename(from, to)),
            Self::PutBack { aside, path } => {
                let result = fs::rename(&aside, &path);
                if result.is_err() {
                    // Better a file of a strange name than none.
                    drop(aside.keep());
                }
                (path, result)
            }
        };
        result.map_err(|error| format!("{}: cannot be put back: {}", path.display(), error.kind()))
    }
}

fn make_folder(path: &Path, done: &mut Vec<Undo>) -> anyhow::Result<()> {
    match fs::create_dir(path) {
        Ok(()) => done.push(Undo::RemoveFolder(path.to_owned())),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(at(path, &error)),
    }
    Ok(())
}

/// Writes a file of another name in the same folder.
fn write_aside(path: &Path, text: &[u8], mode: u32) -> anyhow::Result<NamedTempFile> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut file =
        Builder::new().prefix(UNFINISHED).tempfile_in(folder).map_err(|error| at(folder, &error))?;
    file.write_all(text).map_err(|error| at(path, &error))?;
    set_mode(&file, mode).with_context(|| path.display().to_string())?;
    Ok(file)
}

#[cfg(unix)]
fn set_mode(file: &NamedTempFile, mode: u32) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    file.as_file().set_permissions(fs::Permissions::from_mode(mode))
}

#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "elsewhere it can fail")]
fn set_mode(_: &NamedTempFile, _: u32) -> io::Result<()> {
    Ok(())
}

/// Puts a file that was written aside into its place, which is at no time empty if it was not so before.
fn put(new: NamedTempFile, path: PathBuf, done: &mut Vec<Undo>) -> anyhow::Result<()> {
    if fs::symlink_metadata(&path).is_err() {
        new.persist_noclobber(&path).map_err(|error| at(&path, &error.error))?;
        done.push(Undo::RemoveFile(path));
        return Ok(());
    }
    let aside = free(&path)?;
    fs::copy(&path, &aside).map_err(|error| at(&path, &error))?;
    new.persist(&path).map_err(|error| at(&path, &error.error))?;
    done.push(Undo::PutBack { aside, path });
    Ok(())
}

/// A name in the same folder, for as long as changes are made.
fn free(path: &Path) -> anyhow::Result<TempPath> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let file = Builder::new().prefix(UNFINISHED).tempfile_in(folder).map_err(|error| at(folder, &error))?;
    Ok(file.into_temp_path())
}

fn set_aside(path: &Path, done: &mut Vec<Undo>) -> anyhow::Result<()> {
    let aside = free(path)?;
    fs::rename(path, &aside).map_err(|error| at(path, &error))?;
    done.push(Undo::PutBack { aside, path: path.to_owned() });
    Ok(())
}

fn rename_to_free(from: &Path, to: &Path) -> anyhow::Result<()> {
    if fs::symlink_metadata(to).is_ok() {
        return Err(anyhow!("{}: is in the way of {}", to.display(), from.display()));
    }
    fs::rename(from, to).map_err(|error| at(from, &error))
}

/// An error of a temporary file would name that file, which is gone.
fn at(path: &Path, error: &io::Error) -> anyhow::Error {
    anyhow!("{}: cannot be changed: {}", path.display(), error.kind())
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;

    fn write(path: &Path, text: &str) -> Change {
        Change::Write { path: path.to_owned(), text: text.into(), mode: 0o755 }
    }

    fn files(folder: &Path) -> Vec<(String, String)> {
        let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry"));
        let mut files: Vec<_> = entries
            .map(|entry| {
                let name = entry.file_name().to_string_lossy().into_owned();
                (name, fs::read_to_string(entry.path()).unwrap_or_else(|_| "folder".to_owned()))
            })
            .collect();
        files.sort();
        files
    }

    #[test]
    fn all_changes_are_made() {
        let folder = TempDir::new().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        fs::write(at("a"), "old a").expect("a file");
        fs::write(at("b"), "old b").expect("a file");
        fs::write(at("c"), "old c").expect("a file");
        let rename = Change::Rename { from: at("a"), to: at("a.before") };
        let changes =
            vec![rename, write(&at("a"), "new a"), write(&at("b"), "new b"), Change::Remove(at("c"))];
        make(changes).expect("changes");
        let expected = [("a", "new a"), ("a.before", "old a"), ("b", "new b")];
        assert_eq!(files(folder.path()), expected.map(|(name, text)| (name.to_owned(), text.to_owned())));
    }

    #[test]
    fn a_change_that_fails_takes_back_those_before_it() {
        let folder = TempDir::new().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        for name in ["a", "b", "c", "taken"] {
            fs::write(at(name), name).expect("a file");
        }
        let before = files(folder.path());
        let changes = vec![
            Change::MakeFolder(at("new")),
            Change::Rename { from: at("a"), to: at("a.before") },
            write(&at("a"), "new a"),
            write(&at("b"), "new b"),
            Change::Remove(at("c")),
            Change::Rename { from: at("b"), to: at("taken") },
        ];
        let error = make(changes).expect_err("a name that is taken");
        assert!(error.to_string().contains("taken: is in the way"), "{error}");
        assert_eq!(files(folder.path()), before);
    }
}
