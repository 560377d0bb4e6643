//! The contract between a kind of target and the pipeline.

use std::{collections::BTreeMap, io, path::PathBuf};

use serde::de::DeserializeOwned;
use stanch_engine::mistake;

use crate::Crew;

/// Settings of each source by its name, as in `[sources.<name>]` of `stanch.toml`.
pub type SourceConfigs = BTreeMap<String, toml::Table>;

/// An opened target.
pub trait Source: Send + Sync {
    /// Hands every blob of the target to the workers of `crew`. A blob that cannot be read is a skip, not an error.
    ///
    /// # Errors
    /// What makes the rest of the target unreachable.
    fn scan(&self, crew: &Crew<'_>) -> Result<(), SourceError>;
}

/// A kind of source, as its author writes it; [`AnySource`] is the same with its types erased.
pub trait SourceFactory: Sync {
    /// Its settings, which flags and `stanch.toml` fill.
    type Config: DeserializeOwned;
    /// The scheme of its targets.
    const NAME: &'static str;
    /// What it scans, in a sentence.
    const DOC: &'static str;
    /// A target as a user would type it.
    const EXAMPLE: &'static str;

    /// Opens the target `rest`, which is what followed the scheme.
    ///
    /// # Errors
    /// Nothing there, or nothing of this kind.
    fn open(&self, rest: &str, config: Self::Config) -> Result<Box<dyn Source>, OpenError>;
}

/// A kind of source in the registry.
pub trait AnySource: Sync {
    /// The scheme of its targets.
    fn name(&self) -> &'static str;
    /// What it scans, in a sentence.
    fn doc(&self) -> &'static str;
    /// A target as a user would type it.
    fn example(&self) -> &'static str;
    /// Opens the target `rest` with the settings in `config`.
    ///
    /// # Errors
    /// A setting that is unknown or wrong; nothing there, or nothing of this kind.
    fn open(&self, rest: &str, config: toml::Table) -> Result<Box<dyn Source>, OpenError>;
}

impl<F: SourceFactory> AnySource for F {
    fn name(&self) -> &'static str {
        F::NAME
    }

    fn doc(&self) -> &'static str {
        F::DOC
    }

    fn example(&self) -> &'static str {
        F::EXAMPLE
    }

    fn open(&self, rest: &str, config: toml::Table) -> Result<Box<dyn Source>, OpenError> {
        let config = config.try_into().map_err(|error: toml::de::Error| OpenError::Config {
            source_name: F::NAME,
            message: mistake(&error),
        })?;
        SourceFactory::open(self, rest, config)
    }
}

/// Why a target cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// A scheme that no source has.
    #[error("unknown scheme {scheme:?}: expected one of {}, a path, or - for standard input", known.join(", "))]
    UnknownScheme {
        /// The scheme as typed.
        scheme: String,
        /// The schemes there are.
        known: Vec<&'static str>,
    },
    /// Settings for a source that there is not.
    #[error("[sources.{source_name}]: unknown source: expected one of {}", known.join(", "))]
    UnknownSource {
        /// The name as written, where it reads like one.
        source_name: String,
        /// The sources there are.
        known: Vec<&'static str>,
    },
    /// A setting of the source is unknown or wrong.
    #[error("[sources.{source_name}]: {message}")]
    Config {
        /// The source.
        source_name: &'static str,
        /// What is wrong, naming the field.
        message: String,
    },
    /// The path cannot be reached.
    #[error("{}: {error}", path.display())]
    Path {
        /// The path as typed.
        path: PathBuf,
        /// The operating system's reason.
        #[source]
        error: io::Error,
    },
    /// Something is there, but not what the scheme says.
    #[error("{target}: {reason}")]
    NotThis {
        /// The target as typed, without its scheme.
        target: String,
        /// What was expected, and what is there.
        reason: String,
    },
}

/// Why a target could not be scanned to its end.
#[derive(Debug, thiserror::Error)]
#[error("{item}: {reason}")]
pub struct SourceError {
    /// What failed: a path, an object id.
    pub item: String,
    /// Why.
    pub reason: String,
}
