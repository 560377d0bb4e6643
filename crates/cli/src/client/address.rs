//! Where a server is.

use std::{fmt, net::IpAddr};

use ureq::http::Uri;

/// Longest address, in bytes.
const BYTES_MAX: usize = 2048;

/// The address of a server: scheme, host, and perhaps port and path; without a slash at its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Address {
    text: String,
    is_loopback: bool,
}

/// Whether an address without TLS will do where others could listen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PlainHttp {
    /// Only to this machine.
    Loopback,
    /// To any.
    Anywhere,
}

/// Why a text is not the address of a server. None quotes it: it may hold a password.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub(crate) enum AddressError {
    #[error("server: not a URL, expected one as https://stanch.example.org")]
    NotAUrl,
    #[error("server: holds a user or password, and a token is told by STANCH_TOKEN or --token-file")]
    Credentials,
    #[error("server: a query or fragment is no part of the address of a server")]
    Query,
    #[error("server: http:// to another machine shows the token to whoever listens")]
    Plain,
}

impl Address {
    /// Reads an address.
    ///
    /// # Errors
    /// It is none, or one that would show what is sent.
    pub(super) fn parse(text: &str, plain: PlainHttp) -> Result<Self, AddressError> {
        let text = text.trim().trim_end_matches('/');
        let uri = text.parse::<Uri>().ok().filter(|_| text.len() <= BYTES_MAX);
        let uri = uri.ok_or(AddressError::NotAUrl)?;
        let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
            return Err(AddressError::NotAUrl);
        };
        if authority.as_str().contains('@') {
            return Err(AddressError::Credentials);
        }
        if text.contains(['?', '#']) {
            return Err(AddressError::Query);
        }
        let is_loopback = is_loopback(authority.host());
        match scheme {
            "https" => {}
            "http" if is_loopback || plain == PlainHttp::Anywhere => {}
            "http" => return Err(AddressError::Plain),
            _ => return Err(AddressError::NotAUrl),
        }
        Ok(Self { text: text.to_owned(), is_loopback })
    }

    /// As it is written.
    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it is on this machine.
    pub(super) fn is_loopback(&self) -> bool {
        self.is_loopback
    }

    /// The address of `path`, which begins with a slash.
    pub(super) fn join(&self, path: &str) -> String {
        format!("{}{path}", self.text)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost")
        || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_or_refused_for_a_reason() {
        let read = |text: &str| Address::parse(text, PlainHttp::Loopback).map(|address| address.text);
        assert_eq!(read("https://stanch.example.org/"), Ok("https://stanch.example.org".to_owned()));
        assert_eq!(read("https://h:8443/stanch//"), Ok("https://h:8443/stanch".to_owned()));
        for local in ["http://localhost:8787", "http://127.0.0.1:1", "http://[::1]:8787"] {
            assert_eq!(read(local), Ok(local.to_owned()));
        }
        assert_eq!(read("http://stanch.example.org"), Err(AddressError::Plain));
        assert_eq!(read("http://localhost.example.org"), Err(AddressError::Plain));
        assert_eq!(read("https://ada:x@h"), Err(AddressError::Credentials));
        assert_eq!(read("https://h/?a=b"), Err(AddressError::Query));
        for none in ["", "h", "stanch.example.org:443", "ftp://h", "https://", "/a"] {
            assert_eq!(read(none), Err(AddressError::NotAUrl), "{none}");
        }
        let anywhere = Address::parse("http://h", PlainHttp::Anywhere).expect("allowed");
        assert_eq!((anywhere.join("/api"), anywhere.is_loopback()), ("http://h/api".to_owned(), false));
    }
}
