//! What a server says is wrong: `application/problem+json`, RFC 9457.

use std::fmt;

use serde::Deserialize;
use ureq::http::StatusCode;

/// Longest text of a server that is shown, in characters.
const TEXT_CHARACTERS_MAX: usize = 300;
/// Most mistakes of fields that are shown.
const ERRORS_MAX: usize = 5;

/// A problem as a server tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    /// The status of HTTP.
    pub(crate) status: u16,
    /// What is wrong, in a few words.
    pub(crate) title: String,
    /// What is wrong this time; empty where the server does not say.
    pub(crate) detail: String,
    /// Which fields are wrong, and why.
    pub(crate) errors: Vec<FieldError>,
}

/// What is wrong with one field.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(crate) struct FieldError {
    /// The name of the field.
    pub(crate) field: String,
    /// What is wrong with it.
    #[serde(alias = "detail", alias = "error")]
    pub(crate) message: String,
}

/// The document as it is sent; fields of other types than these are as good as none.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Written {
    title: String,
    detail: String,
    errors: Vec<FieldError>,
}

impl Problem {
    /// Reads the answer with `status`; a body that is no problem leaves what the status says.
    pub(super) fn read(status: StatusCode, body: &[u8]) -> Self {
        let Written { title, detail, errors } = serde_json::from_slice(body).unwrap_or_default();
        let reason = || status.canonical_reason().unwrap_or("an error").to_lowercase();
        let shown = errors.into_iter().take(ERRORS_MAX);
        Self {
            status: status.as_u16(),
            title: Some(title).filter(|title| !title.is_empty()).map_or_else(reason, short),
            detail: short(detail),
            errors: shown
                .map(|error| FieldError { field: short(error.field), message: short(error.message) })
                .collect(),
        }
    }

    /// Whether the same request may be taken later: the server is busy or away, or does not know who asks.
    pub(crate) fn may_pass(&self) -> bool {
        matches!(self.status, 401 | 403 | 408 | 425 | 429 | 500..)
    }

    /// Whether the server does not know who asks, or does not let them.
    pub(crate) fn is_of_token(&self) -> bool {
        matches!(self.status, 401 | 403)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.status, self.title)?;
        if !self.detail.is_empty() {
            write!(f, ": {}", self.detail)?;
        }
        for error in self.errors.iter().map(|error| format!("{}: {}", error.field, error.message)) {
            // One mistake is often all that the detail tells of.
            if error != self.detail {
                write!(f, "; {error}")?;
            }
        }
        Ok(())
    }
}

/// A text of a server, cut to what a person reads.
fn short(text: String) -> String {
    match text.char_indices().nth(TEXT_CHARACTERS_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_is_read_and_told_in_a_line() {
        let body = br#"{"type":"/problems/invalid","title":"invalid","status":422,"detail":"two fields",
            "errors":[{"field":"origin.name","message":"is empty"},{"field":"scope","detail":"unknown"}]}"#;
        let problem = Problem::read(StatusCode::UNPROCESSABLE_ENTITY, body);
        assert_eq!(problem.to_string(), "422 invalid: two fields; origin.name: is empty; scope: unknown");
        assert!(!problem.may_pass());
    }

    #[test]
    fn what_the_detail_says_is_not_said_again() {
        let body = br#"{"title":"invalid","detail":"text: is empty","errors":[{"field":"text","error":"is empty"}]}"#;
        let problem = Problem::read(StatusCode::UNPROCESSABLE_ENTITY, body);
        assert_eq!(problem.to_string(), "422 invalid: text: is empty");
    }

    #[test]
    fn what_is_no_problem_leaves_the_status() {
        for body in [&b"<html>"[..], b"", b"[1]", b"{\"title\":7}"] {
            assert_eq!(Problem::read(StatusCode::BAD_GATEWAY, body).to_string(), "502 bad gateway");
        }
        let long = format!("{{\"title\":\"{}\"}}", "é".repeat(1000));
        let title = Problem::read(StatusCode::BAD_REQUEST, long.as_bytes()).title;
        assert_eq!(title.chars().count(), TEXT_CHARACTERS_MAX + 1);
    }

    #[test]
    fn what_may_pass_is_kept_for_later() {
        let may_pass = |status| Problem::read(status, b"").may_pass();
        assert!(may_pass(StatusCode::TOO_MANY_REQUESTS) && may_pass(StatusCode::UNAUTHORIZED));
        assert!(may_pass(StatusCode::INTERNAL_SERVER_ERROR) && may_pass(StatusCode::SERVICE_UNAVAILABLE));
        assert!(!may_pass(StatusCode::BAD_REQUEST) && !may_pass(StatusCode::NOT_FOUND));
        assert!(!may_pass(StatusCode::MOVED_PERMANENTLY));
    }
}
