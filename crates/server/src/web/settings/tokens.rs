//! Tokens of programs.

use axum::{
    extract::{Path, State},
    response::Response,
};
use jiff::SignedDuration;
use stanch_store::{ApiToken, Scope, StoreError, Team, Tx};

use super::{ListQuery, PAGE, Tab, answer, choices, manage, paged, show};
use crate::{
    auth::{NewToken, need::Administer},
    pages::settings::{self, SettingsView, TokenLine, TokensView},
    problem::Problem,
    web::{Web, fields::Fields, visitor::Visitor},
};

/// Most days a form may ask for; what is allowed is decided where tokens are made.
const DAYS_MAX: i64 = 10_000;

/// The tokens before this key.
pub(super) fn view(tx: &mut Tx<'_>, after: Option<String>) -> Result<TokensView, StoreError> {
    let teams = tx.teams()?;
    let tokens = tx.tokens(after.as_ref().and_then(|after| after.parse().ok()), PAGE + 1)?;
    let (tokens, paging) = paged(tokens, after, |token| token.id.to_string());
    let tokens = tokens.into_iter().map(|token| line(token, &teams)).collect();
    Ok(TokensView { tokens, paging, teams: choices(&teams), made: None })
}

fn line(token: ApiToken, teams: &[Team]) -> TokenLine {
    // Of a team that was removed only the key is left: such a token sees nothing.
    let named = |id: i64| {
        teams.iter().find(|team| team.id == id).map_or_else(|| format!("team {id}"), |team| team.name.clone())
    };
    TokenLine {
        id: token.id,
        name: token.name,
        head: token.head,
        scopes: token.scopes.iter().map(ToString::to_string).collect(),
        team: token.team.map(named),
        maker: token.created_by,
        last_used: token.last_used,
        expires: token.expires_at,
        revoked: token.revoked_at,
    }
}

/// Makes a token, and shows its text once.
pub(super) async fn post_token(
    State(web): State<Web>,
    visitor: Visitor<Administer>,
    fields: Fields,
) -> Result<Response, Problem> {
    let days: i64 = fields.read("days")?;
    let new = NewToken {
        name: fields.text("name").to_owned(),
        scopes: fields.read_all::<Scope>("scope")?,
        team: fields.read_given("team")?,
        expires_at: web.app.now() + SignedDuration::from_hours(24 * days.clamp(-1, DAYS_MAX)),
    };
    let made = manage(&web, &visitor, move |accounts, actor| {
        let (token, text) = accounts.create_token(actor, &new)?;
        Ok(settings::NewToken { name: token.name, text: text.expose().to_owned() })
    })
    .await;
    let made = match made {
        Ok(made) => made,
        Err(problem) => return answer(&web, &visitor, Tab::Tokens, Err(problem)).await,
    };
    let mut view = Tab::Tokens.view(&web, &ListQuery::default()).await?;
    if let SettingsView::Tokens(tokens) = &mut view {
        tokens.made = Some(made);
    }
    show(&web, &visitor, view, None).await
}

/// Revokes a token at once.
pub(super) async fn post_revoke(
    State(web): State<Web>,
    visitor: Visitor<Administer>,
    Path(id): Path<i64>,
) -> Result<Response, Problem> {
    let done = manage(&web, &visitor, move |accounts, actor| accounts.revoke_token(actor, id)).await;
    answer(&web, &visitor, Tab::Tokens, done.map(drop)).await
}
