//! Login, second part: a code of the authenticator, or a recovery code.

use axum::{
    Form,
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use stanch_store::{Forgiven, Person, StoreError, ThrottleRule, Throttled, Tx};

use super::{Entry, Visit, begin, login::wait};
use crate::auth::{
    Auth, Refused, SecondFactorView, SecretText,
    cookie::Cookie,
    next_path,
    totp::{SecondFactor, recovery_hash},
    trail::Failure,
    typed::Typed,
};

/// Codes that may be tried in one login.
const TRIES_MAX: i64 = 5;
/// Wrong codes of one person, over all logins: a code has a million forms and three count at a time.
const RULE: ThrottleRule = ThrottleRule {
    free: 5,
    first: SignedDuration::from_secs(10),
    longest: SignedDuration::from_mins(30),
    forgotten_after: SignedDuration::from_hours(24),
};

#[derive(Deserialize)]
pub(super) struct NextQuery {
    #[serde(default)]
    next: String,
}

/// What the form sends: one of both.
#[derive(Clone, Deserialize)]
pub(super) struct CodeForm {
    csrf: String,
    #[serde(default)]
    code: Typed,
    #[serde(default)]
    recovery: Typed,
    #[serde(default)]
    next: String,
}

enum Verdict {
    In(SecretText),
    Wrong,
    Over,
    Wait(Timestamp),
}

/// The page that asks for a code.
pub(super) async fn page(State(auth): State<Auth>, visit: Visit, Query(query): Query<NextQuery>) -> Response {
    if visit.cookie(Cookie::Step).is_none() {
        return Redirect::to("/login").into_response();
    }
    let view = SecondFactorView { next: next_path::checked(&query.next).to_owned(), error: None };
    visit.door(StatusCode::OK, |page| auth.pages().second_factor(page, &view))
}

/// A code was sent.
pub(super) async fn submit(
    State(auth): State<Auth>,
    visit: Visit,
    Form(form): Form<CodeForm>,
) -> Result<Response, Refused> {
    visit.check_form(&form.csrf)?;
    let next = next_path::checked(&form.next).to_owned();
    let Some(key) = visit.cookie(Cookie::Step) else { return Ok(Redirect::to("/login").into_response()) };
    let verdict = visit.blocking(move |auth, visit| try_code(auth, visit, &key, &form)).await?;
    let again = |status, error: String| {
        let view = SecondFactorView { next: next.clone(), error: Some(error) };
        visit.door(status, |page| auth.pages().second_factor(page, &view))
    };
    Ok(match verdict {
        Verdict::In(id) => visit.enter(&id, &next),
        Verdict::Wrong => again(StatusCode::UNAUTHORIZED, "the code is wrong, or was used before".to_owned()),
        Verdict::Over => Redirect::to("/login").into_response(),
        Verdict::Wait(until) => wait(&visit, until, again),
    })
}

fn try_code(auth: &Auth, visit: &Visit, key: &SecretText, form: &CodeForm) -> Result<Verdict, StoreError> {
    let (now, hash) = (visit.now(), key.hash());
    auth.store().write(|tx| {
        let step = tx.try_login_step(&hash, "totp", TRIES_MAX, now)?;
        let Some(id) = step.and_then(|step| step.person) else { return Ok(Verdict::Over) };
        let Some(person) = tx.person_locked(id)?.filter(|person| person.disabled_at.is_none()) else {
            return Ok(Verdict::Over);
        };
        let throttle_key = auth.key().name("code", &id.to_string());
        if let Throttled::Until(until) = tx.throttle(&throttle_key, &RULE, now)? {
            return Ok(Verdict::Wait(until));
        }
        let Some(entry) = right(tx, auth, &person, form, now)? else {
            let failure = Failure { person: Some(&person), why: "wrong code", address: visit.address(), now };
            failure.tell(auth, tx)?;
            return Ok(Verdict::Wrong);
        };
        tx.throttle_forgive(&throttle_key, Forgiven::All)?;
        tx.end_login_step(&hash)?;
        Ok(Verdict::In(begin(tx, auth, visit, &person, entry)?))
    })
}

/// How somebody comes in by what was sent, which is used up.
fn right(
    tx: &mut Tx<'_>,
    auth: &Auth,
    person: &Person,
    form: &CodeForm,
    now: Timestamp,
) -> Result<Option<Entry>, StoreError> {
    if !form.recovery.is_empty() {
        let is_right = tx.use_recovery_code(person.id, &recovery_hash(&form.recovery), now)?;
        return Ok(is_right.then_some(Entry::RecoveryCode));
    }
    let sealed = tx.credentials(person.id)?.and_then(|credentials| credentials.totp);
    let step =
        sealed.and_then(|sealed| opened(auth, person.id, &sealed)).and_then(|f| f.step(&form.code, now));
    match step {
        Some(step) if tx.use_totp_step(person.id, step)? => Ok(Some(Entry::SecondFactor)),
        _ => Ok(None),
    }
}

/// The second factor of a person.
pub(super) fn opened(auth: &Auth, person: i64, sealed: &str) -> Option<SecondFactor> {
    let opened = auth.key().open(&label(person), sealed);
    if opened.is_none() {
        tracing::error!(person, "a second factor does not open under the key of this server");
    }
    opened.map(SecondFactor::of)
}

/// What a second factor is sealed under: that of one person is nothing worth to another.
pub(super) fn label(person: i64) -> String {
    format!("totp {person}")
}
