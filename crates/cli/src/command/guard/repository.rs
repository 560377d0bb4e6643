//! What Git says about a repository: where its hooks are, and whether they are its own.

use std::{
    env,
    ffi::{OsStr, OsString},
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use anyhow::{Context as _, bail};

use crate::advice::advise;

/// Whether a repository has files, or only receives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// People work in it.
    WorkTree,
    /// It has no work tree, as on a server.
    Bare,
}

/// A repository, as far as hooks are concerned.
#[derive(Debug)]
pub(super) struct Repository {
    pub(super) kind: Kind,
    /// Where hooks run: the top of the work tree, or the bare repository itself.
    pub(super) root: PathBuf,
    /// The folder Git looks for hooks in.
    pub(super) hooks: PathBuf,
    /// The folder Git looks for hooks in where nothing else is configured; linked work trees share it.
    pub(super) hooks_default: PathBuf,
    /// What all work trees share.
    common: PathBuf,
}

impl Repository {
    /// Asks Git about the repository that holds `path`, or about that of the current directory and the environment.
    ///
    /// # Errors
    /// Git is missing; there is no repository; Git does not trust it.
    pub(super) fn open(path: Option<&Path>) -> anyhow::Result<Self> {
        let start = Git::at(path);
        let kind = match start.ask(["rev-parse", "--is-bare-repository"])?.to_str() {
            Some("true") => Kind::Bare,
            _ => Kind::WorkTree,
        };
        let folder = start.ask(["rev-parse", "--absolute-git-dir"])?;
        let root = match kind {
            Kind::WorkTree => start.ask(["rev-parse", "--show-toplevel"])?,
            Kind::Bare => folder.clone(),
        };
        let inside = Git::within(&folder, &root);
        let common = root.join(inside.ask(["rev-parse", "--git-common-dir"])?);
        let hooks = root.join(inside.ask(["rev-parse", "--git-path", "hooks"])?);
        Ok(Self { kind, hooks, hooks_default: common.join("hooks"), common, root })
    }

    /// Whether no other repository has its hooks in `folder`: whether it lies in this one, as links lead.
    pub(super) fn owns(&self, folder: &Path) -> bool {
        let real = real(folder);
        [&self.root, &self.common]
            .into_iter()
            .any(|own| real.starts_with(fs::canonicalize(own).unwrap_or_default()))
    }

    /// Whether what lies in `folder` is committed with the files of the work tree, unless it is ignored.
    pub(super) fn is_tracked(&self, folder: &Path) -> bool {
        let inner = |own: &Path| fs::canonicalize(own).is_ok_and(|own| real(folder).starts_with(own));
        self.kind == Kind::WorkTree && inner(&self.root) && !inner(&self.common)
    }

    /// Why hooks in `folder`, which is not the repository's own, stay as they are.
    pub(super) fn refuse_shared(&self, folder: &Path, command: &str) -> anyhow::Error {
        let problem = format!(
            "{}: lies outside this repository, and others may have their hooks there too",
            folder.display()
        );
        let remedy = format!(
            "stanch guard {command} --shared, for all of them; or git config --local core.hooksPath {}, for hooks of \
             its own",
            self.hooks_default.display()
        );
        advise(problem, remedy)
    }
}

/// Where a path leads, also if its last parts are not there yet.
fn real(path: &Path) -> PathBuf {
    let mut missing = Vec::new();
    for known in path.ancestors() {
        if let Ok(real) = fs::canonicalize(known) {
            return missing.iter().rev().fold(real, |path, name| path.join(name));
        }
        missing.extend(known.file_name());
    }
    path.to_owned()
}

/// A way to ask Git.
struct Git(Vec<OsString>, Surroundings);

/// Whose word counts on where the repository is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Surroundings {
    /// That of the environment, as always with Git.
    Heeded,
    /// That of the arguments only.
    Overruled,
}

impl Git {
    /// Variables that would lead Git to another repository, or to other hooks, than the arguments say.
    const LEADING: [&str; 4] = ["GIT_DIR", "GIT_WORK_TREE", "GIT_COMMON_DIR", "GIT_INDEX_FILE"];

    fn at(path: Option<&Path>) -> Self {
        path.map_or(Self(Vec::new(), Surroundings::Heeded), |path| {
            Self(vec!["-C".into(), path.into()], Surroundings::Overruled)
        })
    }

    fn within(folder: &Path, root: &Path) -> Self {
        let mut arguments = vec!["-C".into(), root.into(), "--git-dir".into(), folder.into()];
        if folder != root {
            arguments.extend(["--work-tree".into(), root.into()]);
        }
        Self(arguments, Surroundings::Overruled)
    }

    /// The answer, a path or a word.
    fn ask<'a>(&self, question: impl IntoIterator<Item = &'a str>) -> anyhow::Result<PathBuf> {
        let mut command = Command::new("git");
        command.args(&self.0).args(question);
        if self.1 == Surroundings::Overruled {
            for name in Self::LEADING {
                command.env_remove(name);
            }
        }
        let output = command.output().map_err(|error| {
            advise(format!("git, which hooks are for, cannot be run: {}", error.kind()), "install git")
        })?;
        answer(&output).with_context(|| "git".to_owned())
    }
}

fn answer(output: &Output) -> anyhow::Result<PathBuf> {
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("{}", said.lines().next().unwrap_or_default().trim_start_matches("fatal: "));
    }
    let line = output.stdout.strip_suffix(b"\n").unwrap_or(&output.stdout);
    path(line.strip_suffix(b"\r").unwrap_or(line))
}

#[cfg(unix)]
#[expect(clippy::unnecessary_wraps, reason = "elsewhere a path is text")]
fn path(bytes: &[u8]) -> anyhow::Result<PathBuf> {
    use std::os::unix::ffi::OsStrExt as _;
    Ok(PathBuf::from(OsStr::from_bytes(bytes)))
}

#[cfg(not(unix))]
fn path(bytes: &[u8]) -> anyhow::Result<PathBuf> {
    Ok(PathBuf::from(OsStr::new(std::str::from_utf8(bytes)?)))
}

/// How a path is shown to who works in the current directory.
pub(super) fn shown(path: &Path) -> String {
    let here = env::current_dir().ok();
    let inner = here.as_deref().and_then(|here| path.strip_prefix(here).ok());
    inner.unwrap_or(path).display().to_string()
}
