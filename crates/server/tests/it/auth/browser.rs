//! A browser: it keeps cookies, reads the token of the last form, and says where its requests come from.

use std::collections::BTreeMap;

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{HeaderMap, Request, header},
};
use tower::ServiceExt;
use url::form_urlencoded::Serializer;

use super::house::URL;

/// A browser.
#[derive(Clone)]
pub(crate) struct Browser {
    router: Router,
    /// Cookies by name.
    pub(crate) cookies: BTreeMap<String, String>,
    /// The token of the form that was seen last.
    pub(crate) csrf: String,
    /// Headers of every request.
    pub(crate) headers: Vec<(&'static str, String)>,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("a text"))
    }

    pub(crate) fn location(&self) -> &str {
        self.header("location")
    }

    /// The cookies it sets, as they stand.
    pub(crate) fn cookies(&self) -> Vec<&str> {
        let all = self.headers.get_all(header::SET_COOKIE).into_iter();
        all.map(|value| value.to_str().expect("a text")).collect()
    }
}

impl Browser {
    pub(crate) fn new(router: Router) -> Self {
        let headers = [
            ("accept", "text/html"),
            ("user-agent", "a browser of these tests"),
            ("origin", URL),
            ("sec-fetch-site", "same-origin"),
        ];
        let headers = headers.map(|(name, value)| (name, value.to_owned())).to_vec();
        Self { router, cookies: BTreeMap::new(), csrf: String::new(), headers }
    }

    /// The same without or with another header.
    pub(crate) fn with(&self, name: &'static str, value: Option<&str>) -> Self {
        let mut other = self.clone();
        other.headers.retain(|(known, _)| *known != name);
        other.headers.extend(value.map(|value| (name, value.to_owned())));
        other
    }

    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        self.request("GET", path, None).await
    }

    /// Posts a form with the token that was seen last.
    pub(crate) async fn send(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let csrf = self.csrf.clone();
        self.send_with(path, &csrf, fields).await
    }

    /// Posts a form with another token.
    pub(crate) async fn send_with(&mut self, path: &str, csrf: &str, fields: &[(&str, &str)]) -> Answer {
        let mut form = Serializer::new(String::new());
        form.extend_pairs(fields).append_pair("csrf", csrf);
        self.request("POST", path, Some(form.finish())).await
    }

    /// Looks at the login page and fills it in.
    pub(crate) async fn log_in(&mut self, login: &str, password: &str) -> Answer {
        self.get("/login").await;
        self.send("/login", &[("login", login), ("password", password)]).await
    }

    pub(crate) async fn request(&mut self, method: &str, path: &str, form: Option<String>) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        if !self.cookies.is_empty() {
            let pairs: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            request = request.header(header::COOKIE, pairs.join("; "));
        }
        if form.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        }
        let request = request.body(form.map_or_else(Body::empty, Body::from)).expect("a request");
        let response = self.router.clone().oneshot(request).await.expect("an answer");
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, 1 << 20).await.expect("a body");
        let answer = Answer {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body: String::from_utf8(bytes.to_vec()).expect("a text"),
        };
        self.keep(&answer);
        answer
    }

    fn keep(&mut self, answer: &Answer) {
        for cookie in answer.cookies() {
            let pair = cookie.split(';').next().unwrap_or_default();
            let (name, value) = pair.split_once('=').expect("a cookie");
            if cookie.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        if let Some((_, rest)) = answer.body.split_once("name=\"csrf\" value=\"") {
            self.csrf = rest.chars().take_while(|&c| c != '"').collect();
        }
    }
}
