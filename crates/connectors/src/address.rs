//! Where to send to.

use std::{
    fmt::{self, Write as _},
    net::IpAddr,
};

use serde::{Deserialize, Deserializer, de};
use ureq::http::Uri;
use zeroize::Zeroizing;

use crate::Credential;

/// The address of a server or of something on it. Its path may be a credential, as that of a webhook of Slack is: only
/// scheme, host and port are ever shown.
#[derive(Clone)]
pub struct Address {
    whole: Zeroizing<String>,
    origin: String,
    /// Whether nobody between here and there can read what is sent.
    private: bool,
    /// Whether its path is a credential.
    secret: bool,
}

/// Why a text is no address to send to; it does not quote the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// It cannot be read as one.
    #[error("not an address such as https://host/path")]
    NotAnAddress,
    /// It is not HTTP.
    #[error("an address begins with https:// or http://")]
    Scheme,
    /// It holds a user or a password.
    #[error("an address holds no user and no password: they are fields of their own")]
    Credentials,
    /// What is sent there is to stay between two.
    #[error("a credential is sent with https:// only, or to this machine")]
    Readable,
}

impl Address {
    /// Reads an address.
    ///
    /// # Errors
    /// See [`AddressError`].
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        let text = text.trim();
        let uri: Uri = text.parse().map_err(|_| AddressError::NotAnAddress)?;
        let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
            return Err(AddressError::NotAnAddress);
        };
        if scheme != "https" && scheme != "http" {
            return Err(AddressError::Scheme);
        }
        if authority.as_str().contains('@') {
            return Err(AddressError::Credentials);
        }
        if authority.host().is_empty() || text.contains('#') {
            return Err(AddressError::NotAnAddress);
        }
        Ok(Self {
            whole: Zeroizing::new(text.trim_end_matches('/').to_owned()),
            origin: format!("{scheme}://{authority}"),
            private: scheme == "https" || is_this_machine(authority.host()),
            secret: false,
        })
    }

    /// Reads an address whose path is a credential.
    ///
    /// # Errors
    /// See [`AddressError`].
    pub(crate) fn parse_secret(credential: &Credential) -> Result<Self, AddressError> {
        let address = Self { secret: true, ..Self::parse(credential.expose())? };
        address.for_credentials()
    }

    /// This address, if nobody between can read what is sent to it.
    ///
    /// # Errors
    /// [`AddressError::Readable`].
    pub fn for_credentials(self) -> Result<Self, AddressError> {
        if self.private { Ok(self) } else { Err(AddressError::Readable) }
    }

    /// What is at `path` below this address. The path begins with `/` and is encoded already.
    pub(crate) fn join(&self, path: &str) -> Self {
        Self { whole: Zeroizing::new(format!("{}{path}", *self.whole)), ..self.clone() }
    }

    /// The host, without the port.
    pub(crate) fn host(&self) -> &str {
        let authority = self.origin.split_once("://").map_or("", |(_, authority)| authority);
        if authority.starts_with('[') {
            return authority.split_inclusive(']').next().unwrap_or_default();
        }
        authority.split(':').next().unwrap_or_default()
    }

    /// All that follows the host, if that is a credential.
    pub(crate) fn hidden(&self) -> Option<&str> {
        self.whole.get(self.origin.len()..).filter(|_| self.secret)
    }

    /// The whole address, to connect to.
    pub(crate) fn expose(&self) -> &str {
        &self.whole
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.origin)
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address({})", self.origin)
    }
}

impl<'de> Deserialize<'de> for Address {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

/// Whether `host` can be nothing but this machine.
pub(crate) fn is_this_machine(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare == "localhost" || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// `text` as a segment of a path or a value of a query: <https://www.rfc-editor.org/rfc/rfc3986#section-2.3>.
pub(crate) fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_its_origin_is_shown() {
        let address =
            Address::parse("https://hooks.example:8443/services/T1/hidden?sig=hidden").expect("an address");
        assert_eq!(address.to_string(), "https://hooks.example:8443");
        assert_eq!(format!("{address:?}"), "Address(https://hooks.example:8443)");
        assert_eq!(address.join("/x").to_string(), "https://hooks.example:8443");
        assert_eq!(address.host(), "hooks.example");
    }

    #[test]
    fn what_is_no_address_is_refused_unquoted() {
        let refused = |text: &str| Address::parse(text).expect_err("no address");
        assert_eq!(refused("hooks.example/x"), AddressError::NotAnAddress);
        assert_eq!(refused("file:///etc/passwd"), AddressError::NotAnAddress);
        assert_eq!(refused("ftp://host/x"), AddressError::Scheme);
        assert_eq!(refused(&["https://user:", "hidden", "@host/"].concat()), AddressError::Credentials);
        assert_eq!(refused("https://host/#x"), AddressError::NotAnAddress);
    }

    #[test]
    fn credentials_go_over_tls_or_stay_here() {
        let may = |text: &str| Address::parse(text).expect("an address").for_credentials().is_ok();
        assert!(
            may("https://host")
                && may("http://127.0.0.1:80")
                && may("http://localhost/x")
                && may("http://[::1]:1")
        );
        assert!(!may("http://host") && !may("http://127.0.0.1.host") && !may("http://10.0.0.1"));
    }

    #[test]
    fn segments_are_encoded() {
        assert_eq!(encode("group/a b?#ä"), "group%2Fa%20b%3F%23%C3%A4");
    }
}
