//! Cookies of this server.

use axum::http::{HeaderMap, HeaderValue, header};

/// How a cookie may travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Transport {
    /// By TLS only: its name begins with `__Host-`, which ties it to this very host.
    Tls,
    /// To a loopback address in the clear.
    Loopback,
}

/// Which cookie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cookie {
    /// The id of a session.
    Session,
    /// The key of forms before the login.
    Form,
    /// The key of a login that is half done.
    Step,
}

impl Cookie {
    fn name(self, transport: Transport) -> &'static str {
        match (self, transport) {
            (Self::Session, Transport::Tls) => "__Host-stanch",
            (Self::Form, Transport::Tls) => "__Host-stanch-form",
            (Self::Step, Transport::Tls) => "__Host-stanch-step",
            (Self::Session, Transport::Loopback) => "stanch",
            (Self::Form, Transport::Loopback) => "stanch-form",
            (Self::Step, Transport::Loopback) => "stanch-step",
        }
    }

    /// Its value in a request.
    pub(crate) fn read(self, headers: &HeaderMap, transport: Transport) -> Option<&str> {
        let name = self.name(transport);
        let lines = headers.get_all(header::COOKIE).into_iter().filter_map(|line| line.to_str().ok());
        let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
        pairs.find(|(key, _)| *key == name).map(|(_, value)| value)
    }

    /// The header that sets it until the browser is closed.
    pub(crate) fn set(self, value: &str, transport: Transport) -> HeaderValue {
        header_of(&format!("{}={value}; {}", self.name(transport), attributes(transport)))
    }

    /// The header that takes it away.
    pub(crate) fn clear(self, transport: Transport) -> HeaderValue {
        header_of(&format!("{}=; Max-Age=0; {}", self.name(transport), attributes(transport)))
    }
}

fn attributes(transport: Transport) -> &'static str {
    match transport {
        Transport::Tls => "Path=/; HttpOnly; SameSite=Lax; Secure",
        Transport::Loopback => "Path=/; HttpOnly; SameSite=Lax",
    }
}

/// Values of ours are letters and digits: none is refused.
fn header_of(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).unwrap_or_else(|_| HeaderValue::from_static(""))
}
