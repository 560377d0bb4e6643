//! The contract between a kind of channel and whoever has alerts to deliver.

use serde::de::DeserializeOwned;

use crate::{
    AddressError, Alert, Context, CredentialError, DeliveryError, Receipt,
    mistake::{is_name, mistake},
};

/// An opened channel.
pub trait Channel: Send + Sync {
    /// Delivers `alert`. Delivering one twice does no harm: both have the same keys, and channels that make something look
    /// for it first.
    ///
    /// # Errors
    /// Whether trying again may help, and why.
    fn deliver(&self, alert: &Alert) -> Result<Receipt, DeliveryError>;
}

/// A kind of channel, as its author writes it; [`ChannelFactory`] is the same with its types erased.
pub trait ChannelKind: Sync {
    /// Its settings, those of `[[channel]]` in `server.toml` without `name` and `kind`. A field that is a credential is a
    /// [`CredentialSource`](crate::CredentialSource).
    type Config: DeserializeOwned;
    /// What `kind` is in the settings.
    const NAME: &'static str;
    /// What it delivers to, in a sentence.
    const DOC: &'static str;
    /// Its settings as somebody would write them, as TOML.
    const EXAMPLE: &'static str;
    /// Which fields are credentials: each is written as `…_env` or `…_file`.
    const CREDENTIALS: &'static [&'static str];

    /// Opens a channel. Nothing is sent yet.
    ///
    /// # Errors
    /// A setting that is wrong, a credential that is not there.
    fn open(&self, config: Self::Config, context: &Context) -> Result<Box<dyn Channel>, OpenError>;
}

/// A kind of channel in the registry.
pub trait ChannelFactory: Sync {
    /// What `kind` is in the settings.
    fn name(&self) -> &'static str;
    /// What it delivers to, in a sentence.
    fn doc(&self) -> &'static str;
    /// Its settings as somebody would write them, as TOML.
    fn example(&self) -> &'static str;
    /// Which fields are credentials: each is written as `…_env` or `…_file`.
    fn credentials(&self) -> &'static [&'static str];
    /// Opens a channel with the settings in `config`, without `name` and `kind`. Nothing is sent yet.
    ///
    /// # Errors
    /// A setting that is unknown or wrong, a credential that is written out or is not there.
    fn open(&self, config: toml::Table, context: &Context) -> Result<Box<dyn Channel>, OpenError>;
}

impl<K: ChannelKind> ChannelFactory for K {
    fn name(&self) -> &'static str {
        K::NAME
    }

    fn doc(&self) -> &'static str {
        K::DOC
    }

    fn example(&self) -> &'static str {
        K::EXAMPLE
    }

    fn credentials(&self) -> &'static [&'static str] {
        K::CREDENTIALS
    }

    fn open(&self, mut config: toml::Table, context: &Context) -> Result<Box<dyn Channel>, OpenError> {
        for field in K::CREDENTIALS {
            name_source(&mut config, field)?;
        }
        let config = config.try_into().map_err(|error| OpenError::Config(told::<K>(&error)))?;
        ChannelKind::open(self, config, context)
    }
}

/// Makes `field = { env = … }` of `field_env = …`, and the same of `field_file`.
fn name_source(config: &mut toml::Table, field: &'static str) -> Result<(), OpenError> {
    if config.contains_key(field) {
        return Err(OpenError::Literal { field });
    }
    let sources = ["env", "file"];
    let mut named: Vec<_> = sources
        .iter()
        .filter_map(|kind| config.remove(&format!("{field}_{kind}")).map(|value| (*kind, value)))
        .collect();
    if named.len() > 1 {
        return Err(OpenError::Config(format!("{field}_env and {field}_file: only one of them counts")));
    }
    if let Some((kind, value)) = named.pop() {
        if !value.is_str() {
            return Err(OpenError::Config(format!("{field}_{kind}: invalid type, expected a string")));
        }
        config.insert(field.to_owned(), toml::Table::from_iter([(kind.to_owned(), value)]).into());
    }
    Ok(())
}

/// What is wrong with settings, in the words of who writes them.
fn told<K: ChannelKind>(error: &toml::de::Error) -> String {
    let missing = error.message().strip_prefix("missing field `").and_then(|rest| rest.strip_suffix('`'));
    match missing {
        Some(field) if K::CREDENTIALS.contains(&field) => format!("{field}_env or {field}_file is missing"),
        // What `serde` expects is the field that both are folded into.
        _ => K::CREDENTIALS.iter().fold(mistake(error), |told, field| {
            told.replace(&format!("`{field}`"), &format!("`{field}_env`"))
        }),
    }
}

/// Why a channel cannot be opened. What it says names fields and quotes no value.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// A kind that there is not.
    #[error("kind: unknown kind of channel{}: expected one of {}", quoted(kind), known.join(", "))]
    UnknownKind {
        /// The kind as written.
        kind: String,
        /// The kinds there are.
        known: Vec<&'static str>,
    },
    /// A setting is unknown or wrong.
    #[error("{0}")]
    Config(String),
    /// A credential stands in the settings.
    #[error(
        "{field}: a credential is never written here: name its variable with {field}_env or its file with {field}_file"
    )]
    Literal {
        /// The field.
        field: &'static str,
    },
    /// A credential is not there, or is none.
    #[error("{field}: {error}")]
    Credential {
        /// The field.
        field: &'static str,
        /// What is wrong with it.
        #[source]
        error: CredentialError,
    },
    /// An address is none, or none to send credentials to.
    #[error("{field}: {error}")]
    Address {
        /// The field.
        field: &'static str,
        /// What is wrong with it.
        #[source]
        error: AddressError,
    },
}

impl From<AddressError> for OpenError {
    /// Most addresses are in the field `url`.
    fn from(error: AddressError) -> Self {
        Self::Address { field: "url", error }
    }
}

impl OpenError {
    /// The same of an address whose field is `webhook_url`, a credential.
    pub(crate) fn of_webhook(error: AddressError) -> Self {
        Self::Address { field: "webhook_url", error }
    }
}

fn quoted(kind: &str) -> String {
    if is_name(kind) { format!(" {kind:?}") } else { String::new() }
}
