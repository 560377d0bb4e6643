//! What `server.toml` says. Credentials are never written in it: each is named by the variable or the file it is in.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
};

use serde::Deserialize;
use stanch_connectors::{Channel, Context, OpenError, open_channel};

use crate::{
    auth::{AddressRange, AuthSettings, OidcSettings},
    hooks::HooksSettings,
    metrics::{Front, MetricsSettings},
    operations::Operations,
    retention::Retention,
    telemetry::TelemetrySettings,
    trail::TrailSettings,
};

/// Most channels.
const CHANNELS_MAX: usize = 100;

/// What `server.toml` says.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerSettings {
    /// `[server]`
    #[serde(default)]
    pub server: Listening,
    /// `[auth]`
    #[serde(default)]
    pub auth: AuthSettings,
    /// `[oidc]`
    pub oidc: Option<OidcSettings>,
    /// `[policy]`
    #[serde(default)]
    pub policy: Files,
    /// `[hooks.…]`
    #[serde(default)]
    pub hooks: HooksSettings,
    /// `[metrics]`
    #[serde(default)]
    pub metrics: MetricsSettings,
    /// `[trail]`
    #[serde(default)]
    pub trail: TrailSettings,
    /// `[retention]`
    #[serde(default)]
    pub retention: Retention,
    /// `[telemetry]`
    #[serde(default)]
    pub telemetry: TelemetrySettings,
    /// `[[channel]]`: `name`, `kind`, and what that kind asks for.
    #[serde(default, rename = "channel")]
    pub channels: Vec<toml::Table>,
}

/// Where the server is found.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Listening {
    /// Where people find it: `https://stanch.example`.
    pub url: Option<String>,
    /// The address it listens at.
    pub listen: Option<SocketAddr>,
    /// Proxies that are believed when they say whom they speak for: addresses or ranges.
    #[serde(default)]
    pub trusted_proxies: Vec<AddressRange>,
    /// The certificate chain, PEM.
    pub tls_cert: Option<PathBuf>,
    /// Its key, PEM.
    pub tls_key: Option<PathBuf>,
    /// The database, if it is not the file in the data folder: `postgres://…` without a password in it, or the path of a file.
    pub database: Option<String>,
}

/// Version-controlled files, relative to the folder of `server.toml`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Files {
    /// Severity and routing.
    pub file: Option<PathBuf>,
    /// Checklists.
    pub playbook: Option<PathBuf>,
    /// Who answers for what.
    pub catalogue: Option<PathBuf>,
}

/// Why the settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The file is not of its form.
    #[error("{path}: {message}")]
    Form {
        /// The file.
        path: String,
        /// Where and what, without values.
        message: String,
    },
    /// A channel is not.
    #[error("channel {name}: {error}")]
    Channel {
        /// Its name, or its place.
        name: String,
        /// What is wrong.
        error: OpenError,
    },
    /// A channel has no name, one of another, or there are too many.
    #[error("channel {0}")]
    Channels(String),
}

impl ServerSettings {
    /// How people and programs use the server.
    pub fn auth(&self) -> AuthSettings {
        AuthSettings { trusted_proxies: self.server.trusted_proxies.clone(), ..self.auth.clone() }
    }

    /// How the server is watched and kept; files are found from the folder of the settings.
    pub fn operations(&self, folder: &Path) -> Operations {
        let has_https = self.server.url.as_ref().is_some_and(|url| url.starts_with("https://"));
        let front = if has_https && self.server.tls_cert.is_none() { Front::Proxy } else { Front::Direct };
        Operations {
            metrics: self.metrics.clone().or_local(front),
            trail: self.trail.clone().beside(folder),
            retention: self.retention,
            spans_dropped: Arc::default(),
        }
    }

    /// Reads settings; `path` is for errors only.
    ///
    /// # Errors
    ///
    /// If a field is unknown or not of its form.
    pub fn parse(text: &str, path: &str) -> Result<Self, SettingsError> {
        toml::from_str(text).map_err(|error| {
            let line = error.span().map_or(1, |span| 1 + text[..span.start].matches('\n').count());
            // What toml says of a mistake begins with what is wrong; values are quoted only after it.
            let message = error.message().split(", expected").next().unwrap_or_default();
            let message = message.split('"').next().unwrap_or_default().trim_end();
            SettingsError::Form { path: path.to_owned(), message: format!("{line}: {message}") }
        })
    }

    /// The kinds of the channels, by name; those that say neither are left to [`open_channels`](Self::open_channels) to refuse.
    pub fn channel_kinds(&self) -> BTreeMap<String, String> {
        let text = |table: &toml::Table, field: &str| Some(table.get(field)?.as_str()?.to_owned());
        self.channels.iter().filter_map(|table| Some((text(table, "name")?, text(table, "kind")?))).collect()
    }

    /// Opens the channels, by name.
    ///
    /// # Errors
    ///
    /// If one is not as its kind asks for, or a name is missing or there twice.
    pub fn open_channels(
        &self,
        context: &Context,
    ) -> Result<BTreeMap<String, Box<dyn Channel>>, SettingsError> {
        if self.channels.len() > CHANNELS_MAX {
            return Err(SettingsError::Channels(format!("{}: more than {CHANNELS_MAX}", CHANNELS_MAX + 1)));
        }
        let mut open = BTreeMap::new();
        for (table, number) in self.channels.iter().zip(1..) {
            let mut table = table.clone();
            let mut field = |name: &str| match table.remove(name) {
                Some(toml::Value::String(text)) if !text.is_empty() => Ok(text),
                _ => Err(SettingsError::Channels(format!("{number}: {name}: is missing"))),
            };
            let (name, kind) = (field("name")?, field("kind")?);
            let channel = open_channel(&kind, table, context)
                .map_err(|error| SettingsError::Channel { name: name.clone(), error })?;
            if open.insert(name.clone(), channel).is_some() {
                return Err(SettingsError::Channels(format!("{name}: another one has this name")));
            }
        }
        Ok(open)
    }
}
