//! What both tasks look for, and where.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::anyhow;
use stanch_engine::{RuleSet, Scanner, ScannerOptions};
use stanch_model::{Fingerprinter, Probability};
use stanch_sources::{Cancel, Context, Holders, Limits, Progress, Sought, Target, Wanted};

use super::{Shape, steps::quoted};
use crate::{
    advice::advise, config::Config, identity::IdentitySettings, interrupt, printer::Printer, rulebook,
    settings::RuleSettings, sweep,
};

/// What both tasks are told.
#[derive(Debug, clap::Args)]
pub(super) struct SearchArgs {
    /// The repository
    #[arg(long, value_name = "PATH", default_value = ".")]
    repo: PathBuf,
    /// How it is told
    #[arg(short, long, value_name = "FORMAT", default_value = "text")]
    format: Shape,
    #[command(flatten)]
    rules: RuleSettings,
    #[command(flatten)]
    identity: IdentitySettings,
}

/// A repository to search, and with what.
pub(super) struct Search {
    pub(super) repo: PathBuf,
    pub(super) shape: Shape,
    /// What was typed of this, for commands that are to go on with it.
    pub(super) typed: String,
    rules: RuleSet,
    identity: IdentitySettings,
    threads: usize,
}

impl SearchArgs {
    pub(super) fn resolve(self, config: Config) -> anyhow::Result<Search> {
        let mut typed = String::new();
        if self.repo != Path::new(".") {
            typed.extend([" --repo ", &quoted(&self.repo.to_string_lossy())]);
        }
        for file in &self.rules.files {
            typed.extend([" --rules ", &quoted(&file.to_string_lossy())]);
        }
        Ok(Search {
            typed,
            repo: self.repo,
            shape: self.format,
            rules: rulebook::load(&self.rules.over(config.rules))?,
            identity: self.identity.over(config.identity),
            threads: sweep::threads(config.scan.threads)?,
        })
    }
}

impl Search {
    /// The fingerprinter that a scan of the repository would have.
    ///
    /// # Errors
    /// A key that is there and cannot be read.
    pub(super) fn fingerprinter(&self, printer: &Printer) -> anyhow::Result<Fingerprinter> {
        let target = Target::parse(&format!("git:{}", self.repo.display()))?;
        self.identity.fingerprinter(&[target], printer)
    }

    /// Everything that holds what is sought. Values are found as unsure as rules may be, so that nothing depends on what a path
    /// makes the judge think of them.
    ///
    /// # Errors
    /// No repository, or a value that cannot be searched for.
    pub(super) fn find(
        &self,
        sought: &Sought,
        (fingerprinter, floor): (&Fingerprinter, Probability),
        printer: &Printer,
    ) -> anyhow::Result<Holders> {
        let options = ScannerOptions { floor, ..ScannerOptions::default() };
        let scanner = Scanner::with_options(self.rules.clone(), options);
        let (cancel, progress) = (Arc::new(Cancel::default()), Progress::default());
        interrupt::listen(Arc::clone(&cancel), printer.clone());
        let context = Context {
            scanner: &scanner,
            fingerprinter,
            cancel: &cancel,
            progress: &progress,
            limits: Limits::default(),
            threads: self.threads,
        };
        let found = printer.watch(&progress, || Holders::find(&self.repo, sought, &context))?;
        for skip in &found.coverage.skips {
            printer.detail(format_args!("skipped {}: {}: {}", skip.item, skip.reason, skip.detail));
        }
        if found.is_cancelled {
            return Err(anyhow!("stopped before everything was looked through"));
        }
        Ok(found)
    }
}

/// Makes sure that a fingerprint was made with a key of this run: under another one nothing would ever be found.
///
/// # Errors
/// It was not.
pub(super) fn check_key(wanted: &Wanted, fingerprinter: &Fingerprinter) -> anyhow::Result<()> {
    let Wanted::Full(print) = wanted else { return Ok(()) };
    if print.key() == fingerprinter.key() || Some(print.key()) == fingerprinter.previous_key() {
        return Ok(());
    }
    let problem =
        format!("{print}: made with the key {}, and this run has {}", print.key(), fingerprinter.key());
    Err(advise(
        problem,
        "run it in the project whose scan showed the fingerprint, with --repo PATH for another clone",
    ))
}
