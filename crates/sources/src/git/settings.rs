//! What stands beside the objects of a repository and may hold secrets: its configuration, with the addresses of remotes and
//! headers to send them, and its hooks.

use std::{
    fs,
    path::{Path, PathBuf},
};

use stanch_model::{Provenance, Step};

use super::site::Site;
use crate::{Crew, Origin, Worker, fs::OneFile};

/// Git ships a sample of each hook; none is ever run.
const SAMPLE: &str = "sample";

/// One file, and what it is.
struct Setting {
    path: PathBuf,
    what: &'static str,
}

/// Scans the files of the repository at `site`, which the user named `target`.
pub(super) fn scan(site: &Site, target: &Path, crew: &Crew<'_>) {
    crew.run(settings(site).into_iter(), |setting, worker| scan_one(&setting, target, worker));
}

fn settings(site: &Site) -> Vec<Setting> {
    let config = |path: PathBuf| Setting { path, what: "git-config" };
    let shared = site.common.join("config");
    let mut settings = vec![config(shared), config(site.own.join("config.worktree"))];
    if site.own != site.common {
        settings.push(config(site.common.join("config.worktree")));
    }
    let hooks = fs::read_dir(site.common.join("hooks")).into_iter().flatten().flatten();
    let paths = hooks.map(|hook| hook.path()).filter(|path| path.extension().is_none_or(|end| end != SAMPLE));
    settings.extend(paths.map(|path| Setting { path, what: "git-hook" }));
    settings.retain(|setting| setting.path.is_file());
    settings
}

fn scan_one(setting: &Setting, target: &Path, worker: &mut Worker<'_>) {
    let origin = || origin(setting, target);
    let file =
        OneFile { path: &setting.path, followed: true, bytes_max: worker.context().limits.blob_bytes_max };
    if let Err((reason, detail)) = file.scan(worker, origin) {
        worker.skip(origin().path, reason, detail);
    }
}

/// It is a file on disk, of no commit: below the target, where it is there, else in its own folder.
fn origin(setting: &Setting, target: &Path) -> Origin {
    let (folder, inner) = match setting.path.strip_prefix(target) {
        Ok(inner) => (target, inner),
        Err(_) => (
            setting.path.parent().unwrap_or(target),
            Path::new(setting.path.file_name().unwrap_or(setting.path.as_os_str())),
        ),
    };
    let path = inner.to_string_lossy().into_owned();
    let steps = vec![
        Step::Directory { path: folder.display().to_string() },
        Step::Path { path: path.clone() },
        Step::Text { what: setting.what.to_owned() },
    ];
    Origin { path, provenance: Provenance(steps) }
}
