//! Requests to an identity provider.

use std::time::Duration;

use openidconnect::{HttpRequest, HttpResponse, SyncHttpClient};
use ureq::{Agent, http::Response};

/// Bytes of an answer.
const BYTES_MAX: u64 = 1024 * 1024;
/// How long an answer may take.
const TIME_MAX: Duration = Duration::from_secs(10);

/// Asks an identity provider: within limits, and never elsewhere than where it was sent.
pub(super) struct Fetch {
    agent: Agent,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FetchError {
    #[error("{0}")]
    Http(#[from] ureq::Error),
}

impl Fetch {
    /// `is_tls_only` but for a provider on this very machine.
    pub(super) fn new(is_tls_only: bool) -> Self {
        let config = Agent::config_builder()
            .https_only(is_tls_only)
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_global(Some(TIME_MAX))
            .user_agent(concat!("stanch/", env!("CARGO_PKG_VERSION")))
            .build();
        Self { agent: config.into() }
    }
}

impl SyncHttpClient for Fetch {
    type Error = FetchError;

    fn call(&self, request: HttpRequest) -> Result<HttpResponse, FetchError> {
        let (parts, body) = self.agent.run(request)?.into_parts();
        let bytes = body.into_with_config().limit(BYTES_MAX).read_to_vec()?;
        Ok(Response::from_parts(parts, bytes))
    }
}
