//! Tokens of programs: made and revoked by who administers.

use axum::{
    Json,
    extract::{Path, Query, State},
    http::StatusCode,
};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use stanch_store::{ApiToken, Scope};
use utoipa::ToSchema;

use super::{
    act::Act,
    body::JsonBody,
    paging::{Listed, Page},
};
use crate::{
    app::App,
    auth::{NewToken, Require, need::Administer},
    problem::{Problem, Refusals},
};

/// How long a token counts that names no end.
const LASTS: SignedDuration = SignedDuration::from_hours(90 * 24);

/// A token, without what it is spelled like.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct TokenView {
    /// Its number.
    id: i64,
    /// Its first characters, to tell it by; too few to be a secret.
    head: String,
    /// What it is for.
    name: String,
    /// What it may be used for: `ingest`, `read`, `respond`, `admin`.
    scopes: Vec<&'static str>,
    /// The team whose origins it is limited to; none: all origins.
    team: Option<i64>,
    /// Who made it.
    created_by: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// Until when it counts.
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
    /// When it was used last, within a minute.
    #[schema(value_type = Option<String>, format = DateTime)]
    last_used: Option<Timestamp>,
    /// When it was revoked.
    #[schema(value_type = Option<String>, format = DateTime)]
    revoked_at: Option<Timestamp>,
}

impl From<ApiToken> for TokenView {
    fn from(token: ApiToken) -> Self {
        Self {
            id: token.id,
            head: token.head,
            name: token.name,
            scopes: token.scopes.into_iter().map(Scope::as_str).collect(),
            team: token.team,
            created_by: token.created_by,
            created_at: token.created_at,
            expires_at: token.expires_at,
            last_used: token.last_used,
            revoked_at: token.revoked_at,
        }
    }
}

/// A token that was just made.
#[derive(Serialize, ToSchema)]
pub(crate) struct MadeToken {
    /// The token.
    token: TokenView,
    /// What it is spelled like: told here and never again.
    text: String,
}

/// A token to be made.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TokenBody {
    /// What it is for.
    #[schema(min_length = 1, max_length = 120)]
    name: String,
    /// What it may be used for: `ingest`, `read`, `respond`, `admin`.
    #[schema(value_type = Vec<String>, min_items = 1)]
    scopes: Vec<Scope>,
    /// The team whose origins it is limited to, by its number; all origins if it is left out.
    team: Option<i64>,
    /// Until when it counts, at most a year; 90 days if it is left out.
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Timestamp>,
}

/// Tokens, newest first; also those that count no more.
#[utoipa::path(
    get, path = "/api/v1/tokens", tag = "accounts", params(Page),
    responses((status = 200, body = Listed<TokenView>), Refusals),
)]
pub(crate) async fn get_tokens(
    State(app): State<App>,
    _: Require<Administer>,
    Query(page): Query<Page>,
) -> Result<Json<Listed<TokenView>>, Problem> {
    let (limit, before) = (page.limit()?, page.after_number()?);
    let tokens = app.read(move |tx| tx.tokens(before, limit + 1)).await?;
    Ok(Json(Listed::of(tokens, limit, |token| token.id.to_string(), TokenView::from)))
}

/// Makes a token. What it is spelled like is in this answer only.
#[utoipa::path(
    post, path = "/api/v1/tokens", tag = "accounts", request_body = TokenBody,
    responses((status = 201, body = MadeToken), Refusals),
)]
pub(crate) async fn post_token(
    act: Act,
    who: Require<Administer>,
    JsonBody(body): JsonBody<TokenBody>,
) -> Result<(StatusCode, Json<MadeToken>), Problem> {
    let actor = who.actor.clone();
    let end = body.expires_at.unwrap_or_else(|| act.app.now() + LASTS);
    let new = NewToken { name: body.name, scopes: body.scopes, team: body.team, expires_at: end };
    let (token, text) = act.accounts(move |accounts, _| accounts.create_token(&actor, &new)).await?;
    let made = MadeToken { token: token.into(), text: text.expose().to_owned() };
    Ok((StatusCode::CREATED, Json(made)))
}

/// Revokes a token at once.
#[utoipa::path(
    delete, path = "/api/v1/tokens/{id}", tag = "accounts", params(("id" = i64, Path, description = "its number")),
    responses((status = 204), Refusals),
)]
pub(crate) async fn delete_token(
    act: Act,
    who: Require<Administer>,
    Path(id): Path<i64>,
) -> Result<StatusCode, Problem> {
    let actor = who.actor.clone();
    act.accounts(move |accounts, _| accounts.revoke_token(&actor, id)).await?;
    Ok(StatusCode::NO_CONTENT)
}
