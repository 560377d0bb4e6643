//! A webhook as it arrives, and what proves its sender.

use std::time::Duration;

use data_encoding::HEXLOWER_PERMISSIVE;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use sha2::Sha256;
use subtle::ConstantTimeEq;

use crate::Credential;

/// The longest body that is looked at. GitHub sends no more than 25 MB
/// (<https://docs.github.com/en/webhooks/webhook-events-and-payloads#payload-cap>), and a push as large as that has more commits
/// than it names; so a server may accept less.
pub const BODY_BYTES_MAX: usize = 4 << 20;

/// How old a request may be, and how far ahead of our clock.
const TOLERANCE: Duration = Duration::from_mins(5);

/// The headers of a request.
#[derive(Clone, Debug, Default)]
pub struct Headers<'h>(Vec<(&'h str, &'h [u8])>);

impl<'h> FromIterator<(&'h str, &'h [u8])> for Headers<'h> {
    fn from_iter<I: IntoIterator<Item = (&'h str, &'h [u8])>>(headers: I) -> Self {
        Self(headers.into_iter().collect())
    }
}

impl<'h> Headers<'h> {
    /// The value of the header `name`, in any case. One that is there twice is as good as none: which of them counts is a
    /// question that attackers ask.
    pub fn one(&self, name: &str) -> Option<&'h str> {
        let mut named = self.0.iter().filter(|(there, _)| there.eq_ignore_ascii_case(name));
        let value = named.next().map(|(_, value)| *value).filter(|_| named.next().is_none())?;
        std::str::from_utf8(value).ok().map(str::trim)
    }
}

/// A request of another service.
#[derive(Clone, Copy, Debug)]
pub struct Inbound<'d> {
    /// Its headers.
    pub headers: &'d Headers<'d>,
    /// Its body, byte for byte.
    pub body: &'d [u8],
    /// When it came.
    pub now: Timestamp,
}

/// What a request says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Received<T> {
    /// Something that matters here.
    Known(T),
    /// Something else. It is to be answered like the other, or its sender tries again.
    Ignored {
        /// What it calls itself, where that reads like a name.
        event: String,
    },
}

impl<T> Received<T> {
    /// The same with another content.
    pub(crate) fn map<U>(self, change: impl FnOnce(T) -> U) -> Received<U> {
        match self {
            Self::Known(known) => Received::Known(change(known)),
            Self::Ignored { event } => Received::Ignored { event },
        }
    }

    /// Something that matters to nobody here.
    pub(crate) fn ignored(event: &str) -> Self {
        let fits = |char: char| char.is_ascii_alphanumeric() || "_-. ".contains(char);
        let is_name = event.len() <= 64 && event.chars().all(fits);
        Self::Ignored { event: if is_name { event.to_owned() } else { "unknown".to_owned() } }
    }
}

/// Why a request does not count. None of it quotes the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InboundError {
    /// Nothing proves its sender.
    #[error("the request is not signed: header {0} is missing, or there more than once")]
    Unsigned(&'static str),
    /// What should prove it is wrong.
    #[error("the signature is wrong")]
    Forged,
    /// It was signed too long ago, or in the future.
    #[error("the request is too old, or from the future")]
    Stale,
    /// It is longer than anything that is looked at.
    #[error("the body is longer than {BODY_BYTES_MAX} bytes")]
    TooLong,
    /// Its sender is right, but it is not what that sender sends.
    #[error("the body is not what it should be: {0}")]
    Malformed(&'static str),
}

impl<'d> Inbound<'d> {
    /// The header that proves the sender, of a body that is short enough to look at.
    pub(crate) fn proof(&self, header: &'static str) -> Result<&'d str, InboundError> {
        if self.body.len() > BODY_BYTES_MAX {
            return Err(InboundError::TooLong);
        }
        self.headers.one(header).ok_or(InboundError::Unsigned(header))
    }

    /// Whether the time `seconds`, of 1970, is about now.
    pub(crate) fn check_age(&self, seconds: &str) -> Result<Timestamp, InboundError> {
        let signed = seconds.parse().ok().and_then(|seconds| Timestamp::from_second(seconds).ok());
        let signed = signed.ok_or(InboundError::Stale)?;
        if self.now.duration_since(signed).unsigned_abs() > TOLERANCE {
            return Err(InboundError::Stale);
        }
        Ok(signed)
    }

    /// The body as JSON.
    pub(crate) fn json<T: DeserializeOwned>(&self) -> Result<T, InboundError> {
        serde_json::from_slice(self.body).map_err(|_| InboundError::Malformed("not the JSON of this event"))
    }
}

/// The HMAC-SHA-256 of `parts` under `key`.
fn hmac(key: &Credential, parts: &[&[u8]]) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.expose().as_bytes()).expect("a key of any length");
    for part in parts {
        mac.update(part);
    }
    mac
}

/// Whether one of `signatures`, in hexadecimal, is that of `parts` under one of `keys`.
pub(crate) fn check_hmac<'s>(
    keys: &[Credential],
    parts: &[&[u8]],
    signatures: impl Iterator<Item = &'s str>,
) -> Result<(), InboundError> {
    // A header has no more room than for these.
    let given: Vec<_> =
        signatures.take(16).filter_map(|text| HEXLOWER_PERMISSIVE.decode(text.as_bytes()).ok()).collect();
    for key in keys {
        let mac = hmac(key, parts);
        if given.iter().any(|signature| mac.clone().verify_slice(signature).is_ok()) {
            return Ok(());
        }
    }
    Err(InboundError::Forged)
}

/// Whether `given` is one of `tokens`. Both are hashed first, so that not even a length is told by the time it takes.
pub(crate) fn check_token(tokens: &[Credential], given: &str) -> Result<(), InboundError> {
    let equal = |token: &Credential| {
        let hash = |text: &str| hmac(token, &[text.as_bytes()]).finalize().into_bytes();
        bool::from(hash(given).ct_eq(&hash(token.expose())))
    };
    if tokens.iter().any(equal) { Ok(()) } else { Err(InboundError::Forged) }
}
