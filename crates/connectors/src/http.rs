//! Requests to other services: within limits, and with errors that hold no credential.

use std::{io::Read as _, path::PathBuf, sync::Arc, time::Duration};

use jiff::{Timestamp, fmt::rfc2822};
use serde::{Serialize, de::DeserializeOwned};
use ureq::{
    Agent,
    http::{Method, Response, StatusCode},
    tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem},
};

use crate::{Address, Clock, Credential, DeliveryError, authorization::Authorization, wording::line};

/// No service is waited for longer than this, whatever it asks.
const WAIT_MAX: Duration = Duration::from_hours(24);

/// How much of an answer is told where it explains a refusal, in characters.
const TOLD_MAX: usize = 200;

/// Parts of a credential of this length are not told either, in bytes.
const PART_MIN: usize = 6;

/// How requests are sent.
#[derive(Clone, Debug)]
pub struct HttpSettings {
    /// For one request, from looking up the name to the last byte of the answer.
    pub timeout: Duration,
    /// The longest answer, in bytes.
    pub answer_bytes_max: u64,
    /// A proxy for all of them. Those of the environment do not count.
    pub proxy: Option<Address>,
    /// A file of certificates in PEM to trust in the place of the built-in ones.
    pub ca_certificates: Option<PathBuf>,
}

impl Default for HttpSettings {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(20),
            answer_bytes_max: 1 << 20,
            proxy: None,
            ca_certificates: None,
        }
    }
}

/// Why requests cannot be sent as the settings say.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// The proxy is none.
    #[error("proxy: not a proxy")]
    Proxy,
    /// The certificates cannot be read.
    #[error("{}: {reason}", path.display())]
    Certificates {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
}

/// Sends requests. Clones share their connections.
#[derive(Clone)]
pub struct Http {
    agent: Agent,
    settings: Arc<HttpSettings>,
}

impl Http {
    /// Sends as `settings` say. Redirects are never followed: what is sent is for one host only.
    ///
    /// # Errors
    /// A proxy that is none; certificates that cannot be read.
    pub fn new(settings: HttpSettings) -> Result<Self, HttpError> {
        let proxy = settings.proxy.as_ref().map(|proxy| ureq::Proxy::new(proxy.expose()));
        let config = Agent::config_builder()
            .timeout_global(Some(settings.timeout))
            .max_redirects(0)
            .max_redirects_will_error(false)
            .http_status_as_error(false)
            .user_agent(concat!("stanch/", env!("CARGO_PKG_VERSION")))
            .proxy(proxy.transpose().map_err(|_| HttpError::Proxy)?)
            .tls_config(TlsConfig::builder().root_certs(roots(&settings)?).build())
            .build();
        Ok(Self { agent: config.new_agent(), settings: Arc::new(settings) })
    }

    /// How long one request may take.
    pub(crate) fn timeout(&self) -> Duration {
        self.settings.timeout
    }

    /// The file of certificates to trust, if it is not the built-in ones.
    pub(crate) fn ca_certificates(&self) -> Option<&PathBuf> {
        self.settings.ca_certificates.as_ref()
    }

    pub(crate) fn get(&self, address: &Address) -> Request<'_> {
        self.request(Method::GET, address)
    }

    pub(crate) fn post(&self, address: &Address) -> Request<'_> {
        self.request(Method::POST, address)
    }

    pub(crate) fn put(&self, address: &Address) -> Request<'_> {
        self.request(Method::PUT, address)
    }

    pub(crate) fn patch(&self, address: &Address) -> Request<'_> {
        self.request(Method::PATCH, address)
    }

    fn request(&self, method: Method, address: &Address) -> Request<'_> {
        Request {
            http: self,
            method,
            address: address.clone(),
            headers: Vec::new(),
            body: None,
            hidden: address.hidden().map(str::to_owned).into_iter().collect(),
        }
    }
}

fn roots(settings: &HttpSettings) -> Result<RootCerts, HttpError> {
    let Some(path) = &settings.ca_certificates else { return Ok(RootCerts::WebPki) };
    let failed = |reason: String| HttpError::Certificates { path: path.clone(), reason };
    let pem = std::fs::read(path).map_err(|error| failed(error.to_string()))?;
    let certificates = certificates(&pem).ok_or_else(|| failed("not certificates in PEM".to_owned()))?;
    Ok(RootCerts::Specific(Arc::new(certificates)))
}

/// The certificates in `pem`, if there are any and nothing is broken.
fn certificates(pem: &[u8]) -> Option<Vec<Certificate<'static>>> {
    let items = parse_pem(pem).collect::<Result<Vec<_>, _>>().ok()?;
    let certificates: Vec<_> = items
        .into_iter()
        .filter_map(|item| match item {
            PemItem::Certificate(certificate) => Some(certificate),
            _ => None,
        })
        .collect();
    (!certificates.is_empty()).then_some(certificates)
}

/// A request that is being made up.
pub(crate) struct Request<'h> {
    http: &'h Http,
    method: Method,
    address: Address,
    headers: Vec<(&'static str, String)>,
    body: Option<Vec<u8>>,
    /// What no error may tell, even if the other side says it.
    hidden: Vec<String>,
}

impl Request<'_> {
    pub(crate) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// The header that shows a credential.
    pub(crate) fn authorized(mut self, authorization: &Authorization) -> Self {
        self.hidden.extend(authorization.hidden());
        self.header("authorization", authorization.header())
    }

    /// Says that `credential` is in the request, so that no error tells it.
    pub(crate) fn hide(mut self, credential: &Credential) -> Self {
        self.hidden.push(credential.expose().to_owned());
        self
    }

    pub(crate) fn json(self, value: &impl Serialize) -> Self {
        let body = serde_json::to_vec(value).unwrap_or_default();
        self.body(body).header("content-type", "application/json")
    }

    pub(crate) fn body(mut self, body: Vec<u8>) -> Self {
        self.body = Some(body);
        self
    }

    /// Sends it.
    ///
    /// # Errors
    /// Any answer that is not a success, and none at all.
    pub(crate) fn send(self, clock: &dyn Clock) -> Result<Answer, DeliveryError> {
        let to = self.address.to_string();
        let mut builder = ureq::http::Request::builder().method(&self.method).uri(self.address.expose());
        for (name, value) in &self.headers {
            builder = builder.header(*name, value);
        }
        let sent = match self.body {
            Some(body) => builder.body(body).map(|request| self.http.agent.run(request)),
            None => builder.body(()).map(|request| self.http.agent.run(request)),
        };
        let sent =
            sent.map_err(|_| DeliveryError::refused(format!("{to}: not a request that can be sent")))?;
        let mut response = sent.map_err(|error| failed(&to, &error))?;
        let body = read(&mut response, self.http.settings.answer_bytes_max)
            .map_err(|reason| DeliveryError::retry(format!("{to}: {reason}")))?;
        let status = response.status();
        if status.is_success() {
            return Ok(Answer { body, to });
        }
        let reason = format!("{to} answered {}{}", status.as_u16(), told(&body, &self.hidden));
        Err(refusal(&response, reason, clock.now()))
    }
}

/// A successful answer.
pub(crate) struct Answer {
    body: Vec<u8>,
    to: String,
}

impl Answer {
    /// Its body as JSON.
    ///
    /// # Errors
    /// It is something else: it came from something in between, and may come right another time.
    pub(crate) fn json<T: DeserializeOwned>(&self) -> Result<T, DeliveryError> {
        serde_json::from_slice(&self.body)
            .map_err(|_| DeliveryError::retry(format!("{}: the answer is not what it should be", self.to)))
    }

    /// Its body as JSON where that matters to nobody but the receipt.
    pub(crate) fn json_or_default<T: DeserializeOwned + Default>(&self) -> T {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

fn read(response: &mut Response<ureq::Body>, bytes_max: u64) -> Result<Vec<u8>, String> {
    let mut body = Vec::new();
    let reader = response.body_mut().as_reader();
    reader.take(bytes_max + 1).read_to_end(&mut body).map_err(|_| "the answer broke off".to_owned())?;
    if body.len() as u64 > bytes_max {
        return Err(format!("the answer is longer than {bytes_max} bytes"));
    }
    Ok(body)
}

/// What to do about a request that was not answered. The words are ours: those of the error may hold the address.
fn failed(to: &str, error: &ureq::Error) -> DeliveryError {
    let reason = match error {
        ureq::Error::Timeout(_) => "no answer in time",
        ureq::Error::HostNotFound => "there is no host of this name",
        ureq::Error::Tls(_) | ureq::Error::Rustls(_) | ureq::Error::Pem(_) => "no trusted connection",
        ureq::Error::Protocol(_) | ureq::Error::Http(_) | ureq::Error::LargeResponseHeader(..) => {
            "the answer is not HTTP"
        }
        ureq::Error::Io(error) if error.kind() == std::io::ErrorKind::ConnectionRefused => {
            "connection refused"
        }
        ureq::Error::BadUri(_) => return DeliveryError::refused(format!("{to}: not an address")),
        _ => "the connection failed",
    };
    DeliveryError::retry(format!("{to}: {reason}"))
}

/// Whether an answer asks for another time. A service that has had enough may say 403 instead of 429:
/// <https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#exceeding-the-rate-limit>.
fn refusal(response: &Response<ureq::Body>, reason: String, now: Timestamp) -> DeliveryError {
    let status = response.status();
    let after = wait(response, now);
    let is_limited = status == StatusCode::FORBIDDEN && after.is_some();
    let is_passing = [StatusCode::REQUEST_TIMEOUT, StatusCode::TOO_EARLY, StatusCode::TOO_MANY_REQUESTS];
    if status.is_server_error() || is_passing.contains(&status) || is_limited {
        return DeliveryError::Retry { reason, after };
    }
    if status.is_redirection() {
        return DeliveryError::refused(format!("{reason}: redirects are not followed"));
    }
    DeliveryError::Refused { reason }
}

/// How long the other side asks to wait: seconds or a date in `Retry-After`
/// (<https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3>), or the second in `x-ratelimit-reset` once nothing remains.
fn wait(response: &Response<ureq::Body>, now: Timestamp) -> Option<Duration> {
    let header = |name: &str| response.headers().get(name)?.to_str().ok().map(str::trim);
    let until = |then: Timestamp| Duration::try_from(then.duration_since(now)).unwrap_or_default();
    let asked = header("retry-after").and_then(|text| match text.parse() {
        Ok(seconds) => Some(Duration::from_secs(seconds)),
        Err(_) => rfc2822::parse(text).ok().map(|date| until(date.timestamp())),
    });
    let reset = || {
        let spent = header("x-ratelimit-remaining")? == "0";
        let second = header("x-ratelimit-reset")?.parse().ok()?;
        spent.then(|| Timestamp::from_second(second).ok().map(until)).flatten()
    };
    asked.or_else(reset).map(|wait| wait.min(WAIT_MAX))
}

/// The beginning of an answer in words, unless it says something of `hidden`.
pub(crate) fn told(body: &[u8], hidden: &[String]) -> String {
    let text = String::from_utf8_lossy(&body[..body.len().min(16 * TOLD_MAX)]);
    let shows = |secret: &String| {
        let part = PART_MIN.min(secret.len());
        part > 0 && secret.as_bytes().windows(part).any(|part| contains(text.as_bytes(), part))
    };
    if text.trim().is_empty() || hidden.iter().any(shows) {
        return String::new();
    }
    format!(": {}", line(&text, TOLD_MAX))
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_told_without_what_is_hidden() {
        let hidden = ["tok-1234567890".to_owned()];
        assert_eq!(told(b"bad\r\n routing key", &hidden), ": bad routing key");
        assert_eq!(told(b"unknown token 4567890", &hidden), "");
        assert_eq!(told(b" ", &hidden), "");
        assert_eq!(told(&[b'x'; 900], &[]).chars().count(), TOLD_MAX + 2);
    }

    #[test]
    fn waits_are_read_and_limited() {
        let now: Timestamp = "2026-03-01T12:00:00Z".parse().expect("a time");
        let wait_of = |headers: &[(&str, &str)]| {
            let mut builder = Response::builder().status(429);
            for (name, value) in headers {
                builder = builder.header(*name, *value);
            }
            let response = builder.body(ureq::Body::builder().data("")).expect("an answer");
            wait(&response, now).map(|wait| wait.as_secs())
        };
        assert_eq!(wait_of(&[]), None);
        assert_eq!(wait_of(&[("retry-after", "7")]), Some(7));
        assert_eq!(wait_of(&[("retry-after", "Sun, 01 Mar 2026 12:00:30 GMT")]), Some(30));
        assert_eq!(wait_of(&[("retry-after", "Sun, 01 Mar 2026 11:00:30 GMT")]), Some(0));
        assert_eq!(wait_of(&[("retry-after", "99999999")]), Some(24 * 60 * 60));
        assert_eq!(wait_of(&[("retry-after", "soon")]), None);
        let reset = now.as_second() + 5;
        let reset = reset.to_string();
        assert_eq!(wait_of(&[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", &reset)]), Some(5));
        assert_eq!(wait_of(&[("x-ratelimit-remaining", "3"), ("x-ratelimit-reset", &reset)]), None);
    }
}
