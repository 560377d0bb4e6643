//! Requests that are refused: a problem (RFC 9457) for programs, a page or a way to the login for people.

use std::{fmt, sync::Arc};

use axum::{
    Json,
    http::{HeaderValue, StatusCode, Uri, header},
    response::{IntoResponse, Redirect, Response},
};
use serde_json::json;

use super::{AuthPages, PageRequest, Permission, next_path};

/// How answers to a request look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// JSON, for a program.
    Api,
    /// A page, for a person.
    Page,
}

/// Why a request is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// Nobody is logged in.
    #[error("log in, or send a token")]
    NotLoggedIn,
    /// A token or a session was sent that does not count.
    #[error("the token does not count: it is unknown, expired or revoked")]
    BadToken,
    /// They may not do that.
    #[error("this needs the permission {0}")]
    Forbidden(Permission),
    /// Only people may do that.
    #[error("this is for people who are logged in, not for tokens")]
    PeopleOnly,
    /// The request does not show that it comes from a page of this server.
    #[error("the request does not show that it comes from a page of this server: load the page again")]
    Forged,
    /// The form is larger than forms are.
    #[error("the form is larger than {} KiB", super::admit::FORM_BYTES_MAX / 1024)]
    Large,
    /// Too many requests.
    #[error("too many requests: try again in {0} s")]
    TooMany(u64),
    /// The database is away.
    #[error("the register cannot be read at this moment")]
    Away,
}

impl Reason {
    /// The status of the answer.
    pub fn status(self) -> StatusCode {
        match self {
            Self::NotLoggedIn | Self::BadToken => StatusCode::UNAUTHORIZED,
            Self::Forbidden(_) | Self::PeopleOnly | Self::Forged => StatusCode::FORBIDDEN,
            Self::Large => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::Away => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// The name of the problem.
    fn problem(self) -> &'static str {
        match self {
            Self::NotLoggedIn => "not-logged-in",
            Self::BadToken => "bad-token",
            Self::Forbidden(_) | Self::PeopleOnly => "forbidden",
            Self::Forged => "forged",
            Self::Large => "too-large",
            Self::TooMany(_) => "too-many-requests",
            Self::Away => "unavailable",
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::NotLoggedIn => "not logged in",
            Self::BadToken => "token does not count",
            Self::Forbidden(_) | Self::PeopleOnly => "not allowed",
            Self::Forged => "not from a page of this server",
            Self::Large => "too large",
            Self::TooMany(_) => "too many requests",
            Self::Away => "register away",
        }
    }
}

/// A request that is refused, with what its answer depends on.
#[derive(Clone)]
pub struct Refused {
    /// Why.
    pub reason: Reason,
    /// How the answer looks.
    pub manner: Manner,
    pub(crate) asked: Box<Asked>,
}

/// What its answer depends on.
#[derive(Clone)]
pub(crate) struct Asked {
    /// What was asked for, to go on there after the login.
    pub(crate) uri: Uri,
    pub(crate) page: PageRequest,
    pub(crate) pages: Arc<dyn AuthPages>,
}

impl fmt::Debug for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Refused").field("reason", &self.reason).finish_non_exhaustive()
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let status = self.reason.status();
        let mut response = match (self.manner, self.reason) {
            (Manner::Page, Reason::NotLoggedIn) => {
                return Redirect::to(&format!("/login?next={}", next_path::escaped(&self.asked.uri)))
                    .into_response();
            }
            (Manner::Page, reason) => {
                (status, self.asked.pages.refused(&self.asked.page, reason)).into_response()
            }
            (Manner::Api, reason) => problem(reason),
        };
        let headers = response.headers_mut();
        if let Reason::TooMany(seconds) = self.reason {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

fn problem(reason: Reason) -> Response {
    let body = json!({
        "type": format!("/problems/{}", reason.problem()),
        "title": reason.title(),
        "status": reason.status().as_u16(),
        "detail": reason.to_string(),
    });
    let kind = [(header::CONTENT_TYPE, "application/problem+json")];
    (reason.status(), kind, Json(body)).into_response()
}
