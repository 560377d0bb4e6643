//! Messages to channels that wait or were given up.

use axum::{
    Json,
    extract::{Path, Query, State},
    http::StatusCode,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use stanch_store::{MessageState, Outgoing};
use utoipa::{IntoParams, ToSchema};

use super::{
    act::Act,
    leaks::parsed,
    paging::{Listed, Page},
};
use crate::{
    app::App,
    auth::{
        Require,
        need::{ReadLeaks, Respond},
    },
    problem::{Problem, Refusals},
};

/// Which messages are asked for.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct MessageQuery {
    /// `waiting`, `delivered` or `dead`; all if it is left out.
    state: Option<String>,
}

/// A message to a channel.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct MessageView {
    /// Its number.
    id: i64,
    /// What makes it itself: delivered again, it has the same.
    message: String,
    /// The channel.
    channel: String,
    /// About which incident; about no single one where it tells of what is promised.
    incident: Option<i64>,
    /// `trigger`, `update`, `acknowledge` or `resolve`.
    kind: String,
    /// `waiting`, `delivered` or `dead`.
    state: &'static str,
    /// When it was written.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// When it is to go out, or be tried again.
    #[schema(value_type = String, format = DateTime)]
    due_at: Timestamp,
    /// How often it was tried.
    attempts: i64,
    /// When the channel took it.
    #[schema(value_type = Option<String>, format = DateTime)]
    delivered_at: Option<Timestamp>,
    /// When it was given up.
    #[schema(value_type = Option<String>, format = DateTime)]
    dead_at: Option<Timestamp>,
    /// Why the last try failed.
    error: Option<String>,
}

impl From<Outgoing> for MessageView {
    fn from(message: Outgoing) -> Self {
        let state = match (message.delivered_at, message.dead_at) {
            (Some(_), _) => MessageState::Delivered,
            (None, Some(_)) => MessageState::Dead,
            (None, None) => MessageState::Waiting,
        };
        Self {
            id: message.id,
            message: message.message_id,
            channel: message.channel,
            incident: message.incident,
            kind: message.kind,
            state: state.as_str(),
            created_at: message.created_at,
            due_at: message.due_at,
            attempts: message.attempts,
            delivered_at: message.delivered_at,
            dead_at: message.dead_at,
            error: message.error,
        }
    }
}

/// Messages to channels, newest first.
#[utoipa::path(
    get, path = "/api/v1/messages", tag = "messages", params(MessageQuery, Page),
    responses((status = 200, body = Listed<MessageView>), Refusals),
)]
pub(crate) async fn get_messages(
    State(app): State<App>,
    who: Require<ReadLeaks>,
    Query(query): Query<MessageQuery>,
    Query(page): Query<Page>,
) -> Result<Json<Listed<MessageView>>, Problem> {
    let state = parsed::<MessageState>("state", query.state.as_deref())?;
    let (limit, before, sight) = (page.limit()?, page.after_number()?, who.sight.clone());
    let messages = app.read(move |tx| tx.messages(state, &sight, before, limit + 1)).await?;
    Ok(Json(Listed::of(messages, limit, |message| message.id.to_string(), MessageView::from)))
}

/// Tries a message again that was given up.
#[utoipa::path(
    post, path = "/api/v1/messages/{id}/retry", tag = "messages",
    params(("id" = i64, Path, description = "its number")),
    responses((status = 204), Refusals),
)]
pub(crate) async fn post_retry(
    Act { app, .. }: Act,
    who: Require<Respond>,
    Path(id): Path<i64>,
) -> Result<StatusCode, Problem> {
    let (actor, sight) = (who.actor.clone(), who.sight.clone());
    app.blocking(move |app| app.register.retry_message(id, &actor, &sight, app.now())).await?;
    Ok(StatusCode::NO_CONTENT)
}
