//! What a server calls what is scanned.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::ensure;
use stanch_model::{Origin, OriginKind};

use super::{permalink::Site, remote_name::remote_name, settings::OriginSettings};
use crate::{advice::advise, forge::Forge, project::Project};

/// Longest name of an origin, in bytes.
const NAME_BYTES_MAX: usize = 500;

/// Where something is scanned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// The repository that a hook runs for.
    Here,
    /// A folder or file, in a repository or not.
    Folder(PathBuf),
    /// Standard input, or a report of another scanner.
    Stream,
}

/// The origin at `place`. The name that is set goes first, then what the forge says that runs this job, then the remote
/// `origin` of the repository.
///
/// # Errors
/// Nothing tells a name, or the name that is set is none.
pub(crate) fn origin(settings: &OriginSettings, place: &Place) -> anyhow::Result<Origin> {
    let job = Job::of(place);
    let name = match (&settings.name, &job) {
        (Some(name), _) => checked(name)?,
        (None, Some(job)) => job.name.clone(),
        (None, None) => of_remote(place).ok_or_else(|| nameless(place))?,
    };
    let usual = if *place == Place::Stream { OriginKind::Other } else { OriginKind::Repository };
    let kind = settings.kind.unwrap_or(usual);
    // What the forge says is said of its own repository, not of what has another name.
    let job = job.filter(|job| job.name == name);
    let url = (kind == OriginKind::Repository).then(|| Site::of(&name).map(|_| format!("https://{name}")));
    Ok(Origin {
        kind,
        public: settings.is_public().or(job.and_then(|job| job.public)),
        environment: settings.environment.clone(),
        url: url.flatten(),
        name,
    })
}

fn checked(name: &str) -> anyhow::Result<String> {
    let name = name.trim();
    let is_name = !name.is_empty() && name.len() <= NAME_BYTES_MAX && !name.chars().any(char::is_control);
    ensure!(is_name, "origin: expected a name in one line of at most {NAME_BYTES_MAX} bytes");
    Ok(name.to_owned())
}

fn nameless(place: &Place) -> anyhow::Error {
    let problem = match place {
        Place::Here => "no remote called origin tells the server what this repository is called".to_owned(),
        Place::Folder(path) => {
            format!("{}: no remote called origin tells the server what this is called", path.display())
        }
        Place::Stream => "nothing tells the server what this is called".to_owned(),
    };
    advise(problem, "--origin NAME, for instance github.com/acme/shop")
}

/// The name by the remote `origin`.
fn of_remote(place: &Place) -> Option<String> {
    let address = match place {
        Place::Stream => return None,
        Place::Here => git(None, &["remote", "get-url", "origin"])?,
        Place::Folder(path) => git(Some(path), &["remote", "get-url", "origin"])?,
    };
    remote_name(&address)
}

/// What git answers in the folder of `path`, or here.
pub(super) fn git(path: Option<&Path>, args: &[&str]) -> Option<String> {
    let mut command = Command::new("git");
    if let Some(path) = path {
        let folder = if path.is_dir() { path } else { path.parent()? };
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        // Whoever names a folder means the repository of that folder.
        command.current_dir(folder).env_remove("GIT_DIR").env_remove("GIT_WORK_TREE");
    }
    let output = command.args(args).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// What the forge says that runs this job. Sources: those of [`Forge`].
pub(super) struct Job {
    /// `host/owner/repository`, in lower case.
    pub(super) name: String,
    /// How the forge writes addresses.
    pub(super) site: Site,
    /// Whether everybody can read it.
    pub(super) public: Option<bool>,
    /// The commit that is checked out.
    pub(super) commit: Option<String>,
}

impl Job {
    /// The job, where `place` is the clone it was given.
    pub(super) fn of(place: &Place) -> Option<Self> {
        let forge = Forge::here()?;
        let clone = variable(match forge {
            Forge::Github => "GITHUB_WORKSPACE",
            Forge::Gitlab => "CI_PROJECT_DIR",
            Forge::Bitbucket => "BITBUCKET_CLONE_DIR",
        });
        let root = match place {
            Place::Stream => return None,
            Place::Here => Project::here()?.root().to_owned(),
            Place::Folder(path) => Project::holding(path)?.root().to_owned(),
        };
        let is_clone =
            clone.is_none_or(|clone| std::fs::canonicalize(clone).is_ok_and(|clone| clone == root));
        if is_clone { Self::told(forge) } else { None }
    }

    fn told(forge: Forge) -> Option<Self> {
        let named = |host: &str, path: &str| remote_name(&format!("https://{host}/{path}"));
        Some(match forge {
            Forge::Github => Self {
                name: remote_name(&format!(
                    "{}/{}",
                    variable("GITHUB_SERVER_URL")?,
                    variable("GITHUB_REPOSITORY")?
                ))?,
                public: forge.is_public(),
                site: Site::Github,
                commit: variable("GITHUB_SHA"),
            },
            Forge::Gitlab => Self {
                name: named(&variable("CI_SERVER_HOST")?, &variable("CI_PROJECT_PATH")?)?,
                public: variable("CI_PROJECT_VISIBILITY").map(|visibility| visibility == "public"),
                site: Site::Gitlab,
                commit: variable("CI_COMMIT_SHA"),
            },
            Forge::Bitbucket => Self {
                name: named("bitbucket.org", &variable("BITBUCKET_REPO_FULL_NAME")?)?,
                public: variable("BITBUCKET_REPO_IS_PRIVATE").map(|private| private == "false"),
                site: Site::Bitbucket,
                commit: variable("BITBUCKET_COMMIT"),
            },
        })
    }
}

fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}
