//! `stanch guard commit-msg`: looks at the message of a commit.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use stanch_model::{Provenance, Step};
use stanch_sources::{Crew, Opened, Origin, Source, SourceError};

use crate::{
    config::Config,
    exempt::{Absence, AllowSettings, Grants},
    gate::{Gate, GateArgs, Stop},
    policy::Status,
    printer::Printer,
    project::Project,
};

/// What git puts above what is not of the message: git-commit(1), `--cleanup=scissors`.
const SCISSORS: &str = "------------------------ >8 ------------------------";

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
pub(super) fn run(args: Args, config: Config, printer: &Printer) -> anyhow::Result<Status> {
    let text = fs::read(&args.file).with_context(|| args.file.display().to_string())?;
    let opened = Opened::new(args.file.display().to_string(), Box::new(Message::of(&text, &args.file)));
    let allow = args.allow.over(config.allow.clone());
    let grants = Grants::load(&allow, Project::here(), Absence::Error)?;
    Gate::new(Stop::CommitMsg, vec![opened], grants, (args.gate, config), printer)?.judge(printer)
}

/// The text that will be the message.
struct Message {
    text: Vec<u8>,
    path: String,
}

impl Message {
    /// Comments are emptied, so that lines keep their numbers, and what is below the scissors is left out. A line is taken for
    /// a comment by `#` only: what begins with another sign of comments is scanned although git drops it.
    fn of(text: &[u8], file: &Path) -> Self {
        let mut kept = Vec::with_capacity(text.len());
        for line in text.split_inclusive(|&byte| byte == b'\n') {
            let is_comment = line.starts_with(b"#");
            if is_comment && line.windows(SCISSORS.len()).any(|window| window == SCISSORS.as_bytes()) {
                break;
            }
            kept.extend_from_slice(if is_comment { b"\n" } else { line });
        }
        Self { text: kept, path: file.display().to_string() }
    }
}

impl Source for Message {
    fn scan(&self, crew: &Crew<'_>) -> Result<(), SourceError> {
        crew.run(std::iter::once(()), |(), worker| {
            worker.scan(&self.text, || {
                let text = Step::Text { what: "commit-message".to_owned() };
                Origin { path: self.path.clone(), provenance: Provenance(vec![text]) }
            });
        });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_git_drops_is_not_looked_at() {
        let text = format!("title\n# a comment\nbody\n# {SCISSORS}\ndiff\n");
        let message = Message::of(text.as_bytes(), Path::new("m"));
        assert_eq!(String::from_utf8_lossy(&message.text), "title\n\nbody\n");
    }
}
