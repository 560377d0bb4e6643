//! The project that a run is about, and the folder where Stanch keeps what belongs to it.

use std::{
    env, fs,
    path::{Component, Path, PathBuf},
};

use stanch_model::{Finding, Step};
use stanch_sources::Target;

/// The folder in a work tree.
const FOLDER: &str = ".stanch";
/// The folder in a bare repository.
const BARE_FOLDER: &str = "stanch";

/// A Git work tree or a bare repository.
#[derive(Clone, Debug)]
pub(crate) struct Project {
    root: PathBuf,
    folder: PathBuf,
}

impl Project {
    /// The one that holds the current directory.
    pub(crate) fn here() -> Option<Self> {
        Self::around(&env::current_dir().ok()?)
    }

    /// The one that holds the only target.
    pub(crate) fn of_target(targets: &[Target]) -> Option<Self> {
        match targets {
            [only] => Self::holding(Path::new(only.rest())),
            _ => None,
        }
    }

    /// The one that holds a file or folder.
    pub(crate) fn holding(path: &Path) -> Option<Self> {
        Self::around(&fs::canonicalize(path).ok()?)
    }

    /// Whether `path` is its top.
    pub(crate) fn is_at(&self, path: &Path) -> bool {
        fs::canonicalize(path).is_ok_and(|path| path == self.root)
    }

    fn around(path: &Path) -> Option<Self> {
        path.ancestors().find_map(|root| {
            let name = if root.join(".git").exists() {
                FOLDER
            } else if is_bare(root) {
                BARE_FOLDER
            } else {
                return None;
            };
            Some(Self { root: root.to_owned(), folder: root.join(name) })
        })
    }

    /// Where Stanch keeps what belongs to the project: `.stanch` of a work tree, `stanch` of a bare repository.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Where the salt of its fingerprints is kept: linked work trees share that of the main one.
    pub(crate) fn salt_folder(&self) -> PathBuf {
        main_root(&self.root).map_or_else(|| self.folder.clone(), |root| root.join(FOLDER))
    }

    /// Whether it is a repository without files.
    pub(crate) fn is_bare(&self) -> bool {
        self.folder.file_name().is_some_and(|name| name == BARE_FOLDER)
    }

    /// The top of the project.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// The path of `finding` below the root, with `/` between folders; of one in another place as it was named.
    pub(crate) fn path_of(&self, finding: &Finding) -> String {
        let inner = &finding.location.path;
        let folder = finding.provenance.0.iter().find_map(|step| match step {
            Step::Directory { path } => Some(path),
            _ => None,
        });
        let Some(folder) = folder else { return inner.clone() };
        let is_within = finding.provenance.0.iter().any(|step| matches!(step, Step::Path { .. }));
        let named = if is_within { Path::new(folder).join(inner) } else { PathBuf::from(folder) };
        let whole = env::current_dir().map(|here| plain(&here.join(&named))).unwrap_or(named);
        whole.strip_prefix(&self.root).unwrap_or(&whole).to_string_lossy().into_owned()
    }
}

/// The main work tree of the linked one at `root`: gitrepository-layout(5). What `root` says of it counts only if the repository
/// says the same of `root`.
fn main_root(root: &Path) -> Option<PathBuf> {
    let own = line_of(&root.join(".git"))?;
    let inner = root.join(own.strip_prefix("gitdir: ")?);
    let back = fs::canonicalize(inner.join(line_of(&inner.join("gitdir"))?)).ok()?;
    if back != fs::canonicalize(root.join(".git")).ok()? {
        return None;
    }
    let common = plain(&inner.join(line_of(&inner.join("commondir"))?));
    let is_in_work_tree = common.file_name().is_some_and(|name| name == ".git");
    common.parent().filter(|_| is_in_work_tree).map(Path::to_owned)
}

/// The line that a small file consists of.
fn line_of(file: &Path) -> Option<String> {
    const BYTES_MAX: u64 = 4096;
    let is_small = fs::metadata(file).is_ok_and(|found| found.is_file() && found.len() <= BYTES_MAX);
    let text = is_small.then(|| fs::read_to_string(file).ok()).flatten()?;
    Some(text.trim_end().to_owned())
}

/// A repository of its own, not the one within a work tree.
fn is_bare(folder: &Path) -> bool {
    let has = |name: &str| folder.join(name);
    folder.file_name().is_none_or(|name| name != ".git")
        && has("HEAD").is_file()
        && has("objects").is_dir()
        && has("refs").is_dir()
}

/// `path` without `.` and `..`.
fn plain(path: &Path) -> PathBuf {
    path.components().fold(PathBuf::new(), |mut plain, part| {
        match part {
            Component::CurDir => {}
            Component::ParentDir => drop(plain.pop()),
            other => plain.push(other),
        }
        plain
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_plain_without_its_detours() {
        assert_eq!(plain(Path::new("/a/./b/../c")), Path::new("/a/c"));
    }
}
