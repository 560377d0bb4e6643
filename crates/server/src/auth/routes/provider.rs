//! Login at an identity provider.

use axum::{
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::json;
use stanch_model::Actor;
use stanch_store::{LoginStep, Person, StoreError, Tx};
use subtle::ConstantTimeEq;

use super::{Entry, Visit, begin, login};
use crate::auth::{
    Auth, Refused, SecretText,
    accounts::{checked_login, checked_name},
    cookie::Cookie,
    next_path,
    oidc::{Access, Claims, Oidc, OidcError, Pending, access},
    trail::{Failure, done},
};

/// How long a login at the provider may take.
const STEP_LASTS: SignedDuration = SignedDuration::from_mins(10);
/// Logins that are tried for a new person whose own is taken.
const LOGINS_MAX: usize = 9;
/// What is said whatever was wrong; the log says more.
const FAILED: &str = "the login at the identity provider failed: try again";
const NOT_ALLOWED: &str =
    "the identity provider knows you, but you may not use this server: ask its administrators";

#[derive(Deserialize)]
pub(super) struct NextQuery {
    #[serde(default)]
    next: String,
}

/// What the provider sends back by the browser.
#[derive(Deserialize)]
pub(super) struct Answer {
    #[serde(default)]
    code: String,
    #[serde(default)]
    state: String,
    iss: Option<String>,
}

enum Verdict {
    In(SecretText, String),
    Failed(&'static str),
}

/// Sends the browser to the provider.
pub(super) async fn start(
    State(auth): State<Auth>,
    visit: Visit,
    Query(query): Query<NextQuery>,
) -> Result<Response, Refused> {
    let next = next_path::checked(&query.next).to_owned();
    let begun = visit.blocking(move |auth, visit| begin_at_provider(auth, visit, &next)).await?;
    Ok(match begun {
        Some((key, url)) => visit.step(&key, &url),
        None => failed(&auth, &visit, FAILED),
    })
}

fn begin_at_provider(
    auth: &Auth,
    visit: &Visit,
    next: &str,
) -> Result<Option<(SecretText, String)>, StoreError> {
    let Some(oidc) = auth.oidc() else { return Ok(None) };
    let (url, pending) = match oidc.begin(next, visit.now()) {
        Ok(begun) => begun,
        Err(error) => {
            tracing::warn!(%error, "no login at the identity provider");
            return Ok(None);
        }
    };
    let key = SecretText::random();
    let hash = key.hash();
    let text = serde_json::to_vec(&pending).unwrap_or_default();
    let step = LoginStep {
        kind: "oidc".to_owned(),
        person: None,
        detail: auth.key().seal(&label(&hash), &text),
        expires_at: visit.now().checked_add(STEP_LASTS).unwrap_or(Timestamp::MAX),
    };
    auth.store().write(|tx| tx.insert_login_step(&hash, &step))?;
    Ok(Some((key, url.into())))
}

/// The provider has sent the browser back.
pub(super) async fn callback(
    State(auth): State<Auth>,
    visit: Visit,
    Query(answer): Query<Answer>,
) -> Result<Response, Refused> {
    let verdict = visit.blocking(move |auth, visit| finish(auth, visit, &answer)).await?;
    Ok(match verdict {
        Verdict::In(id, next) => visit.enter(&id, &next),
        Verdict::Failed(why) => failed(&auth, &visit, why),
    })
}

fn failed(auth: &Auth, visit: &Visit, why: &str) -> Response {
    let view = login::view(auth, "/", Some(why.to_owned()));
    visit.door(StatusCode::FORBIDDEN, |page| auth.pages().login(page, &view))
}

fn finish(auth: &Auth, visit: &Visit, answer: &Answer) -> Result<Verdict, StoreError> {
    let Some(oidc) = auth.oidc() else { return Ok(Verdict::Failed(FAILED)) };
    let Some(pending) = pending(auth, visit, answer)? else {
        return tell(auth, visit, "no such login was begun by this browser", FAILED);
    };
    if answer.iss.as_ref().is_some_and(|issuer| *issuer != oidc.settings().issuer) {
        return tell(auth, visit, "another provider answers", FAILED);
    }
    let claims = match oidc.finish(&answer.code, &pending, visit.now()) {
        Ok(claims) => claims,
        Err(error) => {
            tracing::warn!(%error, "a login at the identity provider failed");
            return tell(auth, visit, reason_of(&error), FAILED);
        }
    };
    admit(auth, visit, oidc, &claims, &pending)
}

/// The login this answer belongs to, which is used up: begun by this browser, with this state, not long ago.
fn pending(auth: &Auth, visit: &Visit, answer: &Answer) -> Result<Option<Pending>, StoreError> {
    let Some(key) = visit.cookie(Cookie::Step) else { return Ok(None) };
    let hash = key.hash();
    let step = auth.store().write(|tx| {
        let step = tx.try_login_step(&hash, "oidc", 1, visit.now())?;
        tx.end_login_step(&hash)?;
        Ok::<_, StoreError>(step)
    })?;
    let opened = step.and_then(|step| auth.key().open(&label(&hash), &step.detail));
    let pending = opened.and_then(|text| serde_json::from_slice::<Pending>(&text).ok());
    Ok(pending.filter(|pending| pending.state.as_bytes().ct_eq(answer.state.as_bytes()).into()))
}

fn label(hash: &str) -> String {
    format!("oidc {hash}")
}

fn reason_of(error: &OidcError) -> &'static str {
    match error {
        OidcError::Discovery(_) => "the provider cannot be asked",
        OidcError::Token(_) | OidcError::NoIdToken => "the provider gives no token",
        OidcError::IdToken(_) => "the token of the provider is refused",
    }
}

fn tell(auth: &Auth, visit: &Visit, why: &'static str, shown: &'static str) -> Result<Verdict, StoreError> {
    let failure = Failure { person: None, why, address: visit.address(), now: visit.now() };
    auth.store().write(|tx| failure.tell(auth, tx))?;
    Ok(Verdict::Failed(shown))
}

/// Lets somebody in whom the provider knows, if the settings allow it.
fn admit(
    auth: &Auth,
    visit: &Visit,
    oidc: &Oidc,
    claims: &Claims,
    pending: &Pending,
) -> Result<Verdict, StoreError> {
    let Some(access) = access(claims, oidc.settings()) else {
        return tell(auth, visit, "the provider knows somebody who may not log in here", NOT_ALLOWED);
    };
    auth.store().write(|tx| {
        let person = match tx.person_by_subject(&claims.subject)? {
            Some(person) => Some(ruled(tx, visit, person, &access)?),
            None => made(tx, visit, claims, &access)?,
        };
        match person.filter(|person| person.disabled_at.is_none()) {
            Some(person) => {
                let id = begin(tx, auth, visit, &person, Entry::Provider)?;
                Ok(Verdict::In(id, next_path::checked(&pending.next).to_owned()))
            }
            None => Ok(Verdict::Failed(NOT_ALLOWED)),
        }
    })
}

/// Somebody who was here before; what the groups say now counts.
fn ruled(tx: &mut Tx<'_>, visit: &Visit, person: Person, access: &Access) -> Result<Person, StoreError> {
    if !access.is_ruled {
        return Ok(person);
    }
    let teams = team_keys(tx, &access.teams)?;
    let after = Person { role: access.role, all_origins: access.all_origins, ..person.clone() };
    let teams_before = tx.teams_of(person.id)?;
    if after != person || teams != teams_before {
        tx.update_person(&after)?;
        tx.set_teams_of(person.id, &teams)?;
        let told = |person: &Person, teams: &[i64]| json!({ "role": person.role, "all_origins": person.all_origins, "teams": teams });
        let detail = json!({
            "login": person.login, "before": told(&person, &teams_before), "after": told(&after, &teams),
        });
        tx.record(done(&Actor::stanch("identity-provider"), "person.changed", visit.now(), detail));
    }
    Ok(after)
}

/// Somebody new. An account that is there already is never taken over, whatever its login: who they are is issuer and subject.
fn made(
    tx: &mut Tx<'_>,
    visit: &Visit,
    claims: &Claims,
    access: &Access,
) -> Result<Option<Person>, StoreError> {
    let teams = team_keys(tx, &access.teams)?;
    for login in logins(claims) {
        let name = claims.name.as_deref().unwrap_or(&login);
        let mut person = Person {
            id: 0,
            name: checked_name("name", name).unwrap_or_else(|_| login.clone()),
            login,
            role: access.role,
            all_origins: access.all_origins,
            subject: Some(claims.subject.clone()),
            created_at: visit.now(),
            last_login_at: None,
            disabled_at: None,
        };
        let Some(id) = tx.insert_person(&person)? else { continue };
        person.id = id;
        tx.set_teams_of(id, &teams)?;
        let detail = json!({
            "login": person.login, "role": person.role, "all_origins": person.all_origins, "teams": teams,
            "issuer": claims.subject.issuer, "subject": claims.subject.subject,
        });
        tx.record(done(&Actor::stanch("identity-provider"), "person.created", visit.now(), detail));
        return Ok(Some(person));
    }
    Ok(None)
}

/// Logins for somebody new: the address, the name there, each with a number, and one that nobody has.
fn logins(claims: &Claims) -> Vec<String> {
    let wanted = claims.email.as_deref().or(claims.username.as_deref()).unwrap_or_default();
    let mut logins = Vec::new();
    if let Ok(login) = checked_login(wanted) {
        logins.extend((2..=LOGINS_MAX).map(|n| format!("{login}-{n}")));
        logins.insert(0, login);
    }
    let random: String = SecretText::random().expose().chars().take(12).collect();
    logins.push(format!("person-{random}"));
    logins
}

/// The keys of teams; names that no team has are left out.
fn team_keys(tx: &mut Tx<'_>, names: &[String]) -> Result<Vec<i64>, StoreError> {
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let mut keys: Vec<i64> =
        tx.teams()?.into_iter().filter(|team| names.contains(&team.name)).map(|team| team.id).collect();
    keys.sort_unstable();
    Ok(keys)
}

/// A form was sent where a link belongs: the browser would stop it at the way to the provider (`form-action`), so it is asked to go on by itself.
pub(super) async fn go_on(visit: Visit, form: axum::Form<NextQuery>) -> Response {
    let path = format!("/login/oidc?next={}", next_path::escaped_text(&form.next));
    let link = maud::html! { a href=(path) { "Go on" } };
    let mut response = visit.door(StatusCode::OK, |_| link).into_response();
    if let Ok(value) = format!("0; url={path}").parse() {
        response.headers_mut().insert("refresh", value);
    }
    response
}
