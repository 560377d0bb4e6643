//! Set-up links: the first administrator, and people who were invited.

use axum::{
    Form,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;
use serde_json::json;
use stanch_model::Actor;
use stanch_store::{Person, Role, StoreError, Tx};

use super::Visit;
use crate::auth::{
    AccountError, Auth, HashError, PasswordError, Refused, SecretText, SetupView,
    accounts::{checked_login, checked_name},
    password,
    trail::{did, done},
    typed::Typed,
};

const OVER: &str = "this link counts no more: it was used, is older than a day, or another was made";

/// What the form sends.
#[derive(Clone, Deserialize)]
pub(super) struct SetupForm {
    csrf: String,
    #[serde(default, alias = "email")]
    login: String,
    #[serde(default)]
    name: String,
    new: Typed,
    again: Typed,
}

/// Why nothing was set up.
#[derive(Debug, thiserror::Error)]
enum SetupError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Hash(#[from] HashError),
    #[error(transparent)]
    Password(#[from] PasswordError),
    #[error(transparent)]
    Account(#[from] AccountError),
    #[error("{OVER}")]
    Over,
}

/// What a link is for.
struct Invited {
    /// The person; none: the first administrator.
    person: Option<Person>,
}

/// The page of a link.
pub(super) async fn page(
    State(auth): State<Auth>,
    visit: Visit,
    Path(token): Path<String>,
) -> Result<Response, Refused> {
    let Some(token) = SecretText::read(&token) else { return Ok(over(&auth, &visit)) };
    let path = path_of(&token);
    match visit.blocking(move |auth, visit| invited(auth, visit, &token)).await? {
        Some(invited) => Ok(show(&auth, &visit, path, invited.person, None)),
        None => Ok(over(&auth, &visit)),
    }
}

/// The form was sent.
pub(super) async fn submit(
    State(auth): State<Auth>,
    visit: Visit,
    Path(token): Path<String>,
    Form(form): Form<SetupForm>,
) -> Result<Response, Refused> {
    visit.check_form(&form.csrf)?;
    let Some(token) = SecretText::read(&token) else { return Ok(over(&auth, &visit)) };
    let path = path_of(&token);
    let turn = auth.passwords().turn().await;
    let done = visit
        .blocking(move |auth, visit| {
            let Some(invited) = invited(auth, visit, &token)? else {
                return Ok(Err((None, SetupError::Over)));
            };
            match set_up(auth, visit, &token, &invited, &form) {
                Ok(()) => Ok(Ok(())),
                Err(SetupError::Store(error)) => Err(error),
                Err(error) => Ok(Err((invited.person, error))),
            }
        })
        .await?;
    drop(turn);
    Ok(match done {
        Ok(()) => Redirect::to("/login").into_response(),
        Err((_, SetupError::Over)) => over(&auth, &visit),
        Err((person, error)) => show(&auth, &visit, path, person, Some(error.to_string())),
    })
}

fn path_of(token: &SecretText) -> String {
    format!("/setup/{}", token.expose())
}

fn show(auth: &Auth, visit: &Visit, path: String, person: Option<Person>, error: Option<String>) -> Response {
    let status = if error.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let view = SetupView { path, invited: person.map(|person| person.login), error };
    visit.door(status, |page| auth.pages().setup(page, &view))
}

fn over(auth: &Auth, visit: &Visit) -> Response {
    let view = super::login::view(auth, "/", Some(OVER.to_owned()));
    visit.door(StatusCode::GONE, |page| auth.pages().login(page, &view))
}

fn invited(auth: &Auth, visit: &Visit, token: &SecretText) -> Result<Option<Invited>, StoreError> {
    let hash = token.hash();
    auth.store().read(|tx| {
        let Some(link) = tx.setup_link(&hash, visit.now())? else { return Ok(None) };
        let Some(id) = link.person else { return Ok(Some(Invited { person: None })) };
        Ok(tx.person(id)?.filter(may_set_up).map(|person| Invited { person: Some(person) }))
    })
}

/// Somebody who is closed out gets no new password, and who logs in elsewhere needs none.
fn may_set_up(person: &Person) -> bool {
    person.disabled_at.is_none() && person.subject.is_none()
}

fn set_up(
    auth: &Auth,
    visit: &Visit,
    token: &SecretText,
    invited: &Invited,
    form: &SetupForm,
) -> Result<(), SetupError> {
    let first = match &invited.person {
        Some(_) => None,
        None => Some(first_admin(visit, form)?),
    };
    let login = invited.person.as_ref().or(first.as_ref()).map_or("", |person| &person.login);
    password::check(&form.new, &form.again, login)?;
    let hash = auth.passwords().hash(&form.new)?;
    let now = visit.now();
    auth.store().write(|tx| {
        let link = tx.use_setup_link(&token.hash(), now)?.ok_or(SetupError::Over)?;
        let person = match (&first, link.person) {
            (Some(first), None) => insert_first(tx, first, visit)?,
            (None, Some(id)) => tx.person_locked(id)?.filter(may_set_up).ok_or(SetupError::Over)?,
            _ => return Err(SetupError::Over),
        };
        tx.set_password(person.id, &hash)?;
        tx.end_sessions(person.id)?;
        tx.record(did(&person, "account.password-set", now, visit.address()));
        Ok(())
    })
}

fn first_admin(visit: &Visit, form: &SetupForm) -> Result<Person, AccountError> {
    Ok(Person {
        id: 0,
        login: checked_login(&form.login)?,
        name: checked_name("name", &form.name)?,
        role: Role::Admin,
        all_origins: true,
        subject: None,
        created_at: visit.now(),
        last_login_at: None,
        disabled_at: None,
    })
}

/// Makes the first administrator, if there is none.
fn insert_first(tx: &mut Tx<'_>, first: &Person, visit: &Visit) -> Result<Person, SetupError> {
    if !tx.admins_locked()?.is_empty() {
        return Err(SetupError::Over);
    }
    let id = tx.insert_person(first)?.ok_or(AccountError::Taken { field: "login" })?;
    let detail = json!({ "login": first.login, "role": first.role, "address": visit.address().to_string() });
    tx.record(done(&Actor::stanch("set-up"), "person.created", visit.now(), detail));
    Ok(Person { id, ..first.clone() })
}
