//! Webhooks of other services: acknowledgements, pushes, alerts. Who sends them is proven by a secret that both know; nobody logs in.
//!
//! Each is there only if `server.toml` names its secret. What is sent twice has its effect once.
#![allow(unused_qualifications, reason = "the macros of utoipa write them")]

mod acknowledgements;
mod alert;
mod forges;
mod repository;
mod settings;

use std::sync::Arc;

use axum::{body::Bytes, extract::DefaultBodyLimit, http::HeaderMap};
use jiff::Timestamp;
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use stanch_connectors::{
    Credential,
    inbound::{BODY_BYTES_MAX, Headers, Inbound, InboundError, Received},
};
use stanch_model::Fingerprinter;
use stanch_response::Effect;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use zeroize::Zeroize as _;

pub use settings::{HookError, HookSettings, HooksSettings, Service};

use crate::{api::state::ApiState, app::App, problem::Problem};

/// Longest key of a delivery that is kept as it is, in bytes.
const KEY_BYTES_MAX: usize = 200;

/// Webhooks that are set up. What opens secrets of theirs stays in here.
#[derive(Default)]
pub struct Hooks {
    hooks: Vec<Hook>,
    /// Gives a secret that a service tells of its identity.
    fingerprinter: Option<Arc<Fingerprinter>>,
}

/// A webhook that is set up.
struct Hook {
    service: Service,
    /// What proves its sender: that of today and, while it is changed, the one before.
    secrets: Vec<Credential>,
    /// The channels whose messages end at the same service.
    channels: Vec<String>,
}

impl std::fmt::Debug for Hooks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.hooks.iter().map(|hook| hook.service)).finish()
    }
}

/// What came of a webhook.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct HookView {
    /// `done`, `repeated` if it came before, or `nothing` if there was nothing to do.
    effect: &'static str,
}

impl From<Effect> for HookView {
    fn from(effect: Effect) -> Self {
        let effect = match effect {
            Effect::Done => "done",
            Effect::Repeated => "repeated",
            Effect::Nothing => "nothing",
        };
        Self { effect }
    }
}

impl Hooks {
    fn of(&self, service: Service) -> Result<&Hook, Problem> {
        let hook = self.hooks.iter().find(|hook| hook.service == service);
        hook.ok_or_else(|| Problem::not_found(format!("webhooks of {service} are not set up")))
    }
}

/// A request as it came.
struct Sent {
    headers: HeaderMap,
    body: Bytes,
    now: Timestamp,
}

impl Drop for Sent {
    /// A body may hold a secret: what of it is nobody else's is wiped.
    fn drop(&mut self) {
        if let Ok(mut body) = std::mem::take(&mut self.body).try_into_mut() {
            body.zeroize();
        }
    }
}

impl Sent {
    fn at(app: &App, headers: HeaderMap, body: Bytes) -> Self {
        Self { headers, body, now: app.now() }
    }

    /// Reads it, if its sender is proven; none if it tells of nothing that matters here.
    fn read<T>(
        &self,
        hook: &Hook,
        read: impl FnOnce(Inbound<'_>, &[Credential]) -> Result<Received<T>, InboundError>,
    ) -> Result<Option<T>, Problem> {
        let headers: Headers<'_> =
            self.headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
        let inbound = Inbound { headers: &headers, body: &self.body, now: self.now };
        match read(inbound, &hook.secrets) {
            Ok(Received::Known(known)) => Ok(Some(known)),
            Ok(Received::Ignored { event }) => {
                tracing::debug!(service = %hook.service, event, "a webhook tells of nothing that matters here");
                Ok(None)
            }
            Err(error) => {
                tracing::warn!(service = %hook.service, %error, "a webhook does not count");
                Err(error.into())
            }
        }
    }

    /// A key by its body, which the sender signs.
    fn body_key(&self, service: Service) -> String {
        let digest = Sha256::digest(&self.body);
        format!("{service}:body:{}", data_encoding::HEXLOWER.encode(&digest))
    }

    /// A key by a header, where it is there.
    fn header_key(&self, service: Service, header: &str) -> Option<String> {
        let value = self.headers.get(header)?.to_str().ok()?;
        key(service, value)
    }
}

/// A key by what the service calls the event.
fn key(service: Service, id: &str) -> Option<String> {
    (!id.is_empty() && id.len() <= KEY_BYTES_MAX).then(|| format!("{service}:id:{id}"))
}

/// The routes of all services, also of those that are not set up.
pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(acknowledgements::post_pagerduty))
        .routes(routes!(acknowledgements::post_opsgenie))
        .routes(routes!(acknowledgements::post_slack))
        .routes(routes!(forges::post_github))
        .routes(routes!(forges::post_gitlab))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
}
