//! What a client is told when something is not done: RFC 9457, `application/problem+json`. The log is told more.
#![allow(unused_qualifications, reason = "the macros of utoipa write them")]

use std::collections::BTreeMap;

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use stanch_model::Refused;
use stanch_response::{BatchError, RegisterError};
use stanch_store::StoreError;
use utoipa::{
    ToSchema,
    openapi::{self, ContentBuilder, Ref, RefOr, ResponseBuilder},
};

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

    /// What happened this time.
    pub(crate) fn detail(&self) -> &str {
        &self.detail
    }

    /// The status of the answer.
    pub(crate) fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
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
        let response = |text: &str| {
            ResponseBuilder::new().description(text).content("application/problem+json", content()).build()
        };
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
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
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
            | RegisterError::NoAllowance(_) => Self::not_found(error.to_string()),
            RegisterError::AllowanceOver(_) => Self::conflict(error.to_string()),
            RegisterError::Changed { .. } => Self::changed(error.to_string()),
            RegisterError::Refused(refused) => refused.into(),
            RegisterError::Invalid { field, why } => Self::invalid(field, why),
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

impl From<BatchError> for Problem {
    fn from(error: BatchError) -> Self {
        match error {
            BatchError::TooManyLines => Self::too_large(error.to_string()),
            BatchError::Encoding => Self::malformed(error.to_string()),
        }
    }
}
