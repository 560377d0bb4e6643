//! What a client is told when something is not done: RFC 9457, `application/problem+json`. The log is told more.
#![allow(unused_qualifications, reason = "the macros of utoipa write them")]

use std::collections::BTreeMap;

use axum::{
    Json,
    extract::Request,
    http::{HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use serde::Serialize;
use stanch_connectors::inbound::InboundError;
use stanch_model::Refused;
use stanch_response::{BatchError, RegisterError};
use stanch_store::StoreError;
use utoipa::{
    ToSchema,
    openapi::{self, ContentBuilder, Ref, RefOr, ResponseBuilder},
};

use crate::auth::AccountError;

/// The media type of problems.
const PROBLEM: &str = "application/problem+json";

/// Why something was not done, as a client is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Problem {
    /// Where this kind of problem is described.
    #[serde(rename = "type")]
    kind: String,
    /// The kind in words.
    title: &'static str,
    /// The status of the answer.
    status: u16,
    /// What happened this time.
    detail: String,
    /// Which fields are wrong, where fields are.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldError>,
    /// How many seconds to wait.
    #[serde(skip)]
    retry_after: Option<u64>,
}

/// A field that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct FieldError {
    /// Which.
    field: String,
    /// What is wrong with it; quotes no value.
    error: String,
}

impl Problem {
    fn new(status: StatusCode, kind: &str, title: &'static str, detail: impl Into<String>) -> Self {
        Self {
            kind: format!("/problems/{kind}"),
            title,
            status: status.as_u16(),
            detail: detail.into(),
            errors: Vec::new(),
            retry_after: None,
        }
    }

    /// There is no such thing, or it may not be seen.
    pub(crate) fn not_found(what: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not-found", "not found", what)
    }

    /// The request makes no sense.
    pub(crate) fn invalid(field: &str, error: impl Into<String>) -> Self {
        let error = error.into();
        let mut problem = Self::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "invalid",
            "the request is not valid",
            format!("{field}: {error}"),
        );
        problem.errors.push(FieldError { field: field.to_owned(), error });
        problem
    }

    /// The request cannot be read.
    pub(crate) fn malformed(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "malformed", "the request cannot be read", detail)
    }

    /// The body is larger than allowed.
    pub(crate) fn too_large(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too-large", "the request is too large", detail)
    }

    /// The body is of a kind that is not read here.
    pub(crate) fn unsupported(detail: impl Into<String>) -> Self {
        Self::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unsupported",
            "the kind of body is not read here",
            detail,
        )
    }

    /// Nothing proves who asks.
    pub(crate) fn unproven(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "unproven", "the sender is not proven", detail)
    }

    /// Who asks may not do that.
    pub(crate) fn forbidden(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", "not allowed", detail)
    }

    /// The state of things does not allow it.
    pub(crate) fn conflict(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, "conflict", "the state does not allow it", detail)
    }

    /// Somebody else changed it in the meantime.
    pub(crate) fn changed(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::PRECONDITION_FAILED, "changed", "changed in the meantime", detail)
    }

    /// The database is away.
    pub(crate) fn unavailable() -> Self {
        Self {
            retry_after: Some(5),
            ..Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "unavailable",
                "not available now",
                "the database does not answer; nothing was changed",
            )
        }
    }

    /// A defect of Stanch.
    pub(crate) fn internal() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "a defect of stanch",
            "the server's log says more; nothing was changed",
        )
    }

    /// What a status of a library says, in our words: its own may quote what was sent.
    fn of_status(status: StatusCode) -> Self {
        match status {
            StatusCode::BAD_REQUEST => {
                Self::malformed("a parameter of the path or the query is not of its form")
            }
            StatusCode::NOT_FOUND => Self::not_found("there is no such page"),
            StatusCode::METHOD_NOT_ALLOWED => Self::new(
                status,
                "method-not-allowed",
                "not done here",
                "the path is right, the method is not",
            ),
            StatusCode::PAYLOAD_TOO_LARGE => Self::too_large("the body is larger than this route takes"),
            StatusCode::UNSUPPORTED_MEDIA_TYPE => Self::unsupported("another kind of body is expected"),
            StatusCode::UNPROCESSABLE_ENTITY => Self::invalid("body", "is not of the documented form"),
            status if status.is_client_error() => {
                Self::new(status, "refused", "refused", "the request cannot be served")
            }
            _ => Self::internal(),
        }
    }

    /// What happened this time.
    pub(crate) fn detail(&self) -> &str {
        &self.detail
    }

    /// The status of the answer.
    pub(crate) fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

/// Makes a problem of every refusal that is none yet: those of the library that reads paths and queries are plain text.
pub(crate) async fn as_problems(request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    let status = response.status();
    let is_refusal = status.is_client_error() || status.is_server_error();
    let kind = response.headers().get(header::CONTENT_TYPE).map(HeaderValue::as_bytes);
    if !is_refusal || kind == Some(PROBLEM.as_bytes()) {
        return response;
    }
    let allow = response.headers().get(header::ALLOW).cloned();
    let mut problem = Problem::of_status(status).into_response();
    if let Some(allow) = allow {
        problem.headers_mut().insert(header::ALLOW, allow);
    }
    problem
}

/// How any request may be refused, for the document of the API.
pub(crate) struct Refusals;

impl utoipa::IntoResponses for Refusals {
    fn responses() -> BTreeMap<String, RefOr<openapi::Response>> {
        let statuses = [
            ("400", "the request cannot be read"),
            ("401", "who asks is not known"),
            ("403", "who asks may not do that"),
            ("404", "there is no such thing, or it may not be seen"),
            ("409", "the state does not allow it"),
            ("412", "changed in the meantime"),
            ("413", "the request is too large"),
            ("415", "the kind of body is not read here"),
            ("422", "a field is not valid"),
            ("429", "too many requests"),
            ("503", "the database does not answer"),
        ];
        let content = || ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
        let response =
            |text: &str| ResponseBuilder::new().description(text).content(PROBLEM, content()).build();
        statuses.into_iter().map(|(status, text)| (status.to_owned(), response(text).into())).collect()
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let (status, retry_after) = (self.status(), self.retry_after);
        let mut response = (status, Json(&self)).into_response();
        // Whoever shows it to a browser finds it here.
        response.extensions_mut().insert(self);
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM));
        if let Some(seconds) = retry_after {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"stanch\""));
        }
        response
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Busy(_) | StoreError::Open { .. } => {
                tracing::warn!(%error, "the database does not answer");
                Self::unavailable()
            }
            StoreError::Repeated => {
                Self::conflict("this request was done before, and its answer is not kept")
            }
            error => {
                tracing::error!(%error, "the database refused");
                Self::internal()
            }
        }
    }
}

impl From<RegisterError> for Problem {
    fn from(error: RegisterError) -> Self {
        match error {
            RegisterError::Store(error) => error.into(),
            RegisterError::NoIncident(_)
            | RegisterError::NoLeak(_)
            | RegisterError::NoTask { .. }
            | RegisterError::NoMessage(_)
            | RegisterError::NoAllowance(_) => Self::not_found(error.to_string()),
            RegisterError::AllowanceOver(_) => Self::conflict(error.to_string()),
            RegisterError::Changed { .. } => Self::changed(error.to_string()),
            RegisterError::Refused(refused) => refused.into(),
            RegisterError::Invalid { field, why } => Self::invalid(field, why),
        }
    }
}

impl From<AccountError> for Problem {
    fn from(error: AccountError) -> Self {
        match error {
            AccountError::Store(error) => error.into(),
            AccountError::Field { field, why } => Self::invalid(field, why),
            AccountError::Missing(_) => Self::not_found(error.to_string()),
            AccountError::Taken { .. } | AccountError::LastAdmin => Self::conflict(error.to_string()),
        }
    }
}

impl From<Refused> for Problem {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::NoEvidence { .. } => Self::invalid("evidence", refused.to_string()),
            Refused::NoReason { .. } => Self::invalid("reason", refused.to_string()),
            refused => Self::conflict(refused.to_string()),
        }
    }
}

impl From<InboundError> for Problem {
    fn from(error: InboundError) -> Self {
        match error {
            InboundError::Unsigned(_) | InboundError::Forged | InboundError::Stale => {
                Self::unproven(error.to_string())
            }
            InboundError::TooLong => Self::too_large(error.to_string()),
            InboundError::Malformed(_) => Self::malformed(error.to_string()),
        }
    }
}

impl From<BatchError> for Problem {
    fn from(error: BatchError) -> Self {
        match error {
            BatchError::TooManyLines => Self::too_large(error.to_string()),
            BatchError::Encoding => Self::malformed(error.to_string()),
        }
    }
}
