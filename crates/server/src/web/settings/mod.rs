//! Settings, for who administers: people, teams, tokens, channels, and the policy as it is in force.

mod channels;
mod policy;
mod teams;
mod tokens;
mod users;

use axum::{
    Router,
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use serde::Deserialize;
use stanch_model::Actor;

use super::{
    Web,
    visitor::{Visitor, is_told, refusal},
};
use crate::{
    auth::{AccountError, Accounts, need::Administer},
    pages::{
        badge::Tone,
        layout::Notice,
        settings::{self, SettingsView},
        view::{Choice, Paging},
    },
    problem::Problem,
};

/// Lines of a page.
const PAGE: usize = 100;

/// Every page of settings, and what their forms are sent to.
pub(super) fn routes() -> Router<Web> {
    Router::new()
        .route("/settings", get(|_: Visitor<Administer>| async { Redirect::to(Tab::Users.path()) }))
        .route(Tab::Users.path(), get(get_users).post(users::post_user))
        .route("/settings/users/{id}", post(users::post_change))
        .route("/settings/users/{id}/invite", post(users::post_invite))
        .route("/settings/users/{id}/second-factor", post(users::post_second_factor))
        .route(Tab::Teams.path(), get(get_teams).post(teams::post_team))
        .route("/settings/teams/{id}", post(teams::post_change))
        .route("/settings/teams/{id}/remove", post(teams::post_remove))
        .route(Tab::Tokens.path(), get(get_tokens).post(tokens::post_token))
        .route("/settings/tokens/{id}/revoke", post(tokens::post_revoke))
        .route(Tab::Channels.path(), get(get_channels))
        .route("/settings/channels/{name}/test", post(channels::post_test))
        .route("/settings/messages/{id}/retry", post(channels::post_retry))
        .route(Tab::Policy.path(), get(get_policy))
}

/// A page of settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tab {
    Users,
    Teams,
    Tokens,
    Channels,
    Policy,
}

impl Tab {
    const fn path(self) -> &'static str {
        match self {
            Self::Users => "/settings/users",
            Self::Teams => "/settings/teams",
            Self::Tokens => "/settings/tokens",
            Self::Channels => "/settings/channels",
            Self::Policy => "/settings/policy",
        }
    }

    async fn view(self, web: &Web, query: &ListQuery) -> Result<SettingsView, Problem> {
        let (after, app) = (query.after.clone().filter(|after| !after.is_empty()), web.app.clone());
        web.app
            .read(move |tx| match self {
                Self::Users => users::view(tx, after.as_deref()).map(SettingsView::Users),
                Self::Teams => teams::view(tx, after).map(SettingsView::Teams),
                Self::Tokens => tokens::view(tx, after).map(SettingsView::Tokens),
                Self::Channels => channels::view(tx, &app).map(SettingsView::Channels),
                Self::Policy => Ok(SettingsView::Policy(policy::view(&app))),
            })
            .await
    }
}

/// Where in a list to go on.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct ListQuery {
    after: Option<String>,
}

async fn get_users(
    State(web): State<Web>,
    visitor: Visitor<Administer>,
    Query(query): Query<ListQuery>,
) -> Result<Response, Problem> {
    show(&web, &visitor, Tab::Users.view(&web, &query).await?, None).await
}

async fn get_teams(
    State(web): State<Web>,
    visitor: Visitor<Administer>,
    Query(query): Query<ListQuery>,
) -> Result<Response, Problem> {
    show(&web, &visitor, Tab::Teams.view(&web, &query).await?, None).await
}

async fn get_tokens(
    State(web): State<Web>,
    visitor: Visitor<Administer>,
    Query(query): Query<ListQuery>,
) -> Result<Response, Problem> {
    show(&web, &visitor, Tab::Tokens.view(&web, &query).await?, None).await
}

async fn get_channels(State(web): State<Web>, visitor: Visitor<Administer>) -> Result<Response, Problem> {
    show(&web, &visitor, Tab::Channels.view(&web, &ListQuery::default()).await?, None).await
}

async fn get_policy(State(web): State<Web>, visitor: Visitor<Administer>) -> Result<Response, Problem> {
    show(&web, &visitor, Tab::Policy.view(&web, &ListQuery::default()).await?, None).await
}

/// A page, with what is to be read first.
async fn show(
    web: &Web,
    visitor: &Visitor<Administer>,
    view: SettingsView,
    notice: Option<Notice>,
) -> Result<Response, Problem> {
    let mut frame = visitor.frame(web).await?;
    frame.notice = notice;
    Ok((StatusCode::OK, settings::page(&frame, &view)).into_response())
}

/// Manages accounts where blocking is allowed.
async fn manage<T: Send + 'static>(
    web: &Web,
    visitor: &Visitor<Administer>,
    job: impl FnOnce(&Accounts<'_>, &Actor) -> Result<T, AccountError> + Send + 'static,
) -> Result<T, Problem> {
    let (auth, who) = (web.auth.clone(), visitor.identity());
    web.app.blocking(move |_| job(&auth.accounts(), &who.actor).map_err(problem_of)).await
}

/// Goes back to the page, or says on it why nothing was done.
async fn answer(
    web: &Web,
    visitor: &Visitor<Administer>,
    tab: Tab,
    done: Result<(), Problem>,
) -> Result<Response, Problem> {
    match done {
        Ok(()) => Ok(Redirect::to(tab.path()).into_response()),
        Err(problem) if is_told(problem.status()) => {
            let view = tab.view(web, &ListQuery::default()).await?;
            let mut response = show(web, visitor, view, Some(refusal(problem.detail()))).await?;
            *response.status_mut() = problem.status();
            Ok(response)
        }
        Err(problem) => Err(problem),
    }
}

/// That something was done.
fn good(text: String) -> Notice {
    Notice { tone: Tone::Good, text }
}

fn problem_of(error: AccountError) -> Problem {
    match error {
        AccountError::Store(error) => error.into(),
        AccountError::Field { field, why } => Problem::invalid(field, why),
        AccountError::Taken { .. } | AccountError::LastAdmin => Problem::conflict(error.to_string()),
        AccountError::Missing(_) => Problem::not_found(error.to_string()),
    }
}

/// A page of lines of which one more was read, to see whether there is another page.
fn paged<T>(mut lines: Vec<T>, after: Option<String>, cursor: impl Fn(&T) -> String) -> (Vec<T>, Paging) {
    let more = lines.len() > PAGE;
    lines.truncate(PAGE);
    let next = lines.last().filter(|_| more).map(cursor);
    (lines, Paging { total: None, after, next })
}

/// Teams as a form offers them.
fn choices(teams: &[stanch_store::Team]) -> Vec<Choice> {
    teams.iter().map(|team| Choice { value: team.id.to_string(), label: team.name.clone() }).collect()
}
