//! Which trace and which request something belongs to, as others told.
//! Source: <https://www.w3.org/TR/trace-context/>, version 00.

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use data_encoding::HEXLOWER;

/// The header of traces.
pub(super) const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
/// The header of requests.
pub(super) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Longest id of a request that is taken over, in bytes.
const REQUEST_ID_MAX: usize = 64;

/// A trace, and a span of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TraceContext {
    pub(super) trace: [u8; 16],
    pub(super) span: [u8; 8],
    /// Whether whoever began it records it.
    pub(super) is_sampled: bool,
}

impl TraceContext {
    /// A trace that begins here.
    pub(super) fn new() -> Self {
        let mut trace = [0; 16];
        fill(&mut trace);
        Self { trace, span: span_id(), is_sampled: true }
    }

    /// What the header says; none if it makes no sense.
    pub(super) fn read(headers: &HeaderMap) -> Option<Self> {
        let text = headers.get(TRACEPARENT)?.to_str().ok()?;
        let mut parts = text.split('-');
        let (version, trace, span, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        // A later version may say more, and says this first.
        let is_known = version.len() == 2 && version != "ff" && (version != "00" || parts.next().is_none());
        let trace = bytes::<16>(trace)?;
        let span = bytes::<8>(span)?;
        let [flags] = bytes::<1>(flags)?;
        let is_right = is_known && trace != [0; 16] && span != [0; 8];
        is_right.then_some(Self { trace, span, is_sampled: flags & 1 == 1 })
    }

    /// A span within this one.
    pub(super) fn child(self) -> Self {
        Self { span: span_id(), ..self }
    }

    pub(super) fn trace_text(&self) -> String {
        HEXLOWER.encode(&self.trace)
    }

    pub(super) fn span_text(&self) -> String {
        HEXLOWER.encode(&self.span)
    }

    /// As a header.
    pub(super) fn header(&self) -> Option<HeaderValue> {
        let flags = u8::from(self.is_sampled);
        HeaderValue::try_from(format!("00-{}-{}-{flags:02x}", self.trace_text(), self.span_text())).ok()
    }
}

/// A new id of a span.
pub(super) fn span_id() -> [u8; 8] {
    let mut span = [0; 8];
    fill(&mut span);
    span
}

/// Ids of spans must differ, no more: where there is no randomness they are all one, and nothing else depends on them.
fn fill(bytes: &mut [u8]) {
    if getrandom::fill(bytes).is_err() {
        bytes.fill(1);
    }
}

fn bytes<const N: usize>(text: &str) -> Option<[u8; N]> {
    if text.len() != 2 * N {
        return None;
    }
    HEXLOWER.decode(text.as_bytes()).ok()?.try_into().ok()
}

/// The id of a request: what a client or a proxy called it, if that is a plain word, else a new one.
pub(super) fn request_id(headers: &HeaderMap) -> String {
    let told = headers.get(REQUEST_ID).and_then(|value| value.to_str().ok());
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    let told = told.filter(|id| (1..=REQUEST_ID_MAX).contains(&id.len()) && id.bytes().all(is_plain));
    told.map_or_else(|| HEXLOWER.encode(&span_id()), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<TraceContext> {
        let mut headers = HeaderMap::new();
        headers.insert(TRACEPARENT, text.parse().expect("a header"));
        TraceContext::read(&headers)
    }

    #[test]
    fn a_trace_goes_on() {
        let text = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        let read = read(text).expect("a trace");
        assert_eq!(read.header().expect("a header"), text);
        let child = read.child();
        assert_eq!((child.trace, child.is_sampled), (read.trace, true));
        assert_ne!(child.span, read.span);
    }

    #[test]
    fn what_makes_no_sense_is_not_taken_over() {
        let (trace, span) = ("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331");
        for text in [
            String::new(),
            format!("00-{trace}-{span}"),
            format!("00-{trace}-{span}-01-more"),
            format!("ff-{trace}-{span}-01"),
            format!("00-{}-{span}-01", "0".repeat(32)),
            format!("00-{trace}-{}-01", "0".repeat(16)),
            format!("00-{}-{span}-01", trace.to_uppercase()),
        ] {
            assert_eq!(read(&text), None, "{text}");
        }
        assert!(read(&format!("01-{trace}-{span}-00-more")).is_some_and(|read| !read.is_sampled));
    }

    #[test]
    fn ids_of_requests_are_plain_words() {
        let id = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(REQUEST_ID, text.parse().expect("a header"));
            request_id(&headers)
        };
        assert_eq!(id("edge-1.2_3"), "edge-1.2_3");
        for text in ["", "a b", "a\"b", &"x".repeat(65)] {
            assert_eq!(id(text).len(), 16, "{text}");
        }
    }
}
