//! Allowances: why a secret may stay where it is, who answers for that, and until when.

use axum::{
    Json,
    extract::{Path, Query, State},
    http::StatusCode,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use stanch_model::Reason;
use stanch_response::{Asker, Terms};
use stanch_store::{Grant, GrantFilter, GrantState, KnownGrant};
use utoipa::{IntoParams, ToSchema};

use super::{
    act::Act,
    body::JsonBody,
    leaks::{given, parsed},
    paging::{Listed, Page},
};
use crate::{
    app::App,
    auth::{
        Require,
        need::{Command, ReadLeaks},
    },
    problem::{Problem, Refusals},
};

/// Which allowances are asked for; all that is given must hold.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct AllowanceQuery {
    /// Only those that count, or only those that are over.
    counts: Option<bool>,
    /// Only those that count and end before this time.
    #[param(value_type = Option<String>, format = DateTime)]
    ends_before: Option<Timestamp>,
    /// `false-positive`, `test-credential`, `revoked`, `rotated-in-history` or `accepted-risk`.
    reason: Option<String>,
    /// Of this leak.
    leak: Option<i64>,
    /// Words in fingerprint, words, owner, approver or ticket.
    q: Option<String>,
}

impl AllowanceQuery {
    fn filter(&self, before: Option<i64>, now: Timestamp) -> Result<GrantFilter, Problem> {
        let state = match (self.ends_before, self.counts) {
            (Some(end), None | Some(true)) => Some(GrantState::EndsBefore(end)),
            (Some(_), Some(false)) => {
                return Err(Problem::invalid("ends_before", "does not go with counts=false"));
            }
            (None, Some(true)) => Some(GrantState::Counts),
            (None, Some(false)) => Some(GrantState::Over),
            (None, None) => None,
        };
        Ok(GrantFilter {
            state: state.map(|state| (state, now)),
            reason: parsed::<Reason>("reason", self.reason.as_deref())?,
            leak: self.leak,
            text: given(self.q.as_deref()),
            before,
        })
    }
}

/// Why a secret may stay where it is.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct AllowanceView {
    /// Its number.
    id: i64,
    /// The secret.
    fingerprint: String,
    /// The leak of that secret, if there is one.
    leak: Option<i64>,
    /// `false-positive`, `test-credential`, `revoked`, `rotated-in-history` or `accepted-risk`.
    why: &'static str,
    /// The same in words.
    reason: String,
    /// Who answers for it.
    owner: String,
    /// Who granted it.
    approver: Option<String>,
    /// Where it was discussed.
    ticket: Option<String>,
    /// Whether it counts now.
    counts: bool,
    /// Since when it counts.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// Until when.
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Timestamp>,
    /// When it ended before its time.
    #[schema(value_type = Option<String>, format = DateTime)]
    ended_at: Option<Timestamp>,
    /// Who ended it.
    ended_by: Option<String>,
}

impl AllowanceView {
    fn of(grant: Grant, leak: Option<i64>, now: Timestamp) -> Self {
        Self {
            id: grant.id,
            counts: grant.counts_at(now),
            fingerprint: grant.fingerprint,
            leak,
            why: grant.reason.as_str(),
            reason: grant.words,
            owner: grant.owner,
            approver: grant.approver,
            ticket: grant.ticket,
            created_at: grant.created_at,
            expires_at: grant.expires_at,
            ended_at: grant.ended_at,
            ended_by: grant.ended_by,
        }
    }
}

/// Allowances, newest first.
#[utoipa::path(
    get, path = "/api/v1/allowances", tag = "allowances", params(AllowanceQuery, Page),
    responses(
        (status = 200, body = Listed<AllowanceView>),
        Refusals,
    ),
)]
pub(crate) async fn get_allowances(
    State(app): State<App>,
    who: Require<ReadLeaks>,
    Query(query): Query<AllowanceQuery>,
    Query(page): Query<Page>,
) -> Result<Json<Listed<AllowanceView>>, Problem> {
    let now = app.now();
    let (limit, filter) = (page.limit()?, query.filter(page.after_number()?, now)?);
    let sight = who.sight.clone();
    let grants = app.read(move |tx| tx.grants(&filter, &sight, limit + 1)).await?;
    let view = |known: KnownGrant| AllowanceView::of(known.grant, known.leak, now);
    Ok(Json(Listed::of(grants, limit, |known| known.grant.id.to_string(), view)))
}

/// On which terms a secret may stay.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AllowanceBody {
    /// `false-positive`, `test-credential`, `revoked`, `rotated-in-history` or `accepted-risk`.
    #[schema(value_type = String)]
    why: Reason,
    /// The same in words.
    reason: String,
    /// Who answers for it; who asks if it is left out.
    owner: Option<String>,
    /// Where it was discussed.
    ticket: Option<String>,
    /// Until when: 90 days if it is left out; a risk is accepted for 90 days at most, anything else for 366.
    #[schema(value_type = Option<String>, format = DateTime)]
    expires: Option<Timestamp>,
}

/// Lets a secret stay. Where no other secret of its incident is open, the incident is dismissed.
#[utoipa::path(
    post, path = "/api/v1/leaks/{id}/allowances", tag = "allowances", request_body = AllowanceBody,
    params(("id" = i64, Path, description = "the number of the leak")),
    responses(
        (status = 201, body = AllowanceView),
        Refusals,
    ),
)]
pub(crate) async fn post_allowance(
    Act { app, .. }: Act,
    who: Require<Command>,
    Path(id): Path<i64>,
    JsonBody(body): JsonBody<AllowanceBody>,
) -> Result<(StatusCode, Json<AllowanceView>), Problem> {
    let who = who.identity();
    let terms = Terms {
        why: body.why,
        words: body.reason,
        owner: body.owner.unwrap_or_else(|| who.actor.name.clone()),
        ticket: given(body.ticket.as_deref()),
        expires: body.expires,
    };
    let now = app.now();
    let grant = app
        .blocking(move |app| {
            app.register.allow(id, &Asker { actor: &who.actor, sight: &who.sight, now }, &terms)
        })
        .await?;
    Ok((StatusCode::CREATED, Json(AllowanceView::of(grant, Some(id), now))))
}

/// Why an allowance ends.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EndBody {
    /// In words.
    reason: String,
}

/// Ends an allowance before its time. The next scan that sees its secret opens the case again.
#[utoipa::path(
    post, path = "/api/v1/allowances/{id}/end", tag = "allowances", request_body = EndBody,
    params(("id" = i64, Path, description = "its number")),
    responses(
        (status = 204),
        Refusals,
    ),
)]
pub(crate) async fn post_end(
    Act { app, .. }: Act,
    who: Require<Command>,
    Path(id): Path<i64>,
    JsonBody(body): JsonBody<EndBody>,
) -> Result<StatusCode, Problem> {
    let who = who.identity();
    app.blocking(move |app| {
        let asker = Asker { actor: &who.actor, sight: &who.sight, now: app.now() };
        app.register.end_allowance(id, &asker, &body.reason)
    })
    .await?;
    Ok(StatusCode::NO_CONTENT)
}
