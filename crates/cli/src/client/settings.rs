//! `[server]` and `[origin]`: which server is told, and what it calls what is scanned.

use std::path::{Path, PathBuf};

use clap::{Args, builder::BoolishValueParser};
use serde::Deserialize;
use stanch_model::OriginKind;

use super::{
    address::{Address, PlainHttp},
    api::Api,
    spool::Spool,
    token::Token,
};
use crate::advice::advise;

/// `[server]`: which server is told.
#[derive(Clone, Debug, Default, Args, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[command(next_help_heading = "Server")]
pub(crate) struct ServerSettings {
    /// Send what is found to the Stanch server at URL: fingerprints, previews and places, never a secret
    ///
    /// `STANCH_TOKEN` or --token-file tells its token. While the server is away, what is found waits in the spool; the exit
    /// code does not change.
    #[arg(id = "server", long, env = "STANCH_SERVER", value_name = "URL")]
    pub(crate) url: Option<String>,
    /// Read the token for the server from FILE
    #[arg(long, env = "STANCH_TOKEN_FILE", value_name = "FILE")]
    pub(crate) token_file: Option<PathBuf>,
    /// Trust only the authorities in FILE (PEM) to vouch for the server
    #[arg(long, env = "STANCH_CA_FILE", value_name = "FILE")]
    pub(crate) ca_file: Option<PathBuf>,
    /// Keep in DIR what the server cannot take now [default: ~/.local/state/stanch/spool]
    #[arg(long, env = "STANCH_SPOOL", value_name = "DIR")]
    pub(crate) spool: Option<PathBuf>,
    /// Send to a server on another machine without TLS, where others may read the token
    #[arg(long, env = "STANCH_ALLOW_PLAIN_HTTP", value_parser = BoolishValueParser::new())]
    pub(crate) allow_plain_http: bool,
    /// The file that names a server and has no say over it.
    #[arg(skip)]
    #[serde(skip)]
    unheeded: Option<PathBuf>,
}

impl ServerSettings {
    /// These settings, and those of `file` where these are silent.
    pub(crate) fn over(self, file: Self) -> Self {
        Self {
            url: self.url.filter(|url| !url.is_empty()).or(file.url),
            token_file: self.token_file.or(file.token_file),
            ca_file: self.ca_file.or(file.ca_file),
            spool: self.spool.or(file.spool),
            allow_plain_http: self.allow_plain_http || file.allow_plain_http,
            unheeded: self.unheeded.or(file.unheeded),
        }
    }

    /// The same of a `file` that was found rather than named: it may come with the project that is scanned, and has no say
    /// over who gets what is found and the token.
    pub(crate) fn unheeded(self, file: &Path) -> Self {
        Self { unheeded: self.url.map(|_| file.to_owned()), ..Self::default() }
    }

    /// Paths of these settings, to be seen from the folder of their file.
    pub(crate) fn paths(&mut self) -> impl Iterator<Item = &mut PathBuf> {
        self.token_file.iter_mut().chain(&mut self.ca_file).chain(&mut self.spool)
    }

    /// The file that names a server which is not told, where none is named otherwise.
    pub(crate) fn ignored(&self) -> Option<&Path> {
        self.unheeded.as_deref().filter(|_| self.url.is_none())
    }

    /// The server; none where none is named.
    ///
    /// # Errors
    /// Its address, its token or its authorities cannot be used.
    pub(crate) fn api(&self) -> anyhow::Result<Option<Api>> {
        let Some(url) = &self.url else { return Ok(None) };
        let plain = if self.allow_plain_http { PlainHttp::Anywhere } else { PlainHttp::Loopback };
        let address = Address::parse(url, plain).map_err(|error| {
            let remedy = match error {
                super::address::AddressError::Plain => {
                    "https://, or --allow-plain-http if nobody listens there"
                }
                _ => "--server https://stanch.example.org",
            };
            advise(error.to_string(), remedy)
        })?;
        let token = Token::read(self.token_file.as_deref())?;
        Api::new(address, token, self.ca_file.as_deref()).map(Some)
    }

    /// The server, for what makes no sense without one.
    ///
    /// # Errors
    /// None is named, or its address, its token or its authorities cannot be used.
    pub(crate) fn required(&self) -> anyhow::Result<Api> {
        self.api()?.ok_or_else(|| {
            advise("no server is named", "--server https://stanch.example.org, or STANCH_SERVER")
        })
    }

    /// Where batches wait; none where there is no such place.
    pub(crate) fn spool(&self) -> Option<Spool> {
        Spool::at(self.spool.as_deref())
    }
}

/// `[origin]`: what a server calls what is scanned.
#[derive(Clone, Debug, Default, Args, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[command(next_help_heading = "Origin")]
pub(crate) struct OriginSettings {
    /// Call what is scanned NAME [default: host/owner/repository of the remote origin, or as the forge that runs this job says]
    #[arg(id = "origin", long, env = "STANCH_ORIGIN", value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// What kind of thing it is [default: repository, or other for standard input]
    ///
    /// repository, image, package, ci-log, artifact, telemetry, cluster, storage or other.
    #[arg(id = "origin-kind", long, env = "STANCH_ORIGIN_KIND", value_name = "KIND")]
    pub(crate) kind: Option<OriginKind>,
    /// What it serves, as the team calls it: prod, staging, test
    #[arg(long, env = "STANCH_ENVIRONMENT", value_name = "NAME")]
    pub(crate) environment: Option<String>,
    /// Everybody can read it
    #[arg(long, env = "STANCH_PUBLIC", value_parser = BoolishValueParser::new(), conflicts_with = "internal")]
    pub(crate) public: bool,
    /// Not everybody can read it
    #[arg(long, env = "STANCH_INTERNAL", value_parser = BoolishValueParser::new())]
    pub(crate) internal: bool,
}

impl OriginSettings {
    /// These settings, and those of `file` where these are silent.
    pub(crate) fn over(self, file: Self) -> Self {
        let is_said = self.public || self.internal;
        Self {
            name: self.name.filter(|name| !name.is_empty()).or(file.name),
            kind: self.kind.or(file.kind),
            environment: self.environment.filter(|name| !name.is_empty()).or(file.environment),
            public: self.public || (!is_said && file.public),
            internal: self.internal || (!is_said && file.internal),
        }
    }

    /// Whether everybody can read it, where that is said.
    pub(super) fn is_public(&self) -> Option<bool> {
        (self.public || self.internal).then_some(self.public)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_goes_before_the_file() {
        let typed = OriginSettings { internal: true, ..OriginSettings::default() };
        let file = OriginSettings { public: true, name: Some("a".to_owned()), ..OriginSettings::default() };
        let both = typed.over(file);
        assert_eq!((both.is_public(), both.name.as_deref()), (Some(false), Some("a")));
        assert_eq!(OriginSettings::default().is_public(), None);
    }

    #[test]
    fn a_file_that_was_found_names_no_server() {
        let file = ServerSettings { url: Some("https://h".to_owned()), ..ServerSettings::default() };
        let found = file.unheeded(Path::new("stanch.toml"));
        assert!(found.url.is_none() && found.ignored().is_some());
        let typed = ServerSettings { url: Some("https://own".to_owned()), ..ServerSettings::default() };
        let both = typed.over(found);
        assert!(both.ignored().is_none() && both.url.as_deref() == Some("https://own"));
    }
}
