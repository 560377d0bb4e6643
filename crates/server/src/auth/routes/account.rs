//! The own account: password, second factor, sessions.

use axum::{
    Form,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use jiff::SignedDuration;
use serde::Deserialize;
use stanch_store::{Forgiven, Person, StoreError, ThrottleRule, Throttled};

use super::{
    Entry, Visit, begin,
    factor::{label, opened},
};
use crate::auth::{
    AccountView, Auth, Factor, HashError, LoggedIn, PasswordError, PersonLogin, RecoveryCodes, Refused,
    SecretText, password,
    totp::{SecondFactor, recovery_codes},
    trail::did,
    typed::Typed,
};

/// Wrong passwords in a session, which somebody else may sit at.
const RULE: ThrottleRule = ThrottleRule {
    free: 5,
    first: SignedDuration::from_secs(5),
    longest: SignedDuration::from_mins(15),
    forgotten_after: SignedDuration::from_hours(1),
};

/// Why the own account was not changed.
#[derive(Debug, thiserror::Error)]
enum ChangeError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Hash(#[from] HashError),
    #[error(transparent)]
    Password(#[from] PasswordError),
    #[error("the current password is wrong")]
    Current,
    #[error("too many tries: wait {0} s")]
    Wait(i64),
    #[error("the code is wrong: nothing was changed")]
    Code,
    #[error("the login is too long for a QR code")]
    Qr,
}

/// The forms of the page, each with its own fields.
#[derive(Clone, Deserialize)]
pub(super) struct PasswordForm {
    #[serde(default)]
    current: Typed,
    #[serde(default)]
    new: Typed,
    #[serde(default)]
    again: Typed,
}

/// A code of the authenticator.
#[derive(Clone, Deserialize)]
pub(super) struct CodeForm {
    code: Typed,
}

/// The page.
pub(super) async fn page(
    who: PersonLogin,
    visit: Visit,
    State(auth): State<Auth>,
) -> Result<Response, Refused> {
    show(&auth, &visit, &who, None, None).await
}

/// Shows the page; `factor` in the place of what is kept, `error` on top.
async fn show(
    auth: &Auth,
    visit: &Visit,
    who: &PersonLogin,
    factor: Option<Factor>,
    error: Option<ChangeError>,
) -> Result<Response, Refused> {
    let status = match error {
        Some(ChangeError::Wait(_)) => StatusCode::TOO_MANY_REQUESTS,
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
        None => StatusCode::OK,
    };
    let person = who.0.person.clone();
    let mut view = visit.blocking(move |auth, visit| view(auth, visit, &person)).await?;
    view.factor = factor.unwrap_or(view.factor);
    view.error = error.map(|error| error.to_string());
    Ok(visit.page(status, |page| auth.pages().account(page, &view)))
}

fn view(auth: &Auth, visit: &Visit, person: &Person) -> Result<AccountView, StoreError> {
    let now = visit.now();
    auth.store().read(|tx| {
        let mine = tx.teams_of(person.id)?;
        let teams = tx.teams()?.into_iter().filter(|team| mine.contains(&team.id)).map(|team| team.name);
        let credentials = tx.credentials(person.id)?.unwrap_or_default();
        let factor = match (&person.subject, credentials.totp_at) {
            (Some(subject), _) => Factor::Elsewhere(subject.issuer.clone()),
            (None, Some(since)) => Factor::On { since, codes_left: tx.recovery_codes_left(person.id)? },
            (None, None) => Factor::Off,
        };
        let sessions = tx.sessions_of(person.id, now, auth.idle_since(now))?;
        Ok(AccountView { teams: teams.collect(), factor, sessions, error: None })
    })
}

/// A new password: all sessions end but this one, which goes on under a new id.
pub(super) async fn password(
    who: PersonLogin,
    visit: Visit,
    State(auth): State<Auth>,
    Form(form): Form<PasswordForm>,
) -> Result<Response, Refused> {
    let turn = auth.passwords().turn().await;
    let logged_in = who.0.clone();
    let done = visit
        .blocking(move |auth, visit| part(change_password(auth, visit, &logged_in.person, &form)))
        .await?;
    drop(turn);
    match done {
        Ok(id) => Ok(visit.enter(&id, "/account")),
        Err(error) => show(&auth, &visit, &who, None, Some(error)).await,
    }
}

fn change_password(
    auth: &Auth,
    visit: &Visit,
    person: &Person,
    form: &PasswordForm,
) -> Result<SecretText, ChangeError> {
    check_current(auth, visit, person, &form.current)?;
    password::check(&form.new, &form.again, &person.login)?;
    let hash = auth.passwords().hash(&form.new)?;
    auth.store().write(|tx| {
        tx.set_password(person.id, &hash)?;
        tx.end_sessions(person.id)?;
        tx.record(did(person, "account.password-changed", visit.now(), visit.address()));
        Ok(begin(tx, auth, visit, person, Entry::Renewed)?)
    })
}

/// Offers a second factor: it is shown once, and counts once a code of it was sent.
pub(super) async fn offer_factor(
    who: PersonLogin,
    visit: Visit,
    State(auth): State<Auth>,
    Form(form): Form<PasswordForm>,
) -> Result<Response, Refused> {
    let turn = auth.passwords().turn().await;
    let person = who.0.person.clone();
    let done = visit
        .blocking(move |auth, visit| {
            part(check_current(auth, visit, &person, &form.current).and_then(|()| offer(auth, &person)))
        })
        .await?;
    drop(turn);
    match done {
        Ok(factor) => show(&auth, &visit, &who, Some(factor), None).await,
        Err(error) => show(&auth, &visit, &who, None, Some(error)).await,
    }
}

fn offer(auth: &Auth, person: &Person) -> Result<Factor, ChangeError> {
    let factor = SecondFactor::random();
    let qr = factor.qr(&person.login).ok_or(ChangeError::Qr)?;
    let sealed = auth.key().seal(&label(person.id), factor.bytes());
    auth.store().write(|tx| tx.offer_totp(person.id, &sealed))?;
    Ok(Factor::Offered { qr, text: factor.text() })
}

/// A code of the offered second factor: it counts from now on, and recovery codes are shown once.
pub(super) async fn confirm_factor(
    who: PersonLogin,
    visit: Visit,
    State(auth): State<Auth>,
    Form(form): Form<CodeForm>,
) -> Result<Response, Refused> {
    let person = who.0.person.clone();
    let done = visit.blocking(move |auth, visit| part(confirm(auth, visit, &person, &form.code))).await?;
    match done {
        Ok(codes) => show(&auth, &visit, &who, Some(Factor::Made(RecoveryCodes(codes))), None).await,
        Err(error) => show(&auth, &visit, &who, None, Some(error)).await,
    }
}

fn confirm(auth: &Auth, visit: &Visit, person: &Person, code: &str) -> Result<Vec<String>, ChangeError> {
    let now = visit.now();
    let (codes, hashes) = recovery_codes();
    auth.store().write(|tx| {
        let pending = tx.credentials(person.id)?.and_then(|credentials| credentials.totp_pending);
        let sealed = pending.ok_or(ChangeError::Code)?;
        let step = opened(auth, person.id, &sealed).and_then(|factor| factor.step(code, now));
        if !tx.confirm_totp(person.id, &sealed, step.ok_or(ChangeError::Code)?, now)? {
            return Err(ChangeError::Code);
        }
        tx.set_recovery_codes(person.id, &hashes)?;
        tx.record(did(person, "account.second-factor-added", now, visit.address()));
        Ok(codes.clone())
    })
}

/// Takes the second factor away.
pub(super) async fn remove_factor(
    who: PersonLogin,
    visit: Visit,
    State(auth): State<Auth>,
    Form(form): Form<PasswordForm>,
) -> Result<Response, Refused> {
    let turn = auth.passwords().turn().await;
    let person = who.0.person.clone();
    let done = visit
        .blocking(move |auth, visit| {
            part(
                check_current(auth, visit, &person, &form.current)
                    .and_then(|()| remove(auth, visit, &person)),
            )
        })
        .await?;
    drop(turn);
    match done {
        Ok(()) => Ok(Redirect::to("/account").into_response()),
        Err(error) => show(&auth, &visit, &who, None, Some(error)).await,
    }
}

fn remove(auth: &Auth, visit: &Visit, person: &Person) -> Result<(), ChangeError> {
    auth.store().write(|tx| {
        tx.remove_totp(person.id)?;
        tx.record(did(person, "account.second-factor-removed", visit.now(), visit.address()));
        Ok(())
    })
}

/// Ends one of the own sessions.
pub(super) async fn end_session(
    who: PersonLogin,
    visit: Visit,
    Path(id): Path<i64>,
) -> Result<Response, Refused> {
    let logged_in = who.0.clone();
    let is_this = logged_in.session.id == id;
    visit.blocking(move |auth, visit| end(auth, visit, &logged_in, |session| session == id)).await?;
    Ok(if is_this { visit.leave("/login") } else { Redirect::to("/account").into_response() })
}

/// Ends all own sessions but this one.
pub(super) async fn end_others(who: PersonLogin, visit: Visit) -> Result<Response, Refused> {
    let logged_in = who.0.clone();
    let this = logged_in.session.id;
    visit.blocking(move |auth, visit| end(auth, visit, &logged_in, |session| session != this)).await?;
    Ok(Redirect::to("/account").into_response())
}

fn end(auth: &Auth, visit: &Visit, who: &LoggedIn, which: impl Fn(i64) -> bool) -> Result<(), StoreError> {
    let now = visit.now();
    auth.store().write(|tx| {
        for session in tx.sessions_of(who.person.id, now, auth.idle_since(now))? {
            if which(session.id) && tx.end_session(who.person.id, session.id)? {
                let event = did(&who.person, "account.session-ended", now, visit.address());
                tx.record(event.detail(serde_json::json!({ "session": session.id })));
            }
        }
        Ok(())
    })
}

/// Lets pass who knows the password: a session that was left open must not be enough to take an account over.
fn check_current(auth: &Auth, visit: &Visit, person: &Person, current: &str) -> Result<(), ChangeError> {
    let (now, key) = (visit.now(), auth.key().name("current", &person.id.to_string()));
    let asked = auth.store().write(|tx| tx.throttle(&key, &RULE, now))?;
    if let Throttled::Until(until) = asked {
        return Err(ChangeError::Wait(until.duration_since(now).as_secs() + 1));
    }
    let credentials = auth.store().read(|tx| tx.credentials(person.id))?.unwrap_or_default();
    if !auth.passwords().is_right(current, credentials.password.as_deref()) {
        return Err(ChangeError::Current);
    }
    Ok(auth.store().write(|tx| tx.throttle_forgive(&key, Forgiven::All))?)
}

/// Parts what the person can mend from what it cannot.
fn part<T>(done: Result<T, ChangeError>) -> Result<Result<T, ChangeError>, StoreError> {
    match done {
        Err(ChangeError::Store(error)) => Err(error),
        done => Ok(done),
    }
}
