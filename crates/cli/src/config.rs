//! `stanch.toml`: settings of a project.

use std::{
    env, fs, mem,
    path::{Component, Path, PathBuf},
};

use anyhow::{Context as _, anyhow};
use clap::Args;
use serde::Deserialize;
use stanch_engine::mistake_in;
use stanch_sources::SourceConfigs;

use crate::{
    advice::advise,
    client::{OriginSettings, ServerSettings},
    exempt::AllowSettings,
    gate::GuardSettings,
    identity::IdentitySettings,
    settings::{ConsoleSettings, RuleSettings, ScanSettings},
};

const NAME: &str = "stanch.toml";

/// Which file to read.
#[derive(Debug, Args)]
#[command(next_help_heading = "Settings")]
pub(crate) struct ConfigArgs {
    /// Read settings from FILE [default: the nearest stanch.toml, from here upward]
    #[arg(long, global = true, env = "STANCH_CONFIG", value_name = "FILE", conflicts_with = "no_config")]
    config: Option<PathBuf>,
    /// Read no stanch.toml: for folders one does not trust
    #[arg(long, global = true)]
    no_config: bool,
}

/// The content of `stanch.toml`, with paths relative to the current directory.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Config {
    pub(crate) console: ConsoleSettings,
    pub(crate) scan: ScanSettings,
    pub(crate) rules: RuleSettings,
    pub(crate) identity: IdentitySettings,
    pub(crate) allow: AllowSettings,
    pub(crate) guard: GuardSettings,
    pub(crate) server: ServerSettings,
    pub(crate) origin: OriginSettings,
    /// One table a source; only the source knows its keys.
    pub(crate) sources: SourceConfigs,
    /// The file all this is from.
    #[serde(skip)]
    pub(crate) file: Option<PathBuf>,
}

impl ConfigArgs {
    /// Reads the file that was named, or the nearest one; without one every setting is silent.
    ///
    /// # Errors
    /// A file that cannot be read or is wrong, by file, line and field.
    pub(crate) fn load(&self) -> anyhow::Result<Config> {
        if let Some(file) = &self.config {
            return Config::read(file);
        }
        let Some(file) = (!self.no_config).then(nearest).flatten() else {
            return Ok(Config::default());
        };
        let mut config = Config::read(&file)?;
        config.writes_inside().with_context(|| file.display().to_string())?;
        config.server = mem::take(&mut config.server).unheeded(&file);
        Ok(config)
    }
}

impl Config {
    fn read(file: &Path) -> anyhow::Result<Self> {
        let shown = file.display();
        let text = fs::read_to_string(file).with_context(|| shown.to_string())?;
        let mut config: Self = toml::from_str(&text).map_err(|error| mistake(&text, file, &error))?;
        config.rebase(file.parent().unwrap_or(Path::new("")));
        config.file = Some(file.to_owned());
        Ok(config)
    }

    /// Paths in the file are relative to its folder.
    fn rebase(&mut self, folder: &Path) {
        let named = self.scan.format.iter_mut().filter_map(|choice| choice.file.as_mut());
        let identity = &mut self.identity;
        let keys =
            identity.fingerprint_key_file.iter_mut().chain(&mut identity.previous_fingerprint_key_file);
        let exceptions = self.allow.allow_file.iter_mut().chain(&mut self.allow.baseline);
        let keys = keys.chain(self.server.paths());
        let others = keys.chain(exceptions).chain(&mut self.scan.output).chain(&mut self.rules.files);
        for path in named.chain(others) {
            if path != Path::new("-") {
                *path = folder.join(&*path);
            }
        }
    }

    /// A file that was found rather than named may come with the project that is scanned: it has no say over files
    /// outside, be it by `..` or by a link of the project.
    fn writes_inside(&self) -> anyhow::Result<()> {
        let folder = self.file.as_deref().and_then(Path::parent).unwrap_or(Path::new(""));
        let named = self.scan.format.iter().filter_map(|choice| choice.file.as_ref());
        for path in named.chain(&self.scan.output).filter(|path| *path != Path::new("-")) {
            if !is_inside(path, folder) {
                let problem = format!("scan: {} is outside the folder of this file", path.display());
                return Err(advise(problem, format!("--config {NAME}, which says that you trust it")));
            }
        }
        Ok(())
    }
}

/// Whether `path` stays within `folder`, as it is written and as links lead it.
fn is_inside(path: &Path, folder: &Path) -> bool {
    let inner = path.strip_prefix(folder).unwrap_or(path);
    let plain = inner.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
    let real = |path: &Path| fs::canonicalize(Path::new(".").join(path)).ok();
    let leads = real(path).or_else(|| real(path.parent()?));
    // Where no link leads anywhere there is nothing to write to, which is another complaint.
    plain && leads.is_none_or(|leads| real(folder).is_some_and(|folder| leads.starts_with(folder)))
}

/// The nearest file from the current directory upward.
fn nearest() -> Option<PathBuf> {
    let here = PathBuf::from(NAME);
    if here.is_file() {
        return Some(here);
    }
    let folder = env::current_dir().ok()?;
    folder.ancestors().skip(1).map(|above| above.join(NAME)).find(|file| file.is_file())
}

/// Names file, line and field, and no value: it may be a secret.
fn mistake(text: &str, file: &Path, error: &toml::de::Error) -> anyhow::Error {
    let (line, told) = mistake_in(text, error);
    anyhow!("{}:{line}: {told}", file.display())
}
