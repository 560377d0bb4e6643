//! Teams, and which origins each answers for: made and changed by who administers.

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use stanch_store::Team;
use utoipa::ToSchema;

use super::{act::Act, body::JsonBody, paging::Listed};
use crate::{
    app::App,
    auth::{Require, need::Administer},
    problem::{Problem, Refusals},
};

/// A team.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct TeamView {
    /// Its number.
    id: i64,
    /// Its name.
    name: String,
    /// The names of the origins it answers for: `*` stays within one part of `a/b/c`, `**` does not.
    globs: Vec<String>,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
}

impl From<Team> for TeamView {
    fn from(team: Team) -> Self {
        Self { id: team.id, name: team.name, globs: team.globs.texts().to_vec(), created_at: team.created_at }
    }
}

/// What a team is called and answers for.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TeamBody {
    /// Its name, which no other has.
    #[schema(min_length = 1, max_length = 120)]
    name: String,
    /// The names of the origins it answers for, such as `github.com/acme/**`; at most 200 of at most 256 bytes.
    #[schema(max_items = 200)]
    globs: Vec<String>,
}

/// All teams, by name.
#[utoipa::path(
    get, path = "/api/v1/teams", tag = "accounts",
    responses((status = 200, body = Listed<TeamView>), Refusals),
)]
pub(crate) async fn get_teams(
    State(app): State<App>,
    _: Require<Administer>,
) -> Result<Json<Listed<TeamView>>, Problem> {
    let teams = app.read(|tx| tx.teams()).await?;
    let all = teams.len();
    Ok(Json(Listed::of(teams, all, |team| team.name.clone(), TeamView::from)))
}

/// Makes a team; it sees the origins that are there at once.
#[utoipa::path(
    post, path = "/api/v1/teams", tag = "accounts", request_body = TeamBody,
    responses((status = 201, body = TeamView), Refusals),
)]
pub(crate) async fn post_team(
    act: Act,
    who: Require<Administer>,
    JsonBody(body): JsonBody<TeamBody>,
) -> Result<(StatusCode, Json<TeamView>), Problem> {
    let actor = who.actor.clone();
    let team = act.accounts(move |accounts, _| accounts.create_team(&actor, &body.name, &body.globs)).await?;
    Ok((StatusCode::CREATED, Json(team.into())))
}

/// Changes what a team is called and answers for.
#[utoipa::path(
    put, path = "/api/v1/teams/{id}", tag = "accounts", request_body = TeamBody,
    params(("id" = i64, Path, description = "its number")),
    responses((status = 200, body = TeamView), Refusals),
)]
pub(crate) async fn put_team(
    act: Act,
    who: Require<Administer>,
    Path(id): Path<i64>,
    JsonBody(body): JsonBody<TeamBody>,
) -> Result<Json<TeamView>, Problem> {
    let actor = who.actor.clone();
    let team =
        act.accounts(move |accounts, _| accounts.change_team(&actor, id, &body.name, &body.globs)).await?;
    Ok(Json(team.into()))
}

/// Removes a team; its members and tokens see nothing by it any more.
#[utoipa::path(
    delete, path = "/api/v1/teams/{id}", tag = "accounts", params(("id" = i64, Path, description = "its number")),
    responses((status = 204), Refusals),
)]
pub(crate) async fn delete_team(
    act: Act,
    who: Require<Administer>,
    Path(id): Path<i64>,
) -> Result<StatusCode, Problem> {
    let actor = who.actor.clone();
    act.accounts(move |accounts, _| accounts.remove_team(&actor, id)).await?;
    Ok(StatusCode::NO_CONTENT)
}
