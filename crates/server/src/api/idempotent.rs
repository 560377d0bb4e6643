//! A request that is sent twice has its effect once: `Idempotency-Key` on POSTs of the API.
//!
//! A handler that takes [`Act`](super::act::Act) writes the mark of the key with its change, in one transaction; the answer is kept after
//! that, sealed under the key of the server, because it may tell a token. Requests that fail change nothing and keep nothing.

use std::sync::Arc;

use axum::{
    body::{Body, Bytes, to_bytes},
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};
use data_encoding::{BASE64, HEXLOWER};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use stanch_store::{Once, StoreError};

use super::state::ApiState;
use crate::{
    auth::{Identity, MaybeLogin, Who},
    problem::Problem,
    router::FINDINGS_BYTES_MAX,
};

/// The header.
const KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// Longest key, in bytes.
const KEY_BYTES_MAX: usize = 255;
/// Largest answer that is kept, in bytes.
const ANSWER_BYTES_MAX: usize = 4 * 1024 * 1024;
/// The paths whose requests may be sent again.
const PATHS: &str = "/api/v1/";

/// An answer as it is kept.
#[derive(Serialize, Deserialize)]
struct Kept {
    status: u16,
    headers: Vec<(String, String)>,
    body: String,
}

/// Answers a request that was answered before with the same; others are answered, and the answer is kept.
pub(crate) async fn heed(State(state): State<ApiState>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let is_meant = parts.method == Method::POST && parts.uri.path().starts_with(PATHS);
    if !is_meant || !parts.headers.contains_key(&KEY) {
        return next.run(Request::from_parts(parts, body)).await;
    }
    let Some(who) = MaybeLogin::of(&parts) else {
        // Who is nobody is refused.
        return next.run(Request::from_parts(parts, body)).await;
    };
    match begin(&state, &who, &parts, body).await {
        Err(problem) => problem.into_response(),
        Ok(Begun::Answered(answer)) => answer,
        Ok(Begun::New { key, digest, body }) => {
            parts.extensions.insert(Arc::new(Once::new(key.clone(), digest.clone(), state.app.now())));
            let response = next.run(Request::from_parts(parts, Body::from(body))).await;
            keep(&state, key, digest, response).await
        }
    }
}

/// What is known of a request before it is done.
enum Begun {
    Answered(Response),
    New { key: String, digest: String, body: Bytes },
}

async fn begin(state: &ApiState, who: &Identity, parts: &Parts, body: Body) -> Result<Begun, Problem> {
    let key = format!("{}:{}", name(who), written(&parts.headers)?);
    let body = to_bytes(body, FINDINGS_BYTES_MAX)
        .await
        .map_err(|_| Problem::too_large("the body is larger than this route takes"))?;
    let digest = digest(parts, &body);
    let asked = key.clone();
    let known = state.app.read(move |tx| tx.answer_to(&asked)).await?;
    match known {
        None => Ok(Begun::New { key, digest, body }),
        Some((other, _)) if other != digest => {
            Err(Problem::invalid("Idempotency-Key", "was sent with another request before"))
        }
        Some((_, answer)) => {
            let answer = state.auth.key().open(&key, &answer);
            let kept = answer.and_then(|answer| serde_json::from_slice::<Kept>(&answer).ok());
            let kept = kept.ok_or_else(|| Problem::from(StoreError::Repeated))?;
            Ok(Begun::Answered(kept.into_response()))
        }
    }
}

/// Keys of one who asks are none of another.
fn name(who: &Identity) -> String {
    match &who.who {
        Who::Person(who) => format!("person-{}", who.person.id),
        Who::Token(token) => format!("token-{}", token.id),
    }
}

/// The key, if it is one.
fn written(headers: &HeaderMap) -> Result<&str, Problem> {
    let mut all = headers.get_all(&KEY).iter();
    let (first, more) = (all.next(), all.next());
    let key = first.filter(|_| more.is_none()).and_then(|key| key.to_str().ok()).map(str::trim);
    key.filter(|key| !key.is_empty() && key.len() <= KEY_BYTES_MAX).ok_or_else(|| {
        Problem::invalid(
            "Idempotency-Key",
            format!("expected one, of 1 to {KEY_BYTES_MAX} visible characters"),
        )
    })
}

fn digest(parts: &Parts, body: &[u8]) -> String {
    let kind = parts.headers.get(header::CONTENT_TYPE).map(HeaderValue::as_bytes).unwrap_or_default();
    let target = parts.uri.path_and_query().map_or("", |target| target.as_str());
    let mut digest = Sha256::new();
    for part in [parts.method.as_str().as_bytes(), target.as_bytes(), kind, body] {
        digest.update((part.len() as u64).to_be_bytes());
        digest.update(part);
    }
    HEXLOWER.encode(&digest.finalize())
}

/// Keeps the answer to a request that was done.
async fn keep(state: &ApiState, key: String, digest: String, response: Response) -> Response {
    if !response.status().is_success() {
        return response;
    }
    let (parts, body) = response.into_parts();
    let Ok(body) = to_bytes(body, ANSWER_BYTES_MAX).await else { return Problem::internal().into_response() };
    let told = [header::CONTENT_TYPE, header::ETAG].into_iter().filter_map(|name| {
        let value = parts.headers.get(&name)?.to_str().ok()?;
        Some((name.to_string(), value.to_owned()))
    });
    let kept = Kept { status: parts.status.as_u16(), headers: told.collect(), body: BASE64.encode(&body) };
    let sealed = serde_json::to_vec(&kept).map(|kept| state.auth.key().seal(&key, &kept)).unwrap_or_default();
    let done = state
        .app
        .blocking(move |app| {
            app.register.store().write(|tx| tx.keep_answer(&key, &digest, &sealed, app.now()))
        })
        .await;
    if done.is_err() {
        tracing::warn!("an answer could not be kept: the same request will be told that it was done");
    }
    Response::from_parts(parts, Body::from(body))
}

impl IntoResponse for Kept {
    fn into_response(self) -> Response {
        let body = BASE64.decode(self.body.as_bytes()).unwrap_or_default();
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::OK);
        let mut response = (status, body).into_response();
        response.headers_mut().remove(header::CONTENT_TYPE);
        for (name, value) in self.headers {
            if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), HeaderValue::from_str(&value)) {
                response.headers_mut().insert(name, value);
            }
        }
        response
    }
}
