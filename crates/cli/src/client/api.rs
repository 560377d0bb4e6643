//! Requests to a server and their answers.

use std::{
    fs,
    io::{self, Read as _},
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Context as _, anyhow, ensure};
use serde::de::DeserializeOwned;
use ureq::{
    Agent, Body, RequestBuilder,
    http::{Response, header},
    tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem},
    typestate::WithBody,
};

use super::{address::Address, problem::Problem, token::Token};

/// How long a request may take.
const REQUEST_TIMEOUT: Duration = Duration::from_mins(1);
/// How long it may take to reach the server.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Largest answer, in bytes.
const ANSWER_BYTES_MAX: u64 = 8 << 20;
/// Largest file of certificates, in bytes.
const CA_BYTES_MAX: u64 = 4 << 20;

/// A server that is asked.
pub(crate) struct Api {
    agent: Agent,
    address: Address,
    token: Token,
    /// When whoever asks has waited long enough.
    deadline: Option<Instant>,
}

/// Why there is no answer to use.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ApiError {
    /// The server cannot be reached, or does not answer in time.
    #[error("{address}: cannot be reached: {why}")]
    Away {
        /// The server.
        address: Address,
        /// Why.
        why: String,
    },
    /// It answers that something is wrong.
    #[error("{address}: answers {problem}")]
    Problem {
        /// The server.
        address: Address,
        /// What is wrong.
        problem: Problem,
    },
    /// It answers something else than its API says: something else may answer in its place.
    #[error("{address}: answers what is no answer of a Stanch server")]
    Strange {
        /// The server.
        address: Address,
    },
}

impl ApiError {
    /// Whether the same request may succeed later.
    pub(crate) fn may_pass(&self) -> bool {
        match self {
            Self::Away { .. } | Self::Strange { .. } => true,
            Self::Problem { problem, .. } => problem.may_pass(),
        }
    }

    /// The same without the address.
    pub(super) fn why(&self) -> String {
        match self {
            Self::Away { why, .. } => why.clone(),
            Self::Problem { problem, .. } => format!("answers {problem}"),
            Self::Strange { .. } => "answers what is no answer of a Stanch server".to_owned(),
        }
    }
}

/// What is sent with a request.
pub(crate) struct Payload<'p> {
    /// Its media type.
    pub(crate) media_type: &'static str,
    /// The bytes.
    pub(crate) bytes: &'p [u8],
    /// The same for the same request: the server does once what it is asked twice.
    pub(crate) key: &'p str,
}

impl Api {
    /// A client of the server at `address`, whose certificate one of the authorities in `ca_file` has signed, where there is
    /// one; else one that browsers know.
    ///
    /// # Errors
    /// The file of authorities cannot be read or holds none.
    pub(super) fn new(address: Address, token: Token, ca_file: Option<&Path>) -> anyhow::Result<Self> {
        let roots = match ca_file {
            Some(file) => {
                authorities(file).with_context(|| format!("authorities of the server: {}", file.display()))?
            }
            None => RootCerts::WebPki,
        };
        let mut config = Agent::config_builder()
            .tls_config(TlsConfig::builder().root_certs(roots).build())
            .user_agent(concat!("stanch/", env!("CARGO_PKG_VERSION")))
            .timeout_connect(Some(CONNECT_TIMEOUT))
            .http_status_as_error(false)
            // The token is for this address and for no other that it may name.
            .max_redirects(0);
        if address.is_loopback() {
            config = config.proxy(None);
        }
        Ok(Self { agent: config.build().into(), address, token, deadline: None })
    }

    /// The same, but no answer is waited for after `patience` from now.
    pub(super) fn for_at_most(mut self, patience: Duration) -> Self {
        self.deadline = Instant::now().checked_add(patience);
        self
    }

    /// The server.
    pub(crate) fn address(&self) -> &Address {
        &self.address
    }

    /// What is at `path`, which begins with a slash.
    ///
    /// # Errors
    /// No answer, or not that.
    pub(crate) fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, ApiError> {
        let timeout = self.timeout()?;
        let request = self.authorized(self.agent.get(self.address.join(path)));
        let response = request.config().timeout_global(Some(timeout)).build().call();
        self.answer(response)
    }

    /// The part of what is at `path` that these parameters name.
    ///
    /// # Errors
    /// No answer, or not that.
    pub(crate) fn query<T: DeserializeOwned>(
        &self,
        path: &str,
        parameters: &[(&str, String)],
    ) -> Result<T, ApiError> {
        let timeout = self.timeout()?;
        let request = self.authorized(self.agent.get(self.address.join(path)));
        let request = parameters.iter().fold(request, |request, (name, value)| request.query(name, value));
        let response = request.config().timeout_global(Some(timeout)).build().call();
        self.answer(response)
    }

    /// What comes of sending `payload` to `path`, which begins with a slash.
    ///
    /// # Errors
    /// No answer, or not that.
    pub(crate) fn post<T: DeserializeOwned>(&self, path: &str, payload: &Payload<'_>) -> Result<T, ApiError> {
        self.send(self.agent.post(self.address.join(path)), payload)
    }

    /// What comes of putting `payload` in the place of what is at `path`, which begins with a slash.
    ///
    /// # Errors
    /// No answer, or not that.
    pub(crate) fn put<T: DeserializeOwned>(&self, path: &str, payload: &Payload<'_>) -> Result<T, ApiError> {
        self.send(self.agent.put(self.address.join(path)), payload)
    }

    fn send<T: DeserializeOwned>(
        &self,
        request: RequestBuilder<WithBody>,
        payload: &Payload<'_>,
    ) -> Result<T, ApiError> {
        let timeout = self.timeout()?;
        let request = self.authorized(request);
        let request =
            request.header(header::CONTENT_TYPE, payload.media_type).header("idempotency-key", payload.key);
        let response = request.config().timeout_global(Some(timeout)).build().send(payload.bytes);
        self.answer(response)
    }

    fn authorized<B>(&self, request: RequestBuilder<B>) -> RequestBuilder<B> {
        let request = request.header(header::ACCEPT, "application/json, application/problem+json");
        match self.token.header() {
            Some(value) => request.header(header::AUTHORIZATION, value),
            None => request,
        }
    }

    /// How long the next request may take.
    fn timeout(&self) -> Result<Duration, ApiError> {
        let Some(deadline) = self.deadline else { return Ok(REQUEST_TIMEOUT) };
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() { Err(self.away("no time is left".to_owned())) } else { Ok(left) }
    }

    fn answer<T: DeserializeOwned>(
        &self,
        response: Result<Response<Body>, ureq::Error>,
    ) -> Result<T, ApiError> {
        let response = response.map_err(|error| self.away(why(&error)))?;
        let (head, body) = response.into_parts();
        let mut bytes = Vec::new();
        let read = body.into_reader().take(ANSWER_BYTES_MAX + 1).read_to_end(&mut bytes);
        if !head.status.is_success() {
            let problem = Problem::read(head.status, &bytes);
            return Err(ApiError::Problem { address: self.address.clone(), problem });
        }
        read.map_err(|error| self.away(error.to_string()))?;
        let strange = || ApiError::Strange { address: self.address.clone() };
        if bytes.len() as u64 > ANSWER_BYTES_MAX {
            return Err(strange());
        }
        // No content is nothing.
        let bytes = if bytes.is_empty() { b"null" } else { &bytes[..] };
        serde_json::from_slice(bytes).map_err(|_| strange())
    }

    fn away(&self, why: String) -> ApiError {
        ApiError::Away { address: self.address.clone(), why }
    }
}

/// Why a request failed, in a few words.
fn why(error: &ureq::Error) -> String {
    match error {
        ureq::Error::Io(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
            "connection refused".to_owned()
        }
        ureq::Error::Timeout(_) => "no answer in time".to_owned(),
        ureq::Error::HostNotFound => "no such host".to_owned(),
        other => other.to_string(),
    }
}

/// The authorities in a file of PEM.
fn authorities(file: &Path) -> anyhow::Result<RootCerts> {
    let mut pem = Vec::new();
    fs::File::open(file)?.take(CA_BYTES_MAX + 1).read_to_end(&mut pem)?;
    ensure!(pem.len() as u64 <= CA_BYTES_MAX, "is larger than {CA_BYTES_MAX} bytes");
    let items: Result<Vec<_>, _> = parse_pem(&pem).collect();
    let items = items.map_err(|_| anyhow!("not certificates in PEM"))?;
    let certificate = |item| match item {
        PemItem::Certificate(certificate) => Some(certificate),
        _ => None,
    };
    let all: Vec<Certificate<'static>> = items.into_iter().filter_map(certificate).collect();
    ensure!(!all.is_empty(), "holds no certificate");
    Ok(RootCerts::new_with_certs(&all))
}
