//! Settings of who may use the server: the sections `[auth]` and `[oidc]` of `server.toml`.

use std::{fmt, path::PathBuf};

use jiff::SignedDuration;
use serde::{Deserialize, de::IgnoredAny};
use stanch_store::Role;
use zeroize::Zeroizing;

use super::{AddressRange, PasswordCost, Rate};

/// How people and programs use the server.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AuthSettings {
    /// Whether people log in with a password that is kept here.
    pub local_accounts: bool,
    /// What hashing a password costs.
    pub password_cost: PasswordCost,
    /// Requests of one address.
    pub address_rate: Rate,
    /// Requests of one person or token.
    pub identity_rate: Rate,
    /// Hours after which a session ends, however much it is used; at most 168.
    pub session_hours: u32,
    /// Minutes without a request after which a session ends.
    pub idle_minutes: u32,
    /// Proxies that are believed when they say whom they speak for. Set from `server.trusted_proxies`.
    #[serde(skip)]
    pub trusted_proxies: Vec<AddressRange>,
}

impl Default for AuthSettings {
    fn default() -> Self {
        Self {
            local_accounts: true,
            password_cost: PasswordCost::default(),
            address_rate: Rate { per_second: 50.0, burst: 300.0 },
            identity_rate: Rate { per_second: 50.0, burst: 300.0 },
            session_hours: 12,
            idle_minutes: 120,
            trusted_proxies: Vec::new(),
        }
    }
}

impl AuthSettings {
    /// The longest session.
    pub(crate) fn session(&self) -> SignedDuration {
        SignedDuration::from_hours(i64::from(self.session_hours.clamp(1, 168)))
    }

    /// The longest time without a request.
    pub(crate) fn idle(&self) -> SignedDuration {
        SignedDuration::from_mins(i64::from(self.idle_minutes.max(1)))
    }
}

/// An identity provider people log in at.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OidcSettings {
    /// What the login page calls it.
    #[serde(default = "label")]
    pub label: String,
    /// Its URL, as it calls itself.
    pub issuer: String,
    /// The name of this server there.
    pub client_id: String,
    /// The variable of the environment with the secret of this server there.
    pub client_secret_env: Option<String>,
    /// The file with it.
    pub client_secret_file: Option<PathBuf>,
    /// Only here to be refused.
    client_secret: Option<IgnoredAny>,
    /// What is asked for beside `openid`.
    #[serde(default = "scopes")]
    pub scopes: Vec<String>,
    /// Who may log in for the first time by the domain of a verified e-mail address. Empty: any domain.
    #[serde(default)]
    pub allowed_domains: Vec<String>,
    /// The claim with the groups of a person.
    #[serde(default = "groups_claim")]
    pub groups_claim: String,
    /// What groups may do and see. If there are any, they rule over role and teams at each login.
    #[serde(default)]
    pub groups: Vec<GroupRule>,
    /// The role of who is in no such group, which needs `allowed_domains`; none: they may not log in.
    pub default_role: Option<Role>,
}

/// What a group of the identity provider may do and see.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GroupRule {
    /// Its name there.
    pub name: String,
    /// The role of its members.
    pub role: Role,
    /// The teams they are in, by name.
    #[serde(default)]
    pub teams: Vec<String>,
    /// Whether they see all origins.
    #[serde(default)]
    pub all_origins: bool,
}

fn label() -> String {
    "single sign-on".to_owned()
}

fn scopes() -> Vec<String> {
    ["email", "profile"].map(str::to_owned).to_vec()
}

fn groups_claim() -> String {
    "groups".to_owned()
}

/// Why settings of the identity provider cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OidcSettingsError {
    /// The secret itself is in the settings.
    #[error(
        "oidc.client_secret: a credential is never written here: name its variable with client_secret_env or its file with client_secret_file"
    )]
    Literal,
    /// Neither or both of the ways to name the secret.
    #[error("oidc: exactly one of client_secret_env and client_secret_file is needed")]
    Secret,
    /// The variable is not set.
    #[error("oidc.client_secret_env: the variable {0} is not set")]
    Variable(String),
    /// The file cannot be read.
    #[error("oidc.client_secret_file: {}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Nobody could log in, or whoever has an account at the provider.
    #[error("oidc: say who may log in: by groups, or by default_role with allowed_domains")]
    NoRule,
    /// The issuer would be asked in the clear.
    #[error("oidc.issuer: expected an https URL")]
    Issuer,
}

/// The secret of this server at the identity provider; wiped when dropped, never shown.
#[derive(Clone)]
pub struct ClientSecret(Zeroizing<String>);

impl ClientSecret {
    /// A secret as it was read, without white space around it.
    pub fn new(text: &str) -> Self {
        Self(Zeroizing::new(text.trim().to_owned()))
    }

    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ClientSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientSecret(…)")
    }
}

impl OidcSettings {
    /// Reads the secret where the settings say it is.
    ///
    /// # Errors
    ///
    /// If it is not there.
    pub fn client_secret(&self) -> Result<ClientSecret, OidcSettingsError> {
        match (&self.client_secret_env, &self.client_secret_file) {
            (Some(name), None) => {
                let text = std::env::var(name).map_err(|_| OidcSettingsError::Variable(name.clone()))?;
                Ok(ClientSecret::new(&text))
            }
            (None, Some(path)) => {
                let text = std::fs::read_to_string(path);
                let text = text.map_err(|source| OidcSettingsError::File { path: path.clone(), source })?;
                Ok(ClientSecret::new(&Zeroizing::new(text)))
            }
            _ => Err(OidcSettingsError::Secret),
        }
    }

    /// Whether somebody who may log in is told from who may not.
    pub(crate) fn check(&self) -> Result<(), OidcSettingsError> {
        if self.client_secret.is_some() {
            return Err(OidcSettingsError::Literal);
        }
        let is_open = self.default_role.is_some() && self.allowed_domains.is_empty();
        if is_open || (self.groups.is_empty() && self.default_role.is_none()) {
            return Err(OidcSettingsError::NoRule);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_in_the_settings_is_refused_without_being_quoted() {
        let word = ["hush", "hush"].concat();
        let text = format!("issuer = 'https://id.example'\nclient_id = 'stanch'\nclient_secret = '{word}'\n");
        let settings = toml::from_str::<OidcSettings>(&text).expect("settings");
        let refused = settings.check().expect_err("refused").to_string();
        assert!(refused.starts_with("oidc.client_secret: a credential is never written here"));
        assert!(!refused.contains(&word) && !format!("{settings:?}").contains(&word));
    }

    #[test]
    fn somebody_must_be_told_from_anybody() {
        let read = |rest: &str| {
            let text = format!("issuer = 'https://id.example'\nclient_id = 'stanch'\n{rest}");
            toml::from_str::<OidcSettings>(&text).expect("settings").check().is_ok()
        };
        assert!(!read(""));
        assert!(!read("default_role = 'viewer'"));
        assert!(!read("allowed_domains = ['acme.example']"));
        assert!(read("default_role = 'viewer'\nallowed_domains = ['acme.example']"));
        assert!(read("[[groups]]\nname = 'sec'\nrole = 'admin'"));
        assert!(!read("default_role = 'viewer'\n[[groups]]\nname = 'sec'\nrole = 'admin'"));
    }

    #[test]
    fn sessions_have_limits_whatever_is_set() {
        let settings: AuthSettings =
            toml::from_str("session_hours = 100000\nidle_minutes = 0").expect("read");
        assert_eq!((settings.session().as_hours(), settings.idle().as_mins()), (168, 1));
    }
}
