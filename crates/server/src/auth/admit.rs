//! What every request goes through: who it is, whether it is one too many, and whether it was forged.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::Arc,
};

use axum::{
    body::{Body, to_bytes},
    extract::{ConnectInfo, Request, State},
    http::{HeaderMap, Method, Uri, header, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};
use jiff::{SignedDuration, Timestamp};
use stanch_store::StoreError;

use super::{
    Auth, AuthPages, Identity, LoggedIn, Manner, PageRequest, PlainPages, Reason, Refused, SecretText,
    address::{client, household},
    cookie::Cookie,
    refusal::Asked,
    site::is_token_of,
};
use crate::telemetry::Caller;

/// The largest form.
pub(crate) const FORM_BYTES_MAX: usize = 256 * 1024;
/// The use of a session or a token is noted at most once in this time.
const SEEN_PERIOD: SignedDuration = SignedDuration::from_mins(1);
/// The header by which scripts of our pages show where they come from.
const CSRF_HEADER: &str = "x-csrf-token";
/// Its counterpart in a form.
const CSRF_FIELD: &str = "csrf";

/// What is known of a request once it is admitted.
#[derive(Clone)]
pub(crate) struct Admitted {
    pub(crate) identity: Option<Arc<Identity>>,
    pub(crate) address: IpAddr,
    pub(crate) headers: HeaderMap,
    pub(crate) now: Timestamp,
    manner: Manner,
    uri: Uri,
    pages: Arc<dyn AuthPages>,
}

impl fmt::Debug for Admitted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Admitted").field("identity", &self.identity).finish_non_exhaustive()
    }
}

impl Admitted {
    fn new(auth: &Auth, parts: &Parts) -> Self {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        let peer = peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |info| info.0.ip());
        Self {
            identity: None,
            address: client(peer, &parts.headers, &auth.settings().trusted_proxies),
            manner: manner_of(parts),
            uri: if is_unsafe(&parts.method) { Uri::from_static("/") } else { parts.uri.clone() },
            headers: parts.headers.clone(),
            now: auth.now(),
            pages: Arc::clone(auth.pages()),
        }
    }

    /// What is known of a request; of one that nobody admitted, that nobody made it.
    pub(crate) fn of(parts: &Parts) -> Self {
        if let Some(admitted) = parts.extensions.get::<Arc<Self>>() {
            return Self::clone(admitted);
        }
        Self {
            identity: None,
            address: IpAddr::V4(Ipv4Addr::UNSPECIFIED),
            manner: manner_of(parts),
            uri: parts.uri.clone(),
            headers: HeaderMap::new(),
            now: Timestamp::UNIX_EPOCH,
            pages: Arc::new(PlainPages),
        }
    }

    pub(crate) fn refuse(&self, reason: Reason) -> Refused {
        let asked = Asked {
            uri: self.uri.clone(),
            page: self.page(self.identity.as_ref().map_or("", |identity| identity.csrf()).to_owned()),
            pages: Arc::clone(&self.pages),
        };
        Refused { reason, manner: self.manner, asked: Box::new(asked) }
    }

    /// What a page needs to know of the request.
    pub(crate) fn page(&self, csrf: String) -> PageRequest {
        PageRequest { identity: self.identity.clone(), csrf, headers: self.headers.clone(), now: self.now }
    }
}

/// Programs say so by the path, by a token, or by not asking for HTML.
fn manner_of(parts: &Parts) -> Manner {
    let accept = parts.headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let is_api = parts.uri.path().starts_with("/api/") || parts.headers.contains_key(header::AUTHORIZATION);
    if is_api || !accept.contains("text/html") { Manner::Api } else { Manner::Page }
}

/// Admits a request or refuses it.
pub(crate) async fn admit(State(auth): State<Auth>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let mut admitted = Admitted::new(&auth, &parts);
    match check(&auth, &mut admitted, &parts, body).await {
        Ok(body) => {
            if let (Some(identity), Some(caller)) = (&admitted.identity, parts.extensions.get::<Caller>()) {
                caller.is(identity);
            }
            parts.extensions.insert(Arc::new(admitted));
            next.run(Request::from_parts(parts, body)).await
        }
        Err(reason) => admitted.refuse(reason).into_response(),
    }
}

async fn check(auth: &Auth, admitted: &mut Admitted, parts: &Parts, body: Body) -> Result<Body, Reason> {
    let path = parts.uri.path();
    let now = admitted.now;
    auth.0.addresses.take(household(admitted.address), now).map_err(Reason::TooMany)?;
    if path.starts_with("/assets/") {
        return Ok(body);
    }
    admitted.identity = identify(auth, &parts.headers, now).await?.map(Arc::new);
    let Some(identity) = admitted.identity.clone() else { return Ok(body) };
    let key = match &identity.who {
        super::Who::Person(who) => (true, who.person.id),
        super::Who::Token(token) => (false, token.id),
    };
    auth.0.identities.take(key, now).map_err(Reason::TooMany)?;
    match identity.logged_in() {
        Some(who) if is_unsafe(&parts.method) && !is_door(path) => {
            if !auth.site().is_own(&parts.headers) {
                return Err(Reason::Forged);
            }
            check_csrf(who, &parts.headers, body).await
        }
        _ => Ok(body),
    }
}

fn is_unsafe(method: &Method) -> bool {
    !matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

/// Paths whose forms are used before the login; they check their own key.
fn is_door(path: &str) -> bool {
    path == "/login" || path.starts_with("/login/") || path.starts_with("/setup/")
}

/// Lets a request pass if its header or its form carries the token of the session. A form is read for that, and handed on.
async fn check_csrf(who: &LoggedIn, headers: &HeaderMap, body: Body) -> Result<Body, Reason> {
    let is_right = |sent: &str| {
        use subtle::ConstantTimeEq;
        bool::from(who.csrf.as_bytes().ct_eq(sent.as_bytes()))
    };
    if let Some(sent) = headers.get(CSRF_HEADER) {
        let is_right = sent.to_str().is_ok_and(is_right);
        return if is_right { Ok(body) } else { Err(Reason::Forged) };
    }
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !kind.starts_with("application/x-www-form-urlencoded") {
        return Err(Reason::Forged);
    }
    let bytes = to_bytes(body, FORM_BYTES_MAX).await.map_err(|_| Reason::Large)?;
    let mut fields = url::form_urlencoded::parse(&bytes).filter(|(name, _)| name == CSRF_FIELD);
    let is_right = fields.next().is_some_and(|(_, sent)| is_right(&sent));
    drop(fields);
    if is_right { Ok(Body::from(bytes)) } else { Err(Reason::Forged) }
}

/// Whoever the token or the cookie of a request belongs to. A token that does not count is an error; a session that has ended is nobody.
async fn identify(auth: &Auth, headers: &HeaderMap, now: Timestamp) -> Result<Option<Identity>, Reason> {
    if let Some(value) = headers.get(header::AUTHORIZATION) {
        let value = value.to_str().unwrap_or_default();
        let (scheme, token) = value.split_once(' ').unwrap_or((value, ""));
        if !scheme.eq_ignore_ascii_case("bearer") {
            return Err(Reason::BadToken);
        }
        let token = SecretText::read_token(token.trim()).ok_or(Reason::BadToken)?;
        let found = auth.blocking(move |auth| by_token(auth, &token, now)).await?;
        return found.map(Some).ok_or(Reason::BadToken);
    }
    let cookie = Cookie::Session.read(headers, auth.site().transport());
    let Some(id) = cookie.and_then(SecretText::read) else { return Ok(None) };
    auth.blocking(move |auth| by_session(auth, &id, now)).await
}

fn by_token(auth: &Auth, token: &SecretText, now: Timestamp) -> Result<Option<Identity>, StoreError> {
    let hash = token.hash();
    let found = auth.store().read(|tx| tx.token_by_hash(&hash))?;
    let Some(token) = found.filter(|token| token.counts_at(now)) else { return Ok(None) };
    if token.last_used.is_none_or(|last| now.duration_since(last) >= SEEN_PERIOD) {
        auth.store().write(|tx| tx.token_used(token.id, now))?;
    }
    Ok(Some(Identity::of_token(token)))
}

fn by_session(auth: &Auth, id: &SecretText, now: Timestamp) -> Result<Option<Identity>, StoreError> {
    let hash = id.hash();
    let found = auth.store().read(|tx| {
        let Some((session, person)) = tx.session_by_hash(&hash, now, auth.idle_since(now))? else {
            return Ok::<_, StoreError>(None);
        };
        let teams = tx.teams_of(person.id)?;
        Ok(Some((session, person, teams)))
    })?;
    let Some((session, person, teams)) = found else { return Ok(None) };
    if now.duration_since(session.last_seen) >= SEEN_PERIOD {
        auth.store().write(|tx| tx.session_seen(session.id, now))?;
    }
    let logged_in = LoggedIn { person, session, csrf: id.form_token() };
    Ok(Some(Identity::of_person(logged_in, teams)))
}

/// Whether a form that is used before the login comes from a page of ours and carries the token of the key in its cookie.
pub(crate) fn check_form(auth: &Auth, headers: &HeaderMap, sent: &str) -> Result<(), Reason> {
    let key = Cookie::Form.read(headers, auth.site().transport()).and_then(SecretText::read);
    let is_right = auth.site().is_own(headers) && key.is_some_and(|key| is_token_of(&key, sent));
    if is_right { Ok(()) } else { Err(Reason::Forged) }
}
