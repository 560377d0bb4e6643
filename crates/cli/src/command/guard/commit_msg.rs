//! `stanch guard commit-msg`: looks at the message of a commit.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context as _;

use crate::{
    config::Config,
    exempt::{Absence, AllowSettings, Grants},
    gate::{Gate, GateArgs, Stop, Text, Verdict},
    printer::Printer,
    project::Project,
};

/// What git puts above what is not of the message: git-commit(1), `--cleanup=scissors`.
const SCISSORS: &str = "------------------------ >8 ------------------------";

/// Longest sign of a comment before the scissors, with white space and the end of the line.
const SIGN_BYTES_MAX: usize = 16;

/// Look at the message of a commit: the hook of that name
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The file that holds the message
    file: PathBuf,
    #[command(flatten)]
    pub(super) gate: GateArgs,
    #[command(flatten)]
    allow: AllowSettings,
}

/// Lets the commit pass or stops it.
pub(super) fn run(args: Args, config: Config, printer: &Printer) -> anyhow::Result<Verdict> {
    let text = fs::read(&args.file).with_context(|| args.file.display().to_string())?;
    let opened = vec![message(&text, &args.file).opened()];
    let allow = args.allow.over(config.allow.clone());
    let grants = Grants::load(&allow, Project::here(), Absence::Error)?;
    Ok(Gate::new(Stop::CommitMsg, opened, grants, (args.gate, config), printer)?.judge(printer))
}

/// The text that will be the message. Comments count: which lines Git will drop as such, only Git knows. What it shows below its
/// scissors to whoever writes the message, the changes themselves, is not of it.
fn message(text: &[u8], file: &Path) -> Text {
    let end = below_scissors(text).unwrap_or(text.len());
    let path = fs::canonicalize(file).unwrap_or_else(|_| file.to_owned());
    Text { bytes: text[..end].to_vec(), path: path.display().to_string(), what: "commit-message" }
}

/// Where the line with the scissors begins, if Git wrote it: comments follow, and then the changes.
fn below_scissors(text: &[u8]) -> Option<usize> {
    let mut at = 0;
    let mut lines = text.split_inclusive(|&byte| byte == b'\n').peekable();
    while let Some(line) = lines.next() {
        let sign = line.first()?;
        let is_scissors = line.trim_ascii_end().ends_with(SCISSORS.as_bytes());
        if is_scissors && line.len() < SCISSORS.len() + SIGN_BYTES_MAX {
            let mut below = lines.clone().skip_while(|line| line.first() == Some(sign));
            if below.next().is_some_and(|line| line.starts_with(b"diff --")) {
                return Some(at);
            }
        }
        at += line.len();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_git_shows_below_its_scissors_is_not_of_the_message() {
        let of = |text: &str| message(text.as_bytes(), Path::new("m")).bytes;
        let kept = "title\n#42 stays\n";
        let shown = format!("{kept}# {SCISSORS}\n# Do not touch.\ndiff --git a/f b/f\n-removed\n");
        assert_eq!(of(&shown), kept.as_bytes());
        assert_eq!(of(&shown.replace('#', ";")), kept.replace('#', ";").as_bytes());
        let written = format!("{kept}# {SCISSORS}\nmore of it\n");
        assert_eq!(of(&written), written.as_bytes());
    }
}
