//! Bodies of requests, read with errors that name the field.

use axum::{
    body::Bytes,
    extract::{FromRequest, Request},
    http::{HeaderMap, StatusCode, header},
};
use serde::de::DeserializeOwned;

use crate::problem::Problem;

/// A body of JSON.
pub(crate) struct JsonBody<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for JsonBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let kind = content_type(request.headers());
        if kind != "application/json" {
            return Err(Problem::unsupported("expected application/json"));
        }
        let bytes = read(request, state).await?;
        serde_json::from_slice(&bytes).map(Self).map_err(|error| told(&error))
    }
}

/// A body of any bytes, within the limit of the route.
pub(crate) struct RawBody(pub(crate) Bytes);

impl<S: Send + Sync> FromRequest<S> for RawBody {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        read(request, state).await.map(Self)
    }
}

async fn read<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, Problem> {
    Bytes::from_request(request, state).await.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Problem::too_large("the body is larger than this route takes"),
        _ => Problem::malformed("the body was cut off"),
    })
}

/// The media type of the body, in lower case, without parameters.
pub(crate) fn content_type(headers: &HeaderMap) -> String {
    let text = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// What is wrong, without the values that serde quotes.
pub(crate) fn told(error: &serde_json::Error) -> Problem {
    if !error.is_data() {
        return Problem::malformed(format!(
            "not JSON, from line {}, column {} on",
            error.line(),
            error.column()
        ));
    }
    let text = error.to_string();
    let field = text.split('`').nth(1).unwrap_or_default();
    match text.split(' ').next() {
        Some("missing") => Problem::invalid(field, "is missing"),
        Some("unknown") if text.starts_with("unknown field") => {
            Problem::invalid("body", "has an unknown field")
        }
        _ => Problem::invalid(
            "body",
            format!("is not of the documented form, at line {}, column {}", error.line(), error.column()),
        ),
    }
}
