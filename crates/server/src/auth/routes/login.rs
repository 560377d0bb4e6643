//! Login by password, and logout.

use axum::{
    Form,
    extract::{Query, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use stanch_store::{Credentials, Forgiven, LoginStep, Person, StoreError, ThrottleRule, Throttled, Tx};

use super::{Entry, Visit, begin};
use crate::auth::{
    Auth, LoginView, PersonLogin, Refused, SecretText,
    accounts::plain_login,
    address::household,
    next_path,
    trail::{Failure, did},
    typed::Typed,
};

/// Wrong passwords of one name.
const NAME_RULE: ThrottleRule = ThrottleRule {
    free: 5,
    first: SignedDuration::from_secs(2),
    longest: SignedDuration::from_mins(5),
    forgotten_after: SignedDuration::from_hours(1),
};
/// Wrong passwords of one address, whatever the name.
const ADDRESS_RULE: ThrottleRule = ThrottleRule {
    free: 20,
    first: SignedDuration::from_secs(2),
    longest: SignedDuration::from_hours(1),
    forgotten_after: SignedDuration::from_hours(1),
};
/// How long the second factor may take.
const STEP_LASTS: SignedDuration = SignedDuration::from_mins(5);
/// Bytes of a login that are looked at.
const LOGIN_BYTES_MAX: usize = 200;
/// What is said whatever was wrong.
const WRONG: &str = "the name or the password is wrong";

/// Where to go on after the login.
#[derive(Deserialize)]
pub(super) struct NextQuery {
    #[serde(default)]
    next: String,
}

/// What the form of the login sends.
#[derive(Clone, Deserialize)]
pub(super) struct LoginForm {
    csrf: String,
    #[serde(alias = "email")]
    login: String,
    password: Typed,
    #[serde(default)]
    next: String,
}

/// What comes of a try.
enum Verdict {
    In(SecretText),
    Factor(SecretText),
    Wrong,
    Wait(Timestamp),
}

/// The login page.
pub(super) async fn page(State(auth): State<Auth>, visit: Visit, Query(query): Query<NextQuery>) -> Response {
    let next = next_path::checked(&query.next).to_owned();
    if visit.identity().is_some() {
        return Redirect::to(&next).into_response();
    }
    let view = view(&auth, &next, None);
    visit.door(StatusCode::OK, |page| auth.pages().login(page, &view))
}

/// What the login page shows.
pub(super) fn view(auth: &Auth, next: &str, error: Option<String>) -> LoginView {
    LoginView {
        next: next.to_owned(),
        provider: auth.provider_link(next),
        has_passwords: auth.settings().local_accounts,
        error,
    }
}

/// A login by password.
pub(super) async fn submit(
    State(auth): State<Auth>,
    visit: Visit,
    Form(form): Form<LoginForm>,
) -> Result<Response, Refused> {
    visit.check_form(&form.csrf)?;
    let next = next_path::checked(&form.next).to_owned();
    let turn = auth.passwords().turn().await;
    let verdict = visit.blocking(move |auth, visit| try_password(auth, visit, &form)).await?;
    drop(turn);
    let again = |status, error: String| {
        let view = view(&auth, &next, Some(error));
        visit.door(status, |page| auth.pages().login(page, &view))
    };
    Ok(match verdict {
        Verdict::In(id) => visit.enter(&id, &next),
        Verdict::Factor(key) => {
            visit.step(&key, &format!("/login/totp?next={}", next_path::escaped_text(&next)))
        }
        Verdict::Wrong => again(StatusCode::UNAUTHORIZED, WRONG.to_owned()),
        Verdict::Wait(until) => wait(&visit, until, again),
    })
}

/// An answer that says how long to wait.
pub(super) fn wait(
    visit: &Visit,
    until: Timestamp,
    again: impl FnOnce(StatusCode, String) -> Response,
) -> Response {
    let seconds = until.duration_since(visit.now()).as_secs().max(0).unsigned_abs() + 1;
    let text = format!("too many tries: wait {seconds} s");
    let mut response = again(StatusCode::TOO_MANY_REQUESTS, text);
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    response
}

/// The same is done for a name that nobody has, an account without a password and one that is closed: the answer takes as long.
fn try_password(auth: &Auth, visit: &Visit, form: &LoginForm) -> Result<Verdict, StoreError> {
    let login = plain_login(form.login.get(..LOGIN_BYTES_MAX).unwrap_or(&form.login));
    let name_key = auth.key().name("name", &login);
    let address_key = auth.key().name("address", &household(visit.address()).to_string());
    let now = visit.now();
    let wait = auth.store().write(|tx| {
        for (key, rule) in [(&address_key, &ADDRESS_RULE), (&name_key, &NAME_RULE)] {
            if let Throttled::Until(until) = tx.throttle(key, rule, now)? {
                return Ok::<_, StoreError>(Some(until));
            }
        }
        Ok(None)
    })?;
    if let Some(until) = wait {
        return Ok(Verdict::Wait(until));
    }
    let found = auth.store().read(|tx| find(tx, &login))?;
    let hash = found.as_ref().and_then(|(_, credentials)| credentials.password.as_deref());
    let is_right = auth.passwords().is_right(&form.password, hash);
    auth.store().write(|tx| {
        let may_enter = is_right && auth.settings().local_accounts;
        match &found {
            Some((person, credentials)) if may_enter && person.disabled_at.is_none() => {
                tx.throttle_forgive(&name_key, Forgiven::All)?;
                tx.throttle_forgive(&address_key, Forgiven::Last)?;
                enter(tx, auth, visit, person, credentials)
            }
            found => {
                let person = found.as_ref().map(|(person, _)| person);
                let why = if person.is_some() { "wrong password, or no access" } else { "unknown name" };
                Failure { person, why, address: visit.address(), now }.tell(auth, tx)?;
                Ok(Verdict::Wrong)
            }
        }
    })
}

fn find(tx: &mut Tx<'_>, login: &str) -> Result<Option<(Person, Credentials)>, StoreError> {
    let Some(person) = tx.person_by_login(login)? else { return Ok(None) };
    let credentials = tx.credentials(person.id)?.unwrap_or_default();
    Ok(Some((person, credentials)))
}

/// The password was right: a session begins, or the second factor is asked for.
fn enter(
    tx: &mut Tx<'_>,
    auth: &Auth,
    visit: &Visit,
    person: &Person,
    credentials: &Credentials,
) -> Result<Verdict, StoreError> {
    if credentials.totp.is_none() {
        return Ok(Verdict::In(begin(tx, auth, visit, person, Entry::Password)?));
    }
    let key = SecretText::random();
    let step = LoginStep {
        kind: "totp".to_owned(),
        person: Some(person.id),
        detail: String::new(),
        expires_at: visit.now().checked_add(STEP_LASTS).unwrap_or(Timestamp::MAX),
    };
    tx.insert_login_step(&key.hash(), &step)?;
    Ok(Verdict::Factor(key))
}

/// Ends the session.
pub(super) async fn logout(PersonLogin(who): PersonLogin, visit: Visit) -> Result<Response, Refused> {
    visit
        .blocking(move |auth, visit| {
            auth.store().write(|tx| {
                tx.end_session(who.person.id, who.session.id)?;
                tx.record(did(&who.person, "account.logout", visit.now(), visit.address()));
                Ok::<_, StoreError>(())
            })
        })
        .await?;
    Ok(visit.leave("/login"))
}
