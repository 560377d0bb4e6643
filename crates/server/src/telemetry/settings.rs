//! `[telemetry]`: where spans go.

use serde::Deserialize;

/// Where spans go.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TelemetrySettings {
    /// A collector that takes OTLP over HTTP: `http://127.0.0.1:4318`.
    pub otlp: Option<TelemetryUrl>,
}

/// The address of a collector; `/v1/traces` is added to it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct TelemetryUrl(String);

/// A text that is no such address.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
#[error("expected http://HOST:PORT or https://HOST without a login, a query or a fragment")]
pub struct TelemetryUrlError;

impl TryFrom<String> for TelemetryUrl {
    type Error = TelemetryUrlError;

    fn try_from(text: String) -> Result<Self, TelemetryUrlError> {
        let url: url::Url = text.parse().map_err(|_| TelemetryUrlError)?;
        let has_login = !url.username().is_empty() || url.password().is_some();
        let is_right = matches!(url.scheme(), "http" | "https") && url.has_host();
        let is_plain = !has_login && url.query().is_none() && url.fragment().is_none();
        if is_right && is_plain { Ok(Self(text)) } else { Err(TelemetryUrlError) }
    }
}

impl TelemetryUrl {
    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
