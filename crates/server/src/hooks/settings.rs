//! `[hooks.…]` of `server.toml`: which services may send webhooks, and what proves that they do.

use std::{
    collections::BTreeMap,
    fmt,
    path::{Path, PathBuf},
    sync::Arc,
};

use serde::{Deserialize, de::IgnoredAny};
use stanch_connectors::{CredentialError, CredentialReader, CredentialSource};
use stanch_model::Fingerprinter;

use super::{Hook, Hooks};

/// A service that sends webhooks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Service {
    /// GitHub, also one of one's own.
    GitHub,
    /// GitLab, also one of one's own.
    GitLab,
    /// PagerDuty.
    PagerDuty,
    /// Opsgenie.
    Opsgenie,
    /// Slack.
    Slack,
}

impl Service {
    /// The name in paths, settings and events; that of the kind of its channels.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::GitHub => "github",
            Self::GitLab => "gitlab",
            Self::PagerDuty => "pagerduty",
            Self::Opsgenie => "opsgenie",
            Self::Slack => "slack",
        }
    }
}

impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// `[hooks]`: a section for each service.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HooksSettings {
    /// `[hooks.github]`
    pub github: Option<HookSettings>,
    /// `[hooks.gitlab]`
    pub gitlab: Option<HookSettings>,
    /// `[hooks.pagerduty]`
    pub pagerduty: Option<HookSettings>,
    /// `[hooks.opsgenie]`
    pub opsgenie: Option<HookSettings>,
    /// `[hooks.slack]`
    pub slack: Option<HookSettings>,
}

/// What proves that a service sends a webhook.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HookSettings {
    /// The variable of the environment with the secret that the service knows.
    pub secret_env: Option<String>,
    /// The file with it.
    pub secret_file: Option<PathBuf>,
    /// The variable with the one before, while it is changed.
    pub previous_secret_env: Option<String>,
    /// The file with that.
    pub previous_secret_file: Option<PathBuf>,
    /// The channel whose alerts are acknowledged by it, where several are of this kind.
    pub channel: Option<String>,
    /// Only here to be refused.
    secret: Option<IgnoredAny>,
    /// Only here to be refused.
    previous_secret: Option<IgnoredAny>,
}

/// Why webhooks cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum HookError {
    /// The secret itself is in the settings.
    #[error(
        "hooks.{service}: a credential is never written here: name its variable with secret_env or its file with secret_file"
    )]
    Literal {
        /// Whose.
        service: Service,
    },
    /// Neither or both of the ways to name a secret.
    #[error("hooks.{service}: exactly one of {field}_env and {field}_file is needed")]
    Source {
        /// Whose.
        service: Service,
        /// Which secret.
        field: &'static str,
    },
    /// The secret cannot be read.
    #[error("hooks.{service}: {field}: {error}")]
    Credential {
        /// Whose.
        service: Service,
        /// Which secret.
        field: &'static str,
        /// Why.
        error: CredentialError,
    },
    /// There is no such channel.
    #[error("hooks.{service}: channel: no channel of the kind {service} has this name")]
    Channel {
        /// Whose.
        service: Service,
    },
}

impl HooksSettings {
    /// Sets the webhooks up. `channels` are names and kinds; `fingerprinter` gives secrets that services tell of their identity.
    ///
    /// # Errors
    ///
    /// If a secret is written out, not named or cannot be read, or a channel is not there.
    pub fn open(
        &self,
        channels: &BTreeMap<String, String>,
        credentials: &dyn CredentialReader,
        fingerprinter: Fingerprinter,
    ) -> Result<Hooks, HookError> {
        let sections = [
            (Service::GitHub, &self.github),
            (Service::GitLab, &self.gitlab),
            (Service::PagerDuty, &self.pagerduty),
            (Service::Opsgenie, &self.opsgenie),
            (Service::Slack, &self.slack),
        ];
        let mut hooks = Vec::new();
        for (service, settings) in sections {
            if let Some(settings) = settings {
                hooks.push(settings.open(service, channels, credentials)?);
            }
        }
        Ok(Hooks { hooks, fingerprinter: Some(Arc::new(fingerprinter)) })
    }
}

impl HookSettings {
    fn open(
        &self,
        service: Service,
        channels: &BTreeMap<String, String>,
        credentials: &dyn CredentialReader,
    ) -> Result<Hook, HookError> {
        if self.secret.is_some() || self.previous_secret.is_some() {
            return Err(HookError::Literal { service });
        }
        let read = |field, source: &CredentialSource| {
            credentials.read(source).map_err(|error| HookError::Credential { service, field, error })
        };
        let field = "secret";
        let secret = source(service, field, self.secret_env.as_deref(), self.secret_file.as_deref())?;
        let mut secrets = vec![read(field, &secret.ok_or(HookError::Source { service, field })?)?];
        let field = "previous_secret";
        let (env, file) = (self.previous_secret_env.as_deref(), self.previous_secret_file.as_deref());
        if let Some(previous) = source(service, field, env, file)? {
            secrets.push(read(field, &previous)?);
        }
        let of_kind =
            channels.iter().filter(|(_, kind)| *kind == service.as_str()).map(|(name, _)| name.clone());
        let is_meant = |name: &String| self.channel.as_ref().is_none_or(|channel| channel == name);
        let channels: Vec<String> = of_kind.filter(is_meant).collect();
        if self.channel.is_some() && channels.is_empty() {
            return Err(HookError::Channel { service });
        }
        Ok(Hook { service, secrets, channels })
    }
}

/// Where a credential is read; none where it is not named.
fn source(
    service: Service,
    field: &'static str,
    env: Option<&str>,
    file: Option<&Path>,
) -> Result<Option<CredentialSource>, HookError> {
    match (env, file) {
        (Some(_), Some(_)) => Err(HookError::Source { service, field }),
        (Some(env), None) => Ok(Some(CredentialSource::Env(env.to_owned()))),
        (None, Some(file)) => Ok(Some(CredentialSource::File(file.to_owned()))),
        (None, None) => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use stanch_connectors::{Credential, ProcessCredentials};

    use super::*;

    /// Knows every variable but one.
    struct Variables;

    impl CredentialReader for Variables {
        fn read(&self, source: &CredentialSource) -> Result<Credential, CredentialError> {
            match source {
                CredentialSource::Env(name) if name != "GONE" => Credential::new(name),
                other => ProcessCredentials.read(other),
            }
        }
    }

    fn open(text: &str) -> Result<Hooks, String> {
        let settings = toml::from_str::<HooksSettings>(text).map_err(|error| error.message().to_owned())?;
        let channels = [("on-call", "pagerduty"), ("second", "pagerduty"), ("chat", "slack")];
        let channels = channels.map(|(name, kind)| (name.to_owned(), kind.to_owned())).into();
        let printer = Fingerprinter::new(stanch_model::KeyKind::Once, &[0; 32]);
        settings.open(&channels, &Variables, printer).map_err(|error| error.to_string())
    }

    #[test]
    fn webhooks_are_set_up_by_named_secrets() {
        let text = "[github]\nsecret_env = \"A\"\nprevious_secret_env = \"B\"\n\
                    [pagerduty]\nsecret_env = \"C\"\nchannel = \"second\"";
        let hooks = open(text).expect("set up");
        let told: Vec<_> = hooks
            .hooks
            .iter()
            .map(|hook| (hook.service, hook.secrets.len(), hook.channels.join(" ")))
            .collect();
        let expected = [(Service::GitHub, 2, String::new()), (Service::PagerDuty, 1, "second".to_owned())];
        assert_eq!(told, expected);
        let all = open("[pagerduty]\nsecret_env = \"C\"").expect("set up");
        assert_eq!(all.hooks[0].channels, ["on-call", "second"], "which of them is not said");
    }

    #[test]
    fn mistakes_are_told_and_no_secret_is() {
        let told = [
            "[github]\nsecret = \"x\"",
            "[github]",
            "[github]\nsecret_env = \"A\"\nsecret_file = \"B\"",
            "[github]\nsecret_env = \"GONE\"",
            "[slack]\nsecret_env = \"A\"\nchannel = \"on-call\"",
            "[jira]\nsecret_env = \"A\"",
        ];
        let told: Vec<_> = told.iter().map(|text| open(text).expect_err("a mistake")).collect();
        insta::assert_snapshot!(told.join("\n"));
    }
}
