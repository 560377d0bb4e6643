//! Who commits, pushes, or has a job run.

use std::{env, process::Command};

use crate::forge::Forge;

/// Names of those who push, as servers tell hooks. Sources: GitLab documentation, "Git server hooks"; GitHub Enterprise Server
/// documentation, "Creating a pre-receive hook script"; git-http-backend(1).
const PUSHERS: [&str; 3] = ["GL_USERNAME", "GITHUB_USER_LOGIN", "REMOTE_USER"];
/// Longest name, in characters.
const CHARACTERS_MAX: usize = 200;

/// Whoever does what a gate looks at: as the forge names them, else as Git knows them, else the account.
pub(crate) fn actor() -> String {
    let of_job = Forge::here().and_then(|forge| {
        variable(match forge {
            Forge::Github => "GITHUB_ACTOR",
            Forge::Gitlab => "GITLAB_USER_LOGIN",
            Forge::Bitbucket => "BITBUCKET_STEP_TRIGGERER_UUID",
        })
    });
    let of_push = || PUSHERS.into_iter().find_map(variable);
    let name = of_job.or_else(of_push).or_else(committer).or_else(|| variable("USER"));
    name.map_or_else(|| "unknown".to_owned(), |name| name.chars().take(CHARACTERS_MAX).collect())
}

/// Whoever commits here, as Git knows them.
fn committer() -> Option<String> {
    let asked = Command::new("git").args(["var", "GIT_COMMITTER_IDENT"]).output();
    let told = asked.ok().filter(|output| output.status.success())?.stdout;
    let ident = String::from_utf8_lossy(&told).into_owned();
    // `Name <mail> seconds zone`
    ident.rfind('>').map(|end| ident[..=end].to_owned())
}

fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}
