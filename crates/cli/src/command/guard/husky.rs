//! Hooks that husky keeps: shell scripts in a folder that is committed, which husky makes Git run.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail, ensure};

use crate::advice::{advise, listed};

use super::{
    block::{self, Left},
    folder::{Changed, Plan},
    foreign::{HOOK_BYTES_MAX, start},
    hook::Hook,
    journal::Change,
    repository::{Kind, Repository, shown},
    seal::Author,
};

/// The folder of a project that says nothing else.
const FOLDER: &str = ".husky";
/// In that folder: what husky generates, and ignores.
const GENERATED: &str = "_";
/// The mode of a script that was not there.
const MODE: u32 = 0o755;

/// The folder of a project's hooks.
#[derive(Debug)]
pub(super) struct Husky {
    path: PathBuf,
    pub(super) runner: Runner,
}

/// Who runs the scripts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Runner {
    /// Husky 9, which Git runs.
    Husky,
    /// Git itself, as with husky 5 to 8.
    Git,
    /// Nobody, until husky is set up in this clone.
    Nobody,
}

impl Husky {
    /// Where husky keeps the hooks of a repository, if it does.
    pub(super) fn find(repository: &Repository) -> Option<Self> {
        if repository.kind == Kind::Bare {
            return None;
        }
        let hooks = &repository.hooks;
        let generated = hooks.file_name().is_some_and(|name| name == GENERATED);
        if generated && (hooks.join("h").is_file() || hooks.parent()?.ends_with(FOLDER)) {
            return Some(Self { path: hooks.parent()?.to_owned(), runner: Runner::Husky });
        }
        let direct = hooks.ends_with(FOLDER) || hooks.join(GENERATED).join("husky.sh").is_file();
        if direct {
            return Some(Self { path: hooks.clone(), runner: Runner::Git });
        }
        let path = repository.root.join(FOLDER);
        path.is_dir().then_some(Self { path, runner: Runner::Nobody })
    }

    /// The folder that holds the scripts.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// What it takes to set up `hooks`.
    ///
    /// # Errors
    /// A script that is none, that Git does not run, or in which somebody changed our lines.
    pub(super) fn install(&self, hooks: &[Hook]) -> anyhow::Result<Vec<Plan>> {
        hooks.iter().map(|hook| self.install_one(*hook)).collect()
    }

    /// What it takes to undo that, for those of `hooks` that were set up.
    ///
    /// # Errors
    /// A script that is none, or in which somebody changed our lines, unless it is to be kept elsewhere.
    pub(super) fn uninstall(&self, hooks: &[Hook], changed: Changed) -> anyhow::Result<Vec<Plan>> {
        let plans: Vec<_> =
            hooks.iter().map(|hook| self.uninstall_one(*hook, changed)).collect::<anyhow::Result<_>>()?;
        Ok(plans.into_iter().flatten().collect())
    }

    fn install_one(&self, hook: Hook) -> anyhow::Result<Plan> {
        let path = self.path.join(hook.as_str());
        let old = read(&path)?;
        if self.runner == Runner::Git && old.as_ref().is_some_and(|old| old.mode & 0o111 == 0) {
            let problem = format!("{}: is not executable, so Git does not run it", shown(&path));
            return Err(advise(problem, format!("chmod +x {}", shown(&path))));
        }
        let text = old.as_ref().map(|old| &old.text[..]);
        let (theirs, mut remark) = match text.map_or(Author::Other, block::author) {
            Author::Changed => return Err(changed_lines(&path)),
            Author::Other => (text.map(<[u8]>::to_vec), "set up"),
            Author::Stanch => match block::take(text.unwrap_or_default()) {
                Some(Left::Text(text)) => (Some(text), "written anew"),
                _ => (None, "written anew"),
            },
        };
        let new = block::add(theirs.as_deref(), hook);
        let mut changes = Vec::new();
        if text == Some(&new[..]) {
            remark = "is set up already";
        } else {
            let mode = old.as_ref().map_or(MODE, |old| old.mode);
            changes.push(Change::Write { path: path.clone(), text: new, mode });
        }
        let late = !hook.reads_input() && theirs.is_some_and(|text| block::leaves_early(&text));
        let late = if late { ", behind an exit or exec: see that it is reached" } else { "" };
        Ok(Plan { hook, path, changes, remark: format!("{remark}{late}") })
    }

    fn uninstall_one(&self, hook: Hook, changed: Changed) -> anyhow::Result<Option<Plan>> {
        let path = self.path.join(hook.as_str());
        let Some(old) = read(&path)? else { return Ok(None) };
        let mut changes = Vec::new();
        let mut remark = vec!["removed".to_owned()];
        match (block::author(&old.text), changed) {
            (Author::Other, _) => return Ok(None),
            (Author::Changed, Changed::Refuse) => return Err(changed_lines(&path)),
            (Author::Changed, Changed::Keep) => {
                let copy = self.path.join(format!("{hook}.changed"));
                ensure!(fs::symlink_metadata(&copy).is_err(), "{}: is there already", shown(&copy));
                remark.push(format!("what it was changed to kept as {}", shown(&copy)));
                changes.push(Change::Write { path: copy, text: old.text.clone(), mode: old.mode });
            }
            (Author::Stanch, _) => {}
        }
        match block::take(&old.text) {
            Some(Left::Text(text)) => {
                changes.push(Change::Write { path: path.clone(), text, mode: old.mode });
            }
            Some(Left::Nothing) => changes.push(Change::Remove(path.clone())),
            None => {
                bail!("{}: the last of the lines of Stanch is missing: remove them by hand", shown(&path))
            }
        }
        Ok(Some(Plan { hook, path, changes, remark: listed(remark) }))
    }
}

/// A script as it is.
struct Old {
    text: Vec<u8>,
    mode: u32,
}

/// Reads a script; none if there is none.
fn read(path: &Path) -> anyhow::Result<Option<Old>> {
    let found = match fs::symlink_metadata(path) {
        Ok(found) => found,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error).with_context(|| path.display().to_string()),
    };
    ensure!(found.is_file(), "{}: is not a file, and lines are added to files only", shown(path));
    ensure!(found.len() < HOOK_BYTES_MAX, "{}: is over the limit of {HOOK_BYTES_MAX} bytes", shown(path));
    let text = start(path);
    ensure!(!text.contains(&0), "{}: is not a shell script", shown(path));
    Ok(Some(Old { text, mode: mode(&found) }))
}

#[cfg(unix)]
fn mode(found: &fs::Metadata) -> u32 {
    use std::os::unix::fs::PermissionsExt as _;
    found.permissions().mode() & 0o7777
}

#[cfg(not(unix))]
fn mode(_: &fs::Metadata) -> u32 {
    MODE
}

fn changed_lines(path: &Path) -> anyhow::Error {
    let problem = format!("{}: somebody changed the lines of Stanch in it", shown(path));
    advise(problem, "stanch guard uninstall --force, which keeps a copy")
}
