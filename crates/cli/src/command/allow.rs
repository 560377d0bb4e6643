//! `stanch allow`: governed exceptions.

mod add;
mod check;
mod import;
mod list;
mod prune;
mod rekey;
mod renew;
mod search;
mod show;
mod term;

use std::{
    fs::File,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use clap::{
    Subcommand, ValueEnum,
    builder::{PossibleValuesParser, TypedValueParser},
};
use stanch_allow::{AllowFile, Allowance};
use stanch_model::Reason;

use crate::{
    advice::advise,
    config::Config,
    exempt::{self, Absence},
    policy::Status,
    printer::Printer,
    project::Project,
};

/// Let a finding stay: for a reason, until a day, with somebody who answers for it
///
/// Allowances are kept in .stanch/allow.toml, one block each, which belongs into version control. They name a secret by its
/// fingerprint, wherever it is, or a narrow condition; they never hide another secret. docs/exceptions.md has the file.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    deed: Deed,
}

/// What to do.
#[derive(Debug, Subcommand)]
enum Deed {
    Add(add::Args),
    List(list::Args),
    Show(show::Args),
    Renew(renew::Args),
    Prune(prune::Args),
    Rekey(rekey::Args),
    Check(check::Args),
    Import(import::Args),
}

/// How answers are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Shape {
    /// For people
    Text,
    /// For programs
    Json,
}

/// Does what was typed.
///
/// # Errors
/// A file that cannot be read, is wrong or cannot be written; a name that nothing has; a setting that cannot be used.
pub(crate) fn run(args: Args, config: Config, printer: &Printer) -> anyhow::Result<Status> {
    match args.deed {
        Deed::Add(args) => add::run(args, config, printer),
        Deed::List(args) => list::run(args, &config, printer),
        Deed::Show(args) => show::run(args, &config, printer),
        Deed::Renew(args) => renew::run(args, &config, printer),
        Deed::Prune(args) => prune::run(args, config, printer),
        Deed::Rekey(args) => rekey::run(args, config, printer),
        Deed::Check(args) => check::run(args, config, printer),
        Deed::Import(args) => import::run(args, config, printer),
    }
}

/// Reads a reason.
fn reason() -> impl TypedValueParser<Value = Reason> {
    PossibleValuesParser::new(Reason::ALL.map(Reason::as_str)).try_map(|name| name.parse::<Reason>())
}

/// Which file holds the allowances.
#[derive(Debug, clap::Args)]
struct Place {
    /// Keep allowances in FILE [default: .stanch/allow.toml of the project]
    #[arg(long, env = "STANCH_ALLOW_FILE", value_name = "FILE")]
    allow_file: Option<PathBuf>,
}

/// The allow file that is read and changed.
struct Book {
    path: PathBuf,
    file: AllowFile,
    /// Keeps others from changing it meanwhile; none where that cannot be had.
    _lock: Option<File>,
}

impl Book {
    /// Opens the allow file of the settings or of the project; one that is not there yet is empty.
    ///
    /// # Errors
    /// There is no project to have one; it cannot be read or is wrong.
    fn open(place: Place, config: &Config) -> anyhow::Result<Self> {
        let named = place.allow_file.or_else(|| config.allow.allow_file.clone());
        let of_project = || Project::here().map(|project| exempt::allow_file(&project));
        let path = named.or_else(of_project).ok_or_else(no_project)?;
        let lock = lock(&path);
        let text = exempt::read(&path, Absence::Fine)?.unwrap_or_default();
        let file = exempt::parse(&path, &text)?;
        Ok(Self { path, file, _lock: lock })
    }

    /// The allowance of this name.
    ///
    /// # Errors
    /// There is none, or a short form that several have.
    fn find(&self, name: &str) -> anyhow::Result<&Allowance> {
        let missing = || format!("{}: has no allowance of this name, or several", self.path.display());
        self.file.find(name).ok_or_else(|| advise(missing(), "stanch allow list"))
    }

    /// Writes the file.
    ///
    /// # Errors
    /// It cannot be written, by name.
    fn save(&self) -> anyhow::Result<()> {
        exempt::write(&self.path, &self.file.render())
    }

    /// Changes the file; a layout that cannot be changed is told with its name.
    fn edit<E: std::error::Error + Send + Sync + 'static>(
        &mut self,
        change: impl FnOnce(&mut AllowFile) -> Result<(), E>,
    ) -> anyhow::Result<()> {
        change(&mut self.file).with_context(|| self.path.display().to_string())?;
        self.save()
    }
}

/// Waits for the folder above `path` that is there already, until nobody else changes what is in it.
fn lock(path: &Path) -> Option<File> {
    let here = Path::new(".");
    let mut folders =
        path.ancestors().skip(1).map(|folder| if folder.as_os_str().is_empty() { here } else { folder });
    let folder = File::open(folders.find(|folder| folder.is_dir())?).ok()?;
    folder.lock().is_ok().then_some(folder)
}

fn no_project() -> anyhow::Error {
    advise("no Git repository is here to keep .stanch/allow.toml in", "--allow-file FILE")
}
