//! Who owns the paths of a project, by its own CODEOWNERS.

use std::{fs::File, io::Read as _, path::Path};

use stanch_response::owner::{CodeOwners, Syntax};

use super::{origin::git, permalink::Site};
use crate::{printer::Printer, project::Project};

/// Where GitHub looks for the file, and GitLab, each in its order.
const OF_GITHUB: [&str; 3] = [".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"];
const OF_GITLAB: [&str; 3] = ["CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS"];
/// Most bytes that are read; the parser takes none so large.
const BYTES_MAX: u64 = 4 << 20;

/// Who owns which path of a project; nobody any where it has no such file. One that cannot be read is said to be.
pub(super) fn owners(project: Option<&Project>, site: Option<Site>, printer: &Printer) -> CodeOwners {
    let Some(project) = project else { return CodeOwners::default() };
    let (names, syntax) = match site {
        Some(Site::Gitlab) => (OF_GITLAB, Syntax::GitLab),
        _ => (OF_GITHUB, Syntax::GitHub),
    };
    let Some((name, text)) = names.into_iter().find_map(|name| Some((name, text(project, name)?))) else {
        return CodeOwners::default();
    };
    CodeOwners::parse(&text, syntax).unwrap_or_else(|error| {
        printer.problem(format_args!("{name}: {error}: nobody owns anything by it"));
        CodeOwners::default()
    })
}

/// The text of a file of the project: on disk, or where there are no files, in its default branch.
fn text(project: &Project, name: &str) -> Option<String> {
    if project.is_bare() {
        let blob = format!("HEAD:{name}");
        return git(Some(project.root()), &["--no-replace-objects", "cat-file", "blob", &blob]);
    }
    let file = project.root().join(name);
    is_plain(&file).then(|| read(&file)).flatten()
}

/// A link may lead anywhere, and a pipe be waited for.
fn is_plain(file: &Path) -> bool {
    file.symlink_metadata().is_ok_and(|found| found.is_file())
}

fn read(file: &Path) -> Option<String> {
    let mut bytes = Vec::new();
    File::open(file).ok()?.take(BYTES_MAX).read_to_end(&mut bytes).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}
