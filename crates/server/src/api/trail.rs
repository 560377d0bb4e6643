//! The audit trail. It knows no teams: only who sees everything reads it.

use axum::{
    Json,
    extract::{Query, State},
};
use jiff::Timestamp;
use serde::Deserialize;
use stanch_store::{Sight, TrailFilter};
use utoipa::IntoParams;

use super::{
    leaks::{given, parsed},
    paging::{Listed, Page},
    view::EventView,
};
use crate::{
    app::App,
    auth::{Require, need::ReadTrail},
    problem::{Problem, Refusals},
};

/// Which entries are asked for; all that is given must hold.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct TrailQuery {
    /// What their kind begins with: `incident.`, `token.created`.
    kind: Option<String>,
    /// Of this incident.
    incident: Option<i64>,
    /// Of this leak.
    leak: Option<i64>,
    /// By whom.
    actor: Option<String>,
    /// With these words in kind, reason or detail.
    q: Option<String>,
    /// From this time on.
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<String>,
    /// Before this time.
    #[param(value_type = Option<String>, format = DateTime)]
    until: Option<String>,
}

/// Entries of the audit trail, newest first.
#[utoipa::path(
    get, path = "/api/v1/trail", tag = "trail", params(TrailQuery, Page),
    responses((status = 200, body = Listed<EventView>), Refusals),
)]
pub(crate) async fn get_trail(
    State(app): State<App>,
    who: Require<ReadTrail>,
    Query(query): Query<TrailQuery>,
    Query(page): Query<Page>,
) -> Result<Json<Listed<EventView>>, Problem> {
    if who.sight != Sight::All {
        return Err(Problem::forbidden("the audit trail is for who sees all origins"));
    }
    let filter = TrailFilter {
        incident: query.incident,
        leak: query.leak,
        kind: given(query.kind.as_deref()),
        actor: given(query.actor.as_deref()),
        text: given(query.q.as_deref()),
        from: parsed::<Timestamp>("from", query.from.as_deref())?,
        until: parsed::<Timestamp>("until", query.until.as_deref())?,
        before: page.after_number()?,
    };
    let limit = page.limit()?;
    let entries = app.read(move |tx| tx.trail(&filter, limit + 1)).await?;
    Ok(Json(Listed::of(entries, limit, |entry| entry.seq.to_string(), EventView::from)))
}
