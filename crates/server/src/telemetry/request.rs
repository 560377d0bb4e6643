//! Counts each request, and tells of it in the log and as a span.

use std::{
    sync::{Arc, OnceLock},
    time::{Duration, Instant},
};

use axum::{
    extract::{MatchedPath, Request, State},
    http::{HeaderValue, Method},
    middleware::Next,
    response::Response,
};
use tracing::{Instrument as _, Span, field::Empty};

use super::trace_id::{REQUEST_ID, TRACEPARENT, TraceContext, request_id};
use crate::{
    app::App,
    auth::{Identity, Who},
    metrics::Asked,
};

/// The route of what no route takes.
const NO_ROUTE: &str = "(none)";
/// Routes that are asked all the time.
const QUIET: [&str; 4] = ["/healthz", "/readyz", "/metrics", "/assets/{name}"];

/// Who made a request; known once it is admitted, and read when it is answered.
#[derive(Clone, Debug, Default)]
pub(crate) struct Caller(Arc<OnceLock<Arc<Identity>>>);

impl Caller {
    /// It is this one.
    pub(crate) fn is(&self, identity: &Arc<Identity>) {
        // A request is admitted once.
        let _ = self.0.set(Arc::clone(identity));
    }

    /// Who it is, by a number.
    fn name(&self) -> String {
        match self.0.get().map(|identity| &identity.who) {
            Some(Who::Person(who)) => format!("person:{}", who.person.id),
            Some(Who::Token(token)) => format!("token:{}", token.id),
            None => "nobody".to_owned(),
        }
    }
}

/// A request as it is told of.
struct Told {
    asked: Asked,
    caller: Caller,
    id: String,
    trace: TraceContext,
    parent: Option<TraceContext>,
}

/// Counts a request and tells of it.
pub(super) async fn watch(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let told = Told::of(&request);
    request.extensions_mut().insert(told.caller.clone());
    let begun = Instant::now();
    let span = told.span();
    let mut response = next.run(request).instrument(span.clone()).await;
    let (status, took) = (response.status().as_u16(), begun.elapsed());
    span.record("http.response.status_code", i64::from(status));
    span.record("otel.failed", status >= 500);
    app.meters.answered(&told.asked, status, took);
    told.log(status, took);
    if let Ok(id) = HeaderValue::try_from(&told.id) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    if let Some(header) = told.trace.header() {
        response.headers_mut().insert(TRACEPARENT, header);
    }
    response
}

impl Told {
    fn of(request: &Request) -> Self {
        let parent = TraceContext::read(request.headers());
        Self {
            asked: asked(request),
            caller: Caller::default(),
            id: request_id(request.headers()),
            trace: parent.map_or_else(TraceContext::new, TraceContext::child),
            parent,
        }
    }

    fn span(&self) -> Span {
        let parent = self.parent.map(|parent| parent.span_text()).unwrap_or_default();
        // The name of the field of a trace comes before that of its span: the exporter reads them in this order.
        tracing::info_span!(
            "request",
            otel.kind = "server",
            trace_id = self.trace.trace_text(),
            span_id = self.trace.span_text(),
            parent_id = parent,
            sampled = self.trace.is_sampled,
            request_id = self.id,
            http.request.method = self.asked.method,
            http.route = self.asked.route,
            http.response.status_code = Empty,
            otel.failed = Empty,
        )
    }

    fn log(&self, status: u16, took: Duration) {
        let Asked { route, method } = &self.asked;
        let (actor, request_id, trace_id) = (self.caller.name(), &self.id, self.trace.trace_text());
        let ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        if QUIET.contains(&route.as_str()) {
            tracing::debug!(method, route, status, ms, actor, request_id, trace_id, "answered");
        } else {
            tracing::info!(method, route, status, ms, actor, request_id, trace_id, "answered");
        }
    }
}

/// What was asked for; its route, never its path, which may hold what is nobody's business.
fn asked(request: &Request) -> Asked {
    let route = request.extensions().get::<MatchedPath>().map_or(NO_ROUTE, MatchedPath::as_str);
    Asked { route: route.to_owned(), method: method(request.method()) }
}

/// Methods that make no sense here are not told apart: a client chooses them.
fn method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}
