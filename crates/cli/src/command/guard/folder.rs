//! A folder that Git runs hooks from, with ours beside those of others.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail};

use crate::advice::{advise, listed};

use super::{
    foreign::{self, Keeper},
    hook::Hook,
    journal::Change,
    repository::shown,
    script::{self, Earlier, Folder, Script},
    seal::Author,
};

/// The mode of a hook.
const MODE: u32 = 0o755;
/// Names that programs give to a hook that they found and run before theirs.
const MOVED: [&str; 2] = ["legacy", "old"];

/// A folder of hooks.
#[derive(Debug)]
pub(super) struct HooksFolder {
    pub(super) path: PathBuf,
}

/// What is to be done for one hook, and how that is told.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) hook: Hook,
    pub(super) path: PathBuf,
    pub(super) changes: Vec<Change>,
    /// What is to be said of it beside hook and path.
    pub(super) remark: String,
}

/// What is in the place of a hook.
enum Found {
    Nothing,
    Ours(Vec<u8>),
    /// Ours, and somebody changed it.
    Changed,
    Foreign(Keeper),
}

/// What becomes of a hook of ours that somebody changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Changed {
    /// It stays, and nothing is done.
    Refuse,
    /// It is kept under another name.
    Keep,
}

impl HooksFolder {
    /// What it takes to set up `hooks`.
    ///
    /// # Errors
    /// A hook that somebody changed, that bears no other name, or whose other name is taken.
    pub(super) fn install(&self, hooks: &[Hook], program: Option<&Path>) -> anyhow::Result<Vec<Plan>> {
        let folder = self.origin();
        let mut plans: Vec<_> = hooks
            .iter()
            .map(|hook| self.install_one(*hook, program, folder))
            .collect::<anyhow::Result<_>>()?;
        if let Some(first) = plans.first_mut()
            && !self.path.exists()
        {
            first.changes.insert(0, Change::MakeFolder(self.path.clone()));
        }
        Ok(plans)
    }

    /// What it takes to undo that, for those of `hooks` that were set up.
    ///
    /// # Errors
    /// A hook that somebody changed, unless it is to be kept elsewhere.
    pub(super) fn uninstall(&self, hooks: &[Hook], changed: Changed) -> anyhow::Result<Vec<Plan>> {
        let plans: Vec<_> =
            hooks.iter().map(|hook| self.uninstall_one(*hook, changed)).collect::<anyhow::Result<_>>()?;
        Ok(plans.into_iter().flatten().collect())
    }

    /// Whether the folder is to go with the last hook in it.
    pub(super) fn origin(&self) -> Folder {
        let made = |hook: &Hook| {
            let text = foreign::start(&self.path_of(*hook));
            script::folder(&text) == Folder::Made
        };
        let made = !self.path.exists() || Hook::ALL.iter().any(made);
        if made { Folder::Made } else { Folder::Found }
    }

    /// Removes the folder if it is empty; that it is not is no mistake.
    pub(super) fn remove_if_empty(&self) {
        let _ = fs::remove_dir(&self.path);
    }

    fn install_one(&self, hook: Hook, program: Option<&Path>, folder: Folder) -> anyhow::Result<Plan> {
        let (path, kept) = (self.path_of(hook), self.kept(hook));
        let found = self.find(hook)?;
        let mut changes = Vec::new();
        let earlier = match found {
            Found::Foreign(keeper) => {
                if let Some(moved) = self.moved(hook) {
                    let remark = format!("is set up already, as {}, which another hook calls", shown(&moved));
                    return Ok(Plan { hook, path, changes, remark });
                }
                refuse_moving(keeper, hook, &path)?;
                if kept.is_some() {
                    return Err(self.in_the_way(hook));
                }
                changes.push(Change::Rename { from: path.clone(), to: self.kept_path(hook) });
                Some((keeper, path.clone()))
            }
            Found::Changed => return Err(changed_hook(&path)),
            Found::Nothing | Found::Ours(_) => kept.map(|kept| (Keeper::of(&foreign::start(&kept)), kept)),
        };
        let kind = match &earlier {
            None => Earlier::None,
            Some((Keeper::PreCommit, _)) => Earlier::PreCommit,
            Some(_) => Earlier::Kept,
        };
        let text = Script { hook, program, earlier: kind, folder }.text();
        let mut remark = match &found {
            Found::Ours(old) if *old == text && is_executable(&path) => "is set up already",
            Found::Ours(_) => "written anew",
            _ => "set up",
        }
        .to_owned();
        if remark != "is set up already" {
            changes.push(Change::Write { path: path.clone(), text, mode: MODE });
        }
        remark += &earlier.map_or_else(String::new, |(_, file)| self.earlier_remark(hook, &file));
        Ok(Plan { hook, path, changes, remark })
    }

    fn uninstall_one(&self, hook: Hook, changed: Changed) -> anyhow::Result<Option<Plan>> {
        let (path, kept) = (self.path_of(hook), self.kept(hook));
        let found = self.find(hook)?;
        let mut changes = Vec::new();
        let mut remark = vec!["removed".to_owned()];
        match found {
            Found::Nothing if kept.is_none() => return Ok(None),
            Found::Nothing => {}
            Found::Ours(_) => changes.push(Change::Remove(path.clone())),
            Found::Foreign(_) if kept.is_none() && self.moved(hook).is_none() => return Ok(None),
            Found::Changed | Found::Foreign(_) => match (changed, self.moved(hook)) {
                (_, Some(moved)) => return Err(moved_hook(&path, &moved)),
                (Changed::Refuse, None) => return Err(changed_hook(&path)),
                (Changed::Keep, None) => {
                    let copy = self.path.join(format!("{hook}.changed"));
                    remark.push(format!("what it was changed to kept as {}", shown(&copy)));
                    changes.push(Change::Rename { from: path.clone(), to: copy });
                }
            },
        }
        if let Some(kept) = kept {
            remark.push(format!("{} put back", shown(&kept)));
            changes.push(Change::Rename { from: kept, to: path.clone() });
        }
        Ok(Some(Plan { hook, path, changes, remark: listed(remark) }))
    }

    fn find(&self, hook: Hook) -> anyhow::Result<Found> {
        let path = self.path_of(hook);
        let kind = match fs::symlink_metadata(&path) {
            Ok(found) => found.file_type(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Found::Nothing),
            Err(error) => return Err(error).with_context(|| path.display().to_string()),
        };
        if kind.is_symlink() {
            return Ok(Found::Foreign(Keeper::of(&foreign::start(&path))));
        }
        if !kind.is_file() {
            bail!("{}: is not a file", shown(&path));
        }
        let text = foreign::start(&path);
        Ok(match script::author(&text) {
            Author::Stanch => Found::Ours(text),
            Author::Changed => Found::Changed,
            Author::Other => Found::Foreign(Keeper::of(&text)),
        })
    }

    fn path_of(&self, hook: Hook) -> PathBuf {
        self.path.join(hook.as_str())
    }

    fn kept_path(&self, hook: Hook) -> PathBuf {
        self.path.join(script::earlier_name(hook))
    }

    /// The hook that was there before ours, if there was one.
    fn kept(&self, hook: Hook) -> Option<PathBuf> {
        Some(self.kept_path(hook)).filter(|path| fs::symlink_metadata(path).is_ok())
    }

    /// Our hook, where another program gave it another name.
    fn moved(&self, hook: Hook) -> Option<PathBuf> {
        let named = |end| self.path.join(format!("{hook}.{end}"));
        MOVED.into_iter().map(named).find(|path| script::author(&foreign::start(path)) != Author::Other)
    }

    fn in_the_way(&self, hook: Hook) -> anyhow::Error {
        let (path, kept) = (shown(&self.path_of(hook)), shown(&self.kept_path(hook)));
        advise(
            format!("{path}: cannot become {kept}, which is there already"),
            format!("remove or rename {kept}, if it is no longer needed"),
        )
    }

    fn earlier_remark(&self, hook: Hook, now: &Path) -> String {
        let kept = shown(&self.kept_path(hook));
        if is_executable(now) {
            format!(", runs {kept} first")
        } else {
            format!(", keeps {kept}, which does not run: it is not executable")
        }
    }
}

fn refuse_moving(keeper: Keeper, hook: Hook, path: &Path) -> anyhow::Result<()> {
    let Some((keeper, settings)) = keeper.refuses() else { return Ok(()) };
    let problem = format!("{}: {keeper} keeps this hook, and it runs only under its own name", shown(path));
    Err(advise(problem, format!("add `stanch guard {hook}` to {settings}")))
}

fn changed_hook(path: &Path) -> anyhow::Error {
    let problem = format!("{}: somebody changed it since stanch guard install wrote it", shown(path));
    advise(problem, "stanch guard uninstall --force, which keeps a copy")
}

fn moved_hook(path: &Path, moved: &Path) -> anyhow::Error {
    let problem = format!(
        "{}: another program put its hook there and calls ours, which is now {}",
        shown(path),
        shown(moved)
    );
    advise(problem, "first uninstall the hook of that program")
}

/// Whether Git would run it.
#[cfg(unix)]
fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    fs::metadata(path).is_ok_and(|found| found.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_executable(path: &Path) -> bool {
    path.exists()
}
