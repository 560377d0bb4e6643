//! What is refused, as a page for whoever sits at a browser.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

use jiff::Timestamp;

use super::visitor::frame_for;
use crate::{
    app::App,
    auth::{Identity, MaybeLogin},
    pages::failure::{self, Failure},
    problem::Problem,
};

/// Turns problems into pages where a page was asked for.
pub(super) async fn as_page(
    State(app): State<App>,
    MaybeLogin(who): MaybeLogin,
    request: Request,
    next: Next,
) -> Response {
    let headers = wants_page(&request).then(|| request.headers().clone());
    let response = next.run(request).await;
    match headers {
        Some(headers) => shown(&app, who.as_ref(), &headers, response),
        None => response,
    }
}

/// Programs say so by the path, by a token, or by not asking for HTML.
fn wants_page(request: &Request) -> bool {
    let headers = request.headers();
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let is_api = request.uri().path().starts_with("/api/") || headers.contains_key(header::AUTHORIZATION);
    accept.contains("text/html") && !is_api
}

fn shown(app: &App, who: Option<&Arc<Identity>>, headers: &HeaderMap, response: Response) -> Response {
    let Some(failure) = failure_of(&response, app.now()) else { return response };
    let mut frame = frame_for(who.map(|who| &**who), headers, app.now());
    frame.data = app.shown.data;
    let mut page = (response.status(), failure::page(&frame, &failure)).into_response();
    if let Some(after) = response.headers().get(header::RETRY_AFTER) {
        page.headers_mut().insert(header::RETRY_AFTER, HeaderValue::clone(after));
    }
    page
}

/// Why a request was refused; none where it was not, or where the answer is a page already.
fn failure_of(response: &Response, now: Timestamp) -> Option<Failure> {
    let problem = response.extensions().get::<Problem>();
    let kind = response.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let is_plain = kind.is_none_or(|kind| kind.starts_with("text/plain"));
    if problem.is_none() && !is_plain {
        return None;
    }
    let detail = problem.map_or("The server does not understand this request.", Problem::detail);
    match response.status() {
        status if !status.is_client_error() && !status.is_server_error() => None,
        StatusCode::FORBIDDEN => Some(Failure::Forbidden),
        StatusCode::NOT_FOUND => Some(Failure::Missing),
        StatusCode::PRECONDITION_FAILED => Some(Failure::Changed),
        StatusCode::SERVICE_UNAVAILABLE => Some(Failure::Unavailable),
        status if status.is_server_error() => Some(Failure::Internal(now.to_string())),
        _ => Some(Failure::Refused(detail.to_owned())),
    }
}
