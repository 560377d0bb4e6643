//! A request by a browser, as the doors see it.

use std::{convert::Infallible, net::IpAddr, sync::Arc};

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts},
    response::{IntoResponse, Redirect, Response},
};
use jiff::Timestamp;
use maud::Markup;

use crate::auth::{
    Auth, Identity, PageRequest, Reason, Refused, SecretText,
    admit::{Admitted, check_form},
    cookie::Cookie,
};

/// Bytes of what a browser calls itself that are kept.
const AGENT_BYTES_MAX: usize = 200;

/// A request by a browser.
#[derive(Clone)]
pub(crate) struct Visit {
    admitted: Admitted,
    auth: Auth,
}

impl FromRequestParts<Auth> for Visit {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, auth: &Auth) -> Result<Self, Infallible> {
        Ok(Self { admitted: Admitted::of(parts), auth: auth.clone() })
    }
}

impl Visit {
    pub(crate) fn address(&self) -> IpAddr {
        self.admitted.address
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.admitted.now
    }

    pub(crate) fn identity(&self) -> Option<&Arc<Identity>> {
        self.admitted.identity.as_ref()
    }

    fn headers(&self) -> &HeaderMap {
        &self.admitted.headers
    }

    /// What the browser calls itself.
    pub(crate) fn agent(&self) -> String {
        let agent = self.headers().get(header::USER_AGENT).and_then(|value| value.to_str().ok());
        let text = agent.unwrap_or_default();
        text.get(..AGENT_BYTES_MAX).unwrap_or(text).to_owned()
    }

    /// A cookie of ours with a random text.
    pub(crate) fn cookie(&self, cookie: Cookie) -> Option<SecretText> {
        cookie.read(self.headers(), self.auth.site().transport()).and_then(SecretText::read)
    }

    pub(crate) fn refuse(&self, reason: Reason) -> Refused {
        self.admitted.refuse(reason)
    }

    /// Lets a form pass that carries the token of the key in its cookie.
    pub(crate) fn check_form(&self, sent: &str) -> Result<(), Refused> {
        check_form(&self.auth, self.headers(), sent).map_err(|reason| self.refuse(reason))
    }

    /// Does something that blocks.
    pub(crate) async fn blocking<T: Send + 'static, E: std::fmt::Display + Send + 'static>(
        &self,
        job: impl FnOnce(&Auth, &Self) -> Result<T, E> + Send + 'static,
    ) -> Result<T, Refused> {
        let visit = self.clone();
        let done = self.auth.blocking(move |auth| job(auth, &visit)).await;
        done.map_err(|reason| self.refuse(reason))
    }

    /// A page with a form that is used before the login.
    pub(crate) fn door(&self, status: StatusCode, show: impl FnOnce(&PageRequest) -> Markup) -> Response {
        let kept = self.cookie(Cookie::Form);
        let key = kept.clone().unwrap_or_else(SecretText::random);
        let markup = show(&self.admitted.page(key.form_token()));
        let mut response = (status, markup).into_response();
        if kept.is_none() {
            add_cookie(&mut response, Cookie::Form.set(key.expose(), self.auth.site().transport()));
        }
        response
    }

    /// A page for somebody who is logged in.
    pub(crate) fn page(&self, status: StatusCode, show: impl FnOnce(&PageRequest) -> Markup) -> Response {
        let csrf = self.identity().map_or("", |identity| identity.csrf()).to_owned();
        (status, show(&self.admitted.page(csrf))).into_response()
    }

    /// A way to a path, with the cookie of a session that begins.
    pub(crate) fn enter(&self, id: &SecretText, path: &str) -> Response {
        let transport = self.auth.site().transport();
        let mut response = Redirect::to(path).into_response();
        add_cookie(&mut response, Cookie::Session.set(id.expose(), transport));
        add_cookie(&mut response, Cookie::Step.clear(transport));
        add_cookie(&mut response, Cookie::Form.clear(transport));
        response
    }

    /// A way to a path, with the cookie of a login that is half done.
    pub(crate) fn step(&self, key: &SecretText, path: &str) -> Response {
        let mut response = Redirect::to(path).into_response();
        add_cookie(&mut response, Cookie::Step.set(key.expose(), self.auth.site().transport()));
        response
    }

    /// A way to a path, out of the session.
    pub(crate) fn leave(&self, path: &str) -> Response {
        let mut response = Redirect::to(path).into_response();
        add_cookie(&mut response, Cookie::Session.clear(self.auth.site().transport()));
        response
    }
}

fn add_cookie(response: &mut Response, cookie: HeaderValue) {
    response.headers_mut().append(header::SET_COOKIE, cookie);
}
