//! What was scanned, as a server knows it: the same whoever scans it, from wherever.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// A thing that secrets leak into.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Origin {
    /// What kind of thing it is.
    pub kind: OriginKind,
    /// Its name, unique in its kind: `github.com/acme/shop`, `registry.acme.net/shop:1.4`, `ci/shop/build`.
    pub name: String,
    /// Whether everybody can read it; none where that is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub public: Option<bool>,
    /// What it serves, as the team calls it: `prod`, `staging`, `test`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
    /// Where a person can look at it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// A kind of thing that secrets leak into.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OriginKind {
    /// A repository: its files, its history, what is pushed to it.
    Repository,
    /// A container image.
    Image,
    /// A package of a registry.
    Package,
    /// The log of a CI job.
    CiLog,
    /// What a CI job leaves behind.
    Artifact,
    /// Logs and traces of running services.
    Telemetry,
    /// A cluster.
    Cluster,
    /// A bucket, a backup, a share.
    Storage,
    /// Anything else: a folder, standard input.
    Other,
}

impl OriginKind {
    /// Every kind.
    pub const ALL: [Self; 9] = [
        Self::Repository,
        Self::Image,
        Self::Package,
        Self::CiLog,
        Self::Artifact,
        Self::Telemetry,
        Self::Cluster,
        Self::Storage,
        Self::Other,
    ];

    /// The name used in reports and the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Repository => "repository",
            Self::Image => "image",
            Self::Package => "package",
            Self::CiLog => "ci-log",
            Self::Artifact => "artifact",
            Self::Telemetry => "telemetry",
            Self::Cluster => "cluster",
            Self::Storage => "storage",
            Self::Other => "other",
        }
    }
}

impl fmt::Display for OriginKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A text that names no kind of origin.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("unknown kind of origin: expected one of {}", OriginKind::ALL.map(OriginKind::as_str).join(", "))]
pub struct OriginKindError;

impl FromStr for OriginKind {
    type Err = OriginKindError;

    fn from_str(text: &str) -> Result<Self, OriginKindError> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text).ok_or(OriginKindError)
    }
}
