//! People who may log in: invited and changed by who administers.

use axum::{
    Json,
    extract::{Path, Query, State},
    http::StatusCode,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use stanch_store::{Person, Role, StoreError, Tx};
use utoipa::ToSchema;

use super::{
    act::Act,
    body::JsonBody,
    paging::{Listed, Page},
};
use crate::{
    app::App,
    auth::{Access, AccountError, NewPerson, PersonChange, Require, need::Administer},
    problem::{Problem, Refusals},
};

/// A person.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct PersonView {
    /// Its number.
    id: i64,
    /// The name of the account.
    login: String,
    /// How the person is called.
    name: String,
    /// `viewer`, `responder`, `commander` or `admin`.
    role: &'static str,
    /// Whether it sees all origins.
    all_origins: bool,
    /// The numbers of its teams.
    teams: Vec<i64>,
    /// Whether it logs in at the identity provider.
    at_provider: bool,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// When it logged in last.
    #[schema(value_type = Option<String>, format = DateTime)]
    last_login_at: Option<Timestamp>,
    /// Since when it may not log in.
    #[schema(value_type = Option<String>, format = DateTime)]
    disabled_at: Option<Timestamp>,
}

impl PersonView {
    fn of((person, teams): (Person, Vec<i64>)) -> Self {
        Self {
            id: person.id,
            login: person.login,
            name: person.name,
            role: person.role.as_str(),
            all_origins: person.all_origins,
            teams,
            at_provider: person.subject.is_some(),
            created_at: person.created_at,
            last_login_at: person.last_login_at,
            disabled_at: person.disabled_at,
        }
    }
}

/// A person who was just invited.
#[derive(Serialize, ToSchema)]
pub(crate) struct Invited {
    /// The person.
    person: PersonView,
    /// Where the person sets a password, once and within a day: told here and never again.
    setup_link: String,
}

/// A person to be invited.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PersonBody {
    /// The name of the account: letters, digits and any of `._@+-`.
    #[schema(min_length = 1, max_length = 120)]
    login: String,
    /// How the person is called.
    #[schema(min_length = 1, max_length = 120)]
    name: String,
    /// `viewer`, `responder`, `commander` or `admin`.
    #[schema(value_type = String)]
    role: Role,
    /// Whether it sees all origins.
    #[serde(default)]
    all_origins: bool,
    /// The numbers of its teams.
    #[serde(default)]
    teams: Vec<i64>,
}

/// What changes about a person; what is left out stays.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PersonChangeBody {
    /// How the person is called.
    name: Option<String>,
    /// `viewer`, `responder`, `commander` or `admin`.
    #[schema(value_type = Option<String>)]
    role: Option<Role>,
    /// Whether it sees all origins.
    all_origins: Option<bool>,
    /// The numbers of its teams.
    teams: Option<Vec<i64>>,
    /// Whether it may log in; if not, its sessions end at once.
    may_log_in: Option<bool>,
}

fn with_teams(tx: &mut Tx<'_>, person: Person) -> Result<(Person, Vec<i64>), StoreError> {
    let teams = tx.teams_of(person.id)?;
    Ok((person, teams))
}

/// People, by the names of their accounts.
#[utoipa::path(
    get, path = "/api/v1/people", tag = "accounts", params(Page),
    responses((status = 200, body = Listed<PersonView>), Refusals),
)]
pub(crate) async fn get_people(
    State(app): State<App>,
    _: Require<Administer>,
    Query(page): Query<Page>,
) -> Result<Json<Listed<PersonView>>, Problem> {
    let limit = page.limit()?;
    let people = app
        .read(move |tx| {
            let people = tx.people(page.after.as_deref(), limit + 1)?;
            people.into_iter().map(|person| with_teams(tx, person)).collect::<Result<Vec<_>, _>>()
        })
        .await?;
    Ok(Json(Listed::of(people, limit, |(person, _)| person.login.clone(), PersonView::of)))
}

/// Invites a person. The link by which it sets a password is in this answer only.
#[utoipa::path(
    post, path = "/api/v1/people", tag = "accounts", request_body = PersonBody,
    responses((status = 201, body = Invited), Refusals),
)]
pub(crate) async fn post_person(
    act: Act,
    who: Require<Administer>,
    JsonBody(body): JsonBody<PersonBody>,
) -> Result<(StatusCode, Json<Invited>), Problem> {
    let actor = who.actor.clone();
    let PersonBody { login, name, role, all_origins, teams } = body;
    let new = NewPerson { login, name, role, all_origins, teams };
    let invited = act
        .accounts(move |accounts, app| {
            let (person, setup_link) = accounts.invite(&actor, &new)?;
            let person = app.register.store().read(|tx| with_teams(tx, person.clone()))?;
            Ok::<_, AccountError>(Invited { person: PersonView::of(person), setup_link })
        })
        .await?;
    Ok((StatusCode::CREATED, Json(invited)))
}

/// Changes what a person is called, may do and sees, and whether it may log in.
#[utoipa::path(
    patch, path = "/api/v1/people/{id}", tag = "accounts", request_body = PersonChangeBody,
    params(("id" = i64, Path, description = "its number")),
    responses((status = 200, body = PersonView), Refusals),
)]
pub(crate) async fn patch_person(
    act: Act,
    who: Require<Administer>,
    Path(id): Path<i64>,
    JsonBody(body): JsonBody<PersonChangeBody>,
) -> Result<Json<PersonView>, Problem> {
    let actor = who.actor.clone();
    let access = body.may_log_in.map(|may| if may { Access::Open } else { Access::Closed });
    let PersonChangeBody { name, role, all_origins, teams, .. } = body;
    let change = PersonChange { name, role, all_origins, teams, access };
    let person = act
        .accounts(move |accounts, app| {
            let person = accounts.change_person(&actor, id, &change)?;
            Ok::<_, AccountError>(app.register.store().read(|tx| with_teams(tx, person.clone()))?)
        })
        .await?;
    Ok(Json(PersonView::of(person)))
}
