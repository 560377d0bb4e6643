//! Where people reach this server, and whether a request comes from one of its own pages.

use axum::http::{HeaderMap, header};
use subtle::ConstantTimeEq;
use url::{Host, Origin, Url};

use super::{SecretText, cookie::Transport};

/// The header in which browsers say how the page that asks is related to this server.
const FETCH_SITE: &str = "sec-fetch-site";

/// The address people reach this server at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    url: Url,
    origin: Origin,
    transport: Transport,
}

/// Why an address is refused.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
pub enum SiteError {
    /// It is none.
    #[error("server.url: expected https://HOST or http://127.0.0.1:PORT, without a path")]
    Url,
    /// It would send passwords in the clear.
    #[error(
        "server.url: http is for loopback addresses only; set up TLS, or a proxy with it, and name its https address"
    )]
    Clear,
}

impl Site {
    /// Reads the address.
    ///
    /// # Errors
    ///
    /// If it is none, or would send passwords in the clear.
    pub fn new(text: &str) -> Result<Self, SiteError> {
        let url = Url::parse(text).map_err(|_| SiteError::Url)?;
        let is_plain = url.path() == "/" && url.query().is_none() && url.username().is_empty();
        let transport = match url.scheme() {
            "https" => Transport::Tls,
            "http" if is_loopback(&url) => Transport::Loopback,
            "http" => return Err(SiteError::Clear),
            _ => return Err(SiteError::Url),
        };
        if !is_plain || url.password().is_some() || url.host().is_none() {
            return Err(SiteError::Url);
        }
        Ok(Self { origin: url.origin(), url, transport })
    }

    /// The address of a path of this server.
    pub fn address(&self, path: &str) -> String {
        format!("{}{path}", self.origin.ascii_serialization())
    }

    /// Where the person that this was made for sets a password.
    pub(crate) fn setup_address(&self, link: &SecretText) -> String {
        self.address(&format!("/setup/{}", link.expose()))
    }

    /// Whether people reach it by TLS.
    pub fn is_tls(&self) -> bool {
        self.transport == Transport::Tls
    }

    pub(crate) fn transport(&self) -> Transport {
        self.transport
    }

    /// Whether browsers say that a request comes from a page of this server. Those that send neither header are told apart by the token of the
    /// form alone. `Origin` is `null` on forms under `Referrer-Policy: no-referrer`; then the other header must speak.
    pub(crate) fn is_own(&self, headers: &HeaderMap) -> bool {
        let fetch_site = headers.get(FETCH_SITE).map(|value| value.as_bytes() == b"same-origin");
        let origin = headers.get(header::ORIGIN).map(|value| value.to_str().unwrap_or_default());
        match (fetch_site, origin) {
            (Some(is_same), None | Some("null")) => is_same,
            (Some(is_same), Some(origin)) => is_same && self.is_origin(origin),
            (None, Some(origin)) => self.is_origin(origin),
            (None, None) => true,
        }
    }

    fn is_origin(&self, text: &str) -> bool {
        let Ok(url) = Url::parse(text) else { return false };
        if url.origin() == self.origin {
            return true;
        }
        // `localhost` and `127.0.0.1` are one server.
        self.transport == Transport::Loopback
            && url.scheme() == "http"
            && is_loopback(&url)
            && url.port_or_known_default() == self.url.port_or_known_default()
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        None => false,
    }
}

/// Whether a form carries the token of the key in the cookie.
pub(crate) fn is_token_of(key: &SecretText, sent: &str) -> bool {
    key.form_token().as_bytes().ct_eq(sent.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own(site: &str, headers: &[(&'static str, &str)]) -> bool {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(*name, value.parse().expect("a header"));
        }
        Site::new(site).expect("a site").is_own(&map)
    }

    #[test]
    fn a_foreign_page_is_told_by_either_header() {
        let site = "https://stanch.example";
        let cases: [(&[(&'static str, &str)], bool); 10] = [
            (&[], true),
            (&[("origin", "https://stanch.example")], true),
            (&[("origin", "https://evil.example")], false),
            (&[("origin", "http://stanch.example")], false),
            (&[("origin", "https://stanch.example:8443")], false),
            (&[("origin", "null")], false),
            (&[("origin", "null"), (FETCH_SITE, "same-origin")], true),
            (&[(FETCH_SITE, "same-site")], false),
            (&[(FETCH_SITE, "cross-site"), ("origin", "https://stanch.example")], false),
            (&[(FETCH_SITE, "same-origin"), ("origin", "https://evil.example")], false),
        ];
        for (headers, expected) in cases {
            assert_eq!(own(site, headers), expected, "{headers:?}");
        }
        let loopback = "http://127.0.0.1:8787";
        assert!(own(loopback, &[("origin", "http://localhost:8787")]));
        assert!(!own(loopback, &[("origin", "http://localhost:9999")]));
        assert!(!own(loopback, &[("origin", "http://evil.example:8787")]));
    }

    #[test]
    fn passwords_never_go_in_the_clear() {
        assert_eq!(Site::new("http://stanch.example"), Err(SiteError::Clear));
        for text in ["stanch.example", "ftp://x", "https://x/path", "https://me@x", "https://x/?q"] {
            assert_eq!(Site::new(text), Err(SiteError::Url), "{text}");
        }
        let site = Site::new("https://stanch.example/").expect("a site");
        assert_eq!(site.address("/setup/x"), "https://stanch.example/setup/x");
    }
}
